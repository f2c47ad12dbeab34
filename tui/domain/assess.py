"""One call that turns the store's latest snapshots into judged metrics, health and breach events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from config.schema import Config
from tui.domain.entry import Entry
from tui.domain.findings import BreachEvent, Finding, Health, Resolved
from tui.domain.snapshots import (
    AlarmsSnapshot,
    AlbSnapshot,
    EcsSnapshot,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
)

T = TypeVar("T")

FindingKey = tuple[str, str]
"""(metric id or state rule, resource)."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The store's entries that are judged; None where the stack has no such source."""

    metrics: Entry[MetricsSnapshot] | None = None
    ecs: Entry[EcsSnapshot] | None = None
    rds: Entry[RdsSnapshot] | None = None
    alb: Entry[AlbSnapshot] | None = None
    alarms: Entry[AlarmsSnapshot] | None = None
    postgres: Entry[PostgresSnapshot] | None = None


@dataclass(frozen=True, slots=True)
class Trackers:
    """What must be remembered from one assessment to the next, because no snapshot tells it."""

    since: Mapping[FindingKey, float] = field(default_factory=dict)
    """When a condition read by Describe was first seen, epoch seconds."""
    told: Mapping[FindingKey, Finding] = field(default_factory=dict)
    """Breaches that events have told of and not closed yet."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything judged at one moment."""

    at_s: float
    """Epoch seconds by the endpoint's clock."""
    window_s: int
    period_s: int
    resolved: Mapping[tuple[str, str], Resolved]
    """(metric id, resource) to the metric, in the order of the configuration; hidden inputs included
    (level None). `series` has the window's points at `period_s`, for drawing; levels come from 60 s points."""
    health: Health
    events: tuple[BreachEvent, ...] = ()
    """Edges since the previous assessment."""
    trackers: Trackers = field(default_factory=Trackers)
    settled_until_s: float | None = None
    """Buckets that end later are provisional: drawn, not judged; None before the first metrics."""


def assess(
    config: Config,
    entries: Snapshots,
    now_s: float,
    *,
    window_s: int,
    period_s: int,
    previous: Assessment | None = None,
) -> Assessment:
    """Judge the latest snapshots. Pure: the same arguments give the same result.

    Args:
        config: What is watched and its limits.
        entries: The store's entries.
        now_s: Epoch seconds by the endpoint's clock.
        window_s: Length of the window drawn, seconds.
        period_s: Period of the points drawn, seconds.
        previous: The last assessment, for edges and for conditions that must last.

    Returns:
        The assessment; metrics that do not apply to a resource are not in it.
    """
    raise NotImplementedError
