"""Changes from CloudTrail: which count, how far back is read, and what they tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.sources.doubles import FakeAws, FakeClock
from tui.sources.changes import LATE_S, LOOK_BACK_S, MAX_CHANGES, ChangesSource
from tui.sources.limiter import Limiter


def event(
    number: int, at_s: float, name: str = "UpdateService", source: str = "ecs.amazonaws.com"
) -> dict[str, Any]:
    return {
        "EventId": f"e{number}", "EventName": name, "EventSource": source, "Username": "mina",
        "EventTime": datetime.fromtimestamp(at_s, UTC), "Resources": [{"ResourceName": "web"}],
        "CloudTrailEvent": json.dumps({"errorCode": "AccessDenied"}),
    }  # fmt: skip


def make(reply: Any, clock: FakeClock) -> tuple[FakeAws, ChangesSource, list[float]]:
    aws = FakeAws({"lookup_events": reply})
    waits: list[float] = []
    limiter = Limiter(2.0, burst=1, monotonic=lambda: 0.0, sleep=waits.append)
    return aws, ChangesSource(aws, clock, limiter), waits


def test_changes_of_the_stack_newest_first_without_noise() -> None:
    clock = FakeClock()
    now = clock.now()
    found = [
        event(1, now - 300),
        event(2, now - 100, "ModifyDBInstance", "rds.amazonaws.com"),
        event(3, now - 50, "CreateLogStream", "logs.amazonaws.com"),
        event(4, now - 40, "RunInstances", "ec2.amazonaws.com"),
    ]
    _, source, _ = make({"Events": found}, clock)
    changes = source.fetch().changes
    assert [change.event for change in changes] == ["ModifyDBInstance", "UpdateService"]
    assert (changes[0].who, changes[0].resources, changes[0].error) == ("mina", ("web",), "AccessDenied")


def test_after_the_first_look_only_what_may_be_late_is_read_again() -> None:
    clock = FakeClock()
    aws, source, _ = make({"Events": [event(1, clock.now() - 60)]}, clock)
    source.fetch()
    assert aws.calls[0][1]["StartTime"].timestamp() == clock.now() - LOOK_BACK_S
    assert aws.calls[0][1]["LookupAttributes"] == [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
    clock.at_s += 120
    assert len(source.fetch().changes) == 1
    assert aws.calls[1][1]["StartTime"].timestamp() == clock.now() - 120 - LATE_S


def test_old_changes_go() -> None:
    clock = FakeClock()
    aws, source, _ = make({"Events": [event(1, clock.now())]}, clock)
    source.fetch()
    aws.replies["lookup_events"] = {"Events": []}
    clock.at_s += LOOK_BACK_S + 1
    assert source.fetch().changes == ()


def test_pages_are_bounded_and_paced() -> None:
    clock = FakeClock()
    number = iter(range(10_000))

    def page(**_: Any) -> dict[str, Any]:
        return {"Events": [event(next(number), clock.now() - 5) for _ in range(50)], "NextToken": "more"}

    aws, source, waits = make(page, clock)
    assert len(source.fetch().changes) == MAX_CHANGES
    assert aws.count("lookup_events") == 6
    assert len(waits) == 5


def test_who_is_found_without_a_username_and_bad_json_does_no_harm() -> None:
    clock = FakeClock()
    by_role = event(1, clock.now())
    del by_role["Username"]
    by_role["CloudTrailEvent"] = json.dumps(
        {"userIdentity": {"arn": "arn:aws:sts::1:assumed-role/deploy/ci"}}
    )
    broken = event(2, clock.now() - 1)
    broken["CloudTrailEvent"] = "{"
    by_service = event(3, clock.now() - 2)
    del by_service["Username"]
    by_service["CloudTrailEvent"] = json.dumps({"userIdentity": {"invokedBy": "autoscaling.amazonaws.com"}})
    _, source, _ = make({"Events": [by_role, broken, by_service]}, clock)
    assert [change.who for change in source.fetch().changes] == ["ci", "mina", "autoscaling.amazonaws.com"]
