"""The data of the one-shot report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.levels import Level
from config.schema import Judgement
from tests.domain.stacks import (
    BALANCER,
    DATABASE,
    NOW,
    SERVICE,
    calm,
    config,
    instance,
    judge_stack,
    key,
    minutes,
    rds,
    snapshots,
)
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.report import Report, build, exit_code
from tui.domain.snapshots import Series, SeriesKey

END = NOW - NOW % 300
CPU = key("rds.cpu", DATABASE)


def report(series: dict[SeriesKey, Series], period_s: int = 60, now_s: float = NOW, **changes: Any) -> Report:
    assessment = judge_stack(snapshots(series), period_s=period_s, now_s=now_s, **changes)
    return build(assessment, config(**changes), 3600, period_s)


def by_id(found: Report) -> dict[str, dict[str, Any]]:
    return {metric["id"]: metric for metric in found.to_json()["metrics"]}


def test_the_json_has_the_agreed_keys_and_ids() -> None:
    document = json.loads(json.dumps(report(calm()).to_json(), allow_nan=False))
    assert list(document) == ["level", "window_s", "period_s", "metrics", "trends", "errors"]
    assert (document["level"], document["window_s"], document["period_s"]) == ("ok", 3600, 60)
    assert list(document["metrics"][0]) == [
        *("id", "resource", "title", "unit", "latest", "average", "maximum", "level", "points")
    ]
    agreed = {
        *("ecs.cpu", "ecs.memory", "ecs.running_tasks"),
        *("rds.cpu", "rds.connections", "rds.free_storage_percent", "rds.freeable_memory"),
        *("rds.read_latency", "rds.write_latency", "alb.requests", "alb.response_time"),
        *("alb.response_time_p95", "alb.response_time_p99", "alb.errors", "alb.error_rate"),
        "alb.healthy_hosts",
    }
    ids = [metric["id"] for metric in document["metrics"]]
    assert agreed <= set(ids)
    assert not {"rds.free_storage", "alb.target_5xx", "alb.elb_5xx"} & set(ids)


def test_figures_are_those_of_the_points_and_of_the_peak() -> None:
    found = by_id(report(calm() | {key("ecs.cpu", SERVICE): minutes([10.0, 20.0, 30.0])}))
    cpu = found["ecs.cpu"]
    assert (cpu["latest"], cpu["average"], cpu["maximum"]) == (30.0, 20.0, 40.0)
    assert cpu["points"] == [[NOW - 180, 10.0], [NOW - 120, 20.0], [NOW - 60, 30.0]]
    assert found["alb.response_time_p99"]["level"] is None
    assert found["ecs.running_tasks"]["points"] == [[NOW, 2.0]]
    assert found["ecs.running_tasks"]["latest"] == found["ecs.running_tasks"]["average"] == 2.0


def test_requests_are_counted_per_period() -> None:
    sums = minutes([3000.0] * 12, END, 300)
    series = calm() | {key("alb.requests", BALANCER, "Sum", 300): sums}
    requests = by_id(report(series, 300))["alb.requests"]
    assert requests["latest"] == requests["average"] == requests["maximum"] == 3000.0
    assert len(requests["points"]) == 11  # the bucket of now is not complete


def test_judgement_stays_on_points_of_a_minute() -> None:
    series = calm() | {CPU: minutes([20.0] * 57 + [90.0] * 3)}
    series[key("rds.cpu", DATABASE, period_s=300)] = minutes([34.0] * 12, END, 300)
    cpu = by_id(report(series, 300))["rds.cpu"]
    assert cpu["level"] == "critical"
    assert cpu["maximum"] == cpu["points"][0][1] == 34.0


def test_points_that_may_change_are_left_out() -> None:
    rule = Judgement.model_validate({"settle": "120s"})
    cpu = by_id(report(calm() | {CPU: minutes([20.0] * 8 + [99.0] * 2)}, judgement=rule))["rds.cpu"]
    assert (cpu["latest"], cpu["maximum"], cpu["level"]) == (20.0, 20.0, "ok")
    assert len(cpu["points"]) == 8


def test_nothing_is_null_not_zero() -> None:
    found = by_id(report({key("alb.requests", BALANCER, "Sum"): Series(60)}))
    for metric in ("rds.cpu", "alb.requests", "alb.error_rate"):
        figures = found[metric]
        assert (figures["latest"], figures["average"], figures["maximum"]) == (None, None, None)
        assert figures["points"] == []
    assert found["rds.cpu"]["level"] == "unknown"
    assert found["alb.error_rate"]["level"] is None


def test_an_old_point_is_no_latest_value() -> None:
    cpu = by_id(report(calm() | {CPU: minutes([20.0] * 10, NOW - 1200)}))["rds.cpu"]
    assert (cpu["latest"], cpu["average"], cpu["level"]) == (None, 20.0, "unknown")


def test_findings_and_errors_are_there_for_the_reader() -> None:
    assessment = judge_stack(snapshots(rds=rds(instance(status="stopped"))))
    error = SourceError(ErrorKind.THROTTLED, "CloudTrail refuses", "wait")
    found = build(assessment, config(), 3600, 60, {"changes": error})
    assert found.level is Level.CRITICAL
    assert [one.sentence for one in found.findings] == ["RDS status is stopped"]
    assert found.to_json()["errors"] == [
        {"source": "changes", "kind": "throttled", "summary": "CloudTrail refuses", "hint": "wait"}
    ]
    assert found.exit_code == 2


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ((), 0),
        ((None,), 0),
        ((Level.OK,), 0),
        ((Level.ELEVATED, None), 0),
        ((Level.WARNING, Level.UNKNOWN), 1),
        ((Level.CRITICAL, Level.WARNING, Level.UNKNOWN), 2),
        ((Level.UNKNOWN, Level.ELEVATED), 3),
    ],
)
def test_exit_codes(levels: tuple[Level | None, ...], code: int) -> None:
    assert exit_code(*levels) == code
