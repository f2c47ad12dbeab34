"""Reads ECS services with their deployments, events, tasks and why tasks stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.clock import Clock
from tui.domain.snapshots import Deployment, EcsSnapshot, Service, ServiceEvent, StoppedTask, Task
from tui.sources.parse import Aws, best_effort, chunks, epoch, pages, tail, text

MAX_EVENTS = 20
MAX_STOPPED = 20
MAX_RUNNING = 300
"""Running tasks described per service; the counts come from the service itself."""

_SERVICES_PER_CALL = 10
_TASKS_PER_CALL = 100
_ASKED_TO_STOP = frozenset(
    {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"}
)
_KILLED = 137
"""Exit code of SIGKILL (128 + 9), which the kernel sends when memory runs out."""


class EcsSource:
    """Reads the configured services of one cluster.

    Args:
        aws: The session.
        cluster: Name or ARN of the cluster.
        services: Names of services.
        clock: For the snapshot's time.
    """

    def __init__(self, aws: Aws, cluster: str, services: Sequence[str], clock: Clock) -> None:
        self._aws = aws
        self._cluster = cluster
        self._services = tuple(services)
        self._clock = clock

    def fetch(self) -> EcsSnapshot:
        """Return the services; parts that are refused become problems.

        Raises:
            SourceError: The services cannot be described.
        """
        found: list[Mapping[str, Any]] = []
        missing: list[str] = []
        for names in chunks(self._services, _SERVICES_PER_CALL):
            page = self._aws.call("ecs", "describe_services", cluster=self._cluster, services=list(names))
            found.extend(page.get("services", ()))
            missing.extend(tail(failure.get("arn")) for failure in page.get("failures", ()))
        problems: list[str] = []
        services = tuple(self._service(raw, problems) for raw in found)
        return EcsSnapshot(self._clock.now(), services, tuple(missing), tuple(problems))

    def _service(self, raw: Mapping[str, Any], problems: list[str]) -> Service:
        name = str(raw.get("serviceName", ""))
        running = self._tasks(name, "RUNNING", MAX_RUNNING, problems)
        stopped = self._tasks(name, "STOPPED", _TASKS_PER_CALL, problems)
        gone = sorted((_stopped(one) for one in stopped), key=lambda one: one.stopped_s or 0.0, reverse=True)
        return Service(
            name=text(name),
            cluster=tail(raw.get("clusterArn")) or text(self._cluster),
            status=text(raw.get("status")),
            launch_type=_launch_type(raw),
            task_definition=tail(raw.get("taskDefinition")),
            desired=int(raw.get("desiredCount", 0)),
            running=int(raw.get("runningCount", 0)),
            pending=int(raw.get("pendingCount", 0)),
            deployments=tuple(_deployment(one) for one in raw.get("deployments", ())),
            events=tuple(_event(one) for one in raw.get("events", ())[:MAX_EVENTS]),
            tasks=tuple(_task(one) for one in running if one.get("lastStatus") != "STOPPED"),
            stopped=tuple(gone[:MAX_STOPPED]),
        )

    def _tasks(self, service: str, status: str, limit: int, problems: list[str]) -> list[Mapping[str, Any]]:
        """Return descriptions of the service's tasks of a desired status, at most `limit`."""

        def read() -> list[Mapping[str, Any]]:
            arns: list[str] = []
            asked = {"cluster": self._cluster, "serviceName": service, "desiredStatus": status}
            for page in pages(self._aws, "ecs", "list_tasks", asked, cursor="nextToken"):
                arns.extend(page.get("taskArns", ()))
                if len(arns) >= limit:
                    break
            found: list[Mapping[str, Any]] = []
            for some in chunks(arns[:limit], _TASKS_PER_CALL):
                page = self._aws.call("ecs", "describe_tasks", cluster=self._cluster, tasks=list(some))
                found.extend(page.get("tasks", ()))
            return found

        return best_effort(read, [], problems)


def _launch_type(raw: Mapping[str, Any]) -> str:
    providers = [text(one.get("capacityProvider")) for one in raw.get("capacityProviderStrategy", ())]
    return text(raw.get("launchType")) or ", ".join(providers)


def _deployment(raw: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=text(raw.get("id")),
        status=text(raw.get("status")),
        task_definition=tail(raw.get("taskDefinition")),
        desired=int(raw.get("desiredCount", 0)),
        running=int(raw.get("runningCount", 0)),
        pending=int(raw.get("pendingCount", 0)),
        failed_tasks=int(raw.get("failedTasks", 0)),
        rollout_state=text(raw.get("rolloutState")) or None,
        rollout_reason=text(raw.get("rolloutStateReason")),
        created_s=epoch(raw.get("createdAt")),
        updated_s=epoch(raw.get("updatedAt")),
    )


def _event(raw: Mapping[str, Any]) -> ServiceEvent:
    return ServiceEvent(
        id=text(raw.get("id")), at_s=epoch(raw.get("createdAt")) or 0.0, message=text(raw.get("message"))
    )


def _task(raw: Mapping[str, Any]) -> Task:
    return Task(
        id=tail(raw.get("taskArn")),
        status=text(raw.get("lastStatus")),
        health=text(raw.get("healthStatus")) or "UNKNOWN",
        task_definition=tail(raw.get("taskDefinitionArn")),
        started_s=epoch(raw.get("startedAt")),
        zone=text(raw.get("availabilityZone")),
    )


def _stopped(raw: Mapping[str, Any]) -> StoppedTask:
    culprit = _culprit(raw.get("containers", ()))
    code = culprit.get("exitCode")
    return StoppedTask(
        id=tail(raw.get("taskArn")),
        task_definition=tail(raw.get("taskDefinitionArn")),
        stop_code=text(raw.get("stopCode")),
        reason=text(raw.get("stoppedReason")),
        container=text(culprit.get("name")),
        container_reason=text(culprit.get("reason")),
        exit_code=None if code is None else int(code),
        is_oom=is_out_of_memory(raw),
        stopped_s=epoch(raw.get("stoppedAt")) or epoch(raw.get("stoppingAt")),
    )


def _culprit(containers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the container that explains a stop: one with a reason, else with a bad exit code."""
    explained = [one for one in containers if one.get("reason")]
    failed = [one for one in containers if one.get("exitCode")]
    return next(iter(explained + failed), {})


def is_out_of_memory(raw: Mapping[str, Any]) -> bool:
    """Return whether a stopped task ran out of memory.

    ECS names it in a container's reason ("OutOfMemoryError: Container killed due to memory usage"), but
    not always: a container killed (exit code 137) though nobody asked for a stop counts too.

    Args:
        raw: A task as DescribeTasks returns it.
    """
    containers = raw.get("containers", ())
    reasons = [str(raw.get("stoppedReason", "")), *(str(one.get("reason", "")) for one in containers)]
    if any("OutOfMemory" in reason for reason in reasons):
        return True
    killed = any(one.get("exitCode") == _KILLED for one in containers)
    return killed and raw.get("stopCode") not in _ASKED_TO_STOP
