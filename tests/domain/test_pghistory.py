"""What changed between two readings of the counters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.domain.test_pgsessions import one, snapshot
from tui.domain.pghistory import Rate, StatementHistory, WaitHistory, share_of_all
from tui.domain.pglive import disagreement
from tui.domain.pgstats import Statement, StatementsSnapshot
from tui.domain.snapshots import Series

KEY = (1, 10, True)
PLAIN = Statement(KEY, 100, 1000.0, 1.0, 20.0, 10.0, 1.0, 200, 0, 0, 0, 0.0, 5.0)


def after(history: StatementHistory, at_s: float, **changes: object) -> None:
    history.take(StatementsSnapshot(at_s, (replace(PLAIN, **changes),)))  # type: ignore[arg-type]


def test_a_rate_is_of_the_time_between_two_readings() -> None:
    history = StatementHistory()
    after(history, 10.0)
    assert history.rate(KEY) is None
    after(history, 20.0, calls=150, total_ms=1100.0, rows=300)
    assert history.rate(KEY) == Rate(5.0, 10.0, 2.0, 10.0)
    assert history.trend(KEY) == (2.0,)
    after(history, 30.0, calls=150, total_ms=1100.0, rows=300)
    assert history.rate(KEY) == Rate(0.0, 0.0, None, 0.0)
    assert history.trend(KEY) == (2.0, None)


@pytest.mark.parametrize(
    "changes", [{"calls": 3, "total_ms": 2.0}, {"calls": 200, "total_ms": 2000.0, "since_s": 19.0}]
)
def test_after_a_reset_it_begins_anew(changes: dict[str, object]) -> None:
    history = StatementHistory()
    after(history, 10.0)
    after(history, 20.0, **changes)
    assert history.rate(KEY) is None
    assert history.trend(KEY) == ()


def test_an_older_reading_is_left_out() -> None:
    history = StatementHistory()
    after(history, 10.0)
    after(history, 5.0, calls=500, total_ms=5000.0)
    after(history, 20.0, calls=110, total_ms=1010.0)
    assert history.rate(KEY) == Rate(1.0, 1.0, 1.0, 0.0)


def test_the_mean_between_two_times() -> None:
    history = StatementHistory()
    for at, calls, total in ((10.0, 100, 1000.0), (20.0, 200, 2000.0), (30.0, 400, 2020.0)):
        after(history, at, calls=calls, total_ms=total)
    assert history.mean_between(KEY, 0, 20) == 10.0
    assert history.mean_between(KEY, 20, 30) == 0.1
    assert history.mean_between(KEY, 25, 30) is None


def test_shares_add_up() -> None:
    other = replace(PLAIN, key=(2, 10, True), total_ms=3000.0)
    assert share_of_all(PLAIN, (PLAIN, other)) == 0.25
    assert share_of_all(PLAIN, ()) == 0.0


def test_waits_are_averaged() -> None:
    history = WaitHistory()
    assert history.average() == ()
    history.take(snapshot(one(1, state="active"), one(2, state="active", wait_type="IO")))
    history.take(snapshot(one(1, state="active"), one(2)))
    assert history.average() == (("CPU", 1.0), ("IO", 0.5))


def test_cloudwatch_is_compared_with_its_own_minute() -> None:
    history = WaitHistory()
    for at, clients in ((880.0, 20), (940.0, 20), (1000.0, 60)):
        sessions = [one(number) for number in range(clients)]
        history.take(replace(snapshot(*sessions), at_s=at))
    series = Series(60, (840, 900), (19.0, 21.0))
    assert disagreement(series, history, 1060.0) == ""
    told = disagreement(Series(60, (840, 900), (19.0, 200.0)), history, 1060.0)
    assert "200" in told
    assert "20 to 60" in told
    assert disagreement(Series(60, (100,), (900.0,)), history, 1060.0) == ""
    assert disagreement(None, history, 1060.0) == ""
