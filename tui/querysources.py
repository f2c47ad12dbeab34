"""Who can answer the queries of the Insights modal: CloudWatch Logs, and the log lines at hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Place
from tui.sources.insights import MOST_GROUPS, InsightsSource, QueryPlan
from tui.sources.loggroups import whole_groups

if TYPE_CHECKING:
    from tui.collect.hub import Hub
    from tui.querydesk import QuerySource, Sources
    from tui.sources.parse import Aws


class GroupSource:
    """Asks CloudWatch Logs, after looking up which groups the patterns of a plan mean."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._insights = InsightsSource(aws)

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        """Run a query to its end.

        Raises:
            MalformedQuery: It does not compile.
            SourceError: Its groups cannot be found, or it cannot be run.
        """
        if plan.text.lstrip()[:6].upper() == "SOURCE":
            return self._insights.run(replace(plan, groups=()), stop, on_progress)
        names, problems = whole_groups(self._aws, plan.groups)
        if not names:
            said = " ".join(problems) or "No log group is chosen."
            raise SourceError(ErrorKind.NOT_FOUND, said, "Choose another one.")
        if len(names) > MOST_GROUPS:
            said = f"{len(names)} log groups match, and a query takes {MOST_GROUPS}."
            raise SourceError(ErrorKind.INVALID, said, "Choose fewer.")
        return self._insights.run(replace(plan, groups=names), stop, on_progress)


def sources_of(hub: Hub) -> Sources:
    """Return who can be asked; nothing is imported or asked yet."""
    asked: list[GroupSource] = []

    def service() -> QuerySource:
        if not asked:
            # One for all runs: they share the rate that requests keep.
            asked.append(GroupSource(hub.session))
        return asked[0]

    return {Place.AWS: service, Place.LOCAL: lambda: _at_hand(hub)}


def _at_hand(hub: Hub) -> QuerySource:
    """Return a source of the lines that the log pane holds now."""
    from tui.insights.engine import Event, Events
    from tui.sources.localqueries import LocalQueries

    kept = hub.lines.snapshot()

    def events(plan: QueryPlan) -> Events:
        found = kept.events(int(plan.start_s * 1000), int(plan.end_s * 1000) + 999)
        return Events(
            [Event(one.time_ms, one.message, one.group, one.stream, one.ingested_ms) for one in found]
        )

    return LocalQueries(events, hub.clock.now)
