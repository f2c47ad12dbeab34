"""Limits on requests per second that threads share: a fixed one, and one that adapts to throttling."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

FLOOR_PER_S: Final = 0.2
"""Slowest pace that throttling leads to, requests per second."""

_RECOVERY = 1 / 40
"""Share of the full rate that each success gives back."""


class Limiter:
    """Token bucket: `burst` requests at once, then `rate` a second.

    Args:
        rate: Requests per second, real time.
        burst: Requests that may follow each other at once.
        monotonic: Source of time, seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        rate: float,
        burst: int = 1,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = float("-inf")
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Requests per second that are allowed at present."""
        return self._rate

    def wait(self) -> None:
        """Block until the next request may be sent."""
        self.acquire()

    def acquire(self, timeout_s: float = float("inf")) -> bool:
        """Block until the next request may be sent, unless that takes too long.

        Args:
            timeout_s: Longest wait, seconds.

        Returns:
            Whether the request may be sent; False at once, with nothing reserved, if its turn comes later
            than the timeout.
        """
        with self._lock:
            now = self._monotonic()
            interval = 1.0 / self._rate
            at = max(self._next, now - self._slack(interval))
            if at - now > timeout_s:
                return False
            self._next = at + interval
        if at > now:
            self._sleep(at - now)
        return True

    def wait_s(self) -> float:
        """Return in how many seconds the next request may be sent; 0 if at once."""
        with self._lock:
            now = self._monotonic()
            return max(0.0, max(self._next, now - self._slack(1.0 / self._rate)) - now)

    def throttled(self) -> None:
        """Be told that the service refused a request as one too many."""

    def succeeded(self) -> None:
        """Be told that the service answered a request."""

    def _slack(self, interval: float) -> float:
        return (self._burst - 1) * interval


class AdaptiveLimiter(Limiter):
    """Halves its rate when told of throttling and wins it back step by step.

    The quota of FilterLogEvents is per account and Region: whoever else asks takes from the same one, so
    that what is left can only be found out.

    Args:
        rate: Requests per second at most, real time.
        burst: Requests that may follow each other at once, while nothing is throttled.
        monotonic: Source of time, seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        rate: float,
        burst: int = 1,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        super().__init__(rate, burst, monotonic=monotonic, sleep=sleep)
        self._full = rate
        self._floor = min(rate, FLOOR_PER_S)

    def throttled(self) -> None:
        """Halve the rate, down to `FLOOR_PER_S`."""
        with self._lock:
            self._rate = max(self._floor, self._rate / 2)
            self._next = max(self._next, self._monotonic() + 1.0 / self._rate)

    def succeeded(self) -> None:
        """Win back a fortieth of the full rate."""
        if self._rate < self._full:
            with self._lock:
                self._rate = min(self._full, self._rate + self._full * _RECOVERY)

    def _slack(self, interval: float) -> float:
        return super()._slack(interval) if self._rate >= self._full else 0.0


_shared: dict[Hashable, AdaptiveLimiter] = {}
_shared_lock = threading.Lock()


def shared_limiter(place: Hashable, rate: float, burst: int) -> AdaptiveLimiter:
    """Return the one limiter of this process for a place whose quota all its users share.

    Args:
        place: What the quota belongs to: account (or profile), Region and endpoint.
        rate: Requests per second; another than the one in use makes a new limiter, as the configuration
            was changed.
        burst: Requests at once.
    """
    with _shared_lock:
        found = _shared.get((place, rate))
        if found is None:
            found = _shared[(place, rate)] = AdaptiveLimiter(rate, burst)
        return found
