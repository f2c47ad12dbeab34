"""What one setting demands of another: order of limits, floors of cadences, names that must exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from config.durations import format_duration
from config.problems import dotted, listed, meant, shown
from config.schema import Config, MetricSpec, ThresholdSpec
from config.strictyaml import Path
from config.validate import Told, suggest_metric

FORMULAS = ("percent_of_allocated", "sum_errors", "error_rate")
"""What derived metrics may be computed by."""

METRICS_FLOOR = 60.0
"""Seconds; CloudWatch publishes these metrics once a minute, and each read is billed."""

MIN_REQUESTS, MAX_REQUESTS = 0.1, 25.0
"""Of FilterLogEvents per second: the largest Region's quota is 25/s for the whole account."""

MAX_HIGHLIGHTS = 5
"""Terms that can be told apart by colour."""

_SHORTEST = 1.0
_LONGEST = 86_400.0
_KINDS: Mapping[str, str] = {"service": "a service", "database": "a database", "load_balancer": "a balancer"}

Names = Mapping[str, Collection[str]]
"""Resource names by kind (service, database, load_balancer)."""


def check(config: Config, names: Names, told: Collection[str], dropped: Collection[str] = ()) -> list[Told]:
    """Return what does not fit together.

    Args:
        config: A configuration whose types are right.
        names: Every resource name that any layer of the configuration mentions, by kind: overrides may
            be written for the resources of another profile.
        told: Dotted keys that have a problem already: nothing that follows from it is said.
        dropped: Ids of the metrics that the user does without.
    """
    return [
        *_stack(config, told),
        *_metrics(config.metrics, told, dropped),
        *_thresholds(config, dropped),
        *_overrides(config, names, told),
        *_cadences(config),
        *_judgement(config),
        *_logs(config),
    ]


def _stack(config: Config, told: Collection[str]) -> Iterator[Told]:
    if config.stack.services and config.stack.cluster is None and not {"stack", "stack.cluster"} & set(told):
        yield ("stack", "services"), "services need the cluster that they run in", "add stack.cluster"


def _metrics(
    metrics: Mapping[str, MetricSpec], told: Collection[str], dropped: Collection[str]
) -> Iterator[Told]:
    for name, spec in metrics.items():
        path: Path = ("metrics", name)
        if any(key == dotted(path) or key.startswith(dotted(path) + ".") for key in told):
            continue
        needed = {"cloudwatch": ("namespace", "name", "statistic"), "derived": ("formula", "inputs")}
        missing = [key for key in needed.get(spec.source, ()) if not getattr(spec, key)]
        if missing:
            yield path, f"a {spec.source} metric needs {' and '.join(missing)}", ""
        if spec.formula is not None and spec.formula not in FORMULAS:
            hint = meant(spec.formula, FORMULAS, otherwise=f"there are {listed(FORMULAS)}")
            yield (*path, "formula"), f"there is no formula {shown(spec.formula)}", hint
        for one in spec.inputs:
            if one in dropped:
                yield ("metrics", one), f"cannot be dropped: {name} is computed from it", f"drop {name} too"
            elif one not in metrics:
                yield (*path, "inputs"), f"there is no metric {shown(one)}", suggest_metric(one, metrics)
            elif metrics[one].resource != spec.resource or metrics[one].source != "cloudwatch":
                hint = f"it takes CloudWatch metrics of {_KINDS[spec.resource]}"
                yield (*path, "inputs"), f"{one} is no input for it", hint
        if spec.period < METRICS_FLOOR or spec.period % 60:
            yield (*path, "period"), "CloudWatch publishes in whole minutes", "write 1m or 5m, say"
        if spec.scale == 0:
            yield (*path, "scale"), "makes every value 0", "leave it out for 1"


def _thresholds(config: Config, dropped: Collection[str]) -> Iterator[Told]:
    for name, spec in config.thresholds.items():
        path: Path = ("thresholds", name)
        if name in dropped:
            yield path, "limits a metric that is dropped", "remove the limits too"
            continue
        if name not in config.metrics:
            yield path, "there is no such metric", suggest_metric(name, config.metrics)
            continue
        yield from _order(path, spec)


def _order(path: Path, spec: ThresholdSpec) -> Iterator[Told]:
    limits = [
        (key, value) for key in ("goal", "warning", "critical") if (value := getattr(spec, key)) is not None
    ]
    for (key, value), (worse, limit) in pairwise(limits):
        if (value < limit) if spec.below else (value > limit):
            rule = (
                "goal >= warning >= critical, because below is true"
                if spec.below
                else "goal <= warning <= critical"
            )
            yield path, f"{worse} {limit:g} is milder than {key} {value:g}", f"keep {rule}"


def _overrides(config: Config, names: Names, told: Collection[str]) -> Iterator[Told]:
    known = {name: kind for kind, group in names.items() for name in group}
    for resource, specs in config.overrides.items():
        if resource not in known:
            if not any(key == "stack" or key.startswith("stack.") for key in told):
                hint = meant(resource, known, otherwise="add it to stack, or remove these overrides")
                yield ("overrides", resource), "there is no such resource in stack", hint
            continue
        kinds = {kind for kind, group in names.items() if resource in group}
        fitting = [name for name, spec in config.metrics.items() if spec.resource in kinds]
        for metric, spec in specs.items():
            path: Path = ("overrides", resource, metric)
            if metric not in config.metrics:
                yield path, "there is no such metric", suggest_metric(metric, fitting)
            elif metric not in fitting:
                kind = _KINDS[config.metrics[metric].resource]
                yield (
                    path,
                    f"is a metric of {kind}, {resource} is {listed(_KINDS[one] for one in sorted(kinds))}",
                    "",
                )
            else:
                yield from _order(path, spec)


def _cadences(config: Config) -> Iterator[Told]:
    for key in type(config.cadences).model_fields:
        seconds: float = getattr(config.cadences, key)
        path: Path = ("cadences", key)
        if key in ("metrics", "trends") and seconds < METRICS_FLOOR:
            yield (
                path,
                f"{format_duration(seconds)} is too often: CloudWatch publishes once a minute",
                "write 60s or more",
            )
        elif seconds < _SHORTEST:
            yield path, f"{format_duration(seconds)} is too often", "write 1s or more"
        elif seconds > _LONGEST:
            yield path, f"{format_duration(seconds)} is too seldom", "write 1d or less"


def _logs(config: Config) -> Iterator[Told]:
    logs = config.logs
    bounds: Mapping[str, tuple[float, float]] = {
        "overlap": (0.0, 300.0),
        "sweep_every": (5.0, 3600.0),
        "sweep": (10.0, 3600.0),
    }
    for key, (low, high) in bounds.items():
        seconds: float = getattr(logs, key)
        if not low <= seconds <= high:
            hint = f"from {format_duration(low)} to {format_duration(high)}"
            yield ("logs", key), f"{format_duration(seconds)} is not possible", hint
    if logs.sweep < logs.overlap <= bounds["overlap"][1]:
        told = f"{format_duration(logs.sweep)} is shorter than overlap, which each poll reads anyway"
        yield ("logs", "sweep"), told, f"write {format_duration(max(60.0, logs.overlap))}, say"
    if not MIN_REQUESTS <= logs.requests_per_second <= MAX_REQUESTS:
        told = f"{logs.requests_per_second:g} requests per second are not possible"
        yield ("logs", "requests_per_second"), told, f"from {MIN_REQUESTS:g} to {MAX_REQUESTS:g}"
    if len(logs.highlights) > MAX_HIGHLIGHTS:
        yield (
            ("logs", "highlights"),
            f"{len(logs.highlights)} terms are too many",
            f"at most {MAX_HIGHLIGHTS}",
        )


def _judgement(config: Config) -> Iterator[Told]:
    rule = config.judgement
    if not 1 <= rule.of_points <= 10:
        yield ("judgement", "of_points"), f"{rule.of_points} points cannot be judged", "from 1 to 10"
    elif not 1 <= rule.open_points <= rule.of_points:
        hint = f"from 1 to {rule.of_points}, which is of_points"
        yield (
            ("judgement", "open_points"),
            f"a breach cannot open at {rule.open_points} of {rule.of_points} points",
            hint,
        )
    if rule.settle > 3600:
        yield (
            ("judgement", "settle"),
            "nothing of the last hour would be judged",
            "write 120s, say; at most 1h",
        )
