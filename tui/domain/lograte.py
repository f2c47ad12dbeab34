"""How many lines and errors per second there were, and how many arrive now."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Final

from tui.domain.loglines import ERROR_RANK
from widgets.model import RateView

STEP_S: Final = 5.0
STEPS: Final = 60
RATE_SPAN_S: Final = 10.0
"""Seconds over which `per_second` averages."""
_STEP_MS: Final = int(STEP_S * 1000)


class ArrivalRates:
    """Counts of events by their own time, in steps of `STEP_S`, and of arrivals over the last seconds.

    A backlog is counted where it belongs: read at once, it is no burst.
    """

    def __init__(self) -> None:
        self._lines: dict[int, int] = {}
        self._errors: dict[int, int] = {}
        self._recent: deque[tuple[float, int]] = deque()

    def add(self, at_s: float, times_ms: Sequence[int], ranks: Sequence[int]) -> None:
        """Count events that arrived now.

        Args:
            at_s: Now, epoch seconds.
            times_ms: Their own times, ascending.
            ranks: Their severities, in the same order.
        """
        oldest = int(at_s // STEP_S) - STEPS
        start = bisect_left(times_ms, oldest * _STEP_MS)
        while start < len(times_ms):
            step = times_ms[start] // _STEP_MS
            stop = bisect_left(times_ms, (step + 1) * _STEP_MS, start)
            self._lines[step] = self._lines.get(step, 0) + stop - start
            failed = sum(rank >= ERROR_RANK for rank in ranks[start:stop])
            self._errors[step] = self._errors.get(step, 0) + failed
            start = stop
        if len(self._lines) > 2 * STEPS:
            for step in [step for step in self._lines if step < oldest]:
                del self._lines[step], self._errors[step]
        fresh = len(times_ms) - bisect_left(times_ms, (at_s - RATE_SPAN_S) * 1000)
        self._recent.append((at_s, fresh))
        self._forget(at_s)

    def per_second(self, now_s: float) -> float:
        """Return how many lines arrived per second over the last `RATE_SPAN_S` seconds."""
        self._forget(now_s)
        return sum(count for _, count in self._recent) / RATE_SPAN_S

    def view(self, now_s: float) -> RateView:
        """Return lines and errors per second of the last `STEPS` whole steps, oldest first.

        The step that is still running is left out: it would look like a lull.
        """
        steps = range(int(now_s // STEP_S) - STEPS, int(now_s // STEP_S))
        lines = tuple(self._lines.get(step, 0) / STEP_S for step in steps)
        return RateView(lines, tuple(self._errors.get(step, 0) / STEP_S for step in steps), STEP_S)

    def clear(self) -> None:
        """Forget all arrivals."""
        self._lines.clear()
        self._errors.clear()
        self._recent.clear()

    def _forget(self, now_s: float) -> None:
        while self._recent and self._recent[0][0] <= now_s - RATE_SPAN_S:
            self._recent.popleft()
