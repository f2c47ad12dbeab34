"""A bounded buffer of log events that the tail draws from; rows are parsed when they are looked at."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from tui.domain.loglines import parse
from tui.domain.snapshots import LogEvent
from widgets.model import LogLine
from widgets.text import one_line

RATE_SPAN_S = 10.0
"""Seconds over which the arrival rate is averaged."""
_SOURCE_WIDTH = 16
_TASK_WIDTH = 8
_PARSED_KEPT = 512


BACKLOG_S: Final = 60.0
"""Lines older than this when they arrive do not count for the rate, seconds."""


class _Record(NamedTuple):
    key: int
    time_ms: int
    source: str
    message: str


class LineBuffer:
    """The newest `capacity` log lines; implements `widgets.model.LogBuffer`.

    Events arrive in order of time and without duplicates: the source sees to both. Not safe for use
    from several threads: append on the event loop.
    """

    def __init__(self, capacity: int = 100_000, *, show_group: bool = False) -> None:
        """Make an empty buffer.

        Args:
            capacity: Most lines kept, at least 1; the oldest go first.
            show_group: Name lines by their log group (several are followed) instead of their task.
        """
        self._capacity = max(1, capacity)
        self._show_group = show_group
        self._ring: list[_Record] = []
        self._head = 0
        self._added = 0
        self._version = 0
        self._arrivals: deque[tuple[float, int]] = deque()
        self._parsed: OrderedDict[int, LogLine] = OrderedDict()
        self._sources: dict[str, str] = {}

    @property
    def dropped(self) -> int:
        """Lines pruned from the front since the start."""
        return self._added - len(self._ring)

    @property
    def added(self) -> int:
        """Lines received since the start."""
        return self._added

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    def __len__(self) -> int:
        return len(self._ring)

    def extend(self, events: Iterable[LogEvent], at_s: float) -> int:
        """Append events in the given order and return how many there were.

        Args:
            events: In order of time, sanitised.
            at_s: When they arrived, epoch seconds; feeds `per_second`.
        """
        before = self._added
        recent = 0
        for event in events:
            self._append(_Record(self._added, event.time_ms, self._source(event), event.message))
            recent += event.time_ms >= (at_s - BACKLOG_S) * 1000
        count = self._added - before
        if count:
            self._version += 1
            # The minutes read at the start are no rate.
            self._arrivals.append((at_s, recent))
            self._forget_arrivals(at_s)
        return count

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Return the lines of a range, clipped to what there is; 0 is the oldest kept."""
        size = len(self._ring)
        first, last = max(0, start), min(size, stop)
        return [self._line(self._ring[(self._head + index) % size]) for index in range(first, last)]

    def per_second(self, now_s: float) -> float:
        """Return how many lines arrived per second over the last `RATE_SPAN_S` seconds."""
        self._forget_arrivals(now_s)
        return sum(count for _, count in self._arrivals) / RATE_SPAN_S

    def clear(self) -> None:
        """Forget all lines; they count as dropped."""
        self._ring.clear()
        self._parsed.clear()
        self._arrivals.clear()
        self._head = 0
        self._version += 1

    def _append(self, record: _Record) -> None:
        if len(self._ring) < self._capacity:
            self._ring.append(record)
        else:
            self._ring[self._head] = record
            self._head = (self._head + 1) % self._capacity
        self._added += 1

    def _line(self, record: _Record) -> LogLine:
        known = self._parsed.get(record.key)
        if known is not None:
            self._parsed.move_to_end(record.key)
            return known
        parsed = parse(record.message)
        line = LogLine(record.key, record.time_ms, parsed.level, parsed.tag, record.source, parsed.text)
        self._parsed[record.key] = line
        if len(self._parsed) > _PARSED_KEPT:
            self._parsed.popitem(last=False)
        return line

    def _source(self, event: LogEvent) -> str:
        """Return the group's last name, or the start of the task id that ends an awslogs stream name."""
        full = event.group if self._show_group else event.stream
        short = self._sources.get(full)
        if short is None:
            last = one_line(full.rstrip("/").rsplit("/", 1)[-1])
            short = last[: _SOURCE_WIDTH if self._show_group else _TASK_WIDTH]
            # Streams come and go with tasks; a fresh table costs less than an unbounded one.
            if len(self._sources) > 10_000:
                self._sources.clear()
            self._sources[full] = short
        return short

    def _forget_arrivals(self, now_s: float) -> None:
        while self._arrivals and self._arrivals[0][0] <= now_s - RATE_SPAN_S:
            self._arrivals.popleft()
