"""Reads the body of a CloudWatch dashboard as a piece of configuration: `metrics`, `thresholds` and `stack`.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from config.schema import Config, MetricSpec

_KINDS: Final[Mapping[frozenset[str], tuple[str, str, str]]] = {
    frozenset({"ClusterName", "ServiceName"}): ("service", "services", "ecs"),
    frozenset({"DBInstanceIdentifier"}): ("database", "databases", "rds"),
    frozenset({"LoadBalancer"}): ("load_balancer", "load_balancers", "alb"),
}
"""Dimensions of a metric to the kind of resource, its key in `stack` and the beginning of a metric's id."""
_UNITS: Final = (
    (re.compile(r"(Utilization|Percent|Balance)%?$|%$"), "percent"),
    (re.compile(r"(Bytes|Space|Memory|Usage|Throughput)$"), "bytes"),
    (re.compile(r"IOPS$"), "per_second"),
    (re.compile(r"(Latency|Time|Lag)$"), "seconds"),
)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(slots=True)
class Found:
    """What a dashboard holds.

    Attributes:
        metrics: New ones by id, as `metrics` takes them.
        thresholds: Their limits, as `thresholds` takes them.
        stack: Lists of `stack` with the resources that are new, whole.
        known: Ids of metrics that the configuration has already.
        left: (title, why) of each widget, or line of one, that cannot be represented.
        guessed: Ids of the metrics whose unit was told from their names.
    """

    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    thresholds: dict[str, dict[str, Any]] = field(default_factory=dict)
    stack: dict[str, list[str]] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)

    @property
    def document(self) -> dict[str, Any]:
        """The piece of configuration; {} where there is nothing new."""
        parts = {"stack": self.stack, "metrics": self.metrics, "thresholds": self.thresholds}
        return {name: part for name, part in parts.items() if part}


@dataclass(frozen=True, slots=True)
class _Line:
    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str


class _Unreadable(Exception):
    """A line cannot be represented; the text says why."""


def read_dashboard(body: Mapping[str, Any], config: Config, region: str) -> Found:
    """Return what of a dashboard the configuration lacks, and what it cannot represent.

    Args:
        body: Of GetDashboard.
        config: What is there already.
        region: Where cwtop watches; metrics of other Regions cannot be had.
    """
    found = Found()
    for widget in body.get("widgets") or ():
        properties = widget.get("properties") or {}
        title = str(properties.get("title") or properties.get("markdown") or widget.get("type"))[:80]
        if widget.get("type") not in ("metric", None) or "metrics" not in properties:
            found.left.append((title, _why_not(widget, properties)))
        elif properties.get("region") not in (None, region):
            found.left.append((title, f"its metrics are of {properties['region']}"))
        else:
            _widget(title, properties, config, found)
    return found


def _why_not(widget: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    kind = str(widget.get("type") or "metric")
    if kind == "log":
        return "an Insights query: save it with s in the window of i"
    if kind == "metric" and "annotations" in properties:
        return "the graph of an alarm"
    return {"alarm": "states of alarms", "text": "text"}.get(kind, f"a widget of type {kind}")


def _widget(title: str, properties: Mapping[str, Any], config: Config, found: Found) -> None:
    lines: list[_Line] = []
    for row in _whole(properties["metrics"]):
        try:
            lines.append(_line(row, str(properties.get("stat") or "Average")))
        except _Unreadable as error:
            found.left.append((title, str(error)))
    peaks = {
        (one.namespace, one.name, *one.dimensions.items()) for one in lines if one.statistic == "Maximum"
    }
    means = {
        (one.namespace, one.name, *one.dimensions.items()) for one in lines if one.statistic == "Average"
    }
    for one in lines:
        key = (one.namespace, one.name, *one.dimensions.items())
        # Beside an average the maximum is the peak of the same metric.
        if one.statistic == "Maximum" and key in means:
            continue
        problem = _resource(one, config, found)
        if problem:
            found.left.append((title, problem))
            continue
        _metric(title, one, has_peak=one.statistic == "Average" and key in peaks, config=config, found=found)
        _limits(one, properties, config, found)


def _whole(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the rows of a widget written out: "." is the value above it, "..." all of the row above."""
    above: list[Any] = []
    for row in rows:
        values = [one for one in row if not isinstance(one, Mapping)]
        options = [one for one in row if isinstance(one, Mapping)]
        if "..." in values:
            at = values.index("...")
            rest = values[at + 1 :]
            values = [*values[:at], *above[at : len(above) - len(rest)], *rest]
        values = [above[at] if one == "." and at < len(above) else one for at, one in enumerate(values)]
        if values:
            above = values
        yield [*values, *options]


def _line(row: Sequence[Any], statistic: str) -> _Line:
    options: Mapping[str, Any] = row[-1] if row and isinstance(row[-1], Mapping) else {}
    values = [str(one) for one in row if not isinstance(one, Mapping)]
    if "expression" in options:
        raise _Unreadable(f"an expression: {str(options['expression'])[:60]}")
    if len(values) < 2 or len(values) % 2:
        raise _Unreadable("a line without namespace and name")
    if options.get("region") or options.get("accountId"):
        raise _Unreadable(f"{values[1]} of another Region or account")
    dimensions = dict(zip(values[2::2], values[3::2], strict=True))
    if frozenset(dimensions) not in _KINDS:
        by = ", ".join(dimensions) or "nothing"
        raise _Unreadable(
            f"{values[0]} {values[1]} by {by}: only services, DB instances and balancers are watched"
        )
    return _Line(values[0], values[1], dimensions, str(options.get("stat") or statistic))


def _resource(line: _Line, config: Config, found: Found) -> str:
    """Add a line's resource to the stack; return why that cannot be, "" where it can."""
    _, key, _ = _KINDS[frozenset(line.dimensions)]
    if key == "services":
        if line.dimensions["ClusterName"] != config.stack.cluster:
            return f"{line.name} of the cluster {line.dimensions['ClusterName']}: one cluster is watched"
        name = line.dimensions["ServiceName"]
    elif key == "load_balancers":
        kind, _, rest = line.dimensions["LoadBalancer"].partition("/")
        if kind != "app":
            return f"{line.name} of a balancer that is not an Application Load Balancer"
        name = rest.split("/")[0]
    else:
        name = line.dimensions["DBInstanceIdentifier"]
    present: tuple[str, ...] = getattr(config.stack, key)
    if name not in (*present, *found.stack.get(key, ())):
        found.stack[key] = [*found.stack.get(key, present), name]
    return ""


def _same(spec: MetricSpec, line: _Line, kind: str) -> bool:
    return (spec.namespace, spec.name, spec.resource) == (line.namespace, line.name, kind)


def _metric(title: str, line: _Line, *, has_peak: bool, config: Config, found: Found) -> None:
    kind, _, prefix = _KINDS[frozenset(line.dimensions)]
    alike = [one for one in config.metrics.values() if _same(one, line, kind)]
    for one in alike:
        if one.statistic == line.statistic or (one.peak == line.statistic and not has_peak):
            if one.id not in found.known:
                found.known.append(one.id)
            return
    name = f"{prefix}.{_snake(line.name)}"
    if alike or name in config.metrics or _taken(name, line, found):
        name = f"{name}_{_snake(line.statistic)}"
    if name in config.metrics or name in found.metrics:
        return
    entry: dict[str, Any] = {
        # The title of a widget of several resources names one of them after a comma.
        "title": title.split(",")[0].strip() or line.name,
        "unit": alike[0].unit if alike else _unit(line),
        "resource": kind,
        "namespace": line.namespace,
        "name": line.name,
        "statistic": line.statistic,
    }
    if has_peak:
        entry["peak"] = "Maximum"
    if alike and alike[0].scale != 1.0:
        entry["scale"] = alike[0].scale
    if not alike:
        found.guessed.append(name)
    found.metrics[name] = entry


def _taken(name: str, line: _Line, found: Found) -> bool:
    other = found.metrics.get(name)
    return other is not None and other["statistic"] != line.statistic


def _limits(line: _Line, properties: Mapping[str, Any], config: Config, found: Found) -> None:
    """Take lines that are named warning and critical for the limits of a metric that is new."""
    names = [name for name, one in found.metrics.items() if one["name"] == line.name]
    drawn = (properties.get("annotations") or {}).get("horizontal") or ()
    limits = {
        str(one.get("label")).lower(): float(one["value"])
        for one in drawn
        if str(one.get("label")).lower() in ("warning", "critical")
        and isinstance(one.get("value"), int | float)
    }
    if not names or not limits or names[-1] in config.thresholds:
        return
    scale = float(found.metrics[names[-1]].get("scale", 1.0))
    entry: dict[str, Any] = {name: limits[name] * scale for name in ("warning", "critical") if name in limits}
    if len(entry) == 2 and entry["critical"] < entry["warning"]:
        entry["below"] = True
    found.thresholds[names[-1]] = entry


def _unit(line: _Line) -> str:
    if line.statistic == "Sum":
        return "count"
    return next((unit for pattern, unit in _UNITS if pattern.search(line.name)), "count")


def _snake(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", "_".join(_WORD.split(name)).lower()).strip("_")
