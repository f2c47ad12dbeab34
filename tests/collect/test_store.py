"""The store: last good data beside the last error, ages, and who is told."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tui.collect.pacing import MAX_THROTTLED_S, MAX_UNREACHABLE_S, Pace
from tui.collect.store import Store
from tui.domain.errors import ErrorKind, SourceError

ERROR = SourceError(ErrorKind.TIMEOUT, "late")


def test_a_failure_keeps_the_last_good_snapshot_and_a_success_ends_the_error() -> None:
    store = Store()
    store.succeed("ecs", "one", 10.0, 0.1)
    store.fail("ecs", ERROR, 20.0, 5.0)
    entry = store.entry("ecs")
    assert (entry.snapshot, entry.at_s, entry.error, entry.error_at_s) == ("one", 10.0, ERROR, 20.0)
    store.succeed("ecs", "two", 30.0, 0.1)
    entry = store.entry("ecs")
    assert (entry.snapshot, entry.at_s, entry.error, entry.error_at_s) == ("two", 30.0, None, None)


def test_the_very_same_snapshot_keeps_its_age() -> None:
    store = Store()
    snapshot = object()
    store.succeed("metrics", snapshot, 10.0, 0.1)
    store.fail("metrics", ERROR, 15.0, 1.0)
    store.succeed("metrics", snapshot, 20.0, 0.2)
    assert (store.entry("metrics").at_s, store.entry("metrics").error) == (10.0, None)


def test_subscribers_hear_of_changes_until_they_leave() -> None:
    store = Store()
    heard: list[str] = []
    leave = store.subscribe(heard.append)
    store.update("a", period_s=1.0)
    store.update("a", period_s=1.0)
    store.update("a", notify=False, period_s=2.0)
    leave()
    leave()
    store.update("a", period_s=3.0)
    assert heard == ["a"]


def test_a_faulty_subscriber_does_not_keep_the_others_from_hearing() -> None:
    store = Store()
    heard: list[str] = []

    def faulty(name: str) -> None:
        raise ValueError(name)

    store.subscribe(faulty)
    store.subscribe(heard.append)
    store.succeed("a", 1, 1.0, 0.0)
    assert heard == ["a"]


def test_a_source_that_is_not_there_has_an_empty_entry() -> None:
    store = Store()
    assert store.entry("x").snapshot is None
    assert "x" not in store.entries


@given(
    period=st.floats(1, 3600),
    kinds=st.lists(st.sampled_from([None, *ErrorKind]), min_size=1, max_size=30),
    seed=st.integers(0, 99),
)
def test_waits_stay_within_bounds_whatever_happens(
    period: float, kinds: list[ErrorKind | None], seed: int
) -> None:
    pace = Pace(Random(seed))  # noqa: S311
    for kind in kinds:
        wait = pace.after_success(period) if kind is None else pace.after_failure(period, kind)
        if kind in (ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT):
            assert 0.5 <= wait <= MAX_UNREACHABLE_S
        else:
            assert period <= wait <= max(period, MAX_THROTTLED_S)
