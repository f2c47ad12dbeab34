"""Answers Insights queries from logs at hand, with the signature of the source that asks AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.insights.engine import EngineError, Source, Stopped, run_query
from tui.insights.parser import QuerySyntaxError, parse
from tui.sources.insights import MalformedQuery, QueryPlan
from widgets.text import sanitise

_CELL = 1_100_000
_WHO = "The local engine"


class LocalQueries:
    """Runs queries with the local engine; each call of `run` blocks and is meant for a thread of its own.

    Args:
        source: Gives the events that a plan asks for.
        now: Epoch seconds.
        is_bounded: Whether the plan's range of time counts; a file has none unless it is asked for.
    """

    def __init__(
        self, source: Callable[[QueryPlan], Source], now: Callable[[], float], *, is_bounded: bool = True
    ) -> None:
        self._source = source
        self._now = now
        self._is_bounded = is_bounded

    def run(
        self,
        plan: QueryPlan,
        stop: threading.Event,
        on_progress: Callable[[QueryAnswer], None] = lambda answer: None,
    ) -> QueryAnswer:
        """Run a query to its end; see `tui.sources.insights.InsightsSource.run`.

        Raises:
            MalformedQuery: The query does not compile, or needs what the local engine does not have.
            SourceError: The logs cannot be read.
        """
        on_progress(QueryAnswer("Running", is_free=True))
        try:
            found = run_query(
                parse(plan.text),
                self._source(plan),
                start_ms=int(plan.start_s * 1000) if self._is_bounded else None,
                end_ms=int(plan.end_s * 1000) + 999 if self._is_bounded else None,
                now_ms=int(self._now() * 1000),
                limit=plan.limit,
                stop=stop.is_set,
            )
        except QuerySyntaxError as error:
            raise MalformedQuery(error.message, error.start, error.end, who=_WHO) from error
        except EngineError as error:
            if error.span is None:
                raise SourceError(ErrorKind.INVALID, error.message) from error
            raise MalformedQuery(error.message, error.span.start, error.span.end, who=_WHO) from error
        except Stopped:
            return QueryAnswer("Cancelled", is_free=True)
        rows = tuple(
            {sanitise(name): sanitise(value, _CELL) for name, value in row.items()} for row in found.rows
        )
        return QueryAnswer(
            "Complete",
            rows,
            float(found.records_matched),
            float(found.records_scanned),
            float(found.bytes_scanned),
            is_free=True,
        )
