"""The result of a query as a table: drawn by the line API, so that its size costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.cells import fit
from widgets.look import plain_symbols
from widgets.tableview import Order, Row, TableRows, cell_text, short_number

_GAP: Final = 2
_STYLES: Final = ("head", "cell", "missing", "row", "cursor", "edge", "warning", "critical", "muted")
LEVEL: Final = "_level"
"""Hidden column of a row: "warning", "critical" or "muted" colours all of it."""


class ResultTable(ScrollView, can_focus=True):
    """Rows under a heading that stays; a cursor on one cell; order and selection by words."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"result--{name}" for name in _STYLES}
    DEFAULT_CSS = """
    ResultTable {
        height: 1fr; width: 1fr; background: $surface;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        .result--head { text-style: bold; color: $text-primary; background: $panel; }
        .result--cell { color: $foreground; }
        .result--missing { color: $foreground-muted; }
        .result--row { background: $panel; }
        .result--cursor { text-style: bold reverse; }
        .result--edge { color: $foreground-muted; }
        .result--warning { color: $text-warning; }
        .result--critical { color: $text-error; text-style: bold; }
        .result--muted { color: $foreground-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1, 0)", show=False),
        Binding("down,j", "step(1, 0)", show=False),
        Binding("left,h", "step(0, -1)", show=False),
        Binding("right,l", "step(0, 1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "end(-1)", show=False),
        Binding("end,G", "end(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Opened(Message):
        """The user wants the row under the cursor.

        Attributes:
            row: Column to value.
            column: Name of the column under the cursor.
        """

        def __init__(self, row: Row, column: str) -> None:
            super().__init__()
            self.row = row
            self.column = column

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        """Make an empty table.

        Args:
            ascii: Draw with characters that every font has.
            id: CSS id.
        """
        super().__init__(id=id)
        self._ascii = ascii
        self.data = TableRows((), ())
        self._starts: list[int] = []
        self._cursor = (0, 0)
        self._looks: dict[str, Style] = {}

    # ------------------------------------------------------------ what is shown

    def show(
        self,
        names: Sequence[str],
        rows: Sequence[Row],
        *,
        keep: bool,
        key: str = "",
        widest: Mapping[str, int] | None = None,
    ) -> None:
        """Show another result.

        Args:
            names: Columns in order.
            rows: Column to value.
            keep: It is the same query further on: order, words and cursor stay.
            key: A column, shown or not, that tells rows apart: the cursor stays on its row, not on its place.
            widest: Cells that a column may take, by its name.
        """
        before = self.data
        current = self.row if keep and key else None
        place = self._cursor[0] - int(self.scroll_offset.y)
        self.data = TableRows(names, rows, widest=widest)
        if keep:
            order = before.order if before.order is not None and before.order.name in names else None
            self.data.arrange(order, before.words)
            if current is not None:
                self._follow(key, current.get(key, ""), place)
        else:
            self._cursor = (0, 0)
        self._arranged()
        if not keep:
            self.scroll_to(0, 0, animate=False)

    def _follow(self, key: str, value: str, place: int) -> None:
        """Put the cursor on the row of a key, which stays where it is on the screen."""
        found = next((at for at, row in enumerate(self.data.shown()) if row.get(key) == value), None)
        if found is not None and found != self._cursor[0]:
            self._cursor = (found, self._cursor[1])
            self.virtual_size = Size(self.virtual_size.width, len(self.data) + 1)
            self.scroll_to(y=max(0, found - place), animate=False, force=True)

    def sort(self) -> Order | None:
        """Sort by the column under the cursor: descending, ascending, as it came; return the new order."""
        if not self.data.columns:
            return None
        name, now = self.data.columns[self._cursor[1]].name, self.data.order
        order: Order | None = Order(name)
        if now is not None and now.name == name:
            order = Order(name, is_descending=False) if now.is_descending else None
        self._arrange(order, self.data.words)
        return order

    def narrow(self, words: str) -> None:
        """Show only the rows that contain every word."""
        if words != self.data.words:
            self._arrange(self.data.order, words)

    def _arrange(self, order: Order | None, words: str) -> None:
        row, column = self._cursor
        number = self.data.number(row) if row < len(self.data) else None
        self.data.arrange(order, words)
        # The cursor stays on its row: an action that follows must not meet another one.
        place = self.data.place(number) if number is not None else None
        self._cursor = (place or 0, column)
        self._arranged()

    def _arranged(self) -> None:
        at, starts = 1, []
        for column in self.data.columns:
            starts.append(at)
            at += column.width + _GAP
        self._starts = starts
        row, column_at = self._cursor
        self._cursor = (
            min(row, max(0, len(self.data) - 1)),
            min(column_at, max(0, len(starts) - 1)),
        )
        self.virtual_size = Size(max(0, at - _GAP + 1), len(self.data) + 1)
        self._reveal()
        self.refresh()
        # Scroll bars, which may cover the cursor, come with the next layout.
        self.call_after_refresh(self._reveal)

    # ------------------------------------------------------------ the cursor

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.data.row(self._cursor[0]) if self._cursor[0] < len(self.data) else None

    @property
    def column(self) -> str:
        """Name of the column under the cursor, "" without any."""
        columns = self.data.columns
        return columns[self._cursor[1]].name if columns else ""

    @property
    def cell(self) -> str:
        """The value under the cursor, whole."""
        row = self.row
        return row.get(self.column, "") if row is not None else ""

    def action_step(self, rows: int, columns: int) -> None:
        """Move the cursor."""
        self._move(self._cursor[0] + rows, self._cursor[1] + columns)

    def action_page(self, pages: int) -> None:
        """Move the cursor by screens."""
        self.action_step(pages * max(1, self.scrollable_content_region.height - 2), 0)

    def action_end(self, side: int) -> None:
        """Move the cursor to the first or last row."""
        self._move(0 if side < 0 else len(self.data) - 1, self._cursor[1])

    def action_open(self) -> None:
        """Tell that the row is wanted."""
        if self.row is not None:
            self.post_message(self.Opened(self.row, self.column))

    def _move(self, row: int, column: int) -> None:
        row = min(max(0, row), max(0, len(self.data) - 1))
        column = min(max(0, column), max(0, len(self.data.columns) - 1))
        if (row, column) != self._cursor:
            self._cursor = (row, column)
            self._reveal()
            self.refresh()

    def _reveal(self) -> None:
        if not self.data.columns or not self.size:
            return
        row, column = self._cursor
        width, height = self.scrollable_content_region.size
        left, right = self._starts[column] - 1, self._starts[column] + self.data.columns[column].width + 1
        x, y = self.scroll_offset
        if right > x + width:
            x = right - width
        x = min(x, left)
        y = min(max(y, row - max(1, height - 1) + 1), row)
        if Offset(x, y) != self.scroll_offset:
            self.scroll_to(x, y, animate=False, force=True)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view."""
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it is clicked; a second click opens the row."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1:
            return
        at = self.scroll_offset.x + offset.x
        column = sum(start <= at for start in self._starts) - 1
        row = self.scroll_offset.y + offset.y - 1
        if row < len(self.data):
            self._move(row, column)
            if event.chain > 1:
                self.action_open()

    # ------------------------------------------------------------ drawing

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._looks.clear()
        super().notify_style_update()

    def _look(self, name: str) -> Style:
        if name not in self._looks:
            self._looks[name] = self.get_component_rich_style(f"result--{name}", partial=True)
        return self._looks[name]

    def render_line(self, y: int) -> Strip:
        """Return a row of the screen: the heading, which stays, or a row of the result."""
        width = self.size.width
        x, top = self.scroll_offset
        base = self.rich_style
        index = int(top) + y - 1
        if not self.data.columns or index >= len(self.data):
            return Strip.blank(width, base)
        first, last = self._columns_in_view(int(x), width)
        if y == 0:
            segments = self._heading(first, last)
            look = base + self._look("head")
        else:
            is_current = index == self._cursor[0]
            segments = self._cells(index, first, last)
            look = base + self._look("row") if is_current else base
            level = self.data.row(index).get(LEVEL, "")
            if level in ("warning", "critical", "muted"):
                look = look + self._look(level)
        shift = self._starts[first] - 1
        strip = Strip([Segment(" ", None), *segments]).crop(int(x) - shift, int(x) - shift + width)
        return strip.adjust_cell_length(width).apply_style(Style()).apply_style(look)

    def _columns_in_view(self, x: int, width: int) -> tuple[int, int]:
        """Return the first column that is in view and the one after the last."""
        first = max(0, sum(start <= x for start in self._starts) - 1)
        last = sum(start < x + width for start in self._starts)
        return first, max(first + 1, last)

    def _heading(self, first: int, last: int) -> list[Segment]:
        order, segments = self.data.order, []
        for column in self.data.columns[first:last]:
            mark = ""
            if order is not None and order.name == column.name:
                mark = "▼" if order.is_descending else "▲"
            title = f"{mark}{column.title}" if column.is_number else f"{column.title}{mark}"
            text = fit(title, column.width, "right" if column.is_number else "left", ascii=self._ascii)
            segments.append(Segment(self._drawn(text) + " " * _GAP))
        return segments

    def _cells(self, index: int, first: int, last: int) -> list[Segment]:
        row = self.data.row(index)
        is_current_row = index == self._cursor[0] and self.has_focus
        segments = []
        for number, column in enumerate(self.data.columns[first:last], start=first):
            value = row.get(column.name)
            # A coloured row colours its cells.
            plain = Style() if row.get(LEVEL) else self._look("cell")
            look = self._look("missing") if value is None else plain
            text = "-" if value is None else short_number(value) if column.is_number else cell_text(value)
            text = fit(text, column.width, "right" if column.is_number else "left", ascii=self._ascii)
            if is_current_row and number == self._cursor[1]:
                look = look + self._look("cursor")
            segments += [Segment(self._drawn(text), look), Segment(" " * _GAP)]
        return segments

    def _drawn(self, text: str) -> str:
        return plain_symbols(text) if self._ascii else text
