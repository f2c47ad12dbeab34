"""How many lines and errors arrive per second, by the time of arrival."""

from __future__ import annotations

from collections import deque
from typing import Final

from widgets.model import RateView

STEP_S: Final = 5.0
STEPS: Final = 60
BACKLOG_S: Final = 60.0
"""Lines older than this when they arrive do not count, seconds: a backlog read at once is no burst."""
RATE_SPAN_S: Final = 10.0
"""Seconds over which `per_second` averages."""


class ArrivalRates:
    """Counts of arrivals in steps of `STEP_S` over the last `STEPS` steps.

    Times are epoch seconds of one clock; one that is set back counts into the newest step.
    """

    def __init__(self) -> None:
        self._steps: deque[tuple[int, int, int]] = deque(maxlen=STEPS + 1)
        self._recent: deque[tuple[float, int]] = deque()

    def add(self, at_s: float, lines: int, errors: int) -> None:
        """Count lines that arrived now, and how many of them are errors."""
        step = int(at_s // STEP_S)
        if self._steps and step <= self._steps[-1][0]:
            step, before, failed = self._steps.pop()
            lines_in, errors_in = before + lines, failed + errors
        else:
            lines_in, errors_in = lines, errors
        self._steps.append((step, lines_in, errors_in))
        self._recent.append((at_s, lines))
        self._forget(at_s)

    def per_second(self, now_s: float) -> float:
        """Return how many lines arrived per second over the last `RATE_SPAN_S` seconds."""
        self._forget(now_s)
        return sum(count for _, count in self._recent) / RATE_SPAN_S

    def view(self, now_s: float) -> RateView:
        """Return lines and errors per second of the last `STEPS` whole steps, oldest first.

        The step that is still running is left out: it would look like a lull.
        """
        first = int(now_s // STEP_S) - STEPS
        lines, errors = [0.0] * STEPS, [0.0] * STEPS
        for step, count, failed in self._steps:
            if first <= step < first + STEPS:
                lines[step - first] = count / STEP_S
                errors[step - first] = failed / STEP_S
        return RateView(tuple(lines), tuple(errors), STEP_S)

    def clear(self) -> None:
        """Forget all arrivals."""
        self._steps.clear()
        self._recent.clear()

    def _forget(self, now_s: float) -> None:
        while self._recent and self._recent[0][0] <= now_s - RATE_SPAN_S:
            self._recent.popleft()
