"""Time that is moved by hand and fetches that end when told, for deterministic tests of the scheduler."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from tui.collect.timing import Timing
from tui.domain.clock import Clock

T = TypeVar("T")


class HandTiming(Timing):
    """Waits end when `advance` reaches them; fetches end at once, or when `release` lets them.

    Attributes:
        now: Monotonic seconds.
        held: Names of fetches ("source-ecs") that do not end before they are released.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.held: set[str] = set()
        self._open: list[tuple[str, Callable[[], None]]] = []
        self._alarms: list[tuple[float, int, asyncio.Event]] = []
        self._count = itertools.count()

    def monotonic(self) -> float:
        return self.now

    def launch(self, function: Callable[[], T], name: str) -> asyncio.Future[T]:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def end() -> None:
            try:
                result = function()
            except Exception as error:  # noqa: BLE001 - delivered to whoever awaits
                future.set_exception(error)
            else:
                future.set_result(result)

        if name in self.held:
            self._open.append((name, end))
        else:
            end()
        return future

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        if seconds is None:
            await event.wait()
        else:
            await _first(event, self._alarm(seconds))

    async def within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        ended = asyncio.Event()
        future.add_done_callback(lambda _: ended.set())
        await _first(ended, self._alarm(seconds))
        return future.done()

    async def release(self, name: str) -> None:
        """Let the held fetches of a name end."""
        self.held.discard(name)
        ending = [end for one, end in self._open if one == name]
        self._open = [(one, end) for one, end in self._open if one != name]
        for end in ending:
            end()
        await settle()

    async def advance(self, seconds: float) -> None:
        """Let some seconds pass, wait by wait, and let everything that follows run."""
        target = self.now + seconds
        await settle()
        while self._alarms and self._alarms[0][0] <= target:
            at, _, alarm = heapq.heappop(self._alarms)
            self.now = max(self.now, at)
            alarm.set()
            await settle()
        self.now = target
        await settle()

    def _alarm(self, seconds: float) -> asyncio.Event:
        alarm = asyncio.Event()
        heapq.heappush(self._alarms, (self.now + seconds, next(self._count), alarm))
        return alarm


class HandClock(Clock):
    """The clock of a `HandTiming`, `rate` times as fast."""

    def __init__(self, timing: HandTiming, rate: float = 1.0) -> None:
        super().__init__(rate=rate)
        self._timing = timing

    def now(self) -> float:
        return 1_800_000_000.0 + (self._timing.now - 1000.0) * self.rate


class Fetch:
    """A fetch whose results are scripted: values are returned, exceptions raised; the last one again."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        if not self.results:
            return self.calls
        result = self.results[min(self.calls, len(self.results)) - 1]
        if isinstance(result, Exception):
            raise result
        return result


async def settle() -> None:
    """Let everything run that is due on the loop."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
