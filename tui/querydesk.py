"""Runs Insights queries for the console: the modal without its screen."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from tui.collect.offload import launch
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Run, Runs, Where
from tui.sources.insights import QueryPlan


class QuerySource(Protocol):
    """Who answers queries; `run` blocks, and is called from threads."""

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        """Run a query to its end; see `tui.sources.insights.InsightsSource.run`."""
        ...


class QueryDesk:
    """Starts queries on threads, at most three at once, and keeps what they found.

    Use it on the event loop only.

    Args:
        sources: Makes who answers a plan, by where; called on the loop when it is asked.
        now: Epoch seconds.
    """

    def __init__(
        self, sources: Mapping[Where, Callable[[QueryPlan], QuerySource]], now: Callable[[], float]
    ) -> None:
        self._sources = sources
        self._now = now
        self.runs = Runs()
        self.changed: Callable[[Run], None] = lambda run: None
        """Called on the loop when a run has changed."""
        self._plans: dict[int, tuple[QueryPlan, threading.Event, QuerySource]] = {}

    def ask(self, plan: QueryPlan, where: Where, name: str = "") -> Run:
        """Ask a query; it begins at once, or when one of three others has ended."""
        run = self.runs.add(name, plan.text, plan.groups, where, self._now())
        self._plans[run.number] = (plan, threading.Event(), self._sources[where](plan))
        self._start()
        return run

    def stop(self, run: Run) -> None:
        """Stop a run; one at AWS is stopped there, which takes a moment."""
        if run.has_ended or run.is_stopping:
            return
        run.is_stopping = True
        self._plans[run.number][1].set()
        if run.began_s is None:
            self._end(run, QueryAnswer("Cancelled"), None)
        else:
            self.changed(run)

    def stop_all(self) -> None:
        """Stop everything that runs or waits."""
        for run in list(self.runs):
            self.stop(run)

    @property
    def is_busy(self) -> bool:
        """Whether anything runs or waits."""
        return any(not run.has_ended for run in self.runs)

    def _start(self) -> None:
        for run in self.runs.startable():
            run.began_s = time.monotonic()
            plan, stop, source = self._plans[run.number]
            progress = partial(self._hand_over, asyncio.get_running_loop(), run)
            future = launch(partial(source.run, plan, stop, progress), name=f"query-{run.number}")
            future.add_done_callback(partial(self._done, run))

    def _hand_over(self, loop: asyncio.AbstractEventLoop, run: Run, answer: QueryAnswer) -> None:
        """Take what has come, from the query's thread."""
        # Quitting closes the loop while queries are still being stopped.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._progress, run, answer)

    def _progress(self, run: Run, answer: QueryAnswer) -> None:
        if not run.has_ended:
            run.answer = answer
            self.changed(run)

    def _done(self, run: Run, future: asyncio.Future[QueryAnswer]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._end(run, future.result(), None)
        elif isinstance(error, SourceError):
            self._end(run, run.answer, error)
        else:
            said = f"That failed in cwtop: {type(error).__name__}: {error}. Please report it."
            self._end(run, run.answer, SourceError(ErrorKind.BUG, said))

    def _end(self, run: Run, answer: QueryAnswer, error: SourceError | None) -> None:
        if run.has_ended:
            return
        now_s = time.monotonic()
        run.began_s = run.began_s if run.began_s is not None else now_s
        run.answer, run.error, run.ended_s = answer, error, now_s
        del self._plans[run.number]
        self.changed(run)
        self._start()
