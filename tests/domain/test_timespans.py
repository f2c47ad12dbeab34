"""Windows, periods, aligned bounds and axis ticks."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.timespans import PERIODS, WINDOWS, aligned, axis_ticks, period_for, step_moment

DAY = 86_400
ZONES = st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])


@pytest.mark.parametrize(
    ("window", "columns", "period"),
    [
        ("15m", 60, 60),
        ("1h", 60, 60),
        ("1h", 59, 120),
        ("3h", 80, 180),
        ("12h", 80, 600),
        ("24h", 80, 1800),
        ("24h", 200, 600),
        ("7d", 56, 10_800),
        ("7d", 20, 43_200),
        ("1h", 0, 3600),
    ],
)
def test_the_period_is_the_shortest_whose_points_fit(window: str, columns: int, period: int) -> None:
    assert period_for(WINDOWS[window], columns) == period


@pytest.mark.parametrize(("days", "period"), [(14, 60), (15, 300), (62, 300), (63, 3600)])
def test_a_period_is_kept_by_cloudwatch_for_the_whole_window(days: int, period: int) -> None:
    assert period_for(days * DAY, 10**6) == period


@given(st.integers(60, 400 * DAY), st.integers(1, 500))
def test_points_never_outnumber_columns(window: int, columns: int) -> None:
    period = period_for(window, columns)
    start, end = aligned(1_700_000_123.4, window, period)
    assert period % 60 == 0
    assert (end - start) // period <= columns
    assert period in PERIODS or period % PERIODS[-1] == 0


@given(st.floats(1e9, 4e9), st.sampled_from(list(WINDOWS.values())), st.sampled_from([*PERIODS, 43_200]))
def test_bounds_are_multiples_of_the_period_around_now(now: float, window: int, period: int) -> None:
    start, end = aligned(now, window, period)
    assert start % period == 0
    assert end % period == 0
    assert end - period <= now < end
    assert end - start == math.ceil(window / period) * period


def test_a_period_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        aligned(0.0, 3600, 0)


@given(st.integers(10**9, 2 * 10**9), st.integers(60, 60 * DAY), st.integers(1, 12), ZONES)
def test_ticks_are_round_local_times_inside_the_axis(start: int, span: int, count: int, zone: str) -> None:
    place = ZoneInfo(zone)
    ticks = axis_ticks(start, start + span, count, place)
    times = [at for at, _ in ticks]
    assert len(ticks) <= count
    assert times == sorted(set(times))
    for at, label in ticks:
        moment = datetime.fromtimestamp(at, place)
        assert start <= at <= start + span
        assert moment.second == 0
        assert label in (f"{moment:%H:%M}", f"{moment:%m-%d}")


def test_ticks_of_a_day_show_hours_and_of_a_week_dates() -> None:
    seoul = ZoneInfo("Asia/Seoul")
    end = int(datetime(2026, 11, 23, 3, 0, tzinfo=UTC).timestamp())
    assert [label for _, label in axis_ticks(end - DAY, end, 6, seoul)] == [
        "12:00",
        "18:00",
        "00:00",
        "06:00",
        "12:00",
    ]
    assert [label for _, label in axis_ticks(end - 7 * DAY, end, 8, seoul)] == [
        f"11-{day}" for day in range(17, 24)
    ]


def test_ticks_are_never_cut_off_at_the_right_end() -> None:
    assert [at // DAY for at, _ in axis_ticks(0, 7 * DAY, 7, UTC)] == [0, 2, 4, 6]


def test_the_hour_that_a_clock_repeats_keeps_its_ticks() -> None:
    repeated = int(datetime(2023, 11, 5, 6, 0, tzinfo=UTC).timestamp())  # 01:00 for the second time
    ticks = axis_ticks(repeated, repeated + 900, 4, ZoneInfo("America/New_York"))
    assert [label for _, label in ticks] == ["01:00", "01:05", "01:10", "01:15"]


@pytest.mark.parametrize(("start", "end", "count"), [(0, 3600, 0), (3600, 3600, 5), (3600, 0, 5)])
def test_an_empty_axis_has_no_ticks(start: int, end: int, count: int) -> None:
    assert axis_ticks(start, end, count) == []


NOW = 1_763_900_070.0
"""Half a minute into a bucket of 60 s."""
NEWEST = 1_763_899_860.0
"""The newest bucket that ended two minutes before NOW."""


def step(moment: float | None, by: int, window: float = 900) -> float | None:
    return step_moment(moment, NOW, window, 60, by, settle_s=120)


def test_the_cursor_leaves_live_at_the_newest_settled_bucket_and_comes_back() -> None:
    assert step(None, -1) == NEWEST
    assert step(NEWEST, 1) is None
    assert step(None, 1) is None
    assert step_moment(None, NOW, 900, 60, -1) == NOW - 90


def test_the_cursor_steps_by_the_buckets_that_are_drawn() -> None:
    assert step(NEWEST, -1) == NEWEST - 60
    assert step(NEWEST - 300 + 59.9, 1) == NEWEST - 240
    assert step(NEWEST - 300 + 59.9, -1) == NEWEST - 360
    assert step_moment(NOW, NOW, 86_400, 1800, -1) == (NOW // 1800 - 1) * 1800


def test_the_cursor_stops_at_the_window_s_start() -> None:
    start, _ = aligned(NOW, 900, 60)
    assert step(start, -1) == start
    assert step(start - 5000, -1) == step(start - 5000, 1) == start


def test_forward_beyond_the_newest_settled_bucket_is_live_but_back_is_not() -> None:
    assert step(NOW, 1) is None
    assert step(NOW, -1) == NEWEST + 120
    assert step(NOW + 3600, -1) == NEWEST + 180


@given(
    st.none() | st.floats(NOW - 10_000, NOW + 10_000),
    st.sampled_from(PERIODS),
    st.integers(-40, 40),
    st.sampled_from([0.0, 120.0, 5000.0]),
)
def test_wherever_it_goes_it_is_live_or_a_bucket_of_the_window(
    moment: float | None, period: int, by: int, settle: float
) -> None:
    there = step_moment(moment, NOW, 3600, period, by, settle_s=settle)
    start, end = aligned(NOW, 3600, period)
    assert there is None or (start <= there < end and there % period == 0)
    assert by >= 0 or there is not None
