"""The checklist as rows of the screen, and as text, Markdown and JSON for the command. Pure."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from config.checklist import GROUPS, ChecklistItem
from config.levels import Level
from tui.actions.registry import BY_ID
from tui.domain.checklist import CheckResult, Fix, State, Verified, counts, exit_code
from tui.domain.units import age_text
from widgets.model import ASCII_GLYPHS, GLYPHS

WORDS: Final[Mapping[State, str]] = {
    State.PASS: "pass",
    State.FAIL: "FAIL",
    State.NOT_APPLICABLE: "n/a",
    State.UNKNOWN: "unknown",
}
READING: Final = "reading"
_WORD: Final = max(map(len, (*WORDS.values(), READING)))
TITLE: Final = 34
"""Cells of the title's column: the longest title and a little."""
_LEAST_WIDTH: Final = 60


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """A row of the screen.

    Attributes:
        id: The item's; "" for the heading of a group.
        text: Heading or title.
        level: How it is coloured; None for a heading, for what is not applicable and while it is read.
        word: How it stands; "" for a heading.
        evidence: What was seen.
    """

    id: str
    text: str
    level: Level | None = None
    word: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistView:
    """The screen.

    Attributes:
        heading: Counts, age, progress.
        level: The worst of all that is known.
        rows: Headings and items in order.
    """

    heading: str
    level: Level | None
    rows: tuple[ChecklistRow, ...]


def level_of(item: ChecklistItem, result: CheckResult | None) -> Level | None:
    """Return the level that an item counts as; None for one that does not, or is not known yet."""
    if result is None or result.state is State.NOT_APPLICABLE:
        return None
    if result.state is State.FAIL:
        return Level.CRITICAL if item.severity == "critical" else Level.WARNING
    return Level.OK if result.state is State.PASS else Level.UNKNOWN


def checklist_view(
    items: Sequence[ChecklistItem],
    found: Mapping[str, Verified],
    reading: Collection[str],
    at_s: float | None,
    now_s: float,
) -> ChecklistView:
    """Return the screen.

    Args:
        items: All, in order.
        found: What is known, by id.
        reading: Ids that are being verified; what was found before stays until then.
        at_s: When the last verification ended; None before that.
        now_s: The present by the same clock.
    """
    rows: list[ChecklistRow] = []
    for item in items:
        heading = GROUPS[item.group]
        if not any(row.text == heading and not row.id for row in rows):
            rows.append(ChecklistRow("", heading))
        known = found.get(item.id)
        result = known.result if known is not None else None
        word = READING if item.id in reading else WORDS[result.state] if result is not None else ""
        evidence = result.evidence if result is not None else ""
        rows.append(ChecklistRow(item.id, item.title, level_of(item, result), word, evidence))
    parts = [summary(found.values())] if found else []
    if reading:
        parts.append(f"verifying, {len(items) - len(reading)} of {len(items)}")
    elif at_s is not None:
        parts.append(f"verified {age_text(max(0.0, now_s - at_s))} ago")
    levels = [level for one in found.values() if (level := level_of(one.item, one.result)) is not None]
    order = (Level.CRITICAL, Level.WARNING, Level.UNKNOWN, Level.OK)
    return ChecklistView(
        "  ·  ".join(parts), next((one for one in order if one in levels), None), tuple(rows)
    )


def summary(found: Iterable[Verified]) -> str:
    """Return how many stand how: "6 FAIL, 2 unknown, 9 pass, 1 n/a"."""
    number = counts(found)
    order = (State.FAIL, State.UNKNOWN, State.PASS, State.NOT_APPLICABLE)
    return ", ".join(f"{number[state]} {WORDS[state]}" for state in order if number[state])


def detail_text(one: Verified, *, can_act: bool, key: str) -> str:
    """Return an item whole: evidence, and what mends it.

    Args:
        one: The item.
        can_act: Whether its action can be opened here.
        key: The key that opens it.
    """
    text = f"{one.item.title}: {one.result.evidence}"
    fix = one.result.fix
    if fix is None:
        return text
    if fix.action and can_act:
        return f"{text}\n{key} → {action_text(fix)}. {fix.advice}"
    return f"{text}\n→ {fix.advice}"


def action_text(fix: Fix) -> str:
    """Return an action with its target and values: "Set backups and windows (db, days 7)"."""
    row = BY_ID[fix.action]
    told = [fix.target] if fix.target else []
    told += [f"{name} {value}" for name, value in fix.values.items()]
    return f"{row.title} ({', '.join(told)})" if told else row.title


def fix_command(fix: Fix) -> str:
    """Return the command that plans the fix; "" where there is only advice."""
    if not fix.action:
        return ""
    words = ["cwtop", "apply", fix.action]
    words += ["--target", fix.target] if fix.target else []
    for name, value in fix.values.items():
        words += ["--set", f"{name}={value}"]
    return shlex.join(words)


def plain_text(found: Sequence[Verified], *, width: int, ascii: bool = False) -> str:
    """Return the checklist as text, evidence and fix below each title."""
    room = max(_LEAST_WIDTH, width)
    lines: list[str] = []
    group = ""
    for one in found:
        if one.item.group != group:
            group = one.item.group
            lines += ([""] if lines else []) + [GROUPS[group]]
        level = level_of(one.item, one.result)
        mark = (ASCII_GLYPHS if ascii else GLYPHS)[level]
        lines.append(f"  {mark} {WORDS[one.result.state]:<{_WORD}}  {one.item.title}")
        lines += _wrapped(one.result.evidence, "", room)
        lines += _fix_lines(one.result, room, ascii=ascii)
    return "\n".join([*lines, "", summary(found)]) + "\n"


def _fix_lines(result: CheckResult, room: int, *, ascii: bool) -> list[str]:
    fix = result.fix
    if fix is None or result.state is State.NOT_APPLICABLE:
        return []
    command = fix_command(fix)
    # A command is not wrapped: it is there to be copied.
    return [
        *_wrapped(fix.advice, "> " if ascii else "→ ", room),
        *([f"{' ' * (_WORD + 6)}{command}"] if command else ()),
    ]


def _wrapped(text: str, label: str, room: int) -> list[str]:
    indent = " " * (_WORD + 6)
    # A figure keeps its unit.
    kept = text.replace(" %", "\u00a0%")
    lines = textwrap.wrap(
        kept, room, initial_indent=indent + label, subsequent_indent=indent, break_on_hyphens=False
    )
    return [line.replace("\u00a0", " ") for line in lines]


def markdown(found: Sequence[Verified]) -> str:
    """Return the checklist as Markdown, a table for each group."""
    lines = ["# Checklist", "", summary(found)]
    for group, heading in GROUPS.items():
        members = [one for one in found if one.item.group == group]
        if not members:
            continue
        lines += ["", f"## {heading}", "", "| Item | State | Evidence | Fix |", "|---|---|---|---|"]
        for one in members:
            fix = one.result.fix
            command = fix_command(fix) if fix is not None else ""
            mends = f"`{command}`" if command else _cell(fix.advice) if fix is not None else ""
            state = WORDS[one.result.state]
            lines.append(f"| {one.item.title} | {state} | {_cell(one.result.evidence)} | {mends} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return escaped.replace("`", "\\`").replace("*", "\\*").replace("_", "\\_")


def document(found: Sequence[Verified], at_s: float) -> dict[str, Any]:
    """Return the checklist for JSON.

    Args:
        found: All items.
        at_s: When they were verified, epoch seconds.
    """
    return {
        "at": at_s,
        "exit_code": exit_code(found),
        "counts": {state.value: number for state, number in counts(found).items()},
        "items": [_item(one) for one in found],
    }


def _item(one: Verified) -> dict[str, Any]:
    fix = one.result.fix
    mends = None
    if fix is not None:
        mends = {
            "action": fix.action or None,
            "target": fix.target or None,
            "values": dict(fix.values),
            "advice": fix.advice,
            "command": fix_command(fix) or None,
        }
    return {
        "id": one.item.id,
        "group": one.item.group,
        "title": one.item.title,
        "state": one.result.state.value,
        "severity": one.item.severity,
        "evidence": one.result.evidence,
        "needs": one.result.needs or None,
        "fix": mends,
        "took_s": round(one.took_s, 3),
    }
