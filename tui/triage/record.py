"""What an incident's record is made of: plain data, gathered elsewhere and presented elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.domain.snapshots import Series
from tui.triage.entry import TimelineEntry
from tui.triage.incident import Incident

SCHEMA = 1
"""Version of the JSON document; it grows when a field changes its meaning or goes."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A breached metric over the period.

    Attributes:
        title: Of the metric.
        resource: Name of the resource.
        unit: The metric's unit, as in metrics.yaml.
        series: Points; a missing bucket is not there.
        limit: The limit that is broken; None for none.
    """

    title: str
    resource: str
    unit: str
    series: Series
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """An action applied from cwtop, as the audit log tells it.

    Attributes:
        run: Number of the run.
        at_s: When it was started, epoch seconds.
        title: What was done to what.
        who: Caller's ARN.
        changes: (field, before, after) of the plan; secrets masked.
        status: done, failed, rolled-back ...; "" while it runs or where it was cut off.
        text: How it ended.
        steps_verified: Steps whose effect was seen.
        steps: All steps.
        undo_of: The run that it takes back; "" otherwise.
        undone_by: The run that took it back; "" otherwise.
        can_undo: Whether a way back is left.
    """

    run: str
    at_s: float
    title: str
    who: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    status: str = ""
    text: str = ""
    steps_verified: int = 0
    steps: int = 0
    undo_of: str = ""
    undone_by: str = ""
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An Insights query run in the period.

    Attributes:
        at_s: Epoch seconds.
        name: Name in the catalogue; "" for one by hand.
        text: The query.
        status: The service's last word.
        rows: How many rows came.
        sample: The first rows (`tui.triage.recordparts.MOST_ROWS`); () where they are no longer at hand.
    """

    at_s: float
    name: str
    text: str
    status: str
    rows: int
    sample: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the runbook.

    Attributes:
        id: Stable name.
        text: What to do.
        is_done: Whether it was ticked.
        done_s: When, epoch seconds; None where it was not.
    """

    id: str
    text: str
    is_done: bool = False
    done_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """The explanation, as the record tells it.

    Attributes:
        summary: One sentence.
        evidence: One line each, the likeliest first; two leading spaces: it belongs to the line before.
        runbook: Its title; "" for none.
        steps: Of the runbook, in order.
        breach: What was explained: (metric id or state rule, resource).
        made_s: When, epoch seconds; None where that is not known.
        zone: Of the times of day in its sentences: "UTC+09:00".
        is_sure: Whether a cause stands out.
    """

    summary: str
    evidence: tuple[str, ...] = ()
    runbook: str = ""
    steps: tuple[Step, ...] = ()
    breach: tuple[str, str] = ("", "")
    made_s: float | None = None
    zone: str = "UTC+00:00"
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom the record was made.

    Attributes:
        stack: Names of the resources watched.
        account: AWS account; "" where it is not known.
        region: AWS Region.
        who: ARN of the caller.
        version: cwtop's.
    """

    stack: tuple[str, ...] = ()
    account: str = ""
    region: str = ""
    who: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the record tells.

    Attributes:
        incident: The incident; None where nothing was breached in the period.
        made_s: Epoch seconds.
        start_s: Start of the period told, epoch seconds.
        place: Where and by whom.
        charts: Of the breached metrics.
        entries: Timeline of the period, in order of time.
        queries: Run in the period, in order of time.
        deeds: Actions of the period, in order of time.
        cause: The explanation; None where none was made.
        missing: What could not be read, a sentence each.
    """

    incident: Incident | None
    made_s: float
    start_s: float
    place: Place = field(default_factory=Place)
    charts: tuple[Chart, ...] = ()
    entries: tuple[TimelineEntry, ...] = ()
    queries: tuple[Asked, ...] = ()
    deeds: tuple[Deed, ...] = ()
    cause: Cause | None = None
    missing: tuple[str, ...] = ()
