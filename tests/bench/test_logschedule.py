"""The feed of the bench: every event in one page or another, in order, and none before its time."""

from __future__ import annotations

import json
import time

import pytest

from tests.bench.logfeed import Feed, Lane
from tests.bench.logschedule import PAGE_BYTES, PAGE_EVENTS, Plan, Schedule, message_of

START_MS = 1_700_000_000_000
PLAN = Plan(START_MS, 20_000, 10.0, streams=4, late_share=0.05, very_late=7)


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return Schedule(PLAN)


def _drained(schedule: Schedule, now_ms: int, limit: int = PAGE_EVENTS) -> list[dict[str, object]]:
    events: list[dict[str, object]] = []
    position: int | None = 0
    while position is not None:
        page = schedule.page(now_ms, 0, None, position, limit=limit)
        read = json.loads(b"[" + page.body + b"]")
        assert len(read) == page.count <= limit
        assert sum(len(str(one["message"])) for one in read) <= PAGE_BYTES
        events.extend(read)
        position = page.position
    return events


def test_pages_hold_every_event_once_in_the_service_s_order(schedule: Schedule) -> None:
    events = _drained(schedule, PLAN.end_ms)
    keys = [(one["timestamp"], one["ingestionTime"]) for one in events]
    assert keys == sorted(keys)
    assert {one["message"] for one in events} == {message_of(number) for number in range(PLAN.events)}
    assert len({one["eventId"] for one in events}) == PLAN.events == len(events)


def test_nothing_is_readable_before_it_is_ingested(schedule: Schedule) -> None:
    now_ms = START_MS + 5000
    events = _drained(schedule, now_ms, limit=333)
    assert len(events) == schedule.readable(now_ms)
    assert max(int(str(one["ingestionTime"])) for one in events) <= now_ms


def test_late_events_are_as_many_and_as_late_as_planned(schedule: Schedule) -> None:
    assert len(schedule.late(PLAN.late_s)) == PLAN.very_late
    assert PLAN.events * 0.04 < len(schedule.late(0.0)) < PLAN.events * 0.06
    assert len(schedule.late(PLAN.late_s)) == PLAN.events - schedule.readable(
        PLAN.start_ms + int((PLAN.seconds + PLAN.late_s) * 1000)
    )


def test_a_range_and_streams_narrow_the_page(schedule: Schedule) -> None:
    # Two events a millisecond over four streams: each has one every other millisecond.
    page = schedule.page(PLAN.end_ms, START_MS + 1000, START_MS + 1003, streams=frozenset((1,)))
    read = json.loads(b"[" + page.body + b"]")
    assert {one["timestamp"] for one in read} == {START_MS + 1000, START_MS + 1002}
    assert {one["logStreamName"] for one in read} == {schedule.streams[1]}


def test_lanes_have_faults_and_counts_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    plan = Plan(int(time.time() * 1000) - 60_000, 300, 30.0)
    with Feed(plan, [Lane("well"), Lane("throttled", throttle_share=1.0)]) as feed:
        for lane in ("well", "throttled"):
            for name, value in feed.environ(lane).items():
                monkeypatch.setenv(name, value)
            client = boto3.session.Session().client("logs", config=Config(retries={"total_max_attempts": 1}))
            if lane == "well":
                assert len(client.filter_log_events(logGroupName=plan.group)["events"]) == plan.events
            else:
                with pytest.raises(ClientError, match="ThrottlingException"):
                    client.filter_log_events(logGroupName=plan.group)
            client.close()
        assert feed.counts("well").events == 300
        assert feed.counts("throttled").throttled == 1
