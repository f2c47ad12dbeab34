"""The scheduler's rhythm, on time moved by hand: periods, deadlines, back-off, pauses, suspension."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from tests.collect.handtime import Fetch, HandClock, HandTiming, settle
from tui.collect.job import CAP_S, DEADLINE_S, Job
from tui.collect.scheduler import Scheduler
from tui.collect.store import Store
from tui.domain.errors import ErrorKind, SourceError


def error(kind: ErrorKind) -> SourceError:
    return SourceError(kind, f"{kind.value}.", "do something")


EXPIRED = error(ErrorKind.EXPIRED_CREDENTIALS)
THROTTLED = error(ErrorKind.THROTTLED)
UNREACHABLE = error(ErrorKind.UNREACHABLE)


class Bench:
    """A scheduler with its store, on time moved by hand."""

    def __init__(self, rate: float = 1.0) -> None:
        self.timing = HandTiming()
        self.clock = HandClock(self.timing, rate)
        self.store = Store()
        seeded = Random(1)  # noqa: S311
        self.scheduler = Scheduler(self.store, self.clock, random=seeded, timing=self.timing)

    def add(self, name: str, *results: Any, period_s: float = 10.0, **more: Any) -> Fetch:
        fetch = Fetch(*results)
        self.scheduler.add(Job(name, fetch, period_s, **more))
        return fetch

    async def start(self) -> None:
        self.scheduler.start()
        await settle()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    found = Bench()
    yield found
    found.scheduler.stop()
    await settle()


async def test_all_sources_start_at_once_and_keep_their_periods(bench: Bench) -> None:
    fast, slow = bench.add("fast", period_s=2.0), bench.add("slow", period_s=30.0)
    await bench.start()
    assert (fast.calls, slow.calls) == (1, 1)
    await bench.timing.advance(59)
    assert (fast.calls, slow.calls) == (30, 2)
    entry = bench.store.entry("slow")
    assert (entry.snapshot, entry.period_s, entry.error) == (2, 30.0, None)
    assert entry.next_at_s == pytest.approx(bench.clock.now() + 1)


async def test_the_period_counts_from_the_end_and_no_source_overlaps_itself(bench: Bench) -> None:
    fetch = bench.add("ecs", period_s=10.0)
    bench.timing.held.add("source-ecs")
    await bench.start()
    await bench.timing.advance(15)
    assert bench.store.entry("ecs").next_at_s is None
    await bench.timing.release("source-ecs")
    assert fetch.calls == 1
    assert bench.store.entry("ecs").duration_s == pytest.approx(15)
    await bench.timing.advance(9)
    assert fetch.calls == 1
    await bench.timing.advance(1)
    assert fetch.calls == 2


async def test_a_late_fetch_is_told_and_its_result_dropped(bench: Bench) -> None:
    fetch = bench.add("ecs", "good", "late", "newer")
    await bench.start()
    bench.timing.held.add("source-ecs")
    await bench.timing.advance(10 + DEADLINE_S)
    entry = bench.store.entry("ecs")
    assert entry.error is not None
    assert entry.error.kind is ErrorKind.TIMEOUT
    assert entry.snapshot == "good", "the last good data stays"
    await bench.timing.advance(60)
    assert fetch.calls == 1, "the hung one has not returned: no second is started"
    await bench.timing.release("source-ecs")
    assert bench.store.entry("ecs").snapshot == "good"
    await bench.timing.advance(3)
    entry = bench.store.entry("ecs")
    assert (entry.snapshot, entry.error) == ("newer", None)


async def test_what_a_stream_read_late_is_not_lost(bench: Bench) -> None:
    taken: list[Any] = []
    bench.add("logs", "late", "newer", on_result=taken.append)
    bench.timing.held.add("source-logs")
    await bench.start()
    await bench.timing.advance(DEADLINE_S + 2)
    entry = bench.store.entry("logs")
    assert entry.error is not None
    assert entry.error.kind is ErrorKind.TIMEOUT
    assert taken == []
    await bench.timing.release("source-logs")
    entry = bench.store.entry("logs")
    assert (taken, entry.snapshot, entry.error) == (["late"], "late", None)
    await bench.timing.advance(10)
    assert taken == ["late", "newer"]


async def test_the_question_changed_while_a_stream_was_late(bench: Bench) -> None:
    taken: list[Any] = []
    bench.add("logs", "old", "new", on_result=taken.append)
    bench.timing.held.add("source-logs")
    await bench.start()
    await bench.timing.advance(DEADLINE_S + 2)
    bench.scheduler.bump("logs")
    await bench.timing.release("source-logs")
    assert taken == ["new"]


async def test_a_call_that_never_returns_is_given_up_in_the_end(bench: Bench) -> None:
    fetch = bench.add("ecs")
    bench.timing.held.add("source-ecs")
    await bench.start()
    bench.timing.held.clear()
    await bench.timing.advance(CAP_S - 1)
    assert fetch.calls == 0
    await bench.timing.advance(4)
    assert fetch.calls == 1


async def test_refresh_fetches_now_and_coalesces(bench: Bench) -> None:
    ecs, rds = bench.add("ecs", period_s=100.0), bench.add("rds", period_s=100.0)
    await bench.start()
    bench.scheduler.refresh("ecs")
    bench.scheduler.refresh("ecs")
    await settle()
    assert (ecs.calls, rds.calls) == (2, 1)
    bench.timing.held.add("source-ecs")
    bench.scheduler.refresh()
    await settle()
    bench.scheduler.refresh()
    await bench.timing.release("source-ecs")
    assert ecs.calls == 3, "a refresh during a fetch asks for no second one"
    assert rds.calls == 3


async def test_a_throttled_source_is_asked_less_often_and_recovers_slowly(bench: Bench) -> None:
    fetch = bench.add("ecs", THROTTLED, THROTTLED, 1, 2, 3, period_s=10.0)
    await bench.start()
    delays = []
    for _ in range(4):
        calls = fetch.calls
        due = bench.store.entry("ecs").next_at_s
        assert due is not None
        delays.append(due - bench.clock.now())
        await bench.timing.advance(delays[-1] + 0.01)
        assert fetch.calls == calls + 1
    assert 20 <= delays[0] <= 30
    assert 40 <= delays[1] <= 60
    assert 20 <= delays[2] <= 30, "after one success still slower than usual"
    assert delays[3] == pytest.approx(10, abs=0.1)


async def test_an_unreachable_source_is_tried_soon_then_less_often_and_recovers(bench: Bench) -> None:
    fetch = bench.add("metrics", *[UNREACHABLE] * 8, "back", period_s=60.0)
    await bench.start()
    delays = []
    while fetch.calls < 8:
        due = bench.store.entry("metrics").next_at_s
        assert due is not None
        delays.append(due - bench.clock.now())
        await bench.timing.advance(delays[-1] + 0.01)
    assert delays[0] <= 2
    assert max(delays) <= 30
    assert delays[-1] > 10
    await bench.timing.advance(31)
    assert bench.store.entry("metrics").error is None
    assert bench.store.entry("metrics").next_at_s == pytest.approx(bench.clock.now() + 60, abs=31)


async def test_an_outage_is_one_line_in_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    rds = bench.add("rds", SourceError(ErrorKind.UNREACHABLE, "Cannot reach RDS."))
    await bench.start()
    await bench.timing.advance(120)
    assert rds.calls > 2
    assert [one.getMessage() for one in caplog.records] == ["rds: Cannot reach RDS. (unreachable)"]


async def test_a_failing_source_leaves_the_others_alone(bench: Bench) -> None:
    bench.add("rds", RuntimeError("boom \x1b[31m"))
    ecs = bench.add("ecs")
    await bench.start()
    await bench.timing.advance(50)
    assert ecs.calls == 6
    found = bench.store.entry("rds").error
    assert found is not None
    assert found.kind is ErrorKind.BUG
    assert "RuntimeError: boom" in found.summary
    assert "\x1b" not in found.summary


async def test_expired_credentials_suspend_all_aws_sources_until_resume(bench: Bench) -> None:
    ecs = bench.add("ecs", "data", EXPIRED, "again")
    rds = bench.add("rds", "data", period_s=30.0)
    sql = bench.add("postgres", "data", is_aws=False)
    await bench.start()
    await bench.timing.advance(200)
    assert bench.scheduler.suspension is EXPIRED
    assert (ecs.calls, rds.calls, sql.calls) == (2, 1, 21)
    for name in ("ecs", "rds"):
        entry = bench.store.entry(name)
        assert (entry.error, entry.snapshot, entry.next_at_s) == (EXPIRED, "data", None)
    bench.scheduler.resume()
    await settle()
    assert bench.scheduler.suspension is None
    assert (bench.store.entry("ecs").snapshot, bench.store.entry("ecs").error) == ("again", None)
    assert rds.calls == 2
    await bench.timing.advance(30)
    assert rds.calls == 3


async def test_refresh_lifts_a_suspension_and_an_expired_source_suspends_again(bench: Bench) -> None:
    ecs = bench.add("ecs", EXPIRED)
    await bench.start()
    bench.scheduler.refresh()
    await settle()
    assert ecs.calls == 2
    assert bench.scheduler.suspension is EXPIRED


async def test_a_bump_drops_the_result_in_flight_and_asks_again(bench: Bench) -> None:
    fetch = bench.add("metrics", "of the old window", "of the new window")
    taken: list[str] = []
    bench.store.subscribe(taken.append)
    bench.timing.held.add("source-metrics")
    await bench.start()
    bench.scheduler.bump("metrics")
    await bench.timing.release("source-metrics")
    assert fetch.calls == 2
    assert bench.store.entry("metrics").snapshot == "of the new window"
    assert taken == ["metrics"]


async def test_a_failure_in_flight_is_dropped_by_a_bump_too(bench: Bench) -> None:
    bench.add("metrics", THROTTLED, "fine")
    bench.timing.held.add("source-metrics")
    await bench.start()
    bench.scheduler.bump("metrics")
    await bench.timing.release("source-metrics")
    assert bench.store.entry("metrics").error is None


async def test_pause_and_resume(bench: Bench) -> None:
    ecs, rds = bench.add("ecs"), bench.add("rds")
    await bench.start()
    bench.scheduler.pause("ecs")
    await bench.timing.advance(35)
    assert (ecs.calls, rds.calls) == (1, 4)
    assert bench.store.entry("ecs").paused
    assert bench.store.entry("ecs").next_at_s is None
    bench.scheduler.refresh("ecs")
    await settle()
    assert ecs.calls == 2, "a refresh fetches once"
    await bench.timing.advance(35)
    assert ecs.calls == 2
    bench.scheduler.resume("ecs")
    await settle()
    assert ecs.calls == 3
    assert not bench.store.entry("ecs").paused


async def test_a_new_window_is_fetched_even_while_paused(bench: Bench) -> None:
    fetch = bench.add("metrics")
    await bench.start()
    bench.scheduler.pause()
    bench.scheduler.bump("metrics")
    await settle()
    assert fetch.calls == 2


async def test_a_new_period_counts_from_the_last_fetch(bench: Bench) -> None:
    fetch = bench.add("ecs", period_s=60.0)
    await bench.start()
    await bench.timing.advance(8)
    bench.scheduler.set_period("ecs", 10.0)
    assert bench.store.entry("ecs").next_at_s == pytest.approx(bench.clock.now() + 2)
    await bench.timing.advance(2)
    assert fetch.calls == 2
    assert bench.scheduler.period("ecs") == 10.0
    assert bench.scheduler.period("nothing") is None


async def test_a_job_waits_until_it_is_ready(bench: Bench) -> None:
    store = bench.store

    def ready() -> bool:
        return store.entry("alb").snapshot is not None or store.entry("alb").error is not None

    metrics = bench.add("metrics", ready=ready)
    bench.add("alb", UNREACHABLE)
    bench.timing.held.add("source-alb")
    await bench.start()
    await bench.timing.advance(10)
    assert metrics.calls == 0
    await bench.timing.release("source-alb")
    assert metrics.calls == 1


async def test_results_are_handed_over_and_a_faulty_receiver_harms_nobody(bench: Bench) -> None:
    taken: list[Any] = []

    def take(snapshot: Any) -> None:
        taken.append(snapshot)
        raise ValueError("the receiver's fault")

    bench.add("logs", on_result=take)
    await bench.start()
    await bench.timing.advance(10)
    assert taken == [1, 2]
    assert bench.store.entry("logs").error is None


async def test_a_source_with_more_pages_goes_on_at_once(bench: Bench) -> None:
    calls: list[Fetch] = []
    fetch = bench.add("logs", again=lambda: calls[0].calls < 3)
    calls.append(fetch)
    await bench.start()
    assert fetch.calls == 3
    await bench.timing.advance(9)
    assert fetch.calls == 3


async def test_periods_follow_a_faster_clock() -> None:
    fast = Bench(rate=60.0)
    fetch = fast.add("metrics", period_s=60.0)
    await fast.start()
    await fast.timing.advance(5)
    assert fetch.calls == 6
    due = fast.store.entry("metrics").next_at_s
    assert due is not None
    assert due - fast.clock.now() == pytest.approx(60)
    fast.scheduler.stop()
    await settle()


async def test_stop_ends_the_loops_with_a_call_in_flight(bench: Bench) -> None:
    bench.add("ecs")
    bench.timing.held.add("source-ecs")
    running = asyncio.ensure_future(bench.scheduler.run())
    await settle()
    bench.scheduler.stop()
    await settle()
    assert running.done()


def test_two_jobs_of_one_name_are_a_mistake(bench: Bench) -> None:
    bench.add("ecs")
    with pytest.raises(ValueError, match="ecs"):
        bench.add("ecs")


async def test_once_fetches_each_job_once_in_order_of_readiness(bench: Bench) -> None:
    bench.add("metrics", "m", ready=lambda: bench.store.entry("alb").snapshot is not None)
    bench.add("alb", "a")
    logs = bench.add("logs")
    await bench.scheduler.run_once({"metrics", "alb"}, deadline_s=5)
    assert (bench.store.snapshot("metrics"), bench.store.snapshot("alb")) == ("m", "a")
    assert logs.calls == 0


async def test_once_does_not_wait_for_what_is_suspended(bench: Bench) -> None:
    bench.add("alb", EXPIRED)
    metrics = bench.add("metrics", ready=lambda: False)
    await bench.scheduler.run_once(deadline_s=5)
    assert metrics.calls == 0
    assert bench.store.entry("metrics").error is EXPIRED


async def test_once_tells_what_is_not_there_by_the_deadline(bench: Bench) -> None:
    bench.add("alb", "a")
    bench.add("rds")
    bench.timing.held.add("source-rds")
    await bench.scheduler.run_once(deadline_s=0.01)
    found = bench.store.entry("rds").error
    assert found is not None
    assert found.kind is ErrorKind.TIMEOUT
    assert bench.store.snapshot("alb") == "a"
