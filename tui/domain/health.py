"""The roll-up: findings in words, the worst level of each pane and of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from config.levels import Level, Threshold, worst
from config.schema import Config, MetricSpec
from tui.domain.findings import Finding, Health, PaneId, Resolved
from tui.domain.inputs import FindingKey
from tui.domain.state import Condition
from tui.domain.targets import LABELS, PANES, resources
from tui.domain.units import limit_text, value_text

_ORDER = {Level.CRITICAL: 0, Level.WARNING: 1, Level.UNKNOWN: 2}


def metric_finding(spec: MetricSpec, metric: Resolved, now_s: float) -> Finding | None:
    """Return the finding of a metric that is breached or cannot be judged, None if neither.

    A state metric without limits of its own is spoken for by its state rule.
    """
    if metric.level not in _ORDER or (spec.source == "state" and metric.threshold is None):
        return None
    pane = PANES[spec.resource]
    name = titled(spec, pane)
    if metric.level is Level.UNKNOWN:
        sentence = f"{name}: {metric.note or 'no recent data'}"
        return Finding(spec.id, metric.resource, pane, Level.UNKNOWN, sentence)
    limit = limit_text(metric.threshold or Threshold(), metric.level, spec.unit)
    sentence = f"{name} {value_text(metric.latest, spec.unit)}"
    if limit:
        # A breach closes after several good points: the newest value may be within the limit again.
        is_easing = metric.threshold is not None and metric.threshold.judge(metric.latest) is not metric.level
        sentence += f" ({limit}{', easing' if is_easing else ''})"
    if metric.since_s is not None:
        sentence += f" for {lasting(now_s - metric.since_s)}"
    return Finding(spec.id, metric.resource, pane, metric.level, sentence, metric.since_s)


def state_finding(condition: Condition) -> Finding | None:
    """Return the finding of a state that is breached or unknown, None if neither."""
    level = condition.level
    if level is None or level not in _ORDER:
        return None
    since_s = condition.since_s if level.is_breach else None
    return Finding(condition.id, condition.resource, condition.pane, level, condition.sentence, since_s)


def roll_up(
    config: Config,
    metrics: Mapping[FindingKey, Resolved],
    states: Iterable[Condition],
    findings: Iterable[Finding],
) -> Health:
    """Return the worst level of each configured pane and of everything, and the findings, worst first."""
    levels: dict[PaneId | None, list[Level | None]] = {}
    for metric in metrics.values():
        levels.setdefault(PANES[config.metrics[metric.metric].resource], []).append(metric.level)
    for state in states:
        levels.setdefault(state.pane, []).append(state.level)
    panes = {pane: worst(levels.get(pane, ())) for kind, pane in PANES.items() if resources(config, kind)}
    return Health(
        level=worst(level for group in levels.values() for level in group),
        findings=tuple(sorted(findings, key=lambda one: _ORDER.get(one.level, len(_ORDER)))),
        panes=panes,
    )


def titled(spec: MetricSpec, pane: PaneId) -> str:
    """Return a metric's title with its service, for example "RDS CPU"."""
    label = LABELS[pane]
    return spec.title if spec.title.startswith(label) else f"{label} {spec.title}"


def lasting(seconds: float) -> str:
    """Return how long something has lasted, coarsely: "1 min", "12 min", "3 h", "2 days"."""
    minutes = max(1, int(seconds // 60))
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
