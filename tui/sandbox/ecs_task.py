"""A task of the sandbox's ECS: how it looks at a moment, as a task and as a target."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from dataclasses import dataclass
from typing import Any

from tui.domain.fargate import is_pair
from tui.sandbox.settings import EcsSettings

_ZONES = ("a", "b")


def utc(at_s: float) -> dt.datetime:
    """Return epoch seconds as the aware datetime that moto's serializer wants."""
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC)


@dataclass(slots=True)
class EngineTask:
    """A task of a service and its target's state.

    Attributes:
        start_at: When it becomes RUNNING.
        healthy_at: When its target becomes healthy.
        stopping_at: When it began to stop; None while it is wanted.
        stop_at: When it is STOPPED; None while it is wanted.
    """

    id: str
    arn: str
    cluster_arn: str
    service: str
    deployment: str
    definition: Any
    ip: str
    zone: str
    created_at: float
    start_at: float
    healthy_at: float
    stopping_at: float | None = None
    stop_at: float | None = None
    stop_code: str = ""
    stop_reason: str = ""
    exit_code: int | None = None
    container_reason: str = ""
    group: str = ""

    def status(self, now: float) -> str:
        """Return lastStatus."""
        if self.stop_at is not None and now >= (self.stopping_at or 0.0):
            return "STOPPED" if now >= self.stop_at else "DEACTIVATING"
        if now >= self.start_at:
            return "RUNNING"
        return "PENDING" if now >= self.created_at + (self.start_at - self.created_at) / 2 else "PROVISIONING"

    def log_stream(self, container: str) -> str:
        """Return the stream that a container logs to: `prefix/container/task-id`."""
        for one in self.definition.container_definitions:
            if one.get("name") == container:
                options = (one.get("logConfiguration") or {}).get("options") or {}
                return f"{options.get('awslogs-stream-prefix') or 'ecs'}/{container}/{self.id}"
        return f"ecs/{container}/{self.id}"

    def target_state(self, now: float) -> str | None:
        """Return the target's health; None when it is not registered."""
        if now < self.start_at or (self.stop_at is not None and now >= self.stop_at):
            return None
        if self.stop_at is not None and now >= (self.stopping_at or 0.0):
            return "draining"
        return "healthy" if now >= self.healthy_at else "initial"

    def to_wire(self, now: float, account_region: str) -> dict[str, Any]:
        """Return the task as DescribeTasks does."""
        status = self.status(now)
        is_stopping = self.stop_at is not None
        task: dict[str, Any] = {
            "taskArn": self.arn,
            "clusterArn": self.cluster_arn,
            "taskDefinitionArn": self.definition.arn,
            "lastStatus": status,
            "desiredStatus": "STOPPED" if is_stopping else "RUNNING",
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "cpu": self.definition.cpu,
            "memory": self.definition.memory,
            "group": self.group or f"service:{self.service}",
            **({"startedBy": self.deployment} if self.deployment else {}),
            "availabilityZone": self.zone,
            "healthStatus": "HEALTHY" if now >= self.healthy_at and not is_stopping else "UNKNOWN",
            "connectivity": "CONNECTED",
            "createdAt": utc(self.created_at),
            "version": 3,
            "enableExecuteCommand": False,
            "overrides": {"containerOverrides": []},
            "attachments": [
                {
                    "id": self.id,
                    "type": "ElasticNetworkInterface",
                    "status": "ATTACHED",
                    "details": [{"name": "privateIPv4Address", "value": self.ip}],
                }
            ],
            "containers": [
                self._container(one, status, account_region) for one in self.definition.container_definitions
            ],
        }
        if now >= self.start_at:
            task["startedAt"] = utc(self.start_at)
        if is_stopping:
            task["stopCode"] = self.stop_code
            task["stoppedReason"] = self.stop_reason
            task["stoppingAt"] = utc(min(self.stop_at or now, now))
        if status == "STOPPED":
            task["stoppedAt"] = utc(self.stop_at or now)
        return task

    def _container(self, definition: dict[str, Any], status: str, account_region: str) -> dict[str, Any]:
        container: dict[str, Any] = {
            "containerArn": f"arn:aws:ecs:{account_region}:container/{self.id}",
            "taskArn": self.arn,
            "name": definition["name"],
            "image": definition.get("image", ""),
            "imageDigest": digest_of(str(definition.get("image", ""))),
            "lastStatus": status,
            "healthStatus": "UNKNOWN",
            "networkInterfaces": [{"attachmentId": self.id, "privateIpv4Address": self.ip}],
        }
        if status == "STOPPED" and self.exit_code is not None:
            container["exitCode"] = self.exit_code
        if status == "STOPPED" and self.container_reason:
            container["reason"] = self.container_reason
        return container


class TaskMaker:
    """Makes new tasks: their ids, addresses, zones, and when they run and are healthy."""

    def __init__(self, settings: EcsSettings, account: str, region: str, draw: random.Random) -> None:
        self._settings = settings
        self._account = account
        self._region = region
        self._random = draw
        self._made = 0

    def make(self, cluster_arn: str, service: str, definition: Any, now: float) -> EngineTask:
        """Return a task that is being provisioned.

        Args:
            cluster_arn: Where it runs.
            service: Its service's name; "" for none.
            definition: moto's task definition object.
            now: Epoch seconds.
        """
        task_id = uuid.UUID(int=self._random.getrandbits(128), version=4).hex
        number = self._random.randrange(10, 250)
        wait = self._settings.start_s * self._random.uniform(0.8, 1.2)
        # One after the other, so that each zone has as many.
        zone = _ZONES[self._made % len(_ZONES)]
        self._made += 1
        cluster = cluster_arn.rsplit("/", 1)[-1]
        return EngineTask(
            id=task_id,
            arn=f"arn:aws:ecs:{self._region}:{self._account}:task/{cluster}/{task_id}",
            cluster_arn=cluster_arn,
            service=service,
            deployment="",
            definition=definition,
            ip=f"10.0.{1 if zone == 'a' else 2}.{number}",
            zone=f"{self._region}{zone}",
            created_at=now,
            start_at=now + wait,
            healthy_at=now + wait + self._settings.healthy_s,
        )


def digest_of(image: str) -> str:
    """Return the digest that the sandbox's registry has for an image: each tag is an image of its own."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def is_fargate_pair(cpu: str, memory: str) -> bool:
    """Whether Fargate has a configuration of these CPU units and MiB."""
    return cpu.isdigit() and memory.isdigit() and is_pair(int(cpu), int(memory))


def describe_target(task: EngineTask, port: int, now: float) -> dict[str, Any]:
    """Return a registered task as DescribeTargetHealth does."""
    state = task.target_state(now) or "unused"
    health = {"State": state}
    reasons = {
        "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
        "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    }
    if state in reasons:
        health["Reason"], health["Description"] = reasons[state]
    return {
        "Target": {"Id": task.ip, "Port": port, "AvailabilityZone": task.zone},
        "HealthCheckPort": str(port),
        "TargetHealth": health,
    }
