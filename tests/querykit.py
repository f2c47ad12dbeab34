"""A source of queries that does what a test says, when it says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Place
from tui.querydesk import Sources
from tui.sources.insights import QueryPlan

PATIENCE_S = 20.0
"""After which a run that nobody ends gives up: reached by failing tests only."""


class Asked:
    """One call of `Scripted.run`, which waits for the test to end it.

    Attributes:
        plan: What was asked.
        stop: Set by whoever wants no more.
    """

    def __init__(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> None:
        self.plan = plan
        self.stop = stop
        self._on_progress = on_progress
        self._outcome: QueryAnswer | Exception | None = None
        self._is_over = threading.Event()
        self.has_returned = threading.Event()

    def progress(self, answer: QueryAnswer) -> None:
        """Give a part of the answer."""
        self._on_progress(answer)

    def end(self, outcome: QueryAnswer | Exception) -> None:
        """Answer, or fail."""
        self._outcome = outcome
        self._is_over.set()

    def wait(self) -> QueryAnswer:
        """Block as a source does, until the test ends it or somebody stops it."""
        for _ in range(int(PATIENCE_S / 0.005)):
            if self._is_over.wait(0.005) or self.stop.is_set():
                break
        self.has_returned.set()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome or QueryAnswer("Cancelled")


class Scripted:
    """A source whose runs wait for the test, or are answered at once by `reply`.

    Attributes:
        asked: Calls of `run`, in order.
        reply: Answers a plan at once; None leaves it to the test.
    """

    def __init__(
        self, reply: Callable[[QueryPlan], QueryAnswer | Exception | None] = lambda plan: None
    ) -> None:
        self.asked: list[Asked] = []
        self.reply = reply

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        """See `tui.querydesk.QuerySource`."""
        asked = Asked(plan, stop, on_progress)
        outcome = self.reply(plan)
        if outcome is not None:
            asked.end(outcome)
        self.asked.append(asked)
        return asked.wait()

    def sources(self, local: Scripted | None = None) -> Sources:
        """Return this as AWS, and something else for the lines at hand."""
        return {Place.AWS: lambda: self, Place.LOCAL: lambda: local or self}


def complete(*rows: dict[str, str], scanned: float = 1000.0) -> QueryAnswer:
    """Return a complete answer."""
    return QueryAnswer("Complete", rows, float(len(rows)), scanned, scanned * 200)
