"""Windows, the period that suits one, aligned bounds and the ticks of a time axis."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, tzinfo
from typing import Final

WINDOWS: Final[dict[str, int]] = {
    "15m": 900,
    "1h": 3600,
    "3h": 3 * 3600,
    "12h": 12 * 3600,
    "24h": 24 * 3600,
    "7d": 7 * 86_400,
}
"""Length in seconds of the windows that `w` cycles through, shortest first."""

PERIODS: Final = (60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600)
"""Periods that people read easily, seconds; each a multiple of 60 as CloudWatch asks."""

_DAY: Final = 86_400
# Retention by period: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
_RETENTION: Final = ((15 * _DAY, 60), (63 * _DAY, 300))
_STEPS: Final = (
    *(60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY),
)


def finest_period(window_s: float) -> int:
    """Return the shortest period (s) that CloudWatch still keeps at the far end of a window."""
    for keeps_s, period in _RETENTION:
        if window_s < keeps_s:
            return period
    return 3600


def period_for(window_s: float, columns: int) -> int:
    """Return the shortest period, in seconds, whose points fit a chart.

    Args:
        window_s: Length of the window, seconds.
        columns: Width of the chart; less than one counts as one.

    Returns:
        A period of `PERIODS` that gives at most `columns` points and is kept by CloudWatch for that
        long; where none does, a multiple of the longest.
    """
    columns = max(1, columns)
    finest = finest_period(window_s)
    for period in PERIODS:
        if period >= finest and math.ceil(window_s / period) <= columns:
            return period
    longest = PERIODS[-1]
    return longest * math.ceil(math.ceil(window_s / columns) / longest)


def aligned(now_s: float, window_s: float, period_s: int) -> tuple[int, int]:
    """Return the start (inclusive) and end (exclusive) of a window, both multiples of the period.

    The bucket that contains `now_s` is the last one, so the newest, partial points are included.

    Raises:
        ValueError: The period is not positive.
    """
    if period_s <= 0:
        raise ValueError(f"a period must be positive, not {period_s}")
    end = (math.floor(now_s / period_s) + 1) * period_s
    return end - max(1, math.ceil(window_s / period_s)) * period_s, end


def step_moment(
    moment_s: float | None,
    now_s: float,
    window_s: float,
    period_s: int,
    step: int,
    *,
    settle_s: float = 0.0,
) -> float | None:
    """Return where a chart's time cursor goes, by buckets as they are drawn.

    Args:
        moment_s: Where it is, epoch seconds; None is live, which lies one step after the newest settled
            bucket.
        now_s: Epoch seconds by the endpoint's clock.
        window_s: Length of the window drawn, seconds.
        period_s: Period of the points drawn, seconds.
        step: Buckets to go, negative into the past.
        settle_s: How long ago a bucket must have ended to be settled, seconds.

    Returns:
        The start of a bucket of the window; None (live) for a step forward beyond the newest settled one.

    Raises:
        ValueError: The period is not positive.
    """
    start, end = aligned(now_s, window_s, period_s)
    live = math.floor((now_s - settle_s) / period_s) * period_s
    here = live if moment_s is None else math.floor(moment_s / period_s) * period_s
    there = here + step * period_s
    if step >= 0 and there >= live:
        return None
    return float(min(max(start, there), end - period_s))


def span_text(start_s: float, end_s: float | None, zone: tzinfo | None = None) -> str:
    """Return "10:00:00 - 10:30:00" or "since 10:00:00"; with the day where start and end are of two.

    Args:
        start_s: Epoch seconds.
        end_s: Epoch seconds; None has no end.
        zone: Time zone told; None is this machine's.
    """
    start = _local(start_s, zone)
    if end_s is None:
        return f"since {start:%H:%M:%S}"
    end = _local(end_s, zone)
    form = "%H:%M:%S" if start.date() == end.date() else "%m-%d %H:%M:%S"
    return f"{start.strftime(form)} - {end.strftime(form)}"


def axis_ticks(start_s: float, end_s: float, count: int, zone: tzinfo | None = None) -> list[tuple[int, str]]:
    """Return the labelled positions of a time axis, at round local times.

    Args:
        start_s: Epoch seconds of the left end.
        end_s: Epoch seconds of the right end, inclusive.
        count: Largest number of ticks.
        zone: Time zone of the labels; None is this machine's.

    Returns:
        (epoch seconds, label) in ascending order; "14:05", and where the axis is longer than a day
        "11-23" at midnight.
    """
    if count < 1 or end_s <= start_s:
        return []
    span = end_s - start_s
    step = next((step for step in _STEPS if span / step < count), 0) or _DAY * (int(span / count) // _DAY + 1)
    # Offsets of time zones are multiples of 15 minutes: finer candidates would be in vain.
    unit = math.gcd(step, 900)
    candidates = range(math.ceil(start_s / unit) * unit, math.floor(end_s) + 1, unit)
    ticks = [at for at in candidates if _wall_seconds(at, zone) % step == 0]
    return [(at, _label(at, span > _DAY, zone)) for at in ticks[:count]]


def _local(at_s: float, zone: tzinfo | None) -> datetime:
    moment = datetime.fromtimestamp(at_s, tz=zone)
    return moment if zone is not None else moment.astimezone()


def _wall_seconds(at_s: int, zone: tzinfo | None) -> int:
    """Return what the wall clock shows as if it were UTC: its multiples of a day are local midnights."""
    offset = _local(at_s, zone).utcoffset() or timedelta()
    return at_s + int(offset.total_seconds())


def _label(at_s: int, is_long: bool, zone: tzinfo | None) -> str:
    moment = _local(at_s, zone)
    if is_long and moment.hour == 0 and moment.minute == 0:
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M}"
