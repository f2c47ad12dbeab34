"""A list of events, newest first: drawn row by row, so that its length costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from config.levels import Level
from widgets.cells import fit
from widgets.look import glyph, plain_symbols
from widgets.model import WORDS, EventRow

_TIME: Final = 11
_KIND: Final = 12
_STYLES: Final = ("row", "cursor", "muted", "warning", "critical")
_ROOMY: Final = 96
"""Columns from which on level, resource and who have columns of their own."""


class EventList(ScrollView, can_focus=True):
    """Rows with a cursor; what they are made of is asked for only when they are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"events--{name}" for name in _STYLES}
    DEFAULT_CSS = """
    EventList {
        height: 1fr; width: 1fr; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0;
        border: round $foreground-muted; border-title-color: $foreground;
        .events--cursor { text-style: bold reverse; }
        .events--row { background: $panel; }
        .events--muted { color: $foreground-muted; }
        .events--warning { color: $text-warning; }
        .events--critical { color: $text-error; text-style: bold; }
        &:focus { border: heavy $primary; border-title-style: bold; }
        &.-ascii { border: ascii $foreground-muted; scrollbar-size-vertical: 0; }
        &.-ascii:focus { border: ascii $primary; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('up')", "Newer", show=False),
        Binding("down", "move('down')", "Older", show=False),
        Binding("pageup", "move('pageup')", "Newer, by a screen", show=False),
        Binding("pagedown", "move('pagedown')", "Older, by a screen", show=False),
        Binding("home", "move('home')", "Newest", show=False),
        Binding("end", "move('end')", "Oldest", show=False),
    ]

    class Moved(Message):
        """The cursor was put on a row.

        Attributes:
            index: Number of the row, 0 the newest.
        """

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    class Opened(Message):
        """The row under the cursor is wanted whole; a second click or enter."""

    def __init__(self, *, ascii: bool = False, empty: str = "", id: str | None = None) -> None:
        """Make an empty list.

        Args:
            ascii: Draw with characters that every font has.
            empty: Said where there is no row.
            id: CSS id.
        """
        super().__init__(id=id)
        self._ascii = ascii
        self._empty = empty
        self._rows: Sequence[EventRow] = ()
        self._looks: dict[str, Style] = {}
        self.cursor = 0
        self.set_class(ascii, "-ascii")

    # ------------------------------------------------------------ what is shown

    def show(self, rows: Sequence[EventRow], cursor: int, title: str) -> None:
        """Show other rows.

        Args:
            rows: Newest first.
            cursor: Where the row that was under the cursor is now.
            title: What stands over them.
        """
        offset = self.cursor - int(self.scroll_offset.y)
        self._rows = rows
        self.cursor = min(max(0, cursor), max(0, len(rows) - 1))
        self.virtual_size = Size(0, max(1, len(rows)))
        self.border_title = Content(plain_symbols(title) if self._ascii else title)
        # The row under the cursor stays where it is on the screen.
        self.scroll_to(y=max(0, self.cursor - max(0, offset)), animate=False, force=True)
        self._reveal()
        self.refresh()

    def put_cursor(self, index: int) -> None:
        """Move the cursor without telling."""
        self.cursor = min(max(0, index), max(0, len(self._rows) - 1))
        self._reveal()
        self.refresh()

    def action_move(self, direction: str) -> None:
        """Move the cursor: up, down, pageup, pagedown, home, end."""
        page = max(1, self.scrollable_content_region.height - 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -len(self._rows)}
        self.put_cursor(self.cursor + steps.get(direction, len(self._rows) if direction == "end" else 0))
        if self._rows:
            # At the ends too: the row that is there from the start can be gone to.
            self.post_message(self.Moved(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it is clicked; a second click opens the row."""
        offset = event.get_content_offset(self)
        row = int(self.scroll_offset.y) + offset.y if offset is not None else len(self._rows)
        if row >= len(self._rows):
            return
        if row != self.cursor:
            self.put_cursor(row)
            self.post_message(self.Moved(row))
        if event.chain > 1:
            self.post_message(self.Opened())

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._reveal()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Show the cursor less loudly."""
        self.refresh()

    def _reveal(self) -> None:
        height = max(1, self.scrollable_content_region.height)
        top = int(self.scroll_offset.y)
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True)

    # ------------------------------------------------------------ drawing

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._looks.clear()
        super().notify_style_update()

    def _look(self, name: str) -> Style:
        if name not in self._looks:
            self._looks[name] = self.get_component_rich_style(f"events--{name}", partial=True)
        return self._looks[name]

    def render_line(self, y: int) -> Strip:
        """Return one row of the screen."""
        width = self.size.width
        base = self.rich_style
        index = int(self.scroll_offset.y) + y
        if not self._rows and y == 0:
            return Strip([Segment(fit(f" {self._empty}", width, ascii=self._ascii), self._look("muted"))])
        if index >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[index]
        if index == self.cursor:
            base = base + self._look("cursor" if self.has_focus else "row")
        text = plain_symbols(self._text(row, width)) if self._ascii else self._text(row, width)
        if row.level in (Level.WARNING, Level.CRITICAL):
            base = base + self._look(row.level.value)
        return Strip([Segment(text)]).adjust_cell_length(width).apply_style(base)

    def _text(self, row: EventRow, width: int) -> str:
        mark = glyph(row.level, ascii=self._ascii)
        kind = fit(f"{row.glyph} {row.kind}", _KIND, ascii=self._ascii)
        time = fit(row.time, _TIME, "right", ascii=self._ascii)
        if width < _ROOMY:
            parts = (row.title, row.resource, row.who)
            rest = " · ".join(part for part in parts if part)
            head = f" {time} {mark} {kind} "
            return head + fit(rest, max(1, width - len(head)), ascii=self._ascii)
        word = fit(f"{mark} {WORDS[row.level] if row.level is not None else ''}", 10, ascii=self._ascii)
        head = f" {time} {word} {kind} "
        side = max(16, width // 6)
        title = fit(row.title, max(1, width - len(head) - side - side // 2 - 3), ascii=self._ascii)
        who = fit(row.who, side // 2, ascii=self._ascii)
        return f"{head}{title}  {fit(row.resource, side, ascii=self._ascii)} {who}"
