"""Blocking calls on daemon threads: results, exceptions, cancellation, a loop that has closed."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from tui.collect.offload import launch, offload


async def test_the_result_comes_back_from_a_daemon_thread() -> None:
    def work() -> tuple[bool, str]:
        return threading.current_thread().daemon, threading.current_thread().name

    assert await offload(work, name="source-x") == (True, "source-x")


async def test_exceptions_come_back() -> None:
    def work() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await offload(work)


async def test_stop_iteration_is_no_result() -> None:
    def work() -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await offload(work)


async def test_the_loop_goes_on_while_a_call_blocks() -> None:
    gate = threading.Event()
    future = launch(gate.wait)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not future.done()
    gate.set()
    assert await future is True


async def test_a_cancelled_call_delivers_nothing() -> None:
    gate, ended = threading.Event(), threading.Event()

    def work() -> int:
        gate.wait()
        ended.set()
        return 1

    task = asyncio.ensure_future(offload(work))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await offload(ended.wait)


def test_leaving_a_loop_does_not_wait_for_a_hung_call() -> None:
    gate = threading.Event()

    async def main() -> None:
        launch(gate.wait)
        await asyncio.sleep(0)

    started = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - started < 5
    gate.set()


def test_a_result_after_the_loop_has_closed_is_dropped() -> None:
    gate = threading.Event()

    async def main() -> None:
        launch(gate.wait, name="late-call")

    asyncio.run(main())
    (thread,) = [one for one in threading.enumerate() if one.name == "late-call"]
    gate.set()
    thread.join(5)
    assert not thread.is_alive()
