"""When a source is asked next: its period, and how it backs off after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tui.domain.errors import ErrorKind

MAX_THROTTLED_S: Final = 300.0
MAX_THROTTLED_LIMITED_S: Final = 30.0
"""Of a source whose own limiter slows its requests down already."""
MAX_UNREACHABLE_S: Final = 30.0
FIRST_RETRY_S: Final = 2.0
REFUSED_S: Final = 30.0
"""Least time before asking again for what was refused: it changes when a person changes something."""

_MAX_DOUBLINGS = 10


@dataclass(slots=True)
class Pace:
    """How one source is slowed down.

    Attributes:
        random: Source of jitter, so that many consoles do not ask in step.
        has_limiter: The source limits its requests itself: no long pauses, and none after a success.
        is_eager: Waits no longer than its period for what was unreachable: a server of one's own, asked by
            one connection, that is wanted as soon as it is back.
        throttled: Doublings of the period in force; each success takes one back.
        failures: Unreachable or late in a row.
    """

    random: Random
    has_limiter: bool = False
    is_eager: bool = False
    throttled: int = 0
    failures: int = 0

    def after_success(self, period_s: float) -> float:
        """Return seconds until the next fetch: the period, longer while recovering from throttling."""
        self.failures = 0
        self.throttled = 0 if self.has_limiter else max(0, self.throttled - 1)
        return self._slowed(period_s)

    def after_failure(self, period_s: float, kind: ErrorKind) -> float:
        """Return seconds until the next fetch after a failure.

        Throttled: the period is doubled each time, with up to half as much again as jitter.
        Unreachable or late: soon at first, then in growing steps up to `MAX_UNREACHABLE_S`, so that a
        console recovers by itself. Refused: at the period, but not in haste.
        """
        if kind is ErrorKind.THROTTLED:
            self.throttled = min(self.throttled + 1, _MAX_DOUBLINGS)
            return self._slowed(period_s)
        if kind in (ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT):
            self.failures = min(self.failures + 1, _MAX_DOUBLINGS)
            step = min(MAX_UNREACHABLE_S, FIRST_RETRY_S * 2.0 ** (self.failures - 1))
            pause = step * self.random.uniform(0.5, 1.0)
            return min(pause, period_s) if self.is_eager else pause
        return max(period_s, REFUSED_S)

    def _slowed(self, period_s: float) -> float:
        if not self.throttled:
            return period_s
        doubled = max(period_s, FIRST_RETRY_S) * 2.0**self.throttled
        # Never sooner than the period itself, however long that is.
        longest_s = MAX_THROTTLED_LIMITED_S if self.has_limiter else MAX_THROTTLED_S
        return max(period_s, min(longest_s, doubled * self.random.uniform(1.0, 1.5)))
