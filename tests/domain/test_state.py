"""State rules, and the limits that depend on the server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level, Threshold
from config.schema import ThresholdSpec
from tests.domain.stacks import (
    BALANCER,
    DATABASE,
    NOW,
    SERVICE,
    alarm,
    alarms,
    alb,
    balancer,
    config,
    deployment,
    ecs,
    failed,
    group,
    instance,
    judge_stack,
    rds,
    service,
    snapshots,
)
from tui.domain.assess import Assessment
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.findings import Finding
from tui.domain.limits import effective, limited_by
from tui.domain.snapshots import PostgresSnapshot
from tui.domain.state import database_level

DENIED = SourceError(ErrorKind.ACCESS_DENIED, "not allowed to describe", action="rds:DescribeDBInstances")


def found(assessment: Assessment, rule: str) -> Finding | None:
    return next((one for one in assessment.health.findings if one.id == rule), None)


def level_of(rule: str, **entries: Any) -> Level | None:
    finding = found(judge_stack(snapshots(**entries)), rule)
    return finding.level if finding else None


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ("available", Level.OK),
        ("backing-up", Level.OK),
        ("storage-optimization", Level.OK),
        ("configuring-enhanced-monitoring", Level.OK),
        ("modifying", Level.WARNING),
        ("maintenance", Level.WARNING),
        ("rebooting", Level.CRITICAL),
        ("stopped", Level.CRITICAL),
        ("storage-full", Level.CRITICAL),
        ("failed", Level.CRITICAL),
        ("a-status-of-the-future", Level.CRITICAL),
    ],
)
def test_a_database_status(status: str, level: Level) -> None:
    assert database_level(status) is level
    finding = found(judge_stack(snapshots(rds=rds(instance(status=status)))), "state.database")
    assert (finding.level if finding else Level.OK) is level
    assert finding is None or status in finding.sentence


def test_no_running_task_is_critical_at_once() -> None:
    assert level_of("state.tasks", ecs=ecs(service(running=0))) is Level.CRITICAL
    assert level_of("state.tasks", ecs=ecs(service(running=0, desired=0))) is None


def test_too_few_tasks_are_a_warning_once_it_lasts() -> None:
    short = ecs(service(running=1))
    first = judge_stack(snapshots(ecs=short))
    assert first.health.level is Level.ELEVATED
    assert first.resolved["ecs.running_tasks", SERVICE].level is Level.ELEVATED
    almost = judge_stack(snapshots(ecs=ecs(service(running=1), at_s=NOW + 299)), previous=first)
    assert found(almost, "state.tasks") is None
    lasting = judge_stack(snapshots(ecs=ecs(service(running=1), at_s=NOW + 300)), previous=almost)
    finding = found(lasting, "state.tasks")
    assert finding is not None
    assert (finding.level, finding.since_s) == (Level.WARNING, NOW)
    assert finding.sentence == "ECS 1 of 2 tasks running"
    enough = judge_stack(snapshots(ecs=ecs(service(), at_s=NOW + 310)), previous=lasting)
    again = judge_stack(snapshots(ecs=ecs(service(running=1), at_s=NOW + 320)), previous=enough)
    assert found(again, "state.tasks") is None


def test_a_source_that_does_not_answer_makes_nothing_last_longer() -> None:
    entries = snapshots(ecs=ecs(service(running=1)))
    first = judge_stack(entries)
    later = judge_stack(entries, now_s=NOW + 310, previous=first)
    assert found(later, "state.tasks") is None


def test_a_failed_rollout_is_critical_even_while_it_rolls_back() -> None:
    failed_one = deployment("FAILED", status="ACTIVE", rollout_reason="tasks failed to start")
    deployments = (deployment("IN_PROGRESS", task_definition="prod-llmops-app:7"), failed_one)
    finding = found(judge_stack(snapshots(ecs=ecs(service(deployments=deployments)))), "state.rollout")
    assert finding is not None
    assert finding.level is Level.CRITICAL
    assert finding.sentence == "ECS rollout of prod-llmops-app:8 failed: tasks failed to start"
    assert level_of("state.rollout", ecs=ecs(service(deployments=(deployment("COMPLETED"),)))) is None


@pytest.mark.parametrize(
    ("groups", "level"),
    [
        ([["healthy", "healthy"]], None),
        ([["healthy", "unhealthy"]], Level.WARNING),
        ([["unhealthy", "unhealthy"]], Level.CRITICAL),
        ([["initial"]], Level.CRITICAL),
        ([[]], Level.CRITICAL),
        ([["healthy"], []], None),  # the other colour of a blue-green pair
        ([["healthy"], ["draining", "unused"]], None),
        ([["healthy"], ["unhealthy"]], Level.CRITICAL),  # one route is dead
        ([], None),  # redirects only
    ],
)
def test_target_health(groups: list[list[str]], level: Level | None) -> None:
    listed = (group(*states, name=f"group-{index}") for index, states in enumerate(groups))
    assert level_of("state.targets", alb=alb(balancer(*listed))) is level


def test_target_health_that_may_not_be_read_is_unknown_not_an_outage() -> None:
    entry = alb(balancer(group()), problems=("not allowed: elasticloadbalancing:DescribeTargetHealth",))
    finding = found(judge_stack(snapshots(alb=entry)), "state.targets")
    assert finding is not None
    assert finding.level is Level.UNKNOWN
    assert "DescribeTargetHealth" in finding.sentence


@pytest.mark.parametrize(
    ("one", "pane"),
    [
        (alarm("ecs-cpu-high", metric="AWS/ECS/CPUUtilization", ServiceName=SERVICE), "ecs"),
        (alarm("rds-storage-low", metric="AWS/RDS/FreeStorageSpace", DBInstanceIdentifier=DATABASE), "rds"),
        (alarm("alb-5xx-errors", metric="AWS/ApplicationELB/HTTPCode_Target_5XX_Count"), "alb"),
        (alarm("anything-bad"), None),
        (alarm("queue", metric="AWS/SQS/Age", QueueName="jobs"), None),
    ],
)
def test_any_alarm_is_a_warning_on_its_pane(one: Any, pane: str | None) -> None:
    finding = found(judge_stack(snapshots(alarms=alarms(one))), "state.alarm")
    assert finding is not None
    assert (finding.level, finding.pane, finding.resource) == (Level.WARNING, pane, one.name)


@pytest.mark.parametrize(
    "one",
    [
        alarm("quiet", state="OK"),
        alarm("starting", state="INSUFFICIENT_DATA"),
        alarm("theirs", metric="AWS/RDS/CPUUtilization", DBInstanceIdentifier="their-database"),
        alarm("theirs", metric="AWS/ECS/CPUUtilization", ClusterName="theirs", ServiceName=SERVICE),
        alarm("theirs", metric="AWS/ApplicationELB/RequestCount", LoadBalancer="app/theirs/0"),
    ],
)
def test_alarms_that_are_quiet_or_of_another_stack_do_not_count(one: Any) -> None:
    assert level_of("state.alarm", alarms=alarms(one)) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rds": rds(missing=(DATABASE,))}, f"{DATABASE} was not found"),
        ({"rds": failed(DENIED)}, "not allowed to describe"),
        ({"rds": rds(instance(), at_s=NOW - 331)}, "more than 5 minutes"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_says_why(changes: dict[str, Any], said: str) -> None:
    finding = found(judge_stack(snapshots(**changes)), "state.database")
    assert finding is not None
    assert finding.level is Level.UNKNOWN
    assert said in finding.sentence


def test_a_deleted_service_is_unknown() -> None:
    gone = ecs(service(status="INACTIVE", desired=0, running=0))
    assert level_of("state.tasks", ecs=gone) is Level.UNKNOWN


def test_a_source_that_is_still_starting_is_no_finding() -> None:
    assessment = judge_stack(snapshots(ecs=None, rds=None, alb=None, metrics=None, alarms=None))
    assert assessment.health.level is Level.UNKNOWN
    assert assessment.health.findings == ()
    assert assessment.events == ()


def spec_limits(max_connections: int | None, **figures: Any) -> Threshold | None:
    settings = config(overrides={DATABASE: {"rds.connections": ThresholdSpec(**figures)}} if figures else {})
    server = PostgresSnapshot(NOW, DATABASE, max_connections, 3, "16") if max_connections else None
    return effective(settings, settings.metrics["rds.connections"], DATABASE, server)


@pytest.mark.parametrize(
    ("max_connections", "expected"),
    [
        (None, Threshold(80, 100, 50)),
        (1000, Threshold(80, 100, 50)),
        (80, Threshold(56, 68, 35)),
        (116, Threshold(80, 98.6, 50)),
    ],
)
def test_connections_are_limited_by_the_real_server(max_connections: int | None, expected: Threshold) -> None:
    limits = spec_limits(max_connections)
    assert limits is not None
    assert (limits.warning, limits.critical, limits.goal) == pytest.approx(
        (expected.warning, expected.critical, expected.goal)
    )


def test_another_server_or_metric_is_not_limited() -> None:
    settings = config()
    server = PostgresSnapshot(NOW, "another", 20, 3, "16")
    assert effective(settings, settings.metrics["rds.connections"], DATABASE, server) == Threshold(
        80, 100, 50
    )
    own = PostgresSnapshot(NOW, DATABASE, 20, 3, "16")
    assert effective(settings, settings.metrics["rds.cpu"], DATABASE, own) == Threshold(70, 85, 60)


def test_an_override_changes_only_what_it_names() -> None:
    assert spec_limits(None, warning=60.0) == Threshold(60, 100, 50)
    assert effective(config(), config().metrics["alb.requests"], BALANCER, None) is None


@given(
    st.integers(1, 5000),
    st.tuples(st.floats(1, 1000), st.floats(1, 1000), st.floats(1, 1000)).map(sorted),
)
def test_lowered_limits_keep_their_order(max_connections: int, figures: list[float]) -> None:
    goal, warning, critical = figures
    low = limited_by(Threshold(warning, critical, goal), max_connections)
    assert low.goal is not None
    assert low.warning is not None
    assert low.critical is not None
    assert low.goal <= low.warning <= low.critical
    assert low.critical == min(critical, 0.85 * max_connections)
    assert low.warning <= 0.70 * max_connections
    assert low.goal <= goal
