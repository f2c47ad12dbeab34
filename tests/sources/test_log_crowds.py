"""Groups that are hard to keep up with: a first window that fills as it is read, senders ahead of time."""

from __future__ import annotations

import pytest

from tests.sources.doubles import FakeClock
from tests.sources.scripted_logs import ScriptedLogs
from tests.sources.test_log_schedules import fetch_all, follower
from tui.domain.snapshots import LogEvent


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def logs(clock: FakeClock) -> ScriptedLogs:
    return ScriptedLogs(clock, groups={"busy": [], "quiet": []})


def test_the_first_window_of_a_busy_group_ends_although_it_grows_faster_than_it_is_read(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    logs.page = 10
    for number in range(100):
        logs.put(ago_s=20 - number / 5, group="busy")
    source = follower(logs, "busy", "quiet")
    got: list[LogEvent] = []
    for _ in range(30):
        for _ in range(60):
            logs.put(group="busy")
        logs.put(group="quiet")
        got += source.fetch().events
        clock.at_s += 1
    assert sum(event.group == "quiet" for event in got) >= 15


@pytest.mark.parametrize("ahead_s", [0.0, 100.0])
def test_a_range_is_read_whole_whether_its_beginning_is_past_or_future(
    logs: ScriptedLogs, clock: FakeClock, ahead_s: float
) -> None:
    start_ms = int((clock.now() + ahead_s) * 1000)
    source = follower(logs, "quiet")
    source.set_range(start_ms, start_ms + 30_000)
    sent: list[str] = []
    got: list[LogEvent] = []
    for second in range(300):
        if ahead_s <= second <= ahead_s + 30:
            sent.append(logs.put(group="quiet").id)
        fetch_all(source, got)
        clock.at_s += 1
    assert [event.id for event in got] == sent
    assert source.has_ended
    assert all(one["startTime"] <= one["endTime"] for one in logs.asked)


def test_a_sender_whose_clock_is_ahead_does_not_hold_up_the_others(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    logs.page = 100
    source = follower(logs, "busy")
    got: list[LogEvent] = []
    waits: list[float] = []
    for second in range(200):
        honest = logs.put(group="busy")
        for _ in range(30):
            logs.put(ago_s=-300, group="busy", stream="ahead")
        events = source.fetch().events
        got += events
        if second >= 20:
            waits += [(clock.now() * 1000 - one.time_ms) / 1000 for one in events if one.stream == "s"]
            assert not waits or waits[-1] <= 5, f"{honest.id} was not read for long"
        clock.at_s += 1
    assert len(waits) >= 175
    clock.at_s += 300
    fetch_all(source, got)
    assert sorted(event.id for event in got) == sorted(one.id for one in logs.groups["busy"])


def test_the_ids_of_a_crowded_future_are_bounded_and_what_waits_comes_in_its_time(
    logs: ScriptedLogs, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.sources.logcursor.MANY_AHEAD", 50)
    monkeypatch.setattr("tui.sources.logcursor.MOST_AHEAD", 200)
    logs.page = 20
    for number in range(3000):
        logs.put(ago_s=-number / 10 - 60, group="busy", stream="ahead")
    source = follower(logs, "busy")
    got: list[LogEvent] = []
    for _ in range(30):
        fetch_all(source, got)
        clock.at_s += 1
    assert source._follow is not None
    (member,) = source._follow.members.values()
    assert member.cursor.remembered == len(got)
    assert 200 <= len(got) <= 200 + logs.page
    for _ in range(360):
        fetch_all(source, got)
        clock.at_s += 1
    assert sorted(event.id for event in got) == sorted(one.id for one in logs.groups["busy"])
