"""What single plans say and send, from readings written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.prices import prices_of
from config.schema import Config
from tui.actions.alb_health import TargetGroupHealthCheck
from tui.actions.ecs_common import fargate_cost
from tui.actions.ecs_health import ContainerHealthCheck
from tui.actions.ecs_resize import ResizeTask
from tui.actions.ecs_watch import rollout
from tui.actions.protocol import Action, Context, Reading
from tui.actions.rds_backups import Backups
from tui.actions.rds_class import InstanceClass
from tui.actions.rds_common import db_instance, reading_of
from tui.actions.rds_groups import parameter
from tui.actions.rds_parameter import Parameter, check_value
from tui.actions.rds_replica import ReadReplica
from tui.actions.rds_storage import Storage
from tui.actions.scaling_policy import CpuPolicy
from tui.actions.scaling_remove import RemoveScaling
from tui.domain.clock import Clock
from tui.domain.forms import FormError, filled
from tui.domain.plan import Effect, Plan, State, Verdict
from tui.presenters.plantext import cost_text

PRICES = prices_of("us-east-1", {})
AT = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
"""A Monday."""


def instance(**members: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "db",
        "Engine": "postgres",
        "DBInstanceStatus": "available",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": 20,
        "StorageType": "gp2",
        "BackupRetentionPeriod": 7,
        "PreferredBackupWindow": "15:00-16:00",
        "PreferredMaintenanceWindow": "sun:17:00-sun:18:00",
        "MultiAZ": False,
        "PendingModifiedValues": {},
        "DBParameterGroups": [{"DBParameterGroupName": "own", "ParameterApplyStatus": "in-sync"}],
        **members,
    }


def database(**members: Any) -> Reading:
    classes = ["db.t3.micro", "db.t3.small", "db.t3.medium"]
    known = {"classes": classes, "prices": PRICES, "changed": "", "zone": None, "at": AT}
    found = reading_of(instance(**members), **known)
    return Reading(found.target, {**found.facts, "instances": ["db", "taken"]}, found.context)


def planned(action: Action, reading: Reading, /, **values: str) -> Plan:
    given = {key.rstrip("_").replace("_", "-"): value for key, value in values.items()}
    return action.plan(reading, filled(action.form(reading, given), given))


def sent(plan: Plan, number: int = 0) -> Mapping[str, Any]:
    return plan.steps[number].call.params


class Answers:
    """Stands for a session: an answer for every method."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, service: str, method: str, /, **params: Any) -> Any:
        return self.answers[method]


def context(**answers: Any) -> Context:
    session: Any = Answers(**answers)
    return Context(Config(), session, Clock())


# ---------------------------------------------------------------- RDS: what is pending


def test_what_is_pending_and_interrupts_is_the_impact_of_a_harmless_change() -> None:
    reading = database(PendingModifiedValues={"DBInstanceClass": "db.t3.small"})
    plan = planned(Backups(), reading, days="3")
    assert plan.also == ("DBInstanceClass: db.t3.small (was pending)",)
    assert plan.impact.effect is Effect.DOWNTIME
    assert plan.confirm == "db"
    assert "Undo does not take back" in plan.irreversible
    assert planned(Backups(), database(), days="3").impact.effect is Effect.NONE


def test_what_replaces_a_pending_value_does_not_apply_it_and_undo_has_it_wait_again() -> None:
    reading = database(PendingModifiedValues={"DBInstanceClass": "db.t3.small"})
    plan = planned(InstanceClass(), reading, class_="db.t3.medium", when="now")
    assert plan.also == ()
    undo = [one.params for one in plan.steps[0].undo]
    assert [(one["DBInstanceClass"], one["ApplyImmediately"]) for one in undo] == [
        ("db.t3.micro", True),
        ("db.t3.small", False),
    ]
    waiting = planned(InstanceClass(), reading, class_="db.t3.medium", when="window")
    (back,) = waiting.steps[0].undo
    assert (back.params["DBInstanceClass"], back.params["ApplyImmediately"]) == ("db.t3.small", False)


def test_a_pending_class_is_taken_back_by_asking_for_the_present_one() -> None:
    reading = database(PendingModifiedValues={"DBInstanceClass": "db.t3.small"})
    plan = planned(InstanceClass(), reading, class_="db.t3.micro", when="window")
    assert not plan.is_blocked
    assert plan.impact.effect is Effect.NONE
    assert planned(InstanceClass(), database(), class_="db.t3.micro", when="window").is_blocked


@pytest.mark.parametrize(
    ("pending", "state"), [({}, State.DONE), ({"DBInstanceClass": "db.t3.small"}, State.PENDING)]
)
def test_a_value_that_is_there_counts_only_when_nothing_else_is_pending(
    pending: dict[str, str], state: State
) -> None:
    found = context(describe_db_instances={"DBInstances": [instance(PendingModifiedValues=pending)]})
    params = {"id": "db", "wanted": {"DBInstanceClass": "db.t3.micro"}, "now": False}
    assert db_instance(found, params).state is state


def test_the_maintenance_window_moved_onto_now_starts_what_is_pending() -> None:
    reading = database(PendingModifiedValues={"EngineVersion": "16.4"})
    plan = planned(Backups(), reading, maintenance="mon:17:00-mon:18:00")
    assert any("open now" in one.text for one in plan.checks)
    plan = planned(Backups(), reading, maintenance="tue:17:00-tue:18:00")
    assert not any("open now" in one.text for one in plan.checks)


# ---------------------------------------------------------------- RDS: storage, replica, parameters


def test_provisioned_iops_go_with_every_change_of_their_storage() -> None:
    plan = planned(Storage(), database(StorageType="io2", Iops=2000, AllocatedStorage=100), size="200")
    assert (sent(plan)["AllocatedStorage"], sent(plan)["Iops"]) == (200, 2000)
    plan = planned(Storage(), database(StorageType="gp3", Iops=12000, AllocatedStorage=400), size="500")
    assert sent(plan)["Iops"] == 12000
    plan = planned(Storage(), database(StorageType="gp3", Iops=3000, AllocatedStorage=20), size="50")
    assert "Iops" not in sent(plan), "refused below 400 GiB"
    plan = planned(Storage(), database(), size="20", type_="gp3")
    assert "AllocatedStorage" not in sent(plan), "the same size would be rounded up"


def test_storage_that_was_changed_hours_ago_is_blocked_though_available() -> None:
    reading = database()
    recent = Reading("db", reading.facts, {**reading.context, "changed": "03-02 14:00 UTC"})
    assert planned(Storage(), recent, size="50").is_blocked
    assert not planned(Storage(), reading, size="50").is_blocked


def test_storage_beyond_what_autoscaling_allows_is_warned_of() -> None:
    plan = planned(Storage(), database(MaxAllocatedStorage=52), size="50")
    assert any("autoscaling" in one.text for one in plan.checks)


def test_a_replica_never_has_a_name_that_is_taken() -> None:
    with pytest.raises(FormError, match="already"):
        planned(ReadReplica(), database(), name="taken")
    plan = planned(ReadReplica(), database(), name="fresh")
    assert (plan.undo_confirm, plan.undo_impact and plan.undo_impact.effect) == ("fresh", Effect.DOWNTIME)


def test_every_item_of_a_list_is_checked_by_itself() -> None:
    check_value(
        "shared_preload_libraries", "pg_cron,pg_stat_statements", "pg_cron,pg_stat_statements", "list"
    )
    with pytest.raises(FormError, match="'nonsense'"):
        check_value("shared_preload_libraries", "pg_cron,nonsense", "pg_cron,pg_stat_statements", "list")


def group(name: str, value: str, source: str) -> dict[str, Any]:
    return {
        "ParameterName": name,
        "ParameterValue": value,
        "Source": source,
        "IsModifiable": True,
        "ApplyType": "dynamic",
    }


def test_a_group_that_is_left_from_before_is_used_and_what_it_brings_is_told() -> None:
    found = reading_of(
        instance(),
        group="default.postgres16",
        family="postgres16",
        parameters={"work_mem": group("work_mem", "4096", "engine-default")},
        present={
            "work_mem": group("work_mem", "4096", "engine-default"),
            "log_statement": group("log_statement", "all", "user"),
        },
        others=[],
        at_s=0.0,
    )
    plan = planned(Parameter(), found, name="work_mem", value="8192")
    assert [one.call.method for one in plan.steps] == ["modify_db_parameter_group", "modify_db_instance"]
    assert plan.steps[0].undo[0].method == "reset_db_parameter_group"
    assert plan.also == ("log_statement: all (set in db-postgres16 before)",)


@pytest.mark.parametrize(("status", "state"), [("applying", State.PENDING), ("in-sync", State.DONE)])
def test_a_parameter_is_in_force_when_the_instance_has_it(status: str, state: State) -> None:
    groups = [{"DBParameterGroupName": "own", "ParameterApplyStatus": status}]
    found = context(
        describe_db_parameters={"Parameters": [group("work_mem", "8192", "user")]},
        describe_db_instances={"DBInstances": [instance(DBParameterGroups=groups)]},
    )
    params = {"group": "own", "name": "work_mem", "value": "8192", "id": "db"}
    assert parameter(found, params).state is state


# ---------------------------------------------------------------- ECS


def service(**definition: Any) -> Reading:
    known = {
        "definition": {
            "family": "web",
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/web:1",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [{"name": "app"}],
            **definition,
        },
        "service": {"clusterArn": "c/one", "serviceName": "web", "desiredCount": 2, "deployments": []},
        "prices": PRICES,
        "tags": [],
        "members": ("family", "containerDefinitions", "cpu", "memory"),
    }
    return Reading("web", {"taskDefinition": "arn:aws:ecs:us-east-1:1:task-definition/web:1"}, known)


def test_tasks_have_a_price_only_where_the_table_knows_it() -> None:
    cost = fargate_cost(service(), ((2, None), (4, None)))
    assert cost is not None
    assert cost.before is not None
    assert cost.after == pytest.approx(cost.before * 2)
    on_arm = fargate_cost(service(runtimePlatform={"cpuArchitecture": "ARM64"}), ((2, None), (4, None)))
    assert on_arm is not None
    assert (on_arm.before, on_arm.after) == (None, None)
    assert fargate_cost(service(requiresCompatibilities=["EC2"]), ((2, None), (4, None))) is None


def test_windows_runs_on_some_sizes_only() -> None:
    reading = service(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})
    assert planned(ResizeTask(), reading, cpu="512", memory="1024").is_blocked
    assert not planned(ResizeTask(), reading, cpu="1024", memory="2048").is_blocked


def test_a_health_check_of_words_keeps_them() -> None:
    command = ["CMD", "curl", "-H", "X-A: b c", "localhost"]
    reading = service(containerDefinitions=[{"name": "app", "healthCheck": {"command": command}}])
    plan = planned(ContainerHealthCheck(), reading, retries="5")
    assert sent(plan)["containerDefinitions"][0]["healthCheck"]["command"] == command
    plan = planned(ContainerHealthCheck(), reading, command="curl localhost")
    assert sent(plan)["containerDefinitions"][0]["healthCheck"]["command"] == ["CMD-SHELL", "curl localhost"]


def rolled(params: Mapping[str, Any], **primary: Any) -> State:
    one = {"status": "PRIMARY", "id": "d1", "rolloutState": "COMPLETED", "runningCount": 1, **primary}
    found = {"services": [{"desiredCount": 1, "deployments": [one]}]}
    return rollout(context(describe_services=found), {"cluster": "c", "service": "s", **params}).state


def test_a_deployment_that_does_not_show_yet_is_no_rollback() -> None:
    wanted = {"task_definition": "web:2", "was": "d1"}
    assert rolled(wanted, taskDefinition="web:1") is State.PENDING
    assert rolled(wanted, taskDefinition="web:1", id="d3") is State.ROLLED_BACK
    assert rolled(wanted, taskDefinition="web:2", id="d2") is State.DONE


def test_a_forced_deployment_that_was_rolled_back_to_the_same_revision_is_told() -> None:
    wanted = {"task_definition": "web:1", "not_deployment": "d1", "deployment": "d2"}
    assert rolled(wanted, taskDefinition="web:1", id="d1") is State.PENDING
    assert rolled(wanted, taskDefinition="web:1", id="d2") is State.DONE
    assert rolled(wanted, taskDefinition="web:1", id="d3") is State.ROLLED_BACK


# ---------------------------------------------------------------- balancer, autoscaling


def target_group(protocol: str, matcher: Any) -> Reading:
    numbers = {
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
    }
    facts = {**numbers, "HealthCheckPath": "/", "Matcher": matcher}
    return Reading("web", facts, {"arn": "arn", "name": "group", "protocol": protocol})


def test_codes_of_grpc_stay_codes_of_grpc() -> None:
    plan = planned(TargetGroupHealthCheck(), target_group("HTTP", {"GrpcCode": "12"}), codes="0-99")
    assert sent(plan)["Matcher"] == {"GrpcCode": "0-99"}


def test_a_group_that_checks_by_tcp_has_no_path() -> None:
    assert planned(TargetGroupHealthCheck(), target_group("TCP", None), path="/health").is_blocked


def scaling(policies: Mapping[str, Any], **known: Any) -> Reading:
    suspended = {"DynamicScalingInSuspended": True}
    facts = {"MinCapacity": 1, "MaxCapacity": 4, "SuspendedState": suspended, "policies": policies}
    more: dict[str, Any] = {
        "resource": "service/c/s",
        "types": {},
        "scheduled": [],
        "activities": [],
        "budget": None,
    }
    return Reading("web", facts, {**more, **known})


def test_what_is_suspended_comes_back_with_the_scalable_target() -> None:
    plan = planned(RemoveScaling(), scaling({}))
    assert plan.steps[-1].undo[0].params["SuspendedState"] == {"DynamicScalingInSuspended": True}


def test_scheduled_actions_would_be_lost_and_are_not() -> None:
    plan = planned(RemoveScaling(), scaling({}, scheduled=["nightly"]))
    assert plan.is_blocked
    assert any("nightly" in one.text for one in plan.checks if one.verdict is Verdict.BLOCK)


def test_a_policy_tracks_one_metric_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.actions.scaling_policy.budget_check", lambda *_, **__: None)
    custom = {"TargetValue": 1.0, "CustomizedMetricSpecification": {"MetricName": "Queue"}}
    plan = planned(CpuPolicy(), scaling({"cpu-scaling-policy": custom}))
    wanted = sent(plan)["TargetTrackingScalingPolicyConfiguration"]
    assert "CustomizedMetricSpecification" not in wanted
    before = plan.steps[0].undo[0].params["TargetTrackingScalingPolicyConfiguration"]
    assert before == custom


# ---------------------------------------------------------------- prices


def test_a_price_that_is_not_known_is_told_with_where_to_write_it(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    reading = database()

    def told() -> str:
        known = {**reading.context, "prices": prices_of("ap-northeast-2", env)}
        plan = planned(InstanceClass(), Reading("db", reading.facts, known), class_="db.t3.small", when="now")
        assert plan.cost is not None
        return cost_text(plan.cost)

    file = tmp_path / "cwtop" / "prices.yaml"
    assert "regions.ap-northeast-2.rds_class_hour.db.t3.small" in told()
    assert str(file) in told()
    file.parent.mkdir()
    file.write_text("regions:\n  ap-northeast-2:\n    rds_class_hour: {db.t3.micro: 0.1, db.t3.small: 0.2}\n")
    assert told().startswith("$73.00 -> $146.00 a month (+$73.00;")
