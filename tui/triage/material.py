"""What an explanation is made from, and what it says. Frozen; times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.schema import MetricSpec
from tui.domain.findings import Finding
from tui.domain.inputs import FindingKey
from tui.domain.plan import Change
from tui.domain.snapshots import Series
from tui.triage.databasesigns import DatabaseSigns, StatementSign
from tui.triage.entry import TimelineEntry
from tui.triage.logpatterns import LogSample, NewPattern
from tui.triage.movement import Move


class CauseKind(StrEnum):
    """What sort of cause; the value is what runbooks name."""

    DEPLOYMENT = "deployment"
    TRAFFIC = "traffic"
    DATABASE = "database"
    MEMORY_LEAK = "memory-leak"
    STORAGE = "storage"
    CONNECTIONS = "connections"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is known of a breach.

    Attributes:
        finding: The breach. Its `id` is a metric id or a state rule.
        metric: The metric whose course is searched for the start: of an alarm the one that it watches; ""
            where a state rule has none.
        series: A day of points by (metric id, resource), derived metrics included, one minute each.
        specs: The metrics of the configuration.
        now_s: Epoch seconds.
        until_s: Points that begin later are provisional.
        entries: What happened, in any order, twice or not.
        lines: Log lines around the start.
        database: What PostgreSQL shows.
        stopped: Sentences of tasks that stopped, the newest first.
        differences: What the last change changed in the task definition; () where that is not known.
        notes: What could not be read, as sentences.
    """

    finding: Finding
    metric: str
    series: Mapping[FindingKey, Series]
    specs: Mapping[str, MetricSpec]
    now_s: float
    until_s: float
    entries: tuple[TimelineEntry, ...] = ()
    lines: tuple[LogSample, ...] = ()
    database: DatabaseSigns = field(default_factory=DatabaseSigns)
    stopped: tuple[str, ...] = ()
    differences: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A metric that moved about when the breach began.

    Attributes:
        metric, resource, title, unit: Which.
        move: Its change.
        lag_s: Its onset after that of the breached metric; negative: it moved first.
        correlation: With the breached metric over the window; None where it is not defined.
        score: What it is ranked by.
        evidence: The figures as a sentence.
    """

    metric: str
    resource: str
    title: str
    unit: str
    move: Move
    lag_s: float
    correlation: float | None
    score: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Sign:
    """One reason for or against a cause: points, and the sentence that says why."""

    points: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A probable cause.

    Attributes:
        kind: What sort.
        title: In a few words.
        signs: What it rests on; their points add up to its own.
        change: What happened that it begins with; None where nothing is known.
    """

    kind: CauseKind
    title: str
    signs: tuple[Sign, ...]
    change: TimelineEntry | None = None

    @property
    def points(self) -> int:
        """The sum of its signs' points."""
        return sum(one.points for one in self.signs)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What probably is behind a breach, and what that rests on.

    Attributes:
        finding: The breach.
        started_s: When the breached metric began to change, not when it crossed its limit; None where it
            did not leave its usual range.
        start: That as a sentence.
        causes: Probable causes, the likeliest first; () where nothing stands out.
        nothing: Why nothing stands out; "" where something does.
        moves: What else moved within the same minutes.
        change: The last deployment or change before the start.
        differences: What it changed in the task definition, environment by name.
        patterns: Log patterns that are new since the start.
        statements: Statements whose time grew.
        notes: What could not be read.
        load: CPU that the present load would take of the tasks that run, percent; None where requests and CPU
            did not both rise.
    """

    finding: Finding
    started_s: float | None
    start: str
    causes: tuple[Cause, ...] = ()
    nothing: str = ""
    moves: tuple[Moved, ...] = ()
    change: TimelineEntry | None = None
    differences: tuple[Change, ...] = ()
    patterns: tuple[NewPattern, ...] = ()
    statements: tuple[StatementSign, ...] = ()
    notes: tuple[str, ...] = ()
    load: float | None = None
