"""One call that turns the store's latest snapshots into judged metrics, health and breach events."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from config.levels import Level
from config.schema import Config
from tui.domain.breaches import diff, told_after
from tui.domain.findings import BreachEvent, Finding, Health, Resolved
from tui.domain.health import metric_finding, roll_up, state_finding
from tui.domain.inputs import FindingKey, Snapshots, Trackers
from tui.domain.state import ALARM, Condition, conditions, is_readable
from tui.domain.timespans import aligned
from tui.domain.verdicts import clipped, judged_metrics

__all__ = ["Assessment", "FindingKey", "Snapshots", "Trackers", "assess"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything judged at one moment."""

    at_s: float
    """Epoch seconds by the endpoint's clock."""
    window_s: int
    period_s: int
    resolved: Mapping[tuple[str, str], Resolved]
    """(metric id, resource) to the metric, in the order of the configuration; hidden inputs included
    (level None). `series` has the window's points at `period_s`, to draw; levels come from 60 s points."""
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
    trackers = previous.trackers if previous else Trackers()
    states, since = conditions(config, entries, now_s, trackers.since)
    metrics = judged_metrics(config, entries, states, now_s, period_s)
    start_s, end_s = aligned(now_s, window_s, period_s)
    health = roll_up(config, metrics, states, _findings(config, entries, metrics, states, now_s))
    unknown = _unknown(entries, metrics, states, trackers, now_s)
    snapshot = entries.metrics.snapshot if entries.metrics else None
    return Assessment(
        now_s,
        window_s,
        period_s,
        {key: clipped(one, start_s, end_s) for key, one in metrics.items()},
        health,
        diff(trackers.told, health, unknown),
        Trackers(since, told_after(trackers.told, health, unknown)),
        snapshot.at_s - config.judgement.settle if snapshot else None,
    )


def _findings(
    config: Config,
    entries: Snapshots,
    metrics: Mapping[FindingKey, Resolved],
    states: tuple[Condition, ...],
    now_s: float,
) -> list[Finding]:
    """Return what is breached or cannot be judged; a source that is still starting says nothing."""
    entry = entries.metrics
    has_answered = entry is not None and (entry.snapshot is not None or entry.error is not None)
    found = [state_finding(one) for one in states if one.sentence]
    if has_answered:
        found += [metric_finding(config.metrics[one.metric], one, now_s) for one in metrics.values()]
    return [one for one in found if one is not None]


def _unknown(
    entries: Snapshots,
    metrics: Mapping[FindingKey, Resolved],
    states: tuple[Condition, ...],
    trackers: Trackers,
    now_s: float,
) -> Set[FindingKey]:
    """Return what cannot be judged now."""
    unknown = {key for key, one in metrics.items() if one.level is Level.UNKNOWN}
    unknown |= {(one.id, one.resource) for one in states if one.level is Level.UNKNOWN}
    if not is_readable(entries.alarms, now_s):
        unknown |= {key for key in trackers.told if key[0] == ALARM}
    return unknown
