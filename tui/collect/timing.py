"""Real time and threads as the scheduler needs them, so that tests can put their own in their place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from tui.collect.offload import launch

T = TypeVar("T")


class Timing:
    """Real time and real threads."""

    def launch(self, function: Callable[[], T], name: str) -> asyncio.Future[T]:
        """Start a blocking call on a thread of its own and return the future of its result."""
        return launch(function, name=name)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when the event is set, or after some seconds (None: never)."""
        waiter = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({waiter}, timeout=seconds)
        finally:
            waiter.cancel()

    async def within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Return whether the future is done within some seconds; it is never cancelled."""
        await asyncio.wait({future}, timeout=seconds)
        return future.done()
