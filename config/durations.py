"""Durations as people write them, "30s" to "7d", and back."""

from __future__ import annotations

import re
from typing import Any

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHAPE = re.compile(
    r"(?:(?P<d>\d{1,9}(?:\.\d{1,9})?)d)?(?:(?P<h>\d{1,9}(?:\.\d{1,9})?)h)?"
    r"(?:(?P<m>\d{1,9}(?:\.\d{1,9})?)m)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)s)?",
    re.ASCII,
)

LONGEST = 366 * 86_400
"""Longest duration accepted, seconds."""

HINT = "write a number and its unit, as in 30s, 5m, 1h, 7d or 1h30m"


def parse_duration(value: Any) -> float:
    """Return seconds from a duration with its unit ("30s", "5m", "1h", "7d", "1h30m", "0.5s").

    Raises:
        ValueError: Not a duration, or longer than 366 days. Numbers without a unit are refused:
            nobody can tell seconds from minutes, and YAML 1.1 reads `12:30` as 750.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a duration")
    if not isinstance(value, str):
        raise ValueError("a duration needs a unit")
    text = value.strip()
    match = _SHAPE.fullmatch(text)
    if match is None or not text:
        bare = text.replace(".", "", 1)
        raise ValueError("a duration needs a unit" if bare.isdecimal() else "not a duration")
    seconds = sum(float(match[unit] or 0) * size for unit, size in _SECONDS.items())
    if seconds > LONGEST:
        raise ValueError("a duration of at most 366 days is possible")
    return seconds


def format_duration(seconds: float) -> str:
    """Return the shortest spelling that `parse_duration` reads back, to the millisecond ("1h30m", "0s")."""
    rest = round(seconds * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    if rest or not parts:
        parts.append(f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)
