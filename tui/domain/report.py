"""The data of a one-shot health report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.levels import Level, worst
from config.schema import Config, MetricSpec
from tui.domain import series as arithmetic
from tui.domain.assess import Assessment
from tui.domain.errors import SourceError
from tui.domain.findings import Finding, Resolved
from tui.domain.snapshots import Series
from tui.domain.trend import Trend

_EXIT_CODES: dict[Level | None, int] = {
    None: 0,
    Level.OK: 0,
    Level.ELEVATED: 0,
    Level.WARNING: 1,
    Level.CRITICAL: 2,
    Level.UNKNOWN: 3,
}


@dataclass(frozen=True, slots=True)
class ReportMetric:
    """One metric of one resource over the window, in the metric's unit."""

    id: str
    resource: str
    title: str
    unit: str
    latest: float | None
    average: float | None
    maximum: float | None
    level: Level | None
    """None without a threshold, and where there is no traffic to judge."""
    points: tuple[tuple[int, float], ...]
    """(start of the bucket in epoch seconds, value), settled ones, ascending."""
    note: str = ""
    """Why there is no value, "" if there is one."""

    def to_json(self) -> dict[str, Any]:
        """Return the metric as JSON values."""
        return {
            "id": self.id,
            "resource": self.resource,
            "title": self.title,
            "unit": self.unit,
            "latest": self.latest,
            "average": self.average,
            "maximum": self.maximum,
            "level": self.level.value if self.level else None,
            "points": [[at, value] for at, value in self.points],
        }


@dataclass(frozen=True, slots=True)
class ReportError:
    """A source that could not be read."""

    source: str
    """metrics, ecs, rds, alb, alarms, postgres ..."""
    kind: str
    summary: str
    hint: str

    def to_json(self) -> dict[str, Any]:
        """Return the error as JSON values."""
        return {"source": self.source, "kind": self.kind, "summary": self.summary, "hint": self.hint}


@dataclass(frozen=True, slots=True)
class Report:
    """The health of a stack over a window."""

    at_s: float
    window_s: int
    period_s: int
    level: Level | None
    metrics: tuple[ReportMetric, ...]
    findings: tuple[Finding, ...]
    """Worst first, state included."""
    errors: tuple[ReportError, ...] = ()
    trends: tuple[Trend, ...] = ()
    """Those that say nothing included; they do not change the level."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values; findings of state are in `level` only."""
        return {
            "level": self.level.value if self.level else None,
            "window_s": self.window_s,
            "period_s": self.period_s,
            "metrics": [metric.to_json() for metric in self.metrics],
            "trends": [trend.to_json() for trend in self.trends],
            "errors": [error.to_json() for error in self.errors],
        }

    @property
    def exit_code(self) -> int:
        """The exit code of `cwtop report`."""
        return exit_code(self.level)


def build(
    assessment: Assessment,
    config: Config,
    window_s: int,
    period_s: int,
    errors: Mapping[str, SourceError] | None = None,
    trends: tuple[Trend, ...] = (),
) -> Report:
    """Return the report of an assessment made for this window and period.

    Levels stay those judged on 60 s points. Points that may still change are left out, so the
    figures are those of the points listed (the maximum: of the Maximum statistic, where asked for).

    Args:
        assessment: Made with the same window and period.
        config: What is watched.
        window_s: Length of the window, seconds.
        period_s: Period of the points, seconds.
        errors: By source, those that failed.
        trends: What climbs or falls, as judged last.
    """
    metrics = tuple(
        _metric(config.metrics[metric.metric], metric, assessment.settled_until_s)
        for metric in assessment.resolved.values()
        if not config.metrics[metric.metric].hidden
    )
    failed = tuple(
        ReportError(source, error.kind.value, error.summary, error.hint)
        for source, error in (errors or {}).items()
    )
    health = assessment.health
    return Report(assessment.at_s, window_s, period_s, health.level, metrics, health.findings, failed, trends)


def exit_code(*levels: Level | None) -> int:
    """Return 0 for ok, elevated and no level, 1 for warning, 2 for critical, 3 for unknown; worst wins."""
    return _EXIT_CODES[worst(levels)]


def _metric(spec: MetricSpec, metric: Resolved, settled_until_s: float | None) -> ReportMetric:
    series, peak = metric.series, metric.peak
    if spec.source != "state":
        series = _settled(series, settled_until_s)
        peak = _settled(peak, settled_until_s) if peak is not None else None
    # Without a current value an old point is no latest one; with one, the point listed last agrees
    # with the rest of the line.
    latest = None if metric.latest is None else arithmetic.latest(series)
    maximum = arithmetic.maximum(series)
    if peak is not None and peak.values:
        maximum = max(peak.values) if maximum is None else max(*peak.values, maximum)
    return ReportMetric(
        id=spec.id,
        resource=metric.resource,
        title=spec.title,
        unit=spec.unit,
        latest=metric.latest if latest is None else latest,
        average=arithmetic.average(series),
        maximum=maximum,
        level=metric.level,
        points=tuple(arithmetic.points(series)),
        note=metric.note,
    )


def _settled(series: Series, until_s: float | None) -> Series:
    return series if until_s is None else arithmetic.settled(series, until_s)
