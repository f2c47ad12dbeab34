"""Following log groups: every event once, whatever the order, the pages and the failures."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.doubles import FakeAws, FakeClock, denied, missing, throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogEvent
from tui.sources import logs
from tui.sources.limiter import Limiter
from tui.sources.logs import LogsSource


def unlimited() -> Limiter:
    return Limiter(1e9)


@dataclass
class Groups:
    """Log groups in memory: (timestamp ms, id, message) that become visible when they are added."""

    events: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    page: int = 10_000
    log_class: str = "STANDARD"
    failures: dict[str, SourceError] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def filter(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        name = asked["logGroupName"]
        if name in self.failures:
            raise self.failures[name]
        found = sorted(one for one in self.events.get(name, []) if one[0] >= asked["startTime"])
        if pattern := asked.get("filterPattern"):
            found = [one for one in found if pattern in one[2]]
        start = int(asked.get("nextToken", 0))
        page = found[start : start + self.page]
        more = {"nextToken": str(start + self.page)} if start + self.page < len(found) else {}
        raw = [{"timestamp": at, "eventId": event, "message": said, "ingestionTime": at, "logStreamName": "s"}
               for at, event, said in page]  # fmt: skip
        return {"events": raw, **more}

    def describe(self, **asked: Any) -> dict[str, Any]:
        name = asked["logGroupNamePrefix"]
        return {"logGroups": [{"logGroupName": name + "-other", "logGroupClass": "DELIVERY"},
                              {"logGroupName": name, "logGroupClass": self.log_class}]}  # fmt: skip


def follow(groups: Groups, clock: FakeClock, *names: str, **more: Any) -> LogsSource:
    aws = FakeAws({"filter_log_events": groups.filter, "describe_log_groups": groups.describe})
    return LogsSource(aws, names or ("g",), clock, limiter=unlimited(), **more)


def ids(events: tuple[LogEvent, ...]) -> list[str]:
    return [event.id for event in events]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_new_events_come_once_in_order_of_time(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups(
        {"g": [(now - 1000, "b", "two"), (now - 2000, "a", "one\n")], "h": [(now - 1500, "c", "x")]}
    )
    source = follow(groups, clock, "g", "h")
    batch = source.fetch()
    assert ids(batch.events) == ["a", "c", "b"]
    assert [(event.group, event.message) for event in batch.events] == [
        ("g", "one"),
        ("h", "x"),
        ("g", "two"),
    ]
    assert source.fetch().events == ()
    groups.events["g"].append((now - 500, "d", "late, but within the overlap"))
    assert ids(source.fetch().events) == ["d"]


def test_a_late_event_of_a_quiet_group_is_not_lost(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now, "a", "x")]})
    source = follow(groups, clock)
    source.fetch()
    groups.events["g"].append((now - 20_000, "late", "x"))
    clock.at_s += 2
    assert ids(source.fetch().events) == ["late"]


def test_the_start_moves_on_even_when_nothing_arrives(clock: FakeClock) -> None:
    groups = Groups()
    source = follow(groups, clock)
    source.fetch()
    first = groups.asked[-1]["startTime"]
    clock.at_s += 3600
    source.fetch()
    source.fetch()
    assert groups.asked[-1]["startTime"] > first + 3_400_000


def test_an_event_from_the_future_hides_nothing(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now + 3_600_000, "future", "x")]})
    source = follow(groups, clock)
    assert ids(source.fetch().events) == ["future"]
    groups.events["g"].append((now + 1000, "next", "x"))
    clock.at_s += 2
    assert ids(source.fetch().events) == ["next"]


def test_pages_beyond_a_turn_follow_with_the_next_fetch(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now - 1000 + number, f"{number:03}", "x") for number in range(100)]}, page=10)
    source = follow(groups, clock)
    got: list[str] = []
    fetches = 0
    while True:
        got += ids(source.fetch().events)
        fetches += 1
        if not source.has_more:
            break
    assert got == [f"{number:03}" for number in range(100)]
    assert fetches == 3


def test_a_big_page_is_handed_out_in_portions(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    count = logs.MAX_EVENTS * 2 + 1
    groups = Groups({"g": [(now, f"{number:06}", "x") for number in range(count)]}, page=count)
    source = follow(groups, clock)
    sizes = [len(source.fetch().events)]
    while source.has_more:
        sizes.append(len(source.fetch().events))
    assert sizes[:3] == [logs.MAX_EVENTS, logs.MAX_EVENTS, 1]
    assert sum(sizes) == count


@given(seed=st.integers(0, 10_000))
def test_every_event_within_the_overlap_comes_exactly_once(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    clock = FakeClock()
    groups = Groups({"g": []}, page=dice.choice([3, 7, 1000]))
    source = follow(groups, clock)
    sent: list[str] = []
    got: list[str] = []
    for step in range(12):
        for number in range(dice.randrange(8)):
            event = f"{step}-{number}"
            delay_ms = dice.randrange(int(logs.OVERLAP_S * 1000))
            groups.events["g"].append((int(clock.now() * 1000) - delay_ms, event, "x"))
            sent.append(event)
        got += ids(source.fetch().events)
        clock.at_s += dice.choice([0.5, 2.0, 5.0])
    # What came in behind the page that a drain had reached is read by the next drain.
    for _ in range(2):
        got += ids(source.fetch().events)
        while source.has_more:
            got += ids(source.fetch().events)
    assert sorted(got) == sorted(sent)


def test_another_pattern_starts_over(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now - 2000, "a", "INFO x"), (now - 1000, "b", "ERROR x")]})
    source = follow(groups, clock)
    assert ids(source.fetch().events) == ["a", "b"]
    source.set_pattern("ERROR")
    assert source.pattern == "ERROR"
    assert ids(source.fetch().events) == ["b"]


def test_a_group_that_fails_is_a_problem_and_the_others_go_on(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now, "a", "x")]}, failures={"h": missing("log group h")})
    batch = follow(groups, clock, "g", "h").fetch()
    assert ids(batch.events) == ["a"]
    assert batch.problems == ("h: log group h does not exist.",)


def test_when_every_group_fails_the_source_fails(clock: FakeClock) -> None:
    groups = Groups(failures={"g": denied("logs:FilterLogEvents")})
    with pytest.raises(SourceError) as caught:
        follow(groups, clock).fetch()
    assert caught.value.kind is ErrorKind.ACCESS_DENIED


def test_events_read_before_a_throttled_group_are_not_lost(clock: FakeClock) -> None:
    now = int(clock.now() * 1000)
    groups = Groups({"g": [(now, "a", "x")]}, failures={"h": throttled()})
    source = follow(groups, clock, "g", "h")
    with pytest.raises(SourceError):
        source.fetch()
    groups.failures.clear()
    assert ids(source.fetch().events) == ["a"]


@pytest.mark.parametrize("log_class", ["INFREQUENT_ACCESS", "DELIVERY"])
def test_a_group_that_cannot_be_tailed_says_so_and_is_not_asked(clock: FakeClock, log_class: str) -> None:
    groups = Groups(log_class=log_class)
    source = follow(groups, clock)
    for _ in range(2):
        assert log_class in source.fetch().problems[0]
    assert groups.asked == []


def test_without_permission_to_read_the_class_it_is_tailed(clock: FakeClock) -> None:
    groups = Groups({"g": [(int(clock.now() * 1000), "a", "x")]})
    aws = FakeAws(
        {"filter_log_events": groups.filter, "describe_log_groups": denied("logs:DescribeLogGroups")}
    )
    assert ids(LogsSource(aws, ["g"], clock, limiter=unlimited()).fetch().events) == ["a"]


def test_escape_sequences_are_taken_out_at_ingest(clock: FakeClock) -> None:
    groups = Groups({"g": [(int(clock.now() * 1000), "a", "\x1b[31mred\x1b]0;title\x07 [/x]")]})
    assert follow(groups, clock).fetch().events[0].message == "red [/x]"


def test_what_is_remembered_stays_bounded(clock: FakeClock) -> None:
    groups = Groups({"g": []})
    source = follow(groups, clock)
    for step in range(200):
        groups.events["g"] = [(int(clock.now() * 1000), f"{step}-{number}", "x") for number in range(50)]
        source.fetch()
        clock.at_s += 10
    assert source._follow is not None
    (member,) = source._follow.members.values()
    assert member.cursor.remembered < 2000, "those of some 300 s"


def test_requests_share_one_limit() -> None:
    waits: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    limiter = Limiter(2.0, burst=2, monotonic=lambda: now[0], sleep=sleep)
    for _ in range(6):
        limiter.wait()
    assert waits == [0.5, 0.5, 0.5, 0.5]
    now[0] += 10
    limiter.wait()
    assert len(waits) == 4
