"""From a stopped task to its log: streams, what cannot be known, what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from config.schema import Config
from tests.sandbox.kit import LOG_GROUP, SERVICE, client, wait_until
from tests.sources.doubles import FakeAws, denied, throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import StoppedTask
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.sources.ecs import EcsSource
from tui.sources.session import AwsSession, StaticKeys
from tui.sources.tasklogs import TaskLogs

REGION = "ap-northeast-2"
AWSLOGS = {"awslogs-group": "/ecs/app", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}


@dataclass
class RegionalFake(FakeAws):
    """A scripted session that has a Region."""

    def region(self) -> str:
        return REGION


def container(name: str, driver: str | None = "awslogs", **options: str) -> dict[str, Any]:
    """Return a container definition; options are added to those of awslogs, "" takes one away."""
    if driver is None:
        return {"name": name}
    named = {key.replace("_", "-"): value for key, value in options.items()}
    told = {key: value for key, value in {**AWSLOGS, **named}.items() if value}
    return {"name": name, "logConfiguration": {"logDriver": driver, "options": told}}


def task(culprit: str = "", definition: str = "app:7") -> StoppedTask:
    return StoppedTask("dead", definition, "EssentialContainerExited", "", culprit, "", 1, False, None)


def fake(*containers: dict[str, Any]) -> RegionalFake:
    return RegionalFake(
        {"describe_task_definition": {"taskDefinition": {"containerDefinitions": list(containers)}}}
    )


def test_the_stream_of_each_container_the_culprit_s_first() -> None:
    sidecar = container("proxy", awslogs_group="/ecs/proxy", awslogs_stream_prefix="side")
    aws = fake(container("init"), sidecar, container("app"))
    found = TaskLogs(aws).find(task("app"))
    assert found.streams == (
        ("/ecs/app", "ecs/app/dead"),
        ("/ecs/app", "ecs/init/dead"),
        ("/ecs/proxy", "side/proxy/dead"),
    )
    assert (found.groups, found.problem) == ((), "")
    assert aws.calls == [("describe_task_definition", {"taskDefinition": "app:7"})]


def test_a_revision_is_asked_for_once() -> None:
    aws = fake(container("app"))
    logs = TaskLogs(aws)
    assert logs.find(task()) == logs.find(task())
    assert aws.count("describe_task_definition") == 1
    logs.find(task(definition="app:8"))
    assert aws.count("describe_task_definition") == 2


@pytest.mark.parametrize("driver", ["awsfirelens", "splunk", "json-file"])
def test_another_driver_is_named_with_the_way_out(driver: str) -> None:
    found = TaskLogs(fake(container("app", driver), container("log_router"))).find(task("app"))
    assert found.streams == (("/ecs/app", "ecs/log_router/dead"),)
    assert found.problem == (
        f"Container app sends its log through the driver {driver}, which does not tell a log group: "
        "set stack.log_groups in the configuration to where it ends up."
    )


def test_without_a_stream_prefix_the_group_remains() -> None:
    found = TaskLogs(fake(container("app", awslogs_stream_prefix=""))).find(task())
    assert (found.streams, found.groups) == ((), ("/ecs/app",))
    assert "container's id" in found.problem
    assert "awslogs-stream-prefix" in found.problem


def test_a_log_in_another_region_is_not_searched_here() -> None:
    found = TaskLogs(fake(container("app", awslogs_region="us-east-1"))).find(task())
    assert (found.streams, found.groups) == ((), ())
    assert "in us-east-1, not in ap-northeast-2: start cwtop with --region us-east-1" in found.problem


def test_without_awslogs_region_it_is_ours() -> None:
    assert TaskLogs(fake(container("app", awslogs_region=""))).find(task()).streams


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (container("app", None), "Container app has no log configuration"),
        (container("app", awslogs_group=""), "Container app names no awslogs-group"),
        ({"name": "app", "logConfiguration": {"logDriver": "awslogs"}}, "names no awslogs-group"),
    ],
)
def test_a_container_that_logs_nowhere_is_told(definition: dict[str, Any], words: str) -> None:
    found = TaskLogs(fake(definition)).find(task())
    assert (found.streams, found.groups) == ((), ())
    assert words in found.problem


def test_a_definition_without_containers_is_told() -> None:
    assert "app:7 has no container" in TaskLogs(fake()).find(task()).problem


def test_a_refusal_is_a_problem_and_not_remembered() -> None:
    reply = {"taskDefinition": {"containerDefinitions": [container("app")]}}
    aws = RegionalFake({"describe_task_definition": [denied("ecs:DescribeTaskDefinition"), reply]})
    logs = TaskLogs(aws)
    refused = logs.find(task())
    assert refused.streams == ()
    assert "ecs:DescribeTaskDefinition" in refused.problem
    assert logs.find(task()).streams


def test_throttling_is_raised() -> None:
    aws = RegionalFake({"describe_task_definition": throttled()})
    with pytest.raises(SourceError) as caught:
        TaskLogs(aws).find(task())
    assert caught.value.kind is ErrorKind.THROTTLED


def test_names_from_outside_are_sanitised() -> None:
    aws = fake(container("a\x1b[31mpp", awslogs_group="/ecs/\x9bapp", awslogs_stream_prefix="e\ncs"))
    ((group, stream),) = TaskLogs(aws).find(task()).streams
    assert (group + stream).isprintable()


def test_the_streams_of_the_sandbox_s_tasks_exist(sandbox: Sandbox) -> None:
    config = Config(region=sandbox.region, endpoint_url=sandbox.endpoint_url)
    aws = AwsSession(config, sandbox.clock, keys=StaticKeys(ACCESS_KEY, SECRET_KEY))
    (service,) = EcsSource(aws, "prod-llmops-cluster", [SERVICE], sandbox.clock).fetch().services
    one = service.tasks[0]
    gone = StoppedTask(one.id, one.task_definition, "", "", "", "", None, False, None)
    found = TaskLogs(aws).find(gone)
    ((group, stream),) = found.streams
    assert (group, found.problem) == (LOG_GROUP, "")
    logs = client(sandbox, "logs")

    def is_written() -> bool:
        answer = logs.filter_log_events(logGroupName=group, logStreamNames=[stream], limit=1)
        return bool(answer["events"])

    assert wait_until(is_written, 20)
    aws.close()
