"""The window over a log buffer: line API, fixed virtual size, a bounded number of repaints a second."""

from __future__ import annotations

import dataclasses
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

from widgets.model import LogBuffer, LogLine
from widgets.tailrows import TIME_FORMATS, RowSpec, TimeFormat, make_rows, time_text
from widgets.tailview import Spot, TailViewport

FLUSH_INTERVAL_S = 0.25
"""Shortest time between two repaints for new lines."""
_AGE_STEP_S = 5.0
_SIDE_STEP = 16
_STYLES = (
    "time", "source", "message", "match", "highlight", "-ok", "-elevated", "-unknown", "-warning", "-critical"
)  # fmt: skip


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
        .tail--highlight { text-style: bold underline; }
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
        self._rows: list[Spot] = []
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
            self._arrange(is_forced=self.viewport.following)

    def repaint(self) -> None:
        """Paint everything again."""
        self._arrange(is_forced=True)

    def _arrange(self, *, is_forced: bool) -> None:
        """Find the rows on the screen; paint if they are others than before."""
        buffer = self._buffer
        if buffer is None or not self.size.height:
            return
        if self.spec.width != self.size.width or self.spec.ascii != self.ascii:
            self.spec = dataclasses.replace(self.spec, width=self.size.width, ascii=self.ascii)
        self.viewport.update(buffer.dropped, buffer.dropped + len(buffer), self.size.height)
        rows = self.viewport.rows()
        if is_forced or rows != self._rows:
            self._rows = rows
            self.refresh()
        self.post_message(self.Moved())

    def line(self, number: int) -> LogLine | None:
        """Return the line of an absolute number; None once it is pruned."""
        if self._buffer is None:
            return None
        index = number - self._buffer.dropped
        found = self._buffer.lines(index, index + 1) if index >= 0 else ()
        return found[0] if found else None

    # ------------------------------------------------------------ how rows look

    def restyle(self, **changes: object) -> None:
        """Draw with other fields of `RowSpec` (wrap, time_format, search, highlight, source_width)."""
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
        return len(self._strips(line)) if line is not None else 1

    def _strips(self, line: LogLine) -> list[Strip]:
        moment = time_text(line.time_ms, self.spec.time_format, self._clock())
        key = (line.key, moment, self.spec)
        strips = self._cache.get(key)
        if strips is None:
            strips = make_rows(line, moment, self.spec, self._styles())
            self._cache[key] = strips
        return strips

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
            text = self.empty if y == 0 and not self._rows else ""
            strip = Strip([Segment(text[:width], self._styles()["time"])] if text else [])
            return strip.adjust_cell_length(width, base).apply_style(base)
        number, row = self._rows[y]
        line = self.line(number)
        strips = self._strips(line) if line is not None else []
        strip = strips[row] if row < len(strips) else Strip.blank(0)
        if not self.viewport.following and number == self.viewport.cursor:
            mark = Strip([Segment(">" if self.ascii else "▸")], 1) if row == 0 else Strip([Segment(" ")], 1)
            strip = Strip.join([mark, strip.crop(1)]).adjust_cell_length(width)
            return strip.apply_style(base + self._styles()["cursor"])
        # Each segment costs its colours once more on the wire.
        return strip.adjust_cell_length(width, base).apply_style(base).simplify()

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
        move(self.viewport)
        self._arrange(is_forced=True)
