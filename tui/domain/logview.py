"""The lines of the log buffer that pass a filter, kept up to date as the buffer changes."""

from __future__ import annotations

import enum
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.logbuffer import LineBuffer
from tui.domain.logcolumns import GAP, RANK, locate, merge_plan, splice
from tui.domain.loglines import RANKS
from tui.domain.logsearch import SlowPatternError
from widgets.model import LogLine


class Floor(enum.IntEnum):
    """The mildest severity that passes; the value is its rank."""

    ALL = 0
    INFO = RANKS["INFO"]
    WARN = RANKS["WARN"]
    ERROR = RANKS["ERROR"]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What a line must be to be shown; gaps always are."""

    level: Floor = Floor.ALL
    """This severity and worse; a line without a recognised one passes ALL and INFO."""
    text: re.Pattern[str] | None = None
    """Looked for in the whole event."""
    inverted: bool = False
    """Show what `text` does not match."""
    hidden: frozenset[str] = frozenset()
    """Names of log groups that are not shown."""
    stream: str = ""
    """The only stream shown; "" for all."""

    @property
    def is_empty(self) -> bool:
        """Whether every line passes."""
        return not (self.level or self.text or self.hidden or self.stream)


class LogView:
    """The lines of a `LineBuffer` that pass a `LogFilter`; implements `widgets.model.LogBuffer` itself.

    Without a filter it passes everything on. With one it remembers (time, key) of the lines that pass, so
    that late lines before them change nothing, and tests only what is new. It looks at the buffer whenever
    it is asked.

    Attributes:
        problem: Why the text filter is not applied to new lines (they take too long to try); "" if it is.
    """

    def __init__(self, buffer: LineBuffer) -> None:
        """Show all lines of a buffer."""
        self.problem = ""
        self._buffer = buffer
        self._filter = LogFilter()
        self._times: array[int] = array("q")
        self._keys: array[int] = array("q")
        self._gaps: set[tuple[int, int]] = set()
        self._dropped = self._edits = self._version = 0
        self._seen_version = self._seen_edits = self._seen_key = 0
        # What passes unfiltered counts on from here.
        self._base = 0, 0

    # ------------------------------------------------------------ the filter

    @property
    def filter(self) -> LogFilter:
        """What is shown."""
        return self._filter

    def set_filter(self, wanted: LogFilter) -> None:
        """Show other lines; numbers of lines change.

        Raises:
            SlowPatternError: The text takes too long to look for; the filter stays as it was.
        """
        if wanted == self._filter:
            return
        selected = [] if wanted.is_empty else self._select(wanted, range(len(self._buffer)))
        edits, version, dropped = self.edits, self.version, self.dropped
        buffer = self._buffer
        self._filter, self.problem = wanted, ""
        self._edits, self._version, self._dropped = edits + 1, version + 1, dropped
        self._base = buffer.edits, buffer.version
        self._times = array("q", [buffer.table.rows.times[index] for index in selected])
        self._keys = array("q", [buffer.table.rows.keys[index] for index in selected])
        self._gaps.clear()
        self._note_gaps(selected)
        self._remember()

    @property
    def kept_of(self) -> tuple[int, int]:
        """How many lines pass, of how many."""
        return len(self), len(self._buffer)

    def refresh(self) -> None:
        """Take up what changed in the buffer; every other method does so first."""
        if self._filter.is_empty or self._buffer.version == self._seen_version:
            return
        # A gap that closed at the front is not pruned: gaps go first.
        changed = self._buffer.edits != self._seen_edits and self._forget_gaps()
        changed |= self._prune()
        changed |= self._admit(self._new())
        self._version += changed
        self._remember()

    # ------------------------------------------------------------ what the tail sees

    @property
    def dropped(self) -> int:
        """Lines pruned from the front since the start."""
        self.refresh()
        return self._buffer.dropped if self._filter.is_empty else self._dropped

    @property
    def edits(self) -> int:
        """Grows when lines are inserted or removed anywhere but at the ends, and with the filter."""
        self.refresh()
        return self._edits + (self._buffer.edits - self._base[0] if self._filter.is_empty else 0)

    @property
    def version(self) -> int:
        """Grows with every change of the lines that pass."""
        self.refresh()
        return self._version + (self._buffer.version - self._base[1] if self._filter.is_empty else 0)

    def __len__(self) -> int:
        self.refresh()
        return len(self._buffer) if self._filter.is_empty else len(self._times)

    def lines(self, start: int, stop: int) -> list[LogLine]:
        """Return the lines of a range, clipped to what there is."""
        self.refresh()
        if self._filter.is_empty:
            return self._buffer.lines(start, stop)
        return [self._buffer.lines(index, index + 1)[0] for index in self._indices(start, stop)]

    def locate(self, time_ms: int, key: int = 0) -> int:
        """Return the index of the first line not before (time_ms, key); `len` when all are."""
        self.refresh()
        if self._filter.is_empty:
            return self._buffer.locate(time_ms, key)
        return locate(self._times, self._keys, time_ms, key)

    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        """Return the indices in a range, ascending, of the lines whose whole event text matches.

        Raises:
            SlowPatternError: The pattern backtracks without end.
        """
        self.refresh()
        if self._filter.is_empty:
            return self._buffer.find(pattern, start, stop)
        indices = self._indices(start, stop)
        hits = set(self._buffer.table.find_among(pattern, indices))
        return [place for place, index in enumerate(indices, max(0, start)) if index in hits]

    # ------------------------------------------------------------ keeping up

    def _indices(self, start: int, stop: int) -> list[int]:
        """Return where the lines of a range stand in the buffer."""
        rows = self._buffer.table.rows
        found: list[int] = []
        index = -1
        for place in range(max(0, start), min(stop, len(self._times))):
            index += 1
            # Neighbours here are mostly neighbours there.
            if index >= len(rows) or rows.keys[index] != self._keys[place]:
                index = rows.locate(self._times[place], self._keys[place])
            found.append(index)
        return found

    def _remember(self) -> None:
        buffer = self._buffer
        self._seen_version, self._seen_edits, self._seen_key = (
            buffer.version,
            buffer.edits,
            buffer.table.next_key,
        )

    def _prune(self) -> bool:
        """Drop from the front what the buffer dropped."""
        rows = self._buffer.table.rows
        if not len(rows) or self._seen_key <= self._buffer.table.cleared_key:
            gone = len(self._times)
        else:
            gone = locate(self._times, self._keys, rows.times[0], rows.keys[0])
        del self._times[:gone], self._keys[:gone]
        self._dropped += gone
        return gone > 0

    def _forget_gaps(self) -> bool:
        """Remove what the buffer removed: only gaps are."""
        before = len(self._keys)
        for place in [one for one in self._gaps if one[1] not in self._buffer.gap_keys]:
            self._gaps.discard(place)
            index = locate(self._times, self._keys, *place)
            if index < len(self._keys) and self._keys[index] == place[1]:
                del self._times[index], self._keys[index]
                self._edits += 1
        return len(self._keys) < before

    def _note_gaps(self, indices: Sequence[int]) -> None:
        if self._buffer.gap_keys:
            rows = self._buffer.table.rows
            self._gaps.update((rows.times[one], rows.keys[one]) for one in indices if rows.flags[one] & GAP)

    def _new(self) -> Sequence[int]:
        """Return the indices of the lines that came since the last look."""
        rows = self._buffer.table.rows
        if self._buffer.edits == self._seen_edits:
            return range(max(0, len(rows) - (self._buffer.table.next_key - self._seen_key)), len(rows))
        seen = self._seen_key
        return [index for index, key in enumerate(rows.keys) if key >= seen]

    def _admit(self, candidates: Sequence[int]) -> bool:
        """Insert those of new lines that pass."""
        try:
            selected = self._select(self._filter, candidates)
        except SlowPatternError as error:
            # Better too many lines than a frozen or an empty pane in an incident.
            self.problem = str(error)
            selected = list(candidates)
        if not selected:
            return False
        rows = self._buffer.table.rows
        times = array("q", [rows.times[index] for index in selected])
        plan = merge_plan(self._times, times)
        self._edits += plan[0][0] < len(self._times)
        splice(self._times, times, plan)
        splice(self._keys, array("q", [rows.keys[index] for index in selected]), plan)
        self._note_gaps(selected)
        return True

    def _select(self, wanted: LogFilter, candidates: Sequence[int]) -> list[int]:
        """Return those of the buffer's indices that pass, in their order."""
        rows = self._buffer.table.rows
        flags = rows.flags
        passes = [_passes(one, wanted.level) for one in range(256)]
        selected = [index for index in candidates if passes[flags[index]]]
        if wanted.hidden or wanted.stream:
            streams = rows.streams
            shown = self._buffer.table.streams.matching(wanted.hidden, wanted.stream) | {0}
            selected = [index for index in selected if streams[index] in shown]
        if wanted.text is not None:
            hits = set(self._buffer.table.find_among(wanted.text, selected))
            selected = [
                index for index in selected if (index in hits) != wanted.inverted or flags[index] & GAP
            ]
        return selected


def _passes(flags: int, floor: Floor) -> bool:
    rank = flags & RANK
    return bool(flags & GAP) or rank >= floor or (rank == 0 and floor <= Floor.INFO)
