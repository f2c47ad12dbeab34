"""The log streams of the lines in the buffer: a number each, their short names, lines by group."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tui.domain.snapshots import LogEvent
from widgets.text import one_line

_GROUP_WIDTH: Final = 16
_TASK_WIDTH: Final = 8


class Streams:
    """Numbers for (group, stream), from 1 on; a number is free again once no line has it.

    Number 0 belongs to lines that have no stream.
    """

    def __init__(self, *, show_group: bool = False) -> None:
        """Make an empty table.

        Args:
            show_group: Short names are those of the group instead of the task.
        """
        self._show_group = show_group
        self._numbers: dict[tuple[str, str], int] = {}
        self._names: list[tuple[str, str]] = [("", "")]
        self._shorts: list[str] = [""]
        self._lines: list[int] = [0]
        self._free: list[int] = []

    def numbers(self, events: Sequence[LogEvent]) -> array[int]:
        """Return the number of each event's stream, and count the lines."""
        known = self._numbers
        found = array("I")
        for event in events:
            name = event.group, event.stream
            number = known.get(name)
            found.append(self._add(name) if number is None else number)
        for number, count in Counter(found).items():
            self._lines[number] += count
        return found

    def release(self, numbers: Iterable[int]) -> None:
        """Take lines off the count; a stream without any is forgotten."""
        for number, count in Counter(numbers).items():
            if number:
                self._lines[number] -= count
                if not self._lines[number]:
                    del self._numbers[self._names[number]]
                    self._free.append(number)

    def names(self, number: int) -> tuple[str, str]:
        """Return group and stream."""
        return self._names[number]

    def short(self, number: int) -> str:
        """Return the short name for a row."""
        return self._shorts[number]

    def shorten(self, group: str, stream: str) -> str:
        """Return the group's last name, or the start of the task id that ends an awslogs stream name."""
        full = group if self._show_group else stream
        last = one_line(full.rstrip("/").rsplit("/", 1)[-1])
        return last[: _GROUP_WIDTH if self._show_group else _TASK_WIDTH]

    def groups(self) -> Mapping[str, int]:
        """Return how many lines there are of each group that has any."""
        counts: Counter[str] = Counter()
        for (group, _), number in self._numbers.items():
            counts[group] += self._lines[number]
        return counts

    def matching(self, hidden: frozenset[str], stream: str) -> frozenset[int]:
        """Return the numbers of streams outside the hidden groups, and with this name unless it is ""."""
        return frozenset(
            number
            for (group, name), number in self._numbers.items()
            if group not in hidden and (not stream or name == stream)
        )

    def _add(self, name: tuple[str, str]) -> int:
        short = self.shorten(*name)
        if self._free:
            number = self._free.pop()
            self._names[number], self._shorts[number] = name, short
        else:
            number = len(self._names)
            self._names.append(name)
            self._shorts.append(short)
            self._lines.append(0)
        self._numbers[name] = number
        return number
