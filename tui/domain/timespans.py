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
    ticks = _local_multiples(start_s, end_s, step, zone)[:count]
    return [(at, _label(at, span > _DAY, zone)) for at in ticks]


def _local_multiples(start_s: float, end_s: float, step: int, zone: tzinfo | None) -> list[int]:
    """Return the instants whose local wall time is a multiple of the step since a local midnight."""
    first = _local(start_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks: list[int] = []
    days = 0
    while True:
        midnight = first.replace(tzinfo=None) + timedelta(days=days)
        begin = _epoch(midnight, zone)
        if begin > end_s:
            return ticks
        # Wall time and elapsed time differ by an hour or two on days when the clock changes.
        skip = max(0, int(start_s) - begin - 7200)
        for offset in range(skip - skip % step, _DAY, min(step, _DAY)):
            at = _epoch(midnight + timedelta(seconds=offset), zone)
            if at > end_s:
                break
            if at >= start_s and (not ticks or at > ticks[-1]):
                ticks.append(at)
        days += max(1, step // _DAY)


def _local(at_s: float, zone: tzinfo | None) -> datetime:
    moment = datetime.fromtimestamp(at_s, tz=zone)
    return moment if zone is not None else moment.astimezone()


def _epoch(wall: datetime, zone: tzinfo | None) -> int:
    """Return epoch seconds of a wall time (naive), in the zone's offset of that very day."""
    return int(wall.replace(tzinfo=zone).timestamp() if zone is not None else wall.timestamp())


def _label(at_s: int, is_long: bool, zone: tzinfo | None) -> str:
    moment = _local(at_s, zone)
    if is_long and moment.hour == 0 and moment.minute == 0:
        return f"{moment:%m-%d}"
    return f"{moment:%H:%M}"
