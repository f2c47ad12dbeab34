"""Robust straight lines (Theil and Sen) through the newest part of a series, with the slope's interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, median
from typing import Final

from tui.domain.snapshots import Series

HOUR: Final = 3600
LEAST_HOURS: Final = 6
"""Span and number of points below which no line is drawn."""
WINDOWS_H: Final = (168, 72, 48, 24, 12, 6)
"""Windows tried, longest first: the longest that the newest hours agree with is the one told."""
LATELY_H: Final = 12
ALIKE: Final = 1.5
"""The newest hours must have a slope that differs from the whole's by no more than this factor, or than
their own interval allows."""
_MOST_CORRELATION = 0.8


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points.

    Attributes:
        slope: Units an hour: the median of the slopes between all pairs of points.
        low, high: 95 % interval of the slope (Sen), neighbours' correlation allowed for.
        value: Of the line at the newest point.
        since_s: Time of the oldest point used, epoch seconds.
        points: How many.
        confidence: That it goes in this direction at all, 0 to 1 (Mann and Kendall).
    """

    slope: float
    low: float
    high: float
    value: float
    since_s: float
    points: int
    confidence: float

    def is_sure(self, confidence: float = 0.99) -> bool:
        """Return whether the slope is not zero."""
        return self.confidence >= confidence and (self.low > 0 or self.high < 0)


def line(times_s: Sequence[int], values: Sequence[float]) -> Line | None:
    """Return the line through points; None for fewer than three, or all at one time.

    Args:
        times_s: Epoch seconds, ascending; equal times make no pair.
        values: Finite.
    """
    hours = [(at - times_s[0]) / HOUR for at in times_s]
    slopes, balance = _pairs(hours, values)
    if len(values) < 3 or not slopes:
        return None
    slope = median(slopes)
    level = median(value - slope * hour for hour, value in zip(hours, values, strict=True))
    rests = [value - level - slope * hour for hour, value in zip(hours, values, strict=True)]
    count = len(values)
    correlation = _correlation(rests)
    spread = math.sqrt(
        count * (count - 1) * (2 * count + 5) / 18.0 * (1.0 + correlation) / (1.0 - correlation)
    )
    slopes.sort()
    reach = 1.96 * spread
    low = slopes[max(0, math.floor((len(slopes) - reach) / 2))]
    high = slopes[min(len(slopes) - 1, math.ceil((len(slopes) + reach) / 2))]
    return Line(
        slope=slope,
        low=min(low, slope),
        high=max(high, slope),
        value=level + slope * hours[-1],
        since_s=float(times_s[0]),
        points=count,
        confidence=NormalDist().cdf(max(0, abs(balance) - 1) / spread),
    )


def newest_line(series: Series, first: int = 0) -> Line | None:
    """Return the line that the newest points of a series are on; None where there are too few.

    Args:
        series: The points.
        first: Index from which on they count: what came before was another level.
    """
    times, values = series.times[first:], series.values[first:]
    if len(times) < LEAST_HOURS or times[-1] - times[0] < (LEAST_HOURS - 1) * HOUR:
        return None
    found = None
    for window in WINDOWS_H:
        start = _start(times, window)
        if len(times) - start < LEAST_HOURS:
            break
        if found is not None and times[start] == found.since_s:
            continue
        found = line(times[start:], values[start:])
        end = _start(times, LATELY_H if window > LATELY_H else LEAST_HOURS)
        lately = line(times[end:], values[end:])
        if found is None or lately is None or _agree(found, lately):
            break
    return found


def _start(times: Sequence[int], window_h: float) -> int:
    return next(index for index, at in enumerate(times) if at > times[-1] - window_h * HOUR)


def _agree(found: Line, lately: Line) -> bool:
    """Return whether the newest points go the same way: otherwise something began, or ended, since."""
    slack = 1e-9 * abs(found.slope)
    if lately.low - slack <= found.slope <= lately.high + slack:
        return True
    low, high = sorted((abs(found.slope), abs(lately.slope)))
    return found.slope * lately.slope > 0 and high <= ALIKE * low


def after_rise(values: Sequence[float], bar: float) -> int:
    """Return the index after the last step up by more than `bar`; 0 where there is none."""
    rises = [index + 1 for index in range(len(values) - 1) if values[index + 1] - values[index] > bar]
    return rises[-1] if rises else 0


def _pairs(hours: Sequence[float], values: Sequence[float]) -> tuple[list[float], int]:
    """Return the slopes of all pairs, and by how many more of them rise than fall."""
    slopes: list[float] = []
    for index, (hour, value) in enumerate(zip(hours, values, strict=True)):
        slopes += [
            (later - value) / (at - hour)
            for at, later in zip(hours[index + 1 :], values[index + 1 :], strict=True)
            if at > hour
        ]
    return slopes, sum(one > 0 for one in slopes) - sum(one < 0 for one in slopes)


def _correlation(rests: Sequence[float]) -> float:
    square = math.fsum(one * one for one in rests)
    if square <= 0:
        return 0.0
    lag = math.fsum(one * other for one, other in pairwise(rests)) / square
    return min(_MOST_CORRELATION, max(0.0, lag))
