"""The level of one metric: settled points replayed through the rule that opens and closes a breach."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from config.levels import Level, Threshold
from config.schema import Judgement
from tui.domain.series import latest, points, settled
from tui.domain.snapshots import Series

RECENT_S: Final = 300.0
"""Without a settled point for this long a metric is unknown, and a breach is judged afresh after it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a metric's points say."""

    level: Level | None
    """None without a threshold, UNKNOWN without a recent point."""
    latest: float | None
    """Newest settled value, however old."""
    since_s: float | None = None
    """Start of the first point beyond the limit of this level, None without a breach."""
    is_stale: bool = False
    """No settled point is recent."""


def stale_after(judgement: Judgement, *, metric_period_s: float = 60.0, cadence_s: float = 60.0) -> float:
    """Return how old, in seconds, the end of the newest settled point may be.

    Five minutes and the settling time; longer for metrics that are published, or asked for, less
    often than once a minute.
    """
    slower = max(0.0, metric_period_s - 60.0) + max(0.0, cadence_s - 60.0)
    return RECENT_S + judgement.settle + slower


def judge(
    series: Series,
    threshold: Threshold | None,
    judgement: Judgement,
    *,
    settled_until_s: float,
    now_s: float,
    stale_after_s: float,
) -> Verdict:
    """Judge one metric.

    Args:
        series: Points of the shortest period, in the metric's unit.
        threshold: The limits in force; None gives no level.
        judgement: How many points open and close a breach.
        settled_until_s: Buckets that ended later are left out: they may still change.
        now_s: Epoch seconds by the endpoint's clock.
        stale_after_s: See `stale_after`.
    """
    firm = settled(series, settled_until_s)
    value = latest(firm)
    is_stale = not firm.times or firm.times[-1] + firm.period_s < now_s - stale_after_s
    if threshold is None:
        return Verdict(None, value, is_stale=is_stale)
    if is_stale:
        return Verdict(Level.UNKNOWN, value, is_stale=True)
    level, since_s = replay(firm, threshold, judgement)
    return Verdict(level, value, since_s)


def replay(series: Series, threshold: Threshold, judgement: Judgement) -> tuple[Level, float | None]:
    """Return the level after the last point, and since when a breach is open.

    The whole series is replayed each time, so the result depends on the points alone. Warning and
    critical open and close by the same rule, each by its own limit; between breaches the last point
    tells ok from elevated.
    """
    if not series.values:
        return Level.UNKNOWN, None
    for level in (Level.CRITICAL, Level.WARNING):
        since_s = _open_since(series, threshold, level, judgement)
        if since_s is not None:
            return level, since_s
    is_ok = threshold.judge(series.values[-1]) is Level.OK
    return (Level.OK if is_ok else Level.ELEVATED), None


def _open_since(series: Series, threshold: Threshold, level: Level, judgement: Judgement) -> float | None:
    """Return the start of the first point of the breach that is open at the end, None if none is."""
    of_points = max(1, judgement.of_points)
    needed = min(max(1, judgement.open_points), of_points)
    recent: deque[tuple[int, bool]] = deque(maxlen=of_points)
    since_s: float | None = None
    before: int | None = None
    for at, value in points(series):
        if before is not None and at - before > RECENT_S + series.period_s:
            recent.clear()
            since_s = None
        before = at
        recent.append((at, threshold.judge(value).rank >= level.rank))
        beyond = [time for time, is_beyond in recent if is_beyond]
        if since_s is None and len(beyond) >= needed:
            since_s = float(beyond[0])
        elif not beyond:
            since_s = None
    return since_s
