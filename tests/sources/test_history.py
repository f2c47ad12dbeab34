"""Histories: the last day once, then what is new; damaged answers; refusals."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sources.doubles import FakeAws, FakeClock, denied, missing
from tui.domain.errors import SourceError
from tui.sources.history import LOOK_BACK_S, OVERLAP_S, AlarmHistorySource, DbEventsSource, ScalingSource


def moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def transition(
    at_s: float, before: str = "OK", after: str = "ALARM", data: str | None = None
) -> dict[str, Any]:
    told = {"oldState": {"stateValue": before}, "newState": {"stateValue": after, "stateReason": "above"}}
    return {
        "AlarmName": "cpu", "Timestamp": moment(at_s), "HistorySummary": "Alarm updated",
        "HistoryData": json.dumps(told) if data is None else data,
    }  # fmt: skip


def test_transitions_newest_first_once_each_and_only_the_new_stretch_again() -> None:
    clock = FakeClock()
    now = clock.now()
    items = [transition(now - 50, "ALARM", "OK"), transition(now - 100)]
    aws = FakeAws({"describe_alarm_history": {"AlarmHistoryItems": items}})
    source = AlarmHistorySource(aws, clock)
    found = source.fetch().transitions
    assert [(one.before, one.after, one.at_s) for one in found] == [
        ("ALARM", "OK", now - 50),
        ("OK", "ALARM", now - 100),
    ]
    assert aws.calls[0][1]["StartDate"].timestamp() == now - LOOK_BACK_S
    assert aws.calls[0][1]["HistoryItemType"] == "StateUpdate"
    clock.at_s += 60
    assert source.fetch().transitions == found
    assert aws.calls[1][1]["StartDate"].timestamp() == now - OVERLAP_S
    clock.at_s += LOOK_BACK_S
    aws.replies["describe_alarm_history"] = {}
    assert source.fetch().transitions == ()


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"newState": 7}'])
def test_a_transition_that_cannot_be_read_keeps_its_summary(data: str) -> None:
    clock = FakeClock()
    aws = FakeAws({"describe_alarm_history": {"AlarmHistoryItems": [transition(clock.now(), data=data)]}})
    (found,) = AlarmHistorySource(aws, clock).fetch().transitions
    assert (found.after, found.reason) == ("", "Alarm updated")


def test_without_permission_on_composite_alarms_metric_alarms_are_read() -> None:
    clock = FakeClock()
    answer = {"AlarmHistoryItems": [transition(clock.now())]}
    aws = FakeAws({"describe_alarm_history": [denied("cloudwatch:DescribeAlarmHistory"), answer]})
    assert len(AlarmHistorySource(aws, clock).fetch().transitions) == 1
    assert aws.calls[1][1]["AlarmTypes"] == ["MetricAlarm"]
    aws.replies["describe_alarm_history"] = denied("cloudwatch:DescribeAlarmHistory")
    with pytest.raises(SourceError):
        AlarmHistorySource(aws, clock).fetch()


def test_events_of_each_instance_without_duplicates_and_without_the_missing_one() -> None:
    clock = FakeClock()

    def reply(SourceIdentifier: str, **_: Any) -> dict[str, Any]:
        if SourceIdentifier == "gone":
            raise missing("gone")
        event = {
            "SourceIdentifier": SourceIdentifier, "Date": moment(clock.now() - 5),
            "Message": "DB instance \x1b[31mrestarted", "EventCategories": ["availability"],
        }  # fmt: skip
        return {"Events": [event, dict(event)]}

    source = DbEventsSource(FakeAws({"describe_events": reply}), ("a", "gone", "b"), clock)
    events = source.fetch().events
    assert sorted(one.database for one in events) == ["a", "b"]
    assert events[0].message == "DB instance restarted"
    assert source.fetch().events == events


def test_scaling_reads_back_one_day_and_then_one_page() -> None:
    clock = FakeClock()
    numbers = iter(range(10_000))

    def reply(**_: Any) -> dict[str, Any]:
        number = next(numbers)
        at_s = clock.now() - number * LOOK_BACK_S / 3
        activity = {"ActivityId": f"a{number}", "StartTime": moment(at_s), "StatusCode": "Successful"}
        return {"ScalingActivities": [activity], "NextToken": "more"}

    aws = FakeAws({"describe_scaling_activities": reply})
    source = ScalingSource(aws, "arn:aws:ecs:eu-west-1:123456789012:cluster/prod", ("web",), clock)
    assert [one.id for one in source.fetch().activities] == ["a0", "a1", "a2", "a3"]
    assert aws.calls[0][1]["ResourceId"] == "service/prod/web"
    calls = len(aws.calls)
    source.fetch()
    assert len(aws.calls) == calls + 1
