"""A table of texts that draws only the rows in view: ten thousand rows of fifty columns scroll like ten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.cells import cell_len, fit

_WIDEST = 60
_MEASURED = 500
"""Rows that decide how wide a column is."""
_GAP = 2
_DECIMALS = 3


def is_number(text: str) -> bool:
    """Whether a cell is a number, or empty."""
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def shown(text: str) -> str:
    """Return what a cell shows: a number with many decimals is rounded; opened or copied it is whole."""
    head, point, decimals = text.partition(".")
    if point and len(decimals) > _DECIMALS and decimals.isdigit() and head.lstrip("-").isdigit():
        return f"{float(text):.{_DECIMALS}f}"
    return text


def sort_key(text: str) -> tuple[int, float, str]:
    """Return the order of cells: words, then numbers by value, empty ones last."""
    if not text:
        return 2, 0.0, ""
    if is_number(text):
        return 1, float(text), ""
    return 0, 0.0, text


class ResultTable(ScrollView, can_focus=True):
    """Rows of cells with a cursor on one cell; the heading stays."""

    DEFAULT_CSS = """
    ResultTable { height: 1fr; width: 1fr; background: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--heading",
        "table--cursor-row",
        "table--cursor-cell",
        "table--missing",
    }
    DEFAULT_CSS += """
    ResultTable .table--heading { text-style: bold; color: $text-primary; background: $panel; }
    ResultTable .table--cursor-row { background: $primary-muted; }
    ResultTable .table--cursor-cell { text-style: reverse; }
    ResultTable .table--missing { color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "row(-1)", show=False),
        Binding("down,j", "row(1)", show=False),
        Binding("left,h", "column(-1)", show=False),
        Binding("right,l", "column(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "row(-1000000)", show=False),
        Binding("end,G", "row(1000000)", show=False),
        Binding("enter", "open", show=False),
        Binding("s", "sort", show=False),
        Binding("y", "copy", show=False),
    ]

    class Opened(Message):
        """The user wants more of a row.

        Attributes:
            row: Column to value.
            column: The one under the cursor.
        """

        def __init__(self, row: Mapping[str, str], column: str) -> None:
            super().__init__()
            self.row = row
            self.column = column

    class CopyRequested(Message):
        """The user wants a cell in the clipboard.

        Attributes:
            text: The whole cell.
        """

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None, ascii: bool = False) -> None:
        super().__init__(id=id)
        self._ascii = ascii
        self._all: Sequence[Mapping[str, str]] = ()
        self._rows: list[Mapping[str, str]] = []
        self._columns: tuple[str, ...] = ()
        self._widths: list[int] = []
        self._right: list[bool] = []
        self._row = 0
        self._column = 0
        self._words: tuple[str, ...] = ()
        self._sorted: tuple[str, bool] | None = None

    # ------------------------------------------------------------ what it shows

    def show(self, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
        """Show rows of sanitised cells; the cursor, the filter and the sorting stay where they can."""
        same = tuple(columns) == self._columns
        self._all = rows
        self._columns = tuple(columns)
        if not same:
            self._row = self._column = 0
            self._sorted = None
        self._arrange()

    def filter(self, text: str) -> None:
        """Show only rows that hold every word, in any case."""
        self._words = tuple(text.lower().split())
        self._arrange()

    @property
    def is_filtered(self) -> bool:
        """Whether some rows may be left out."""
        return bool(self._words)

    @property
    def count(self) -> int:
        """Rows that are shown."""
        return len(self._rows)

    @property
    def current(self) -> tuple[Mapping[str, str], str] | None:
        """The row and the column under the cursor."""
        if not self._rows or not self._columns:
            return None
        return self._rows[self._row], self._columns[self._column]

    def _arrange(self) -> None:
        rows = [row for row in self._all if self._is_shown(row)]
        if self._sorted is not None:
            name, is_descending = self._sorted
            rows.sort(key=lambda row: sort_key(row.get(name, "")), reverse=is_descending)
        self._rows = rows
        self._row = max(0, min(self._row, len(rows) - 1))
        measured = rows[:_MEASURED]
        self._widths = [
            min(
                _WIDEST,
                max([cell_len(name) + 2, *(cell_len(shown(row.get(name, "")[:200])) for row in measured)]),
            )
            for name in self._columns
        ]
        self._right = [all(is_number(row.get(name, "")) for row in measured) for name in self._columns]
        self.virtual_size = Size(sum(self._widths) + _GAP * len(self._widths), len(rows) + 1)
        self.refresh()

    def _is_shown(self, row: Mapping[str, str]) -> bool:
        if not self._words:
            return True
        text = "\n".join(row.values()).lower()
        return all(word in text for word in self._words)

    # ------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        """Return a line: the heading above, then the rows in view."""
        width = self.size.width
        scroll_x, scroll_y = self.scroll_offset
        base = self.rich_style
        if y == 0:
            style = self.get_component_rich_style("table--heading")
            cells = [
                (self._heading(name), style, right)
                for name, right in zip(self._columns, self._right, strict=True)
            ]
            return self._line(cells, style, scroll_x, width)
        index = scroll_y + y - 1
        if index >= len(self._rows):
            return Strip([Segment(" " * width, base)], width)
        row = self._rows[index]
        is_current = index == self._row and self.has_focus
        line = self.get_component_rich_style("table--cursor-row") if is_current else base
        missing = line + self.get_component_rich_style("table--missing", partial=True)
        marked = line + self.get_component_rich_style("table--cursor-cell", partial=True)
        cells = []
        for number, (name, right) in enumerate(zip(self._columns, self._right, strict=True)):
            text = row.get(name)
            style = marked if is_current and number == self._column else line if text is not None else missing
            cells.append(("-" if text is None else shown(text), style, right))
        return self._line(cells, line, scroll_x, width)

    def _heading(self, name: str) -> str:
        if self._sorted is None or self._sorted[0] != name:
            return name
        return f"{name} {'v' if self._sorted[1] else '^'}"

    def _line(self, cells: Sequence[tuple[str, Style, bool]], fill: Style, left: int, width: int) -> Strip:
        segments = []
        for (text, style, right), cell_width in zip(cells, self._widths, strict=True):
            fitted = fit(
                text[: cell_width * 2 + 8], cell_width, "right" if right else "left", ascii=self._ascii
            )
            segments += [Segment(fitted, style), Segment(" " * _GAP, fill)]
        strip = Strip(segments).crop(left, left + width)
        return strip.extend_cell_length(width, fill)

    # ------------------------------------------------------------ moving

    def action_row(self, step: int) -> None:
        """Move the cursor by rows."""
        self._row = max(0, min(len(self._rows) - 1, self._row + step))
        self._reveal()

    def action_page(self, step: int) -> None:
        """Move the cursor by pages."""
        self.action_row(step * max(1, self.size.height - 2))

    def action_column(self, step: int) -> None:
        """Move the cursor by columns."""
        self._column = max(0, min(len(self._columns) - 1, self._column + step))
        self._reveal()

    def action_sort(self) -> None:
        """Sort by the column under the cursor: descending, ascending, as they came."""
        if not self._columns:
            return
        name = self._columns[self._column]
        if self._sorted == (name, True):
            self._sorted = (name, False)
        elif self._sorted == (name, False):
            self._sorted = None
        else:
            self._sorted = (name, True)
        self._arrange()

    def action_open(self) -> None:
        """Ask for more of the row under the cursor."""
        found = self.current
        if found is not None:
            self.post_message(self.Opened(*found))

    def action_copy(self) -> None:
        """Ask for the cell under the cursor in the clipboard."""
        found = self.current
        if found is not None:
            self.post_message(self.CopyRequested(found[0].get(found[1], "")))

    def _reveal(self) -> None:
        left = sum(self._widths[: self._column]) + _GAP * self._column
        width = self._widths[self._column] if self._widths else 0
        self.scroll_to_region(
            Region(left, self._row, min(width, self.size.width), 2), animate=False, force=True, immediate=True
        )
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        if event.y > 0:
            self._row = max(0, min(len(self._rows) - 1, self.scroll_offset.y + event.y - 1))
            self.refresh()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()
