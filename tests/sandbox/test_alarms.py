"""Alarm evaluation: M of N, missing data, composite rules, history."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.kit import HandClock
from tui.sandbox.alarms import AlarmBook, composite_holds
from tui.sandbox.metric_store import MetricKey, MetricStore

KEY = MetricKey.of("N", "M")
START = 1_800_000_000


@dataclass
class FakeAlarm:
    name: str = "a"
    rule: str | None = None
    namespace: str = "N"
    metric_name: str = "M"
    dimensions: list[Any] = field(default_factory=list)
    comparison_operator: str = "GreaterThanThreshold"
    evaluation_periods: int = 2
    datapoints_to_alarm: int | None = None
    period: int = 60
    threshold: float = 10.0
    statistic: str = "Average"
    extended_statistic: str | None = None
    treat_missing_data: str | None = None
    state_value: str = "OK"
    state_reason: str = ""
    state_updated_timestamp: Any = None
    state_transitioned_timestamp: Any = None

    def update_state(self, reason: str, _data: str, state: str) -> None:
        self.state_reason, self.state_value = reason, state


def judged(values: list[float | None], **settings: Any) -> str:
    """Return the state after minutes with these values (None: no point)."""
    clock, store = HandClock(START // 60 * 60 + 60 * len(values)), MetricStore()
    for minute, value in enumerate(values):
        if value is not None:
            store.add(KEY, START // 60 * 60 + minute * 60, value)
    alarm = FakeAlarm(**settings)
    book = AlarmBook(store, clock)
    book.configured(alarm, None)
    book.evaluate([alarm])
    return alarm.state_value


@pytest.mark.parametrize(
    ("values", "settings", "state"),
    [
        ([11.0, 12.0], {}, "ALARM"),
        ([9.0, 12.0], {}, "OK"),
        ([9.0, 12.0], {"datapoints_to_alarm": 1}, "ALARM"),
        ([10.0, 10.0], {}, "OK"),
        ([10.0, 10.0], {"comparison_operator": "GreaterThanOrEqualToThreshold"}, "ALARM"),
        ([1.0, 2.0], {"comparison_operator": "LessThanThreshold"}, "ALARM"),
        ([None, None], {}, "INSUFFICIENT_DATA"),
        ([None, None], {"treat_missing_data": "notBreaching"}, "OK"),
        ([None, None], {"treat_missing_data": "breaching"}, "ALARM"),
        ([12.0, None], {"treat_missing_data": "breaching"}, "ALARM"),
        ([12.0, None], {"treat_missing_data": "notBreaching"}, "OK"),
    ],
)
def test_states(values: list[float | None], settings: dict[str, Any], state: str) -> None:
    assert judged(values, **settings) == state


def test_history_tells_creation_and_transitions_newest_first() -> None:
    clock, store = HandClock(START // 60 * 60 + 120), MetricStore()
    alarm, book = FakeAlarm(), AlarmBook(store, clock)
    book.configured(alarm, None)
    store.add(KEY, START // 60 * 60, 20.0)
    store.add(KEY, START // 60 * 60 + 60, 20.0)
    book.evaluate([alarm])
    book.evaluate([alarm])
    assert [item.type for item in book.history("a")] == ["StateUpdate", "ConfigurationUpdate"]
    assert book.history("a", "StateUpdate")[0].summary == "Alarm updated from INSUFFICIENT_DATA to ALARM"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('ALARM("a")', True),
        ("ALARM(b)", False),
        ("ALARM(a) AND OK(b)", True),
        ("ALARM(b) OR (OK(b) AND NOT ALARM(b))", True),
        ("NOT ALARM(a)", False),
        ("ALARM(missing)", False),
        ("ALARM(a) AND", False),
        ("nonsense", False),
    ],
)
def test_composite_rules(rule: str, expected: bool) -> None:
    assert composite_holds(rule, {"a": "ALARM", "b": "OK"}) is expected


def test_a_transition_is_told_as_the_service_tells_it() -> None:
    start = START // 60 * 60
    clock, store = HandClock(start + 600), MetricStore()
    alarm, book = FakeAlarm(), AlarmBook(store, clock)
    for minute, value in enumerate((5.0, 5.0, 20.0, 21.0, 22.0)):
        store.add(KEY, start + minute * 60, value)
    for minute in range(2, 6):
        book.evaluate([alarm], start + minute * 60)
    (item,) = book.history(kind="StateUpdate")
    assert item.at_s == start + 240
    data = json.loads(item.data)
    assert data["version"] == "1.0"
    assert (data["oldState"]["stateValue"], data["newState"]["stateValue"]) == ("OK", "ALARM")
    reason = data["newState"]["stateReasonData"]
    assert reason["recentDatapoints"] == [20.0, 21.0]
    assert [one["value"] for one in reason["evaluatedDatapoints"]] == [21.0, 20.0]
    assert (reason["threshold"], reason["period"], reason["statistic"]) == (10.0, 60, "Average")
    assert book.history(start_s=start + 241) == []
    assert book.history(end_s=start + 239) == []
