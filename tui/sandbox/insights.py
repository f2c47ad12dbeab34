"""CloudWatch Logs Insights of the sandbox: queries that run for a while, by the local engine.

See API_StartQuery.html and API_GetQueryResults.html at
docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.insights.engine import EngineError, Event, Events, Result, Stopped, check, run_query
from tui.insights.parser import parse
from tui.insights.tree import Other, Query
from tui.sandbox.log_store import LogStore

MOST_RUNNING = 100
"""Queries at once; docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html."""

_PAGE_ROWS = 10_000
_KEPT = 200
# A query is not answered at once, so that a console has something to show meanwhile.
_LEAST_S = 0.6
_BYTES_PER_S = 50e6


@dataclass(slots=True)
class Asked:
    """A query that was started.

    Attributes:
        id: Its number.
        text: As it was sent.
        query: Its tree.
        groups: Names of the log groups.
        start_ms: Of the range of time.
        end_ms: Of the range of time.
        limit: Most rows.
        now_ms: When it was started, in the sandbox's time.
        is_estimate: Whether only the bytes are asked for that it would scan.
    """

    id: str
    text: str
    query: Query
    groups: tuple[str, ...]
    start_ms: int
    end_ms: int
    limit: int
    now_ms: int
    is_estimate: bool = False
    status: str = "Scheduled"
    result: Result = field(default_factory=lambda: Result(()))
    ready_at: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)


class SandboxInsights:
    """Runs queries on the sandbox's log store.

    Args:
        logs: The store.
        account: Number of the account, for @log.
        monotonic: Seconds that pass while a query runs.
    """

    def __init__(self, logs: LogStore, account: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._logs = logs
        self._account = account
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}

    @property
    def running(self) -> int:
        """Number of queries that have not ended."""
        return sum(not self.has_ended(each) for each in list(self._asked.values()))

    def start(
        self, text: str, groups: tuple[str, ...], start_ms: int, end_ms: int, limit: int, now_ms: int
    ) -> str:
        """Start a query and return its id.

        Raises:
            QuerySyntaxError: The text is no query.
            EngineError: The query means nothing, or the sandbox does not cover it.
        """
        query = parse(text)
        last = query.commands[-1]
        if isinstance(last, Other) and last.word == "estimate":
            # What is estimated must be a query all the same.
            query = replace(query, commands=query.commands[:-1])
            is_estimate = True
        else:
            is_estimate = False
        check(query, now_ms=now_ms)
        asked = Asked(
            str(uuid.uuid4()), text, query, groups, start_ms, end_ms, limit, now_ms, is_estimate=is_estimate
        )
        with self._lock:
            self._asked[asked.id] = asked
            while len(self._asked) > _KEPT:
                del self._asked[next(iter(self._asked))]
        threading.Thread(target=self._run, args=(asked,), name="sandbox-query", daemon=True).start()
        return asked.id

    def find(self, number: str) -> Asked | None:
        """Return a query by its id."""
        with self._lock:
            return self._asked.get(number)

    def all(self) -> list[Asked]:
        """Return the queries, the newest first."""
        with self._lock:
            return list(self._asked.values())[::-1]

    def has_ended(self, asked: Asked) -> bool:
        """Whether a query's answer is final."""
        return asked.status in ("Failed", "Cancelled") or (
            asked.status == "Complete" and self._monotonic() >= asked.ready_at
        )

    def stop(self, asked: Asked) -> bool:
        """Stop a query; returns whether it was still running."""
        if self.has_ended(asked):
            return False
        asked.stop.set()
        asked.status = "Cancelled"
        return True

    def results(self, asked: Asked, token: str | None, most: int | None) -> dict[str, Any]:
        """Return the answer of GetQueryResults; of a running query, the rows of the events read so far."""
        status = asked.status
        if status == "Complete" and not self.has_ended(asked):
            status = "Running"
        rows = asked.result.rows
        begin = int(token) if token else 0
        end = begin + min(most or _PAGE_ROWS, _PAGE_ROWS)
        answer: dict[str, Any] = {
            "queryLanguage": "CWLI",
            "results": [
                [{"field": name, "value": value} for name, value in row.items()] for row in rows[begin:end]
            ],
            "statistics": _statistics(asked.result, asked.groups),
            "status": status,
        }
        if end < len(rows) and status == "Complete":
            answer["nextToken"] = str(end)
        return answer

    def _run(self, asked: Asked) -> None:
        began = self._monotonic()
        events = self._events(asked)
        size = sum(len(event.message) for event in events)
        if asked.is_estimate:
            # Its column's name is not documented: CWL_QuerySyntax-Estimate.html.
            asked.result, asked.ready_at = Result(({"estimatedBytesScanned": str(size)},)), began
            asked.status = "Complete"
            return
        asked.ready_at = began + max(_LEAST_S, size / _BYTES_PER_S)
        try:
            # The newest half first: what a console shows while the query runs.
            partial = self._answer(asked, events[len(events) // 2 :])
            if not asked.stop.is_set():
                asked.result, asked.status = partial, "Running"
            whole = self._answer(asked, events)
            if not asked.stop.is_set():
                asked.result, asked.status = whole, "Complete"
        except Stopped:
            asked.status = "Cancelled"
        except EngineError:
            asked.status = "Failed"

    def _answer(self, asked: Asked, events: list[Event]) -> Result:
        return run_query(
            asked.query,
            Events(events),
            start_ms=asked.start_ms,
            end_ms=asked.end_ms,
            now_ms=asked.now_ms,
            limit=asked.limit,
            stop=asked.stop.is_set,
        )

    def _events(self, asked: Asked) -> list[Event]:
        found = [
            Event(each.time_ms, each.message, f"{self._account}:{group}", each.stream, each.ingested_ms)
            for group in asked.groups
            for each in self._logs.between(group, asked.start_ms, asked.end_ms)
        ]
        return sorted(found, key=lambda event: event.time_ms or 0)


def _statistics(result: Result, groups: tuple[str, ...]) -> Mapping[str, float]:
    return {
        "recordsMatched": float(result.records_matched),
        "recordsScanned": float(result.records_scanned),
        "bytesScanned": float(result.bytes_scanned),
        "estimatedRecordsSkipped": 0.0,
        "estimatedBytesSkipped": 0.0,
        "logGroupsScanned": float(len(groups)),
    }
