"""Lines and errors by their own time, and by arrival."""

from __future__ import annotations

from tui.domain.loglines import ERROR_RANK
from tui.domain.lograte import RATE_SPAN_S, STEP_S, STEPS, ArrivalRates


def test_events_are_counted_in_steps_of_their_own_time() -> None:
    rates = ArrivalRates()
    rates.add(1012.0, [1_000_000, 1_004_999, 1_005_000, 1_011_000], [ERROR_RANK, 0, 0, ERROR_RANK + 1])
    view = rates.view(1015.0)
    assert (len(view.lines), len(view.errors), view.step_s) == (STEPS, STEPS, STEP_S)
    assert view.lines[-3:] == (0.4, 0.2, 0.2)
    assert view.errors[-3:] == (0.2, 0.0, 0.2)


def test_a_backlog_is_no_burst() -> None:
    rates = ArrivalRates()
    rates.add(2000.0, list(range(1_100_000, 2_000_000, 1000)), [0] * 900)
    assert set(rates.view(2000.0).lines) == {1.0}
    assert rates.per_second(2000.0) == 1.0


def test_late_events_count_where_they_belong() -> None:
    rates = ArrivalRates()
    rates.add(1012.0, [1_011_000], [0])
    rates.add(1014.0, [1_002_000], [0])
    assert rates.view(1015.0).lines[-3:] == (0.2, 0.0, 0.2)


def test_the_step_that_is_running_is_left_out() -> None:
    rates = ArrivalRates()
    rates.add(1001.0, [1_000_500] * 50, [0] * 50)
    assert sum(rates.view(1004.9).lines) == 0.0
    assert rates.view(1005.0).lines[-1] == 10.0


def test_old_steps_are_forgotten() -> None:
    rates = ArrivalRates()
    for step in range(5 * STEPS):
        rates.add(step * STEP_S, [int(step * STEP_S * 1000)] * step, [0] * step)
    assert rates.view(5 * STEPS * STEP_S).lines == tuple(n / STEP_S for n in range(4 * STEPS, 5 * STEPS))
    assert len(rates._lines) <= 2 * STEPS + 1
    rates.clear()
    assert sum(rates.view(5 * STEPS * STEP_S).lines) == 0.0


def test_the_rate_of_arrival_falls_to_nothing() -> None:
    rates = ArrivalRates()
    rates.add(1000.0, [1_000_000] * 50, [0] * 50)
    assert rates.per_second(1000.0) == 5.0
    assert rates.per_second(1000.0 + RATE_SPAN_S) == 0.0


def test_equal_counts_are_equal_views() -> None:
    rates = ArrivalRates()
    rates.add(1000.0, [1_000_000], [0])
    assert rates.view(1006.0) == rates.view(1009.0)
