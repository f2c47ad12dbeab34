"""Memory leaks: found soon, not where a cycle, a deployment or noise explains the climb, never an error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.leaks import judge_case
from tests.bench.leakseries import HOUR, LEAK_H, MOST_CYCLE, START_S, Recipe, make
from tui.domain.series import from_points
from tui.domain.snapshots import Series
from tui.triage.leaks import LEAST_HOURS, judge_leak

DAY_H = 24


def hourly(values: Sequence[float | None], first_h: int = 0) -> tuple[Series, float]:
    """Return a series by the hour, None for gaps, and the moment at which its last hour ends."""
    points = [
        (START_S + (first_h + hour) * HOUR, value) for hour, value in enumerate(values) if value is not None
    ]
    return from_points(HOUR, points), float(START_S + (first_h + len(values)) * HOUR)


def noisy(count: int, level: float = 40.0, cycle: float = 0.0, seed: int = 1) -> list[float]:
    random = Random(seed)  # noqa: S311
    return [
        level + cycle * math.sin(2 * math.pi * hour / DAY_H) + random.gauss(0, 0.4) for hour in range(count)
    ]


def climbing(calm_h: int, leak_h: int, rate: float, **more: float) -> list[float]:
    values = noisy(calm_h + leak_h, **more)  # type: ignore[arg-type]
    return [value + rate * max(0, hour - calm_h) for hour, value in enumerate(values)]


def test_a_leak_after_calm_days_is_found_with_its_rate_and_its_end() -> None:
    series, now = hourly(climbing(72, 12, 2.0))
    leak = judge_leak(series, now)
    assert leak.is_leak
    assert leak.reason == ""
    assert leak.low < 2.0 < leak.high
    assert leak.slope == pytest.approx(2.0, abs=0.3)
    assert leak.since_s == pytest.approx(START_S + 72 * HOUR, abs=2 * HOUR)
    # 24 points climbed from 40: 37 are left at 2 an hour.
    assert leak.eta_s == pytest.approx(18.5 * HOUR, rel=0.2)
    assert leak.confidence > 0.99


def test_a_leak_brought_by_a_deployment_names_it() -> None:
    series, now = hourly(climbing(72, 10, 1.5, cycle=2.0))
    at = START_S + 72 * HOUR + 600.0
    leak = judge_leak(series, now, [at])
    assert (leak.is_leak, leak.is_deployment, leak.at_reset, leak.since_s) == (True, True, True, at)


def test_a_slow_leak_is_found_after_days() -> None:
    series, now = hourly(climbing(24, 96, 0.25, cycle=2.0))
    leak = judge_leak(series, now)
    assert leak.is_leak
    assert leak.slope == pytest.approx(0.25, abs=0.01)


def test_half_a_cycle_is_no_climb_with_and_without_history() -> None:
    week = noisy(168, cycle=MOST_CYCLE)
    for end in range(LEAST_HOURS, 169):
        series, now = hourly(week[:end])
        assert not judge_leak(series, now).is_leak, end
    # The climb from the trough to the peak, all that there is.
    half, now = hourly(week[18:30], 18)
    assert not judge_leak(half, now).is_leak


def test_a_step_that_stays_is_no_leak() -> None:
    values = [value + (7.0 if hour >= 60 else 0.0) for hour, value in enumerate(noisy(72))]
    series, now = hourly(values)
    assert not judge_leak(series, now).is_leak


def test_warming_up_that_levels_off_is_no_leak() -> None:
    for age in range(LEAST_HOURS, 24):
        values = noisy(72) + [
            40.0 - 8.0 * math.exp(-hour / 2.0) + extra for hour, extra in enumerate(noisy(age, 0.0, seed=2))
        ]
        series, now = hourly(values)
        assert not judge_leak(series, now, [START_S + 72 * HOUR]).is_leak, age


def test_a_reset_begins_anew_and_says_how_much_is_missing() -> None:
    values = climbing(48, 14, 2.0) + noisy(4)
    series, now = hourly(values)
    leak = judge_leak(series, now)
    assert not leak.is_leak
    assert leak.reason == "too little data: 3 of 6 hours since the last reset"
    known = judge_leak(series, now, [START_S + 62 * HOUR])
    assert known.reason == "too little data: 3 of 6 hours since the deployment"


def test_too_little_data_is_counted() -> None:
    assert judge_leak(Series(HOUR), 0.0).reason == "too little data: 0 of 6 hours"
    series, now = hourly(noisy(5))
    assert judge_leak(series, now).reason == "too little data: 5 of 6 hours"


def test_the_hour_that_has_not_ended_does_not_count() -> None:
    series, now = hourly(noisy(6))
    assert judge_leak(series, now - 1).reason == "too little data: 5 of 6 hours"


def test_gaps_and_a_start_in_the_middle_do_not_hide_a_leak() -> None:
    values: list[float | None] = [*climbing(60, 12, 2.0)]
    for hour in (10, 11, 12, 40, 63, 66, 67):
        values[hour] = None
    series, now = hourly(values, first_h=100)
    assert judge_leak(series, now).is_leak


def test_finer_points_are_judged_by_the_hour() -> None:
    values = climbing(72, 12, 2.0)
    points = [
        (START_S + hour * HOUR + part * 300, value) for hour, value in enumerate(values) for part in range(12)
    ]
    leak = judge_leak(from_points(300, points), START_S + len(values) * HOUR)
    assert leak == judge_leak(*hourly(values))


RECIPES = {
    "calm": (Recipe(), 6),
    "calm, largest cycle": (Recipe(cycle=MOST_CYCLE), 4),
    "1 %/h": (Recipe(rate=1.0, first_onset_h=48), 25),
    "2 %/h": (Recipe(rate=2.0, first_onset_h=48), 25),
}
FIRST_SEED = 5_000


def test_the_bars_of_the_bench_on_sixty_series() -> None:
    false, missed, leaks = 0, 0, 0
    for recipe, count in RECIPES.values():
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            case = make(recipe, seed)
            outcome = judge_case(case, first_h=case.onset_h or 1)
            if recipe.rate:
                leaks += 1
                missed += outcome.found_h is None
                assert outcome.found_h is None or outcome.found_h <= LEAK_H
            else:
                false += outcome.alarms > 0
    assert false == 0
    assert missed <= 0.05 * leaks


values_of = st.lists(
    st.one_of(st.none(), st.floats(0, 100), st.sampled_from([0.0, 50.0, 100.0])), min_size=0, max_size=60
)


@settings(max_examples=80, deadline=None)
@given(values_of, st.lists(st.floats(-10, 80), max_size=3), st.floats(0.5, 10))
def test_any_series_is_judged(values: list[float | None], deployed_h: list[float], cycle: float) -> None:
    series, now = hourly(values)
    leak = judge_leak(series, now, [START_S + hour * HOUR for hour in deployed_h], cycle=cycle)
    figures = (leak.slope, leak.low, leak.high, leak.now, leak.confidence, leak.eta_s or 0.0)
    assert all(math.isfinite(one) for one in figures)
    assert leak.low <= leak.slope <= leak.high
    assert leak.is_leak != bool(leak.reason)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-30, 30), st.integers(-5, 5), st.sampled_from([0.0, 0.5, 2.0]))
def test_level_and_day_do_not_matter(seed: int, offset: float, days: int, rate: float) -> None:
    values = [value + rate * max(0, hour - 60) for hour, value in enumerate(noisy(72, cycle=2.0, seed=seed))]
    plain = judge_leak(*hourly(values))
    moved = judge_leak(*hourly([value + offset for value in values], first_h=days * DAY_H))
    assert moved.slope == pytest.approx(plain.slope, abs=1e-6)
    assert moved.low == pytest.approx(plain.low, abs=1e-6)
    assert moved.is_leak == plain.is_leak
