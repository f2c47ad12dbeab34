"""The query desk: threads, progress, the queue, stopping; with sources that do as they are told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Run
from tui.querydesk import QueryDesk
from tui.sources.insights import QueryPlan

PLAN = QueryPlan("fields @message", ("/g",), 0.0, 1.0)
PATIENCE_S = 20.0


class Scripted:
    """A source that runs until it is let go, or stopped."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.running = 0
        self.most = 0
        self.stopped = 0
        self._error = error
        self._lock = threading.Lock()

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        on_progress(QueryAnswer("Running", ({"a": "1"},)))
        try:
            while not self.go.wait(0.005):
                if stop.is_set():
                    self.stopped += 1
                    return QueryAnswer("Cancelled")
            if self._error is not None:
                raise self._error
            return QueryAnswer("Complete", ({"a": "2"},))
        finally:
            with self._lock:
                self.running -= 1


async def until(condition: Callable[[], bool]) -> None:
    # Threads answer: there is no event of the loop to wait for.
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def test_progress_and_answer_arrive() -> None:
    source = Scripted()
    desk = QueryDesk({"AWS": lambda plan: source}, lambda: 5.0)
    told: list[Run] = []
    desk.changed = told.append
    run = desk.ask(PLAN, "AWS", "name")
    await until(lambda: run.answer.status == "Running")
    assert (run.answer.rows, run.has_ended, run.asked_s, desk.is_busy) == (({"a": "1"},), False, 5.0, True)
    source.go.set()
    await until(lambda: run.has_ended)
    assert (run.answer.status, run.answer.rows, run.error, desk.is_busy) == (
        "Complete",
        ({"a": "2"},),
        None,
        False,
    )
    assert set(map(id, told)) == {id(run)}


async def test_a_fourth_query_waits_for_one_of_three() -> None:
    source = Scripted()
    desk = QueryDesk({"AWS": lambda plan: source}, lambda: 0.0)
    runs = [desk.ask(PLAN, "AWS") for _ in range(4)]
    await until(lambda: source.running == 3)
    assert runs[3].began_s is None
    desk.stop(runs[0])
    await until(lambda: runs[3].began_s is not None and source.running == 3)
    assert runs[0].answer.status == "Cancelled"
    source.go.set()
    await until(lambda: not desk.is_busy)
    assert source.most == 3


async def test_what_waits_is_stopped_without_having_begun() -> None:
    source = Scripted()
    desk = QueryDesk({"AWS": lambda plan: source}, lambda: 0.0)
    runs = [desk.ask(PLAN, "AWS") for _ in range(5)]
    await until(lambda: source.running == 3)
    desk.stop_all()
    assert [run.answer.status for run in runs[3:]] == ["Cancelled", "Cancelled"]
    await until(lambda: source.stopped == 3 and not desk.is_busy)
    desk.stop(runs[0])
    assert source.most == 3, "what was stopped while it waited never began"


async def test_an_error_is_kept_with_what_had_come() -> None:
    source = Scripted(SourceError(ErrorKind.ACCESS_DENIED, "No."))
    desk = QueryDesk({"AWS": lambda plan: source}, lambda: 0.0)
    run = desk.ask(PLAN, "AWS")
    await until(lambda: run.answer.status == "Running")
    source.go.set()
    await until(lambda: run.has_ended)
    assert run.error is not None
    assert run.error.summary == "No."
    assert run.answer.rows == ({"a": "1"},)


async def test_a_fault_of_cwtop_is_said_as_one() -> None:
    source = Scripted(ZeroDivisionError("oh"))
    source.go.set()
    desk = QueryDesk({"AWS": lambda plan: source}, lambda: 0.0)
    run = desk.ask(PLAN, "AWS")
    await until(lambda: run.has_ended)
    assert run.error is not None
    assert "ZeroDivisionError: oh" in run.error.summary
