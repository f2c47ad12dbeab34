"""Metrics that CloudWatch does not publish, and all metrics of the stack as one mapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from config.schema import Config, MetricSpec
from tui.domain.findings import Resolved
from tui.domain.series import from_points, merge, points, rebucket
from tui.domain.snapshots import AlbSnapshot, EcsSnapshot, MetricsSnapshot, RdsSnapshot, Series, SeriesKey
from tui.domain.targets import applies, find_instance, resources

GIB: Final = 1024**3
REQUESTS_METRIC: Final = "RequestCount"
_ADDABLE: Final = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})
"""Statistics of a longer period that follow from those of a shorter one; percentiles do not."""


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a formula may use, all of one period."""

    period_s: int
    inputs: tuple[Series, ...]
    """The inputs in the order of the configuration, RequestCount left out."""
    requests: Series
    """RequestCount of the same resource."""
    allocated_gib: int | None = None
    """AllocatedStorage from DescribeDBInstances."""


def percent_of_allocated(given: Ingredients) -> Series:
    """Return free storage (bytes) in percent of AllocatedStorage (GiB); empty while that is unknown.

    Capped at 100: right after storage has grown the two figures are of different moments.
    """
    if not given.inputs or not given.allocated_gib:
        return Series(given.period_s)
    allocated = given.allocated_gib * GIB
    free = ((at, min(100.0, value / allocated * 100.0)) for at, value in points(given.inputs[0]))
    return from_points(given.period_s, free)


def sum_errors(given: Ingredients) -> Series:
    """Return target and balancer 5XX per bucket.

    The counters are published only while nonzero: an absent one is 0 where requests were counted or
    the other counter tells of errors; where neither is, the bucket has no value (no traffic, or late).
    """
    totals = _error_totals(given)
    return from_points(given.period_s, totals.items())


def error_rate(given: Ingredients) -> Series:
    """Return errors in percent of requests: errors / max(requests, errors) * 100.

    RequestCount counts only requests for which a target could be chosen, so in a total outage it
    vanishes while the balancer's own 5XX rise: that is 100 %. Neither is no traffic: no value.
    """
    requests = dict(points(given.requests))
    rates: dict[int, float] = {}
    for at, errors in _error_totals(given).items():
        asked = max(requests.get(at, 0.0), errors)
        if asked > 0:
            rates[at] = errors / asked * 100.0
    return from_points(given.period_s, rates.items())


FORMULAS: Final[Mapping[str, Callable[[Ingredients], Series]]] = {
    "percent_of_allocated": percent_of_allocated,
    "sum_errors": sum_errors,
    "error_rate": error_rate,
}
"""By the name that metrics.yaml uses."""

STATE_METRICS: Final = frozenset({"ecs.running_tasks", "alb.healthy_hosts"})
"""Metrics whose value is read by Describe calls."""


@dataclass(frozen=True, slots=True)
class Known:
    """The snapshots that metrics are resolved from; None while unknown."""

    metrics: MetricsSnapshot | None = None
    ecs: EcsSnapshot | None = None
    rds: RdsSnapshot | None = None
    alb: AlbSnapshot | None = None


def resolve(config: Config, known: Known, period_s: int) -> dict[tuple[str, str], Resolved]:
    """Return every metric that applies to every resource, not judged, at one period.

    Metrics published less often than `period_s` keep their own period. Until CloudWatch's points of
    a long period have arrived, they are made from the 60 s points (percentiles: these themselves).

    Args:
        config: What is watched.
        known: The latest snapshots.
        period_s: Period of the points, seconds.

    Returns:
        (metric id, resource) to the metric, in the order of the configuration. State metrics have one
        point, the value read; `latest` is set for them only.
    """
    resolved: dict[tuple[str, str], Resolved] = {}
    for spec in config.metrics.values():
        for name in resources(config, spec.resource):
            if applies(spec, name, known.rds):
                resolved[spec.id, name] = _resolve_one(config, spec, name, known, period_s)
    return resolved


def requests_spec(config: Config) -> MetricSpec | None:
    """Return the metric that counts a balancer's requests, None if it is not watched."""
    return next((spec for spec in config.metrics.values() if spec.name == REQUESTS_METRIC), None)


def _resolve_one(config: Config, spec: MetricSpec, name: str, known: Known, period_s: int) -> Resolved:
    if spec.source == "state":
        return _state(spec, name, known, period_s)
    if spec.source == "derived":
        return _derived(config, spec, name, known, period_s)
    statistic = spec.statistic or "Average"
    series = _series(known.metrics, spec, name, statistic, period_s)
    peak = _series(known.metrics, spec, name, spec.peak, period_s) if spec.peak else None
    parts = {
        part: _series(known.metrics, spec, name, statistic, period_s, part)
        for part in _parts(known.metrics, spec, name)
    }
    return Resolved(spec.id, name, series, peak, _note(known.metrics, (spec.id,), name), parts=parts or None)


def _state(spec: MetricSpec, name: str, known: Known, period_s: int) -> Resolved:
    at_s, value = 0.0, None
    if spec.id == "ecs.running_tasks" and known.ecs:
        at_s = known.ecs.at_s
        value = next((one.running for one in known.ecs.services if one.name == name), None)
    if spec.id == "alb.healthy_hosts" and known.alb:
        at_s = known.alb.at_s
        value = next((one.healthy for one in known.alb.balancers if one.name == name), None)
    if value is None:
        return Resolved(spec.id, name, Series(period_s))
    return Resolved(spec.id, name, Series(period_s, (int(at_s),), (float(value),)), latest=float(value))


def _derived(config: Config, spec: MetricSpec, name: str, known: Known, period_s: int) -> Resolved:
    formula = FORMULAS.get(spec.formula or "")
    if formula is None:
        return Resolved(spec.id, name, Series(period_s), note=f"no such formula: {spec.formula}")
    inputs = [config.metrics[one] for one in spec.inputs if one in config.metrics]
    counted = next((one for one in inputs if one.name == REQUESTS_METRIC), None) or requests_spec(config)
    instance = find_instance(known.rds, name)

    def compute(part: str) -> Series:
        def series(one: MetricSpec | None) -> Series:
            if one is None:
                return Series(period_s)
            return _series(known.metrics, one, name, one.statistic or "Average", period_s, part)

        others = tuple(series(one) for one in inputs if one.name != REQUESTS_METRIC)
        requests = series(counted if spec.resource == "load_balancer" else None)
        return formula(Ingredients(period_s, others, requests, instance.allocated_gib if instance else None))

    ids = tuple(one.id for one in inputs)
    note = _note(known.metrics, ids, name)
    if not note and spec.formula == "percent_of_allocated" and not (instance and instance.allocated_gib):
        note = "allocated storage is not known (rds:DescribeDBInstances)"
    parts: dict[str, Series] = {}
    if spec.split:
        names = {part for one in inputs for part in _parts(known.metrics, one, name)}
        parts = {part: compute(part) for part in sorted(names)}
    return Resolved(spec.id, name, compute(""), note=note, parts=parts or None)


def _series(
    metrics: MetricsSnapshot | None,
    spec: MetricSpec,
    name: str,
    statistic: str,
    period_s: int,
    part: str = "",
) -> Series:
    if metrics is None:
        return Series(period_s)
    own = max(period_s, int(spec.period))
    base = next(
        (
            found
            for period in (60, int(spec.period))
            if (found := metrics.series.get(SeriesKey(spec.id, name, statistic, period, part)))
        ),
        None,
    )
    for period in dict.fromkeys((own, period_s)):
        if found := metrics.series.get(SeriesKey(spec.id, name, statistic, period, part)):
            is_finer = base is not None and base.period_s < period and period % base.period_s == 0
            return _newest_from(found, base, statistic) if base and is_finer else found
    if base is None:
        return Series(period_s)
    if statistic in _ADDABLE and period_s > base.period_s and period_s % base.period_s == 0:
        return rebucket(base, period_s, statistic)
    return base


def _newest_from(found: Series, base: Series, statistic: str) -> Series:
    """Return a series of long periods whose newest buckets are made from the short ones.

    Long periods are read once a period, so that their newest bucket would stand still for that long.
    Only buckets that the short periods cover from their start are replaced.
    """
    if statistic not in _ADDABLE or not found.times or not base.times:
        return found
    recent = [
        (at, value)
        for at, value in points(rebucket(base, found.period_s, statistic))
        if at >= max(found.times[-1], base.times[0])
    ]
    return merge(found, from_points(found.period_s, recent))


def _parts(metrics: MetricsSnapshot | None, spec: MetricSpec, name: str) -> list[str]:
    """Return the target groups for which a metric was asked, by name."""
    if metrics is None or not spec.split:
        return []
    return sorted({key.part for key in metrics.series if key.part and key[:2] == (spec.id, name)})


def _note(metrics: MetricsSnapshot | None, ids: tuple[str, ...], name: str) -> str:
    """Return why a metric or one of its inputs could not be read, "" if all was well."""
    if metrics is None:
        return ""
    return next(
        (note for key, note in metrics.notes.items() if key.metric in ids and key.resource == name and note),
        "",
    )


def _error_totals(given: Ingredients) -> dict[int, float]:
    totals = dict.fromkeys(given.requests.times, 0.0)
    for counter in given.inputs:
        for at, value in points(counter):
            totals[at] = totals.get(at, 0.0) + value
    return totals
