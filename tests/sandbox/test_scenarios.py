"""Each scenario is breached by CloudWatch's figures, and mended by plain boto3 and psycopg. Sixty-fold speed.

Limits are those of config/thresholds.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.sandbox.kit import (
    CLUSTER,
    DATABASE,
    LOG_GROUP,
    SERVICE,
    balancer_dimension,
    client,
    closes,
    opens,
    recent,
    wait_until,
)
from tui.sandbox.launcher import Sandbox

SPEED = 60.0
SERVICE_OF = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
DATABASE_OF = {"DBInstanceIdentifier": DATABASE}
GIB = 1024**3
Test = Callable[[Sandbox], None]


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox.start(request.param, seed=5, speed=SPEED) as sandbox:
        yield sandbox


def scenario(name: str) -> Callable[[Test], Test]:
    """Run a test on a scenario's sandbox; those of one scenario share it, on one worker."""

    def mark(function: Test) -> Test:
        grouped = pytest.mark.xdist_group(f"scenario-{name}")(function)
        return pytest.mark.parametrize("running", [name], indirect=True)(grouped)

    return mark


def service_of(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = client(sandbox, "ecs").describe_services(cluster=CLUSTER, services=[SERVICE])[
        "services"
    ][0]
    return found


def definition(sandbox: Sandbox, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client(sandbox, "ecs").describe_task_definition(taskDefinition=name)
    return dict(found["taskDefinition"])


def previous(sandbox: Sandbox) -> str:
    """Return the revision before the one that runs."""
    family, number = service_of(sandbox)["taskDefinition"].rsplit("/", 1)[-1].split(":")
    return f"{family}:{int(number) - 1}"


def told(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    """Return an alarm's transitions, newest first."""
    found = client(sandbox, "cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate"
    )
    return list(found["AlarmHistoryItems"])


def changes(sandbox: Sandbox) -> list[str]:
    found = client(sandbox, "cloudtrail").lookup_events()["Events"]
    return [one["EventName"] for one in found]


@scenario("memory-leak")
def test_a_leak_ends_with_its_release(running: Sandbox) -> None:
    def memory() -> list[float]:
        return recent(running, "AWS/ECS", "MemoryUtilization", SERVICE_OF)

    assert wait_until(lambda: opens(memory(), lambda value: value > 90), 15)
    state = json.loads(told(running, "ecs-memory-high")[0]["HistoryData"])["newState"]
    assert state["stateValue"] == "ALARM"
    assert state["stateReasonData"]["recentDatapoints"][-1] > 85
    leaking, before = service_of(running)["taskDefinition"], previous(running)
    variables = {
        one["name"] for one in definition(running, leaking)["containerDefinitions"][0]["environment"]
    }
    assert "PROMPT_CACHE" in variables
    assert "PROMPT_CACHE" not in str(definition(running, before)["containerDefinitions"])
    ecs = client(running, "ecs")
    ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=before)
    assert wait_until(lambda: closes(memory(), lambda value: value > 70), 20)
    digests = {
        one["imageDigest"]
        for task in ecs.describe_tasks(
            cluster=CLUSTER, tasks=ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
        )["tasks"]
        for one in task["containers"]
    }
    assert len(digests) == 1


@scenario("traffic-spike")
def test_a_spike_is_served_by_two_more_tasks(running: Sandbox) -> None:
    def cpu() -> list[float]:
        return recent(running, "AWS/ECS", "CPUUtilization", SERVICE_OF)

    assert wait_until(lambda: opens(cpu(), lambda value: value > 85), 15)
    balancer = {"LoadBalancer": balancer_dimension(running)}
    assert min(recent(running, "AWS/ApplicationELB", "RequestCount", balancer, "Sum")) > 350
    assert max(recent(running, "AWS/ApplicationELB", "TargetResponseTime", balancer)) > 0.2
    client(running, "ecs").update_service(cluster=CLUSTER, service=SERVICE, desiredCount=4)
    assert wait_until(lambda: closes(cpu(), lambda value: value > 70), 25)
    assert max(recent(running, "AWS/RDS", "DatabaseConnections", DATABASE_OF)) < 0.7 * 80


@scenario("bad-deploy")
def test_errors_end_with_the_release_that_makes_them(running: Sandbox) -> None:
    balancer = {"LoadBalancer": balancer_dimension(running)}

    def shares() -> list[float]:
        every = recent(running, "AWS/ApplicationELB", "RequestCount", balancer, "Sum")
        failed = recent(running, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum")
        return [100 * one / count for one, count in zip(failed or [0.0] * 3, every, strict=False)]

    assert wait_until(lambda: opens(shares(), lambda value: value > 5), 15)
    service = service_of(running)
    assert [one["rolloutState"] for one in service["deployments"]] == ["COMPLETED"]
    assert changes(running)[:2] == ["UpdateService", "RegisterTaskDefinition"]
    start = int((running.clock.now() - 300) * 1000)
    found = client(running, "logs").filter_log_events(
        logGroupName=LOG_GROUP, startTime=start, filterPattern="TypeError"
    )["events"]
    assert len(found) > 20
    client(running, "ecs").update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=previous(running))
    assert wait_until(lambda: closes(shares(), lambda value: value > 1), 20)


@scenario("storage-filling")
def test_more_storage_ends_the_shortage(running: Sandbox) -> None:
    assert running.database_url is not None
    rds = client(running, "rds")

    def instance() -> dict[str, Any]:
        return dict(rds.describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0])

    def free() -> list[float]:
        gib = instance()["AllocatedStorage"]
        points = recent(running, "AWS/RDS", "FreeStorageSpace", DATABASE_OF)
        return [100 * value / GIB / gib for value in points]

    assert wait_until(lambda: opens(free(), lambda value: value < 10), 15)
    with psycopg.connect(running.database_url) as connection:
        sizes = connection.execute(
            "SELECT relname FROM pg_statio_user_tables ORDER BY pg_total_relation_size(relid) DESC"
        ).fetchall()
        before = connection.execute("SELECT count(*) FROM evt_outbox").fetchone()
        assert ("evt_outbox",) in sizes
        assert before is not None
        connection.commit()

        def grows() -> bool:
            now = connection.execute("SELECT count(*) FROM evt_outbox").fetchone()
            connection.commit()
            return now is not None and now[0] > before[0] + 10

        assert wait_until(grows, 10)
    messages = [one["Message"] for one in rds.describe_events(SourceType="db-instance")["Events"]]
    assert any(
        one.startswith(f"The free storage capacity for DB instance: {DATABASE} is low") for one in messages
    )
    rds.modify_db_instance(DBInstanceIdentifier=DATABASE, AllocatedStorage=40, ApplyImmediately=True)
    assert wait_until(lambda: instance()["AllocatedStorage"] == 40, 10)
    assert wait_until(lambda: closes(free(), lambda value: value < 30), 20)
    messages = [one["Message"] for one in rds.describe_events(Duration=60)["Events"]]
    begin, end = (
        messages.index(f"{verb} modification to allocated storage")
        for verb in ("Applying", "Finished applying")
    )
    assert begin < end


@scenario("storage-filling")
def test_rows_that_go_give_their_space_back(running: Sandbox) -> None:
    assert running.database_url is not None

    def free() -> list[float]:
        return recent(running, "AWS/RDS", "FreeStorageSpace", DATABASE_OF)

    before = min(free())
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE evt_outbox")
    assert wait_until(lambda: min(free()) > before + 10 * GIB, 20)


@scenario("connection-leak")
def test_ending_one_session_of_the_culprit_ends_them_all(running: Sandbox) -> None:
    assert running.database_url is not None

    def sessions() -> list[float]:
        return recent(running, "AWS/RDS", "DatabaseConnections", DATABASE_OF)

    limit = 0.85 * 80
    assert wait_until(lambda: opens(sessions(), lambda value: value >= limit), 15)
    ecs = client(running, "ecs")
    batch = ecs.list_tasks(cluster=CLUSTER, family="prod-llmops-reindex")["taskArns"]
    assert len(batch) == 1
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid, state, usename FROM pg_stat_activity WHERE application_name = 'llmops-reindex'"
        ).fetchall()
        assert len(found) == 54
        assert {row[1] for row in found} == {"idle in transaction"}
        connection.execute("SELECT pg_terminate_backend(%s)", (found[0][0],))
    assert wait_until(lambda: closes(sessions(), lambda value: value >= 0.7 * 80), 20)
    task = ecs.describe_tasks(cluster=CLUSTER, tasks=batch)["tasks"][0]
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert task["containers"][0]["exitCode"] == 1
