"""What moved: a metric's level before and after its own change point, against its usual spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tui.domain.snapshots import Series
from tui.triage.statistics import Ramp, between, correlation, median, ramp, smooth, spread, step

LOOK_BACK_S: Final = 5400.0
"""Points before the start that are searched for the change: 90 minutes."""
LOOK_ON_S: Final = 1800.0
"""Points after the start that are."""
LEAST_Z: Final = 4.0
"""A move counts from so many times the usual spread on ..."""
LEAST_SHARE: Final = 0.2
"""... and from this share of the level before it."""
LEAST_BEFORE_S: Final = 720
"""A change needs so many seconds of points before it, and at least five, and three after it."""
LEAST_BEFORE: Final = 5
LEAST_AFTER: Final = 3
RAMP_S: Final = 7200.0
"""A ramp lasts at least so long; what is quicker is a step."""
RAMP_FIT: Final = 0.8
RAMP_Z: Final = 6.0
_BIN_S: Final = 600
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_NOISE_SHARE: Final = 0.03
_FLOORS: Final = {"percent": 1.0, "ms": 3.0, "count": 0.5, "seconds": 0.5, "bytes": 1e6, "credits": 1.0}
_OWN_FLOORS: Final = {"alb.error_rate": 0.1, "rds.disk_queue_depth": 0.1, "rds.connections": 1.0}


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one metric.

    Attributes:
        onset_s: When it began, epoch seconds.
        before: Median of the hour before it.
        after: Median of at most 30 minutes after it; of a ramp the level at its end.
        z: The difference in units of `scale`.
        scale: The usual spread: the largest of noise of the hour before, median change from one hour to the
            next over the day before, 3 % of the level, and a floor of the unit.
        yesterday: The same two levels 24 hours earlier; None where there are too few points.
        is_ramp: Whether it climbs or falls for hours instead of stepping.
        until_s: Up to when the points were looked at.
        early_s, late_s: Between which moments it began: a minute for a step, more for a ramp.
    """

    onset_s: float
    before: float
    after: float
    z: float
    scale: float
    until_s: float
    early_s: float
    late_s: float
    yesterday: tuple[float, float] | None = None
    is_ramp: bool = False

    @property
    def ratio(self) -> float | None:
        """`after` to `before`; None where it was zero."""
        return self.after / self.before if self.before > 0 else None

    @property
    def is_up(self) -> bool:
        """Whether it rose."""
        return self.after > self.before


def find_move(metric: str, unit: str, series: Series, near_s: float, until_s: float) -> Move | None:
    """Return the move of a metric around a moment; None where it stayed within its usual range.

    Args:
        metric: Its id, for its floor.
        unit: Of `config.schema.MetricSpec`.
        series: A day of points, gaps and a late beginning allowed.
        near_s: The moment, epoch seconds: 90 minutes before it to 30 minutes after it are searched.
        until_s: Points that begin later are provisional and left out.
    """
    end_s = min(until_s, near_s + LOOK_ON_S)
    first, last = between(series.times, near_s - LOOK_BACK_S, end_s)
    values = smooth(series.values[first:last])
    least = max(LEAST_BEFORE, LEAST_BEFORE_S // max(1, series.period_s))
    found = step(values, least, LEAST_AFTER)
    if found is None:
        return None
    at = _walked_back(values, found[0], least, _floor(metric, unit))
    onset_s = float(series.times[first + at])
    start, _ = between(series.times, onset_s - _HOUR_S, onset_s)
    earlier, later = series.values[start : first + at], series.values[first + found[0] : last]
    before, after = median(earlier), median(later)
    scale = _scale(metric, unit, series, onset_s, before, spread(earlier, before))
    z = (after - before) / scale
    if abs(z) < LEAST_Z or abs(after - before) < LEAST_SHARE * abs(before):
        return None
    known = (onset_s - series.period_s, onset_s)
    return Move(onset_s, before, after, z, scale, end_s, *known, _yesterday(series, onset_s, end_s))


def find_ramp(metric: str, unit: str, series: Series, until_s: float, from_s: float = 0.0) -> Move | None:
    """Return a climb or fall that has gone on for two hours or more, up to the last point; else None.

    It is fitted to medians of ten minutes, must explain 80 % of their variance and more of it than a step.

    Args:
        metric: Its id, for its floor.
        unit: Of `config.schema.MetricSpec`.
        series: A day of points, gaps and a late beginning allowed.
        until_s: Points that begin later are provisional and left out.
        from_s: Points that begin earlier are left out: fresh tasks start with fresh memory.
    """
    times, values = _binned(series, from_s, until_s)
    found = ramp(times, values)
    if found is None or times[-1] - found.start_s < RAMP_S or found.fit < RAMP_FIT:
        return None
    flat = step(values, 3, 3)
    if flat is not None and flat[1] < found.error:
        return None
    after = median(values[-3:])
    before = after - found.rise
    scale = max(_noise(times, values, found), _floor(metric, unit))
    z = found.rise / scale
    if abs(z) < RAMP_Z:
        return None
    # What climbs from the first points on may have begun at any time before them.
    early_s = found.early_s - _BIN_S if found.early_s > times[2] else found.early_s - _DAY_S
    known = (early_s, found.late_s + _BIN_S)
    return Move(found.start_s, before, after, z, scale, until_s, *known, is_ramp=True)


def together(one: Series, other: Series, start_s: float, end_s: float) -> float | None:
    """Return the correlation of two series over the minutes that both have; None where it is not defined."""
    first, last = between(one.times, start_s, end_s)
    begin, end = between(other.times, start_s, end_s)
    theirs = dict(zip(other.times[begin:end], other.values[begin:end], strict=True))
    pairs = [
        (value, theirs[at])
        for at, value in zip(one.times[first:last], one.values[first:last], strict=True)
        if at in theirs
    ]
    return correlation([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _walked_back(values: Sequence[float], at: int, least: int, floor: float) -> int:
    """Return where the change began: a quick ramp splits in its middle, so go back to its foot.

    Back while the points are beyond three spreads of the first half of what was before; two that are not
    are passed over.
    """
    base = values[: max(least, at // 2)]
    centre = median(base)
    noise = max(spread(base, centre), floor, _NOISE_SHARE * abs(centre))
    is_up = values[at] > centre
    began, missed = at, 0
    for index in range(at - 1, len(base) - 1, -1):
        gap = values[index] - centre if is_up else centre - values[index]
        if gap > 3 * noise:
            began, missed = index, 0
        elif (missed := missed + 1) > 2:
            break
    return began


def _scale(metric: str, unit: str, series: Series, onset_s: float, level: float, noise: float) -> float:
    return max(noise, _hourly_change(series, onset_s), _NOISE_SHARE * abs(level), _floor(metric, unit))


def _floor(metric: str, unit: str) -> float:
    return _OWN_FLOORS.get(metric, _FLOORS.get(unit, 0.5))


def _hourly_change(series: Series, onset_s: float) -> float:
    """Return the median change from one hour to the next over the day before; 0 with less than four hours."""
    levels = []
    for back in range(24, 0, -1):
        first, last = between(series.times, onset_s - back * _HOUR_S, onset_s - (back - 1) * _HOUR_S)
        # A fifth of the points tells an hour's level as well, and quicker.
        if last - first >= 20:
            levels.append(median(series.values[first:last:3]))
    changes = [abs(new - old) for old, new in pairwise(levels)]
    return median(changes) if len(changes) >= 3 else 0.0


def _yesterday(series: Series, onset_s: float, end_s: float) -> tuple[float, float] | None:
    start, middle = between(series.times, onset_s - _DAY_S - _HOUR_S, onset_s - _DAY_S)
    _, last = between(series.times, onset_s - _DAY_S, end_s - _DAY_S)
    earlier, later = series.values[start:middle], series.values[middle:last]
    return (median(earlier), median(later)) if len(earlier) >= 10 and len(later) >= 3 else None


def _binned(series: Series, from_s: float, until_s: float) -> tuple[list[float], list[float]]:
    """Return the middles and medians of stretches of ten minutes; empty ones are left out."""
    bins: dict[int, list[float]] = {}
    first, last = between(series.times, from_s, until_s)
    for at, value in zip(series.times[first:last], series.values[first:last], strict=True):
        bins.setdefault(at // _BIN_S, []).append(value)
    return [number * _BIN_S + _BIN_S / 2 for number in bins], [median(one) for one in bins.values()]


def _noise(times: Sequence[float], values: Sequence[float], found: Ramp) -> float:
    """Return the spread of what the ramp leaves over."""
    rests = [
        value - found.per_s * max(0.0, at - found.start_s) for at, value in zip(times, values, strict=True)
    ]
    return spread(rests, median(rests))
