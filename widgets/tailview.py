"""Which rows of a growing, pruned list of lines are on the screen: following its end, or frozen."""

from __future__ import annotations

from collections.abc import Callable

Spot = tuple[int, int]
"""(absolute line number, row within the line's wrapped rows). Absolute numbers survive pruning."""


class TailViewport:
    """A window of `height` rows over lines `first` .. `end` (exclusive), in absolute numbers.

    While it follows, the window ends at the newest line. Once frozen it stays at the same lines however
    many arrive or are pruned; only what is pruned away itself moves it.

    Attributes:
        following: Whether the window sticks to the newest line.
        cursor: Absolute number of the current line while frozen.
    """

    def __init__(self, rows_of: Callable[[int], int]) -> None:
        """Make a window that follows.

        Args:
            rows_of: Gives the rows (>= 1) that the line of an absolute number takes.
        """
        self._rows_of = rows_of
        self.first = 0
        self.end = 0
        self.height = 1
        self.following = True
        self.cursor = 0
        self.top: Spot = (0, 0)
        self._seen = 0

    def update(self, first: int, end: int, height: int) -> None:
        """Take the new bounds of the list and the height of the window."""
        if end < self.end or first < self.first:
            # The list was cleared or replaced: old numbers mean nothing in it.
            self._seen = min(self._seen, end)
        self.first, self.end, self.height = first, max(first, end), max(1, height)
        self._settle()

    @property
    def seen(self) -> int:
        """Number after the newest line that was on the screen; lines from there on are new."""
        return self._seen

    def renumber(self, first: int, end: int, *, top: int, cursor: int, seen: int, is_same_top: bool) -> None:
        """Take other numbers for the same lines: some were inserted or removed before the end.

        Args:
            first: Number of the oldest line.
            end: Number after the newest line.
            top: Number that the line at the top has in the new count.
            cursor: The same of the current line.
            seen: The same of the first line that was not seen yet.
            is_same_top: The line at the top still exists; else its successor stands there.
        """
        self.first, self.end = first, max(first, end)
        self.top = (top, self.top[1] if is_same_top else 0)
        self.cursor = cursor
        self._seen = seen

    def _settle(self) -> None:
        if self.following:
            self.top = self._last_top()
            self.cursor = max(self.first, self.end - 1)
            self._seen = self.end
            return
        self.top = min(max(self.top, (self.first, 0)), self._last_top())
        if self.first < self.end:
            # A narrower window wraps a line into fewer rows than the remembered one.
            self.top = (self.top[0], min(self.top[1], self._rows_of(self.top[0]) - 1))
        self.cursor = min(max(self.cursor, self.first), max(self.first, self.end - 1))

    def _last_top(self) -> Spot:
        """Return the top at which the newest row is the last of the window."""
        line, rows = self.end, 0
        while line > self.first and rows < self.height:
            line -= 1
            rows += self._rows_of(line)
        return (line, max(0, rows - self.height))

    def rows(self) -> list[Spot]:
        """Return the rows on the screen, at most `height`, from the top."""
        spots: list[Spot] = []
        line, row = self.top
        while line < self.end and len(spots) < self.height:
            spots.extend((line, one) for one in range(row, self._rows_of(line)))
            line, row = line + 1, 0
        del spots[self.height :]
        return spots

    def unseen(self) -> int:
        """Return how many lines have come since the window was frozen and were not shown yet."""
        if self.following:
            return 0
        shown = self.rows()
        if shown:
            self._seen = max(self._seen, shown[-1][0] + 1)
        return max(0, self.end - max(self._seen, self.first))

    def centre(self, line: int) -> None:
        """Freeze with the cursor on this line, in the middle of the window as far as there are lines."""
        self.following = False
        self.cursor = min(max(line, self.first), max(self.first, self.end - 1))
        if self.first == self.end:
            return
        above = max(0, self.height - self._rows_of(self.cursor)) // 2
        self.top = min(self._moved((self.cursor, 0), -above), self._last_top())

    def freeze(self) -> None:
        """Stay where the window is."""
        self.following = False

    def follow(self) -> None:
        """Stick to the newest line again."""
        self.following = True
        self._settle()

    def scroll(self, rows: int) -> None:
        """Move the window; upwards freezes it, reaching the end follows again."""
        last = self._last_top()
        if rows < 0 and last == (self.first, 0):
            return
        top = self._moved(self.top, rows)
        self.following = rows > 0 and top >= last
        self.top = min(top, last)
        if self.following:
            self._settle()
            return
        shown = self.rows()
        if shown:
            self.cursor = min(max(self.cursor, shown[0][0]), shown[-1][0])

    def move(self, lines: int) -> None:
        """Move the cursor and keep it in the window; beyond the newest line follows again."""
        if self.following and lines > 0:
            return
        if lines > 0 and self.cursor >= self.end - 1:
            self.follow()
            return
        # The first key marks the newest line; the next ones walk from there.
        step = 0 if self.following else lines
        self.following = False
        self.show(self.cursor + step)

    def home(self) -> None:
        """Freeze at the oldest line."""
        self.following = False
        self.cursor = self.first
        self.top = min((self.first, 0), self._last_top())

    def show(self, line: int, *, is_centred: bool = False) -> None:
        """Freeze with the cursor on this line, moving the window no further than needed.

        With `is_centred` a line that is not on the screen comes to its middle, to be read in context.
        """
        self.following = False
        self.cursor = min(max(line, self.first), max(self.first, self.end - 1))
        if self.first == self.end:
            return
        count = self._rows_of(self.cursor)
        bottom = (self.cursor, count - 1)
        shown = self.rows()
        is_off = self.top > (self.cursor, 0) or not shown or bottom > shown[-1]
        if is_centred and is_off:
            self.centre(self.cursor)
        elif self.top > (self.cursor, 0):
            self.top = (self.cursor, 0)
        elif not shown or bottom > shown[-1]:
            self.top = self._moved(bottom, 1 - min(self.height, count))
            self.top = self._moved(self.top, -max(0, self.height - count))

    def _moved(self, spot: Spot, rows: int) -> Spot:
        """Return the spot `rows` rows further, at most the ends of the list."""
        line, row = spot[0], spot[1] + rows
        while row < 0 and line > self.first:
            line -= 1
            row += self._rows_of(line)
        while line < self.end and row >= self._rows_of(line):
            row -= self._rows_of(line)
            line += 1
        return (line, max(0, row))
