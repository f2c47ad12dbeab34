"""The follower in trouble: a silent group, failures beside events, a slow limiter, ranges that still fill."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.sources.doubles import FakeClock, missing
from tests.sources.scripted_logs import ScriptedLogs, ScriptedStream, unreachable
from tests.sources.test_log_schedules import fetch_all, follower
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogEvent
from tui.sources.limiter import Limiter
from tui.sources.logfollow import RETRY_S
from tui.sources.loggroups import is_covered
from tui.sources.logs import LogsSource


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def logs(clock: FakeClock) -> ScriptedLogs:
    return ScriptedLogs(clock, groups={"a": [], "b": [], "c": []})


def messages(events: list[LogEvent]) -> set[str]:
    return {event.message for event in events}


@pytest.mark.parametrize("silent", ["a", "b", "c"])
def test_a_group_that_does_not_answer_holds_up_no_other(
    logs: ScriptedLogs, clock: FakeClock, silent: str
) -> None:
    source, got = follower(logs, "a", "b", "c"), list[LogEvent]()
    logs.errors[silent] = unreachable()
    others = sorted({"a", "b", "c"} - {silent})
    for number in range(40):
        for group in others:
            logs.put(group=group, message=f"{group}{number}")
        batch = fetch_all(source, got)
        clock.at_s += 1
    assert messages(got) == {f"{group}{number}" for group in others for number in range(40)}
    assert batch is not None
    assert [one.startswith(f"{silent}: Cannot reach") for one in batch.problems] == [True]
    logs.put(group=silent, ago_s=30, message="kept for later")
    logs.errors.clear()
    clock.at_s += RETRY_S
    batch = fetch_all(source, got)
    assert "kept for later" in messages(got)
    assert batch is not None
    assert (batch.problems, batch.gaps) == ((), ())


def test_only_the_group_that_was_not_read_has_a_gap(logs: ScriptedLogs, clock: FakeClock) -> None:
    source, got = follower(logs, "a", "b"), list[LogEvent]()
    fetch_all(source, got)
    logs.errors["b"] = unreachable()
    gaps = []
    for _ in range(40):
        clock.at_s += 1
        fetch_all(source, got)
        gaps = [(gap.group, (gap.end_ms - gap.start_ms) // 1000) for gap in source.gaps()]
    assert [group for group, _ in gaps] == ["b"]
    assert gaps[0][1] >= 40 - RETRY_S


def test_the_gap_of_a_group_that_is_gone_closes(logs: ScriptedLogs, clock: FakeClock) -> None:
    source, got = follower(logs, "a", "b"), list[LogEvent]()
    fetch_all(source, got)
    logs.errors["b"] = unreachable()
    clock.at_s += 5
    fetch_all(source, got)
    assert len(source.gaps()) == 1
    logs.errors["b"] = missing("log group b")
    clock.at_s += RETRY_S
    fetch_all(source, got)
    assert source.gaps() == ()


def test_when_none_answers_it_is_a_failure(logs: ScriptedLogs, clock: FakeClock) -> None:
    source = follower(logs, "a", "b")
    logs.outages = [(clock.now(), clock.now() + 10)]
    with pytest.raises(SourceError) as caught:
        source.fetch()
    assert caught.value.kind is ErrorKind.UNREACHABLE


def test_what_was_read_before_a_failure_is_handed_out(logs: ScriptedLogs) -> None:
    source = follower(logs, "a", "b", "c")
    fetch_all(source, [])
    for group in "abc":
        logs.put(group=group, message=group)
    logs.errors["c"] = SourceError(ErrorKind.EXPIRED_CREDENTIALS, "The AWS credentials have expired.")
    batch = source.fetch()
    assert messages(list(batch.events)) == {"a", "b"}
    assert batch.problems == ("The AWS credentials have expired.",)
    with pytest.raises(SourceError) as caught:
        source.fetch()
    assert caught.value.kind is ErrorKind.EXPIRED_CREDENTIALS


def test_nobody_asks_again_before_the_limiters_turn(logs: ScriptedLogs) -> None:
    now = [0.0]
    limiter = Limiter(0.1, monotonic=lambda: now[0], sleep=lambda _: None)
    source = LogsSource(logs, ["a", "b"], logs.clock, limiter=limiter, monotonic=lambda: now[0])
    source.fetch()
    assert len(logs.asked) == 1
    assert not source.has_more
    now[0] = 9.0
    assert source.has_more


def test_a_session_opened_for_a_follow_that_was_dropped_is_closed(clock: FakeClock) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(ScriptedLogs):
        def _describe_log_groups(self, asked: dict[str, Any]) -> dict[str, Any]:
            inside.set()
            assert go_on.wait(10)
            return super()._describe_log_groups(asked)

    logs = Slow(clock, groups={"/x/a": []})
    stream = ScriptedStream()
    stream.start()
    logs.live = [stream]
    source = LogsSource(logs, ["/x/*"], clock, limiter=Limiter(1e9), monotonic=lambda: 0.0)
    source.set_live_tail(True)
    thread = threading.Thread(target=source.fetch)
    thread.start()
    assert inside.wait(10)
    follow = source._follow
    assert follow is not None
    source.set_pattern("ERROR")
    go_on.set()
    thread.join(10)
    assert follow.live is not None
    assert follow.live.is_closed


def test_a_range_that_still_fills_is_swept_until_nothing_can_come(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    source, got = follower(logs, "a"), list[LogEvent]()
    start_ms = int(clock.now() * 1000)
    source.set_range(start_ms, start_ms + 60_000)
    expected = set()
    seconds = 0
    while not source.has_ended:
        if seconds % 5 == 0 and seconds < 60:
            late = seconds % 10 == 0
            logs.put(group="a", late_s=45.0 if late else 0.0, message=f"m{seconds}")
            expected.add(f"m{seconds}")
        fetch_all(source, got)
        clock.at_s += 1
        seconds += 1
        assert seconds < 300
    assert messages(got) == expected
    assert len(got) == len(expected)


def test_a_range_that_is_long_over_takes_one_read(logs: ScriptedLogs, clock: FakeClock) -> None:
    source, got = follower(logs, "a"), list[LogEvent]()
    logs.put(group="a", ago_s=600, message="old")
    now_ms = int(clock.now() * 1000)
    source.set_range(now_ms - 900_000, now_ms - 300_000)
    fetch_all(source, got)
    assert source.has_ended
    assert messages(got) == {"old"}
    assert len(logs.asked) == 1


def test_a_part_of_a_group_is_covered_by_a_wider_one() -> None:
    parts = [("g", "web"), ("g", "web/app"), ("h", "")]
    assert [is_covered(part, parts) for part in parts] == [False, True, False]
    assert is_covered(("h", "x"), parts)


def test_an_event_of_a_megabyte_is_kept_whole(logs: ScriptedLogs) -> None:
    logs.put(group="a", message='{"a": "' + "x" * 1_000_000 + '"}')
    got: list[LogEvent] = []
    fetch_all(follower(logs, "a"), got)
    assert [len(event.message) for event in got] == [1_000_009]


def test_resting_ends_live_tail_until_the_next_fetch(logs: ScriptedLogs) -> None:
    streams = [ScriptedStream(), ScriptedStream()]
    for stream in streams:
        stream.start()
    logs.live = list(streams)
    source = follower(logs, "a")
    source.set_live_tail(True)
    fetch_all(source, [])
    fetch_all(source, [])
    first = source._follow
    assert first is not None
    live = first.live
    assert live is not None
    source.rest()
    assert live.is_closed
    fetch_all(source, [])
    assert first.live is not None
    assert not first.live.is_closed
    source.close()


def test_a_crowd_of_the_future_is_read_once_and_holds_up_nothing(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    logs.page = 100
    source, got = follower(logs, "a"), list[LogEvent]()
    fetch_all(source, got)
    for second in range(60):
        for number in range(100):
            logs.put(group="a", ago_s=-300 - number / 100, stream="skewed")
        honest = logs.put(group="a", message=f"honest {second}")
        before = len(logs.asked)
        fetch_all(source, got)
        assert honest.message in messages(got[-2500:])
        if second > 20:
            assert len(logs.asked) - before <= 12
        clock.at_s += 1
    for _ in range(6):
        fetch_all(source, got)
        clock.at_s += 1
    assert len(got) == len({event.id for event in got}) == 60 * 101


def test_a_group_that_writes_faster_than_it_is_read_ends_its_first_window(clock: FakeClock) -> None:
    class Flood(ScriptedLogs):
        def _filter(self, asked: dict[str, Any]) -> dict[str, Any]:
            if asked["logGroupName"] == "busy":
                for _ in range(30):
                    clock.at_s += 0.02
                    self.put(group="busy")
            return super()._filter(asked)

    logs = Flood(clock, page=20, groups={"busy": [], "quiet": []})
    for _ in range(200):
        logs.put(group="busy", ago_s=1)
    logs.put(group="quiet", ago_s=5, message="first")
    source, got = follower(logs, "busy", "quiet"), list[LogEvent]()
    for number in range(40):
        logs.put(group="quiet", message=f"later {number}")
        got += source.fetch().events
        clock.at_s += 1
    said = messages(got)
    assert {"first", "later 0", "later 20"} <= said
