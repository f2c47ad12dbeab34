"""A widget of one row that paints only the cells in which its text changed."""

from __future__ import annotations

from abc import abstractmethod

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from widgets.cells import cell_len


def changed_cells(old: Content, new: Content) -> tuple[int, int]:
    """Return the first cell in which two rows differ and the one after the last; equal where none does."""
    before, after = _signs(old), _signs(new)
    count = min(len(before), len(after))
    same = next((index for index in range(count) if before[index] != after[index]), count)
    if same == len(before) == len(after):
        return 0, 0
    start, end = cell_len(new.plain[:same]), max(old.cell_length, new.cell_length)
    if old.cell_length == new.cell_length:
        # What stands behind the change has not moved.
        tail = next(
            (index for index in range(count - same) if before[-1 - index] != after[-1 - index]), count - same
        )
        end -= cell_len(new.plain[len(after) - tail :])
    return start, end


def _signs(content: Content) -> list[tuple[str, tuple[str, ...]]]:
    """Return each character with the styles that lie on it."""
    styles: list[tuple[str, ...]] = [()] * len(content.plain)
    for span in content.spans:
        for index in range(span.start, min(span.end, len(styles))):
            styles[index] += (str(span.style),)
    return list(zip(content.plain, styles, strict=True))


class OneRow(Widget):
    """Draws what `row` returns."""

    _painted = Content("")

    @abstractmethod
    def row(self, width: int) -> Content:
        """Return the row, `width` cells wide."""

    def paint_changes(self) -> None:
        """Paint the cells in which the row differs from what was painted last."""
        start, end = changed_cells(self._painted, self.row(self.size.width))
        if start < end:
            self.refresh(Region(start, 0, end - start, 1))

    def render(self) -> Content:
        """Return the row across the widget's width."""
        self._painted = self.row(self.size.width)
        return self._painted
