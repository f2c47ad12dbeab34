"""Tiles: values, notes, scales, and the metric that deserves the chart."""

from __future__ import annotations

from typing import Any

import pytest

from config.levels import Level, Threshold
from tests.presenters.kit import (
    BALANCER,
    CALM,
    CPU,
    DATABASE,
    NOW,
    SERVICE,
    assessment,
    entries,
    inputs,
    live,
    refused,
    resolved,
)
from tui.domain.entry import Entry
from tui.domain.findings import Resolved
from tui.domain.snapshots import MetricsSnapshot
from tui.presenters.inputs import Inputs
from tui.presenters.tiles import default_focus, missing_text, scale_of, specs_of, tiles_of
from widgets.model import TileView


def tile(given: Inputs, metric: str, resource: str) -> TileView:
    kind = given.config.metrics[metric].resource
    found = tiles_of(given, specs_of(given.config, kind), resource, {})
    return next(one for one in found if one.id == metric)


def judged(metric: str, resource: str, values: list[float | None], **more: Any) -> Inputs:
    return inputs(assessment(dict([resolved(metric, resource, values, **more)])))


def test_a_breach_says_what_it_is_judged_by_and_for_how_long() -> None:
    given = judged(
        "rds.cpu", DATABASE, [80, 90, 91.2], threshold=CPU, level=Level.CRITICAL, since_s=NOW - 730
    )
    one = tile(given, "rds.cpu", DATABASE)
    assert (one.value, one.level, one.note) == ("91.2 %", Level.CRITICAL, "> 85 % for 12m")


def test_elevated_names_the_goal_in_its_direction() -> None:
    high = judged("rds.cpu", DATABASE, [65], threshold=CPU, level=Level.ELEVATED)
    low = judged(
        "rds.free_storage_percent",
        DATABASE,
        [25],
        threshold=Threshold(20.0, 10.0, 30.0, below=True),
        level=Level.ELEVATED,
    )
    assert tile(high, "rds.cpu", DATABASE).note == "goal < 60 %"
    assert tile(low, "rds.free_storage_percent", DATABASE).note == "goal > 30 %"


def test_hidden_metrics_and_those_that_do_not_apply_have_no_tile() -> None:
    ids = [one.id for one in tiles_of(inputs(), specs_of(inputs().config, "database"), DATABASE, {})]
    assert ids == ["rds.cpu", "rds.connections", "rds.free_storage_percent"]


def test_an_optional_metric_that_applies_has_one() -> None:
    given = judged("rds.burst_balance", DATABASE, [88])
    assert tile(given, "rds.burst_balance", DATABASE).value == "88 %"


def test_a_hint_gives_way_to_what_is_urgent() -> None:
    hints = {"rds.cpu": "of two cores"}
    calm = tiles_of(inputs(), specs_of(inputs().config, "database"), DATABASE, hints)
    loud = judged("rds.cpu", DATABASE, [91], threshold=CPU, level=Level.CRITICAL)
    assert calm[0].note == "of two cores"
    assert tiles_of(loud, specs_of(loud.config, "database"), DATABASE, hints)[0].note == "> 85 %"


def missing(**more: Any) -> Inputs:
    return judged("alb.response_time", BALANCER, [], **more)


def note_of(given: Inputs, metric: str = "alb.response_time", resource: str = BALANCER) -> str:
    return tile(given, metric, resource).note


def test_the_four_reasons_for_a_missing_metric_are_told_apart() -> None:
    without = {key: value for key, value in CALM.items() if key != ("ecs.cpu", SERVICE)}
    unpublished = inputs(assessment())
    changed = assessment()
    unpublished = inputs(type(changed)(NOW, 900, 60, without, changed.health))
    notes = [
        note_of(missing(note="not permitted: cloudwatch:GetMetricData")),
        note_of(unpublished, "ecs.cpu", SERVICE),
        note_of(missing()),
        note_of(missing(note="no traffic")),
    ]
    assert notes == [
        "no permission: cloudwatch:GetMetricData",
        "not published for this resource",
        "no datapoints in 15m",
        "no traffic",
    ]


def test_the_chart_has_room_for_the_explanation() -> None:
    given = judged("ecs.cpu", SERVICE, [])
    found = given.assessment.resolved["ecs.cpu", SERVICE] if given.assessment else None
    text = missing_text(given, given.config.metrics["ecs.cpu"], found, is_long=True)
    assert text == "no datapoints in 15m: Only while tasks run."


def test_before_the_first_answer_nothing_is_claimed() -> None:
    waiting = missing()
    waiting = inputs(waiting.assessment, entries=entries(metrics=Entry()))
    denied = inputs(
        waiting.assessment, entries=entries(metrics=Entry(error=refused("cloudwatch:GetMetricData")))
    )
    assert note_of(waiting) == ""
    assert note_of(denied) == "no permission: cloudwatch:GetMetricData"


def test_a_refusal_after_good_answers_is_said_too() -> None:
    failing = live(MetricsSnapshot(NOW, {}, {}), error=refused("cloudwatch:GetMetricData"))
    given = inputs(missing().assessment, entries=entries(metrics=failing))
    assert note_of(given) == "no permission: cloudwatch:GetMetricData"


def test_a_state_metric_is_explained_by_its_own_source() -> None:
    changed = assessment(dict([resolved("ecs.running_tasks", SERVICE)]))
    given = inputs(changed, entries=entries(ecs=Entry(error=refused("ecs:DescribeServices"))))
    assert note_of(given, "ecs.running_tasks", SERVICE) == "no permission: ecs:DescribeServices"
    assert note_of(inputs(changed), "ecs.running_tasks", SERVICE) == "not found"


def test_points_too_young_to_be_judged_are_not_called_missing() -> None:
    assert (
        note_of(judged("alb.response_time", BALANCER, [90], latest=None)) == "newest points are provisional"
    )


def test_a_last_known_value_says_why_it_is_old() -> None:
    given = judged("rds.cpu", DATABASE, [40], threshold=CPU, level=Level.UNKNOWN, note="Timed out.")
    one = tile(given, "rds.cpu", DATABASE)
    assert (one.value, one.note) == ("40 %", "Timed out.")


def test_gaps_stay_gaps_and_one_point_is_one_cell() -> None:
    spark = tile(judged("rds.cpu", DATABASE, [10, None, 30]), "rds.cpu", DATABASE).spark
    assert spark[-4:] == (10.0, None, 30.0, None)
    assert [one for one in tile(judged("rds.cpu", DATABASE, [50]), "rds.cpu", DATABASE).spark if one] == [
        50.0
    ]
    assert tile(judged("rds.cpu", DATABASE, []), "rds.cpu", DATABASE).spark == ()


@pytest.mark.parametrize(
    ("values", "unit", "threshold", "ceiling"),
    [
        ([40.0], "percent", CPU, 100.0),
        ([140.0], "percent", CPU, 140.0),
        ([40.0], "percent", None, 100.0),
        ([60.0], "percent", Threshold(20.0, 10.0, below=True), 100.0),
        ([0.2], "percent", Threshold(1.0, 5.0), 1.0),
        ([7.0], "percent", Threshold(1.0, 5.0), 7.0),
        ([90.0], "ms", Threshold(500.0, 1000.0), 500.0),
        ([], "count", None, 0.0),
    ],
)
def test_a_spark_is_scaled_by_its_limits_not_by_itself(
    values: list[float], unit: str, threshold: Threshold | None, ceiling: float
) -> None:
    assert scale_of(values, unit, threshold) == ceiling


def some_tiles(*levels: Level | None) -> list[TileView]:
    return [TileView(f"m{index}", "M", "1", level) for index, level in enumerate(levels)]


@pytest.mark.parametrize(
    ("levels", "wanted", "focus"),
    [
        ((Level.OK, Level.OK), None, "m0"),
        ((Level.OK, Level.WARNING, Level.CRITICAL, Level.CRITICAL), None, "m2"),
        ((None, Level.UNKNOWN), None, "m0"),
        ((Level.OK, Level.CRITICAL), "m0", "m0"),
        ((Level.OK, Level.CRITICAL), "gone", "m1"),
        ((), "m0", ""),
    ],
)
def test_the_worst_breach_is_drawn_unless_the_user_chose(
    levels: tuple[Level | None, ...], wanted: str | None, focus: str
) -> None:
    assert default_focus(some_tiles(*levels), wanted) == focus


def test_a_metric_without_a_place_in_the_assessment_is_no_crash() -> None:
    empty: dict[tuple[str, str], Resolved] = {}
    given = inputs()
    nothing = type(assessment())(NOW, 900, 60, empty, assessment().health)
    views = tiles_of(inputs(nothing), specs_of(given.config, "service"), SERVICE, {})
    assert {one.value for one in views} == {"–"}
