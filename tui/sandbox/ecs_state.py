"""A service of the sandbox's ECS: its tasks, deployments and events, and how it shows them to callers."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.ecs_task import EngineTask, utc

_EVENTS_KEPT = 100


@dataclass(slots=True)
class ServiceState:
    """What the engine adds to moto's service object."""

    service: Any
    definition: Any
    tasks: list[EngineTask] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    is_steady: bool = False
    completed: Any = None
    """The definition of the last deployment that completed: what the circuit breaker rolls back to."""

    def tell(self, draw: random.Random, now: float, text: str) -> None:
        """Add a service event."""
        message = f"(service {self.service.name}) {text}"
        event = {"id": str(uuid.UUID(int=draw.getrandbits(128), version=4)), "createdAt": utc(now)}
        self.events.insert(0, event | {"message": message})
        del self.events[_EVENTS_KEPT:]

    def publish(self, now: float) -> None:
        """Write counts, deployments and events to moto's service object."""
        alive = [task for task in self.tasks if task.stop_at is None]
        service = self.service
        for deployment in self.deployments:
            own = [task for task in alive if task.deployment == deployment["id"]]
            deployment["runningCount"] = sum(task.status(now) == "RUNNING" for task in own)
            deployment["pendingCount"] = len(own) - deployment["runningCount"]
            deployment["desiredCount"] = service.desired_count if deployment["status"] == "PRIMARY" else 0
        service.running_count = sum(task.status(now) == "RUNNING" for task in alive)
        service.pending_count = len(alive) - service.running_count
        # Copies: a request that is being answered must not see them change.
        service.deployments = [dict(one) for one in self.deployments]
        service.events = list(self.events)


def unavailable_image(definition: Any) -> str:
    """Return the first image of a definition that the registry does not have; "" where it has all.

    The sandbox's registry has every image but those whose tag says that it is broken or does not exist.
    """
    for container in definition.container_definitions:
        image = str(container.get("image", ""))
        if any(word in image.rsplit(":", 1)[-1] for word in ("broken", "does-not-exist")):
            return image
    return ""


def names_of(tasks: list[EngineTask]) -> str:
    """Return tasks as a service event names them."""
    return " ".join(f"(task {task.id})" for task in tasks)
