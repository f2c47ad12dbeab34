"""A log line as rows of the screen: time, level, source and message in aligned columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from rich.cells import chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.cells import cell_len, fit
from widgets.look import CLASSES, glyph, plain_symbols
from widgets.model import LogLine
from widgets.text import one_line

TimeFormat = Literal["local", "utc", "age"]
TIME_FORMATS: tuple[TimeFormat, ...] = ("local", "utc", "age")
MAX_MESSAGE = 8192
"""Characters of a message that are drawn; the rest is counted."""
_MAX_MATCHES = 200
_TAG = 5
_TIME_WIDTH: Mapping[TimeFormat, int] = {"local": 12, "utc": 13, "age": 5}


@dataclass(frozen=True, slots=True)
class RowSpec:
    """Everything beside the line that decides how its rows look; part of the cache key.

    Attributes:
        width: Cells of a row.
        wrap: Whether long messages take several rows.
        offset: Cells scrolled to the right, for rows that are not wrapped.
        time_format: Column of the time.
        source_width: Cells of the source column; 0 leaves it out.
        ascii: Draw with characters that every font has.
        search: Pattern whose matches are marked.
        highlight: A second pattern, marked otherwise.
    """

    width: int
    wrap: bool = False
    offset: int = 0
    time_format: TimeFormat = "local"
    source_width: int = 0
    ascii: bool = False
    search: re.Pattern[str] | None = None
    highlight: re.Pattern[str] | None = None


def age_text(seconds: float) -> str:
    """Return a coarse age: "12s", "3m", "2h", "4d"."""
    seconds = max(0, int(seconds))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def time_text(time_ms: int, form: TimeFormat, now_s: float) -> str:
    """Return the time column: "10:04:05.123" local, with "Z" in UTC, or the age."""
    if form == "age":
        return f"{age_text(now_s - time_ms / 1000):>{_TIME_WIDTH['age']}}"
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return "?".ljust(_TIME_WIDTH[form])
    if form == "utc":
        return f"{moment:%H:%M:%S}.{time_ms % 1000:03d}Z"
    return f"{moment.astimezone():%H:%M:%S}.{time_ms % 1000:03d}"


def prefix_width(spec: RowSpec) -> int:
    """Return the cells before the message."""
    source = spec.source_width + 1 if spec.source_width else 0
    return 1 + _TIME_WIDTH[spec.time_format] + 1 + 2 + _TAG + 1 + source


def make_rows(line: LogLine, time: str, spec: RowSpec, styles: Mapping[str, Style]) -> list[Strip]:
    """Return the rows of a line, each at most `spec.width` cells; one row unless wrapped.

    Args:
        line: The log line.
        time: From `time_text`.
        spec: How to draw.
        styles: Rich styles named time, source, message, match, highlight, and -ok, -elevated,
            -unknown, -warning, -critical.
    """
    level = styles.get(CLASSES.get(line.level, ""), styles["message"])
    head = [
        Segment(f" {time} ", styles["time"]),
        Segment(f"{glyph(line.level, ascii=spec.ascii)} {fit(line.tag, _TAG, ascii=spec.ascii)} ", level),
    ]
    if spec.source_width:
        head.append(Segment(fit(line.source, spec.source_width, ascii=spec.ascii) + " ", styles["source"]))
    prefix = Strip(head, prefix_width(spec))
    room = spec.width - prefix.cell_length
    if room < 10:
        prefix, room = Strip([Segment(" ")], 1), max(1, spec.width - 1)
    text = one_line(line.message, MAX_MESSAGE)
    if spec.ascii:
        text = plain_symbols(text)
    if not spec.wrap:
        # What lies beyond the right edge need not be measured; some characters take no cell.
        text = text[: spec.offset + room + 64]
    is_loud = line.level is not None and line.level.is_breach
    base = level if is_loud else styles["message"]
    message = Strip(_marked(text, base, _marks(text, spec, styles)), cell_len(text))
    if not spec.wrap:
        return [Strip.join([prefix, message.crop(spec.offset, spec.offset + room)])]
    if message.cell_length <= room:
        return [Strip.join([prefix, message])]
    blank = Strip([Segment(" " * prefix.cell_length)], prefix.cell_length)
    cuts: list[int] = []
    at = 0
    for piece in chop_cells(text, room):
        at += cell_len(piece)
        cuts.append(at)
    pieces = [message.crop(start, stop) for start, stop in zip([0, *cuts], cuts, strict=False)]
    return [Strip.join([blank if index else prefix, piece]) for index, piece in enumerate(pieces)]


_Mark = tuple[int, int, Style]


def _marks(text: str, spec: RowSpec, styles: Mapping[str, Style]) -> list[_Mark]:
    """Return the marked ranges in order, not overlapping; the search wins over the highlight."""
    found: list[_Mark] = []
    for pattern, style in ((spec.highlight, styles["highlight"]), (spec.search, styles["match"])):
        if pattern is None:
            continue
        for count, match in enumerate(pattern.finditer(text)):
            if count >= _MAX_MATCHES:
                break
            start, stop = match.span()
            if start < stop:
                found = [one for one in found if one[1] <= start or one[0] >= stop]
                found.append((start, stop, style))
    return sorted(found, key=lambda one: one[0])


def _marked(text: str, base: Style, marks: Iterable[_Mark]) -> list[Segment]:
    segments: list[Segment] = []
    at = 0
    for start, stop, style in marks:
        if start > at:
            segments.append(Segment(text[at:start], base))
        segments.append(Segment(text[start:stop], base + style))
        at = stop
    if at < len(text):
        segments.append(Segment(text[at:], base))
    return segments
