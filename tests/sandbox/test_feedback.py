"""The workload follows the stack's real state: indexes, tasks, sessions. At thirty-fold speed."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    query,
    wait_until,
)
from tui.sandbox.launcher import Sandbox

SPEED = 30.0


@pytest.fixture(scope="module")
def fast() -> Iterator[Sandbox]:
    with Sandbox.start("slow-query", seed=7, speed=SPEED) as running:
        yield running


def last_complete(
    sandbox: Sandbox, namespace: str, name: str, dimensions: dict[str, str], statistic: str
) -> float:
    points = query(sandbox, namespace, name, dimensions, statistic, minutes=6)
    times = sorted(points)
    return points[times[-2]] if len(times) > 1 else float("nan")


def test_an_index_made_by_plain_sql_ends_the_incident_and_dropping_it_brings_it_back(fast: Sandbox) -> None:
    assert fast.database_url is not None
    balancer = {"LoadBalancer": balancer_dimension(fast)}
    database = {"DBInstanceIdentifier": DATABASE}

    def response_time() -> float:
        return last_complete(fast, "AWS/ApplicationELB", "TargetResponseTime", balancer, "Average")

    def cpu() -> float:
        return last_complete(fast, "AWS/RDS", "CPUUtilization", database, "Average")

    assert wait_until(lambda: response_time() > 1.0, 10)
    assert cpu() > 40
    with psycopg.connect(fast.database_url, autocommit=True) as connection:
        connection.execute("CREATE INDEX CONCURRENTLY idx_pjt_bas_cust_cd ON pjt_bas (cust_cd)")
    assert wait_until(lambda: response_time() < 0.4 and cpu() < 40, 20)
    with psycopg.connect(fast.database_url, autocommit=True) as connection:
        connection.execute("DROP INDEX idx_pjt_bas_cust_cd")
    assert wait_until(lambda: response_time() > 1.0 and cpu() > 40, 20)


def test_tasks_added_by_plain_boto3_lower_the_cpu_and_hold_sessions(fast: Sandbox) -> None:
    ecs = client(fast, "ecs")
    service = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
    database = {"DBInstanceIdentifier": DATABASE}

    def cpu() -> float:
        return last_complete(fast, "AWS/ECS", "CPUUtilization", service, "Average")

    def tasks() -> tuple[int, int]:
        found = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
        return found["runningCount"], found["pendingCount"]

    def sessions() -> float:
        return last_complete(fast, "AWS/RDS", "DatabaseConnections", database, "Maximum")

    before = cpu()
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=4)
    assert wait_until(lambda: tasks() == (4, 0), 10)
    assert wait_until(lambda: cpu() < before * 0.75 and sessions() >= 32, 20)
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=2)
    assert wait_until(lambda: tasks() == (2, 0), 10)


def test_no_task_means_errors_of_the_balancer_and_no_requests(fast: Sandbox) -> None:
    ecs = client(fast, "ecs")
    balancer = {"LoadBalancer": balancer_dimension(fast)}
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=0)

    def refused() -> bool:
        points = query(fast, "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, "Sum", minutes=3)
        requests = query(fast, "AWS/ApplicationELB", "RequestCount", balancer, "Sum", minutes=3)
        return any(at not in requests for at in points)

    assert wait_until(refused, 20)
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=2)
    assert wait_until(
        lambda: (
            ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["runningCount"] == 2
        ),
        10,
    )


def test_a_dropped_table_makes_real_errors(fast: Sandbox) -> None:
    assert fast.database_url is not None
    logs = client(fast, "logs")

    def errors() -> list[dict[str, object]]:
        start = int((fast.clock.now() - 120) * 1000)
        found = logs.filter_log_events(
            logGroupName=LOG_GROUP, startTime=start, filterPattern="{ $.status_code >= 500 }"
        )["events"]
        return [json.loads(event["message"]) for event in found]

    with psycopg.connect(fast.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE mbr_bas RENAME TO mbr_bas_gone")
        assert wait_until(lambda: len(errors()) > 3, 15)
        assert {error["endpoint"] for error in errors()} <= {"/api/members/me", "/api/prompts"}
        connection.execute("ALTER TABLE mbr_bas_gone RENAME TO mbr_bas")


def test_a_modification_takes_time_on_the_wire(fast: Sandbox) -> None:
    rds = client(fast, "rds")

    def instance() -> dict[str, Any]:
        found: dict[str, Any] = rds.describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
        return found

    rds.modify_db_instance(
        DBInstanceIdentifier=DATABASE, DBInstanceClass="db.t3.small", ApplyImmediately=True
    )
    during = instance()
    assert (during["DBInstanceStatus"], during["DBInstanceClass"]) == ("modifying", "db.t3.micro")
    assert during["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.small"}
    assert wait_until(lambda: instance()["DBInstanceStatus"] == "available", 10)
    assert instance()["DBInstanceClass"] == "db.t3.small"


def test_a_stopped_task_leaves_its_stream_with_a_last_line(fast: Sandbox) -> None:
    ecs, logs = client(fast, "ecs"), client(fast, "logs")
    arn = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"][0]
    definition = ecs.describe_task_definition(taskDefinition="prod-llmops-app")["taskDefinition"]
    options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
    stream = f"{options['awslogs-stream-prefix']}/llmops-app/{arn.split('/')[-1]}"
    ecs.stop_task(cluster=CLUSTER, task=arn)

    def last() -> str:
        read = logs.get_log_events(logGroupName=options["awslogs-group"], logStreamName=stream, limit=1)
        return str(read["events"][-1]["message"])

    assert wait_until(lambda: '"message":"process exits","exit_code":0' in last(), 20)
    assert wait_until(
        lambda: (
            len(ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]) == 2
            and ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]["runningCount"] == 2
        ),
        20,
    )
    newest = ecs.describe_tasks(
        cluster=CLUSTER, tasks=ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    )["tasks"]
    fresh = max(newest, key=lambda task: task["createdAt"])["taskArn"].split("/")[-1]
    name = f"{options['awslogs-stream-prefix']}/llmops-app/{fresh}"

    def greeted() -> bool:
        found = logs.filter_log_events(
            logGroupName=LOG_GROUP, logStreamNames=[name], filterPattern="listening"
        )
        return bool(found["events"])

    assert wait_until(greeted, 5)
