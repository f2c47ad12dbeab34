"""A limit on requests per second that several threads share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


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
        self._interval = 1.0 / rate
        self._slack = (burst - 1) * self._interval
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = float("-inf")
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Block until the next request may be sent."""
        with self._lock:
            now = self._monotonic()
            at = max(self._next, now - self._slack)
            self._next = at + self._interval
        if at > now:
            self._sleep(at - now)
