"""The few statistics that an explanation rests on: spread, step, ramp, correlation. Pure Python."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAD_TO_SIGMA: Final = 1.4826
"""Median absolute deviation to the standard deviation of a normal distribution."""
_AS_GOOD: Final = 3.0


@dataclass(frozen=True, slots=True)
class Ramp:
    """A level that begins to climb or fall at one moment: `a + b * max(0, t - start)`.

    Attributes:
        start_s: When it begins, epoch seconds.
        per_s: Change a second.
        rise: Change from then to the last point.
        fit: Share of the variance that it explains (R squared), 0..1.
        error: Sum of the squares that are left.
        early_s, late_s: The starts between which the error is at most three times the least: so well it is
            known, a daily cycle beside the climb allowed for.
    """

    start_s: float
    per_s: float
    rise: float
    fit: float
    error: float
    early_s: float
    late_s: float


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    ranked = sorted(values)
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def spread(values: Sequence[float], centre: float) -> float:
    """Return the robust standard deviation of values around a centre (1.4826 MAD)."""
    return MAD_TO_SIGMA * median([abs(one - centre) for one in values]) if values else 0.0


def smooth(values: Sequence[float]) -> list[float]:
    """Return the running median of three: single outliers go, edges stay where they are."""
    if len(values) < 3:
        return list(values)
    inner = [sorted(values[at - 1 : at + 2])[1] for at in range(1, len(values) - 1)]
    return [values[0], *inner, values[-1]]


def between(times: Sequence[int], start_s: float, end_s: float) -> tuple[int, int]:
    """Return the range of indices with start_s <= time < end_s."""
    return bisect_left(times, start_s), bisect_left(times, end_s)


def step(values: Sequence[float], least_before: int, least_after: int) -> tuple[int, float] | None:
    """Return where two levels explain values best, and the squares that are then left.

    The split with the largest sum of squares between the two means: the least-squares change point of a
    single shift in the mean. None with too few values.
    """
    count = len(values)
    if count < least_before + least_after:
        return None
    total, squares = math.fsum(values), math.fsum(one * one for one in values)
    best, best_at, left = -1.0, least_before, 0.0
    for at, value in enumerate(values[: count - least_after], 1):
        left += value
        if at < least_before:
            continue
        gap = left / at - (total - left) / (count - at)
        between_them = at * (count - at) / count * gap * gap
        if between_them > best:
            best, best_at = between_them, at
    return best_at, max(0.0, squares - total * total / count - best)


def ramp(times: Sequence[float], values: Sequence[float]) -> Ramp | None:
    """Return the hinge that explains values best; None with fewer than eight, or where nothing varies.

    For every start the least-squares line through a level that begins to change there; sums from the end
    make it linear in the number of points.
    """
    count = len(values)
    if count < 8:
        return None
    origin, mean = times[0], math.fsum(values) / count
    ts, ys = [one - origin for one in times], [one - mean for one in values]
    total = math.fsum(one * one for one in ys)
    if total <= 0:
        return None
    tried: list[tuple[float, int, float]] = []
    behind = t_sum = tt_sum = y_sum = ty_sum = 0.0
    for at in range(count - 1, -1, -1):
        start = ts[at]
        # Sums over the points behind the start; x = t - start there, 0 before it.
        x = t_sum - behind * start
        xx = tt_sum - 2 * start * t_sum + behind * start * start
        xy = ty_sum - start * y_sum
        inside = xx - x * x / count
        if behind >= 3 and inside > 0:
            tried.append((xy * xy / inside, at, xy / inside))
        behind, t_sum, tt_sum = behind + 1, t_sum + start, tt_sum + start * start
        y_sum, ty_sum = y_sum + ys[at], ty_sum + start * ys[at]
    if not tried:
        return None
    explained, at, slope = max(tried)
    error = max(0.0, total - explained)
    near = [index for got, index, _ in tried if total - got <= _AS_GOOD * error]
    early, late = min(near, default=at), max(near, default=at)
    fit = min(1.0, explained / total)
    return Ramp(times[at], slope, slope * (ts[-1] - ts[at]), fit, error, times[early], times[late])


def correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Return Pearson's correlation of two equally long sequences; None where it is not defined."""
    count = len(left)
    if count < 8:
        return None
    left_mean, right_mean = math.fsum(left) / count, math.fsum(right) / count
    a = [one - left_mean for one in left]
    b = [one - right_mean for one in right]
    aa, bb = math.fsum(one * one for one in a), math.fsum(one * one for one in b)
    if aa <= 1e-12 or bb <= 1e-12:
        return None
    ab = math.fsum(one * other for one, other in zip(a, b, strict=True))
    return max(-1.0, min(1.0, ab / math.sqrt(aa * bb)))
