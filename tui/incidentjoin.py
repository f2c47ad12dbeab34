"""Joins the incident to the explanation: what was found and which steps are done go into its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.board import Board
from tui.collect.offload import offload
from tui.domain.assess import Assessment
from tui.domain.findings import Finding, PaneId
from tui.triage.incident import Breach, tick_id
from tui.triage.record import Cause

if TYPE_CHECKING:
    from tui.explainboard import ExplainBoard, Fetched, StepDone
    from tui.incidentdesk import IncidentDesk
    from tui.triage.material import Explanation

_PANES: dict[str, PaneId] = {"service": "ecs", "database": "rds", "load_balancer": "alb"}


@dataclass(frozen=True, slots=True)
class Examined:
    """What is read of an incident for its record.

    Attributes:
        assessment: A day of points of a minute, judged; None where they could not be read.
        cause: The explanation; None for none.
        notes: What could not be read, as sentences.
    """

    assessment: Assessment | None = None
    cause: Cause | None = None
    notes: tuple[str, ...] = ()


def join(desk: IncidentDesk, explained: ExplainBoard) -> None:
    """Have what is explained and ticked told to the incident, and take up what it has of either."""
    incident = desk.recorder.incident
    if incident is not None:
        explained.take_done((*_parts(one.id), one.at_s) for one in incident.ticked if one.id.count("|") >= 3)

    def on_tick(step: StepDone, is_done: bool) -> None:
        desk.ticked(tick_id(step.breach, step.book, step.number), is_done=is_done)

    def on_explained(found: Explanation) -> None:
        desk.explained(_cause(explained, found))

    explained.on_tick, explained.on_explained = on_tick, on_explained


async def examine(board: Board, breach: Breach, cause: Cause | None) -> Examined:
    """Read a day of points, and explain a breach unless that has been done.

    Args:
        board: The console's.
        breach: The one to be explained.
        cause: The explanation that was made while the incident went on; None for none.
    """
    # Late: the console starts without it.
    from tui.explainboard import ExplainBoard

    explained = ExplainBoard(board)
    explained.finding = finding_of(board, breach)
    explained.fetched = await offload(explained.day_reader(), name="record-day")
    if cause is None:
        first = await offload(explained.explainer(), name="record-explain")
        explained.fetched = await offload(explained.rest_reader(first), name="record-rest")
        cause = _cause(explained, await offload(explained.explainer(), name="record-explain"))
    return Examined(explained.fetched.assessment, cause, explained.fetched.notes)


def examine_now(board: Board, fetched: Fetched, breach: Breach) -> Cause:
    """Return the explanation of a breach, for a command. Blocks.

    Args:
        board: Judged, its sources read.
        fetched: What `ExplainBoard.day_reader` has read.
        breach: The one to be explained.
    """
    from tui.explainboard import ExplainBoard

    explained = ExplainBoard(board)
    explained.finding, explained.fetched = finding_of(board, breach), fetched
    explained.fetched = explained.rest_reader(explained.explainer()())()
    return _cause(explained, explained.explainer()())


def finding_of(board: Board, breach: Breach) -> Finding:
    """Return a breach as what is to be explained, as it was at its worst."""
    known = next((one for one in board.findings() if (one.id, one.resource) == breach.key), None)
    if known is not None and breach.closed_s is None:
        return replace(known, since_s=breach.opened_s)
    spec = board.config.metrics.get(breach.worst.id)
    pane = _PANES[spec.resource] if spec is not None else known.pane if known is not None else None
    one = breach.worst
    return Finding(one.id, one.resource, pane, one.level, one.sentence, breach.opened_s)


def _cause(explained: ExplainBoard, found: Explanation) -> Cause:
    from tui.triage.recordcause import cause_of

    return cause_of(found, explained.book(found), explained.board.now_s)


def _parts(step: str) -> tuple[tuple[str, str], str, int]:
    rest, book, number = step.rsplit("|", 2)
    metric, _, resource = rest.partition("|")
    return (metric, resource), book, int(number) if number.isdecimal() else -1
