"""Lines and errors by the time of their arrival."""

from __future__ import annotations

from tui.domain.lograte import STEP_S, STEPS, ArrivalRates


def test_arrivals_are_counted_in_steps() -> None:
    rates = ArrivalRates()
    rates.add(1000.0, 30, 5)
    rates.add(1004.9, 20, 0)
    rates.add(1011.0, 5, 5)
    view = rates.view(1015.0)
    assert (len(view.lines), len(view.errors), view.step_s) == (STEPS, STEPS, STEP_S)
    assert view.lines[-3:] == (10.0, 0.0, 1.0)
    assert view.errors[-3:] == (1.0, 0.0, 1.0)
    assert sum(view.lines) == 11.0


def test_the_step_that_is_running_is_left_out() -> None:
    rates = ArrivalRates()
    rates.add(1001.0, 50, 0)
    assert sum(rates.view(1004.9).lines) == 0.0
    assert rates.view(1005.0).lines[-1] == 10.0


def test_old_steps_leave_at_the_front() -> None:
    rates = ArrivalRates()
    for step in range(3 * STEPS):
        rates.add(step * STEP_S, step, 0)
    view = rates.view(3 * STEPS * STEP_S)
    assert view.lines == tuple(step / STEP_S for step in range(2 * STEPS, 3 * STEPS))
    assert sum(rates.view(3 * STEPS * STEP_S + STEPS * STEP_S).lines) == 0.0


def test_a_clock_that_is_set_back_counts_into_the_newest_step() -> None:
    rates = ArrivalRates()
    rates.add(1000.0, 5, 0)
    rates.add(500.0, 5, 5)
    view = rates.view(1005.0)
    assert (view.lines[-1], view.errors[-1]) == (2.0, 1.0)


def test_equal_counts_are_equal_views() -> None:
    rates = ArrivalRates()
    rates.add(1000.0, 5, 0)
    assert rates.view(1006.0) == rates.view(1009.0)
