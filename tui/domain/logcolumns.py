"""The columns of the log buffer: one array a field, in order of (time, key)."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

LATE: Final = 8
GAP: Final = 16
RANK: Final = 7
"""Of a flags byte: the bits of the severity's rank."""


class Columns:
    """Rows of equal length in typed arrays.

    Attributes:
        times: Epoch milliseconds, ascending.
        keys: Grow with arrival; ascending among equal times.
        ingested: Epoch milliseconds.
        positions: Where the text lies; -1 for a gap.
        sizes: Bytes of the text with its separator; 0 for a gap.
        streams: Number of the stream.
        flags: Rank of the severity, `LATE`, `GAP`.
    """

    __slots__ = ("flags", "ingested", "keys", "positions", "sizes", "streams", "times")

    def __init__(self) -> None:
        self.times: array[int] = array("q")
        self.keys: array[int] = array("q")
        self.ingested: array[int] = array("q")
        self.positions: array[int] = array("q")
        self.sizes: array[int] = array("I")
        self.streams: array[int] = array("I")
        self.flags: array[int] = array("B")

    def __len__(self) -> int:
        return len(self.times)

    def _all(self) -> tuple[array[int], ...]:
        return (
            self.times, self.keys, self.ingested, self.positions, self.sizes, self.streams, self.flags,
        )  # fmt: skip

    def append(self, row: tuple[int, int, int, int, int, int, int]) -> None:
        """Add one row at the end: time, key, ingested, position, size, stream, flags."""
        for column, value in zip(self._all(), row, strict=True):
            column.append(value)

    def merge(self, other: Columns) -> int:
        """Insert rows whose keys are greater than all here, each after those of its time.

        Returns:
            How many rows from here lie behind the first row inserted; 0 when all were appended.
        """
        plan = merge_plan(self.times, other.times)
        first = plan[0][0] if plan else len(self)
        behind = len(self) - first
        for column, added in zip(self._all(), other._all(), strict=True):
            splice(column, added, plan)
        return behind

    def drop(self, count: int) -> None:
        """Remove rows from the front."""
        for column in self._all():
            del column[:count]

    def remove(self, index: int) -> None:
        """Remove one row."""
        for column in self._all():
            del column[index]

    def since(self, start: int) -> Columns:
        """Return a copy of the rows from an index on."""
        copy = Columns()
        for column, into in zip(self._all(), copy._all(), strict=True):
            into.extend(column[start:])
        return copy

    def locate(self, time_ms: int, key: int) -> int:
        """Return the index of the first row not before (time, key)."""
        return locate(self.times, self.keys, time_ms, key)


def locate(times: Sequence[int], keys: Sequence[int], time_ms: int, key: int) -> int:
    """Return the index of the first of the rows ordered by (time, key) that is not before a place."""
    low = bisect_left(times, time_ms)
    return bisect_left(keys, key, low, bisect_right(times, time_ms, low))


def merge_plan(times: Sequence[int], added: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return where rows go that come after all of their own time.

    Args:
        times: Of the rows that are there, ascending.
        added: Of the new rows, ascending.

    Returns:
        (index among `times`, start, stop of `added`) in ascending order; a stretch that goes to one
        place is one entry.
    """
    plan: list[tuple[int, int, int]] = []
    start, size = 0, len(added)
    while start < size:
        place = bisect_right(times, added[start])
        stop = size if place == len(times) else bisect_left(added, times[place], start)
        plan.append((place, start, stop))
        start = stop
    return plan


def splice(column: array[int], added: array[int], plan: Iterable[tuple[int, int, int]]) -> None:
    """Insert the stretches of a `merge_plan`; only what lies behind the first is moved."""
    tail: array[int] | None = None
    first = done = 0
    for place, start, stop in plan:
        if tail is None:
            first = done = place
            tail = column[place:]
            del column[place:]
        column.extend(tail[done - first : place - first])
        column.extend(added[start:stop])
        done = place
    if tail is not None:
        column.extend(tail[done - first :])
