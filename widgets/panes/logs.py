"""The log pane: follow, freeze, search, wrap and time formats over a log buffer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from widgets.finder import Finder
from widgets.header import HeaderView, PaneHeader
from widgets.model import LogBuffer, LogLine, RateView, TailView
from widgets.panes.moves import move_bindings
from widgets.ratestrip import Parts, rate_strip
from widgets.tail import FLUSH_INTERVAL_S, TailWindow
from widgets.tailview import TailViewport

_SOURCE_FROM = 110
"""Cells of the pane from which the source column has room."""
_STRIP_FROM = 100
"""Cells of the pane from which the rate strip has room."""
_STRIP_EVERY_S = 1.9
"""Shortest time between two drawings of the rate strip: as often as the log is polled at most."""


class TailPane(Widget, can_focus=True):
    """Header, message and window of one log tail."""

    DEFAULT_CSS = """
    TailPane {
        layout: vertical;
        width: 1fr;
        height: 1fr;
        .pane--body { height: 1fr; border: round $foreground-muted; border-top: none; }
        .pane--message { height: auto; max-height: 2; padding: 0 1; }
        .pane--message { color: $text-error; text-overflow: ellipsis; }
        .pane--message.-hidden { display: none; }
        &.-ascii .pane--body { border: ascii $foreground-muted; border-top: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *move_bindings(
            up="Older line",
            down="Newer line",
            left="Scroll left",
            right="Scroll right",
            pageup="Older page",
            pagedown="Newer page",
            home="Oldest line",
            end="Follow",
        ),
        Binding("enter", "open", "Open the line", show=False),
    ]

    # The parts paint what differs; a repaint of the pane would send all of them to the terminal.
    view: reactive[TailView | None] = reactive(None, repaint=False)

    class FollowChanged(Message):
        """The pane began or ceased to follow the newest line.

        Attributes:
            following: Whether it follows.
        """

        def __init__(self, following: bool) -> None:
            super().__init__()
            self.following = following

    class CursorMoved(Message):
        """The current line has another time; sent at most once a repaint.

        Attributes:
            time_ms: Time of the current line; None while the newest line is followed.
        """

        def __init__(self, time_ms: int | None) -> None:
            super().__init__()
            self.time_ms = time_ms

    class LineOpened(Message):
        """The user asked for the whole of a line.

        Attributes:
            line: The current line.
        """

        def __init__(self, line: LogLine) -> None:
            super().__init__()
            self.line = line

    def __init__(
        self,
        number: int = 0,
        *,
        ascii: bool = False,
        flush_interval_s: float = FLUSH_INTERVAL_S,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a pane without a buffer.

        Args:
            number: The key that focuses the pane; 0 for none.
            ascii: Draw without box characters.
            flush_interval_s: Shortest time between repaints for new lines; 1.0 for a slow link.
            clock: Gives epoch seconds, for ages.
            id: CSS id.
            classes: CSS classes.
        """
        super().__init__(id=id, classes=classes)
        self.number = number
        self._ascii = ascii
        self._window = TailWindow(clock=clock)
        self._window.flush_interval_s = flush_interval_s
        self._window.set_reactive(TailWindow.ascii, ascii)
        self._finder = Finder(self, self._window, self._redraw)
        self._told_following = True
        self._told_time: int | None = None
        self._rate: RateView | None = None
        self._strip_cells = 0
        self._strip: Parts = ()
        self._strip_at = float("-inf")
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        """Compose header, message and window."""
        yield PaneHeader()
        with Container(classes="pane--body"):
            yield Static(classes="pane--message -hidden", markup=False)
            yield self._window

    def on_mount(self) -> None:
        """Draw what was given before the children existed."""
        header = self.query_one(PaneHeader)
        header.ascii, header.is_focused = self._ascii, self.has_focus
        self._draw()

    def on_resize(self) -> None:
        """Show the source of a line and the rate strip only where there is room for them."""
        cells = 30 if self.size.width >= 150 else 20
        self._strip_cells = cells if self.size.width >= _STRIP_FROM else 0
        self._strip = ()
        self._redraw()
        width = 16 if self.size.width >= _SOURCE_FROM else 0
        if width != self._window.spec.source_width:
            self._window.restyle(source_width=width)

    # ------------------------------------------------------------ what is drawn

    def attach(self, buffer: LogBuffer) -> None:
        """Draw this buffer, following it; a search starts anew in it."""
        self._window.attach(buffer)
        self._finder.again()

    def changed(self) -> None:
        """Take note that the buffer changed; call it as often as you like."""
        self._window.changed()

    @property
    def following(self) -> bool:
        """Whether the newest line is in view and stays so."""
        return self._window.viewport.following

    @property
    def is_searching(self) -> bool:
        """Whether a search is on."""
        return bool(self._finder.status)

    @property
    def current_line(self) -> LogLine | None:
        """The line under the cursor; the newest while following; None when there is none."""
        self._window.sync()
        return self._window.line(self._window.viewport.cursor)

    @property
    def cursor_line(self) -> LogLine | None:
        """The line under the cursor; None while the newest line is followed."""
        return None if self.following else self.current_line

    def watch_view(self) -> None:
        """Repaint header and message."""
        self._redraw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Mark the top edge: one row to paint, where a border would be the whole pane."""
        super().watch_has_focus(has_focus)
        if self.is_mounted:
            self.query_one(PaneHeader).is_focused = has_focus

    def _redraw(self) -> None:
        # Buffer and size may come before the children, and lines after they have gone.
        if self.is_mounted and self.is_attached:
            self._draw()

    def _draw(self) -> None:
        view = self.view
        if view is None:
            return
        badge, style = _badge(self._window.viewport)
        pattern = f"filter {view.filter_pattern}" if view.filter_pattern else ""
        extras = (self._finder.status, *self._finder.counts, pattern, view.total)
        self.query_one(PaneHeader).view = HeaderView(
            "Logs",
            self.number,
            view.title,
            badge=badge,
            badge_style=style,
            state=view.state,
            extras=tuple(part for part in extras if part),
            marks=view.badges,
            notes=view.notes,
            strip=self._rate_strip(view.rate),
        )
        message = self.query_one(".pane--message", Static)
        message.set_class(not view.state.message, "-hidden")
        if str(message.content) != view.state.message:
            message.update(Content(view.state.message))
        empty = view.empty or ("waiting for the first log line" if view.state.kind == "live" else "")
        if empty != self._window.empty:
            self._window.empty = empty
            self._window.refresh()

    def _rate_strip(self, rate: RateView | None) -> Parts:
        """Return the strip, drawn anew at most once a second."""
        if rate is None or not self._strip_cells:
            return ()
        now = time.monotonic()
        if not self._strip or (rate != self._rate and now - self._strip_at >= _STRIP_EVERY_S):
            self._rate, self._strip_at = rate, now
            self._strip = rate_strip(rate, self._strip_cells, ascii=self._ascii)
        return self._strip

    @on(TailWindow.Moved)
    def _moved(self, message: TailWindow.Moved) -> None:
        message.stop()
        self._finder.catch_up()
        if self.following is not self._told_following:
            self._told_following = self.following
            self.post_message(self.FollowChanged(self.following))
        line = self.cursor_line
        moment = line.time_ms if line is not None else None
        if moment != self._told_time:
            self._told_time = moment
            self.post_message(self.CursorMoved(moment))
        self._draw()

    # ------------------------------------------------------------ actions

    def action_move(self, direction: str) -> None:
        """Move: up, down, pageup, pagedown, home, end (follows), left, right (sideways)."""
        page = max(1, self._window.size.height - 1)
        if direction in ("left", "right"):
            self._window.shift(1 if direction == "right" else -1)
        elif direction in ("up", "down"):
            self._window.act(lambda viewport: viewport.move(1 if direction == "down" else -1))
        elif direction in ("pageup", "pagedown"):
            self._window.act(lambda viewport: viewport.scroll(page if direction == "pagedown" else -page))
        elif direction == "home":
            self._window.act(lambda viewport: viewport.home())
        else:
            self.action_follow()

    def action_follow(self) -> None:
        """Stick to the newest line again."""
        self._window.act(lambda viewport: viewport.follow())

    def action_wrap(self) -> None:
        """Show long lines in several rows, or on one."""
        self._window.restyle(wrap=not self._window.spec.wrap)

    def action_time_format(self) -> None:
        """Show times as local, UTC or age."""
        self._window.cycle_time()

    def action_open(self) -> None:
        """Ask for the whole of the current line."""
        line = self.current_line
        if line is not None and not line.is_gap:
            self.post_message(self.LineOpened(line))

    # ------------------------------------------------------------ to a moment

    def jump(self, time_ms: int) -> bool:
        """Freeze with the first line at or after a moment in the middle.

        Args:
            time_ms: Milliseconds since 1970.

        Returns:
            Whether the buffer reaches there: it has lines on both sides of the moment; else nothing moves.
        """
        buffer = self._window.buffer
        if buffer is None or not len(buffer):
            return False
        index = buffer.locate(time_ms)
        oldest = buffer.lines(0, 1)[0]
        if index >= len(buffer) or time_ms < oldest.time_ms:
            return False
        self._window.act(lambda viewport: viewport.centre(buffer.dropped + index))
        return True

    def show_key(self, time_ms: int, key: int) -> bool:
        """Freeze with this very line under the cursor; return whether it is there."""
        buffer = self._window.buffer
        if buffer is None:
            return False
        index = buffer.locate(time_ms, key)
        found = buffer.lines(index, index + 1)
        if not found or (found[0].time_ms, found[0].key) != (time_ms, key):
            return False
        self._window.act(lambda viewport: viewport.show(buffer.dropped + index, is_centred=True))
        return True

    # ------------------------------------------------------------ search and highlights

    def search(self, text: str, *, is_preview: bool = False) -> str:
        """Search the buffer; see `Finder.start`."""
        return self._finder.start(text, is_preview=is_preview)

    def abandon_search(self) -> None:
        """Take a previewed search back; see `Finder.abandon`."""
        self._finder.abandon()

    def set_highlights(self, patterns: Sequence[str]) -> str:
        """Mark up to five terms and count them; see `Finder.highlight`."""
        return self._finder.highlight(patterns)

    def action_next_hit(self) -> None:
        """Go to the next hit below."""
        self._finder.step(1)

    def action_previous_hit(self) -> None:
        """Go to the next hit above."""
        self._finder.step(-1)


def _badge(viewport: TailViewport) -> tuple[str, str]:
    """Return what the header says of the window, and its style."""
    if viewport.following:
        return "following", "$success"
    new = viewport.unseen()
    return (f"▼ {new:,} new", "bold reverse $warning") if new else ("held", "bold $text-warning")
