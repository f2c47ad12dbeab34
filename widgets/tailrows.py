"""A log line as rows of the screen: time, level, source and message in aligned columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Literal

from rich.cells import chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.cells import cell_len, clip, fit
from widgets.look import CLASSES, glyph, plain_symbols
from widgets.matching import Span, spans
from widgets.model import LogLine
from widgets.text import one_line

TimeFormat = Literal["local", "utc", "age"]
TIME_FORMATS: tuple[TimeFormat, ...] = ("local", "utc", "age")
MAX_MESSAGE = 8192
"""Characters of a message that are drawn; the rest is counted."""
MAX_HIGHLIGHTS = 5
LATE_MARK = "↩"
"""Before the level of a line that became readable after newer ones."""
_JOINERS = re.compile("[\u200b-\u200d\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""What joins or tints emoji: terminals disagree on the width of a sequence, not on that of its parts."""
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
        highlights: Further patterns, each marked in a way of its own, at most `MAX_HIGHLIGHTS`.
    """

    width: int
    wrap: bool = False
    offset: int = 0
    time_format: TimeFormat = "local"
    source_width: int = 0
    ascii: bool = False
    search: re.Pattern[str] | None = None
    highlights: tuple[re.Pattern[str], ...] = ()


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


def drawable(text: str, *, ascii: bool = False) -> str:
    """Return text on one line in characters whose width every terminal agrees on."""
    text = one_line(text, MAX_MESSAGE)
    if text.isascii():
        return text
    text = _JOINERS.sub("", text)
    return plain_symbols(text) if ascii else text


def make_rows(
    line: LogLine,
    time: str,
    spec: RowSpec,
    styles: Mapping[str, Style],
    is_hit: Callable[[], bool] = lambda: False,
) -> list[Strip]:
    """Return the rows of a line, each at most `spec.width` cells; one row unless wrapped.

    Args:
        line: The log line.
        time: From `time_text`.
        spec: How to draw.
        styles: Rich styles named time, source, message, late, gap, match, highlight-1 to -5, and -ok,
            -elevated, -unknown, -warning, -critical.
        is_hit: Tells whether the whole event matches the search; asked where no match is in view, so
            that the time marks a row whose match is elsewhere in the event.
    """
    if line.is_gap:
        return [_gap_row(line, spec, styles)]
    text = drawable(line.message, ascii=spec.ascii)
    room = spec.width - prefix_width(spec)
    has_prefix = room >= 10
    if not has_prefix:
        room = max(1, spec.width - 1)
    if not spec.wrap:
        # What lies beyond the right edge need not be measured; some characters take no cell.
        text = text[: spec.offset + room + 64]
    hits = spans(spec.search, text) if spec.search is not None else []
    is_elsewhere = spec.search is not None and not _is_in_view(text, hits, spec, room) and is_hit()
    prefix = _prefix(line, time, spec, styles, is_marked=is_elsewhere) if has_prefix else Strip([_SPACE], 1)
    is_loud = line.level is not None and line.level.is_breach
    base = styles[CLASSES[line.level]] if is_loud else styles["message"]
    layers = [
        *((styles[f"highlight-{at}"], spans(one, text)) for at, one in enumerate(spec.highlights, start=1)),
        (styles["match"], hits),
    ]
    if not spec.wrap and not spec.offset and text.isascii() and not any(found for _, found in layers):
        # Most rows by far, at a third of what it costs to cut a strip: a character is a cell here.
        shown = text[:room]
        return [Strip([*prefix, Segment(shown, base)], prefix.cell_length + len(shown))]
    message = Strip(_marked(text, base, layers))
    if not spec.wrap:
        return [Strip.join([prefix, message.crop(spec.offset, spec.offset + room)])]
    return _wrapped(prefix, message, text, room)


def on_base(strip: Strip, width: int, base: Style) -> Strip:
    """Return a strip that is not wider than `width`, filled up to it, with its styles laid on `base`.

    Neighbours of one look become one segment: each costs its colours once more on the wire.
    """
    texts: list[str] = []
    looks: list[Style] = []
    for text, style, _ in strip:
        look = base + style
        if looks and looks[-1] == look:
            texts[-1] += text
        else:
            texts.append(text)
            looks.append(look)
    missing = width - strip.cell_length
    if missing > 0:
        if looks and looks[-1] == base:
            texts[-1] += " " * missing
        else:
            texts.append(" " * missing)
            looks.append(base)
    return Strip(map(Segment, texts, looks), max(width, strip.cell_length))


def _wrapped(prefix: Strip, message: Strip, text: str, room: int) -> list[Strip]:
    """Return the message in rows of at most `room` cells, the columns before the first one only."""
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


def _prefix(
    line: LogLine, time: str, spec: RowSpec, styles: Mapping[str, Style], *, is_marked: bool
) -> Strip:
    """Return the columns before the message."""
    level = styles.get(CLASSES.get(line.level, ""), styles["message"])
    mark = plain_symbols(LATE_MARK) if spec.ascii else LATE_MARK
    head = [
        _SPACE,
        Segment(time, styles["time"] + styles["match"] if is_marked else styles["time"]),
        # A style of its own would cost a quarter of a row's bytes, for a space.
        Segment(mark, styles["late"]) if line.is_late else _SPACE,
        Segment(f"{glyph(line.level, ascii=spec.ascii)} {fit(line.tag, _TAG, ascii=spec.ascii)} ", level),
    ]
    if spec.source_width:
        head.append(Segment(fit(line.source, spec.source_width, ascii=spec.ascii) + " ", styles["source"]))
    return Strip(head, prefix_width(spec))


def _gap_row(line: LogLine, spec: RowSpec, styles: Mapping[str, Style]) -> Strip:
    """Return the row of a stretch that could not be read: its words set into a rule."""
    words = clip(drawable(line.message, ascii=spec.ascii), max(0, spec.width - 6), ascii=spec.ascii)
    rule = "-" if spec.ascii else "─"
    text = f" {rule * 2} {words} "
    text += rule * (spec.width - cell_len(text))
    return Strip([Segment(text, styles["gap"])], cell_len(text)).crop(0, spec.width)


_SPACE = Segment(" ")


def _is_in_view(text: str, found: Iterable[Span], spec: RowSpec, room: int) -> bool:
    """Whether one of the ranges is among the cells that are drawn."""
    if spec.wrap:
        return any(found)
    last = spec.offset + room
    return any(cell_len(text[:stop]) > spec.offset and cell_len(text[:start]) < last for start, stop in found)


def _marked(text: str, base: Style, layers: Sequence[tuple[Style, list[Span]]]) -> list[Segment]:
    """Return the text with the ranges of each layer in its style; a later layer covers the earlier ones."""
    if not any(found for _, found in layers):
        return [Segment(text, base)] if text else []
    owners = bytearray(len(text))
    for layer, (_, found) in enumerate(layers, start=1):
        for start, stop in found:
            owners[start:stop] = bytes([layer]) * (stop - start)
    segments: list[Segment] = []
    at = 0
    for owner, run in groupby(owners):
        stop = at + sum(1 for _ in run)
        segments.append(Segment(text[at:stop], base + layers[owner - 1][0] if owner else base))
        at = stop
    return segments
