"""Everything that the console's views are made of, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from config.schema import Config
from tui.domain.assess import Assessment
from tui.domain.entry import Entry
from tui.domain.findings import PaneId
from tui.domain.snapshots import (
    AlarmsSnapshot,
    AlbSnapshot,
    ChangesSnapshot,
    EcsSnapshot,
    Identity,
    LoadSnapshot,
    LogBatch,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
    Series,
)
from tui.domain.trend import Trend
from tui.triage.entry import TimelineEntry
from widgets.model import RateView


@dataclass(frozen=True, slots=True)
class Entries:
    """The store's entries by source; an empty one for a source that is not there."""

    identity: Entry[Identity] = field(default_factory=Entry)
    metrics: Entry[MetricsSnapshot] = field(default_factory=Entry)
    ecs: Entry[EcsSnapshot] = field(default_factory=Entry)
    rds: Entry[RdsSnapshot] = field(default_factory=Entry)
    alb: Entry[AlbSnapshot] = field(default_factory=Entry)
    alarms: Entry[AlarmsSnapshot] = field(default_factory=Entry)
    logs: Entry[LogBatch] = field(default_factory=Entry)
    changes: Entry[ChangesSnapshot] = field(default_factory=Entry)
    postgres: Entry[PostgresSnapshot] = field(default_factory=Entry)
    load: Entry[LoadSnapshot] = field(default_factory=Entry)


@dataclass(frozen=True, slots=True)
class LiveSessions:
    """What PostgreSQL itself tells of its connections now.

    Attributes:
        database: DB instance identifier that it stands for.
        total, active, idle_in_transaction: Client connections.
        blocked: Sessions that wait for a lock of another.
        disagrees: How CloudWatch's figure differs by more than its delay explains; "" where it does not.
    """

    database: str
    total: int
    active: int
    idle_in_transaction: int
    blocked: int
    disagrees: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same hours of an earlier day, to be laid behind the charts."""

    label: str
    """"yesterday" or "last week"."""
    shift_s: float
    """Seconds to add to the times of `series`."""
    series: Mapping[tuple[str, str], Series]
    """By metric id and resource, at their original times."""


@dataclass(frozen=True, slots=True)
class UiState:
    """What the user chose."""

    window: str = "1h"
    focused: Mapping[PaneId, str] = field(default_factory=dict)
    """Metric id by pane, where the user chose one."""
    resource: Mapping[PaneId, int] = field(default_factory=dict)
    """Index among the pane's configured resources, where the user chose one."""
    comparison: Comparison | None = None
    split: bool = False
    """Whether charts are split by target group."""
    ascii: bool = False
    paused: bool = False
    moment_s: float | None = None
    """The time cursor of all charts, epoch seconds; None is live."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What watching costs."""

    calls_per_minute: float = 0.0
    dollars_per_hour: float = 0.0


@dataclass(frozen=True, slots=True)
class TailInputs:
    """What the log pane shows beside its lines."""

    groups: tuple[str, ...] = ()
    """What is followed, as configured or chosen: names, globs, `name:stream-prefix`."""
    pattern: str = ""
    """Filter pattern that the service applies."""
    badges: tuple[str, ...] = ()
    """What narrows the view."""
    received: int = 0
    """Lines since the start."""
    shown: int = 0
    """Lines that pass the filters."""
    kept: int = 0
    dropped: int = 0
    """Lines pruned because the buffer is full."""
    per_second: float = 0.0
    rate: RateView | None = None
    is_closed: bool = False
    """A stretch of the past is shown: nothing is listened for."""
    is_live_tail: bool = False


MUTED: Final = {False: "⊘", True: "(-)"}
"""Sign of a breach that is shown and not told; by whether the font has ASCII only."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Input of `tui.presenters.panes.present`."""

    config: Config
    assessment: Assessment | None
    now_s: float
    """Epoch seconds by the endpoint's clock."""
    entries: Entries = field(default_factory=Entries)
    ui: UiState = field(default_factory=UiState)
    costs: Costs = field(default_factory=Costs)
    read_only: str = ""
    """Why writes are off; "" where they are allowed."""
    skew_s: float = 0.0
    """The endpoint's clock minus this machine's."""
    tail: TailInputs = field(default_factory=TailInputs)
    live: LiveSessions | None = None
    """None without a reading of PostgreSQL itself."""
    trends: tuple[Trend, ...] = ()
    """As judged last, those that say nothing included."""
    muted: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """"acknowledged" or "snoozed", by (id, resource), of breaches that are not told again."""
    marks: tuple[TimelineEntry, ...] = ()
    """What happened in the window and may be marked on its charts, newest first."""
