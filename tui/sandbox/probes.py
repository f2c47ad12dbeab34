"""What the workload reads of the stack's state at a moment: live, or as it was before the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tui.sandbox.tables import LookupTime, Measured


@dataclass(frozen=True, slots=True)
class State:
    """The stack's state that requests and metrics follow from.

    Attributes:
        lookups: Time of a look-up per table that can be queried.
        problem: Why the database cannot be used; "" when it can.
        refused: Share of requests that get no connection, 0 to 1.
        connections: Client sessions of the database; None when it is not known.
        database_bytes: Size of the application's database.
        streams: Log streams of the tasks that serve requests.
        tasks: Running tasks.
        unhealthy: Targets that are registered and not healthy.
        vcpu: Of one task.
        memory_mib: Of one task.
        allocated_gib: Storage of the instance.
    """

    lookups: Mapping[str, LookupTime]
    problem: str = ""
    refused: float = 0.0
    connections: int | None = None
    database_bytes: int = 0
    streams: tuple[str, ...] = ()
    tasks: int = 0
    unhealthy: int = 0
    vcpu: float = 0.25
    memory_mib: float = 512.0
    allocated_gib: float = 20.0


class Probe(Protocol):
    """Reads the state at a moment."""

    def state(self, at_s: float) -> State:
        """Return the state at an epoch second."""


@dataclass(slots=True)
class PastProbe:
    """The state before the start: as it is now, but for the trouble that began at `onset_s`."""

    present: State
    measured: Measured
    onset_s: float | None
    connections: int
    """Sessions of the tasks' pools."""
    _before: State = field(init=False)
    _after: State = field(init=False)

    def __post_init__(self) -> None:
        self._before = self._at(self.measured.with_index)
        self._after = self._at(self.measured.now)

    def state(self, at_s: float) -> State:
        """Return the state at an epoch second."""
        return self._before if self.onset_s is None or at_s < self.onset_s else self._after

    def _at(self, lookups: Mapping[str, LookupTime]) -> State:
        now = self.present
        return State(
            lookups=lookups,
            connections=self.connections,
            database_bytes=now.database_bytes,
            streams=now.streams,
            tasks=now.tasks,
            vcpu=now.vcpu,
            memory_mib=now.memory_mib,
            allocated_gib=now.allocated_gib,
        )
