"""What the scheduler runs: a source's fetch with its period and conditions, and its present state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tui.collect.pacing import Pace

DEADLINE_S = 20.0
CAP_S = 120.0


@dataclass(frozen=True, slots=True)
class Job:
    """A source to be asked again and again.

    Attributes:
        name: Its name in the store.
        fetch: The blocking call; returns a snapshot or raises SourceError.
        period_s: From the end of one fetch to the start of the next, seconds of the console's clock.
        deadline_s: Real seconds after which a fetch counts as timed out and its result is dropped (with
            `on_result` it is still taken when it comes).
        cap_s: Real seconds after which a hung call is given up and another may start.
        is_aws: Suspended while AWS credentials are expired. What is not AWS is asked again at its period,
            however long it was away.
        ready: The first fetch waits until this is true; asked again after each change of the store.
        on_result: Called on the loop with each snapshot, before the store tells its subscribers.
        again: Asked after a success: fetch again at once (more pages wait).
        paused: Paused from the start.
        has_limiter: The source limits its requests itself (`Pace.has_limiter`).
    """

    name: str
    fetch: Callable[[], Any]
    period_s: float
    deadline_s: float = DEADLINE_S
    cap_s: float = CAP_S
    is_aws: bool = True
    ready: Callable[[], bool] | None = None
    on_result: Callable[[Any], None] | None = None
    again: Callable[[], bool] | None = None
    paused: bool = False
    has_limiter: bool = False


@dataclass(slots=True)
class Slot:
    """The present state of a job in the scheduler."""

    job: Job
    pace: Pace
    period_s: float
    due_s: float = 0.0
    """Monotonic seconds at which the next fetch starts."""
    ended_s: float = 0.0
    """Monotonic seconds at which the last fetch ended."""
    generation: int = 0
    is_running: bool = False
    is_forced: bool = False
    """A refresh was asked for: fetch even while paused."""
    is_paused: bool = False
    has_started: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)
