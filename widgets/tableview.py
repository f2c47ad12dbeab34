"""The rows of a result as a table shows them: sorted, narrowed down, and how wide each column is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from widgets.cells import cell_len
from widgets.text import one_line

WIDEST: Final = 60
"""Cells of a column; a wider value is cut, and opened whole."""
_SAMPLE: Final = 400
"""Rows that decide how wide a column is, and whether it holds numbers."""
_NOISY: Final = 9
"""Characters from which a number with decimals is shortened."""
_LONGEST: Final = 2048
"""Characters of a value that a row may show."""
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

Row = Mapping[str, str]
"""Column to value; a column without a value is absent."""


@dataclass(frozen=True, slots=True)
class Column:
    """How a column looks.

    Attributes:
        name: As the result has it.
        title: On one line.
        width: Cells.
        is_number: Whether its values stand on the right.
    """

    name: str
    title: str
    width: int
    is_number: bool


@dataclass(frozen=True, slots=True)
class Order:
    """By which column rows are sorted.

    Attributes:
        name: The column's.
        is_descending: Largest first.
    """

    name: str
    is_descending: bool = True


class TableRows:
    """The rows of a result in the order and selection in which they are shown.

    Args:
        names: Columns in order.
        rows: As they came; never changed.
        widest: Cells that a column may take, by its name; `WIDEST` for others.

    Attributes:
        columns: How each column looks.
        order: What rows are sorted by; None is the order in which they came.
        words: What every row shown contains, in any case.
    """

    def __init__(
        self, names: Sequence[str], rows: Sequence[Row], *, widest: Mapping[str, int] | None = None
    ) -> None:
        self._rows = rows
        self._texts: list[str] = []
        limits = widest or {}
        self.columns = tuple(_column(name, _sample(rows), limits.get(name, WIDEST)) for name in names)
        self.order: Order | None = None
        self.words = ""
        self._shown: Sequence[int] = range(len(rows))

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def total(self) -> int:
        """Rows, whether they are shown or not."""
        return len(self._rows)

    def row(self, index: int) -> Row:
        """Return the row at a place of the table."""
        return self._rows[self._shown[index]]

    def number(self, index: int) -> int:
        """Return which row of the result stands at a place of the table."""
        return self._shown[index]

    def place(self, number: int) -> int | None:
        """Return where a row of the result stands in the table; None where it is not shown."""
        try:
            return self._shown.index(number)
        except ValueError:
            return None

    def shown(self) -> list[Row]:
        """Return the rows as they are shown."""
        return [self._rows[number] for number in self._shown]

    def arrange(self, order: Order | None, words: str) -> None:
        """Show the rows that contain every word, in this order; those without a value stand last."""
        self.order, self.words = order, words
        wanted = words.casefold().split()
        shown: Sequence[int] = range(len(self._rows))
        if wanted:
            texts = self._haystack()
            shown = [number for number in shown if all(word in texts[number] for word in wanted)]
        if order is not None:
            shown = self._sorted(shown, order)
        self._shown = shown

    def _haystack(self) -> list[str]:
        if not self._texts and self._rows:
            names = [column.name for column in self.columns]
            # A sign that nobody types keeps a match from spanning two cells.
            self._texts = [
                "\x1f".join([row[name] for name in names if name in row]).casefold() for row in self._rows
            ]
        return self._texts

    def _sorted(self, numbers: Sequence[int], order: Order) -> list[int]:
        rows, name = self._rows, order.name
        known = [number for number in numbers if name in rows[number]]
        missing = [number for number in numbers if name not in rows[number]]
        known.sort(key=lambda number: sort_key(rows[number][name]), reverse=order.is_descending)
        return [*known, *missing]


def sort_key(value: str) -> tuple[int, float, str]:
    """Return what a value is sorted by: numbers by size, after all text; text by its characters."""
    if is_number(value):
        return (1, float(value), "")
    return (0, 0.0, value)


def is_number(value: str) -> bool:
    """Whether a value is a number as the service prints it."""
    return _NUMBER.fullmatch(value) is not None


def cell_text(value: str) -> str:
    """Return a value on one line, its beginning at least."""
    if len(value) > _LONGEST:
        value = value[:_LONGEST]
    return value if value.isprintable() else one_line(value)


def short_number(value: str) -> str:
    """Return a number with its noise cut off: three decimals, four digits below 1; others as they are."""
    if len(value) < _NOISY or "." not in value or not is_number(value):
        return value
    number = float(value)
    text = f"{number:.3f}" if abs(number) >= 1 else f"{number:.4g}"
    return text.rstrip("0").rstrip(".") if "e" not in text else text


def _sample(rows: Sequence[Row]) -> Sequence[Row]:
    """Return some rows from everywhere, the first ones among them: they are seen first."""
    if len(rows) <= _SAMPLE:
        return rows
    step = len(rows) // (_SAMPLE // 2)
    return [*rows[: _SAMPLE // 2], *rows[_SAMPLE // 2 :: step]]


def _column(name: str, rows: Sequence[Row], widest: int) -> Column:
    title = cell_text(name)
    values = [row[name] for row in rows if name in row]
    is_numeric = bool(values) and all(map(is_number, values))
    if is_numeric:
        values = list(map(short_number, values))
    width = max([cell_len(title) + 2, *(cell_len(cell_text(value[:widest])) for value in values)])
    return Column(name, title, max(3, min(widest, width)), is_numeric)
