"""The rule that opens and closes a breach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from config.schema import Judgement
from tests.domain.stacks import NOW, minutes
from tui.domain.judge import Verdict, judge, replay, stale_after
from tui.domain.snapshots import Series

CPU = Threshold(warning=70, critical=85, goal=60)
STORAGE = Threshold(warning=20, critical=10, goal=30, below=True)
RULE = Judgement()
VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from([10.0, 60.0, 65.0, 70.0, 75.0, 85.0, 90.0])), max_size=40
)
OK, ELEVATED, WARNING, CRITICAL = Level.OK, Level.ELEVATED, Level.WARNING, Level.CRITICAL


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([10], OK),
        ([90], ELEVATED),  # one point opens nothing, but it is not ok
        ([10, 90], ELEVATED),
        ([90, 90], CRITICAL),
        ([90, 10, 90], CRITICAL),  # two of three
        ([90, 10, 10, 90], ELEVATED),  # two of four
        ([90, 90, 10, 10], CRITICAL),  # two fine points close nothing
        ([90, 90, 10, 10, 10], OK),
        ([90, 90, 10, 10, 65], ELEVATED),
        ([90, 90, 10, 10, 90, 10, 10], CRITICAL),  # flickering stays open
        ([90, 75], WARNING),  # both beyond warning, one beyond critical
        ([90, 90, 75, 75, 75], WARNING),  # critical closes, warning stays open
        ([70, 70, 70], ELEVATED),  # limits are strict
        ([60], ELEVATED),  # the goal is "below 60"
        ([59.9], OK),
    ],
)
def test_a_breach_opens_at_two_of_three_and_closes_at_three(values: list[float], level: Level) -> None:
    assert replay(minutes(values), CPU, RULE)[0] is level


@pytest.mark.parametrize(
    ("values", "level"),
    [([40], OK), ([30], ELEVATED), ([19, 19], WARNING), ([9, 9], CRITICAL), ([9, 9, 40], CRITICAL)],
)
def test_small_values_are_bad_where_the_threshold_says_below(values: list[float], level: Level) -> None:
    assert replay(minutes(values), STORAGE, RULE)[0] is level


def test_a_breach_lasts_since_its_first_point_beyond_the_limit_of_its_level() -> None:
    series = minutes([10, 75, 10, 75, 90, 90])
    assert replay(series, CPU, RULE) == (CRITICAL, float(series.times[4]))
    assert replay(minutes([10, 75, 10, 75]), CPU, RULE) == (WARNING, NOW - 180.0)


def test_a_gap_of_more_than_five_minutes_starts_afresh() -> None:
    short, long = [90, 90, *[None] * 5, 10], [90, 90, *[None] * 6, 10]
    assert replay(minutes(short), CPU, RULE)[0] is CRITICAL
    assert replay(minutes(long), CPU, RULE)[0] is OK


@given(VALUES)
def test_the_level_is_what_the_definition_says(values: list[float | None]) -> None:
    """Compare with a slow reading of the rule: walk back to the last moment that decides."""
    present = [value for value in values if value is not None]
    series = minutes(present)

    def is_open(limit: float) -> bool:
        for end in range(len(present), 0, -1):
            last = [value > limit for value in present[max(0, end - 3) : end]]
            if sum(last) >= 2:
                return True
            if len(last) == 3 and not any(last):
                return False
        return False

    level, since_s = replay(series, CPU, RULE)
    if not present:
        assert (level, since_s) == (Level.UNKNOWN, None)
    elif is_open(85):
        assert level is CRITICAL
    elif is_open(70):
        assert level is WARNING
    else:
        assert level is (ELEVATED if present[-1] >= 60 else OK)
    assert (since_s is None) == (not level.is_breach)


@given(VALUES, st.integers(1, 5), st.integers(1, 5))
def test_constant_trouble_is_a_breach_under_any_rule(
    values: list[float | None], needed: int, of_points: int
) -> None:
    rule = Judgement(open_points=needed, of_points=of_points)
    trouble = [90.0] * 5
    assert replay(minutes([*values, *trouble]), CPU, rule)[0] is CRITICAL
    assert replay(minutes([*values, *[10.0] * 5]), CPU, rule)[0] is OK


def judged(
    series: Series, threshold: Threshold | None = CPU, until: float = NOW, now: float = NOW
) -> Verdict:
    return judge(series, threshold, RULE, settled_until_s=until, now_s=now, stale_after_s=stale_after(RULE))


def test_points_that_may_change_are_not_judged() -> None:
    series = minutes([10, 10, 10, 90, 90])
    assert judged(series, until=NOW - 120).level is OK
    assert judged(series, until=NOW - 120).latest == 10
    assert judged(series, until=NOW - 119).level is OK
    assert judged(series, until=NOW).level is CRITICAL


@pytest.mark.parametrize(("age", "level"), [(420, CRITICAL), (421, Level.UNKNOWN), (10_000, Level.UNKNOWN)])
def test_without_a_recent_point_a_metric_is_unknown(age: int, level: Level) -> None:
    verdict = judged(minutes([90, 90]), now=NOW + age)
    assert verdict.level is level
    assert verdict.latest == 90
    assert verdict.is_stale == (level is Level.UNKNOWN)


def test_no_threshold_is_no_level() -> None:
    assert judged(minutes([90, 90]), None) == Verdict(None, 90)
    assert judged(Series(60), None) == Verdict(None, None, is_stale=True)


@pytest.mark.parametrize(
    ("period", "cadence", "seconds"), [(60, 60, 420), (300, 60, 660), (60, 180, 540), (60, 0, 420)]
)
def test_rarer_points_may_be_older(period: float, cadence: float, seconds: float) -> None:
    assert stale_after(RULE, metric_period_s=period, cadence_s=cadence) == seconds
