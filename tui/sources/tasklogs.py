"""Finds the log streams of a stopped task in its task definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tui.domain.snapshots import StoppedTask
from tui.sources.parse import Aws, best_effort, text

Options = Mapping[str, Any]

_SET_GROUPS = "set stack.log_groups in the configuration to where it ends up"


class RegionalAws(Aws, Protocol):
    """What `TaskLogs` needs of `AwsSession`."""

    def region(self) -> str:
        """Return the Region in use; raises SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class TaskLog:
    """Where the containers of a task wrote their log."""

    streams: tuple[tuple[str, str], ...] = ()
    """(log group, log stream), the container that explains the stop first."""
    groups: tuple[str, ...] = ()
    """Log groups in which the name of the container's stream cannot be known."""
    problem: str = ""
    """What cannot be found and what to do about it, in sentences; "" when nothing is missing."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one container writes: a stream, or a group with a reason, or a reason alone."""

    group: str = ""
    stream: str = ""
    problem: str = ""


class TaskLogs:
    """Reads task definitions, each once: a revision never changes.

    Args:
        aws: The session.
    """

    def __init__(self, aws: RegionalAws) -> None:
        self._aws = aws
        self._definitions: dict[str, tuple[Mapping[str, Any], ...]] = {}

    def find(self, task: StoppedTask) -> TaskLog:
        """Return the log streams of a task; blocks for one call where its definition is not known yet.

        A refused or missing definition is a problem, and is asked for again the next time.

        See docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html for the names.

        Raises:
            SourceError: A failure that concerns every call (credentials, throttling, network).
        """
        problems: list[str] = []
        region = self._aws.region()
        nothing: tuple[Mapping[str, Any], ...] = ()
        containers = best_effort(lambda: self._containers(task.task_definition), nothing, problems)
        if not containers and not problems:
            problems.append(f"Task definition {task.task_definition} has no container.")
        # Sorting is stable: behind the culprit the containers keep the order of the definition.
        ordered = sorted(containers, key=lambda one: text(one.get("name")) != task.container)
        places = [_place(one, task.id, region) for one in ordered]
        problems += [one.problem for one in places if one.problem]
        return TaskLog(
            tuple((one.group, one.stream) for one in places if one.stream),
            tuple(dict.fromkeys(one.group for one in places if one.group and not one.stream)),
            " ".join(problems),
        )

    def _containers(self, definition: str) -> tuple[Mapping[str, Any], ...]:
        if definition not in self._definitions:
            found = self._aws.call("ecs", "describe_task_definition", taskDefinition=definition)
            described = found.get("taskDefinition") or {}
            self._definitions[definition] = tuple(described.get("containerDefinitions", ()))
        return self._definitions[definition]


def _place(container: Mapping[str, Any], task_id: str, region: str) -> _Place:
    """Return where a container of a task writes its log."""
    name = text(container.get("name"))
    logging = container.get("logConfiguration") or {}
    driver = text(logging.get("logDriver"))
    if not driver:
        return _Place(
            problem=f"Container {name} has no log configuration: "
            "give it the log driver awslogs in a new revision of the task definition."
        )
    if driver != "awslogs":
        return _Place(
            problem=f"Container {name} sends its log through the driver {driver}, "
            f"which does not tell a log group: {_SET_GROUPS}."
        )
    return _awslogs_place(name, logging.get("options") or {}, task_id, region)


def _awslogs_place(name: str, options: Options, task_id: str, region: str) -> _Place:
    group, prefix = text(options.get("awslogs-group")), text(options.get("awslogs-stream-prefix"))
    if not group:
        return _Place(problem=f"Container {name} names no awslogs-group: {_SET_GROUPS}.")
    there = text(options.get("awslogs-region"))
    if there and there != region:
        return _Place(
            problem=f"Container {name} writes to {group} in {there}, not in {region}: "
            f"start cwtop with --region {there} to read it."
        )
    if not prefix:
        return _Place(
            group,
            problem=f"The log stream of container {name} in {group} is named after the container's id, "
            "which ECS forgets: search the group, and set awslogs-stream-prefix in the task definition.",
        )
    return _Place(group, f"{prefix}/{name}/{task_id}")
