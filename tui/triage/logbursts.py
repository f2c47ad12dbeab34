"""Error bursts in the log: minutes with far more errors than the minutes before them.

Minutes are those of the events' own times, which the application or the agent stamps: a container whose clock
is wrong shifts its burst. CloudWatch rejects what lies more than two hours ahead.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from config.levels import Level
from tui.domain.logcolumns import GAP, RANK, Columns
from tui.domain.loglines import ERROR_RANK
from tui.domain.units import plural
from tui.triage.entry import Kind, TimelineEntry

FEWEST: Final = 10
"""Errors a minute below which nothing is a burst."""
TIMES: Final = 5.0
"""A burst has more than this many times the median of the minutes before."""
BASELINE: Final = 30
"""Minutes before, at most; those of a burst do not count."""
LEAST: Final = 5
"""Minutes before, at least: with fewer nothing can be called usual."""
KEPT: Final = 24 * 60
LATE_MINUTES: Final = 3
"""Minutes counted again, because events become readable late."""

_MINUTE_MS: Final = 60_000
_ERRORS: Final = bytes(int(flags & RANK >= ERROR_RANK and not flags & GAP) for flags in range(256))
"""By flags of a row: 1 for an error."""


class ErrorMinutes:
    """Errors a minute, counted from the rows of the log buffer; new minutes more than once."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._next: int | None = None

    def take(self, rows: Columns, since_ms: int, now_s: float) -> bool:
        """Count the minutes that are over; return whether anything was counted.

        Args:
            rows: In order of time.
            since_ms: From which time on everything was asked for: earlier minutes are not known.
            now_s: Epoch seconds by the endpoint's clock.
        """
        current = int(now_s // 60)
        if self._next is not None and current <= self._next:
            return False
        first = -(-since_ms // _MINUTE_MS)
        if rows.times:
            # The buffer may have dropped the beginning of its first minute.
            first = max(first, -(-rows.times[0] // _MINUTE_MS) if since_ms < rows.times[0] else first)
        start = max(first, current - KEPT, (self._next or 0) - LATE_MINUTES)
        for minute in range(start, current):
            low = bisect_left(rows.times, minute * _MINUTE_MS)
            high = bisect_left(rows.times, (minute + 1) * _MINUTE_MS, low)
            self._counts[minute] = bytes(rows.flags[low:high]).translate(_ERRORS).count(1)
        for minute in [one for one in self._counts if one < current - KEPT]:
            del self._counts[minute]
        self._next = current
        return True

    def clear(self) -> None:
        """Forget: other logs are followed."""
        self._counts.clear()
        self._next = None

    def entries(self) -> list[TimelineEntry]:
        """Return the bursts."""
        return list(bursts(self._counts))


def bursts(counts: Mapping[int, int]) -> Iterator[TimelineEntry]:
    """Yield the bursts; neighbouring minutes are one.

    Args:
        counts: Errors by minute (epoch minutes); a minute that is not there was not read.
    """
    usual: list[int] = []
    run: list[int] = []
    base = 0.0
    for minute in sorted(counts):
        errors = counts[minute]
        if run and minute != run[-1] + 1:
            yield _burst(run, counts, base)
            run = []
        if not run:
            base = median(usual[-BASELINE:]) if usual else 0.0
        if len(usual) >= LEAST and errors >= FEWEST and errors > TIMES * base:
            run.append(minute)
            continue
        if run:
            yield _burst(run, counts, base)
            run = []
        usual.append(errors)
    if run:
        yield _burst(run, counts, base)


def _burst(minutes: Sequence[int], counts: Mapping[int, int], base: float) -> TimelineEntry:
    total = sum(counts[one] for one in minutes)
    return TimelineEntry(
        f"log:{minutes[0]}",
        minutes[0] * 60.0,
        Kind.LOG,
        f"{plural(total, 'error')} in {len(minutes)} min in the log (usually {base:g} a minute)",
        level=Level.WARNING,
        until_s=(minutes[-1] + 1) * 60.0,
        detail=f"Worst minute: {max(counts[one] for one in minutes):,} errors.",
    )
