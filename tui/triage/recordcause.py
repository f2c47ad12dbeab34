"""The explanation of a breach, with its runbook, as the incident's record tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from config.runbooks import Runbook
from tui.domain.plan import Change
from tui.domain.units import clock_text, plural
from tui.triage.changes import change_text
from tui.triage.explain import lag_text
from tui.triage.incident import Tick, tick_id
from tui.triage.material import Explanation
from tui.triage.record import Cause, Step
from widgets.text import one_line

MOST_CAUSES: Final = 3
MOST_LINES: Final = 8
"""Of differences, metrics, log patterns and statements, each."""


def cause_of(found: Explanation, book: tuple[str, Runbook] | None, now_s: float) -> Cause:
    """Return an explanation as the record tells it; no step of it is ticked yet.

    Args:
        found: The explanation.
        book: Id of the runbook, and the runbook; None where none fits.
        now_s: Epoch seconds.
    """
    finding = found.finding
    key = (finding.id, finding.resource)
    if found.causes:
        likeliest = found.causes[0]
        summary = f"Probably: {likeliest.title} ({plural(likeliest.points, 'point')})."
    else:
        summary = found.nothing
    name, runbook = book if book is not None else ("", None)
    steps = (
        tuple(Step(tick_id(key, name, number), one.text) for number, one in enumerate(runbook.steps))
        if runbook is not None
        else ()
    )
    local = datetime.fromtimestamp(now_s).astimezone().strftime("%z")
    return Cause(
        one_line(summary, 1000),
        tuple(_evidence(found, now_s)),
        runbook.title if runbook is not None else "",
        steps,
        key,
        now_s,
        f"UTC{local[:3]}:{local[3:]}",
        bool(found.causes),
    )


def with_ticks(cause: Cause | None, ticked: Iterable[Tick]) -> Cause | None:
    """Return an explanation with the steps that are done."""
    if cause is None:
        return None
    at_s = {one.id: one.at_s for one in ticked}
    steps = tuple(replace(one, is_done=one.id in at_s, done_s=at_s.get(one.id)) for one in cause.steps)
    return replace(cause, steps=steps)


def _evidence(found: Explanation, now_s: float) -> Iterator[str]:
    if found.start:
        yield found.start
    for rank, cause in enumerate(found.causes[:MOST_CAUSES], 1):
        yield f"{rank}. {one_line(cause.title, 200)}: {plural(cause.points, 'point')}"
        for sign in sorted(cause.signs, key=lambda one: -abs(one.points)):
            yield f"  {sign.points:+d} {one_line(sign.sentence, 400)}"
    yield from _before(found, now_s)
    yield from _listed("What else moved", (f"{one.title}: {one.evidence}" for one in found.moves))
    yield from _listed("New in the log", (f"{one.text} ({one.evidence})" for one in found.patterns))
    statements = (f"{one.text or f'statement {one.query_id}'} ({one.evidence})" for one in found.statements)
    yield from _listed("Statements", statements)
    yield from _listed("Not read", found.notes)


def _before(found: Explanation, now_s: float) -> Iterator[str]:
    change = found.change
    if change is None:
        yield "Before it: no deployment or change in the hour before, as far as is known"
        return
    who = f" by {change.who}" if change.who else ""
    ago = ""
    if found.started_s is not None:
        ago = ", " + lag_text(change.at_s - found.started_s).replace(" it", " the start")
    yield f"Before it: {clock_text(change.at_s, now_s)} {one_line(change_text(change), 200)}{who}{ago}"
    for one in found.differences[:MOST_LINES]:
        yield f"  {_difference(one)}"
    if len(found.differences) > MOST_LINES:
        yield f"  and {len(found.differences) - MOST_LINES} more differences"


def _difference(one: Change) -> str:
    """Return a difference of two task definitions; of a variable its name only."""
    name = one.field.split(".", 1)[-1]
    if name.startswith(("environment.", "secrets.")):
        said = "new" if not one.before else "gone" if not one.after else "another value"
        return f"{name.replace('.', ' ', 1)}: {said}"
    old, new = (text.rsplit("/", 1)[-1] for text in (one.before, one.after))
    return f"{name}: {old or 'none'} → {new or 'none'}"


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    body = list(lines)
    if body:
        yield f"{title}:"
        yield from (f"  {one_line(one, 400)}" for one in body[:MOST_LINES])
        if len(body) > MOST_LINES:
            yield f"  and {len(body) - MOST_LINES} more"
