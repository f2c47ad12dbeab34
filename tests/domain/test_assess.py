"""The whole assessment: levels, notes, roll-up and edges of a stack."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.levels import Level, worst
from config.schema import Judgement, StackConfig, ThresholdSpec
from tests.domain.stacks import (
    BALANCER,
    DATABASE,
    NOW,
    SERVICE,
    alarm,
    alarms,
    alb,
    balancer,
    calm,
    config,
    deployment,
    ecs,
    failed,
    group,
    instance,
    judge_stack,
    key,
    metrics,
    minutes,
    postgres,
    rds,
    service,
    snapshots,
)
from tui.domain.assess import Assessment
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import MetricsSnapshot, Series, SeriesKey

REQUESTS = key("alb.requests", BALANCER, "Sum")
TARGET_5XX = key("alb.target_5xx", BALANCER, "Sum")
ELB_5XX = key("alb.elb_5xx", BALANCER, "Sum")
CPU = key("rds.cpu", DATABASE)
ALB_KEYS = tuple(one for one in calm() if one.metric.startswith("alb."))


def without_alb_points(**changes: Series) -> dict[SeriesKey, Series]:
    return {**calm(), **dict.fromkeys(ALB_KEYS, Series(60))}


def kinds(assessment: Assessment) -> list[tuple[str, str]]:
    return [(event.kind, event.finding.id) for event in assessment.events]


def test_a_calm_stack_is_ok() -> None:
    assessment = judge_stack(snapshots())
    assert assessment.health.level is Level.OK
    assert assessment.health.findings == ()
    assert assessment.health.panes == dict.fromkeys(("ecs", "rds", "alb"), Level.OK)
    assert assessment.events == ()
    assert assessment.settled_until_s == NOW


def test_a_breach_says_what_by_how_much_and_since_when() -> None:
    series = calm() | {CPU: minutes([20.0] * 10 + [91.24] * 13)}
    assessment = judge_stack(snapshots(series))
    (finding,) = assessment.health.findings
    assert finding.sentence == "RDS CPU 91.2 % (> 85 %) for 13 min"
    assert finding.since_s == NOW - 13 * 60
    assert assessment.health.panes["rds"] is Level.CRITICAL
    assert assessment.health.panes["ecs"] is Level.OK
    assert assessment.health.level is Level.CRITICAL


def test_findings_come_worst_first() -> None:
    series = calm() | {key("ecs.cpu", SERVICE): minutes([75.0] * 5), CPU: minutes([90.0] * 5)}
    series[key("ecs.memory", SERVICE)] = Series(60)
    levels = [one.level for one in judge_stack(snapshots(series)).health.findings]
    assert levels == [Level.CRITICAL, Level.WARNING, Level.UNKNOWN]


def test_no_traffic_is_neither_zero_nor_unknown() -> None:
    assessment = judge_stack(snapshots(without_alb_points()))
    for metric in ("alb.requests", "alb.response_time", "alb.response_time_p95", "alb.error_rate"):
        one = assessment.resolved[metric, BALANCER]
        assert (one.level, one.latest, one.note) == (None, None, "no traffic")
    assert assessment.health.panes["alb"] is Level.OK  # its hosts are healthy
    assert assessment.health.findings == ()


def test_silence_is_no_answer_until_requests_were_asked_for() -> None:
    """The balancer's dimension may become known only after the first metrics have arrived."""
    series = {one: points for one, points in calm().items() if one not in ALB_KEYS}
    one = judge_stack(snapshots(series)).resolved["alb.error_rate", BALANCER]
    assert (one.level, one.note) == (Level.UNKNOWN, "")


def test_zeros_published_by_another_endpoint_are_no_traffic_too() -> None:
    series = without_alb_points() | {REQUESTS: minutes([0.0] * 60)}
    one = judge_stack(snapshots(series)).resolved["alb.error_rate", BALANCER]
    assert (one.level, one.note) == (None, "no traffic")


def test_a_total_outage_is_a_critical_error_rate() -> None:
    series = without_alb_points() | {ELB_5XX: minutes([300.0] * 5)}
    assessment = judge_stack(snapshots(series))
    rate = assessment.resolved["alb.error_rate", BALANCER]
    assert (rate.level, rate.latest) == (Level.CRITICAL, 100.0)
    slow = assessment.resolved["alb.response_time", BALANCER]
    assert (slow.level, slow.note) == (Level.UNKNOWN, "no request reaches a target")


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            {"alb": failed(SourceError(ErrorKind.ACCESS_DENIED, "refused", action="elasticloadbalancing:X"))},
            "not permitted: elasticloadbalancing:X",
        ),
        ({"alb": alb(missing=(BALANCER,))}, f"{BALANCER} was not found"),
        ({"alb": None}, ""),
    ],
)
def test_silence_of_a_balancer_that_is_not_described_is_not_no_traffic(
    changes: dict[str, Any], note: str
) -> None:
    one = judge_stack(snapshots(without_alb_points(), **changes)).resolved["alb.error_rate", BALANCER]
    assert (one.level, one.note) == (Level.UNKNOWN, note)


def test_silence_is_not_no_traffic_when_requests_may_not_be_read() -> None:
    entry = metrics(without_alb_points(), notes={REQUESTS: "Forbidden"})
    one = judge_stack(snapshots(metrics=entry)).resolved["alb.response_time", BALANCER]
    assert one.level is Level.UNKNOWN
    rate = judge_stack(snapshots(metrics=entry)).resolved["alb.error_rate", BALANCER]
    assert (rate.level, rate.note) == (Level.UNKNOWN, "Forbidden")


def test_without_tasks_ecs_metrics_say_so() -> None:
    series = calm() | {key("ecs.cpu", SERVICE): Series(60)}
    one = judge_stack(snapshots(series, ecs=ecs(service(running=0)))).resolved["ecs.cpu", SERVICE]
    assert (one.level, one.note) == (Level.UNKNOWN, "no running tasks")


def test_metrics_that_may_not_be_read_are_unknown_and_name_the_permission() -> None:
    denied = SourceError(ErrorKind.ACCESS_DENIED, "refused", action="cloudwatch:GetMetricData")
    assessment = judge_stack(snapshots(metrics=failed(denied)))
    assert assessment.resolved["rds.cpu", DATABASE].note == "not permitted: cloudwatch:GetMetricData"
    assert assessment.health.level is Level.UNKNOWN
    assert "RDS CPU: not permitted: cloudwatch:GetMetricData" in [
        one.sentence for one in assessment.health.findings
    ]


def test_a_failing_source_keeps_its_last_value_but_not_its_level() -> None:
    entry = metrics(calm())
    stale = Entry(entry.snapshot, NOW, SourceError(ErrorKind.TIMEOUT, "CloudWatch did not answer"), NOW + 600)
    one = judge_stack(snapshots(metrics=stale), now_s=NOW + 600).resolved["rds.cpu", DATABASE]
    assert (one.level, one.latest, one.note) == (Level.UNKNOWN, 20.0, "CloudWatch did not answer")


def test_a_metric_that_stops_while_the_source_answers_has_no_value_now() -> None:
    series = calm() | {CPU: minutes([20.0] * 30, NOW - 600)}
    one = judge_stack(snapshots(series)).resolved["rds.cpu", DATABASE]
    assert (one.level, one.latest) == (Level.UNKNOWN, None)
    assert len(one.series) == 30


def test_points_read_while_provisional_are_not_judged_later_unread() -> None:
    """Only what had settled when it was read counts, however long ago that was."""
    rule = Judgement.model_validate({"settle": "120s"})
    series = calm() | {CPU: minutes([20.0] * 58 + [90.0] * 2)}
    for later in (0, 100):
        one = judge_stack(snapshots(series), now_s=NOW + later, judgement=rule).resolved["rds.cpu", DATABASE]
        assert (one.level, one.latest) == (Level.OK, 20.0)


@pytest.mark.parametrize(
    ("window_s", "period_s"), [(900, 60), (3600, 60), (3 * 3600, 180), (24 * 3600, 1800)]
)
def test_what_is_drawn_does_not_change_what_is_judged(window_s: int, period_s: int) -> None:
    series = calm() | {CPU: minutes([90.0] * 3 + [20.0] * 55 + [75.0] * 2)}
    one = judge_stack(snapshots(series), window_s=window_s, period_s=period_s).resolved["rds.cpu", DATABASE]
    assert one.level is Level.WARNING
    assert one.latest == 75.0
    assert all(at > NOW - window_s - period_s for at in one.series.times)


def test_series_are_clipped_to_the_window_with_peak_and_parts() -> None:
    series = calm() | {key("alb.response_time", BALANCER, part="blue"): minutes([1.0] * 60)}
    one = judge_stack(snapshots(series), window_s=900).resolved["alb.response_time", BALANCER]
    assert one.peak is not None
    assert one.parts is not None
    assert one.series.times[0] == one.peak.times[0] == one.parts["blue"].times[0] == NOW - 14 * 60


def test_state_metrics_are_judged_by_their_rules_and_by_limits_of_ones_own() -> None:
    sick = alb(balancer(group("unhealthy")))
    assessment = judge_stack(snapshots(alb=sick))
    assert assessment.resolved["alb.healthy_hosts", BALANCER].level is Level.CRITICAL
    assert [one.id for one in assessment.health.findings] == ["state.targets"]
    limits = config().thresholds | {"ecs.running_tasks": ThresholdSpec(warning=3.0, below=True)}
    assessment = judge_stack(snapshots(), thresholds=limits)
    assert assessment.resolved["ecs.running_tasks", SERVICE].level is Level.WARNING
    assert [one.sentence for one in assessment.health.findings] == ["ECS Running tasks 2 (< 3)"]


def test_connections_are_judged_by_the_real_server() -> None:
    series = calm() | {key("rds.connections", DATABASE): minutes([70.0] * 5)}
    assert judge_stack(snapshots(series)).health.level is Level.ELEVATED
    limited = judge_stack(snapshots(series, postgres=postgres(80)))
    assert limited.health.level is Level.CRITICAL
    assert limited.health.findings[0].sentence == "RDS Connections 70 (> 68) for 5 min"


def test_only_configured_kinds_have_a_pane() -> None:
    stack = StackConfig(databases=(DATABASE,))
    assessment = judge_stack(snapshots(), stack=stack)
    assert set(assessment.health.panes) == {"rds"}
    assert {name for _, name in assessment.resolved} == {DATABASE}


def test_an_empty_configuration_has_no_level() -> None:
    assessment = judge_stack(snapshots(metrics=None), stack=StackConfig())
    assert assessment.health.level is None
    assert assessment.health.panes == {}


def test_edges_are_told_once() -> None:
    def step(value: float, at: int, previous: Assessment | None) -> Assessment:
        series = calm(end_s=at) | {CPU: minutes([value] * 3, at)}
        return judge_stack(_at(series, at), now_s=at, previous=previous)

    first = step(75.0, NOW, None)
    assert kinds(first) == [("opened", "rds.cpu")]
    same = step(75.0, NOW + 60, first)
    assert kinds(same) == []
    worse = step(90.0, NOW + 120, same)
    assert kinds(worse) == [("worsened", "rds.cpu")]
    eased = step(75.0, NOW + 180, worse)
    assert kinds(eased) == [("eased", "rds.cpu")]
    closed = step(20.0, NOW + 240, eased)
    assert kinds(closed) == [("closed", "rds.cpu")]
    assert closed.events[0].finding.level is Level.WARNING
    assert kinds(step(20.0, NOW + 300, closed)) == []


@pytest.mark.parametrize("rule", ["rds.cpu", "state.rollout", "state.database", "state.alarm"])
def test_a_breach_whose_data_goes_missing_is_neither_closed_nor_told_again(rule: str) -> None:
    entries = snapshots(
        calm() | {CPU: minutes([90.0] * 5)},
        ecs=ecs(service(deployments=(deployment("FAILED"),))),
        rds=rds(instance(status="failed")),
        alarms=alarms(alarm("bad")),
    )
    first = judge_stack(entries)
    assert ("opened", rule) in kinds(first)
    silent = judge_stack(entries, now_s=NOW + 1000, previous=first)
    assert kinds(silent) == []
    back = judge_stack(entries, now_s=NOW + 30, previous=silent)
    assert kinds(back) == []
    cured = judge_stack(snapshots(), previous=back)
    assert ("closed", rule) in kinds(cured)


def test_an_alarm_that_ends_is_closed() -> None:
    first = judge_stack(snapshots(alarms=alarms(alarm("bad"))))
    assert kinds(judge_stack(snapshots(alarms=alarms(alarm("bad", state="OK"))), previous=first)) == [
        ("closed", "state.alarm")
    ]


VALUES = st.one_of(st.none(), st.floats(0, 1000))


@settings(max_examples=40)
@given(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=12), st.booleans(), st.integers(0, 900))
def test_whatever_the_points_the_roll_up_is_the_worst_and_repeatable(
    rows: list[tuple[float | None, float | None, float | None]], has_hosts: bool, age: int
) -> None:
    requests, errors, cpu = zip(*rows, strict=True) if rows else ((), (), ())
    series = {REQUESTS: minutes(requests), ELB_5XX: minutes(errors), CPU: minutes(cpu)}
    entries = snapshots(series, alb=alb(balancer(group("healthy" if has_hosts else "unhealthy"))))
    assessment = judge_stack(entries, now_s=NOW + age)
    assert assessment == judge_stack(entries, now_s=NOW + age)
    assert assessment.health.level is worst(assessment.health.panes.values())
    for one in assessment.resolved.values():
        assert (one.level is None) >= (one.threshold is None and one.metric not in STATE)
        assert (one.since_s is not None) <= (one.level is not None and one.level.is_breach)
    breached = {finding.level for finding in assessment.health.findings if finding.level.is_breach}
    assert (assessment.health.level in breached) == bool(breached)


STATE = ("ecs.running_tasks", "alb.healthy_hosts")


def _at(series: dict[SeriesKey, Series], at: int) -> Any:
    return snapshots(
        metrics=Entry(MetricsSnapshot(at, series, {}), at, period_s=60.0),
        ecs=ecs(service(), at_s=at),
        rds=rds(instance(), at_s=at),
        alb=alb(balancer(group("healthy")), at_s=at),
        alarms=alarms(at_s=at),
    )
