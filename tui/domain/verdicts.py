"""Every metric of the stack with its level, and the reason where there is nothing to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from config.levels import Level, worst
from config.schema import Config, MetricSpec
from tui.domain.derive import Known, requests_spec, resolve
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.findings import Resolved
from tui.domain.inputs import FindingKey, Snapshots
from tui.domain.judge import judge, stale_after
from tui.domain.limits import effective
from tui.domain.series import clip, points
from tui.domain.snapshots import Series
from tui.domain.state import TARGETS, TASKS, Condition

T = TypeVar("T")

BASE_PERIOD: Final = 60
"""Metrics are judged on points of this period (s), whatever is drawn."""
NO_TRAFFIC: Final = "no traffic"
_RULES: Final = {"ecs.running_tasks": TASKS, "alb.healthy_hosts": TARGETS}
"""The state rule that judges a state metric."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """What judging any metric needs."""

    config: Config
    entries: Snapshots
    states: Mapping[FindingKey, Level | None]
    now_s: float
    base: Mapping[FindingKey, Resolved]

    @property
    def metrics_at_s(self) -> float | None:
        """The endpoint's time of the last answer."""
        entry = self.entries.metrics
        return entry.snapshot.at_s if entry and entry.snapshot else None

    def stale_after(self, spec: MetricSpec) -> float:
        """Return how old the newest settled point of a metric may be, seconds."""
        cadence_s = self.entries.metrics.period_s if self.entries.metrics else 0.0
        return stale_after(self.config.judgement, metric_period_s=spec.period, cadence_s=cadence_s)

    def is_fresh(self, spec: MetricSpec) -> bool:
        """Whether metrics were read so lately that the absence of points means something."""
        at_s = self.metrics_at_s
        return at_s is not None and self.now_s - at_s <= self.stale_after(spec)

    def has_asked(self, metric: Resolved) -> bool:
        """Whether CloudWatch was asked for a metric, so that silence is an answer."""
        metrics = _snapshot(self.entries.metrics)
        asked = metrics.series if metrics else ()
        return any(key.metric == metric.metric and key.resource == metric.resource for key in asked)


def judged_metrics(
    config: Config, entries: Snapshots, states: Iterable[Condition], now_s: float, period_s: int
) -> dict[FindingKey, Resolved]:
    """Return every metric of every resource at `period_s`, with level, latest value, limits and note.

    Hidden inputs have no level. Series are not clipped to a window.
    """
    known = Known(
        _snapshot(entries.metrics), _snapshot(entries.ecs), _snapshot(entries.rds), _snapshot(entries.alb)
    )
    base = resolve(config, known, BASE_PERIOD)
    drawn = base if period_s == BASE_PERIOD else resolve(config, known, period_s)
    levels = {(one.id, one.resource): one.level for one in states}
    moment = _Moment(config, entries, levels, now_s, base)
    return {key: _judged(moment, config.metrics[key[0]], base[key], drawn[key]) for key in base}


def clipped(metric: Resolved, start_s: float, end_s: float) -> Resolved:
    """Return the metric with the points of a window; the one point of a state metric stays."""
    if len(metric.series) == 1 and metric.latest is not None and metric.metric in _RULES:
        return metric
    parts = {name: clip(part, start_s, end_s) for name, part in (metric.parts or {}).items()}
    peak = clip(metric.peak, start_s, end_s) if metric.peak is not None else None
    return replace(metric, series=clip(metric.series, start_s, end_s), peak=peak, parts=parts or None)


def _judged(moment: _Moment, spec: MetricSpec, base: Resolved, drawn: Resolved) -> Resolved:
    if spec.source == "state":
        return _judged_state(moment, spec, drawn)
    at_s = moment.metrics_at_s
    threshold = None
    if not spec.hidden:
        threshold = effective(moment.config, spec, base.resource, _snapshot(moment.entries.postgres))
    verdict = judge(
        base.series,
        threshold,
        moment.config.judgement,
        settled_until_s=(at_s if at_s is not None else 0.0) - moment.config.judgement.settle,
        now_s=moment.now_s,
        stale_after_s=moment.stale_after(spec),
    )
    result = replace(
        drawn, threshold=threshold, level=verdict.level, since_s=verdict.since_s, latest=verdict.latest
    )
    if not verdict.is_stale:
        return result
    note = base.note or _why_empty(moment, spec, base.resource)
    # An old value is shown as the last known only while the source fails: when the source answers
    # and has no newer point, there is no value now.
    latest = None if moment.is_fresh(spec) else verdict.latest
    level = None if note == NO_TRAFFIC else verdict.level
    return replace(result, note=note, latest=latest, level=level)


def _judged_state(moment: _Moment, spec: MetricSpec, metric: Resolved) -> Resolved:
    """Judge a value read by Describe: by its state rule, and at once by limits of the user's own."""
    level = moment.states.get((_RULES.get(spec.id, ""), metric.resource))
    threshold = effective(moment.config, spec, metric.resource, None)
    if threshold is not None:
        level = worst((level, threshold.judge(metric.latest)))
    return replace(metric, threshold=threshold, level=level)


def _why_empty(moment: _Moment, spec: MetricSpec, resource: str) -> str:
    """Return why a metric has no recent point, "" when its own description must do."""
    entry = moment.entries.metrics
    if not moment.is_fresh(spec):
        return error_note(entry.error) if entry and entry.error else ""
    if spec.resource == "load_balancer":
        return _why_no_alb_points(moment, spec, resource)
    ecs, rds = _snapshot(moment.entries.ecs), _snapshot(moment.entries.rds)
    described = ecs if spec.resource == "service" else rds
    if described and resource in described.missing:
        return f"{resource} was not found"
    if spec.resource == "service" and ecs:
        service = next((one for one in ecs.services if one.name == resource), None)
        if service and service.running == 0:
            return "no running tasks"
    return ""


def _why_no_alb_points(moment: _Moment, spec: MetricSpec, resource: str) -> str:
    """Tell an idle balancer from one whose metrics cannot be known; both publish nothing."""
    entry = moment.entries.alb
    alb = _snapshot(entry)
    if alb is None:
        return error_note(entry.error) if entry and entry.error else ""
    if all(one.name != resource for one in alb.balancers):
        return f"{resource} was not found"
    requests = requests_spec(moment.config)
    counted = moment.base.get((requests.id, resource)) if requests else None
    if counted is None or counted.note or not moment.has_asked(counted):
        return ""
    since_s = moment.now_s - moment.stale_after(spec)
    if _recent_sum(counted.series, since_s) > 0:
        return ""
    errors = (
        _recent_sum(one.series, since_s)
        for (metric, name), one in moment.base.items()
        if name == resource and moment.config.metrics[metric].formula == "sum_errors"
    )
    return "no request reaches a target" if any(errors) else NO_TRAFFIC


def error_note(error: SourceError) -> str:
    """Return a source's failure in the few words that fit beside a metric."""
    if error.kind is ErrorKind.ACCESS_DENIED and error.action:
        return f"not permitted: {error.action}"
    return error.summary


def _recent_sum(series: Series, since_s: float) -> float:
    return sum(value for at, value in points(series) if at + series.period_s >= since_s)


def _snapshot(entry: Entry[T] | None) -> T | None:
    return entry.snapshot if entry is not None else None
