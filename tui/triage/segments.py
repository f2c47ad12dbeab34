"""Where a memory series begins anew: deployments that are known, and jumps that betray one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.snapshots import Series

HOUR: Final = 3600
LEAST_JUMP: Final = 3.0
"""Points of a percentage: a smaller jump between two hours is nothing that a deployment is known by."""
JUMP_SPREADS: Final = 4.5
"""How many spreads of the differences between hours a jump must exceed its surroundings by."""
OUTLIER_LEAST: Final = 2.0
OUTLIER_SPREADS: Final = 2.5
"""How far an outlier is from its surroundings at least: points, and spreads of the steps between hours."""
_AROUND = 3
_TWO_BUCKETS = 1.2
_NORMAL = 1.4826
"""Median absolute deviation to the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch between two resets.

    Attributes:
        first, last: Indices into the series, `last` exclusive.
        since_s: When it began, epoch seconds.
        is_reset: Whether a reset began it; otherwise the data begins there.
        is_deployment: Whether that reset is a deployment whose time is known.
    """

    first: int
    last: int
    since_s: float
    is_reset: bool
    is_deployment: bool


def segments(series: Series, deployments_s: Iterable[float] = ()) -> tuple[Segment, ...]:
    """Return the stretches of a series between resets, oldest first; none for an empty series.

    The bucket in which a reset falls mixes what was before with what comes after, and belongs to neither.

    Args:
        series: Averages of one period.
        deployments_s: Known times of deployments, epoch seconds.
    """
    if not series.times:
        return ()
    starts: dict[int, tuple[float, bool]] = {}
    for index in jumps(series.values):
        starts[index] = (float(series.times[index]), False)
    for at_s in deployments_s:
        bucket = at_s - at_s % series.period_s
        index = bisect_left(series.times, bucket)
        if series.times[0] <= bucket and index < len(series):
            for near in (index, index + 1):
                starts.pop(near, None)
            starts[index] = (at_s, True)
        elif index == len(series):
            starts[index] = (at_s, True)
    return _between(series, starts)


def _between(series: Series, starts: dict[int, tuple[float, bool]]) -> tuple[Segment, ...]:
    count = len(series)
    bounds = sorted(starts)
    found = []
    if not bounds or bounds[0] > 0:
        last = bounds[0] if bounds else count
        found.append(Segment(0, last, float(series.times[0]), is_reset=False, is_deployment=False))
    for place, index in enumerate(bounds):
        last = bounds[place + 1] if place + 1 < len(bounds) else count
        since_s, is_known = starts[index]
        first = min(index + 1, last)
        found.append(Segment(first, last, since_s, is_reset=True, is_deployment=is_known))
    return tuple(found)


def jumps(values: Sequence[float]) -> tuple[int, ...]:
    """Return the indices at which a new level begins at once, up or down.

    A difference between neighbours counts against those around it, so that neither a steep climb nor
    noise is taken for jumps; a single outlier, which comes back at once, is none.
    """
    steps = [after - before for before, after in pairwise(values)]
    if len(steps) < 2:
        return ()
    centre = median(steps)
    spread = _NORMAL * median([abs(step - centre) for step in steps])
    bar = max(LEAST_JUMP, JUMP_SPREADS * spread)
    found: list[int] = []
    for index, step in enumerate(steps):
        # Tasks are replaced one by one: a reset may take two buckets.
        both = step + steps[index + 1] if index + 1 < len(steps) else step
        if max(abs(step), abs(both)) <= bar:
            continue
        usual = _usual(steps, index, index + 1, step)
        # Within a steep climb a step must be more than twice the usual.
        if abs(step - usual) > bar + abs(usual):
            if not _comes_back(steps, index, step):
                found.append(index + 1)
        elif step * both > 0 and abs(both) / 3 < abs(step) < abs(both):
            usual = 2 * _usual(steps, index, index + 2, both)
            if abs(both - usual) > _TWO_BUCKETS * bar + abs(usual):
                found.append(index + 1)
    return tuple(index for index in found if index - 1 not in found)


def _usual(steps: Sequence[float], first: int, after: int, size: float) -> float:
    """Return the usual step beside some, on the side that is more like them: a climb has two ends."""
    before, behind = list(steps[max(0, first - _AROUND) : first]), list(steps[after : after + _AROUND])
    sides = [median(one) for one in (before, behind) if one] or [0.0]
    return max(sides) if size > 0 else min(sides)


def _comes_back(steps: Sequence[float], index: int, size: float) -> bool:
    """Return whether a jump is undone by the step before or after it: one bad hour, not a new level."""
    beside = [*steps[max(0, index - 1) : index], *steps[index + 1 : index + 2]]
    return any(other * size < 0 and abs(other) > 0.6 * abs(size) for other in beside)


def without_outliers(series: Series) -> Series:
    """Return a series without its single bad hours: points far from the median of the five around them.

    Neither a climb nor a new level is touched: there the middle point is the median, or near it.
    """
    values = series.values
    if len(values) < 5:
        return series
    steps = [abs(after - before) for before, after in pairwise(values)]
    bar = max(OUTLIER_LEAST, OUTLIER_SPREADS * _NORMAL * median(steps))
    kept = [
        index
        for index, value in enumerate(values)
        if not 2 <= index < len(values) - 2 or abs(value - median(values[index - 2 : index + 3])) <= bar
    ]
    if len(kept) == len(values):
        return series
    return Series(
        series.period_s, tuple(series.times[one] for one in kept), tuple(values[one] for one in kept)
    )
