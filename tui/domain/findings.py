"""What judgement yields: resolved metrics, findings and their roll-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from config.levels import Level, Threshold
from tui.domain.snapshots import Series

PaneId = Literal["ecs", "rds", "alb"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """One metric of one resource, derived and state metrics included, at one period."""

    metric: str
    resource: str
    series: Series
    peak: Series | None = None
    """The Maximum statistic, where the metric has one."""
    note: str = ""
    """Why there is nothing to show ("no traffic", "not permitted: cloudwatch:GetMetricData")."""
    threshold: Threshold | None = None
    """The limits in force for this resource (overrides and max_connections applied)."""
    level: Level | None = None
    """Judged level; None without a threshold."""
    since_s: float | None = None
    """When the breach opened (start of the first point beyond), None if there is none."""
    latest: float | None = None
    """Newest settled point, or for state metrics the value read."""
    parts: Mapping[str, Series] | None = None
    """By target group name, when split."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is breached (or, with level UNKNOWN, cannot be judged), from a metric or from state."""

    id: str
    """Metric id, or a state rule: state.tasks, state.rollout, state.database, state.targets, state.alarm."""
    resource: str
    pane: PaneId | None
    """None: the whole stack (an alarm that names none of its resources)."""
    level: Level
    sentence: str
    """For example "RDS CPU 91.2 % (> 85 %) for 12 min"."""
    since_s: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The roll-up of everything judged."""

    level: Level | None
    findings: tuple[Finding, ...]
    """Worst first: critical, warning, then unknown (missing or stale data; not while loading)."""
    panes: Mapping[PaneId, Level | None]


@dataclass(frozen=True, slots=True)
class BreachEvent:
    """An edge: told once."""

    kind: Literal["opened", "worsened", "eased", "closed"]
    finding: Finding
    """The state after the change (before it, for closed)."""
