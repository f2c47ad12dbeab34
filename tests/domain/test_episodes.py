"""Breaches of a period from points alone, held against the rule that judges the present."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from config.schema import Judgement
from tui.domain.episodes import episodes
from tui.domain.judge import replay
from tui.domain.snapshots import Series

LIMITS = Threshold(warning=60.0, critical=85.0)
RULE = Judgement()


def series(*values: float | None) -> Series:
    known = [(number * 60, one) for number, one in enumerate(values) if one is not None]
    return Series(60, tuple(at for at, _ in known), tuple(one for _, one in known))


def test_a_breach_has_opening_worst_and_closing() -> None:
    (one,) = episodes(series(*[10.0] * 5, 70, 90, 95, 88, *[10.0] * 10), LIMITS, RULE)
    assert (one.level, one.worst, one.worst_s) == (Level.CRITICAL, 95.0, 7 * 60)
    assert one.opened_s == 5 * 60
    # After as many fine points as the rule looks at.
    assert one.closed_s == (8 + RULE.of_points + 1) * 60
    assert not one.is_from_start
    assert not one.is_cut


def test_two_breaches_are_two() -> None:
    found = episodes(series(*[70.0] * 5, *[10.0] * 10, *[70.0] * 5), LIMITS, RULE)
    assert [one.level for one in found] == [Level.WARNING, Level.WARNING]
    assert [one.is_from_start for one in found] == [True, False]
    assert found[1].closed_s is None


def test_low_values_are_the_bad_ones_where_the_limit_is_below() -> None:
    low = Threshold(warning=30.0, critical=10.0, below=True)
    (one,) = episodes(series(*[50.0] * 5, *[20.0] * 4, 15, *[20.0] * 4), low, RULE)
    assert (one.level, one.worst) == (Level.WARNING, 15.0)


def test_points_that_break_off_end_it_without_a_closing() -> None:
    (one,) = episodes(series(*[10.0] * 3, *[70.0] * 5, *[None] * 20, *[10.0] * 5), LIMITS, RULE)
    assert one.is_cut
    assert one.closed_s == 8 * 60


def test_critical_alone_is_enough_where_there_is_no_warning() -> None:
    (one,) = episodes(series(*[10.0] * 3, *[90.0] * 5), Threshold(critical=85.0), RULE)
    assert one.level is Level.CRITICAL


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([10.0, 70.0, 90.0])), min_size=1, max_size=60),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_what_is_open_at_the_end_is_what_the_judge_says(
    values: list[float | None], needed: int, of_points: int
) -> None:
    rule = Judgement(open_points=needed, of_points=max(needed, of_points))
    level, since_s = replay(series(*values), LIMITS, rule)
    found = episodes(series(*values), LIMITS, rule)
    is_open = bool(found) and found[-1].closed_s is None
    assert is_open == (level in (Level.WARNING, Level.CRITICAL))
    if is_open and level is Level.WARNING:
        assert found[-1].opened_s == since_s
    ends = [(one.opened_s, one.closed_s) for one in found]
    assert ends == sorted(ends, key=lambda one: one[0])
    assert all(end is None or start < end for start, end in ends)
