"""ECS, RDS, ALB and alarms: what is read of the responses, and what a refused part does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sources.doubles import FakeAws, FakeClock, denied, missing, throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.sources.alarms import AlarmsSource
from tui.sources.alb import AlbSource, dimension
from tui.sources.ecs import EcsSource, is_out_of_memory
from tui.sources.rds import MAINTENANCE_EVERY_S, RdsSource, exported_groups, pending_values

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ARN = "arn:aws:ecs:ap-northeast-2:123456789012"
TASK = f"{ARN}:task-definition/app:7"


def service(name: str = "web", **more: Any) -> dict[str, Any]:
    return {
        "serviceName": name, "clusterArn": f"{ARN}:cluster/prod", "status": "ACTIVE", "launchType": "FARGATE",
        "taskDefinition": TASK, "desiredCount": 3, "runningCount": 2, "pendingCount": 1,
        "deployments": [{"id": "d1", "status": "PRIMARY", "taskDefinition": TASK,
                         "desiredCount": 3, "runningCount": 2, "pendingCount": 1, "failedTasks": 4,
                         "rolloutState": "IN_PROGRESS", "rolloutStateReason": "going", "createdAt": WHEN}],
        "events": [{"id": "e1", "createdAt": WHEN, "message": "unable to place\x1b]0;x\x07 a task"}] * 30,
        **more,
    }  # fmt: skip


def ecs(aws: FakeAws, *names: str) -> EcsSource:
    return EcsSource(aws, "prod", names or ("web",), FakeClock())


def test_ecs_reads_service_deployments_events_and_tasks() -> None:
    running = {
        "taskArn": f"{ARN}:task/prod/abc", "lastStatus": "RUNNING", "healthStatus": "HEALTHY",
        "startedAt": WHEN,
        "taskDefinitionArn": TASK, "availabilityZone": "ap-northeast-2a",
    }  # fmt: skip
    stopped = {
        "taskArn": f"{ARN}:task/prod/dead", "lastStatus": "STOPPED", "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited", "stoppedAt": WHEN,
        "containers": [{"name": "sidecar", "exitCode": 0},
                       {"name": "app", "exitCode": 137, "reason": "OutOfMemoryError: Container killed"}],
    }  # fmt: skip
    aws = FakeAws(
        {
            "describe_services": {"services": [service()], "failures": []},
            "list_tasks": lambda **asked: {"taskArns": [asked["desiredStatus"]]},
            "describe_tasks": lambda **asked: {
                "tasks": [running if asked["tasks"] == ["RUNNING"] else stopped]
            },
        }
    )
    snapshot = ecs(aws).fetch()
    (found,) = snapshot.services
    assert (found.name, found.cluster, found.task_definition) == ("web", "prod", "app:7")
    assert (found.desired, found.running, found.pending) == (3, 2, 1)
    primary = found.primary
    assert primary is not None
    assert (primary.rollout_state, primary.failed_tasks, primary.created_s) == (
        "IN_PROGRESS",
        4,
        WHEN.timestamp(),
    )
    assert len(found.events) == 20
    assert found.events[0].message == "unable to place a task"
    assert [(task.id, task.health, task.zone) for task in found.tasks] == [
        ("abc", "HEALTHY", "ap-northeast-2a")
    ]
    (gone,) = found.stopped
    assert (gone.id, gone.container, gone.exit_code, gone.is_oom) == ("dead", "app", 137, True)
    assert gone.stop_code == "EssentialContainerExited"
    assert snapshot.problems == ()


def test_ecs_asks_for_ten_services_a_call_and_names_the_missing() -> None:
    def describe(**asked: Any) -> dict[str, Any]:
        assert len(asked["services"]) <= 10
        here = [service(name) for name in asked["services"] if name != "s3"]
        return {"services": here, "failures": [{"arn": f"{ARN}:service/prod/s3", "reason": "MISSING"}]
                if "s3" in asked["services"] else []}  # fmt: skip

    aws = FakeAws({"describe_services": describe, "list_tasks": {"taskArns": []}})
    snapshot = ecs(aws, *(f"s{number}" for number in range(23))).fetch()
    assert aws.count("describe_services") == 3
    assert len(snapshot.services) == 22
    assert snapshot.missing == ("s3",)


def test_ecs_without_permission_on_tasks_keeps_the_services_and_says_so_once() -> None:
    aws = FakeAws({"describe_services": {"services": [service()]}, "list_tasks": denied("ecs:ListTasks")})
    snapshot = ecs(aws).fetch()
    assert snapshot.services[0].desired == 3
    assert len(snapshot.problems) == 1
    assert "ecs:ListTasks" in snapshot.problems[0]


def test_ecs_throttled_on_a_part_is_throttled_as_a_whole() -> None:
    aws = FakeAws({"describe_services": {"services": [service()]}, "list_tasks": throttled()})
    with pytest.raises(SourceError) as caught:
        ecs(aws).fetch()
    assert caught.value.kind is ErrorKind.THROTTLED


def test_ecs_describes_tasks_in_hundreds_over_pages() -> None:
    def listed(**asked: Any) -> dict[str, Any]:
        if asked["desiredStatus"] == "STOPPED":
            return {"taskArns": []}
        start = int(asked.get("nextToken", 0))
        return {"taskArns": [f"t{number}" for number in range(start, start + 60)],
                **({"nextToken": str(start + 60)} if start < 120 else {})}  # fmt: skip

    aws = FakeAws(
        {
            "describe_services": {"services": [service()]},
            "list_tasks": listed,
            "describe_tasks": lambda **asked: {"tasks": [{"taskArn": arn} for arn in asked["tasks"]]},
        }
    )
    assert len(ecs(aws).fetch().services[0].tasks) == 180
    assert [len(asked["tasks"]) for method, asked in aws.calls if method == "describe_tasks"] == [100, 80]


@pytest.mark.parametrize(
    ("task", "is_oom"),
    [
        ({"containers": [{"reason": "OutOfMemoryError: Container killed due to memory usage"}]}, True),
        ({"stoppedReason": "OutOfMemory", "containers": []}, True),
        ({"stopCode": "EssentialContainerExited", "containers": [{"exitCode": 137}]}, True),
        ({"stopCode": "UserInitiated", "containers": [{"exitCode": 137}]}, False),
        ({"stopCode": "ServiceSchedulerInitiated", "containers": [{"exitCode": 137}]}, False),
        ({"stopCode": "EssentialContainerExited", "containers": [{"exitCode": 1}]}, False),
        ({}, False),
    ],
)
def test_out_of_memory(task: dict[str, Any], is_oom: bool) -> None:
    assert is_out_of_memory(task) is is_oom


def instance(name: str = "db", **more: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name, "DBInstanceStatus": "available", "DBInstanceClass": "db.t3.micro",
        "Engine": "postgres", "EngineVersion": "16.4", "AllocatedStorage": 20, "StorageType": "gp3",
        "MultiAZ": False, "AvailabilityZone": "ap-northeast-2a", "BackupRetentionPeriod": 7,
        "Endpoint": {"Address": "db.x.rds.amazonaws.com", "Port": 5432},
        "PendingModifiedValues": {"DBInstanceClass": "db.t3.small", "MasterUserPassword": "hunter2"},
        "DBParameterGroups": [{"DBParameterGroupName": "default.pg16", "ParameterApplyStatus": "in-sync"}],
        **more,
    }  # fmt: skip


def test_rds_reads_instances_and_masks_passwords() -> None:
    aws = FakeAws({"describe_db_instances": {"DBInstances": [instance()]}})
    (found,) = RdsSource(aws, ["db"], FakeClock()).fetch().instances
    assert (found.id, found.status, found.allocated_gib) == ("db", "available", 20)
    assert found.endpoint == "db.x.rds.amazonaws.com:5432"
    assert found.pending == (("DBInstanceClass", "db.t3.small"), ("MasterUserPassword", "****"))
    assert found.parameter_groups == (("default.pg16", "in-sync"),)


def test_rds_names_the_missing_and_keeps_the_rest() -> None:
    def describe(**asked: Any) -> dict[str, Any]:
        if asked["DBInstanceIdentifier"] == "gone":
            raise missing()
        return {"DBInstances": [instance(asked["DBInstanceIdentifier"], Endpoint=None)]}

    snapshot = RdsSource(FakeAws({"describe_db_instances": describe}), ["gone", "db"], FakeClock()).fetch()
    assert snapshot.missing == ("gone",)
    assert [(one.id, one.endpoint) for one in snapshot.instances] == [("db", "")]


def test_rds_reads_maintenance_seldom_and_without_it_goes_on() -> None:
    action = {"Action": "system-update", "Description": "New OS", "ForcedApplyDate": WHEN}
    pending = {"ResourceIdentifier": "arn:aws:rds:r:1:db:db", "PendingMaintenanceActionDetails": [action]}
    aws = FakeAws(
        {
            "describe_db_instances": {"DBInstances": [instance()]},
            "describe_pending_maintenance_actions": [
                {"PendingMaintenanceActions": [pending]},
                denied("rds:DescribePendingMaintenanceActions"),
                SourceError(ErrorKind.UNREACHABLE, "HTTP 500."),
            ],
        }
    )
    clock = FakeClock()
    source = RdsSource(aws, ["db"], clock)
    assert source.fetch().instances[0].maintenance == ("system-update due 2026-01-02 03:04 UTC: New OS",)
    source.fetch()
    assert aws.count("describe_pending_maintenance_actions") == 1
    for words in ("rds:DescribePendingMaintenanceActions", "HTTP 500"):
        clock.at_s += MAINTENANCE_EVERY_S
        snapshot = source.fetch()
        assert snapshot.instances[0].status == "available"
        assert words in snapshot.problems[0]


def test_empty_pending_values_are_no_changes() -> None:
    assert pending_values({"AllocatedStorage": None, "ProcessorFeatures": [], "Iops": 3000}) == (
        ("Iops", "3000"),
    )


LB = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/my-alb/50dc6c495c0c9188"
TG = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/my-tg/73e2d6bc24d8a067"


def balancers(**asked: Any) -> dict[str, Any]:
    if "gone" in asked["Names"]:
        raise missing()
    return {"LoadBalancers": [{"LoadBalancerArn": LB, "LoadBalancerName": name, "State": {"Code": "active"},
                               "DNSName": "x"} for name in asked["Names"]]}  # fmt: skip


def targets(state: str, reason: str = "") -> dict[str, Any]:
    health = {"State": state, "Reason": reason, "Description": "Health checks failed"}
    return {"Target": {"Id": "10.0.0.1", "Port": 3000}, "TargetHealth": health}


def test_alb_reads_dimensions_and_target_health() -> None:
    described = {"TargetHealthDescriptions": [targets("healthy"), targets("unhealthy", "Target.Timeout")]}
    aws = FakeAws(
        {
            "describe_load_balancers": balancers,
            "describe_target_groups": {"TargetGroups": [{"TargetGroupArn": TG, "TargetGroupName": "my-tg"}]},
            "describe_target_health": described,
        }
    )
    (found,) = AlbSource(aws, ["my-alb"], FakeClock()).fetch().balancers
    assert found.dimension == "app/my-alb/50dc6c495c0c9188"
    (group,) = found.target_groups
    assert group.dimension == "targetgroup/my-tg/73e2d6bc24d8a067"
    assert (found.healthy, found.unhealthy) == (1, 1)
    assert (group.targets[1].reason, group.targets[1].port) == ("Target.Timeout", 3000)


def test_alb_finds_out_which_name_is_missing() -> None:
    aws = FakeAws({"describe_load_balancers": balancers, "describe_target_groups": {"TargetGroups": []}})
    snapshot = AlbSource(aws, ["a", "gone", "b"], FakeClock()).fetch()
    assert snapshot.missing == ("gone",)
    assert [one.name for one in snapshot.balancers] == ["a", "b"]


def test_alb_without_permission_on_health_keeps_the_balancer() -> None:
    aws = FakeAws(
        {
            "describe_load_balancers": balancers,
            "describe_target_groups": {"TargetGroups": [{"TargetGroupArn": TG, "TargetGroupName": "my-tg"}]},
            "describe_target_health": denied("elasticloadbalancing:DescribeTargetHealth"),
        }
    )
    snapshot = AlbSource(aws, ["my-alb"], FakeClock()).fetch()
    assert snapshot.balancers[0].target_groups[0].targets == ()
    assert "DescribeTargetHealth" in snapshot.problems[0]


def test_the_dimension_of_something_else_is_empty() -> None:
    assert dimension("arn:aws:s3:::bucket") == ""


def test_alarms_of_both_kinds_over_pages() -> None:
    metric = {
        "AlarmName": "ecs-cpu-high", "StateValue": "ALARM", "StateReason": "crossed", "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization", "Dimensions": [{"Name": "ServiceName", "Value": "web"}],
        "StateUpdatedTimestamp": WHEN, "ActionsEnabled": True,
    }  # fmt: skip
    composite = {"AlarmName": "any", "StateValue": "OK", "StateTransitionedTimestamp": WHEN}
    aws = FakeAws(
        {"describe_alarms": [{"MetricAlarms": [metric], "NextToken": "n"}, {"CompositeAlarms": [composite]}]}
    )
    first, second = AlarmsSource(aws, FakeClock()).fetch().alarms
    assert (first.kind, first.metric, first.state) == ("metric", "AWS/ECS/CPUUtilization", "ALARM")
    assert (first.dimensions, first.since_s) == ((("ServiceName", "web"),), WHEN.timestamp())
    assert (second.kind, second.metric) == ("composite", "")
    assert aws.calls[0][1]["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]
    assert aws.calls[1][1]["NextToken"] == "n"


def test_alarms_without_permission_on_composite_ones() -> None:
    def describe(**asked: Any) -> dict[str, Any]:
        if "CompositeAlarm" in asked["AlarmTypes"]:
            raise denied("cloudwatch:DescribeAlarms")
        return {"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}]}

    assert len(AlarmsSource(FakeAws({"describe_alarms": describe}), FakeClock()).fetch().alarms) == 1


def test_rds_tells_the_log_groups_that_are_exported() -> None:
    member = {"DBClusterIdentifier": "aurora", "EnabledCloudwatchLogsExports": ["postgresql"]}
    described = {
        "orders": instance("orders", EnabledCloudwatchLogsExports=["postgresql", "upgrade"]),
        "plain": instance("plain"),
        "writer": instance("writer", **member),
        "reader": instance("reader", **member),
    }
    aws = FakeAws(
        {"describe_db_instances": lambda **asked: {"DBInstances": [described[asked["DBInstanceIdentifier"]]]}}
    )
    snapshot = RdsSource(aws, list(described), FakeClock()).fetch()
    assert [one.log_exports for one in snapshot.instances[:2]] == [("postgresql", "upgrade"), ()]
    assert exported_groups(snapshot) == (
        "/aws/rds/instance/orders/postgresql",
        "/aws/rds/instance/orders/upgrade",
        "/aws/rds/cluster/aurora/postgresql",
    )
