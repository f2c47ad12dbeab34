"""The Insights modal without its screen: runs of queries, at most three at once, and what is written down.

It lives on the event loop's thread; each run has a daemon thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

from tui.collect.offload import launch
from tui.domain.errors import SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Fault, Past, Place, Question, Run, past_of, remembered
from tui.sources.insights import MalformedQuery, QueryPlan
from widgets.text import one_line

MOST_AT_ONCE: Final = 3
"""Further runs wait until one of these has ended."""
MOST_KEPT: Final = 20
"""Runs whose rows are kept."""


class QuerySource(Protocol):
    """Answers queries; see `tui.sources.insights.InsightsSource.run`."""

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        """Run a query to its end, on the thread that calls."""
        ...


_log = logging.getLogger(__name__)

Sources = Mapping[Place, Callable[[], QuerySource]]
"""By place: makes the source of a run, on the event loop, when the run begins."""


@dataclass(slots=True)
class Draft:
    """What stands in the modal; it stays when the modal is left.

    Attributes:
        text: The query as written, parameters and all.
        name: The catalogue's name of what was loaded; "" for none.
        groups: Chosen log groups; () means those of the query or of the stack.
        range: As written ("3h", "10:00 - 10:30"); "" is the console's window.
        place: Who is asked.
        shown: Number of the run whose rows are on the screen; 0 for none.
        is_chart: Whether they are drawn as a chart, where there is one; None leaves it to the query.
    """

    text: str = ""
    name: str = ""
    groups: tuple[str, ...] = ()
    range: str = ""
    place: Place = Place.AWS
    shown: int = 0
    is_chart: bool | None = None


class QueryDesk:
    """Runs queries and keeps what came of them.

    Args:
        sources: Who can be asked.
        now: Epoch seconds.
        history: Runs of earlier processes, the newest first.
        keep: Told the history whenever a run has ended, on the event loop.

    Attributes:
        draft: What stands in the modal.
        values: Of the parameters that were filled in last, by name.
        history: Runs that have ended, the newest first.
    """

    def __init__(
        self,
        sources: Sources,
        now: Callable[[], float],
        history: tuple[Past, ...] = (),
        keep: Callable[[tuple[Past, ...]], None] = lambda history: None,
    ) -> None:
        self._sources = sources
        self._now = now
        self._runs: dict[int, Run] = {}
        self._stops: dict[int, threading.Event] = {}
        self._waiting: list[int] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._last = 0
        self._tell: Callable[[Run], None] = lambda run: None
        self._keep = keep
        self.draft = Draft()
        self.values: dict[str, str] = {}
        self.history = history

    def subscribe(self, tell: Callable[[Run], None]) -> None:
        """Have each change of a run told to this one listener."""
        self._tell = tell

    # ------------------------------------------------------------ what is known

    def run(self, number: int) -> Run | None:
        """Return a run by its number; None once it is forgotten."""
        return self._runs.get(number)

    @property
    def shown(self) -> Run | None:
        """The run whose rows are on the screen."""
        return self._runs.get(self.draft.shown)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that are kept, the oldest first."""
        return tuple(self._runs.values())

    @property
    def running(self) -> tuple[Run, ...]:
        """Runs that have been sent and have not ended, the oldest first."""
        return tuple(one for one in self._runs.values() if one.began_s is not None and not one.has_ended)

    @property
    def waiting(self) -> tuple[Run, ...]:
        """Runs that wait for their turn, in order."""
        return tuple(self._runs[number] for number in self._waiting)

    # ------------------------------------------------------------ asking

    def ask(self, question: Question) -> Run:
        """Run a query, or let it wait for its turn; it becomes the one that is shown."""
        self._last += 1
        number = self._last
        self._runs[number] = Run(number, question, self._now())
        self._stops[number] = threading.Event()
        self._waiting.append(number)
        self.draft.shown = number
        self._forget()
        self._begin()
        return self._runs[number]

    def stop(self, number: int) -> bool:
        """Stop a run; False where it has ended already. One that waits ends at once."""
        run = self._runs.get(number)
        if run is None or run.has_ended:
            return False
        self._stops[number].set()
        if number in self._waiting:
            self._waiting.remove(number)
            self._end(number, QueryAnswer("Cancelled"))
        elif not run.is_stopping:
            self._change(number, is_stopping=True)
        return True

    def stop_all(self) -> int:
        """Stop everything that runs or waits; return how many."""
        return sum(self.stop(number) for number in list(self._runs))

    # ------------------------------------------------------------ the runs' threads

    def _begin(self) -> None:
        while self._waiting and len(self.running) < MOST_AT_ONCE:
            number = self._waiting.pop(0)
            self._change(number, began_s=self._now())
            task = asyncio.get_running_loop().create_task(self._follow(number))
            # The loop itself holds tasks weakly.
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _follow(self, number: int) -> None:
        question, stop = self._runs[number].question, self._stops[number]
        loop = asyncio.get_running_loop()

        def on_progress(answer: QueryAnswer) -> None:
            # Quitting closes the loop while a query is still being stopped.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._progress, number, answer)

        plan = QueryPlan(question.text, question.groups, question.start_s, question.end_s)
        try:
            source = self._sources[question.place]()
            answer = await launch(partial(source.run, plan, stop, on_progress), name=f"query-{number}")
        except MalformedQuery as error:
            self._end(number, self._answer(number), Fault(_said(error), error.start, error.end))
        except SourceError as error:
            self._end(number, self._answer(number), Fault(_said(error)))
        except Exception as error:  # noqa: BLE001 - logged and told
            words = one_line(f"{type(error).__name__}: {error}", 300)
            fault = Fault(f"That failed in cwtop: {words}. Please report it.")
            _log.exception("query %s failed", number)
            self._end(number, self._answer(number), fault)
        else:
            is_cut = answer.status == "Cancelled" and not answer.rows
            self._end(number, replace(self._answer(number), status="Cancelled") if is_cut else answer)

    def _answer(self, number: int) -> QueryAnswer:
        """Return what a run that failed has given; its status is then "Failed"."""
        return replace(self._runs[number].answer, status="Failed")

    def _progress(self, number: int, answer: QueryAnswer) -> None:
        run = self._runs.get(number)
        if run is not None and not run.has_ended:
            self._change(number, answer=answer)

    def _end(self, number: int, answer: QueryAnswer, fault: Fault | None = None) -> None:
        if number not in self._runs:
            return
        now_s = self._now()
        self._runs[number] = replace(self._runs[number], answer=answer, fault=fault, ended_s=now_s)
        self.history = remembered(self.history, past_of(self._runs[number]))
        self._keep(self.history)
        self._begin()
        self._tell(self._runs[number])

    def _change(self, number: int, **changes: object) -> None:
        self._runs[number] = replace(self._runs[number], **changes)  # type: ignore[arg-type]
        self._tell(self._runs[number])

    def _forget(self) -> None:
        """Drop the rows of the oldest runs that have ended."""
        ended = [number for number, run in self._runs.items() if run.has_ended]
        for number in ended[: max(0, len(self._runs) - MOST_KEPT)]:
            del self._runs[number], self._stops[number]


def _said(error: SourceError) -> str:
    return f"{error.summary} {error.hint}".strip()
