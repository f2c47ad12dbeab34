"""Runs queries of CloudWatch Logs Insights: starts, polls, pages, and stops them on leaving.

See API_StartQuery.html and API_GetQueryResults.html at
docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.sources.limiter import Limiter
from tui.sources.parse import Aws, text
from widgets.text import sanitise

MOST_GROUPS: Final = 50
"""Of one query, by name."""

MOST_ROWS: Final = 100_000

REQUESTS_PER_S: Final = 5.0
"""StartQuery and GetQueryResults are 10 a second for the account; half of it is left to others."""

_FIRST_POLL_S: Final = 0.3
_LONGEST_POLL_S: Final = 2.0
_QUEUE_S: Final = 2.0
_LONGEST_QUEUE_S: Final = 15.0
_PAGE_ROWS: Final = 10_000
_CELL: Final = 1_100_000
_TRIES: Final = 5
_PASSING = frozenset({ErrorKind.THROTTLED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE})


class MalformedQuery(SourceError):
    """The service, or the local engine, cannot compile the query.

    Attributes:
        start: Offset of the first character of the place that it names; None where it names none.
        end: Offset after the last one.
    """

    def __init__(
        self, message: str, start: int | None, end: int | None, *, who: str = "CloudWatch Logs"
    ) -> None:
        super().__init__(ErrorKind.INVALID, f"{who} cannot compile the query: {message}")
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What is asked.

    Attributes:
        text: In the query language of Logs Insights, at most 10,000 characters.
        groups: Names of log groups, at most `MOST_GROUPS`; () where the text begins with SOURCE.
        start_s: Epoch seconds, inclusive.
        end_s: Epoch seconds, inclusive.
        limit: Most rows where the text sets no limit, at most `MOST_ROWS`.
    """

    text: str
    groups: tuple[str, ...]
    start_s: float
    end_s: float
    limit: int = 10_000


class InsightsSource:
    """Runs queries; each call of `run` blocks and is meant for a thread of its own.

    Args:
        aws: The session.
        limiter: Instead of this object's own.
    """

    def __init__(self, aws: Aws, limiter: Limiter | None = None) -> None:
        self._aws = aws
        self._limiter = limiter or Limiter(REQUESTS_PER_S, burst=5)

    def run(
        self,
        plan: QueryPlan,
        stop: threading.Event,
        on_progress: Callable[[QueryAnswer], None] = lambda answer: None,
    ) -> QueryAnswer:
        """Run a query to its end.

        Args:
            plan: What is asked.
            stop: Set by whoever wants no more: the query is stopped on the service.
            on_progress: Told, from this thread, what has come whenever something has.

        Returns:
            The answer; its status is Cancelled when it was stopped, Failed or Timeout when the service
            gave up.

        Raises:
            MalformedQuery: The query does not compile.
            SourceError: It cannot be started, or its results cannot be read.
        """
        number = self._start(plan, stop, on_progress)
        if number is None:
            return QueryAnswer("Cancelled")
        answer = QueryAnswer("Scheduled")
        try:
            answer = self._follow(number, stop, on_progress)
        finally:
            if not answer.has_ended:
                # That it has ended meanwhile, or that the network is gone, changes nothing here.
                with contextlib.suppress(SourceError):
                    self._aws.call("logs", "stop_query", queryId=number)
        return answer if answer.has_ended else replace(answer, status="Cancelled")

    def _start(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> str | None:
        """Start the query, waiting while as many run as may; return its id, None if it was stopped."""
        asked: dict[str, Any] = {
            "queryString": plan.text,
            "startTime": int(plan.start_s),
            "endTime": int(plan.end_s),
            "limit": plan.limit,
        }
        if plan.groups:
            asked["logGroupNames"] = list(plan.groups)
        pause_s = _QUEUE_S
        while not stop.is_set():
            self._limiter.wait()
            try:
                return str(self._aws.call("logs", "start_query", **asked)["queryId"])
            except SourceError as error:
                if error.kind is not ErrorKind.THROTTLED:
                    raise _located(error) from error
            on_progress(QueryAnswer())
            # Jitter, so that consoles that wait together do not come back together.
            stop.wait(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            pause_s = min(_LONGEST_QUEUE_S, pause_s * 1.5)
        return None

    def _follow(
        self, number: str, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        pause_s, failures = _FIRST_POLL_S, 0
        answer = QueryAnswer("Scheduled")
        while not stop.wait(pause_s):
            pause_s = min(_LONGEST_POLL_S, pause_s * 1.5)
            self._limiter.wait()
            try:
                page = self._aws.call("logs", "get_query_results", queryId=number)
                answer = _answer(page, _rows(page))
                if answer.status == "Complete":
                    return self._whole(number, page, answer, stop)
            except SourceError as error:
                failures += 1
                if error.kind not in _PASSING or failures >= _TRIES:
                    raise
                continue
            failures = 0
            on_progress(answer)
            if answer.has_ended:
                return answer
        return answer

    def _whole(
        self, number: str, first: Mapping[str, Any], answer: QueryAnswer, stop: threading.Event
    ) -> QueryAnswer:
        """Return a complete answer with the rows of its further pages."""
        rows, token = list(answer.rows), first.get("nextToken")
        while token and len(rows) < MOST_ROWS and not stop.is_set():
            self._limiter.wait()
            page = self._aws.call(
                "logs", "get_query_results", queryId=number, nextToken=token, maxItems=_PAGE_ROWS
            )
            rows += _rows(page)
            token = page.get("nextToken")
        return _answer(first, rows)


def _answer(page: Mapping[str, Any], rows: Sequence[Mapping[str, str]]) -> QueryAnswer:
    statistics = page.get("statistics") or {}
    return QueryAnswer(
        text(page.get("status")) or "Unknown",
        tuple(rows),
        float(statistics.get("recordsMatched", 0.0)),
        float(statistics.get("recordsScanned", 0.0)),
        float(statistics.get("bytesScanned", 0.0)),
    )


def _rows(page: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            sanitise(str(cell.get("field", ""))): sanitise(str(cell["value"]), _CELL)
            for cell in row
            if cell.get("value") is not None
        }
        for row in page.get("results", ())
    ]


def _located(error: SourceError) -> SourceError:
    """Return a refusal of the compiler as one that names the place, any other as it is."""
    response = getattr(error.__cause__, "response", None)
    if not isinstance(response, Mapping):
        return error
    if response.get("Error", {}).get("Code") != "MalformedQueryException":
        return error
    # botocore puts the modelled members beside "Error".
    told = response.get("queryCompileError") or {}
    place = told.get("location") or {}
    message = text(told.get("message") or response["Error"].get("Message") or "no reason given")
    return MalformedQuery(message, place.get("startCharOffset"), place.get("endCharOffset"))
