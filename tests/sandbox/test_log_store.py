"""Log events: order, bounds, pages, late ingestion, feeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.kit import HandClock
from tui.sandbox.log_store import FEED_EVENTS, Lateness, LogStore, StoredEvent


def everything(_event: StoredEvent) -> bool:
    return True


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(0, 50), st.integers(0, 50), st.integers(1, 7))
def test_pages_give_all_events_once_in_order(times: list[int], start: int, end: int, limit: int) -> None:
    store = LogStore()
    for number, at in enumerate(times):
        store.add("g", "s", at, f"line {number}", 100)
    found: list[StoredEvent] = []
    token = None
    while True:
        page = store.page("g", start, end, everything, limit, token)
        assert len(page.events) <= limit
        found += page.events
        token = page.token
        if token is None:
            break
    expected = sorted((at, number) for number, at in enumerate(times) if start <= at < end)
    assert [(event.time_ms, int(event.message.split()[1])) for event in found] == expected
    assert len({event.id for event in found}) == len(found)


def test_a_page_is_bounded_in_bytes() -> None:
    store = LogStore()
    for at in range(30):
        store.add("g", "s", at, "x" * 100_000, at)
    page = store.page("g", 0, None, everything)
    assert 8 <= len(page.events) <= 10
    assert page.token is not None


def test_groups_are_bounded() -> None:
    from tui.sandbox import log_store

    store = LogStore()
    for at in range(int(log_store.MAX_EVENTS * 1.1) + 2):
        store.add("g", "s", at + at * 7 % 3, "m", at)
    newest = store.stream_events("g", "s", 0, None)
    assert log_store.MAX_EVENTS <= len(newest) <= log_store.MAX_EVENTS * 1.1
    assert newest[0].time_ms > 0


def test_stream_facts() -> None:
    store = LogStore()
    for at in (5, 3, 9):
        store.add("g", "s", at, "abc", at + 1)
    facts = store.streams("g")["s"]
    assert (facts.first_ms, facts.last_ms, facts.ingested_ms, facts.bytes) == (3, 9, 10, 9)
    assert store.stored_bytes("g") == 9
    store.remove("g")
    assert store.streams("g") == {}


def test_a_late_event_is_hidden_until_it_is_ingested_and_then_lies_where_it_belongs() -> None:
    clock = HandClock(1000.0)
    store = LogStore(clock)
    store.delay(Lateness(1.0, 50.0, 50.0, stream_prefix="slow"))
    for at, stream in ((1_000_000, "quick"), (1_000_001, "slow/1"), (1_000_002, "quick")):
        store.add("g", stream, at, stream, at)

    def seen() -> list[tuple[int, int]]:
        return [(one.time_ms, one.ingested_ms) for one in store.page("g", 0, None, everything).events]

    assert seen() == [(1_000_000, 1_000_000), (1_000_002, 1_000_002)]
    assert "slow/1" not in store.streams("g")
    assert store.stream_events("g", "slow/1", 0, None) == []
    clock.advance(49.9)
    assert len(seen()) == 2
    clock.advance(0.2)
    assert seen() == [(1_000_000, 1_000_000), (1_000_001, 1_050_001), (1_000_002, 1_000_002)]
    assert store.streams("g")["slow/1"].ingested_ms == 1_050_001


@given(st.integers(0, 5), st.integers(50, 200), st.floats(0, 1))
def test_every_event_is_readable_in_the_end_with_the_same_id(seed: int, count: int, share: float) -> None:
    clock = HandClock(1000.0)
    punctual, store = LogStore(clock), LogStore(clock)
    store.delay(Lateness(share, 50.0, 1.0, seed=seed))
    for number in range(count):
        for one in (punctual, store):
            one.add("g", "s", 1_000_000 + number // 3, f"{number}", 1_000_000)
    clock.advance(51)
    whole = store.page("g", 0, None, everything).events
    # Among equal timestamps the service orders by ingestion.
    assert sorted(one.id for one in whole) == [
        one.id for one in punctual.page("g", 0, None, everything).events
    ]
    assert whole == sorted(whole)


def test_the_same_seed_delays_the_same_events() -> None:
    def on_time(seed: int) -> list[str]:
        store = LogStore(HandClock(1000.0))
        store.delay(Lateness(0.3, 9.0, 9.0, seed=seed))
        for number in range(200):
            store.add("g", "s", number, f"{number}", 1_000_000)
        return [one.message for one in store.page("g", 0, None, everything).events]

    assert on_time(1) == on_time(1)
    assert on_time(1) != on_time(2)
    assert 110 < len(on_time(1)) < 170


def test_a_feed_gets_what_its_groups_ingest_and_drops_the_oldest() -> None:
    clock = HandClock(1000.0)
    store = LogStore(clock)
    store.add("g", "s", 1, "before", 1)
    feed = store.follow(["g"])
    store.add("other", "s", 2, "elsewhere", 2)
    store.delay(Lateness(1.0, 5.0, 5.0))
    store.add("g", "s", 3, "late", 1_000_000)
    store.delay(None)
    store.add("g", "s", 4, "now", 1_000_000)
    assert [(group, one.message) for group, one in feed.take()] == [("g", "now")]
    clock.advance(5)
    assert [one.message for _, one in feed.take()] == ["late"]
    for number in range(FEED_EVENTS + 10):
        store.add("g", "s", number, f"{number}", 1)
    assert next(one.message for _, one in feed.take()) == "10"
    feed.close()
    store.add("g", "s", 5, "after", 5)
    assert feed.take() == []


def test_a_removed_group_forgets_what_was_to_come() -> None:
    clock = HandClock(1000.0)
    store = LogStore(clock)
    store.delay(Lateness(1.0, 5.0, 5.0))
    store.add("g", "s", 3, "late", 1_000_000)
    store.remove("g")
    clock.advance(6)
    assert store.streams("g") == {}


@pytest.mark.parametrize("wrong", [(1.1, 5.0, 0.0), (0.5, 5.0, 6.0), (0.5, 5.0, -1.0)])
def test_impossible_lateness_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"share|at_least"):
        Lateness(*wrong)
