"""Runs a blocking call on a daemon thread of its own and brings its result to the event loop.

asyncio's default executor has few threads and is joined at exit: a hung call would starve the others
and keep the console from quitting. A daemon thread does neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def launch(function: Callable[[], T], *, name: str = "offload") -> asyncio.Future[T]:
    """Start a call and return the future of its result, on the running loop.

    Cancelling the future leaves the thread running; its result is then dropped, as it is when the
    loop has closed.

    Args:
        function: The blocking call; what it raises is raised to whoever awaits the future.
        name: Name of the thread.

    Raises:
        RuntimeError: No loop is running, or no thread can be started.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = function()
        except StopIteration as error:
            # A future cannot carry it: `await` would take it for its own end.
            failure = RuntimeError(f"{name} raised StopIteration: {error}")
        except BaseException as error:  # noqa: BLE001 - raised again where the future is awaited
            failure = error
        # Quitting closes the loop while calls are still in flight.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, result, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


async def offload(function: Callable[[], T], *, name: str = "offload") -> T:
    """Run a blocking call on a daemon thread and return its result.

    Raises:
        Exception: What the call raises.
    """
    return await launch(function, name=name)
