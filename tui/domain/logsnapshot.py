"""The events of the log buffer at one moment, read by another thread while the buffer goes on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from tui.domain.logcolumns import GAP, LATE
from tui.domain.logtable import LogTable
from tui.domain.snapshots import LogEvent


class LogSnapshot:
    """What a table held when this was made.

    Args:
        table: Its columns are copied, its texts shared.
    """

    def __init__(self, table: LogTable) -> None:
        self._rows = table.rows.since(0)
        self._store = table.store.copy()
        self._names = {number: table.streams.names(number) for number in set(self._rows.streams)}

    def __len__(self) -> int:
        return len(self._rows)

    def events(self, start_ms: int, end_ms: int) -> Iterator[LogEvent]:
        """Yield the events of a range, both ends inclusive, in order of time; gaps are none."""
        rows = self._rows
        first, last = bisect_left(rows.times, start_ms), bisect_right(rows.times, end_ms)
        for index in range(first, last):
            if rows.flags[index] & GAP:
                continue
            group, stream = self._names[rows.streams[index]]
            text = self._store.text(rows.positions[index], rows.sizes[index])
            is_late = bool(rows.flags[index] & LATE)
            yield LogEvent("", rows.times[index], rows.ingested[index], group, stream, text, is_late)
