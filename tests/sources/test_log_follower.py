"""The follower beside single events: late marks, gaps, globs, prefixes, ranges, context, and its manners."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.sources.doubles import FakeClock, denied, missing, throttled
from tests.sources.scripted_logs import ScriptedLogs, Stored
from tests.sources.test_log_schedules import fetch_all, follower
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogEvent
from tui.sources import logs as logs_module
from tui.sources.limiter import FLOOR_PER_S, AdaptiveLimiter, Limiter, shared_limiter
from tui.sources.loggroups import resolve
from tui.sources.logs import LogsSource
from tui.sources.seenids import SeenIds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def logs(clock: FakeClock) -> ScriptedLogs:
    return ScriptedLogs(clock, groups={"g": []})


def messages(events: tuple[LogEvent, ...] | list[LogEvent]) -> list[str]:
    return [event.message for event in events]


def last(source: LogsSource) -> LogBatch:
    batch = fetch_all(source, [])
    assert batch is not None
    return batch


def test_an_event_behind_the_overlap_is_late_and_counted(logs: ScriptedLogs, clock: FakeClock) -> None:
    source = follower(logs)
    logs.put(ago_s=1, message="old")
    source.fetch()
    logs.put(ago_s=0, message="new")
    assert [event.is_late for event in source.fetch().events] == [False]
    logs.put(ago_s=2, message="within the overlap")
    logs.put(ago_s=10, message="late")
    clock.at_s += 1
    batch = source.fetch()
    assert {event.message: event.is_late for event in batch.events} == {
        "within the overlap": False,
        "late": True,
    }
    assert batch.late == 1


def test_a_sweep_finds_what_a_busy_group_got_late(logs: ScriptedLogs, clock: FakeClock) -> None:
    source = follower(logs)
    for _ in range(40):
        for _ in range(60):
            logs.put()
        source.fetch()
        clock.at_s += 1
    late = logs.put(ago_s=31, message="late")
    got: list[LogEvent] = []
    fetch_all(source, got)
    for _ in range(21):
        clock.at_s += 1
        logs.put()
        fetch_all(source, got)
    assert [(event.id, event.is_late) for event in got if event.message == "late"] == [(late.id, True)]


def test_a_gap_opens_grows_shrinks_and_closes(logs: ScriptedLogs, clock: FakeClock) -> None:
    source = follower(logs)
    logs.put(ago_s=5)
    source.fetch()
    stopped = clock.now()
    logs.outages = [(stopped + 1, stopped + 30)]
    spans: list[tuple[int, float, str]] = []
    for _ in range(3):
        clock.at_s += 5
        with pytest.raises(SourceError):
            source.fetch()
        (gap,) = source.gaps()
        spans.append((gap.id, (gap.end_ms - gap.start_ms) / 1000, gap.reason))
    assert [(span, why) for _, span, why in spans] == [
        (5, "unreachable"),
        (10, "unreachable"),
        (15, "unreachable"),
    ]
    assert len({one for one, _, _ in spans}) == 1
    for second in range(1, 15):
        logs.put(ago_s=second, message=f"-{second}")
    clock.at_s = stopped + 31
    logs.page = 2
    batch = source.fetch()
    assert [gap.id for gap in batch.gaps] == [spans[0][0]]
    assert stopped * 1000 < batch.gaps[0].start_ms < batch.gaps[0].end_ms
    got = list(batch.events)
    fetch_all(source, got)
    assert source.gaps() == ()
    assert messages(got) == [f"-{second}" for second in range(14, 0, -1)]
    assert not any(event.is_late for event in got)


def test_throttling_opens_a_gap_in_the_groups_that_were_not_read(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    logs.groups["h"] = []
    source = follower(logs, "g", "h")
    last(source)
    clock.at_s += 5
    logs.errors["h"] = throttled()
    with pytest.raises(SourceError):
        source.fetch()
    assert [(gap.group, gap.reason) for gap in source.gaps()] == [("h", "throttled")]


def test_a_backlog_is_in_order_over_all_groups(logs: ScriptedLogs) -> None:
    logs.page = 3
    for number in range(60):
        logs.put(ago_s=800 - number * 10, group="g")
    for number in range(600):
        logs.put(ago_s=700 - number, group="h")
    got: list[LogEvent] = []
    fetch_all(follower(logs, "g", "h"), got)
    assert len(got) == 660
    assert [event.time_ms for event in got] == sorted(event.time_ms for event in got)


def test_globs_are_followed_and_new_groups_appear(logs: ScriptedLogs, clock: FakeClock) -> None:
    logs.groups = {name: [] for name in (*(f"/ecs/{number:03}" for number in range(60)), "/rds/x")}
    logs.put(group="/ecs/001", message="one")
    source = follower(logs, "/ecs/00?", "*/x")
    batch: LogBatch | None = last(source)
    assert batch is not None
    assert batch.groups == (*(f"/ecs/00{number}" for number in range(10)), "/rds/x")
    logs.groups["/rds/late/x"] = []
    logs.put(group="/rds/late/x", message="new group")
    got: list[LogEvent] = []
    fetch_all(source, got)
    assert got == []
    clock.at_s += 61
    batch = fetch_all(source, got)
    assert messages(got) == ["new group"]
    assert batch is not None
    assert "/rds/late/x" in batch.groups
    del logs.groups["/rds/x"]
    clock.at_s += 61
    source.fetch()
    assert "/rds/x" not in last(source).groups


def test_a_glob_that_matches_nothing_or_too_much_says_so(logs: ScriptedLogs) -> None:
    assert "No log group matches /none/*" in last(follower(logs, "/none/*")).problems[0]
    logs.groups = {f"/ecs/{number:03}": [] for number in range(60)}
    batch = last(follower(logs, "/ecs/*"))
    assert len(batch.groups) == 50
    assert "matches 60 log groups: the first 50" in batch.problems[0]


def test_a_stream_prefix_is_asked_for(logs: ScriptedLogs) -> None:
    logs.put(stream="web/1", message="web")
    logs.put(stream="job/1", message="job")
    got: list[LogEvent] = []
    fetch_all(follower(logs, "g:web/", "g:web/1"), got)
    assert messages(got) == ["web"]
    assert {asked["logStreamNamePrefix"] for asked in logs.asked} == {"web/"}


def test_a_group_deleted_while_tailing_is_a_problem_until_it_is_back(
    logs: ScriptedLogs, clock: FakeClock
) -> None:
    logs.groups["h"] = []
    source = follower(logs, "g", "h")
    last(source)
    logs.errors["h"] = missing("log group h")
    clock.at_s += 2
    assert last(source).problems == ("h: log group h does not exist.",)
    asked = sum(one["logGroupName"] == "h" for one in logs.asked)
    clock.at_s += 2
    assert last(source).problems == ("h: log group h does not exist.",)
    assert sum(one["logGroupName"] == "h" for one in logs.asked) == asked, "not at every poll"
    logs.errors.clear()
    logs.put(group="h", message="back")
    clock.at_s += 16
    got: list[LogEvent] = []
    batch = fetch_all(source, got)
    assert batch is not None
    assert (batch.problems, messages(got)) == ((), ["back"])


def test_equal_lines_of_one_second_without_an_id_are_told_apart(clock: FakeClock) -> None:
    class Nameless(ScriptedLogs):
        def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
            reply = super().call(service, method, **params)
            return {**reply, "events": [{**one, "eventId": ""} for one in reply.get("events", ())]}

    logs = Nameless(clock, groups={"g": []})
    for ago_s in (5.3, 5.2, 5.1):
        logs.put(ago_s=ago_s, message="tick")
    source, got = follower(logs), list[LogEvent]()
    for _ in range(3):
        fetch_all(source, got)
        clock.at_s += 1
    assert messages(got) == ["tick"] * 3


def test_groups_can_be_changed_and_those_that_stay_go_on(logs: ScriptedLogs, clock: FakeClock) -> None:
    logs.put(message="g1")
    logs.put(group="h", message="h1")
    source = follower(logs, "g")
    got: list[LogEvent] = []
    fetch_all(source, got)
    source.set_groups(["g", "h"])
    fetch_all(source, got)
    assert messages(got) == ["g1", "h1"]


def test_a_closed_range_is_read_once_and_ends(logs: ScriptedLogs, clock: FakeClock) -> None:
    logs.page = 3
    kept = [logs.put(ago_s=second) for second in range(3000, 2990, -1)]
    logs.put(ago_s=2990)
    source = follower(logs)
    source.set_range(kept[0].time_ms, kept[-1].time_ms)
    assert not source.has_ended
    got: list[LogEvent] = []
    fetch_all(source, got)
    assert [event.id for event in got] == [event.id for event in kept]
    assert source.has_ended
    count = len(logs.asked)
    assert source.fetch().events == ()
    assert len(logs.asked) == count


def test_context_is_what_stands_around_in_the_stream(logs: ScriptedLogs) -> None:
    lines: list[Stored] = []
    for number in range(100):
        lines.append(logs.put(ago_s=200 - number, stream="a"))
        logs.put(ago_s=200 - number, stream="b")
    middle = lines[50]
    found = follower(logs).context("g", "a", middle.time_ms, before=3, after=2)
    assert messages(found) == [one.message for one in lines[47:53]]
    assert {event.stream for event in found} == {"a"}


def test_a_second_fetch_while_the_first_hangs_is_told_so(
    logs: ScriptedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_module, "LOCK_S", 0.01)
    inside, release = threading.Event(), threading.Event()

    class Hanging(ScriptedLogs):
        def call(self, service: str, method: str, /, **params: object) -> dict[str, object]:
            inside.set()
            assert release.wait(10)
            return super().call(service, method, **params)

    hanging = Hanging(logs.clock, groups=logs.groups)
    hanging.put(message="kept")
    source = follower(hanging)
    batches: list[LogBatch] = []
    thread = threading.Thread(target=lambda: batches.append(source.fetch()))
    thread.start()
    assert inside.wait(10)
    with pytest.raises(SourceError) as caught:
        source.fetch()
    assert caught.value.kind is ErrorKind.TIMEOUT
    release.set()
    thread.join(10)
    assert messages(batches[0].events) == ["kept"]


def test_a_fetch_that_nobody_waits_for_keeps_its_events(logs: ScriptedLogs) -> None:
    times = iter([0.0])
    source = LogsSource(logs, ["g"], logs.clock, limiter=Limiter(1e9), monotonic=lambda: next(times, 110.0))
    logs.put(message="kept")
    got: list[LogEvent] = []
    assert source.fetch().events == ()
    assert source.has_more
    fetch_all(source, got)
    assert messages(got) == ["kept"]


def test_a_fetch_returns_when_the_limiter_would_take_too_long(logs: ScriptedLogs) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    logs.groups |= {name: [] for name in "abcdefghijklmnopqrstuvwxyz"}
    limiter = Limiter(1.0, monotonic=lambda: now[0], sleep=sleep)
    source = LogsSource(logs, sorted(logs.groups), logs.clock, limiter=limiter, monotonic=lambda: now[0])
    source.fetch()
    assert now[0] <= logs_module.BUDGET_S
    assert len(logs.asked) == 9
    assert source.has_more
    source.fetch()
    names = [asked["logGroupName"] for asked in logs.asked]
    assert len(names) == len(set(names)), "the next fetch goes on with the other groups"


def test_a_denied_class_and_glob_are_told(logs: ScriptedLogs) -> None:
    class Denying(ScriptedLogs):
        def _describe_log_groups(self, asked: dict[str, object]) -> dict[str, object]:
            raise denied("logs:DescribeLogGroups")

    source = follower(Denying(logs.clock, groups=logs.groups), "g", "/x/*")
    assert last(source).problems == (
        '/x/*: logs:DescribeLogGroups is not allowed. Allow "logs:DescribeLogGroups".',
    )


def test_a_one_shot_read_resolves_the_same_way(logs: ScriptedLogs) -> None:
    logs.groups = {"/ecs/a": [], "/ecs/b": [], "/ia": []}
    logs.classes["/ia"] = "INFREQUENT_ACCESS"
    targets, problems = resolve(logs, ["/ecs/*", "/ecs/a", "/gone:web", "/ia", "/no*"])
    assert [(one.name, one.prefix) for one in targets] == [("/ecs/a", ""), ("/ecs/b", ""), ("/gone", "web")]
    assert ["INFREQUENT_ACCESS" in one or "matches" in one for one in problems] == [True, True]


def test_throttling_halves_the_rate_and_success_wins_it_back() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limiter = AdaptiveLimiter(2.0, burst=4, monotonic=lambda: now[0], sleep=sleep)
    limiter.throttled()
    assert limiter.rate == 1.0
    for _ in range(10):
        limiter.throttled()
    assert limiter.rate == FLOOR_PER_S
    began = now[0]
    limiter.wait()
    limiter.wait()
    assert now[0] - began >= 2 / FLOOR_PER_S
    for _ in range(100):
        limiter.succeeded()
    assert limiter.rate == 2.0


def test_a_turn_too_far_away_reserves_nothing() -> None:
    now = [0.0]
    limiter = Limiter(1.0, monotonic=lambda: now[0], sleep=lambda _: None)
    assert limiter.acquire(0.0)
    assert not limiter.acquire(0.5)
    now[0] = 1.0
    assert limiter.acquire(0.0)


def test_one_limiter_for_an_account_and_region() -> None:
    assert shared_limiter(("p", "r1", None), 2.0, 4) is shared_limiter(("p", "r1", None), 2.0, 4)
    assert shared_limiter(("p", "r1", None), 2.0, 4) is not shared_limiter(("p", "r2", None), 2.0, 4)


def test_ids_stay_known_when_packed_and_the_oldest_go_beyond_the_bound() -> None:
    seen = SeenIds(0, most=150)
    for number in range(200):
        assert seen.add(number * 10, str(number))
    assert not seen.add(500, "50")
    seen.pack(1000, keep_ms=1000)
    assert (len(seen), seen.floor_ms) == (100, 1000)
    assert not seen.add(1500, "150")
    assert seen.add(1500, "other")


def test_beyond_the_bound_what_came_too_late_is_counted(
    logs: ScriptedLogs, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = follower(logs)
    got: list[LogEvent] = []
    fetch_all(source, got)
    assert source._follow is not None
    (member,) = source._follow.members.values()
    member.cursor._ids._most = 50
    for second in range(400):
        for _ in range(5):
            logs.put(late_s=90 if second == 100 else 0)
        fetch_all(source, got)
        clock.at_s += 1
    batch = last(source)
    late = [one for one in logs.groups["g"] if one.ingested_ms > one.time_ms]
    assert len(late) == 5
    assert batch.missed == len(late)
    assert len({event.id for event in got}) == len(got)
