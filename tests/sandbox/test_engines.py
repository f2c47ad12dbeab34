"""Tasks and modifications move with time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.kit import HandClock
from tui.sandbox.ecs_engine import EcsEngine
from tui.sandbox.ecs_task import is_fargate_pair
from tui.sandbox.fleet import OUT_OF_MEMORY, Fleet
from tui.sandbox.rds_engine import RdsEngine, Refused
from tui.sandbox.settings import Settings

SETTINGS = Settings.load()


@dataclass
class FakeDefinition:
    arn: str = "arn:aws:ecs:r:1:task-definition/app:1"
    cpu: str = "256"
    memory: str = "512"
    family: str = "app"
    container_definitions: list[dict[str, Any]] = field(default_factory=lambda: [{"name": "c"}])


@dataclass
class FakeService:
    desired_count: int = 2
    arn: str = "arn:service"
    name: str = "svc"
    status: str = "ACTIVE"
    cluster_name: str = "cl"
    cluster_arn: str = "arn:aws:ecs:r:1:cluster/cl"
    task_definition: str = "arn:aws:ecs:r:1:task-definition/app:1"
    load_balancers: list[dict[str, Any]] = field(
        default_factory=lambda: [{"targetGroupArn": "tg", "containerPort": 3000}]
    )
    network_configuration: dict[str, Any] = field(default_factory=dict)
    running_count: int = 0
    pending_count: int = 0
    deployments: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    deployment_configuration: dict[str, Any] = field(default_factory=dict)


def engine_with(service: FakeService, *, is_running: bool = True) -> tuple[EcsEngine, HandClock]:
    clock = HandClock()
    engine = EcsEngine(SETTINGS.ecs, clock, "1", "r", seed=1)
    at = clock.now() - 7200 if is_running else None
    engine.adopt(service, FakeDefinition(), at, is_running=is_running)
    return engine, clock


def run(engine: EcsEngine, clock: HandClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(1)
        engine.tick()


def test_a_new_service_starts_its_tasks_and_completes() -> None:
    service = FakeService()
    engine, clock = engine_with(service, is_running=False)
    assert (service.running_count, service.pending_count) == (0, 2)
    assert service.deployments[0]["rolloutState"] == "IN_PROGRESS"
    run(engine, clock, 12)
    assert (service.running_count, service.pending_count) == (2, 0)
    assert {one["TargetHealth"]["State"] for one in engine.targets("tg")} == {"initial"}
    run(engine, clock, 10)
    assert service.deployments[0]["rolloutState"] == "COMPLETED"
    assert {one["TargetHealth"]["State"] for one in engine.targets("tg")} == {"healthy"}
    assert "steady state" in service.events[0]["message"]


def test_scaling_out_and_in() -> None:
    service = FakeService()
    engine, clock = engine_with(service)
    assert service.running_count == 2
    engine.update(service, FakeDefinition(), 4, force=False)
    assert (service.running_count, service.pending_count) == (2, 2)
    assert len(service.deployments) == 1, "a changed count is no deployment"
    run(engine, clock, 20)
    assert service.running_count == 4
    engine.update(service, FakeDefinition(), 1, force=False)
    assert service.running_count == 1
    states = sorted(one["TargetHealth"]["State"] for one in engine.targets("tg"))
    assert states == ["draining"] * 3 + ["healthy"]
    run(engine, clock, 15)
    assert len(engine.targets("tg")) == 1
    stopped = [engine.describe(task) for task in engine.all_tasks() if task.stop_at is not None]
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}


def test_a_new_revision_replaces_tasks_without_losing_capacity() -> None:
    service = FakeService()
    engine, clock = engine_with(service)
    newer = FakeDefinition(arn="arn:aws:ecs:r:1:task-definition/app:2")
    engine.update(service, newer, None, force=False)
    assert [one["status"] for one in service.deployments] == ["PRIMARY", "ACTIVE"]
    fewest = 9
    for _ in range(60):
        run(engine, clock, 1)
        fewest = min(fewest, len(engine.serving("svc")))
    assert fewest == 2
    assert [one["rolloutState"] for one in service.deployments] == ["COMPLETED"]
    assert {task.definition.arn for task in engine.running("svc")} == {newer.arn}


def test_a_stopped_task_is_replaced_and_says_why() -> None:
    service = FakeService(desired_count=1)
    engine, clock = engine_with(service)
    first = engine.running("svc")[0]
    answer = engine.stop_task(first.id, "by hand")
    assert answer is not None
    assert answer["stopCode"] == "UserInitiated"
    run(engine, clock, 30)
    assert [task.id for task in engine.running("svc")] != [first.id]
    described = engine.describe(first)
    assert described["lastStatus"] == "STOPPED"
    assert described["stoppedReason"] == "by hand"
    assert described["containers"][0]["exitCode"] == 0
    assert engine.stop_task("unknown", "") is None


def test_a_deployment_of_the_past_is_rolled_out_with_its_times() -> None:
    service = FakeService()
    engine, clock = engine_with(service)
    newer = FakeDefinition(arn="arn:aws:ecs:r:1:task-definition/app:2")
    at = clock.now() - 1800
    seen = engine.replay(service, newer, at)
    assert service.task_definition == newer.arn
    assert [one["rolloutState"] for one in service.deployments] == ["COMPLETED"]
    assert service.deployments[0]["createdAt"].timestamp() == at
    assert at < service.events[0]["createdAt"].timestamp() < at + 60
    old = [task for task in seen if task.definition.arn != newer.arn]
    assert len(seen) == 4
    assert {task.status(at - 60) for task in old} == {"RUNNING"}
    assert {task.target_state(at - 60) for task in old} == {"healthy"}
    assert {task.status(clock.now()) for task in old} == {"STOPPED"}
    assert all(at < (task.stopping_at or 0) < at + 60 for task in old)


def leaking(engine: EcsEngine, service: FakeService, clock: HandClock, hours: float) -> Fleet:
    image = next(one.tag for one in SETTINGS.releases.values() if one.leak_mib_per_h)
    definition = FakeDefinition(
        arn="arn:aws:ecs:r:1:task-definition/app:2",
        container_definitions=[{"name": SETTINGS.names.container, "image": f"app:{image}"}],
    )
    engine.replay(service, definition, clock.now() - hours * 3600)
    return Fleet(SETTINGS)


def test_a_leaking_task_is_killed_when_its_memory_is_full_and_replaced() -> None:
    service = FakeService(name=SETTINGS.names.service)
    engine, clock = engine_with(service)
    fleet = leaking(engine, service, clock, hours=1.5)
    units = [fleet.unit(task, clock.now()) for task in engine.running(service.name)]
    assert all(25 < unit.leaked_mib < 36 for unit in units)
    fleet.kill_full(engine, clock.now())
    assert service.running_count == 2
    before = {task.id for task in engine.running(service.name)}
    clock.advance(14 * 3600)
    fleet.kill_full(engine, clock.now())
    run(engine, clock, 30)
    assert service.running_count == 2
    after = engine.running(service.name)
    assert not before & {task.id for task in after}
    assert all(fleet.unit(task, clock.now()).leaked_mib < 1 for task in after)
    killed = [engine.describe(task) for task in engine.all_tasks() if task.exit_code == 137]
    assert {one["stopCode"] for one in killed} == {"EssentialContainerExited"}
    assert {one["containers"][0]["reason"] for one in killed} == {OUT_OF_MEMORY}


def test_a_batch_task_belongs_to_no_service_and_ends_once() -> None:
    engine, clock = engine_with(FakeService())
    task = engine.run_task(
        "batch", FakeDefinition(family="batch"), "arn:aws:ecs:r:1:cluster/cl", clock.now() - 60
    )
    assert engine.describe(task)["group"] == "family:batch"
    assert "startedBy" not in engine.describe(task)
    assert task not in engine.running("svc")
    engine.end_task(task, 1)
    engine.end_task(task, 0)
    assert engine.describe(task)["lastStatus"] == "STOPPED"
    assert engine.describe(task)["containers"][0]["exitCode"] == 1


@pytest.mark.parametrize(
    ("cpu", "memory"), [("256", "512"), ("512", "1024"), ("1024", "2048"), ("4096", "30720")]
)
def test_fargate_pairs(cpu: str, memory: str) -> None:
    assert is_fargate_pair(cpu, memory)


@pytest.mark.parametrize(
    ("cpu", "memory"), [("300", "512"), ("256", "4096"), ("512", "512"), ("512", "1500"), ("", "")]
)
def test_other_pairs(cpu: str, memory: str) -> None:
    assert not is_fargate_pair(cpu, memory)


@dataclass
class FakeInstance:
    db_instance_identifier: str = "db"
    db_instance_class: str = "db.t3.micro"
    allocated_storage: int = 20
    storage_type: str = "gp2"
    multi_az: bool = False
    backup_retention_period: int = 1
    iops: int | None = None
    engine_version: str = "18.6"
    status: str = "available"
    pending_modified_values: dict[str, Any] = field(default_factory=dict)


def rds() -> tuple[RdsEngine, HandClock, FakeInstance]:
    clock = HandClock()
    return RdsEngine(SETTINGS.rds, clock), clock, FakeInstance()


def test_an_immediate_class_change_takes_time() -> None:
    engine, clock, instance = rds()
    engine.modify(instance, {"db_instance_class": "db.t3.small"}, True)
    assert (instance.status, instance.db_instance_class) == ("modifying", "db.t3.micro")
    assert instance.pending_modified_values == {"DBInstanceClass": "db.t3.small"}
    clock.advance(SETTINGS.rds.modify_s + 1)
    engine.tick()
    assert (instance.status, instance.db_instance_class) == ("available", "db.t3.small")
    assert instance.pending_modified_values == {}


def test_a_deferred_change_stays_pending_until_the_next_immediate_one() -> None:
    engine, clock, instance = rds()
    engine.modify(instance, {"db_instance_class": "db.t3.small"}, False)
    assert instance.status == "available"
    engine.modify(instance, {"backup_retention_period": 7}, True)
    clock.advance(SETTINGS.rds.modify_s + 1)
    engine.tick()
    assert (instance.db_instance_class, instance.backup_retention_period) == ("db.t3.small", 7)


def test_storage_grows_by_a_tenth_then_optimises() -> None:
    engine, clock, instance = rds()
    engine.modify(instance, {"allocated_storage": 21}, False)
    assert instance.status == "modifying"
    clock.advance(SETTINGS.rds.modify_s + 1)
    engine.tick()
    assert (instance.status, instance.allocated_storage) == ("storage-optimization", 22)
    with pytest.raises(Refused, match="being optimized"):
        engine.modify(instance, {"allocated_storage": 50}, True)
    clock.advance(SETTINGS.rds.optimise_s + 1)
    engine.tick()
    assert instance.status == "available"


def test_storage_never_shrinks() -> None:
    engine, _clock, instance = rds()
    with pytest.raises(Refused) as caught:
        engine.modify(instance, {"allocated_storage": 10}, True)
    assert caught.value.code == "InvalidParameterCombination"
    assert instance.status == "available"


def messages(engine: RdsEngine) -> list[str]:
    return [one.message for one in engine.events("db", 0.0)]


def test_a_modification_is_told_when_it_begins_and_when_it_is_done() -> None:
    engine, clock, instance = rds()
    engine.modify(instance, {"db_instance_class": "db.t3.small", "multi_az": True}, True)
    assert messages(engine) == [
        "Applying modification to database instance class",
        "Applying modification to convert to a Multi-AZ DB instance",
    ]
    clock.advance(SETTINGS.rds.modify_s + 1)
    engine.tick()
    assert messages(engine)[2:] == [
        "DB instance shutdown",
        "DB instance restarted",
        "Finished applying modification to DB instance class",
        "Finished applying modification to convert to a Multi-AZ DB instance",
    ]


@pytest.mark.parametrize(
    ("is_failover", "told"),
    [
        (False, ["DB instance shutdown", "DB instance restarted"]),
        (
            True,
            [
                "Multi-AZ instance failover started.",
                "DB instance restarted",
                "Multi-AZ instance failover completed",
            ],
        ),
    ],
)
def test_a_reboot_is_told_as_what_it_was(is_failover: bool, told: list[str]) -> None:
    engine, clock, instance = rds()
    engine.reboot(instance, is_failover)
    assert messages(engine) == []
    clock.advance(30)
    engine.tick()
    assert messages(engine) == told


def test_low_storage_is_told_once_until_there_was_enough() -> None:
    engine, _clock, instance = rds()
    gib = 1024**3
    for at, free in ((1.0, 3.0), (2.0, 1.9), (3.0, 1.5), (4.0, 9.0), (5.0, 1.0)):
        engine.storage(at, instance, free * gib)
    assert [one.at_s for one in engine.events("db", 0.0)] == [2.0, 5.0]
    first = engine.events("db", 0.0)[0]
    assert first.category == "low storage"
    assert (
        "is low at 10% of the provisioned storage [Provisioned Storage: 20.00 GB, Free Storage: 1.90 GB]"
        in (first.message)
    )
