"""Facts beside the tiles: services, databases, balancers, alarms, changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from config.levels import Level
from tests.presenters.kit import (
    BALANCER,
    DATABASE,
    NOW,
    SERVICE,
    assessment,
    balancer,
    deployment,
    entries,
    inputs,
    instance,
    live,
    refused,
    service,
    target,
)
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.findings import Finding
from tui.domain.snapshots import (
    Alarm,
    AlarmsSnapshot,
    Change,
    ChangesSnapshot,
    PostgresSnapshot,
    ServiceEvent,
    StoppedTask,
)
from tui.domain.trend import Trend, TrendKind
from tui.presenters.facts import (
    ALARMS_SHOWN,
    CHANGES_SHOWN,
    VALUE_LIMIT,
    alarm_facts,
    balancer_facts,
    change_facts,
    database_facts,
    elsewhere_facts,
    service_facts,
    trend_facts,
)
from widgets.model import Fact


def told(facts: tuple[Fact, ...]) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in facts]


def state(rule: str, resource: str, pane: Any, level: Level = Level.CRITICAL) -> Finding:
    return Finding(rule, resource, pane, level, "said elsewhere")


def test_a_calm_service() -> None:
    assert told(service_facts(inputs(), service())) == [
        ("tasks", "2/2 running"),
        ("deployment", "prod-llmops-app:42 COMPLETED 2h ago"),
        ("last event", "2m ago: has reached a steady state."),
    ]


def test_a_failed_rollout_stands_out_and_the_old_deployment_does_not() -> None:
    failed = deployment(
        rollout_state="FAILED", rollout_reason="tasks failed to start", running=0, failed_tasks=3
    )
    old = deployment(status="ACTIVE", task_definition="prod-llmops-app:41", rollout_state="COMPLETED")
    given = inputs(assessment(findings=[state("state.rollout", SERVICE, "ecs")]))
    facts = service_facts(given, service(deployments=(failed, old), events=()))
    assert [(fact.label, fact.value, fact.level) for fact in facts[1:]] == [
        (
            "deployment",
            "prod-llmops-app:42 FAILED 0/2 3 failed tasks 2h ago: tasks failed to start",
            Level.CRITICAL,
        ),
        ("still running", "prod-llmops-app:41 COMPLETED 2/2 2h ago", None),
    ]


def test_missing_and_pending_tasks() -> None:
    given = inputs(assessment(findings=[state("state.tasks", SERVICE, "ecs", Level.WARNING)]))
    fact = service_facts(given, service(running=1, pending=1))[0]
    assert (fact.value, fact.level) == ("1/2 running, 1 pending", Level.WARNING)


def stopped(**more: Any) -> StoppedTask:
    given: dict[str, Any] = {
        "id": "t1",
        "task_definition": "prod-llmops-app:42",
        "stop_code": "EssentialContainerExited",
        "reason": "Essential container in task exited",
        "container": "llmops-app",
        "container_reason": "OutOfMemoryError: Container killed due to memory usage",
        "exit_code": 137,
        "is_oom": True,
        "stopped_s": NOW - 240,
    }
    return StoppedTask(**{**given, **more})


def test_out_of_memory_is_named_as_such() -> None:
    fact = service_facts(inputs(), service(stopped=(stopped(),)))[-1]
    assert fact.label == "last stopped"
    assert fact.value == (
        "4m ago: OUT OF MEMORY, exit 137, EssentialContainerExited, "
        "llmops-app: OutOfMemoryError: Container killed due to memory usage"
    )
    assert fact.level is Level.ELEVATED


def test_other_stops_are_told_plainly() -> None:
    plain = stopped(
        is_oom=False,
        container="",
        container_reason="",
        exit_code=None,
        stop_code="UserInitiated",
        reason="stopped by hand",
    )
    fact = service_facts(inputs(), service(stopped=(plain,)))[-1]
    assert (fact.value, fact.level) == ("4m ago: UserInitiated, stopped by hand", None)
    old = service_facts(inputs(), service(stopped=(stopped(stopped_s=NOW - 7200),)))[-1]
    assert old.level is None


def test_a_stop_without_any_reason_says_so() -> None:
    bare = stopped(is_oom=False, stop_code="", reason="", container="", container_reason="", exit_code=None)
    assert service_facts(inputs(), service(stopped=(bare,)))[-1].value == "4m ago: no reason given"


def test_a_calm_database() -> None:
    assert told(database_facts(inputs(), instance())) == [
        ("status", "available"),
        ("class", "db.t3.micro, single AZ ap-northeast-2a"),
        ("storage", "20 GiB gp3"),
        ("engine", "PostgreSQL 16.4"),
        ("backups", "7 days"),
    ]


def test_a_database_under_change() -> None:
    busy = instance(
        status="modifying",
        multi_az=True,
        pending=(("DBInstanceClass", "db.t3.small"), ("AllocatedStorage", "50")),
        maintenance=("system-update by 2025-12-01",),
        parameter_groups=(("custom16", "pending-reboot"),),
        replica_of="primary",
        replicas=("r1", "r2"),
        backup_retention_days=0,
    )
    given = inputs(assessment(findings=[state("state.database", DATABASE, "rds", Level.WARNING)]))
    facts = database_facts(given, busy)
    assert (facts[0].value, facts[0].level) == ("modifying", Level.WARNING)
    rest = dict(told(facts))
    assert rest["class"] == "db.t3.micro, multi-AZ"
    assert rest["pending"] == "DBInstanceClass → db.t3.small, AllocatedStorage → 50"
    assert rest["maintenance"] == "system-update by 2025-12-01"
    assert rest["parameters"] == "custom16 pending-reboot"
    assert (rest["replica of"], rest["replicas"], rest["backups"]) == ("primary", "r1, r2", "off")


def test_the_connection_limit_is_that_of_the_server_or_said_to_be_unknown() -> None:
    asked = entries(postgres=live(PostgresSnapshot(NOW, DATABASE, 79, 3, "16.4")))
    other = entries(postgres=live(PostgresSnapshot(NOW, "another", 79, 3, "16.4")))
    failed = entries(postgres=Entry(error=SourceError(ErrorKind.UNREACHABLE, "No answer from the server.")))

    def limit(given: Any) -> str | None:
        return dict(told(database_facts(inputs(entries=given), instance()))).get("max_connections")

    assert limit(asked) == "79, 3 reserved"
    assert limit(other) is None
    assert limit(failed) == "unknown: No answer from the server."


def test_target_health_by_group_with_reasons() -> None:
    ill = target("10.0.1.6", "unhealthy", "Target.Timeout", "Request timed out")
    given = inputs(assessment(findings=[state("state.targets", BALANCER, "alb", Level.WARNING)]))
    facts = balancer_facts(given, balancer(ill, target(), target("10.0.1.7", "draining")))
    assert [(fact.label, fact.value, fact.level) for fact in facts] == [
        ("state", "active", None),
        ("app-tg", "1 healthy, 1 unhealthy, 1 draining", Level.WARNING),
        ("unhealthy", "10.0.1.6:3000 Target.Timeout: Request timed out", None),
    ]


def test_many_unhealthy_targets_are_counted() -> None:
    facts = balancer_facts(inputs(), balancer(*(target(f"10.0.1.{n}", "unhealthy") for n in range(9))))
    assert told(facts)[-1] == ("unhealthy", "and 5 more")
    assert told(facts)[2] == ("unhealthy", "10.0.1.0:3000 no reason given")


def test_a_balancer_without_groups_says_so() -> None:
    assert told(balancer_facts(inputs(), balancer(target_groups=())))[-1] == ("targets", "no target group")


CPU_ALARM = Alarm("ecs-cpu-high", "metric", "ALARM", "Threshold Crossed", NOW - 720, "AWS/ECS/CPUUtilization",
                  (("ServiceName", SERVICE), ("ClusterName", "c")), True)  # fmt: skip
STACK_ALARM = Alarm("everything", "composite", "ALARM", "", None, "", (), False)
OWN = frozenset({("ServiceName", SERVICE)})


def alarmed(*alarms: Alarm, own: frozenset[tuple[str, str]] = OWN, **more: Any) -> list[tuple[str, str]]:
    pane = {one.name: None if one.kind == "composite" else "ecs" for one in alarms}
    findings = [state("state.alarm", one.name, pane[one.name], Level.WARNING) for one in alarms]
    given = inputs(
        assessment(findings=[one for one in findings if one.resource != "fine"]),
        entries=entries(alarms=live(AlarmsSnapshot(NOW, alarms))),
    )
    return told(alarm_facts(given, "ecs", own, frozenset({("ServiceName", "other")}), **more))


def test_an_alarm_is_told_on_the_pane_of_its_resource() -> None:
    assert alarmed(CPU_ALARM) == [("alarm", "ecs-cpu-high for 12m: Threshold Crossed")]


def test_an_alarm_of_another_resource_of_the_pane_is_left_to_it() -> None:
    foreign = Alarm("x", "metric", "ALARM", "", None, "AWS/ECS/y", (("ServiceName", "other"),), True)
    assert alarmed(foreign) == []
    assert alarmed(foreign, own=frozenset({("ServiceName", "other")})) == [("alarm", "x")]


def test_an_alarm_of_the_whole_stack_is_told_once() -> None:
    assert alarmed(STACK_ALARM) == []
    assert alarmed(STACK_ALARM, with_stack=True) == [("alarm", "everything (actions disabled)")]


def test_more_alarms_than_fit_are_counted() -> None:
    many = [Alarm(f"a{n}", "metric", "ALARM", "", None, "AWS/ECS/m", (), True) for n in range(9)]
    found = alarmed(*many)
    assert len(found) == ALARMS_SHOWN + 1
    assert found[-1] == ("alarm", "and 4 more")


def test_alarms_and_changes_that_may_not_be_read_are_said_and_other_failures_pass() -> None:
    denied = entries(
        alarms=Entry(error=refused("cloudwatch:DescribeAlarms")),
        changes=Entry(error=refused("cloudtrail:LookupEvents")),
    )
    failing: Entry[Any] = Entry(error=SourceError(ErrorKind.TIMEOUT, "Timed out."))
    none: frozenset[tuple[str, str]] = frozenset()
    given, other = inputs(entries=denied), inputs(entries=entries(alarms=failing, changes=failing))
    assert told(alarm_facts(given, "ecs", OWN, none)) == [
        ("alarms", "no permission: cloudwatch:DescribeAlarms")
    ]
    assert told(change_facts(given, "ecs", SERVICE)) == [
        ("changes", "no permission: cloudtrail:LookupEvents")
    ]
    assert alarm_facts(other, "ecs", OWN, none) == change_facts(other, "ecs", SERVICE) == ()


def change(event: str, source: str, *resources: str, error: str = "") -> Change:
    return Change(event, NOW - 900, "alice", event, source, resources, error)


def test_changes_are_told_on_the_pane_they_fit() -> None:
    snapshot = ChangesSnapshot(
        NOW,
        (
            change("UpdateService", "ecs.amazonaws.com", f"arn:aws:ecs:x:service/c/{SERVICE}"),
            change("UpdateService", "ecs.amazonaws.com", "arn:aws:ecs:x:service/c/another"),
            change("PutScalingPolicy", "application-autoscaling.amazonaws.com", error="AccessDenied"),
            change("ModifyDBInstance", "rds.amazonaws.com", DATABASE),
        ),
    )
    given = inputs(entries=entries(changes=live(snapshot)))
    assert told(change_facts(given, "ecs", SERVICE)) == [
        ("changed", "15m ago: UpdateService by alice"),
        ("changed", "15m ago: PutScalingPolicy by alice, failed: AccessDenied"),
    ]
    assert told(change_facts(given, "rds", DATABASE)) == [("changed", "15m ago: ModifyDBInstance by alice")]
    assert change_facts(given, "alb", BALANCER) == ()


def test_only_the_newest_changes_are_told() -> None:
    many = tuple(change(f"E{n}", "rds.amazonaws.com") for n in range(9))
    given = inputs(entries=entries(changes=live(ChangesSnapshot(NOW, many))))
    assert len(change_facts(given, "rds", DATABASE)) == CHANGES_SHOWN


def test_breaches_of_resources_not_shown_are_told() -> None:
    findings = [
        Finding("rds.cpu", "db-2", "rds", Level.CRITICAL, "RDS CPU 99 %"),
        Finding("rds.connections", "db-2", "rds", Level.WARNING, "RDS Connections 90"),
        Finding("rds.cpu", "db-3", "rds", Level.UNKNOWN, "RDS CPU: no recent data"),
        Finding("rds.cpu", "db-1", "rds", Level.WARNING, "RDS CPU 75 %"),
    ]
    facts = elsewhere_facts(inputs(assessment(findings=findings)), "rds", "db-1", ("db-1", "db-2", "db-3"))
    assert [(fact.value, fact.level) for fact in facts] == [("db-2: RDS CPU 99 %", Level.CRITICAL)]


def test_hostile_text_becomes_one_bounded_line() -> None:
    nasty = ServiceEvent("e", NOW, "\x1b]0;owned\x07[/bold]\n\u202e" + "x" * 5000)
    fact = service_facts(inputs(), service(events=(nasty,)))[-1]
    assert fact.value.startswith("0s ago: [/bold]⏎·xxx")
    assert len(fact.value) < VALUE_LIMIT + 12


def test_trends_of_a_resource_are_told_and_steady_ones_are_not() -> None:
    told_ = Trend(TrendKind.MEMORY, "ecs.memory", SERVICE, "ecs", Level.WARNING, "memory +1.3 %/h")
    steady = Trend(TrendKind.STORAGE, "rds.free_storage", DATABASE, "rds", reason="steady")
    given = replace(inputs(), trends=(told_, steady))
    assert trend_facts(given, "ecs", SERVICE) == (Fact("trend", "memory +1.3 %/h", Level.WARNING),)
    assert trend_facts(given, "ecs", "another") == ()
    assert trend_facts(given, "rds", DATABASE) == ()
