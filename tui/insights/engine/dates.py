"""Patterns of dates: those of Java for parseDate, and of strftime for formatDate, as DuckDB writes them."""

from __future__ import annotations

import re
import zoneinfo

from tui.insights.engine.problems import NotCovered
from tui.insights.tree import Span

# docs.oracle.com/en/java/javase/21/docs/api/java.base/java/text/SimpleDateFormat.html
_JAVA = {
    "yyyy": "%Y", "uuuu": "%Y", "y": "%Y", "u": "%Y", "yy": "%y", "MMMM": "%B",
    "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d", "HH": "%H",
    "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S",
    "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n", "a": "%p", "EEE": "%a",
    "EEEE": "%A", "Z": "%z", "X": "%z", "XX": "%z", "XXX": "%z", "DDD": "%j",
    "z": "%Z",
}  # fmt: skip
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_ZONED = ("%z", "%Z")
# What DuckDB's strftime knows: duckdb.org/docs/stable/sql/functions/dateformat
_STRFTIME = frozenset("aAwudbBmyYHIpMSfjzZUWcxXGVgn%-%")


def java_to_strptime(pattern: str, span: Span) -> tuple[str, bool]:
    """Return a Java pattern as strptime has it, and whether it holds a time zone.

    Raises:
        NotCovered: A letter that has no equal.
    """
    parts: list[str] = []
    for match in _PIECE.finditer(pattern):
        written = match.group()
        if written.startswith("'"):
            parts.append((match[1].replace("''", "'") or "'").replace("%", "%%"))
        elif match[2]:
            if written not in _JAVA:
                raise NotCovered(f"The local engine knows no {written} in a pattern of parseDate.", span)
            parts.append(_JAVA[written])
        else:
            parts.append(written.replace("%", "%%"))
    return "".join(parts), any(part in _ZONED for part in parts)


def strftime_pattern(pattern: str, span: Span) -> str:
    """Return a pattern of strftime if DuckDB knows all of it.

    Raises:
        NotCovered: It holds a letter that it does not know.
    """
    pattern = (
        pattern.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%L", "%g").replace("%e", "%-d")
    )
    for letter in re.findall(r"%-?(.)", pattern):
        if letter not in _STRFTIME:
            raise NotCovered(f"The local engine knows no %{letter} in formatDate.", span)
    return pattern


def zone(name: str, span: Span) -> str:
    """Return the name of a time zone that there is.

    Raises:
        NotCovered: There is none of this name.
    """
    if name not in zoneinfo.available_timezones():
        raise NotCovered(f"The local engine knows no time zone {name}; write one as Europe/Berlin.", span)
    return name
