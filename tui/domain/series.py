"""Arithmetic of time series: merging, buckets with gaps, coarser periods, simple statistics."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from tui.domain.snapshots import Series


def from_points(period_s: int, points: Iterable[tuple[int, float]]) -> Series:
    """Return a series of (epoch seconds, value) in any order; the last of equal times wins.

    NaN and infinite values are left out: absence is the only way to say "no value".
    """
    by_time = {at: value for at, value in points if math.isfinite(value)}
    times = tuple(sorted(by_time))
    return Series(period_s, times, tuple(by_time[at] for at in times))


def points(series: Series) -> Iterable[tuple[int, float]]:
    """Return the (epoch seconds, value) pairs in ascending order of time."""
    return zip(series.times, series.values, strict=True)


def merge(old: Series, new: Series, keep_from_s: float | None = None) -> Series:
    """Return both series as one: late points overwrite, points before `keep_from_s` go.

    Raises:
        ValueError: The periods differ.
    """
    if old.period_s != new.period_s:
        raise ValueError(f"series of {old.period_s} s and {new.period_s} s cannot be merged")
    both = from_points(old.period_s, [*points(old), *points(new)])
    return both if keep_from_s is None else clip(both, keep_from_s)


def clip(series: Series, start_s: float, end_s: float = math.inf) -> Series:
    """Return the points with start_s <= time < end_s."""
    low, high = bisect_left(series.times, start_s), bisect_left(series.times, end_s)
    if low == 0 and high == len(series):
        return series
    return Series(series.period_s, series.times[low:high], series.values[low:high])


def settled(series: Series, until_s: float) -> Series:
    """Return the points whose bucket ended at or before `until_s`."""
    high = bisect_right(series.times, until_s - series.period_s)
    return Series(series.period_s, series.times[:high], series.values[:high])


def latest(series: Series) -> float | None:
    """Return the newest value, None for an empty series."""
    return series.values[-1] if series.values else None


def average(series: Series) -> float | None:
    """Return the mean of the points, None for an empty series."""
    return math.fsum(series.values) / len(series.values) if series.values else None


def maximum(series: Series) -> float | None:
    """Return the largest value, None for an empty series."""
    return max(series.values, default=None)


def minimum(series: Series) -> float | None:
    """Return the smallest value, None for an empty series."""
    return min(series.values, default=None)


def aggregate(values: Sequence[float], statistic: str) -> float:
    """Return one value for several buckets of a statistic.

    Exact for Sum, Maximum and Minimum; the mean for Average (buckets of equal weight) and, for want
    of the samples, for percentiles.
    """
    if statistic in ("Sum", "SampleCount"):
        return math.fsum(values)
    if statistic == "Maximum":
        return max(values)
    if statistic == "Minimum":
        return min(values)
    # A mean computed in floats may leave the range of its own values by a rounding error.
    return min(max(math.fsum(values) / len(values), min(values)), max(values))


def rebucket(series: Series, period_s: int, statistic: str) -> Series:
    """Return the series at a longer period (a multiple of its own), aligned to it.

    Raises:
        ValueError: The period is not a multiple of the series' period.
    """
    if period_s == series.period_s:
        return series
    if period_s < series.period_s or period_s % series.period_s:
        raise ValueError(f"{period_s} s is no multiple of {series.period_s} s")
    groups: dict[int, list[float]] = {}
    for at, value in points(series):
        groups.setdefault(at - at % period_s, []).append(value)
    return from_points(period_s, ((at, aggregate(group, statistic)) for at, group in groups.items()))


def bucket(
    series: Series, start_s: float, end_s: float, cells: int, statistic: str = "Average"
) -> tuple[float | None, ...]:
    """Return the window as `cells` values of equal width, oldest first; None is a gap.

    A point is counted where its bucket starts. Cells narrower than the series' period would be gaps
    between points, so a point fills all cells that its bucket covers.
    """
    if cells < 1 or end_s <= start_s:
        return ()
    width = (end_s - start_s) / cells
    groups: list[list[float]] = [[] for _ in range(cells)]
    for at, value in points(clip(series, start_s, end_s)):
        first = min(int((at - start_s) / width), cells - 1)
        last = first
        if width < series.period_s:
            last = min(math.ceil((at + series.period_s - start_s) / width) - 1, cells - 1)
        for cell in range(first, max(first, last) + 1):
            groups[cell].append(value)
    return tuple(aggregate(group, statistic) if group else None for group in groups)


def downsample(series: Series, limit: int) -> Series:
    """Return at most about `limit` points that keep the smallest and largest of each stretch.

    Peaks and dips survive, unlike with averages; a limit below two counts as two.
    """
    limit = max(2, limit)
    count = len(series)
    if count <= limit:
        return series
    stretches = limit // 2
    keep: set[int] = set()
    for part in range(stretches):
        low, high = part * count // stretches, (part + 1) * count // stretches
        indices = range(low, high)
        keep.add(min(indices, key=series.values.__getitem__))
        keep.add(max(indices, key=series.values.__getitem__))
    chosen = sorted(keep)
    return Series(
        series.period_s,
        tuple(series.times[index] for index in chosen),
        tuple(series.values[index] for index in chosen),
    )


def with_gaps(series: Series) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """Return times and values for a line that must break: one None stands in each missing stretch."""
    times: list[int] = []
    values: list[float | None] = []
    for at, value in points(series):
        if times and at - times[-1] > series.period_s:
            times.append(times[-1] + series.period_s)
            values.append(None)
        times.append(at)
        values.append(value)
    return tuple(times), tuple(values)
