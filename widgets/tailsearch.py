"""The lines of a log buffer that match a pattern, found in slices so that no key waits for them."""

from __future__ import annotations

import bisect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Final

from widgets.model import LogBuffer

SLICE_S: Final = 0.003
"""Seconds of searching before the event loop has its turn again."""
BLOCK: Final = 1024
"""Lines whose hits are kept together: what an insertion makes one look at again."""


@dataclass(slots=True)
class _Block:
    """Neighbouring lines and which of them match.

    Attributes:
        start: Absolute number of its first line.
        size: Lines in it.
        mark: (time_ms, key) of its first line.
        seen: How many of its lines, from the front, have been looked at.
        hits: Offsets of the hits from `start`, ascending.
    """

    start: int
    size: int
    mark: tuple[int, int]
    seen: int = 0
    hits: list[int] = field(default_factory=list)


class HitIndex:
    """Which lines match, kept as the buffer grows, is pruned and edited.

    After an edit only blocks whose length changed are looked at again. One line that went and one that came
    within the same block go unnoticed until the block changes; `doubt` is for the caller who finds out.

    Attributes:
        pattern: What is searched for.
    """

    def __init__(self, pattern: re.Pattern[str], buffer: LogBuffer) -> None:
        """Make an index that has looked at nothing yet."""
        self.pattern = pattern
        self._buffer = buffer
        self._edits = buffer.edits
        self._blocks: list[_Block] = []
        self._pace = 256
        self._update()

    # ------------------------------------------------------------ looking

    @property
    def is_complete(self) -> bool:
        """Whether every line kept has been looked at."""
        self._update()
        return all(block.seen == block.size for block in self._blocks)

    def scan(self, lines: int) -> None:
        """Look at up to `lines` lines more, newest blocks first.

        Raises:
            TimeoutError or ValueError: The pattern takes too long (`matching.SLOW`).
        """
        self._update()
        for block in reversed(self._blocks):
            if lines <= 0:
                return
            count = min(lines, block.size - block.seen)
            if count > 0:
                self._look(block, count)
                lines -= count

    def scan_for(self, seconds: float = SLICE_S, clock: Callable[[], float] = time.perf_counter) -> bool:
        """Look for about this long and return whether everything has been looked at.

        Lines are asked for in portions that take a fraction of the time, whatever the pattern costs.

        Raises:
            TimeoutError or ValueError: The pattern takes too long (`matching.SLOW`).
        """
        began = clock()
        while not self.is_complete:
            before = clock()
            self.scan(self._pace)
            after = clock()
            fit = seconds / 4 / max(after - before, 1e-6)
            self._pace = int(min(8 * BLOCK, max(8, self._pace * min(2.0, max(0.1, fit)))))
            if after - began >= seconds:
                return self.is_complete
        return True

    def doubt(self, line: int) -> None:
        """Look again at a line and its neighbours: an edit left their number as it was, but not them."""
        for block in self._blocks:
            if block.start <= line < block.start + block.size:
                block.seen, block.hits = 0, []

    def _look(self, block: _Block, count: int) -> None:
        first = block.start - self._buffer.dropped
        begin = first + block.seen
        found = self._buffer.find(self.pattern, begin, begin + count)
        block.hits += [index - first for index in found]
        block.seen += count

    # ------------------------------------------------------------ keeping up with the buffer

    def _update(self) -> None:
        buffer = self._buffer
        if buffer.edits != self._edits:
            self._edits = buffer.edits
            self._renumber()
        first, end = buffer.dropped, buffer.dropped + len(buffer)
        blocks = self._blocks
        gone = next((at for at, one in enumerate(blocks) if one.start + one.size > first), len(blocks))
        del blocks[:gone]
        if blocks and blocks[0].start < first:
            self._cut(blocks[0], first)
        if not blocks and first < end:
            blocks.append(self._block(first, 0))
        if blocks:
            newest = blocks[-1]
            newest.size = min(BLOCK, end - newest.start) if newest.size < BLOCK else newest.size
            self._append(newest.start + newest.size, end)

    def _cut(self, block: _Block, first: int) -> None:
        """Take the lines before `first` out of a block."""
        by = first - block.start
        block.hits = [one - by for one in block.hits if one >= by]
        block.seen = max(0, block.seen - by)
        block.start, block.size = first, block.size - by
        block.mark = self._mark(first)

    def _renumber(self) -> None:
        """Find the blocks again by their first lines; those whose length changed are looked at anew."""
        buffer, old = self._buffer, self._blocks
        first, end = buffer.dropped, buffer.dropped + len(buffer)
        starts = [first + buffer.locate(*block.mark) for block in old]
        self._blocks = []
        # The newest block grows at its end as well, so that its length says nothing.
        for block, (start, stop) in zip(old, pairwise([*starts, end]), strict=True):
            self._append(self._end(first), start)
            # The oldest block may have lost as many lines by pruning as it gained.
            is_whole = block is not old[0] or (start < stop and self._mark(start) == block.mark)
            if stop - start == block.size and is_whole and block is not old[-1]:
                block.start = start
                self._blocks.append(block)
            else:
                self._append(start, stop)
        if len(self._blocks) > 4 * (end - first) // BLOCK + 16:
            self._blocks = []
            self._append(first, end)

    def _end(self, first: int) -> int:
        return self._blocks[-1].start + self._blocks[-1].size if self._blocks else first

    def _append(self, start: int, end: int) -> None:
        """Append blocks for lines that have not been looked at."""
        while start < end:
            size = min(BLOCK, end - start)
            self._blocks.append(self._block(start, size))
            start += size

    def _block(self, start: int, size: int) -> _Block:
        return _Block(start, size, self._mark(start))

    def _mark(self, number: int) -> tuple[int, int]:
        index = number - self._buffer.dropped
        line = self._buffer.lines(index, index + 1)[0]
        return (line.time_ms, line.key)

    # ------------------------------------------------------------ what was found

    @property
    def count(self) -> int:
        """How many hits there are among the lines looked at."""
        self._update()
        return sum(len(block.hits) for block in self._blocks)

    @property
    def hits(self) -> list[int]:
        """Absolute line numbers of the hits, ascending."""
        self._update()
        return [block.start + hit for block in self._blocks for hit in block.hits]

    def _hit(self, rank: int) -> int:
        """Return the hit of a rank; ranks count round: -1 is the last."""
        ends = list(accumulate(len(block.hits) for block in self._blocks))
        rank %= ends[-1]
        at = bisect.bisect_right(ends, rank)
        block = self._blocks[at]
        return block.start + block.hits[rank - ends[at]]

    def _rank(self, line: int) -> int:
        """Return how many hits are above a line."""
        rank = 0
        for block in self._blocks:
            if block.start + block.size > line:
                return rank + bisect.bisect_left(block.hits, line - block.start)
            rank += len(block.hits)
        return rank

    def after(self, line: int) -> int | None:
        """Return the first hit below a line; from the end it goes on at the start; None without hits."""
        return self._hit(self._rank(line + 1)) if self.count else None

    def before(self, line: int) -> int | None:
        """Return the last hit above a line; from the start it goes on at the end; None without hits."""
        return self._hit(self._rank(line) - 1) if self.count else None

    def is_settled_from(self, line: int, end: int) -> bool:
        """Whether every line from `line` up to `end` (exclusive) has been looked at."""
        return all(
            block.seen == block.size
            for block in self._blocks
            if block.start < end and block.start + block.size > line
        )

    def status(self, line: int) -> str:
        """Return "[3/17]", with "+" while lines are still being looked at."""
        count = self.count
        above, upto = self._rank(line), self._rank(line + 1)
        total = f"{count:,}{'' if self.is_complete else '+'}"
        return f"[{upto:,}/{total}]" if upto > above else f"[{total}]"
