"""A bounded buffer of log events that the tail draws from; rows are parsed when they are looked at."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final

from config.levels import Level
from tui.domain.logcolumns import GAP, LATE, RANK, Columns
from tui.domain.loglines import ERROR_RANK, LEVELS, RANKS, SEVERITIES, row_text, severity
from tui.domain.lograte import BACKLOG_S, ArrivalRates
from tui.domain.logsearch import find_in
from tui.domain.logstreams import Streams
from tui.domain.logtext import TextStore, chunk_of
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from widgets.model import LogLine, RateView

_PARSED_KEPT: Final = 512
_NO_FLOOR: Final = -(1 << 62)


class LineBuffer:
    """The newest log lines, bounded by count and by bytes; implements `widgets.model.LogBuffer`.

    Batches come without duplicates: the source sees to that. A batch of newer events is appended; late
    ones are inserted where they belong. Open gaps stand among the lines as lines of their own. Not safe
    for use from several threads: take batches on the event loop.

    Attributes:
        rates: Arrivals per second.
        added: Events received since the start.
        errors: Those of them that are errors or worse.
        too_old: Late events older than everything kept in a full buffer: received, never shown. They are
            not in `dropped`, which numbers the lines.
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
        self._max_lines = max(1, max_lines)
        self._max_bytes = max_bytes
        self._fields = tuple(fields)
        self._show_group = show_group
        self._rows = Columns()
        self._store = TextStore()
        self._streams = Streams(show_group=show_group)
        self._gaps: dict[int, tuple[LogGap, int]] = {}
        self._gap_of: dict[int, LogGap] = {}
        self._parsed: OrderedDict[int, LogLine] = OrderedDict()
        self._next_key = self._dropped = self._version = self._edits = 0
        self._floor_ms = _NO_FLOOR
        self._cleared_key = 0

    # ------------------------------------------------------------ what the tail sees

    @property
    def dropped(self) -> int:
        """Lines pruned from the front since the start."""
        return self._dropped

    @property
    def version(self) -> int:
        """Grows with every change."""
        return self._version

    @property
    def edits(self) -> int:
        """Grows when lines are inserted or removed anywhere but at the ends."""
        return self._edits

    @property
    def next_key(self) -> int:
        """The key that the next line gets: those from an earlier value on are new since then."""
        return self._next_key

    @property
    def cleared_key(self) -> int:
        """Lines of smaller keys were forgotten by `clear`."""
        return self._cleared_key

    @property
    def gap_keys(self) -> Collection[int]:
        """Keys of the gaps that stand among the lines."""
        return self._gap_of.keys()

    @property
    def rows(self) -> Columns:
        """The columns, to be read only."""
        return self._rows

    @property
    def store(self) -> TextStore:
        """The texts, to be read only."""
        return self._store

    @property
    def streams(self) -> Streams:
        """The names behind `rows.streams`."""
        return self._streams

    def __len__(self) -> int:
        return len(self._rows)

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Return the lines of a range, clipped to what there is; 0 is the oldest kept."""
        return [self._line(index) for index in range(max(0, start), min(len(self._rows), stop))]

    def locate(self, time_ms: int, key: int = 0) -> int:
        """Return the index of the first line not before (time_ms, key); `len` when all are."""
        return self._rows.locate(time_ms, key)

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices in a range, ascending, of the lines whose whole event text matches.

        A newline within an event is tried as a vertical tab, so that `.` matches it as it does the sign
        in the row. A gap never matches.

        Raises:
            logsearch.SlowPatternError: The pattern backtracks without end.
        """
        start, stop = max(0, start), max(0, stop)
        rows = self._rows
        hits = find_in(self._store, pattern, rows.positions[start:stop], rows.sizes[start:stop])
        return [start + index for index in hits]

    def find_among(self, pattern: re.Pattern[str], indices: Sequence[int]) -> list[int]:
        """Return those of the given indices, in their order, whose lines match; raises as `find` does."""
        positions, sizes = self._rows.positions, self._rows.sizes
        hits = find_in(
            self._store,
            pattern,
            [positions[index] for index in indices],
            [sizes[index] for index in indices],
        )
        return [indices[index] for index in hits]

    def event(self, time_ms: int, key: int) -> LogEvent | None:
        """Return the whole event of a line; None for a gap and once the line is pruned.

        Its `id` is "": a hundred thousand of them would cost a third of the memory of their texts.
        """
        rows = self._rows
        index = rows.locate(time_ms, key)
        if index == len(rows) or rows.keys[index] != key or rows.flags[index] & GAP:
            return None
        group, stream = self._streams.names(rows.streams[index])
        text = self._store.text(rows.positions[index], rows.sizes[index])
        is_late = bool(rows.flags[index] & LATE)
        return LogEvent("", rows.times[index], rows.ingested[index], group, stream, text, is_late)

    def groups(self) -> Mapping[str, int]:
        """Return how many lines are kept of each group that has any."""
        return self._streams.groups()

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
        open_now = {gap.id: gap for gap in gaps}
        for gap, key in list(self._gaps.values()):
            if open_now.get(gap.id) != gap:
                self._remove_gap(gap, key)
        for gap in open_now.values():
            if gap.id not in self._gaps:
                self._insert_gap(gap)
        self._prune()

    def clear(self) -> None:
        """Forget all lines; they count as dropped."""
        self._dropped += len(self._rows)
        self._rows = Columns()
        self._store = TextStore()
        self._streams = Streams(show_group=self._show_group)
        self._parsed.clear()
        self._gaps.clear()
        self._gap_of.clear()
        self.rates.clear()
        self._floor_ms = _NO_FLOOR
        self._cleared_key = self._next_key
        self._version += 1

    def _take_events(self, events: Sequence[LogEvent], at_s: float) -> None:
        times = [event.time_ms for event in events]
        if any(map(int.__gt__, times, times[1:])):
            events = sorted(events, key=attrgetter("time_ms"))
            times.sort()
        ranks = [RANKS[severity(event.message)] for event in events]
        recent = bisect_left(times, (at_s - BACKLOG_S) * 1000)
        self.rates.add(at_s, len(events) - recent, sum(rank >= ERROR_RANK for rank in ranks[recent:]))
        self.added += len(events)
        self.errors += sum(rank >= ERROR_RANK for rank in ranks)
        first = bisect_left(times, self._floor_ms)
        self.too_old += first
        if first < len(events):
            self._insert(self._columns(events[first:], times[first:], ranks[first:]))
            self._prune()

    def _columns(self, events: Sequence[LogEvent], times: list[int], ranks: list[int]) -> Columns:
        rows = Columns()
        rows.times = array("q", times)
        rows.keys = array("q", range(self._next_key, self._next_key + len(events)))
        rows.ingested = array("q", [event.ingested_ms for event in events])
        rows.positions, rows.sizes = self._store.add([event.message for event in events])
        rows.streams = self._streams.numbers(events)
        rows.flags = array(
            "B",
            [rank | LATE if event.is_late else rank for rank, event in zip(ranks, events, strict=True)],
        )
        return rows

    def _insert(self, rows: Columns) -> None:
        self._next_key += len(rows)
        self._edits += self._rows.merge(rows) > 0
        self._version += 1

    def _insert_gap(self, gap: LogGap) -> None:
        if gap.start_ms < self._floor_ms:
            # It stands among lines that are pruned.
            return
        key = self._next_key
        row = Columns()
        row.append((gap.start_ms, key, gap.end_ms, -1, 0, 0, GAP))
        self._gaps[gap.id] = gap, key
        self._gap_of[key] = gap
        self._insert(row)

    def _remove_gap(self, gap: LogGap, key: int) -> None:
        self._rows.remove(self._rows.locate(gap.start_ms, key))
        del self._gaps[gap.id], self._gap_of[key]
        self._edits += 1
        self._version += 1

    # ------------------------------------------------------------ bounds

    def _prune(self) -> None:
        rows = self._rows
        count = max(0, len(rows) - self._max_lines)
        freed = sum(rows.sizes[:count])
        excess = self._store.live_bytes - self._max_bytes
        while freed < excess and count < len(rows) - 1:
            freed += rows.sizes[count]
            count += 1
        if count:
            self._drop(count, freed)

    def _drop(self, count: int, size: int) -> None:
        rows = self._rows
        if self._gaps:
            for key, flags in zip(rows.keys[:count], rows.flags[:count], strict=True):
                if flags & GAP:
                    del self._gaps[self._gap_of.pop(key).id]
        self._store.release([one for one in rows.positions[:count] if one >= 0], size)
        self._streams.release(rows.streams[:count])
        self._floor_ms = rows.times[count - 1]
        rows.drop(count)
        self._dropped += count
        self._version += 1
        self._compact()

    def _compact(self) -> None:
        """Move texts out of chunks that a few lines keep: those of a sender whose clock is ahead, say."""
        sparse = self._store.sparse()
        if not sparse:
            return
        rows = self._rows
        moved = [index for index, one in enumerate(rows.positions) if one >= 0 and chunk_of(one) in sparse]
        old = [rows.positions[index] for index in moved]
        sizes = [rows.sizes[index] for index in moved]
        positions, _ = self._store.add(map(self._store.text, old, sizes))
        self._store.release(old, sum(sizes))
        for index, position in zip(moved, positions, strict=True):
            rows.positions[index] = position

    # ------------------------------------------------------------ rows

    def _line(self, index: int) -> LogLine:
        key = self._rows.keys[index]
        known = self._parsed.get(key)
        if known is not None:
            self._parsed.move_to_end(key)
            return known
        line = self._gap_line(key) if self._rows.flags[index] & GAP else self._event_line(index, key)
        self._parsed[key] = line
        if len(self._parsed) > _PARSED_KEPT:
            self._parsed.popitem(last=False)
        return line

    def _event_line(self, index: int, key: int) -> LogLine:
        rows = self._rows
        flags = rows.flags[index]
        tag = SEVERITIES[flags & RANK]
        text = row_text(self._store.text(rows.positions[index], rows.sizes[index]), self._fields)
        source = self._streams.short(rows.streams[index])
        return LogLine(key, rows.times[index], LEVELS.get(tag), tag, source, text, bool(flags & LATE))

    def _gap_line(self, key: int) -> LogLine:
        gap = self._gap_of[key]
        source = self._streams.shorten(gap.group, "")
        return LogLine(key, gap.start_ms, Level.WARNING, "GAP", source, gap_text(gap), is_gap=True)


def gap_text(gap: LogGap) -> str:
    """Return "gap 12:01:10 - 12:01:40 UTC could not be read (throttled)"."""
    start, end = (
        datetime.fromtimestamp(one / 1000, UTC).strftime("%H:%M:%S") for one in (gap.start_ms, gap.end_ms)
    )
    return f"gap {start} - {end} UTC could not be read" + (f" ({gap.reason})" if gap.reason else "")
