"""Who answers the console's queries: AWS, with globs looked up first, or the lines of the log pane."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.logbuffer import LineBuffer
from tui.domain.queries import QueryAnswer
from tui.sources.insights import MOST_GROUPS, InsightsSource, QueryPlan
from tui.sources.loggroups import whole_groups
from tui.sources.parse import Aws


class StackQueries:
    """Asks AWS; see `InsightsSource`. Names of groups may be globs or `name:stream-prefix`.

    Args:
        session: The session.
    """

    def __init__(self, session: Aws) -> None:
        self._session = session
        self._source = InsightsSource(session)

    def run(
        self,
        plan: QueryPlan,
        stop: threading.Event,
        on_progress: Callable[[QueryAnswer], None] = lambda answer: None,
    ) -> QueryAnswer:
        """Run a query to its end; see `InsightsSource.run`.

        Raises:
            SourceError: Also where no log group, or too many, are left.
        """
        if plan.text.lstrip()[:6].upper() == "SOURCE":
            return self._source.run(replace(plan, groups=()), stop, on_progress)
        names = group_names(self._session, plan.groups)
        return self._source.run(replace(plan, groups=names), stop, on_progress)


def group_names(aws: Aws, written: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of log groups; a group can only be queried as a whole.

    Raises:
        SourceError: None is left, too many are, or they cannot be looked up.
    """
    names, problems = whole_groups(aws, written)
    if not names:
        said = " ".join(problems)
        raise SourceError(
            ErrorKind.NOT_FOUND, f"No log group is left to query. {said}".strip(), "Choose others."
        )
    if len(names) > MOST_GROUPS:
        raise SourceError(
            ErrorKind.INVALID,
            f"{len(names)} log groups match, and a query takes {MOST_GROUPS}.",
            "Choose fewer.",
        )
    return names


class BufferQueries:
    """Answers from the lines that the log pane holds at the moment of making.

    Args:
        lines: The buffer; read on the event loop.
        now: Epoch seconds.
    """

    def __init__(self, lines: LineBuffer, now: Callable[[], float]) -> None:
        self._events = lines.snapshot()
        self._now = now

    def run(
        self,
        plan: QueryPlan,
        stop: threading.Event,
        on_progress: Callable[[QueryAnswer], None] = lambda answer: None,
    ) -> QueryAnswer:
        """Run a query to its end; see `LocalQueries.run`."""
        # Imported late: the console starts without the engine.
        from tui.insights.engine import Event, Events
        from tui.sources.localqueries import LocalQueries

        events = [
            Event(each.time_ms, each.message, each.group, each.stream, each.ingested_ms)
            for each in self._events()
        ]
        return LocalQueries(lambda _: Events(events), self._now).run(plan, stop, on_progress)
