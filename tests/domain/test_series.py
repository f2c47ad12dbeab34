"""Merging, bucketing and thinning of series."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain import series as arithmetic
from tui.domain.snapshots import Series

VALUES = st.floats(-1e6, 1e6)
POINTS = st.dictionaries(st.integers(0, 200).map(lambda index: index * 60), VALUES, max_size=60)
SERIES = POINTS.map(lambda found: arithmetic.from_points(60, found.items()))
STATISTICS = st.sampled_from(["Average", "Sum", "Maximum", "Minimum", "p95"])


def of(*values: float, period_s: int = 60) -> Series:
    return Series(period_s, tuple(range(0, len(values) * period_s, period_s)), values)


@given(SERIES, SERIES)
def test_merging_lets_late_points_overwrite(old: Series, new: Series) -> None:
    merged = arithmetic.merge(old, new)
    expected = dict(arithmetic.points(old)) | dict(arithmetic.points(new))
    assert dict(arithmetic.points(merged)) == expected
    assert list(merged.times) == sorted(merged.times)
    assert arithmetic.merge(merged, new) == merged


def test_merging_prunes_by_age() -> None:
    merged = arithmetic.merge(of(1, 2, 3), of(9), keep_from_s=60)
    assert merged == Series(60, (60, 120), (2, 3))


def test_series_of_different_periods_do_not_merge() -> None:
    with pytest.raises(ValueError, match="60 s and 300 s"):
        arithmetic.merge(of(1), of(1, period_s=300))


def test_what_is_no_number_is_absent() -> None:
    assert arithmetic.from_points(60, [(0, math.nan), (60, math.inf), (120, 1.0)]) == Series(
        60, (120,), (1.0,)
    )


@given(SERIES, st.integers(-100, 13_000), st.integers(-100, 13_000))
def test_clipping_keeps_exactly_the_window(series: Series, start: int, end: int) -> None:
    assert list(arithmetic.clip(series, start, end).times) == [at for at in series.times if start <= at < end]


@given(SERIES, st.integers(-100, 13_000))
def test_settled_points_ended_in_time(series: Series, until: int) -> None:
    assert list(arithmetic.settled(series, until).times) == [at for at in series.times if at + 60 <= until]


@given(SERIES)
def test_statistics_lie_within_the_points(series: Series) -> None:
    low, mean, high = arithmetic.minimum(series), arithmetic.average(series), arithmetic.maximum(series)
    if not series.values:
        assert (low, mean, high, arithmetic.latest(series)) == (None, None, None, None)
        return
    assert low is not None
    assert mean is not None
    assert high is not None
    assert low - 1e-6 <= mean <= high + 1e-6
    assert arithmetic.latest(series) == series.values[-1]


@given(SERIES, st.integers(1, 10))
def test_a_longer_period_keeps_the_sum_and_the_extremes(series: Series, times: int) -> None:
    period = 60 * times
    total = arithmetic.rebucket(series, period, "Sum")
    assert math.isclose(math.fsum(total.values), math.fsum(series.values), abs_tol=1e-3)
    assert arithmetic.maximum(arithmetic.rebucket(series, period, "Maximum")) == arithmetic.maximum(series)
    assert arithmetic.minimum(arithmetic.rebucket(series, period, "Minimum")) == arithmetic.minimum(series)
    assert all(at % period == 0 for at in total.times)


@pytest.mark.parametrize("period", [30, 90])
def test_a_period_that_is_no_multiple_is_refused(period: int) -> None:
    with pytest.raises(ValueError, match="no multiple"):
        arithmetic.rebucket(of(1, 2), period, "Sum")


@given(SERIES, st.integers(1, 300), STATISTICS)
def test_buckets_are_gaps_or_lie_within_the_points(series: Series, cells: int, statistic: str) -> None:
    values = arithmetic.bucket(series, 0, 12_060, cells, statistic)
    assert len(values) == cells
    present = [value for value in values if value is not None]
    assert bool(present) == bool(series.values)
    if statistic != "Sum" and present:
        assert min(series.values) <= min(present)
        assert max(present) <= max(series.values)


def test_a_missing_bucket_is_a_gap_and_neighbours_do_not_fill_it() -> None:
    series = Series(60, (0, 120), (1.0, 3.0))
    assert arithmetic.bucket(series, 0, 180, 3) == (1.0, None, 3.0)
    assert arithmetic.bucket(series, 0, 180, 6) == (1.0, 1.0, None, None, 3.0, 3.0)
    assert arithmetic.bucket(series, 0, 240, 2) == (1.0, 3.0)


def test_a_cell_wider_than_the_period_counts_each_point_once() -> None:
    assert arithmetic.bucket(of(1.0, 5.0, 4.0), 0, 180, 2, "Sum") == (6.0, 4.0)


@pytest.mark.parametrize(("end", "cells"), [(0, 10), (60, 0)])
def test_no_room_gives_no_buckets(end: int, cells: int) -> None:
    assert arithmetic.bucket(of(1.0), 0, end, cells) == ()


@given(st.lists(VALUES, min_size=1, max_size=500), st.integers(0, 120))
def test_thinning_keeps_the_extremes(values: list[float], limit: int) -> None:
    thin = arithmetic.downsample(of(*values), limit)
    assert len(thin) <= max(2, limit)
    assert max(thin.values) == max(values)
    assert min(thin.values) == min(values)
    assert list(thin.times) == sorted(thin.times)


def test_a_line_breaks_once_in_each_missing_stretch() -> None:
    series = Series(60, (0, 60, 300, 360), (1.0, 2.0, 3.0, 4.0))
    assert arithmetic.with_gaps(series) == ((0, 60, 120, 300, 360), (1.0, 2.0, None, 3.0, 4.0))
