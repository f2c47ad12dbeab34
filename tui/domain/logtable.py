"""Lines of log in bounded memory: columns, texts and streams that grow, are pruned and searched together."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import Final

from tui.domain.logcolumns import GAP, LATE, Columns
from tui.domain.logsearch import find_in
from tui.domain.logstreams import Streams
from tui.domain.logtext import TextStore, chunk_of
from tui.domain.snapshots import LogEvent

_NO_FLOOR: Final = -(1 << 62)


class LogTable:
    """Rows in order of (time, key), addressed by index from the oldest kept on.

    Attributes:
        rows: The columns, to be read only.
        store: The texts, to be read only.
        streams: The names behind `rows.streams`.
        next_key: The key that the next row gets: those from an earlier value on are new since then.
        cleared_key: Rows of smaller keys were forgotten by `clear`.
        floor_ms: Time of the newest row pruned; older events have no place any more.
        dropped: Rows that went from the front since the start; numbers of rows begin there.
        pruned: Rows dropped for want of room since the last `clear`.
        edits: Grows when rows are inserted or removed anywhere but at the ends.
        version: Grows with every change.
    """

    def __init__(self, max_rows: int, max_bytes: int, *, show_group: bool) -> None:
        """Make an empty table.

        Args:
            max_rows: Most rows kept, at least 1.
            max_bytes: Most bytes of text kept; one row is kept whatever its size.
            show_group: Short names of streams are those of their groups.
        """
        self._max_rows = max(1, max_rows)
        self._max_bytes = max_bytes
        self._show_group = show_group
        self.next_key = self.cleared_key = self.dropped = self.pruned = self.edits = self.version = 0
        self._empty()

    def _empty(self) -> None:
        self.rows = Columns()
        self.store = TextStore()
        self.streams = Streams(show_group=self._show_group)
        self.floor_ms = _NO_FLOOR

    def __len__(self) -> int:
        return len(self.rows)

    def text(self, index: int) -> str:
        """Return the whole text of a row that is no gap."""
        return self.store.text(self.rows.positions[index], self.rows.sizes[index])

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices in a range of the rows whose text matches; raises as `find_in` does."""
        start, stop = max(0, start), max(0, stop)
        rows = self.rows
        hits = find_in(self.store, pattern, rows.positions[start:stop], rows.sizes[start:stop])
        return [start + index for index in hits]

    def find_among(self, pattern: re.Pattern[str], indices: Sequence[int]) -> list[int]:
        """Return those of the given indices, in their order, whose rows match; raises as `find_in` does."""
        positions, sizes = self.rows.positions, self.rows.sizes
        hits = find_in(
            self.store,
            pattern,
            [positions[index] for index in indices],
            [sizes[index] for index in indices],
        )
        return [indices[index] for index in hits]

    # ------------------------------------------------------------ changes

    def add(self, events: Sequence[LogEvent], times: Sequence[int], ranks: Sequence[int]) -> None:
        """Insert events where their times belong; call `prune` after.

        Args:
            events: In order of time.
            times: Theirs, epoch milliseconds.
            ranks: Of their severities.
        """
        rows = Columns()
        rows.times = array("q", times)
        rows.keys = array("q", range(self.next_key, self.next_key + len(events)))
        rows.ingested = array("q", [event.ingested_ms for event in events])
        rows.positions, rows.sizes = self.store.add([event.message for event in events])
        rows.streams = self.streams.numbers(events)
        rows.flags = array(
            "B",
            [rank | LATE if event.is_late else rank for rank, event in zip(ranks, events, strict=True)],
        )
        self._insert(rows)

    def add_gap(self, start_ms: int, end_ms: int) -> int:
        """Insert a row without text for a stretch that could not be read; return its key."""
        key = self.next_key
        row = Columns()
        row.append((start_ms, key, end_ms, -1, 0, 0, GAP))
        self._insert(row)
        return key

    def remove_gap(self, start_ms: int, key: int) -> None:
        """Remove the row of a gap."""
        self.rows.remove(self.rows.locate(start_ms, key))
        self.edits += 1
        self.version += 1

    def clear(self) -> None:
        """Forget all rows; they count as dropped."""
        self.dropped += len(self.rows)
        self.pruned = 0
        self.cleared_key = self.next_key
        self.version += 1
        self._empty()

    def prune(self) -> list[int]:
        """Drop rows from the front until the bounds hold; return the keys of gaps among them."""
        rows = self.rows
        count = max(0, len(rows) - self._max_rows)
        freed = sum(rows.sizes[:count])
        excess = self.store.live_bytes - self._max_bytes
        while freed < excess and count < len(rows) - 1:
            freed += rows.sizes[count]
            count += 1
        return self._drop(count, freed) if count else []

    def _insert(self, rows: Columns) -> None:
        self.next_key += len(rows)
        self.edits += self.rows.merge(rows) > 0
        self.version += 1

    def _drop(self, count: int, size: int) -> list[int]:
        rows = self.rows
        positions = rows.positions[:count]
        gaps = [rows.keys[index] for index, one in enumerate(positions) if one < 0]
        self.store.release([one for one in positions if one >= 0] if gaps else positions, size)
        self.streams.release(rows.streams[:count])
        self.floor_ms = rows.times[count - 1]
        rows.drop(count)
        self.dropped += count
        self.pruned += count
        self.version += 1
        self._compact()
        return gaps

    def _compact(self) -> None:
        """Move texts out of chunks that a few rows keep: those of a sender whose clock is ahead, say."""
        sparse = self.store.sparse()
        if not sparse:
            return
        rows = self.rows
        moved = [index for index, one in enumerate(rows.positions) if one >= 0 and chunk_of(one) in sparse]
        old = [rows.positions[index] for index in moved]
        sizes = [rows.sizes[index] for index in moved]
        positions, _ = self.store.add(map(self.store.text, old, sizes))
        self.store.release(old, sum(sizes))
        for index, position in zip(moved, positions, strict=True):
            rows.positions[index] = position
