"""The breaches of a metric over a period: its points replayed by the rule that opens and closes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from config.levels import Level, Threshold
from config.schema import Judgement
from tui.domain.judge import RECENT_S
from tui.domain.series import points
from tui.domain.snapshots import Series


@dataclass(frozen=True, slots=True)
class Episode:
    """One breach.

    Attributes:
        level: The worst that it reached.
        worst: The value furthest beyond the limit, in the metric's unit.
        worst_s: Start of that point, epoch seconds.
        opened_s: Start of the first point beyond the limit, epoch seconds.
        closed_s: End of the point after which none of the last was beyond it; None while it goes on.
        is_from_start: It holds the first point of the series: it may have opened earlier.
        is_cut: Its points broke off while it was open; `closed_s` is where they did.
    """

    level: Level
    worst: float
    worst_s: float
    opened_s: float
    closed_s: float | None = None
    is_from_start: bool = False
    is_cut: bool = False


def episodes(series: Series, threshold: Threshold, judgement: Judgement) -> tuple[Episode, ...]:
    """Return the breaches of a series in order of time.

    They open and close as `tui.domain.judge.replay` has it: warning and critical each by its own limit;
    critical within a warning makes that one critical.

    Args:
        series: Settled points of 60 s.
        threshold: The limits in force.
        judgement: How many points open and close a breach.
    """
    critical = tuple(_of_level(series, threshold, Level.CRITICAL, judgement))
    found = tuple(_of_level(series, threshold, Level.WARNING, judgement)) or critical
    return tuple(
        replace(one, level=Level.CRITICAL) if any(_overlap(one, other) for other in critical) else one
        for one in found
    )


def _overlap(one: Episode, other: Episode) -> bool:
    end, other_end = one.closed_s or float("inf"), other.closed_s or float("inf")
    return one.opened_s < other_end and other.opened_s < end


def _of_level(series: Series, threshold: Threshold, level: Level, judgement: Judgement) -> Iterator[Episode]:
    of_points = max(1, judgement.of_points)
    needed = min(max(1, judgement.open_points), of_points)
    recent: deque[tuple[int, float, bool]] = deque(maxlen=of_points)
    current: Episode | None = None
    before: int | None = None
    for at, value in points(series):
        if before is not None and at - before > RECENT_S + series.period_s:
            if current is not None:
                yield replace(current, closed_s=float(before + series.period_s), is_cut=True)
            current = None
            recent.clear()
        before = at
        recent.append((at, value, threshold.judge(value).rank >= level.rank))
        beyond = [(time, seen) for time, seen, is_beyond in recent if is_beyond]
        if current is not None and not beyond:
            yield replace(current, closed_s=float(at + series.period_s))
            current = None
        elif current is not None:
            current = _with(current, at, value, threshold)
        elif len(beyond) >= needed:
            start = beyond[0][0]
            current = Episode(level, beyond[0][1], start, start, is_from_start=start == series.times[0])
            for time, seen in beyond[1:]:
                current = _with(current, time, seen, threshold)
    if current is not None:
        yield current


def _with(current: Episode, at: int, value: float, threshold: Threshold) -> Episode:
    is_worse = value < current.worst if threshold.below else value > current.worst
    return replace(current, worst=value, worst_s=float(at)) if is_worse else current
