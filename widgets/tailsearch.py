"""The hits of a search in a log buffer, found in slices so that no key waits for them."""

from __future__ import annotations

import bisect
import re

from widgets.model import LogBuffer


def compile_search(text: str) -> re.Pattern[str]:
    """Return the pattern; without an upper-case letter it ignores case, as less and vim do.

    Raises:
        ValueError: Not a regular expression; the message says where.
    """
    try:
        return re.compile(text, 0 if any(one.isupper() for one in text) else re.IGNORECASE)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise ValueError(
            f"“{text}” is not a regular expression: {error.msg}{where}. Escape signs such as ( [ * with \\."
        ) from error


class HitIndex:
    """Absolute numbers of the lines that match, kept as the buffer grows and is pruned.

    Attributes:
        pattern: What is searched for.
        hits: Absolute line numbers, ascending.
    """

    def __init__(self, pattern: re.Pattern[str], buffer: LogBuffer) -> None:
        self.pattern = pattern
        self.hits: list[int] = []
        self._buffer = buffer
        self._low = self._high = buffer.dropped + len(buffer)

    @property
    def is_complete(self) -> bool:
        """Whether every line kept has been looked at."""
        end = self._buffer.dropped + len(self._buffer)
        return self._low <= self._buffer.dropped and self._high >= end

    def scan(self, lines: int) -> None:
        """Look at up to `lines` lines more: first those that arrived, then backwards from the newest."""
        dropped = self._buffer.dropped
        end = dropped + len(self._buffer)
        self._prune(dropped)
        self._high = max(self._high, dropped)
        stop = min(end, self._high + lines)
        self.hits += self._matches(self._high, stop)
        left = lines - (stop - self._high)
        self._high = stop
        start = max(dropped, self._low - left)
        if left > 0 and start < self._low:
            self.hits[:0] = self._matches(start, self._low)
            self._low = start

    def _matches(self, start: int, stop: int) -> list[int]:
        if start >= stop:
            return []
        dropped = self._buffer.dropped
        search = self.pattern.search
        lines = self._buffer.lines(start - dropped, stop - dropped)
        return [start + index for index, line in enumerate(lines) if search(line.message)]

    def _prune(self, dropped: int) -> None:
        if self.hits and self.hits[0] < dropped:
            del self.hits[: bisect.bisect_left(self.hits, dropped)]
        self._low = max(self._low, dropped)

    def after(self, line: int) -> int | None:
        """Return the first hit below a line; from the end it goes on at the start; None without hits."""
        self._prune(self._buffer.dropped)
        if not self.hits:
            return None
        return self.hits[bisect.bisect_right(self.hits, line) % len(self.hits)]

    def before(self, line: int) -> int | None:
        """Return the last hit above a line; from the start it goes on at the end; None without hits."""
        self._prune(self._buffer.dropped)
        if not self.hits:
            return None
        return self.hits[bisect.bisect_left(self.hits, line) - 1]

    def status(self, line: int) -> str:
        """Return "[3/17]", with "+" while lines are still being looked at."""
        here = bisect.bisect_left(self.hits, line)
        is_hit = here < len(self.hits) and self.hits[here] == line
        total = f"{len(self.hits):,}{'' if self.is_complete else '+'}"
        return f"[{here + 1}/{total}]" if is_hit else f"[{total}]"
