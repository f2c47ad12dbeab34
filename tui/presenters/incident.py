"""An incident's record as Markdown: what broke, why, what was done, whether it helped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.domain.series import bucket, clip
from tui.domain.units import ABSENT, plural, value_text
from tui.triage.incident import QUIET_S, Breach, Incident
from tui.triage.record import Asked, Chart, Deed, Record, Step
from widgets.sparkline import spark
from widgets.text import one_line, sanitise

COLUMNS: Final = 60
"""Cells of a chart."""
MOST_ENTRIES: Final = 200
"""Lines of the timeline; the rest is counted."""
_CELL: Final = 300
_LIVE: Final = re.compile(r"([\\`*_\[\]|#~])")
_SECRETS: Final = (
    (re.compile(r"(://[^\s:/@]*):[^\s@]+@"), r"\1:•••@"),
    (
        re.compile(
            r"(?i)([\w.-]*(?:passw(?:or)?d|pwd|secret|token|credential|api.?key|private.?key|authorization)"
            r"[\w.-]*[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|(?:bearer|basic)\s+\S+|[^\s,;&|]+)"
        ),
        r"\1•••",
    ),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "•••"),
)


def scrub(text: str) -> str:
    """Return text without what looks like a secret: passwords in addresses, `password=`, access keys."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def md(text: str, limit: int = _CELL) -> str:
    """Return a stranger's text for a line or a cell of Markdown: nothing in it is markup or HTML."""
    flat = one_line(scrub(text), limit)
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LIVE.sub(r"\\\1", flat)


def fenced(text: str, language: str = "") -> list[str]:
    """Return text in a fence that it cannot end."""
    body = sanitise(scrub(text), 8192)
    longest = max((len(one) for one in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *body.split("\n"), fence]


def utc(at_s: float, *, is_long: bool = True) -> str:
    """Return a time in UTC, with its day or without."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S" if is_long else "%H:%M:%S")


def lasted(seconds: float) -> str:
    """Return a length of time: "42 min", "3 h 5 min", "20 s"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def summary(record: Record) -> str:
    """Return what happened in one or two sentences; plain text."""
    incident = record.incident
    if incident is None:
        return f"Nothing was breached from {utc(record.start_s)} to {utc(record.made_s)} UTC."
    worst = incident.worst
    name = f"{worst.worst.resource}: {worst.worst.title or worst.worst.id}".strip(": ")
    value = worst_text(worst)
    end = worst.closed_s if worst.closed_s is not None else record.made_s
    start = opened_text(worst)
    said = f"{name} was {worst.worst.level.value} ({value})"
    length = lasted(end - worst.opened_s)
    if worst.closed_s is None:
        said = f"{name} is {worst.level.value} (at worst {value}) for {length}, since {start} UTC"
    else:
        said += f" for {length}, from {start} to {utc(worst.closed_s, is_long=False)} UTC"
    if not worst.is_opening_known:
        said = said.replace(" for ", " for at least ", 1)
    helped = _closed_after(record, worst)
    rest = len(incident.breaches) + incident.left_out - 1
    others = (
        f" {plural(rest, 'other breach') if rest == 1 else f'{rest} other breaches'} beside it."
        if rest
        else ""
    )
    return f"{said}{'; ' + helped if helped else ''}.{others}"


def worst_text(breach: Breach) -> str:
    """Return a breach's worst value with its limit, or its sentence."""
    one = breach.worst
    if one.value is None:
        return one.sentence
    value = value_text(one.value, one.unit)
    return value if one.limit is None else f"{value}, limit {value_text(one.limit, one.unit)}"


def opened_text(breach: Breach) -> str:
    """Return when a breach opened, UTC, as well as that is known."""
    return utc(breach.opened_s) if breach.is_opening_known else f"at or before {utc(breach.opened_s)}"


def closed_text(breach: Breach) -> str:
    """Return when a breach closed, UTC, as well as that is known."""
    if breach.closed_s is None:
        return f"open, {breach.level.value}"
    if breach.unseen_s is None:
        return utc(breach.closed_s)
    if breach.unseen_s >= breach.closed_s:
        return f"not known: no data after {utc(breach.closed_s)}"
    return f"not seen: between {utc(breach.unseen_s)} and {utc(breach.closed_s)}"


def _closed_after(record: Record, breach: Breach) -> str:
    if breach.closed_s is None:
        return ""
    if breach.unseen_s is not None:
        return "when it closed was not seen"
    before = [one for one in record.deeds if breach.opened_s <= one.at_s <= breach.closed_s]
    if not before:
        return "closed, no action of cwtop's before it"
    after = "after" if len(before) == 1 else f"after the last of {len(before)} actions"
    return f"closed {lasted(breach.closed_s - before[-1].at_s)} {after}: {before[-1].title}"


def chart_lines(chart: Chart, record: Record, *, ascii: bool = False) -> list[str]:
    """Return a chart as lines of plain text: title, blocks, marks of actions and events, scale."""
    start, end = record.start_s, max(record.made_s, record.start_s + 1)
    series = clip(chart.series, start, end)
    head = one_line(f"{chart.title} of {chart.resource}", 200)
    if not series.values:
        return [f"{head}: no points in the period"]
    low, high = min(series.values), max(series.values)
    ceiling = max(high, chart.limit or 0.0)
    cells = bucket(series, start, end, COLUMNS, "Maximum")
    row = spark(cells, COLUMNS, min(0.0, low), ceiling, ascii=ascii)
    marks = [" "] * COLUMNS
    width = (end - start) / COLUMNS
    for at, sign in _marks(record):
        if start <= at <= end:
            marks[min(COLUMNS - 1, int((at - start) / width))] = sign
    limit = f"; limit {value_text(chart.limit, chart.unit)}" if chart.limit is not None else ""
    scale = f"min {value_text(low, chart.unit)}; max {value_text(high, chart.unit)}{limit}"
    first, last = utc(start, is_long=False)[:5], utc(end, is_long=False)[:5]
    return [
        f"{head}: {scale}",
        f"|{row.ljust(COLUMNS)}|",
        f" {''.join(marks)}".rstrip(),
        f" {first}{last.rjust(COLUMNS - len(first))}",
    ]


def _marks(record: Record) -> Iterable[tuple[float, str]]:
    """Return the marks of charts, the more telling last: they win a cell."""
    yield from ((one.at_s, "e") for one in record.entries if one.kind.value in ("deployment", "change"))
    if record.incident is not None:
        yield from ((one.opened_s, "!") for one in record.incident.breaches)
        yield from ((one.closed_s, "c") for one in record.incident.breaches if one.closed_s is not None)
    yield from ((one.at_s, "A") for one in record.deeds)


def open_items(record: Record) -> list[str]:
    """Return what is left to do; plain text, one line each."""
    items: list[str] = []
    incident = record.incident
    if incident is not None:
        still = [one for one in incident.breaches if one.closed_s is None]
        items += [f"Still {one.level.value}: {one.worst.resource}: {one.worst.sentence}" for one in still]
        if not still and not incident.is_over(record.made_s):
            items.append(f"Closed for less than {lasted(QUIET_S)}: it may open again.")
    for deed in record.deeds:
        if not deed.status:
            items.append(f"Has not ended, or was cut off: {deed.title} (cwtop audit {deed.run})")
        elif deed.status != "done":
            items.append(f"Did not succeed ({deed.status}): {deed.title}")
        elif deed.steps_verified < deed.steps:
            items.append(f"Not verified: {deed.title}: {deed.steps_verified} of {deed.steps} steps")
        if deed.can_undo and not deed.undone_by and not deed.undo_of:
            items.append(f"In force, can be taken back: {deed.title} (cwtop apply --undo {deed.run})")
    if record.cause is not None:
        items += [f"Runbook step not done: {one.text}" for one in record.cause.steps if not one.is_done]
    return [*items, *record.missing]


def record_markdown(record: Record, *, ascii: bool = False) -> str:
    """Return the record as Markdown that survives a paste into a ticket."""
    name = record.incident.id if record.incident is not None else "none"
    lines = [f"# Incident {md(name)}", "", md(summary(record), 1000), ""]
    if record.incident is not None:
        lines += ["## What broke", "", *_breach_table(record, record.incident), ""]
    for chart in record.charts:
        lines += [*fenced("\n".join(chart_lines(chart, record, ascii=ascii)), "text"), ""]
    if record.charts:
        lines += ["Marks: `!` breach opened, `c` closed, `A` action, `e` deployment or change.", ""]
    lines += ["## Why", "", *_why(record), ""]
    lines += ["## What was done", "", *_done(record.deeds), ""]
    lines += ["## Whether it helped", "", *_helped(record), ""]
    lines += ["## Open items", "", *_list(open_items(record), "Nothing is left open."), ""]
    lines += ["## Timeline", "", *_timeline(record), ""]
    lines += ["## Queries", "", *_queries(record.queries), ""]
    return "\n".join([*lines, "## About", "", *_about(record)]) + "\n"


def _breach_table(record: Record, incident: Incident) -> list[str]:
    lines = ["| Resource | What | Worst | Opened (UTC) | Closed (UTC) | For |", "|---|---|---|---|---|---|"]
    for one in incident.breaches:
        end = one.closed_s if one.closed_s is not None else record.made_s
        about = "" if one.is_opening_known and one.unseen_s is None else "about "
        cells = (
            one.worst.resource,
            one.worst.title or one.worst.id,
            f"{one.worst.level.value}: {worst_text(one)}",
            opened_text(one),
            closed_text(one),
            about + lasted(end - one.opened_s),
        )
        lines.append("| " + " | ".join(md(cell) for cell in cells) + " |")
    if incident.left_out:
        lines += ["", f"and {incident.left_out} more, not recorded one by one."]
    return lines


def _why(record: Record) -> list[str]:
    if record.cause is None:
        return ["No explanation was made."]
    cause = record.cause
    lines = [md(cause.summary, 1000), ""]
    if cause.made_s is not None:
        titles = {one.key: one.worst.title for one in (record.incident.breaches if record.incident else ())}
        what = md(f"{titles.get(cause.breach) or cause.breach[0]} of {cause.breach[1]}")
        zone = "" if cause.zone == "UTC+00:00" else f"; times of day in it are {md(cause.zone)}"
        lines += [f"Explained: {what}, at {utc(cause.made_s)} UTC{zone}.", ""]
    lines += [f"{'  ' if one.startswith('  ') else ''}- {md(one.strip(), 500)}" for one in cause.evidence]
    if cause.steps:
        lines += ["", f"Runbook: {md(cause.runbook)}", ""]
        lines += [_step(one) for one in cause.steps]
    return lines


def _step(one: Step) -> str:
    when = f" ({utc(one.done_s)} UTC)" if one.done_s is not None else ""
    return f"- [{'x' if one.is_done else ' '}] {md(one.text, 500)}{when}"


def _done(deeds: Sequence[Deed]) -> list[str]:
    if not deeds:
        return ["Nothing was applied from cwtop in the period."]
    lines: list[str] = []
    for one in deeds:
        lines.append(
            f"- {utc(one.at_s)} UTC: {md(one.title)} (run {md(one.run)}), by {md(one.who or ABSENT)}"
        )
        lines += [
            f"  - {md(field)}: {md(before) or '(none)'} → {md(after) or '(none)'}"
            for field, before, after in one.changes
        ]
        lines.append(
            f"  - outcome: {md(one.status or 'not ended')}{': ' + md(one.text, 500) if one.text else ''}"
        )
        lines.append(f"  - verified: {one.steps_verified} of {plural(one.steps, 'step')}")
        if one.undo_of:
            lines.append(f"  - takes back run {md(one.undo_of)}")
        if one.undone_by:
            lines.append(f"  - taken back by run {md(one.undone_by)}")
    return lines


def _helped(record: Record) -> list[str]:
    if record.incident is None:
        return ["There was nothing to mend."]
    lines = []
    for one in record.incident.breaches:
        what = md(f"{one.worst.resource}: {one.worst.title or one.worst.id}")
        if one.closed_s is None:
            lines.append(f"- {what}: no, it is still {one.level.value}.")
        else:
            lines.append(f"- {what}: {md(_closed_after(record, one), 500)}{_last_value(record, one)}.")
    lines += ["", "That one followed the other is told here, not that it was its cause."]
    return lines


def _last_value(record: Record, breach: Breach) -> str:
    """Return what a metric's last point is, beside its worst."""
    one = breach.worst
    chart = next((c for c in record.charts if (c.title, c.resource) == (one.title, one.resource)), None)
    if chart is None or not chart.series.values:
        return ""
    worst = f", {value_text(one.value, one.unit)} at worst" if one.value is not None else ""
    return f" ({value_text(chart.series.values[-1], chart.unit)} at the end of this record{worst})"


def _timeline(record: Record) -> list[str]:
    shown = record.entries[:MOST_ENTRIES]
    lines = []
    for one in shown:
        text = " ".join(part for part in (one.resource, one.title) if part)
        who = f" (by {md(one.who)})" if one.who else ""
        until = f", until {utc(one.until_s)}" if one.until_s is not None else ""
        lines.append(f"- {utc(one.at_s)} {one.kind.value}: {md(text)}{who}{until}")
    if len(record.entries) > len(shown):
        lines.append(f"- and {len(record.entries) - len(shown)} more")
    return lines or ["Nothing is known of the period."]


def _queries(queries: Sequence[Asked]) -> list[str]:
    lines: list[str] = []
    for one in queries:
        name = md(one.name or "written by hand")
        lines.append(f"{utc(one.at_s)} UTC: {name}, {md(one.status)}, {plural(one.rows, 'row')}")
        lines += ["", *fenced(one.text), ""]
        if one.sample:
            columns = list(dict.fromkeys(name for row in one.sample for name, _ in row))
            lines += ["| " + " | ".join(map(md, columns)) + " |", "|" + "---|" * len(columns)]
            rows = ({name: scrub_field(name, value) for name, value in row} for row in one.sample)
            lines += ["| " + " | ".join(md(row.get(name, "")) for name in columns) + " |" for row in rows]
            lines += ["", f"{len(one.sample)} of {plural(one.rows, 'row')}.", ""]
        elif one.rows:
            lines += ["The rows are no longer at hand.", ""]
    return lines or ["No query was run in the period."]


def scrub_field(name: str, value: str) -> str:
    """Return a field's value, masked where its name or the value looks like a secret."""
    return "•••" if scrub(f"{name}=x") != f"{name}=x" else scrub(value)


def _about(record: Record) -> list[str]:
    place = record.place
    return [
        f"- period: {utc(record.start_s)} to {utc(record.made_s)} UTC",
        f"- stack: {md(', '.join(place.stack) or ABSENT, 1000)}",
        f"- account {md(place.account or ABSENT)}, Region {md(place.region or ABSENT)}",
        f"- by {md(place.who or ABSENT)}, with cwtop {md(place.version)}",
    ]


def _list(items: Sequence[str], otherwise: str) -> list[str]:
    return [f"- {md(one, 500)}" for one in items] or [otherwise]
