"""The endpoint's Logs Insights through unmodified boto3, and through the console's own source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.kit import client, wait_until
from tui.sandbox.insights import SandboxInsights
from tui.sandbox.launcher import Sandbox
from tui.sandbox.log_store import LogStore

GROUP = "/own/insights"


@pytest.fixture
def logs(sandbox: Sandbox) -> Any:
    return client(sandbox, "logs")


@pytest.fixture
def group(logs: Any, sandbox: Sandbox) -> Iterator[str]:
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="s")
    now = int(sandbox.clock.now() * 1000)
    events = [
        {
            "timestamp": now - 60_000 + number,
            "message": f'{{"status": {200 + number % 2 * 300}, "n": {number}}}',
        }
        for number in range(10)
    ]
    logs.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)
    yield GROUP
    logs.delete_log_group(logGroupName=GROUP)


def start(logs: Any, sandbox: Sandbox, group: str, text: str, **more: Any) -> str:
    now = int(sandbox.clock.now())
    asked = {"logGroupName": group, "startTime": now - 3600, "endTime": now, "queryString": text} | more
    return str(logs.start_query(**asked)["queryId"])


def ended(logs: Any, number: str) -> dict[str, Any]:
    answer: dict[str, Any] = {}

    def is_over() -> bool:
        answer.update(logs.get_query_results(queryId=number))
        return answer["status"] not in ("Scheduled", "Running")

    assert wait_until(is_over, 20)
    return answer


def test_a_query_runs_and_then_is_complete(logs: Any, sandbox: Sandbox, group: str) -> None:
    number = start(logs, sandbox, group, "stats count(*) as n, max(n) as most by status | sort status asc")
    first = logs.get_query_results(queryId=number)
    assert first["status"] in ("Scheduled", "Running")
    answer = ended(logs, number)
    assert answer["status"] == "Complete"
    assert [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]] == [
        {"status": "200", "n": "5", "most": "8"},
        {"status": "500", "n": "5", "most": "9"},
    ]
    assert answer["statistics"]["recordsScanned"] == 10.0
    assert answer["statistics"]["bytesScanned"] > 0
    assert logs.describe_queries()["queries"][0]["queryId"] == number


def test_running_queries_show_partial_rows() -> None:
    now = [0.0]
    store = LogStore()
    for number in range(10):
        store.add("g", "s", 1_000 + number, f"event {number}", 1_000)
    insights = SandboxInsights(store, "1", monotonic=lambda: now[0])
    asked = insights.find(insights.start("fields @message", ("g",), 0, 10_000, 100, 10_000))
    assert asked is not None
    assert wait_until(lambda: asked.status == "Complete", 20)
    assert insights.results(asked, None, None)["status"] == "Running"
    assert insights.running == 1
    now[0] = 60.0
    answer = insights.results(asked, None, 4)
    assert (answer["status"], len(answer["results"]), answer["nextToken"]) == ("Complete", 4, "4")
    assert len(insights.results(asked, "8", 4)["results"]) == 2
    assert insights.running == 0


def test_a_stopped_query_is_cancelled(logs: Any, sandbox: Sandbox, group: str) -> None:
    number = start(logs, sandbox, group, "fields @message")
    assert logs.stop_query(queryId=number)["success"]
    assert ended(logs, number)["status"] == "Cancelled"
    with pytest.raises(ClientError, match="already ended"):
        logs.stop_query(queryId=number)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fields @message | count()", "count()"),
        ("stats count(*) by a | stats max(a) by bin(5m)", "bin(5m)"),
        ("fields @message | join x", "join x"),
    ],
)
def test_a_malformed_query_names_its_place(
    logs: Any, sandbox: Sandbox, group: str, text: str, place: str
) -> None:
    with pytest.raises(ClientError) as refused:
        start(logs, sandbox, group, text)
    response: Any = refused.value.response
    assert response["Error"]["Code"] == "MalformedQueryException"
    location = response["queryCompileError"]["location"]
    assert text[location["startCharOffset"] : location["endCharOffset"]].startswith(place[:3])


def test_what_the_service_refuses_is_refused(logs: Any, sandbox: Sandbox, group: str) -> None:
    for more, code in (
        ({"logGroupName": "/none"}, "ResourceNotFoundException"),
        ({"endTime": 0}, "InvalidParameterException"),
        ({"queryString": "#" * 10_001}, "InvalidParameterException"),
    ):
        with pytest.raises(ClientError) as refused:
            start(logs, sandbox, group, "fields @message", **more)
        assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="does not exist"):
        logs.get_query_results(queryId="none")


def test_the_console_asks_the_sandbox(sandbox_environment: Sandbox, group: str, capsys: Any) -> None:
    from tui.cli import run

    assert run(["query", "-q", "stats sum(n) as n", "--group", group, "--format", "csv"]) == 0
    done = capsys.readouterr()
    assert done.out.splitlines() == ["n", "45"]
    assert "10 of 10 events matched" in done.err


def test_queries_end_when_the_sandbox_cannot_answer() -> None:
    insights = SandboxInsights(LogStore(), "1")
    number = insights.start("filter @message like /(?<=x)/", ("g",), 0, 1, 1, 1)
    asked = insights.find(number)
    assert asked is not None
    assert wait_until(lambda: asked.status == "Failed", 20)
