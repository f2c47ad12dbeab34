"""Numbers, limits and ages as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from tui.domain.units import (
    ABSENT,
    age_text,
    axis_text,
    clock_text,
    coarse_age,
    count_text,
    limit_text,
    plural,
    value_text,
)

GIB = 1024.0**3


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (91.24, "percent", "91.2 %"),
        (100.0, "percent", "100 %"),
        (-0.0, "percent", "0 %"),
        (0.04, "percent", "0.04 %"),
        (0.0, "ms", "0 ms"),
        (0.0004, "ms", "0.0004 ms"),
        (0.42, "ms", "0.42 ms"),
        (4.2, "ms", "4.2 ms"),
        (9.999, "ms", "10 ms"),
        (812.3, "ms", "812 ms"),
        (999.7, "ms", "1 s"),
        (1234.0, "ms", "1.23 s"),
        (12_345.0, "ms", "12.3 s"),
        (100_000.0, "ms", "100 s"),
        (190_000.0, "ms", "3m"),
        (37.0, "seconds", "37 s"),
        (0.5, "seconds", "500 ms"),
        (7200.0, "seconds", "2h"),
        (0.0, "bytes", "0 B"),
        (1023.0, "bytes", "1023 B"),
        (1023.6, "bytes", "1 KiB"),
        (17.3 * GIB, "bytes", "17.3 GiB"),
        (400.0 * GIB, "bytes", "400 GiB"),
        (1023.7 * GIB, "bytes", "1 TiB"),
        (7.0, "count", "7"),
        (2.5, "count", "2.5"),
        (12.34, "count", "12.3"),
        (1234.0, "count", "1,234"),
        (99_949.0, "count", "99,949"),
        (123_456.0, "count", "123k"),
        (999_600.0, "count", "1M"),
        (4_560_000.0, "count", "4.56M"),
        (42.0, "per_minute", "42/min"),
        (3.0, "per_second", "3/s"),
        (144.0, "credits", "144"),
        (None, "percent", ABSENT),
        (math.nan, "ms", ABSENT),
        (math.inf, "bytes", ABSENT),
    ],
)
def test_values(value: float | None, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


UNITS = ("percent", "ms", "bytes", "count", "per_minute", "credits", "seconds", "per_second")


@given(st.floats(0, 1e13), st.sampled_from(UNITS))
def test_no_value_outgrows_its_tile(value: float, unit: str) -> None:
    assert len(value_text(value, unit)) <= (18 if unit == "percent" else 12)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (80.0, "percent", "80%"),
        (0.0, "ms", "0"),
        (250.0, "ms", "250ms"),
        (1500.0, "ms", "1.5s"),
        (2 * GIB, "bytes", "2GiB"),
        (0.0, "bytes", "0"),
        (10_000.0, "count", "10k"),
        (2_500_000.0, "count", "2.5M"),
        (5.0, "count", "5"),
    ],
)
def test_axis_labels(value: float, unit: str, text: str) -> None:
    assert axis_text(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "fine", "coarse"),
    [
        (-5.0, "0s", "0s"),
        (0.4, "0s", "0s"),
        (14.9, "14s", "10s"),
        (59.9, "59s", "55s"),
        (60.0, "1m", "1m"),
        (3599.0, "59m", "59m"),
        (3600.0, "1h", "1h"),
        (5400.0, "1h 30m", "1h"),
        (36_000.0, "10h", "10h"),
        (86_400.0, "1d", "1d"),
        (400_000.0, "4d", "4d"),
    ],
)
def test_ages(seconds: float, fine: str, coarse: str) -> None:
    assert (age_text(seconds), coarse_age(seconds)) == (fine, coarse)


def test_limits_read_as_they_are_judged() -> None:
    cpu, storage = Threshold(70.0, 85.0, 60.0), Threshold(20.0, 10.0, 30.0, below=True)
    assert limit_text(cpu, Level.CRITICAL, "percent") == "> 85 %"
    assert limit_text(storage, Level.WARNING, "percent") == "< 20 %"
    assert limit_text(cpu, Level.OK, "percent") == ""
    assert limit_text(Threshold(warning=500.0), Level.CRITICAL, "ms") == ""


def test_small_words() -> None:
    assert (plural(1, "task"), plural(0, "task"), plural(1200, "task")) == (
        "1 task",
        "0 tasks",
        "1,200 tasks",
    )
    assert count_text(-1234.0) == "-1,234"


def test_a_moment_of_another_day_has_its_date() -> None:
    now = 1_763_900_000.0
    assert len(clock_text(now - 60, now)) == len("14:05")
    assert len(clock_text(now - 100_000, now)) == len("11-23 14:05")
