"""What the workload reads of the stack's state at a moment: live, or as it was before the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.fleet import Fleet, Unit
from tui.sandbox.settings import Settings
from tui.sandbox.story import Worker
from tui.sandbox.tables import LookupTime, Measured


@dataclass(frozen=True, slots=True)
class State:
    """The stack's state that requests and metrics follow from.

    Attributes:
        lookups: Time of a look-up per table that can be queried.
        problem: Why the database cannot be used; "" when it can.
        refused: Share of requests that get no connection, 0 to 1.
        connections: Client sessions of the database; None when it is not known.
        database_bytes: Size of the application's database, its outbox counted by its scale.
        units: Running tasks.
        serving: Those of them that requests go to.
        unhealthy: Targets that are registered and not healthy.
        allocated_gib: Storage of the instance.
    """

    lookups: Mapping[str, LookupTime]
    problem: str = ""
    refused: float = 0.0
    connections: int | None = None
    database_bytes: int = 0
    units: tuple[Unit, ...] = ()
    serving: tuple[Unit, ...] = ()
    unhealthy: int = 0
    allocated_gib: float = 20.0


class Probe(Protocol):
    """Reads the state at a moment."""

    def state(self, at_s: float) -> State:
        """Return the state at an epoch second."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the past was as it is now.

    Attributes:
        database_bytes: Size of the database without its outbox.
        allocated_gib: Storage of the instance.
        sessions: Sessions of the database besides those of tasks.
    """

    database_bytes: int
    allocated_gib: float
    sessions: int = 1


class PastProbe:
    """The state before the start, as it follows from what happened to the stack."""

    def __init__(
        self,
        settings: Settings,
        ground: Ground,
        measured: Measured,
        tasks: Sequence[EngineTask],
        workers: Sequence[Worker] = (),
        lost_indexes_s: float | None = None,
    ) -> None:
        """Take what is known of the past.

        Args:
            settings: Of the sandbox.
            ground: What did not change.
            measured: Times of look-ups with the indexes and without those that are missing.
            tasks: All tasks of the service that ran.
            workers: Batch tasks that leak sessions.
            lost_indexes_s: When the missing indexes were lost; None for never.
        """
        self._settings = settings
        self._fleet = Fleet(settings)
        self._ground = ground
        self._measured = measured
        self._tasks = tasks
        self._workers = workers
        self._lost_s = lost_indexes_s
        # The stack is older than its first deployment that is known.
        self._first_s = min((task.healthy_at for task in tasks), default=0.0) + 60
        self._has_outbox = any(self._fleet.release(task.definition).outbox_rows_per_h for task in tasks)

    def state(self, at_s: float) -> State:
        """Return the state at an epoch second."""
        moment = max(at_s, self._first_s)
        units, serving = [], []
        for task in self._tasks:
            if task.status(moment) != "RUNNING":
                continue
            unit = self._fleet.unit(task, moment)
            units.append(unit)
            if task.target_state(moment) == "healthy":
                serving.append(unit)
        lookups = self._measured.with_index
        if self._lost_s is not None and at_s >= self._lost_s:
            lookups = self._measured.now
        sessions = self._ground.sessions + len(units) * self._settings.ecs.pool_size
        sessions += sum(worker.sessions(at_s) for worker in self._workers)
        size = self._ground.database_bytes
        if self._has_outbox:
            outbox = self._settings.outbox
            rows = self._fleet.outbox_rows(self._tasks, moment)
            size += int(rows * outbox.row_bytes * outbox.scale)
        return State(
            lookups=lookups,
            connections=sessions,
            database_bytes=size,
            units=tuple(units),
            serving=tuple(serving),
            allocated_gib=self._ground.allocated_gib,
        )
