"""The stretches that could not be read, as lines of their own among the lines of the log buffer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from config.levels import Level
from tui.domain.logtable import LogTable
from tui.domain.snapshots import LogGap
from widgets.model import LogLine


class GapLines:
    """One row of a table for each gap that is open, at its start."""

    def __init__(self, table: LogTable) -> None:
        self._table = table
        self._keys: dict[int, int] = {}
        self._gaps: dict[int, LogGap] = {}

    @property
    def keys(self) -> Collection[int]:
        """Keys of the rows."""
        return self._gaps.keys()

    def show(self, gaps: Iterable[LogGap]) -> None:
        """Show exactly these gaps; one that changed gets a new key, so that no cache keeps its old text.

        A gap that begins among pruned lines is not shown.
        """
        open_now = {gap.id: gap for gap in gaps}
        for number, key in list(self._keys.items()):
            if open_now.get(number) != self._gaps[key]:
                self._table.remove_gap(self._gaps[key].start_ms, key)
                self.forget([key])
        for gap in open_now.values():
            if gap.id not in self._keys and gap.start_ms >= self._table.floor_ms:
                key = self._table.add_gap(gap.start_ms, gap.end_ms)
                self._keys[gap.id] = key
                self._gaps[key] = gap

    def forget(self, keys: Iterable[int]) -> None:
        """Take note that rows are gone."""
        for key in keys:
            del self._keys[self._gaps.pop(key).id]

    def line(self, key: int) -> LogLine:
        """Return the line of a gap."""
        gap = self._gaps[key]
        source = self._table.streams.shorten(gap.group, "")
        return LogLine(key, gap.start_ms, Level.WARNING, "GAP", source, gap_text(gap), is_gap=True)


def gap_text(gap: LogGap) -> str:
    """Return "gap 12:01:10 - 12:01:40 UTC could not be read (throttled)"."""
    start, end = (
        datetime.fromtimestamp(one / 1000, UTC).strftime("%H:%M:%S") for one in (gap.start_ms, gap.end_ms)
    )
    return f"gap {start} - {end} UTC could not be read" + (f" ({gap.reason})" if gap.reason else "")
