"""A bounded buffer of log events that the tail draws from; rows are parsed when they are looked at."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from tui.domain.logcolumns import GAP, LATE, RANK
from tui.domain.loggaps import GapLines
from tui.domain.loglines import ERROR_RANK, LEVELS, RANKS, SEVERITIES, row_text, severity
from tui.domain.lograte import ArrivalRates
from tui.domain.logtable import LogTable
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from widgets.model import LogLine, RateView

_PARSED_KEPT: Final = 512


class LineBuffer:
    """The newest log lines, bounded by count and by bytes; implements `widgets.model.LogBuffer`.

    Batches come without duplicates: the source sees to that. A batch of newer events is appended; late
    ones are inserted where they belong. Open gaps stand among the lines as lines of their own. Not safe
    for use from several threads: take batches on the event loop.

    Attributes:
        rates: Lines and errors per second.
        added: Events received since the start or the last `clear`.
        errors: Those of them that are errors or worse.
        too_old: Those of them that were older than everything kept in a full buffer: never shown.
    """

    def __init__(
        self,
        max_lines: int = 100_000,
        max_bytes: int = 64_000_000,
        *,
        show_group: bool = False,
        fields: Sequence[str] = (),
    ) -> None:
        """Make an empty buffer.

        Args:
            max_lines: Most lines kept, at least 1; the oldest go first.
            max_bytes: Most bytes of text kept (UTF-8); one line is kept whatever its size.
            show_group: Name lines by their log group (several are followed) instead of their task.
            fields: Dotted paths of JSON fields shown first in a row.
        """
        self.rates = ArrivalRates()
        self.added = self.errors = self.too_old = 0
        self._fields = tuple(fields)
        self._table = LogTable(max_lines, max_bytes, show_group=show_group)
        self._gaps = GapLines(self._table)
        self._parsed: OrderedDict[int, LogLine] = OrderedDict()

    # ------------------------------------------------------------ what the tail sees

    @property
    def dropped(self) -> int:
        """Lines that went from the front since the start: numbers of lines begin there."""
        return self._table.dropped

    @property
    def lost(self) -> int:
        """Events received since the last `clear` for which there was no room."""
        return self._table.pruned + self.too_old

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._table.version

    @property
    def edits(self) -> int:
        """Grows when lines are inserted or removed anywhere but at the ends."""
        return self._table.edits

    @property
    def table(self) -> LogTable:
        """The rows behind the lines, to be read only."""
        return self._table

    @property
    def gap_keys(self) -> Collection[int]:
        """Keys of the gaps that stand among the lines."""
        return self._gaps.keys

    def __len__(self) -> int:
        return len(self._table.rows)

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Return the lines of a range, clipped to what there is; 0 is the oldest kept."""
        return [self._line(index) for index in range(max(0, start), min(len(self._table.rows), stop))]

    def locate(self, time_ms: int, key: int = 0) -> int:
        """Return the index of the first line not before (time_ms, key); `len` when all are."""
        return self._table.rows.locate(time_ms, key)

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices in a range, ascending, of the lines whose whole event text matches.

        A newline within an event is tried as a vertical tab, so that `.` matches it as it does the sign
        in the row. A gap never matches.

        Raises:
            logsearch.SlowPatternError: The pattern backtracks without end.
        """
        return self._table.find(pattern, start, stop)

    def event(self, time_ms: int, key: int) -> LogEvent | None:
        """Return the whole event of a line; None for a gap and once the line is pruned.

        Its `id` is "": a hundred thousand of them would cost a third of the memory of their texts.
        """
        rows = self._table.rows
        index = rows.locate(time_ms, key)
        if index == len(rows) or rows.keys[index] != key or rows.flags[index] & GAP:
            return None
        group, stream = self._table.streams.names(rows.streams[index])
        text = self._table.text(index)
        is_late = bool(rows.flags[index] & LATE)
        return LogEvent("", rows.times[index], rows.ingested[index], group, stream, text, is_late)

    def snapshot(self) -> Callable[[], list[LogEvent]]:
        """Return what gives the events that are kept now, in order of time.

        To be called on another thread: a hundred thousand texts take longer than a frame.
        """
        rows = self._table.rows
        columns = list(
            map(list, (rows.times, rows.ingested, rows.positions, rows.sizes, rows.streams, rows.flags))
        )
        names = {number: self._table.streams.names(number) for number in set(columns[4])}
        text = self._table.store.view()

        def events() -> list[LogEvent]:
            return [
                LogEvent("", time, ingested, *names[stream], text(position, size))
                for time, ingested, position, size, stream, flags in zip(*columns, strict=True)
                if not flags & GAP
            ]

        return events

    def groups(self) -> Mapping[str, int]:
        """Return how many lines are kept of each group that has any."""
        return self._table.streams.groups()

    def per_second(self, now_s: float) -> float:
        """Return how many lines arrive per second, averaged over some seconds."""
        return self.rates.per_second(now_s)

    def rate_view(self, now_s: float) -> RateView:
        """Return lines and errors per second over the last minutes."""
        return self.rates.view(now_s)

    # ------------------------------------------------------------ what the source brings

    def take(self, batch: LogBatch) -> int:
        """Take new events and the gaps that are open now; return how many events there were."""
        if batch.events:
            self._take_events(batch.events, batch.at_s)
        self.set_gaps(batch.gaps)
        return len(batch.events)

    def extend(self, events: Iterable[LogEvent], at_s: float) -> int:
        """Take events that come without gaps."""
        return self.take(LogBatch(at_s, tuple(events)))

    def set_gaps(self, gaps: Iterable[LogGap]) -> None:
        """Show exactly these gaps, each at its start; one that grew changes, one that is missing goes."""
        self._gaps.show(gaps)
        self._prune()

    def clear(self) -> None:
        """Forget all lines, and count events anew; numbers of lines go on."""
        self.added = self.errors = self.too_old = 0
        self._table.clear()
        self._parsed.clear()
        self._gaps.forget(list(self._gaps.keys))
        self.rates.clear()

    def _take_events(self, events: Sequence[LogEvent], at_s: float) -> None:
        times = [event.time_ms for event in events]
        if any(map(int.__gt__, times, times[1:])):
            events = sorted(events, key=attrgetter("time_ms"))
            times.sort()
        ranks = [RANKS[severity(event.message)] for event in events]
        self.rates.add(at_s, times, ranks)
        self.added += len(events)
        self.errors += sum(rank >= ERROR_RANK for rank in ranks)
        first = bisect_left(times, self._table.floor_ms)
        self.too_old += first
        if first < len(events):
            self._table.add(events[first:], times[first:], ranks[first:])
            self._prune()

    def _prune(self) -> None:
        self._gaps.forget(self._table.prune())

    # ------------------------------------------------------------ rows

    def _line(self, index: int) -> LogLine:
        key = self._table.rows.keys[index]
        known = self._parsed.get(key)
        if known is not None:
            self._parsed.move_to_end(key)
            return known
        line = self._gaps.line(key) if self._table.rows.flags[index] & GAP else self._event_line(index, key)
        self._parsed[key] = line
        if len(self._parsed) > _PARSED_KEPT:
            self._parsed.popitem(last=False)
        return line

    def _event_line(self, index: int, key: int) -> LogLine:
        rows = self._table.rows
        flags = rows.flags[index]
        tag = SEVERITIES[flags & RANK]
        text = row_text(self._table.text(index), self._fields)
        source = self._table.streams.short(rows.streams[index])
        return LogLine(key, rows.times[index], LEVELS.get(tag), tag, source, text, bool(flags & LATE))
