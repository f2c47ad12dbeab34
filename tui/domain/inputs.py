"""What one assessment is made from: the latest store entries, and what is remembered between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.domain.entry import Entry
from tui.domain.findings import Finding
from tui.domain.snapshots import (
    AlarmsSnapshot,
    AlbSnapshot,
    EcsSnapshot,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
)

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
