"""Numbers and ages as text: every unit of the metric catalogue, thresholds, axis labels, coarse ages."""

from __future__ import annotations

import math
from datetime import datetime

from config.levels import Level, Threshold

ABSENT = "–"
"""Stands for a value that is not known."""

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def value_text(value: float | None, unit: str) -> str:
    """Return a value with its unit, for example "91.2 %", "1.24 s", "17.3 GiB", "12,345".

    Args:
        value: In the metric's own unit (ms for milliseconds, bytes, percent 0..100); None or NaN while
            unknown.
        unit: A unit of `config.schema.MetricSpec`.
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    value += 0.0  # -0.0 would show its sign
    if unit == "percent":
        return f"{_percent(value)} %"
    if unit == "ms":
        return _milliseconds(value)
    if unit == "bytes":
        return _bytes(value)
    if unit == "seconds":
        return _milliseconds(value * 1000.0)
    suffix = {"per_minute": "/min", "per_second": "/s"}.get(unit, "")
    return f"{count_text(value)}{suffix}"


def axis_text(value: float, unit: str) -> str:
    """Return a short label of the value axis, for example "80%", "1.5s", "2GiB", "10k"."""
    if unit == "percent":
        return f"{value:g}%"
    if unit in ("ms", "seconds"):
        ms = value * (1000.0 if unit == "seconds" else 1.0)
        if abs(ms) < 1000:
            return f"{ms:g}ms" if ms else "0"
        return f"{ms / 1000:g}s"
    if unit == "bytes":
        scaled, name = _binary(value)
        return f"{scaled:g}{name}" if value else "0"
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if abs(value) >= 1000 else f"{value:g}"


def count_text(value: float) -> str:
    """Return a count: "7", "2.5", "12,345", "123k", "4.56M"."""
    size = abs(value)
    if size >= 1e9:
        return f"{value / 1e9:.3g}G" if size < 1e12 else f"{value:.2e}"
    if size >= 999_500:
        return f"{value / 1e6:.3g}M"
    if size >= 99_950:
        return f"{value / 1e3:.0f}k"
    if size >= 100 or abs(value - round(value)) < 0.005:
        return f"{round(value):,}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2g}"


def limit_text(threshold: Threshold, level: Level, unit: str) -> str:
    """Return the limit of a level as it is judged, for example "> 85 %"; "" where there is none."""
    limit = {Level.WARNING: threshold.warning, Level.CRITICAL: threshold.critical}.get(level)
    if limit is None:
        return ""
    return f"{'<' if threshold.below else '>'} {value_text(limit, unit)}"


def age_text(seconds: float) -> str:
    """Return an age in its two largest fitting units at most: "12s", "3m", "2h", "2h 10m", "4d"."""
    seconds = max(0.0, seconds)
    if seconds < _MINUTE:
        return f"{int(seconds)}s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m"
    if seconds < _DAY:
        hours, rest = divmod(seconds, _HOUR)
        minutes = int(rest // _MINUTE)
        return f"{int(hours)}h {minutes}m" if hours < 10 and minutes else f"{int(hours)}h"
    return f"{int(seconds // _DAY)}d"


def coarse_age(seconds: float) -> str:
    """Return an age that changes rarely, so that what shows it repaints rarely.

    Steps of 5 s under a minute, of a minute under an hour, of an hour under a day, then of days.
    """
    seconds = max(0.0, seconds)
    if seconds < _MINUTE:
        return f"{int(seconds // 5 * 5)}s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)}h"
    return f"{int(seconds // _DAY)}d"


def clock_text(epoch_s: float, now_s: float) -> str:
    """Return local wall time: "14:05" within a day of now, else "11-23 14:05"."""
    moment = datetime.fromtimestamp(epoch_s).astimezone()
    return moment.strftime("%H:%M" if abs(now_s - epoch_s) < _DAY else "%m-%d %H:%M")


def plural(count: int, noun: str) -> str:
    """Return "1 task" or "3 tasks"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _percent(value: float) -> str:
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _milliseconds(ms: float) -> str:
    size = abs(ms)
    if size < 9.995:
        return f"{ms:.3g} ms" if size >= 0.01 or not ms else f"{ms:.1g} ms"
    if size < 999.5:
        return f"{ms:.0f} ms"
    seconds = ms / 1000.0
    if abs(seconds) < 99.95:
        return f"{seconds:.3g} s"
    return age_text(seconds) if seconds >= 120 else f"{seconds:.0f} s"


def _bytes(value: float) -> str:
    scaled, name = _binary(value)
    if name == "B":
        return f"{scaled:.0f} B"
    return f"{scaled:.0f} {name}" if abs(scaled) >= 99.95 else f"{scaled:.3g} {name}"


def _binary(value: float) -> tuple[float, str]:
    """Return the value in the largest binary unit that leaves at least 1, and that unit's name."""
    scaled, index = value, 0
    # 1023.7 MiB would round to "1024 MiB".
    while abs(scaled) >= 1023.5 and index < len(_BINARY) - 1:
        scaled /= 1024.0
        index += 1
    return scaled, _BINARY[index]
