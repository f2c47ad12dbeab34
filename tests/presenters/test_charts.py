"""Charts: gaps, limits on a sensible axis, an earlier day behind, target groups apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from tests.presenters.kit import (
    BALANCER,
    CPU,
    DATABASE,
    NOW,
    SERVICE,
    assessment,
    inputs,
    resolved,
    series,
)
from tui.domain.units import value_text
from tui.presenters.charts import chart_of
from tui.presenters.inputs import Comparison, Inputs, UiState
from widgets.model import ChartView

RESPONSE = Threshold(500.0, 1000.0, 200.0)


def chart(
    metric: str, resource: str, values: list[float | None], given: Inputs | None = None, **more: Any
) -> ChartView:
    base = given or inputs()
    judged = assessment(dict([resolved(metric, resource, values, **more)]))
    drawn = chart_of(replace(base, assessment=judged), metric, base.config.metrics[metric], resource)
    assert drawn is not None
    return drawn


def test_a_missing_bucket_breaks_the_line() -> None:
    line = chart("rds.cpu", DATABASE, [10, None, None, 30]).series[0]
    assert line.ys == (10, None, 30)
    assert line.xs == (NOW - 240, NOW - 180, NOW - 60)


def test_the_axis_steps_by_periods_not_by_seconds() -> None:
    first = chart("rds.cpu", DATABASE, [10, 20])
    later = chart("rds.cpu", DATABASE, [10, 20], inputs(now_s=NOW + 59))
    assert first == later
    assert (first.start, first.end) == (NOW - 840, NOW + 60)


def test_newest_points_are_provisional_from_a_bucket_on() -> None:
    view = chart("rds.cpu", DATABASE, [10, 20])
    # Settled until NOW - 120: the bucket that starts there may still change.
    assert view.provisional_from == NOW - 120


def test_the_maximum_lies_behind_the_average() -> None:
    view = chart("ecs.cpu", SERVICE, [40, 41], peak=series([50, 60]))
    assert [(line.role, line.label, line.ys) for line in view.series] == [
        ("peak", "max", (50, 60)),
        ("main", "avg", (40, 41)),
    ]


def test_percent_has_the_whole_scale_and_its_limits() -> None:
    view = chart("rds.cpu", DATABASE, [10, 20], threshold=CPU)
    assert view.y_max == 100.0
    assert [(limit.value, limit.level, limit.label) for limit in view.limits] == [
        (70.0, Level.WARNING, "> 70 %"),
        (85.0, Level.CRITICAL, "> 85 %"),
    ]
    assert [label for _, label in view.y_ticks] == ["0%", "25%", "50%", "75%", "100%"]


@pytest.mark.parametrize(
    ("values", "limits", "is_told"),
    [
        ([50.0, 60.0], [], True),
        ([200.0, 180.0], [500.0, 1000.0], False),
        ([400.0, 450.0], [500.0, 1000.0], False),
        ([1200.0], [500.0, 1000.0], False),
    ],
)
def test_a_far_limit_does_not_flatten_the_line_but_is_told(
    values: list[float | None], limits: list[float], is_told: bool
) -> None:
    view = chart("alb.response_time", BALANCER, values, threshold=RESPONSE)
    assert [limit.value for limit in view.limits] == limits
    assert view.y_max >= max(value for value in (*values, *limits) if value is not None)
    assert ("> 500 ms, above this axis" in view.title) is is_told


def test_a_small_percentage_is_no_flat_line() -> None:
    view = chart("alb.error_rate", BALANCER, [0.5, 0.8], threshold=Threshold(1.0, 5.0))
    assert 1.0 <= view.y_max < 2.0


def test_bytes_are_ticked_in_powers_of_two() -> None:
    view = chart("rds.free_storage", DATABASE, [3.1 * 2**30])
    assert [label for _, label in view.y_ticks] == ["0", "1GiB", "2GiB", "3GiB"]


def test_all_zero_is_a_line_at_the_bottom() -> None:
    view = chart("alb.requests", BALANCER, [0, 0])
    assert view.y_max == 1.0
    assert view.series[0].ys == (0, 0)


def test_one_point_is_drawn() -> None:
    assert chart("rds.cpu", DATABASE, [42]).series[0].ys == (42,)


def test_without_points_a_sentence_and_the_time_axis_stay() -> None:
    view = chart("ecs.cpu", SERVICE, [])
    assert view.series == ()
    assert view.empty == "no datapoints in 15m: Only while tasks run."
    assert view.ticks


def test_points_outside_the_window_are_left_out() -> None:
    view = chart("rds.cpu", DATABASE, [1.0] * 100)
    assert view.series[0].xs[0] == view.start


def compared(label: str, shift: float) -> Inputs:
    earlier = series([70, 71, 72], end=NOW - shift)
    comparison = Comparison(label, shift, {("rds.cpu", DATABASE): earlier})
    return inputs(ui=UiState(window="15m", comparison=comparison))


@pytest.mark.parametrize(("label", "shift"), [("yesterday", 86_400.0), ("last week", 604_800.0)])
def test_an_earlier_day_is_shifted_onto_the_axis_and_lies_behind(label: str, shift: float) -> None:
    back, front = chart("rds.cpu", DATABASE, [20, 21, 22], compared(label, shift)).series
    assert (back.role, back.label, back.ys) == ("compare", label, (70, 71, 72))
    assert back.xs == front.xs


def test_an_earlier_day_without_this_metric_is_left_out() -> None:
    assert len(chart("alb.requests", BALANCER, [1], compared("yesterday", 86_400.0)).series) == 1


def test_target_groups_are_drawn_apart_where_asked() -> None:
    parts = {"blue": series([1, 2]), "green": series([3, 4])}
    split = inputs(ui=UiState(window="15m", split=True))
    lines = chart("alb.requests", BALANCER, [4, 6], split, parts=parts).series
    assert [(line.role, line.label) for line in lines] == [("part", "blue"), ("part", "green")]
    whole = chart("alb.requests", BALANCER, [4, 6], parts=parts).series
    assert [line.role for line in whole] == ["main"]


def test_before_an_assessment_there_is_no_chart() -> None:
    blank = replace(inputs(), assessment=None)
    assert chart_of(blank, "rds.cpu", blank.config.metrics["rds.cpu"], DATABASE) is None


@given(
    st.lists(st.none() | st.floats(0, 1e12), max_size=15),
    st.sampled_from(["rds.cpu", "alb.response_time", "rds.free_storage", "alb.requests"]),
    st.none() | st.builds(Threshold, st.floats(0, 1e6), st.floats(0, 1e6)),
)
def test_the_axis_holds_everything_drawn(
    values: list[float | None], metric: str, threshold: Threshold | None
) -> None:
    resource = DATABASE if metric.startswith("rds") else BALANCER
    view = chart(metric, resource, values, threshold=threshold)
    drawn = [y for line in view.series for y in line.ys if y is not None]
    assert all(view.y_min <= y <= view.y_max for y in drawn)
    assert all(view.y_min <= limit.value <= view.y_max for limit in view.limits)
    assert len(view.y_ticks) <= 8
    assert all(view.y_min <= at <= view.y_max for at, _ in view.y_ticks)


def looked_at(moment: float | None, **more: Any) -> Inputs:
    return inputs(ui=UiState(window="15m", moment_s=moment, **more))


def wall(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M}"


def test_the_cursor_stands_at_the_bucket_and_tells_the_main_line_s_value() -> None:
    peak = series([1000, 1100, 1200])
    view = chart("alb.response_time", BALANCER, [90, 1800, 95], looked_at(NOW - 101), peak=peak)
    assert view.cursor == NOW - 120
    assert view.cursor_text == f"at {wall(NOW - 120)} 1.8 s"


def test_a_moment_that_moves_within_its_bucket_changes_nothing() -> None:
    views = [chart("rds.cpu", DATABASE, [10, 20, 30], looked_at(NOW - back)) for back in (120, 90, 61)]
    assert views[0] == views[1] == views[2]
    assert views[0] != chart("rds.cpu", DATABASE, [10, 20, 30], looked_at(NOW - 60))


@pytest.mark.parametrize("back", [180, 600])
def test_the_cursor_says_where_there_is_no_point(back: int) -> None:
    view = chart("rds.cpu", DATABASE, [10, None, None, 30], looked_at(NOW - back))
    assert view.cursor == NOW - back
    assert view.cursor_text == f"at {wall(NOW - back)} no point"


@pytest.mark.parametrize("moment", [None, NOW - 841, NOW + 60])
def test_no_cursor_while_live_or_outside_the_window(moment: float | None) -> None:
    view = chart("rds.cpu", DATABASE, [10, 20], looked_at(moment))
    assert (view.cursor, view.cursor_text) == (None, "")


@pytest.mark.parametrize("moment", [NOW - 840, NOW + 59])
def test_the_ends_of_the_window_belong_to_it(moment: float) -> None:
    assert chart("rds.cpu", DATABASE, [10, 20], looked_at(moment)).cursor is not None


def test_a_metric_with_fewer_points_has_one_cursor_for_all_of_their_time() -> None:
    key, found = resolved("rds.cpu", DATABASE)
    sparse = replace(found, series=series([7, 8], period=300, end=NOW - NOW % 300))
    last = sparse.series.times[-1]
    for moment in (last, last + 250):
        given = replace(looked_at(moment), assessment=assessment({key: sparse}))
        view = chart_of(given, "rds.cpu", given.config.metrics["rds.cpu"], DATABASE)
        assert view is not None
        assert (view.cursor, view.cursor_text) == (last, f"at {wall(last)} 8 %")


def test_split_by_target_group_the_cursor_tells_each() -> None:
    parts = {"blue": series([1, 2]), "green": series([3, None])}
    view = chart("alb.requests", BALANCER, [4, 2], looked_at(NOW - 120, split=True), parts=parts)
    assert view.cursor_text == f"at {wall(NOW - 120)} blue 1, green 3"
    view = chart("alb.requests", BALANCER, [4, 2], looked_at(NOW - 60, split=True), parts=parts)
    assert view.cursor_text == f"at {wall(NOW - 60)} blue 2"


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=15), st.floats(NOW - 900, NOW + 120))
def test_the_cursor_tells_the_point_that_is_drawn_at_it(values: list[float | None], moment: float) -> None:
    view = chart("rds.connections", DATABASE, values, looked_at(moment))
    if view.cursor is None:
        return
    assert view.start <= view.cursor <= moment < view.cursor + 60
    drawn = {x: y for line in view.series for x, y in zip(line.xs, line.ys, strict=True)}
    value = drawn.get(view.cursor)
    assert view.cursor_text.endswith("no point" if value is None else value_text(value, "count"))
