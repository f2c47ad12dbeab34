"""The service's tasks as the workload sees them: what each is made of, runs, and has lost by a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tui.sandbox.ecs_engine import EcsEngine
from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.scenarios import Release
from tui.sandbox.settings import Settings

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""ECS's reason for a container that used more memory than its task has."""
KILLED = 137
"""Exit code of a container that was killed."""
_MEMORY_SPREAD = 0.12


@dataclass(frozen=True, slots=True)
class Unit:
    """A running task.

    Attributes:
        stream: Its log stream.
        vcpu: Of the task.
        memory_mib: Of the task.
        leaked_mib: What its release has lost since it started.
        release: What its image does.
    """

    stream: str
    vcpu: float
    memory_mib: float
    leaked_mib: float
    release: Release


class Fleet:
    """Reads tasks. The releases are those of the settings, by the tag of the container's image."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._usual = Release()

    def unit(self, task: EngineTask, now: float) -> Unit:
        """Return a task as it is at a moment."""
        release = self.release(task.definition)
        hours = max(0.0, now - task.start_at) / 3600
        # Not all tasks get the same prompts.
        share = 1 + _MEMORY_SPREAD * (int(task.id[:4], 16) / 0xFFFF - 0.5)
        return Unit(
            task.log_stream(self._settings.names.container),
            int(task.definition.cpu) / 1024,
            float(task.definition.memory),
            release.leak_mib_per_h * hours * share,
            release,
        )

    def release(self, definition: Any) -> Release:
        """Return what the application's image of a task definition does."""
        for one in definition.container_definitions:
            if one.get("name") == self._settings.names.container:
                tag = str(one.get("image", "")).rsplit(":", 1)[-1]
                return self._settings.releases.get(tag, self._usual)
        return self._usual

    def used_mib(self, unit: Unit) -> float:
        """Return the memory that an idle task uses: what it needs, and what it has lost."""
        shape = self._settings.ecs
        return shape.memory_base * shape.memory_base_mib / 100 + unit.leaked_mib

    def outbox_rows(self, tasks: Iterable[EngineTask], at_s: float) -> float:
        """Return how many rows tasks have written to the outbox by a moment."""
        rows = 0.0
        for task in tasks:
            end = at_s if task.stop_at is None else min(at_s, task.stop_at)
            hours = max(0.0, end - task.start_at) / 3600
            rows += self.release(task.definition).outbox_rows_per_h * hours
        return rows

    def kill_full(self, engine: EcsEngine, now: float) -> None:
        """End the tasks of the service whose memory is used up, as the kernel does."""
        for task in engine.running(self._settings.names.service):
            unit = self.unit(task, now)
            if self.used_mib(unit) >= unit.memory_mib:
                engine.end_task(task, KILLED, OUT_OF_MEMORY)
