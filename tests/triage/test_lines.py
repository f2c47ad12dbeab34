"""Robust lines: what scaling and moving does to them, gaps, outliers, too little data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.series import from_points
from tui.triage.lines import HOUR, after_rise, line, newest_line

values_of = st.lists(st.floats(-1e6, 1e6).map(lambda one: round(one, 3)), min_size=3, max_size=40)


def times(count: int) -> list[int]:
    return [index * HOUR for index in range(count)]


def test_a_straight_line_is_found_exactly() -> None:
    found = line(times(10), [5.0 - 2.0 * hour for hour in range(10)])
    assert found is not None
    assert (found.slope, found.low, found.high, found.value) == (-2.0, -2.0, -2.0, -13.0)
    assert found.is_sure()


def test_outliers_do_not_turn_it() -> None:
    values = [float(hour) for hour in range(24)]
    values[5] = 900.0
    values[20] = -900.0
    found = line(times(24), values)
    assert found is not None
    assert found.slope == pytest.approx(1.0, abs=0.05)


def test_constant_values_are_not_sure_of_anything() -> None:
    found = line(times(12), [7.0] * 12)
    assert found is not None
    assert (found.slope, found.low, found.high) == (0.0, 0.0, 0.0)
    assert not found.is_sure()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_points_make_no_line(count: int) -> None:
    assert line(times(count), [1.0] * count) is None


def test_points_at_one_time_make_no_line() -> None:
    assert line([HOUR] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]) is None


@settings(max_examples=60, deadline=None)
@given(values_of, st.floats(0.01, 100), st.floats(-1e4, 1e4), st.integers(0, 10**6))
def test_scaling_scales_the_slope_and_moving_does_not_change_it(
    values: list[float], factor: float, offset: float, later: int
) -> None:
    found = line(times(len(values)), values)
    other = line([at + later * HOUR for at in times(len(values))], [factor * one + offset for one in values])
    assert found is not None
    assert other is not None
    size = 1e-6 * (1.0 + max(map(abs, values))) * factor + 1e-6
    assert other.slope == pytest.approx(factor * found.slope, abs=size)
    assert other.low == pytest.approx(factor * found.low, abs=size)
    assert other.high == pytest.approx(factor * found.high, abs=size)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.floats(-1e12, 1e12)), max_size=60))
def test_any_series_is_drawn_or_not(points: list[tuple[int, float]]) -> None:
    series = from_points(HOUR, [(hour * HOUR, value) for hour, value in points])
    found = newest_line(series)
    if found is not None:
        assert found.low <= found.slope <= found.high
        assert all(math.isfinite(one) for one in (found.low, found.high, found.value))
        assert 0.0 <= found.confidence <= 1.0


def test_what_began_lately_is_told_from_when_it_began() -> None:
    values = [100.0 - 0.01 * (hour % 3) for hour in range(100)] + [
        100.0 - 5.0 * hour for hour in range(1, 13)
    ]
    found = newest_line(from_points(HOUR, list(zip(times(112), values, strict=True))))
    assert found is not None
    assert found.slope == pytest.approx(-5.0, abs=0.5)
    assert found.since_s >= 98 * HOUR


def test_six_hours_are_needed() -> None:
    series = from_points(HOUR, [(hour * HOUR, float(hour)) for hour in range(5)])
    assert newest_line(series) is None
    longer = from_points(HOUR, [(hour * HOUR, float(hour)) for hour in range(6)])
    assert newest_line(longer) is not None
    assert newest_line(longer, first=1) is None


def test_the_last_rise_counts() -> None:
    assert after_rise([5.0, 4.0, 9.0, 8.0, 14.0, 13.0], 3.0) == 4
    assert after_rise([5.0, 4.0], 3.0) == 0
    assert after_rise([], 3.0) == 0
