"""How a trend is worded: rates, intervals and how long it takes."""

from __future__ import annotations

from typing import Final

from tui.domain.units import coarse_age

HOUR: Final = 3600.0
DAY: Final = 86_400.0
_GIB: Final = 1024.0**3
_MIB: Final = 1024.0**2


def duration_text(seconds: float) -> str:
    """Return how long something takes, coarse: "14 h", "3 days", "more than a year"."""
    if seconds < HOUR:
        return f"{max(1, round(seconds / 60))} min"
    if seconds < 3 * DAY:
        return f"{round(seconds / HOUR)} h"
    if seconds <= 365 * DAY:
        return f"{round(seconds / DAY)} days"
    return "more than a year"


def since_text(since_s: float, now_s: float) -> str:
    """Return how long ago, coarse: "9h ago"."""
    return f"{coarse_age(now_s - since_s)} ago"


def signed(value: float, digits: int = 1) -> str:
    """Return "+1.3" or "-0.4"; small rates get another digit."""
    if 0 < abs(value) < 0.1:
        digits += 1
    return f"{value:+.{digits}f}"


def plain(value: float, digits: int = 1) -> str:
    """Return "1.3" or "-0.4"."""
    if 0 < abs(value) < 0.1:
        digits += 1
    return f"{value:.{digits}f}"


def bytes_rate(per_hour: float) -> str:
    """Return bytes an hour, without sign, in the unit that suits: "1.2 GiB/h", "310 MiB/day"."""
    size = abs(per_hour)
    if size >= _GIB:
        return f"{size / _GIB:.1f} GiB/h"
    if size >= 10 * _MIB:
        return f"{size / _MIB:.0f} MiB/h"
    return f"{size * 24 / _MIB:.3g} MiB/day"


def interval(low: float, high: float) -> str:
    """Return "0.9 to 1.7"."""
    return f"{plain(low)} to {plain(high)}"
