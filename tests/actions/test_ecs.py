"""ECS and autoscaling actions on a sandbox: planned, applied, verified, taken back; seen by boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tui.domain.plan import Status
from tui.sandbox.launcher import Sandbox

SERVICE, CLUSTER, FAMILY = "prod-llmops-service", "prod-llmops-cluster", "prod-llmops-app"
RESOURCE = f"service/{CLUSTER}/{SERVICE}"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=30) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(running, tmp_path) as found:
        yield found


def service(bench: Bench) -> dict[str, Any]:
    found = bench.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    names = (
        "taskDefinition",
        "desiredCount",
        "deploymentConfiguration",
        "networkConfiguration",
        "loadBalancers",
    )
    return {name: found.get(name) for name in names}


def definition(bench: Bench, arn: str) -> dict[str, Any]:
    found = bench.client("ecs").describe_task_definition(taskDefinition=arn, include=["TAGS"])
    return {**found["taskDefinition"], "tags": found.get("tags", [])}


def active(bench: Bench) -> list[str]:
    found: list[str] = bench.client("ecs").list_task_definitions(familyPrefix=FAMILY, status="ACTIVE")[
        "taskDefinitionArns"
    ]
    return found


RICH: dict[str, Any] = {
    "family": FAMILY,
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "ephemeralStorage": {"sizeInGiB": 40},
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "volumes": [{"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
    "containerDefinitions": [
        {
            "name": "llmops-app",
            "image": "example/prod-llmops-app:1.43.0",
            "cpu": 256,
            "memory": 512,
            "memoryReservation": 256,
            "essential": True,
            "portMappings": [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}],
            "environment": [{"name": "API_KEY", "value": "hunter2"}],
            "secrets": [{"name": "DB", "valueFrom": "arn:aws:secretsmanager:ap-northeast-2:1:secret:x"}],
            "mountPoints": [{"sourceVolume": "shared", "containerPath": "/data"}],
            "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 30, "timeout": 5, "retries": 3},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/ecs/prod-llmops-app"},
            },
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
            "dockerLabels": {"team": "llm"},
            "command": ["node", "server.js"],
            "user": "1000",
            "stopTimeout": 30,
        }
    ],
}


def test_a_rich_definition_survives_a_resize(bench: Bench) -> None:
    ecs = bench.client("ecs")
    tags = [{"key": "team", "value": "llm"}]
    arn = ecs.register_task_definition(**RICH, tags=tags)["taskDefinition"]["taskDefinitionArn"]
    before_service = service(bench)["taskDefinition"]
    ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=arn)
    before, before_active = definition(bench, arn), active(bench)
    _, _, plan = bench.planned("ecs-resize", SERVICE, cpu="512", memory="2048")
    assert "hunter2" not in json.dumps([step.call.shown for step in plan.steps])
    outcome = bench.applied("ecs-resize", SERVICE, cpu="512", memory="2048")
    assert outcome.status is Status.DONE, outcome
    now = definition(bench, service(bench)["taskDefinition"])
    changed = {name for name in {*now, *before} if now.get(name) != before.get(name)}
    changed -= {"taskDefinitionArn", "revision", "registeredAt"}
    assert changed == {"cpu", "memory", "containerDefinitions"}
    container, old = now["containerDefinitions"][0], before["containerDefinitions"][0]
    assert {name for name in old if container[name] != old[name]} == {"cpu", "memory"}
    assert (now["cpu"], now["memory"], container["cpu"], container["memory"]) == ("512", "2048", 512, 2048)
    assert now["tags"] == tags
    assert bench.undone(outcome.run).status is Status.DONE
    assert service(bench)["taskDefinition"] == arn
    assert active(bench) == before_active, "the revision that was made is deregistered"
    assert "hunter2" not in bench.log.path.read_text()
    ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=before_service)


ROUND_TRIPS = [
    ("ecs-desired-count", {"desired": "4"}),
    ("ecs-desired-count", {"desired": "1"}),
    ("ecs-resize", {"cpu": "512", "memory": "1024"}),
    ("ecs-rollback", {}),
    ("ecs-circuit-breaker", {}),
    ("ecs-health-check", {"interval": "20"}),
    ("alb-health-check", {"path": "/ready", "UnhealthyThresholdCount": "3"}),
    ("scaling-range", {"min": "1", "max": "6"}),
    ("scaling-cpu", {}),
    ("scaling-memory", {"target": "75", "scale-in": "200"}),
]


def whole(bench: Bench) -> dict[str, Any]:
    """Return every settable thing that the actions touch."""
    scaling = bench.client("application-autoscaling")
    groups = bench.client("elbv2").describe_target_groups()["TargetGroups"]
    for one in groups:
        one.pop("LoadBalancerArns", None)
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    return {
        "service": service(bench),
        "active": active(bench),
        "groups": groups,
        "targets": [(one["ResourceId"], one["MinCapacity"], one["MaxCapacity"]) for one in targets],
        "policies": [
            (one["PolicyName"], one["TargetTrackingScalingPolicyConfiguration"]) for one in policies
        ],
    }


@pytest.mark.parametrize(("name", "values"), ROUND_TRIPS, ids=lambda one: str(one))
def test_an_action_is_applied_and_taken_back(bench: Bench, name: str, values: dict[str, str]) -> None:
    before = whole(bench)
    outcome = bench.applied(name, SERVICE, **values)
    assert outcome.status is Status.DONE, outcome
    assert whole(bench) != before
    assert bench.run(outcome.run).status == "done"
    back = bench.undone(outcome.run)
    assert back.status is Status.DONE, back
    assert whole(bench) == before


def test_autoscaling_is_removed_and_comes_back(bench: Bench) -> None:
    made = [bench.applied("scaling-cpu", SERVICE).run, bench.applied("scaling-memory", SERVICE).run]
    before = whole(bench)
    outcome = bench.applied("scaling-remove", SERVICE)
    assert outcome.status is Status.DONE
    assert whole(bench)["targets"] == []
    assert bench.undone(outcome.run).status is Status.DONE
    after = whole(bench)
    assert sorted(after["policies"], key=str) == sorted(before["policies"], key=str)
    assert after["targets"] == before["targets"]
    for run in reversed(made):
        bench.undone(run)
    assert whole(bench)["targets"] == []


def test_tasks_are_replaced_by_a_new_deployment(bench: Bench) -> None:
    ecs = bench.client("ecs")
    before = set(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"])
    outcome = bench.applied("ecs-force-deployment", SERVICE)
    assert outcome.status is Status.DONE
    assert not outcome.can_undo
    assert before.isdisjoint(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"])


def test_a_stopped_task_is_replaced(bench: Bench) -> None:
    ecs = bench.client("ecs")
    before = set(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"])
    _, _, plan = bench.planned("ecs-stop-task", SERVICE)
    assert plan.irreversible
    outcome = bench.applied("ecs-stop-task", SERVICE)
    assert outcome.status is Status.DONE
    now = set(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"])
    assert len(now) == len(before)
    assert len(now - before) == 1


def test_a_revision_that_cannot_start_is_rolled_back_and_told(bench: Bench) -> None:
    ecs = bench.client("ecs")
    good = service(bench)["taskDefinition"]
    switched = bench.applied("ecs-circuit-breaker", SERVICE)
    broken = dict(RICH)
    broken["containerDefinitions"] = [
        {**RICH["containerDefinitions"][0], "image": "example/app:does-not-exist"}
    ]
    arn = ecs.register_task_definition(**broken)["taskDefinition"]["taskDefinitionArn"]
    outcome = bench.applied("ecs-rollback", SERVICE, revision=arn.rsplit("/", 1)[-1])
    assert outcome.status is Status.ROLLED_BACK, outcome
    assert "rolled back" in outcome.text
    assert service(bench)["taskDefinition"] == good
    ecs.deregister_task_definition(taskDefinition=arn)
    bench.undone(switched.run)


def test_a_pair_that_fargate_lacks_is_refused_before_any_call(bench: Bench) -> None:
    from tui.domain.forms import FormError

    with pytest.raises(FormError, match="choose one of"):
        bench.planned("ecs-resize", SERVICE, cpu="256", memory="4096")
