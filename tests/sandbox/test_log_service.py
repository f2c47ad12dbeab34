"""The endpoint's logs through unmodified boto3: Live Tail, classes, lateness, failures on request."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EventStreamError

from tests.sandbox.kit import DATABASE, LOG_GROUP, client, wait_until
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox

ARN = "arn:aws:logs:ap-northeast-2:123456789012:log-group:"
DATABASE_GROUP = f"/aws/rds/instance/{DATABASE}/postgresql"


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    steered = Control(sandbox.endpoint_url)
    yield steered
    steered.clear()
    steered.punctual()
    steered.end_live_tails()
    assert wait_until(lambda: steered.live_tails() == 0, 5)


@pytest.fixture
def logs(sandbox: Sandbox) -> Any:
    return client(sandbox, "logs", inject_host_prefix=False)


@pytest.fixture
def group(logs: Any) -> Iterator[str]:
    """An empty group with the streams a/1, a/2 and b/1."""
    logs.create_log_group(logGroupName="/own/live")
    for stream in ("a/1", "a/2", "b/1"):
        logs.create_log_stream(logGroupName="/own/live", logStreamName=stream)
    yield "/own/live"
    logs.delete_log_group(logGroupName="/own/live")


def put(logs: Any, sandbox: Sandbox, group: str, stream: str, *messages: str) -> None:
    now = int(sandbox.clock.now() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def code_of(problem: pytest.ExceptionInfo[ClientError]) -> str:
    return str(problem.value.response["Error"]["Code"])


def updates(stream: Any) -> Iterator[dict[str, Any]]:
    return (event["sessionUpdate"] for event in stream if "sessionUpdate" in event)


def first_results(stream: Any) -> list[dict[str, Any]]:
    return next(
        one["sessionResults"] for one in itertools.islice(updates(stream), 8) if one["sessionResults"]
    )


def test_a_session_starts_and_streams_what_is_ingested(
    logs: Any, sandbox: Sandbox, control: Control, group: str
) -> None:
    put(logs, sandbox, group, "a/1", "ERROR before")
    stream = logs.start_live_tail(logGroupIdentifiers=[ARN + group], logEventFilterPattern="ERROR")[
        "responseStream"
    ]
    events = iter(stream)
    start = next(events)["sessionStart"]
    assert start["logGroupIdentifiers"] == [ARN + group]
    assert start["logEventFilterPattern"] == "ERROR"
    assert next(events)["sessionUpdate"] == {"sessionMetadata": {"sampled": False}, "sessionResults": []}
    put(logs, sandbox, group, "a/1", "INFO one", "ERROR two 오류")
    result = first_results(events)[0]
    assert (result["logStreamName"], result["message"]) == ("a/1", "ERROR two 오류")
    assert result["logGroupIdentifier"] == ARN + group
    assert result["ingestionTime"] >= result["timestamp"]
    assert control.live_tails() == 1
    stream.close()
    assert wait_until(lambda: control.live_tails() == 0, 2)


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ({"logStreamNames": ["a/2"]}, {"a/2"}),
        ({"logStreamNamePrefixes": ["a/"]}, {"a/1", "a/2"}),
        ({}, {"a/1", "a/2", "b/1"}),
    ],
)
@pytest.mark.usefixtures("control")
def test_a_session_is_for_the_streams_chosen(
    logs: Any, sandbox: Sandbox, group: str, choice: dict[str, Any], wanted: set[str]
) -> None:
    stream = logs.start_live_tail(logGroupIdentifiers=[ARN + group], **choice)["responseStream"]
    for name in ("a/1", "a/2", "b/1"):
        put(logs, sandbox, group, name, "m")
    assert {one["logStreamName"] for one in first_results(stream)} == wanted
    stream.close()


@pytest.mark.usefixtures("control")
def test_more_than_500_a_second_are_sampled(logs: Any, sandbox: Sandbox, group: str) -> None:
    stream = logs.start_live_tail(logGroupIdentifiers=[ARN + group])["responseStream"]
    put(logs, sandbox, group, "a/1", *(f"{number}" for number in range(1200)))
    update = next(one for one in itertools.islice(updates(stream), 5) if one["sessionResults"])
    assert update["sessionMetadata"]["sampled"] is True
    numbers = [int(one["message"]) for one in update["sessionResults"]]
    assert len(numbers) == 500
    assert numbers == sorted(set(numbers))
    stream.close()


def test_a_session_ends_with_the_exception_asked_for(logs: Any, control: Control) -> None:
    stream = logs.start_live_tail(logGroupIdentifiers=[ARN + LOG_GROUP])["responseStream"]
    events = iter(stream)
    next(events)
    assert control.end_live_tails() == 1
    with pytest.raises(EventStreamError, match="SessionTimeoutException") as caught:
        list(events)
    stream.close()
    assert code_of(caught) == "SessionTimeoutException"


def test_other_calls_are_served_while_sessions_stream_and_the_sixteenth_is_refused(
    logs: Any, control: Control
) -> None:
    streams = [
        logs.start_live_tail(logGroupIdentifiers=[ARN + LOG_GROUP])["responseStream"] for _ in range(15)
    ]
    assert control.live_tails() == 15
    assert logs.filter_log_events(logGroupName=LOG_GROUP, limit=1)["events"]
    with pytest.raises(ClientError) as caught:
        logs.start_live_tail(logGroupIdentifiers=[ARN + LOG_GROUP])
    assert code_of(caught) == "LimitExceededException"
    for stream in streams:
        stream.close()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"logGroupIdentifiers": [LOG_GROUP]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [f"{ARN}{LOG_GROUP}:*"]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [f"{ARN}/none"]}, "ResourceNotFoundException"),
        (
            {"logGroupIdentifiers": [ARN + LOG_GROUP, ARN + DATABASE_GROUP], "logStreamNames": ["a"]},
            "InvalidParameterException",
        ),
        (
            {
                "logGroupIdentifiers": [ARN + LOG_GROUP],
                "logStreamNames": ["a"],
                "logStreamNamePrefixes": ["b"],
            },
            "InvalidParameterException",
        ),
        (
            {"logGroupIdentifiers": [ARN + LOG_GROUP], "logEventFilterPattern": "a-b"},
            "InvalidParameterException",
        ),
    ],
)
def test_live_tail_refuses_what_the_service_refuses(logs: Any, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        logs.start_live_tail(**asked)
    assert code_of(caught) == code


def test_the_gate_denies_live_tail(logs: Any, control: Control) -> None:
    control.fail("AccessDeniedException", "logs", "StartLiveTail", message="not authorized")
    with pytest.raises(ClientError, match="not authorized"):
        logs.start_live_tail(logGroupIdentifiers=[ARN + LOG_GROUP])


def test_an_infrequent_access_group_can_be_listed_and_not_be_read(logs: Any) -> None:
    logs.create_log_group(logGroupName="/own/rare", logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_stream(logGroupName="/own/rare", logStreamName="s")
    described = logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert [(one["logGroupName"], one["logGroupClass"]) for one in described] == [
        ("/own/rare", "INFREQUENT_ACCESS")
    ]
    reads: list[Callable[[], Any]] = [
        lambda: logs.filter_log_events(logGroupName="/own/rare"),
        lambda: logs.get_log_events(logGroupName="/own/rare", logStreamName="s"),
        lambda: logs.start_live_tail(logGroupIdentifiers=[f"{ARN}/own/rare"]),
    ]
    for read in reads:
        with pytest.raises(ClientError, match="log-group-class INFREQUENT_ACCESS") as caught:
            read()
        assert code_of(caught) == "InvalidOperationException"
    logs.delete_log_group(logGroupName="/own/rare")


def test_groups_are_found_by_pattern_and_by_prefix_in_pages(logs: Any) -> None:
    made = [f"/own/page-{number:03d}" for number in range(60)]
    for name in made:
        logs.create_log_group(logGroupName=name)

    def names(**asked: Any) -> list[str]:
        pages = logs.get_paginator("describe_log_groups").paginate(**asked)
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    first = logs.describe_log_groups(logGroupNamePrefix="/own/page")
    assert len(first["logGroups"]) == 50
    assert "nextToken" in first
    assert names(logGroupNamePrefix="/own/page") == made
    assert names(logGroupNamePattern="page-00") == made[:10]
    assert names(logGroupNamePattern="PAGE") == []
    assert LOG_GROUP in names()
    with pytest.raises(ClientError, match="mutually exclusive"):
        logs.describe_log_groups(logGroupNamePrefix="/a", logGroupNamePattern="b")
    for name in made:
        logs.delete_log_group(logGroupName=name)


def test_streams_are_chosen_by_names_or_by_prefix(logs: Any, sandbox: Sandbox, group: str) -> None:
    for stream in ("a/1", "a/2", "b/1"):
        put(logs, sandbox, group, stream, stream)

    def found(**choice: Any) -> list[str]:
        return [
            one["message"]
            for one in logs.filter_log_events(logGroupIdentifier=ARN + group, **choice)["events"]
        ]

    assert found(logStreamNamePrefix="a/") == ["a/1", "a/2"]
    assert found(logStreamNames=["b/1", "a/2"]) == ["a/2", "b/1"]
    with pytest.raises(ClientError, match="mutually exclusive"):
        found(logStreamNames=["b/1"], logStreamNamePrefix="a/")


def test_events_are_late_on_request(logs: Any, sandbox: Sandbox, control: Control, group: str) -> None:
    control.late(1.0, 1.5, stream_prefix="a/")
    put(logs, sandbox, group, "a/1", "late")
    put(logs, sandbox, group, "b/1", "on time")

    def seen() -> list[str]:
        return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]

    assert seen() == ["on time"]
    assert wait_until(lambda: seen() == ["late", "on time"], 4)
    late = logs.filter_log_events(logGroupName=group, filterPattern="late")["events"][0]
    assert late["ingestionTime"] - late["timestamp"] >= 1500


def test_a_tenth_of_the_calls_is_throttled(logs: Any, control: Control) -> None:
    control.throttle(0.1, operation="DescribeLogGroups")
    codes = []
    for _ in range(60):
        try:
            logs.describe_log_groups(limit=1)
        except ClientError as problem:
            codes.append((problem.response["Error"]["Code"], problem.response["Error"]["Message"]))
    assert set(codes) == {("ThrottlingException", "Rate exceeded")}
    assert 1 <= len(codes) <= 15


def test_an_outage_cuts_connections_for_its_time(logs: Any, control: Control) -> None:
    started = time.monotonic()
    control.outage(0.6, "logs")
    with pytest.raises(ConnectionClosedError):
        logs.describe_log_groups()

    def answers() -> bool:
        try:
            return bool(logs.describe_log_groups())
        except ConnectionClosedError:
            return False

    assert wait_until(answers, 5)
    assert time.monotonic() - started >= 0.6


def test_an_outage_may_answer_503(logs: Any, control: Control) -> None:
    control.outage(service="logs", is_answered=True)
    with pytest.raises(ClientError) as caught:
        logs.describe_log_groups()
    assert code_of(caught) == "ServiceUnavailableException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_the_database_exports_its_own_log(logs: Any, sandbox: Sandbox) -> None:
    instance = client(sandbox, "rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql"]
    before = logs.filter_log_events(logGroupName=DATABASE_GROUP, filterPattern="duration", limit=5)["events"]
    assert "ms  execute <unnamed>: SELECT id" in before[0]["message"]
    assert before[0]["logStreamName"] == f"{DATABASE}.0"
    assert logs.filter_log_events(logGroupName=DATABASE_GROUP, filterPattern='"checkpoint complete"')[
        "events"
    ]
    start = int(sandbox.clock.now() * 1000)
    assert sandbox.database_url is not None
    with psycopg.connect(sandbox.database_url) as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("SELECT total_time\nFROM pg_stat_statements")

    def says(pattern: str) -> list[str]:
        found = logs.filter_log_events(logGroupName=DATABASE_GROUP, startTime=start, filterPattern=pattern)
        return [event["message"] for event in found["events"]]

    assert wait_until(lambda: len(says('"does not exist"')) > 0, 5)
    statement = says("STATEMENT")[0]
    assert statement.endswith(":STATEMENT:  SELECT total_time\n\tFROM pg_stat_statements")
    # The scenario's missing indexes make real look-ups slow.
    assert wait_until(lambda: len(says("duration")) > 0, 10)
