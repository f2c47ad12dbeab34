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
