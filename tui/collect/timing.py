"""Real time as the scheduler needs it, so that tests can put their own in its place."""

from __future__ import annotations

import asyncio
import time
from typing import Any


class Timing:
    """Real time, as the scheduler needs it; tests put their own in its place."""

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
