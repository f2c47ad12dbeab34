"""A plan, its confirmation and its run as lines to draw: pieces of text with a style each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from tui.actions.audit import Run
from tui.domain.actionruns import LiveRun
from tui.domain.awscommand import script
from tui.domain.plan import Effect, Outcome, Plan, Status, Verdict
from tui.domain.units import age_text, plural
from tui.presenters.plantext import GLYPHS, STEP_WORDS, cost_text, state_of
from widgets.look import MUTED
from widgets.text import one_line, sanitise

Line = tuple[tuple[str, str], ...]
"""(text, style) from left to right."""

VERDICTS: Final = {
    Verdict.PASS: "$success",
    Verdict.WARN: "bold $text-warning",
    Verdict.BLOCK: "bold $text-error",
}
EFFECTS: Final = {
    Effect.NONE: "$success",
    Effect.SESSION: "bold $text-primary",
    Effect.NEW_TASKS: "bold $text-primary",
    Effect.RESTART: "bold $text-warning",
    Effect.FAILOVER: "bold $text-warning",
    Effect.DOWNTIME: "bold $text-error",
}
STATUSES: Final = {
    Status.DONE: ("✓ done", "bold $success"),
    Status.BLOCKED: ("✗ not applied", "bold $text-warning"),
    Status.FAILED: ("✗ failed", "bold $text-error"),
    Status.ROLLED_BACK: ("✗ rolled back", "bold $text-error"),
    Status.UNSTABLE: ("▲ not stable", "bold $text-warning"),
}
"""Glyph and word of an end, and their style."""
STEPS: Final = {
    "left": ("·", MUTED),
    "running": ("▸", "bold $text-primary"),
    "sending": ("▲", "bold $text-warning"),
    "sent": ("▲", "$text-warning"),
    "verified": ("✓", "$success"),
    "refused": ("✗", "bold $text-error"),
    "failed": ("✗", "bold $text-error"),
}
"""Glyph of a step's state, and its style."""
_HEAD: Final = 12
"""Columns of the headings at the left."""
_VALUE: Final = 200


def plan_lines(plan: Plan, width: int) -> tuple[Line, ...]:
    """Return a plan as lines of at most about `width` cells."""
    lines: list[Line] = [((one_line(plan.title), "bold"),), ()]
    lines += _change_lines(plan, width)
    lines += _impact_lines(plan, width)
    if plan.irreversible:
        lines += _row("✗ final", "bold $text-error", f"Cannot be undone: {plan.irreversible}", "", width)
    if plan.checks:
        lines.append(())
    for check in plan.checks:
        head = f"{GLYPHS[check.verdict]} {check.verdict.value}"
        lines += _row(head, VERDICTS[check.verdict], f"{check.text} {check.hint}".strip(), "", width)
    for number, note in enumerate(plan.notes):
        lines += _row("Note" if number == 0 else "", "bold", note, "", width)
    return (*lines, (), *_step_lines(plan, width))


def _change_lines(plan: Plan, width: int) -> list[Line]:
    if not plan.changes:
        return [(("No field changes.", MUTED),)]
    names = min(32, max(len(one.field) for one in plan.changes))
    lines: list[Line] = []
    for one in plan.changes:
        before, after = (one_line(text, _VALUE) or "(none)" for text in (one.before, one.after))
        name = f"{one_line(one.field):{names}}  "
        if len(name) + len(before) + len(after) + 3 <= width:
            lines.append(((name, "bold"), (before, MUTED), (" → ", ""), (after, "bold $text-primary")))
        else:
            lines += _row(name.rstrip(), "bold", before, MUTED, width, head_width=len(name))
            lines += _row("", "", f"→ {after}", "bold $text-primary", width, head_width=len(name))
    return lines


def _impact_lines(plan: Plan, width: int) -> list[Line]:
    lines: list[Line] = [()]
    effect = plan.impact.effect.value
    text = f"{effect}. {plan.impact.text}".rstrip()
    wrapped = _row("Impact", "bold", text, "", width)
    # The kind stands out, the sentence does not.
    (head, (first, _)), *rest = wrapped
    lines += [(head, (first[: len(effect)], EFFECTS[plan.impact.effect]), (first[len(effect) :], "")), *rest]
    lines += _row("When", "bold", plan.when, "", width)
    if plan.cost is not None:
        lines += _row("Cost", "bold", cost_text(plan.cost).replace(" -> ", " → "), "", width)
    for number, also in enumerate(plan.also):
        lines += _row("With it" if number == 0 else "", "bold $text-warning", also, "", width)
    return lines


def _step_lines(plan: Plan, width: int) -> list[Line]:
    if not plan.steps:
        return [(("No steps.", MUTED),)]
    lines: list[Line] = [(("Steps", "bold $text-primary"),)]
    for number, (step, line) in enumerate(zip(plan.steps, script(plan.steps), strict=True), start=1):
        lines += _row(f"{number}.", "bold", step.text, "", width, head_width=4)
        for part in sanitise(line).split("\n"):
            lines += _row("", "", part, MUTED, width, head_width=4)
    return lines


def commands_text(plan: Plan) -> str:
    """Return the equivalent commands, one a line, as they are copied; "" for a plan without steps."""
    return "\n".join(sanitise(line) for line in script(plan.steps))


def standing(plan: Plan, closed: str) -> tuple[str, str]:
    """Return (sentence, style): whether a plan can be applied, else why not.

    Args:
        plan: The plan.
        closed: Why writes are off; "" where they are allowed.
    """
    if plan.is_blocked:
        glyph, style = ("✗", "bold $text-error") if plan.steps else ("·", MUTED)
        return f"{glyph} " + one_line(" ".join(plan.reasons)), style
    if closed:
        return f"✗ {one_line(closed)}", "bold $text-warning"
    warnings = sum(check.verdict is Verdict.WARN for check in plan.checks)
    if warnings:
        return f"▲ Can be applied; {plural(warnings, 'warning')}.", "bold $text-warning"
    return "✓ Can be applied.", "$success"


def confirm_lines(plan: Plan, width: int) -> tuple[Line, ...]:
    """Return what the confirmation says: what is done, what is felt, what cannot be taken back."""
    lines: list[Line] = [((one_line(plan.title), "bold"),), (), *_change_lines(plan, width)]
    lines += _impact_lines(plan, width)
    for check in plan.checks:
        if check.verdict is Verdict.WARN:
            lines += _row(f"{GLYPHS[check.verdict]} warn", VERDICTS[check.verdict], check.text, "", width)
    if plan.irreversible:
        lines += _row("✗ final", "bold $text-error", f"Cannot be undone: {plan.irreversible}", "", width)
    return tuple(lines)


# ---------------------------------------------------------------- runs


def live_lines(run: LiveRun, now_s: float, width: int) -> tuple[Line, ...]:
    """Return a run of this console: its steps, what is seen, and how it ended."""
    lines: list[Line] = [((one_line(run.title), "bold"),), ()]
    for number, text in enumerate(run.steps):
        state = run.state_of(number)
        word = "under way" if state == "running" else STEP_WORDS.get(state, state)
        lines += _state_row(number, state, f"{text}: {word}", width)
        if state == "running" and run.seen and run.seen != text:
            lines += _row("", "", run.seen, "$text-primary", width, head_width=6)
    elapsed = age_text(max(0.0, (run.ended_s or now_s) - run.began_s))
    if run.outcome is None:
        what = "watched again for" if run.is_resumed else "for"
        return (*lines, (), ((f"▸ under way {what} {elapsed}", "bold $text-primary"),))
    return (*lines, (), *outcome_lines(run.outcome, width, elapsed))


def outcome_lines(outcome: Outcome, width: int, elapsed: str = "") -> tuple[Line, ...]:
    """Return how a run ended: what was done, what was not, and what to do next."""
    word, style = STATUSES[outcome.status]
    lines: list[Line] = [((word, style), (f" after {elapsed}" if elapsed else "", MUTED))]
    lines += _row("", "", outcome.text, "", width, head_width=2)
    if outcome.hint:
        lines += _row("", "", outcome.hint, "bold", width, head_width=2)
    if outcome.run:
        lines += [(), ((f"Audit log: run {one_line(outcome.run)}", MUTED),)]
    return tuple(lines)


def record_lines(run: Run, width: int) -> tuple[Line, ...]:
    """Return a run as the audit log remembers it."""
    lines: list[Line] = [((one_line(run.title), "bold"),), ()]
    word, style = _record_state(run)
    lines += _row("State", "bold", word, style, width)
    if run.text:
        lines += _row("", "", run.text, "", width)
    lines += _row("When", "bold", f"{_moment(run.at)} UTC", "", width)
    lines += _row("By", "bold", f"{run.who} in {run.account} {run.region}".strip(), "", width)
    lines += _row("Run", "bold", run.id, "", width)
    if run.undo_of:
        lines += _row("Undo of", "bold", run.undo_of, "", width)
    if run.changes:
        lines.append(())
    for one in run.changes:
        before, after = (one_line(text, _VALUE) or "(none)" for text in (one.before, one.after))
        lines += _row(one.field, "bold", f"{before} → {after}", "", width, head_width=len(one.field) + 2)
    lines += [(), (("Steps", "bold $text-primary"),)]
    for number, step in enumerate(run.steps):
        request = f", request {step.request_id}" if step.request_id else ""
        text = f"{step.text}: {STEP_WORDS.get(step.state, step.state)}{request}"
        lines += _state_row(number, step.state, text, width)
        if step.problem:
            lines += _row("", "", step.problem, "$text-error", width, head_width=6)
        for part in sanitise(step.command).split("\n"):
            lines += _row("", "", part, MUTED, width, head_width=6)
    if run.irreversible:
        lines += [(), *_row("✗ final", "bold $text-error", run.irreversible, "", width)]
    return tuple(lines)


def _record_state(run: Run) -> tuple[str, str]:
    known = {status.value: look for status, look in STATUSES.items()}
    if run.undone_by:
        return state_of(run), MUTED
    if run.status in known:
        return known[Status(run.status)]
    return (
        (f"▸ {state_of(run)}", "bold $text-primary")
        if run.is_alive
        else (
            f"▲ {state_of(run)}",
            "bold $text-warning",
        )
    )


def record_note(run: Run) -> str:
    """Return a run's state and moment, as the list shows them."""
    return f"{_record_state(run)[0]} · {_moment(run.at)} UTC"


def _moment(written: str) -> str:
    return one_line(written[:16].replace("T", " "))


def _state_row(number: int, state: str, text: str, width: int) -> list[Line]:
    glyph, style = STEPS.get(state, ("·", MUTED))
    return _row(f"{glyph} {number + 1}.", style, text, MUTED if state == "left" else "", width, head_width=6)


# ---------------------------------------------------------------- the status line and notifications


def status_text(running: Sequence[LiveRun]) -> str:
    """Return what the status line says: "1 action: 2 of 4 tasks run web:12"; "" while nothing runs."""
    if not running:
        return ""
    newest = running[-1]
    return f"{plural(len(running), 'action')}: {one_line(newest.seen or newest.title, 80)}"


def leaving_text(running: Sequence[LiveRun]) -> str:
    """Return what quitting means while these run."""
    lines = []
    for run in running:
        left = run.steps[run.at + 1 :]
        lines.append(f"{run.title}: step {run.at + 1} of {len(run.steps)}, {run.seen or 'just begun'}")
        if left:
            lines.append(f"  not sent yet, and not sent if you quit: {'; '.join(left)}")
    lines += ["", "What was sent goes on in AWS. The next start of cwtop goes on watching it."]
    return "\n".join(one_line(line, 400) for line in lines)


def end_notice(run: LiveRun, outcome: Outcome, undo_key: str) -> tuple[str, str]:
    """Return title and text of the notification of an end."""
    word, _ = STATUSES[outcome.status]
    back = f"{undo_key} in its window takes it back." if outcome.can_undo else ""
    text = " ".join(one for one in (outcome.text, outcome.hint, back) if one)
    return one_line(f"{word}: {run.title}", 120), one_line(text, 600)


# ---------------------------------------------------------------- rows


def _row(
    head: str, head_style: str, text: str, style: str, width: int, *, head_width: int = _HEAD
) -> list[Line]:
    """Return a heading with a text beside it, wrapped under itself."""
    room = max(20, width - head_width)
    parts: Iterable[str] = textwrap.wrap(one_line(text, 4000), room, break_on_hyphens=False) or [""]
    return [
        ((f"{one_line(head) if number == 0 else '':{head_width}}", head_style), (part, style))
        for number, part in enumerate(parts)
    ]
