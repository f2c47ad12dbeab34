"""Log events pass the SDK's parser by, and come out as it would give them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.schema import Config
from tests.sources.doubles import endpoint
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.fastevents import take_events
from tui.sources.session import AwsSession, StaticKeys

EVENT = {
    "logStreamName": "app/1",
    "timestamp": 5,
    "message": "안녕 \ud83d",
    "ingestionTime": 7,
    "eventId": "1",
}


def session(url: str) -> AwsSession:
    return AwsSession(
        Config(region="ap-northeast-2", endpoint_url=url), Clock(), keys=StaticKeys("key", "secret")
    )


def test_a_page_comes_whole_through_the_session() -> None:
    with endpoint() as seen:
        seen.answers.append((200, {"events": [EVENT], "nextToken": "t", "searchedLogStreams": []}))
        page = session(seen.url).call("logs", "filter_log_events", logGroupName="/ecs/web")
    assert page["events"] == [EVENT]
    assert page["nextToken"] == "t"
    assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_error_is_left_to_the_sdk() -> None:
    refusal = {"__type": "ResourceNotFoundException", "message": "no such group", "events": []}
    with endpoint() as seen:
        seen.answers.append((400, refusal))
        with pytest.raises(SourceError) as caught:
            session(seen.url).call("logs", "filter_log_events", logGroupName="/ecs/web")
    assert caught.value.kind is ErrorKind.NOT_FOUND


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"events": 5}', b"\xff\xfe{"])
def test_what_is_no_such_answer_is_left_whole(body: bytes) -> None:
    response: dict[str, Any] = {"status_code": 200, "body": body}
    laid_over: dict[str, Any] = {}
    take_events(response, laid_over)
    assert response["body"] == body
    assert laid_over == {}


def test_the_rest_stays_for_the_sdk() -> None:
    response: dict[str, Any] = {"status_code": 200, "body": json.dumps({"events": [EVENT], "a": 1}).encode()}
    laid_over: dict[str, Any] = {}
    take_events(response, laid_over)
    assert json.loads(response["body"]) == {"a": 1}
    assert laid_over == {"events": [EVENT]}
