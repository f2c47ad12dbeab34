"""Decides whether a service leaks memory, from up to a week of its MemoryUtilization by the hour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, median
from typing import Final

from tui.domain.series import rebucket, settled
from tui.domain.snapshots import Series
from tui.triage.leakfit import LeakFit, Stretch, fit
from tui.triage.segments import HOUR, Segment, segments, without_outliers

LEAST_HOURS: Final = 6
"""Whole hours since the last reset below which nothing is said."""
LEAST_CLIMB: Final = 5.5
"""Points that the fitted climb must have made so far: less is nothing that one would act on."""
LEAST_SLOPE: Final = 0.08
"""Points an hour that the climb must surely exceed: two a day."""
SURE_ERRORS: Final = 3.5
"""Standard errors by which it must do so: a week holds 168 judgements, and none may be wrong."""
CYCLE_KNOWN_H: Final = 48
NEW_ERRORS: Final = 5.5
NEW_SLOPE: Final = 0.25
"""Hours of history below which the daily cycle was seen once at most; what is asked for meanwhile."""
ONSETS_H: Final = ((12, False), (24, False), (48, False), (7, True), (10, True), (24, True))
"""Hours ago at which a climb may have begun without a reset, and whether from a level of its own."""
LEAST_RAW: Final = 2.0
"""Points that the series itself must have climbed for a fit to be tried: cheap, and most series have not."""
STILL_SHARE: Final = 0.3
"""The newest part must climb at this share of the whole slope: what has levelled off is no leak."""
ONE_STEP: Final = 0.9
TWO_STEPS: Final = 1.15
"""The climb must leave less than these multiples of the squares that one or two steps leave."""
LEAST_BEFORE_H: Final = 24
"""Hours of history before an onset without a reset: the same hours of the day before."""
_BEFORE, _MOST_STEPPED, _COARSE = 12, 36, 10
_FULL = 100.0


@dataclass(frozen=True, slots=True)
class Leak:
    """What was decided.

    Attributes:
        is_leak: Whether memory leaks.
        reason: Why not; "" for a leak.
        slope, low, high: Points an hour, with the 95 % interval; 0 where nothing was fitted.
        since_s: From when on it climbs, epoch seconds: the last reset, or later.
        at_reset: Whether that is the last reset.
        is_deployment: Whether that reset is a deployment whose time is known.
        points: Hours used for the climb.
        now: Percent, the newest hour as fitted.
        eta_s: Seconds until 100 %; None where it does not climb.
        confidence: That it climbs at all, 0 to 1.
    """

    is_leak: bool
    reason: str = ""
    slope: float = 0.0
    low: float = 0.0
    high: float = 0.0
    since_s: float = 0.0
    at_reset: bool = False
    is_deployment: bool = False
    points: int = 0
    now: float = 0.0
    eta_s: float | None = None
    confidence: float = 0.0


def judge_leak(
    series: Series, now_s: float, deployments_s: Iterable[float] = (), *, cycle: float = 1.0
) -> Leak:
    """Judge the memory of a service.

    Args:
        series: MemoryUtilization (Average, percent), by the hour or finer, as much as there is.
        now_s: Epoch seconds by the endpoint's clock; hours that have not ended are left out.
        deployments_s: Known times of deployments, epoch seconds; others are found by themselves.
        cycle: How many times larger than a memory's (up to 3 points either way) the daily cycle may be.

    Returns:
        The decision with its evidence. Never raises on finite values.
    """
    if series.period_s < HOUR and HOUR % series.period_s == 0:
        series = rebucket(series, HOUR, "Average")
    series = without_outliers(settled(series, now_s))
    found = segments(series, [one for one in deployments_s if one <= now_s])
    if not found:
        return Leak(is_leak=False, reason=_too_little(0, None))
    newest = found[-1]
    count = newest.last - newest.first
    if count < LEAST_HOURS:
        return Leak(is_leak=False, reason=_too_little(count, newest), since_s=newest.since_s, points=count)
    return _judge(series, found, cycle)


def _judge(series: Series, found: Sequence[Segment], cycle: float) -> Leak:
    newest = found[-1]
    hours = [at / HOUR for at in series.times]
    earlier = [Stretch(one.first, one.last) for one in found[:-1]]

    def fitted(begin: int, start: int) -> LeakFit | None:
        before = [*earlier, Stretch(newest.first, begin)] if begin > newest.first else earlier
        return fit(hours, series.values, [*before, Stretch(begin, newest.last)], hours[start], cycle)

    best: Leak | None = None
    for begin, start in _onsets(hours, newest):
        found_fit = fitted(begin, start) if _climbs(series.values, start, newest.last) else None
        if found_fit is None:
            continue
        leak = _decided(series, hours, newest, (begin, start), found_fit)
        if leak.is_leak:
            if begin < start or not newest.is_reset:
                # It began between the onsets tried: where the fit leaves least is when.
                tried = ((found_fit, start), *((fitted(begin, at), at) for at in _near(begin, start, newest)))
                best_fit, start = min(
                    ((one, at) for one, at in tried if one is not None), key=lambda pair: pair[0].sigma
                )
                leak = replace(
                    _decided(series, hours, newest, (begin, start), best_fit), is_leak=True, reason=""
                )
            return leak
        best = best or leak
    return best or Leak(
        is_leak=False, reason="steady", since_s=newest.since_s, points=newest.last - newest.first
    )


def _near(begin: int, start: int, newest: Segment) -> list[int]:
    """Return other indices at which a climb may have begun: near the one found, and all over the stretch."""
    latest = newest.last - LEAST_HOURS + 1
    step = max(1, (latest - begin) // _COARSE)
    return sorted({*range(begin, latest, step), *range(max(begin, start - 6), min(latest, start + 7))})


def _onsets(hours: Sequence[float], newest: Segment) -> list[tuple[int, int]]:
    """Return where a climb may have begun: index of the level that it starts from, and of the climb.

    At the last reset; some hours ago, from the level there was; or from a level of its own, where a reset too
    small to be seen began it.
    """
    found = [(newest.first, newest.first)]
    for ago, is_anew in ONSETS_H:
        begin = hours[newest.last - 1] - ago
        start = next((index for index in range(newest.first, newest.last) if hours[index] >= begin), None)
        if start is None or start - newest.first < LEAST_HOURS or begin - hours[0] < LEAST_BEFORE_H:
            continue
        found.append((start if is_anew else newest.first, start))
    return found


def _climbs(values: Sequence[float], start: int, last: int) -> bool:
    return fmean(values[last - 3 : last]) - fmean(values[start : start + 3]) >= LEAST_RAW


def _decided(
    series: Series, hours: Sequence[float], newest: Segment, onset: tuple[int, int], fitted: LeakFit
) -> Leak:
    begin, start = onset
    span = hours[newest.last - 1] - hours[start]
    has_days = hours[-1] - hours[0] >= CYCLE_KNOWN_H
    sure = _student(SURE_ERRORS if has_days else NEW_ERRORS, fitted.freedom) * fitted.error
    wide = _student(1.96, fitted.freedom) * fitted.error
    course = fitted.course[start - begin :]
    # The middle of the last three hours is an hour ago.
    now = median(course[-3:]) + max(0.0, fitted.slope)
    reason = ""
    if fitted.slope - sure <= (LEAST_SLOPE if has_days else NEW_SLOPE):
        reason = "no climb that the noise and the daily cycle would not explain"
    elif fitted.slope * span < LEAST_CLIMB:
        reason = "steady"
    elif not _goes_on(hours[start : newest.last], course, fitted.slope):
        reason = "climbed, and has levelled off"
    elif _is_stepped(hours[begin : newest.last], fitted.course, hours[start]):
        reason = "stepped up once, and stays"
    is_at_reset = start == newest.first and newest.is_reset
    return Leak(
        is_leak=not reason,
        reason=reason,
        slope=fitted.slope,
        low=fitted.slope - wide,
        high=fitted.slope + wide,
        since_s=newest.since_s if start == newest.first else float(series.times[start]),
        at_reset=is_at_reset,
        is_deployment=is_at_reset and newest.is_deployment,
        points=newest.last - start,
        now=now,
        eta_s=max(0.0, (_FULL - now) / fitted.slope * HOUR) if fitted.slope > 1e-6 else None,
        confidence=NormalDist().cdf(fitted.slope / fitted.error) if fitted.error > 0 else 0.0,
    )


def _goes_on(hours: Sequence[float], course: Sequence[float], slope: float) -> bool:
    """Return whether the newer half still climbs (median of the slopes between its points)."""
    half = max(5, len(course) // 2)
    at, values = hours[-half:], course[-half:]
    slopes = [
        (values[later] - values[earlier]) / (at[later] - at[earlier])
        for earlier in range(len(at))
        for later in range(earlier + 1, len(at))
    ]
    return median(slopes) >= STILL_SHARE * slope


def _is_stepped(hours: Sequence[float], course: Sequence[float], from_hour: float) -> bool:
    """Return whether one or two steps upwards explain the course as well as the climb does.

    Looked at from somewhat before the climb on, so that a long calm past does not decide.
    """
    begin = next(index for index, hour in enumerate(hours) if hour >= from_hour)
    begin = max(0, begin - _BEFORE, len(hours) - _MOST_STEPPED)
    climb = [max(0.0, hour - from_hour) for hour in hours[begin:]]
    values = course[begin:]
    mean, centre = fmean(values), fmean(climb)
    total = math.fsum((one - mean) ** 2 for one in values)
    spread = math.fsum((one - centre) ** 2 for one in climb)
    shared = math.fsum((one - mean) * (way - centre) for one, way in zip(values, climb, strict=True))
    left = total - (shared * shared / spread if spread else 0.0)
    one, two = _stepped(values)
    return left >= ONE_STEP * one or left >= TWO_STEPS * two


def _stepped(values: Sequence[float]) -> tuple[float, float]:
    """Return the squares that one and two steps at the best places leave over."""
    sums, squares = [0.0], [0.0]
    for value in values:
        sums.append(sums[-1] + value)
        squares.append(squares[-1] + value * value)

    def left(first: int, last: int) -> float:
        width = last - first
        return squares[last] - squares[first] - (sums[last] - sums[first]) ** 2 / width

    count = len(values)
    heads = [math.inf] + [left(0, last) for last in range(1, count)]
    tails = [left(first, count) for first in range(count)]
    one = min(heads[cut] + tails[cut] for cut in range(1, count))
    two = min(
        heads[cut] + left(cut, again) + tails[again]
        for cut in range(1, count - 1)
        for again in range(cut + 1, count)
    )
    return max(0.0, one), max(0.0, two)


def _student(errors: float, freedom: float) -> float:
    """Return the quantile of Student's t for a normal one, by the expansion of Cornish and Fisher."""
    cube = errors**3
    first = (cube + errors) / (4.0 * freedom)
    second = (5.0 * errors**5 + 16.0 * cube + 3.0 * errors) / (96.0 * freedom * freedom)
    return errors + first + second


def _too_little(hours: int, newest: Segment | None) -> str:
    since = ""
    if newest is not None and newest.is_reset:
        since = " since the deployment" if newest.is_deployment else " since the last reset"
    return f"too little data: {hours} of {LEAST_HOURS} hours{since}"
