"""Log events: order, bounds, pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.log_store import LogStore, StoredEvent


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
