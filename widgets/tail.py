"""The window over a log buffer: line API, fixed virtual size, a bounded number of repaints a second."""

from __future__ import annotations

import dataclasses
import textwrap
import time
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from widgets.cells import cell_len, clip
from widgets.matching import SLOW
from widgets.model import LogBuffer, LogLine
from widgets.tailanchor import Anchor
from widgets.tailrows import (
    MAX_HIGHLIGHTS,
    TIME_FORMATS,
    RowSpec,
    TimeFormat,
    make_rows,
    on_base,
    time_text,
)
from widgets.tailview import Spot, TailViewport

FLUSH_INTERVAL_S = 1 / 3
"""Shortest time between two repaints for new lines."""
_AGE_STEP_S = 5.0
_SIDE_STEP = 16
_STYLES = (
    "time", "source", "message", "late", "gap", "match",
    *(f"highlight-{number}" for number in range(1, MAX_HIGHLIGHTS + 1)),
    "-ok", "-elevated", "-unknown", "-warning", "-critical",
)  # fmt: skip
_Drawn = tuple[int, int, str, bool]
"""(key, row, words of a gap, is the current line): what makes a row of the screen look as it does."""


class TailWindow(Widget):
    """Draws the rows of a `LogBuffer` that a `TailViewport` chooses.

    Attributes:
        viewport: Which rows are on the screen; change it through `act`.
        spec: How rows are drawn; change it through `restyle`.
        flush_interval_s: Shortest time between two repaints for new lines.
        empty: Said while there is no line.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"tail--{name.lstrip('-')}" for name in _STYLES),
        "tail--cursor",
    }
    DEFAULT_CSS = """
    TailWindow {
        height: 1fr;
        width: 1fr;
        .tail--time { color: $foreground-muted; }
        .tail--source { color: $foreground-muted; }
        .tail--message { color: $foreground; }
        .tail--ok { color: $text-success; }
        .tail--elevated { color: $text-primary; }
        .tail--unknown { color: $foreground-muted; }
        .tail--warning { color: $text-warning; }
        .tail--critical { color: $text-error; text-style: bold; }
        .tail--match { text-style: bold reverse; }
        .tail--late { color: $text-warning; text-style: bold; }
        .tail--gap { color: $text-warning; }
        .tail--highlight-1 { color: $text-warning; text-style: bold underline; }
        .tail--highlight-2 { color: $text-success; text-style: italic underline; }
        .tail--highlight-3 { color: $text-primary; text-style: reverse; }
        .tail--highlight-4 { color: $text-accent; text-style: bold italic; }
        .tail--highlight-5 { color: $text-error; text-style: italic reverse; }
        .tail--cursor { background: $panel; }
    }
    """

    ascii: reactive[bool] = reactive(False)

    class Moved(Message):
        """The lines, the window or the cursor changed; sent at most once a repaint."""

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:
        """Make a window without a buffer.

        Args:
            clock: Gives epoch seconds, for ages.
            id: CSS id.
        """
        super().__init__(id=id)
        self.flush_interval_s = FLUSH_INTERVAL_S
        self.viewport = TailViewport(self._rows_of)
        self.empty = ""
        self._clock = clock
        self._buffer: LogBuffer | None = None
        self.spec = RowSpec(width=1)
        self._cache: LRUCache[tuple[int, str, RowSpec], list[Strip]] = LRUCache(512)
        self._anchor: Anchor | None = None
        self._rows: list[tuple[LogLine, int, int]] = []
        self._drawn: list[_Drawn] = []
        self._looks: dict[str, Style] = {}
        self._pending: Timer | None = None
        self._flushed_at = float("-inf")
        self._drawn_version = -1
        self._ages: Timer | None = None

    # ------------------------------------------------------------ the buffer

    @property
    def buffer(self) -> LogBuffer | None:
        """The buffer drawn."""
        return self._buffer

    def attach(self, buffer: LogBuffer) -> None:
        """Draw this buffer from now on, following it."""
        self._buffer = buffer
        self._anchor = Anchor(buffer)
        self._cache.clear()
        self.viewport = TailViewport(self._rows_of)
        self.repaint()

    def changed(self) -> None:
        """Take note that the buffer changed: paints at once after a quiet time, else with the next flush."""
        if self._pending is not None or not self.is_mounted:
            return
        wait = self._flushed_at + self.flush_interval_s - time.monotonic()
        if wait <= 0:
            self._flush()
        else:
            self._pending = self.set_timer(wait, self._flush)

    def _flush(self) -> None:
        self._pending = None
        self._flushed_at = time.monotonic()
        if self._buffer is not None and self._buffer.version != self._drawn_version:
            self._drawn_version = self._buffer.version
            self._arrange()

    def repaint(self) -> None:
        """Paint everything again."""
        self._arrange(is_forced=True)

    def sync(self) -> None:
        """Bring the viewport's numbers up to date with the buffer, which may have changed unpainted."""
        buffer = self._buffer
        if buffer is not None and self._anchor is not None:
            self._anchor.restore(self.viewport)
            self.viewport.update(buffer.dropped, buffer.dropped + len(buffer), self.size.height)

    def _arrange(self, *, is_forced: bool = False) -> None:
        """Find the rows on the screen; paint if they look otherwise than before."""
        if self._buffer is None or self._anchor is None or not self.size.height:
            return
        if self.spec.width != self.size.width or self.spec.ascii != self.ascii:
            self.spec = dataclasses.replace(self.spec, width=self.size.width, ascii=self.ascii)
        self.sync()
        self._rows = self._lines_at(self.viewport.rows())
        self._anchor.remember(self.viewport)
        current = -1 if self.viewport.following else self.viewport.cursor
        # Lines that come or go above the window change numbers, but nothing that is seen.
        drawn = [
            (line.key, row, line.message if line.is_gap else "", number == current)
            for line, row, number in self._rows
        ]
        if is_forced or drawn != self._drawn:
            self._drawn = drawn
            self.refresh()
        self.post_message(self.Moved())

    def _lines_at(self, spots: list[Spot]) -> list[tuple[LogLine, int, int]]:
        """Return the lines of spots, with row and number of each; one slice, for spots are neighbours."""
        if not spots or self._buffer is None:
            return []
        first, dropped = spots[0][0], self._buffer.dropped
        lines = self._buffer.lines(first - dropped, spots[-1][0] - dropped + 1)
        return [(lines[number - first], row, number) for number, row in spots]

    def line(self, number: int) -> LogLine | None:
        """Return the line of an absolute number; None once it is pruned."""
        if self._buffer is None:
            return None
        index = number - self._buffer.dropped
        found = self._buffer.lines(index, index + 1) if index >= 0 else ()
        return found[0] if found else None

    # ------------------------------------------------------------ how rows look

    def restyle(self, **changes: object) -> None:
        """Draw with other fields of `RowSpec` (wrap, time_format, search, highlights, source_width)."""
        self.spec = dataclasses.replace(self.spec, **changes)  # type: ignore[arg-type]
        self.repaint()

    def cycle_time(self) -> TimeFormat:
        """Change to the next time format and return it; ages are repainted every few seconds."""
        position = TIME_FORMATS.index(self.spec.time_format)
        form = TIME_FORMATS[(position + 1) % len(TIME_FORMATS)]
        if self._ages is not None:
            self._ages.stop()
            self._ages = None
        if form == "age":
            self._ages = self.set_interval(_AGE_STEP_S, self.refresh)
        self.restyle(time_format=form)
        return form

    def shift(self, steps: int) -> None:
        """Scroll the messages sideways; the columns before them stay."""
        offset = max(0, self.spec.offset + steps * _SIDE_STEP)
        if offset != self.spec.offset and not self.spec.wrap:
            self.restyle(offset=offset)

    def _rows_of(self, number: int) -> int:
        if not self.spec.wrap:
            return 1
        line = self.line(number)
        return len(self._strips(line, number)) if line is not None else 1

    def _strips(self, line: LogLine, number: int) -> list[Strip]:
        # A gap grows and shrinks under one key.
        moment = (
            line.message if line.is_gap else time_text(line.time_ms, self.spec.time_format, self._clock())
        )
        key = (line.key, moment, self.spec)
        strips = self._cache.get(key)
        if strips is None:
            strips = make_rows(line, moment, self.spec, self._styles(), lambda: self.is_hit(number))
            self._cache[key] = strips
        return strips

    def is_hit(self, number: int) -> bool:
        """Whether the whole event of a line matches the search, shown in its row or not."""
        if self._buffer is None or self.spec.search is None:
            return False
        index = number - self._buffer.dropped
        try:
            return bool(self._buffer.find(self.spec.search, index, index + 1))
        except SLOW:
            return False

    def _styles(self) -> dict[str, Style]:
        if not self._looks:
            self._looks = {
                name: self.get_component_rich_style(f"tail--{name.lstrip('-')}", partial=True)
                for name in (*_STYLES, "cursor")
            }
        return self._looks

    def notify_style_update(self) -> None:
        """Forget what was drawn in the styles of another theme."""
        self._looks.clear()
        self._cache.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """Return one row of the screen."""
        width, base = self.size.width, self.rich_style
        if y >= len(self._rows):
            return on_base(self._empty_row(y) if not self._rows else Strip.blank(0), width, base)
        line, row, number = self._rows[y]
        strips = self._strips(line, number)
        strip = strips[row] if row < len(strips) else Strip.blank(0)
        if not self.viewport.following and number == self.viewport.cursor:
            mark = Strip([Segment(">" if self.ascii else "▸")], 1) if row == 0 else Strip([Segment(" ")], 1)
            return on_base(Strip.join([mark, strip.crop(1)]), width, base + self._styles()["cursor"])
        return on_base(strip, width, base)

    def _empty_row(self, y: int) -> Strip:
        """Return a row of the sentence that stands where no line is."""
        room = max(1, self.size.width - 2)
        # Wide characters take two cells each; textwrap counts characters.
        rows = textwrap.wrap(self.empty, room if self.empty.isascii() else max(1, room // 2))
        if y >= len(rows):
            return Strip.blank(0)
        text = clip(f" {rows[y]}", self.size.width)
        return Strip([Segment(text, self._styles()["time"])], cell_len(text))

    # ------------------------------------------------------------ the mouse and the size

    def on_resize(self, event: events.Resize) -> None:
        """Find the rows for the new size."""
        self._arrange(is_forced=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards older lines."""
        event.stop()
        self.act(lambda viewport: viewport.scroll(-3))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards newer lines."""
        event.stop()
        self.act(lambda viewport: viewport.scroll(3))

    def act(self, move: Callable[[TailViewport], None]) -> None:
        """Move the viewport and paint."""
        self.sync()
        move(self.viewport)
        self._arrange(is_forced=True)
