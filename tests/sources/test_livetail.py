"""Live Tail as a transport: nothing doubled, nothing lost where it begins, thins out, breaks or ends."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.doubles import FakeClock, denied
from tests.sources.scripted_logs import ScriptedLogs, ScriptedStream, Stored
from tests.sources.test_log_schedules import fetch_all, follower
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogEvent
from tui.sources import livefeed, livetail
from tui.sources.limiter import Limiter
from tui.sources.livematch import LiveMatch
from tui.sources.logs import LogsSource


class TimedOut(Exception):
    """What botocore raises when the service ends a session."""

    response = {"Error": {"Code": livetail.TIMED_OUT, "Message": "Session has timed out."}}


class Rig:
    """A source on Live Tail with scripted streams, and both clocks in hand."""

    def __init__(self, *groups: str) -> None:
        self.clock = FakeClock()
        self.real = 0.0
        self.streams = [ScriptedStream(), ScriptedStream()]
        self.logs = ScriptedLogs(self.clock, groups={name: [] for name in groups or ("g",)})
        self.logs.live = list(self.streams)
        self.source = LogsSource(
            self.logs, groups or ("g",), self.clock, limiter=Limiter(1e9), monotonic=lambda: self.real
        )
        self.source.set_live_tail(True)
        self.got: list[LogEvent] = []

    def fetch(self, seconds: float = 1.0) -> LogBatch:
        batch = fetch_all(self.source, self.got)
        assert batch is not None
        self.clock.at_s += seconds
        self.real += seconds
        return batch

    def open(self) -> None:
        """Open the session and pass the time in which both transports run."""
        self.fetch()
        self.fetch()
        self.streams[0].start()
        until(lambda: self.streams[0].given == 1)
        for _ in range(8):
            self.fetch()
        assert self.fetch().transport == "live tail"

    def give(self, *events: Stored, number: int = 0, sampled: bool = False) -> None:
        stream = self.streams[number]
        given = stream.given
        stream.update(*events, sampled=sampled)
        until(lambda: stream.given > given)

    def polls(self) -> int:
        return len(self.logs.asked)


def until(condition: object) -> None:
    deadline = time.monotonic() + 10
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def said(events: list[LogEvent]) -> Counter[str]:
    return Counter(event.message for event in events)


def test_live_events_come_once_and_polling_rests_but_for_sweeps() -> None:
    rig = Rig()
    rig.open()
    polls = rig.polls()
    for number in range(40):
        rig.give(rig.logs.put(message=f"m{number}"))
        rig.fetch()
    assert said(rig.got) == Counter(f"m{number}" for number in range(40))
    assert rig.polls() - polls <= 3


def test_what_live_tail_does_not_bring_a_sweep_does() -> None:
    rig = Rig()
    rig.open()
    rig.logs.put(message="held back by the service")
    for _ in range(21):
        rig.fetch()
    assert said(rig.got)["held back by the service"] == 1


def test_two_equal_events_count_twice() -> None:
    rig = Rig()
    rig.open()
    rig.give(rig.logs.put(message="same"), rig.logs.put(message="same"))
    for _ in range(25):
        rig.fetch()
    assert said(rig.got)["same"] == 2


def test_a_sampled_session_is_told_and_filled_by_polling() -> None:
    rig = Rig()
    rig.open()
    first, _ = rig.logs.put(message="given"), rig.logs.put(message="left out")
    rig.give(first, sampled=True)
    assert rig.fetch().transport == "live tail, sampled"
    assert said(rig.got) == Counter(["given", "left out"])


def test_a_full_queue_drops_the_oldest_and_polling_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(livetail.LiveSession.__init__, "__defaults__", (3,))
    rig = Rig()
    rig.open()
    rig.give(*(rig.logs.put(message=f"m{number}") for number in range(9)))
    rig.fetch()
    assert said(rig.got) == Counter(f"m{number}" for number in range(9))


def test_after_three_hours_the_next_session_takes_over() -> None:
    rig = Rig()
    rig.open()
    rig.give(rig.logs.put(message="before"))
    rig.streams[0].end(TimedOut("SessionTimeoutException"))
    rig.logs.put(message="between")
    until(lambda: rig.fetch(0.0).problems == () and len(rig.logs.live_asked) == 2)
    rig.streams[1].start()
    until(lambda: rig.streams[1].given == 1)
    rig.give(rig.logs.put(message="after"), number=1)
    assert rig.fetch().transport == "live tail"
    assert said(rig.got) == Counter(["before", "between", "after"])


def test_a_denied_session_falls_back_to_polling_for_good() -> None:
    rig = Rig()
    rig.logs.live = denied("logs:StartLiveTail")
    rig.logs.put(message="polled")
    rig.fetch()
    until(lambda: rig.fetch().problems != ())
    batch = rig.fetch()
    assert batch.transport == "polling"
    assert batch.problems == (
        'Live Tail is off, events are polled: logs:StartLiveTail is not allowed. Allow "logs:StartLiveTail".',
    )
    rig.fetch(livefeed.RETRY_S * 2)
    rig.fetch()
    assert rig.logs.calls["start_live_tail"] == 1
    assert said(rig.got) == Counter(["polled"])


def test_an_unreachable_endpoint_is_tried_again() -> None:
    rig = Rig()
    rig.logs.live = SourceError(ErrorKind.UNREACHABLE, "Cannot reach CloudWatch Logs.")
    rig.fetch()
    until(lambda: "tried again in a minute" in " ".join(rig.fetch(0.0).problems))
    rig.logs.live = list(rig.streams)
    rig.fetch(livefeed.RETRY_S + 1)
    rig.fetch()
    rig.streams[0].start()
    until(lambda: rig.streams[0].given == 1)
    assert rig.fetch().transport == "live tail"
    assert rig.fetch().problems == ()


def test_what_is_asked_of_the_service() -> None:
    rig = Rig("g:web/")
    rig.logs.groups = {"g": []}
    rig.source.set_pattern("ERROR")
    rig.fetch()
    rig.fetch()
    until(lambda: rig.logs.live_asked != [])
    assert rig.logs.live_asked[0] == {
        "logGroupIdentifiers": ["arn:aws:logs:r:123456789012:log-group:g"],
        "logStreamNamePrefixes": ["web/"],
        "logEventFilterPattern": "ERROR",
    }
    rig.source.close()


def test_more_groups_than_a_session_takes_are_polled() -> None:
    rig = Rig(*(f"g{number}" for number in range(11)))
    rig.fetch()
    assert "10 log groups at most" in rig.fetch().problems[0]
    assert rig.logs.calls["start_live_tail"] == 0


def test_leaving_ends_the_session_and_switching_off_loses_nothing() -> None:
    rig = Rig()
    rig.open()
    rig.give(rig.logs.put(message="live"))
    rig.fetch()
    rig.source.set_live_tail(False)
    rig.streams[0].update()
    until(lambda: rig.streams[0].is_closed)
    rig.logs.put(message="polled")
    assert rig.fetch().transport == "polling"
    assert said(rig.got) == Counter(["live", "polled"])
    rig.source.close()
    rig.source.set_live_tail(True)
    rig.fetch()
    assert rig.logs.calls["start_live_tail"] == 1


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_whichever_side_is_first_each_event_is_new_once(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    match = LiveMatch()
    events = [(dice.randrange(3), dice.choice("ab"), dice.choice("xy")) for _ in range(dice.randrange(1, 20))]
    reads = [(side, event) for event in events for side in ("live", "polled")]
    dice.shuffle(reads)
    new = Counter(event for side, event in reads if getattr(match, side)(*event))
    assert new == Counter(events)
    assert len(match) == 0


def test_what_is_polled_waits_for_its_twin_half_a_minute_and_not_for_ever() -> None:
    match = LiveMatch()
    start_ms = 1_800_000_000_000
    kept = 0
    for second in range(200):
        now_ms = start_ms + second * 1000
        for number in range(50):
            assert match.polled(now_ms, "s", str(number))
        match.forget(now_ms - 240_000, now_ms)
        if second >= 29:
            assert not match.live(now_ms - 29_000, "s", "7"), "it was forgotten before 30 s"
        kept = max(kept, len(match))
    assert kept <= 61 * 50


def test_what_came_live_is_known_until_it_can_be_polled_no_more() -> None:
    match = LiveMatch()
    assert match.live(100_500, "s", "a")
    assert match.live(200_500, "s", "b")
    match.forget(150_000, 300_000)
    assert len(match) == 1
    assert not match.polled(200_500, "s", "b")
    assert match.polled(100_500, "s", "a")


def test_matching_is_unused_without_live_tail() -> None:
    logs = ScriptedLogs(FakeClock(), groups={"g": []})
    source = follower(logs)
    logs.put()
    fetch_all(source, [])
    assert source._follow is not None
    assert source._follow.live is None
    assert not source.is_live_tail
