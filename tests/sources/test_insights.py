"""Insights queries against a scripted service: waiting, partial rows, pages, refusals, stopping."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import botocore.exceptions as boto
import pytest

from tests.sources.doubles import throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QUEUED, QueryAnswer
from tui.sources import insights
from tui.sources.errors import translate
from tui.sources.insights import InsightsSource, MalformedQuery, QueryPlan
from tui.sources.limiter import Limiter

PLAN = QueryPlan("fields a", ("/g",), 1000.9, 2000.0)


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FIRST_POLL_S", "_LONGEST_POLL_S", "_QUEUE_S", "_LONGEST_QUEUE_S"):
        monkeypatch.setattr(insights, name, 0.001)


class Service:
    """Answers each operation with what the test has lined up for it."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        assert service == "logs"
        self.asked.append((method, params))
        answer = self.answers[method].pop(0)
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, dict)
        return answer


def page(status: str, *rows: Mapping[str, str], token: str = "", scanned: float = 0.0) -> dict[str, Any]:
    return {
        "status": status,
        "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
        "statistics": {"recordsMatched": 1.0, "recordsScanned": 2.0, "bytesScanned": scanned},
        **({"nextToken": token} if token else {}),
    }


def run(service: Service, stop: threading.Event | None = None) -> tuple[QueryAnswer, list[QueryAnswer]]:
    seen: list[QueryAnswer] = []
    source = InsightsSource(service, Limiter(1e9))
    return source.run(PLAN, stop or threading.Event(), seen.append), seen


def test_partial_rows_come_and_the_whole_answer_at_last() -> None:
    service = Service(
        start_query=[{"queryId": "q"}],
        get_query_results=[
            page("Scheduled"),
            page("Running", {"a": "1"}),
            page("Complete", {"a": "1"}, {"a": "\x1b[31m2", "@ptr": "p"}, scanned=1e9),
        ],
    )
    answer, seen = run(service)
    assert [(one.status, len(one.rows)) for one in seen] == [("Scheduled", 0), ("Running", 1)]
    assert (answer.status, answer.rows) == ("Complete", ({"a": "1"}, {"a": "2", "@ptr": "p"}))
    assert (answer.records_matched, answer.records_scanned, answer.dollars) == (1.0, 2.0, 0.005)
    assert answer.columns == ("a",)
    # Seconds, where FilterLogEvents takes milliseconds; and nothing is stopped that has ended.
    assert service.asked[0] == (
        "start_query",
        {
            "queryString": "fields a",
            "startTime": 1000,
            "endTime": 2000,
            "limit": 10_000,
            "logGroupNames": ["/g"],
        },
    )
    assert "stop_query" not in [method for method, _ in service.asked]


def test_further_pages_are_read() -> None:
    service = Service(
        start_query=[{"queryId": "q"}],
        get_query_results=[
            page("Complete", {"a": "1"}, token="t1"),
            page("Complete", {"a": "2"}, token="t2"),
            page("Complete", {"a": "3"}),
        ],
    )
    answer, _ = run(service)
    assert [row["a"] for row in answer.rows] == ["1", "2", "3"]
    assert [params.get("nextToken") for _, params in service.asked[1:]] == [None, "t1", "t2"]


def test_it_waits_for_a_place_and_says_so() -> None:
    service = Service(
        start_query=[throttled(), throttled(), {"queryId": "q"}], get_query_results=[page("Complete")]
    )
    answer, seen = run(service)
    assert answer.status == "Complete"
    assert [one.status for one in seen] == [QUEUED, QUEUED]


def test_a_busy_or_absent_service_is_asked_again_but_not_for_ever() -> None:
    away = SourceError(ErrorKind.UNREACHABLE, "Cannot reach CloudWatch Logs.")
    service = Service(
        start_query=[{"queryId": "q"}], get_query_results=[throttled(), away, page("Complete", {"a": "1"})]
    )
    assert len(run(service)[0].rows) == 1
    service = Service(start_query=[{"queryId": "q"}], get_query_results=[away] * 9, stop_query=[away])
    with pytest.raises(SourceError) as caught:
        run(service)
    assert caught.value is away
    assert service.asked[-1] == ("stop_query", {"queryId": "q"})


@pytest.mark.parametrize("status", ["Failed", "Timeout", "Cancelled"])
def test_a_query_that_the_service_gives_up_is_an_answer(status: str) -> None:
    service = Service(start_query=[{"queryId": "q"}], get_query_results=[page(status, {"a": "1"})])
    answer, _ = run(service)
    assert (answer.status, len(answer.rows)) == (status, 1)


def test_stopping_stops_it_on_the_service_and_keeps_its_rows() -> None:
    stop = threading.Event()

    def last() -> dict[str, Any]:
        stop.set()
        return page("Running", {"a": "1"})

    ended = SourceError(ErrorKind.INVALID, "The query has ended.")
    service = Service(start_query=[{"queryId": "q"}], get_query_results=[last], stop_query=[ended])
    answer, _ = run(service, stop)
    assert (answer.status, len(answer.rows)) == ("Cancelled", 1)
    assert service.asked[-1] == ("stop_query", {"queryId": "q"})


def test_stopped_before_it_has_a_place_it_is_not_started() -> None:
    stop = threading.Event()

    def full() -> SourceError:
        stop.set()
        return throttled()

    service = Service(start_query=[full])
    assert run(service, stop)[0].status == "Cancelled"
    assert [method for method, _ in service.asked] == ["start_query"]


@pytest.mark.parametrize("has_place", [True, False])
def test_a_malformed_query_tells_the_place(has_place: bool) -> None:
    response: Any = {
        "Error": {"Code": "MalformedQueryException", "Message": "mismatched input 'count'"},
        "queryCompileError": {
            "location": {"startCharOffset": 5, "endCharOffset": 10},
            "message": "unexpected symbol found count",
        },
    }
    if not has_place:
        del response["queryCompileError"]

    def refuse() -> SourceError:
        original = boto.ClientError(response, "StartQuery")
        error = translate(original, service="logs", operation="StartQuery")
        error.__cause__ = original
        return error

    with pytest.raises(MalformedQuery) as caught:
        run(Service(start_query=[refuse]))
    error = caught.value
    if has_place:
        assert (error.start, error.end) == (5, 10)
        assert error.summary.endswith("unexpected symbol found count")
    else:
        assert (error.start, error.end) == (None, None)
        assert error.summary.endswith("mismatched input 'count'")
