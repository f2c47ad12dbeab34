"""Asks every source in its own rhythm: one loop each, no overlap, deadlines, back-off, suspension."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from random import Random

from tui.collect.fetching import Fetcher, timed_out
from tui.collect.job import Job, Slot
from tui.collect.pacing import Pace
from tui.collect.store import Store
from tui.collect.timing import Timing
from tui.domain.clock import Clock
from tui.domain.errors import SourceError


class Scheduler:
    """Runs jobs on the event loop, each fetch on a daemon thread, and keeps the store.

    All methods belong to the loop's thread.

    Args:
        store: Where snapshots and errors go.
        clock: For times told; periods are seconds of this clock.
        random: Source of jitter.
        timing: Real time and threads.
    """

    def __init__(
        self, store: Store, clock: Clock, *, random: Random | None = None, timing: Timing | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random or Random()  # noqa: S311 - jitter
        self._timing = timing or Timing()
        self._fetcher = Fetcher(store, clock, self._timing, self._suspend)
        self._slots: dict[str, Slot] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._suspension: SourceError | None = None
        store.subscribe(self._on_change)

    @property
    def suspension(self) -> SourceError | None:
        """Why AWS jobs are suspended (expired credentials), None while they are not."""
        return self._suspension

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all jobs."""
        return tuple(self._slots)

    def period(self, name: str) -> float | None:
        """Return a job's period in seconds, None if there is no such job."""
        slot = self._slots.get(name)
        return None if slot is None else slot.period_s

    def add(self, job: Job) -> None:
        """Add a job; it starts with `start`.

        Raises:
            ValueError: There is one of that name.
        """
        if job.name in self._slots:
            raise ValueError(f"two jobs are called {job.name}")
        self._slots[job.name] = Slot(
            job, Pace(self._random, job.has_limiter, not job.is_aws), job.period_s, is_paused=job.paused
        )
        self._store.update(job.name, notify=False, period_s=job.period_s, paused=job.paused)

    def start(self) -> None:
        """Start one loop per job; needs a running event loop."""
        for slot in self._slots.values():
            task = asyncio.get_running_loop().create_task(self._loop(slot), name=f"source-{slot.job.name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """End all loops at once; calls in flight are left to end on their daemon threads."""
        for task in self._tasks:
            task.cancel()

    async def run(self) -> None:
        """Run until cancelled or stopped."""
        self.start()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            self.stop()

    async def run_once(self, names: Iterable[str] | None = None, *, deadline_s: float) -> None:
        """Fetch each job once, the ready ones at the same time; then return.

        Args:
            names: Jobs; None takes all.
            deadline_s: Real seconds for everything; what is not there by then counts as timed out.
        """
        wanted = set(self._slots if names is None else names)
        slots = [slot for name, slot in self._slots.items() if name in wanted]
        tasks = {asyncio.ensure_future(self._once(slot)): slot for slot in slots}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=deadline_s)
        for task in late:
            task.cancel()
            self._store.fail(tasks[task].job.name, timed_out(deadline_s), self._clock.now(), deadline_s)
        await asyncio.gather(*tasks, return_exceptions=True)

    def refresh(self, name: str | None = None) -> None:
        """Fetch now (None: everything); while a fetch runs, that one will do.

        Lifts a suspension: whoever asks has renewed the credentials, or wants to know.
        """
        self._suspension = None
        for slot in _chosen(self._slots, name):
            if not slot.is_running:
                slot.is_forced = True
                slot.due_s = 0.0
        _wake(self._slots.values())

    def bump(self, name: str | None = None) -> None:
        """Drop the result of a fetch that runs and fetch again, even if paused: the question has changed."""
        for slot in _chosen(self._slots, name):
            slot.generation += 1
            slot.is_forced = True
            slot.due_s = 0.0
            slot.wake.set()

    def pause(self, name: str | None = None) -> None:
        """Stop fetching (None: everything) until `resume`; a fetch that runs ends as usual."""
        for slot in _chosen(self._slots, name):
            slot.is_paused = True
            slot.wake.set()
            self._store.update(slot.job.name, paused=True, next_at_s=None)

    def resume(self, name: str | None = None) -> None:
        """End a pause; without a name also the suspension for expired credentials, and fetch at once."""
        if name is None and self._suspension is not None:
            self._suspension = None
            for slot in self._slots.values():
                if slot.job.is_aws:
                    slot.due_s = 0.0
        for slot in _chosen(self._slots, name):
            slot.is_paused = False
            self._store.update(slot.job.name, paused=False)
        _wake(self._slots.values())

    def set_period(self, name: str, seconds: float) -> None:
        """Change a job's period; counted from the end of its last fetch."""
        slot = self._slots[name]
        slot.period_s = seconds
        self._store.update(name, period_s=seconds)
        if not slot.is_running and slot.has_started:
            self._set_due(slot, slot.ended_s + self._clock.real(seconds))
        slot.wake.set()

    def _on_change(self, _: str) -> None:
        _wake(slot for slot in self._slots.values() if not slot.has_started and slot.job.ready is not None)

    async def _loop(self, slot: Slot) -> None:
        while True:
            await self._until_due(slot)
            delay = await self._fetcher.fetch(slot)
            self._set_due(slot, slot.ended_s + delay)

    async def _once(self, slot: Slot) -> None:
        slot.is_forced = True
        while _is_blocked(slot, self._suspension):
            if slot.job.is_aws and self._suspension is not None:
                return
            slot.wake.clear()
            await self._timing.wait(slot.wake, None)
        await self._fetcher.fetch(slot, is_patient=False)

    async def _until_due(self, slot: Slot) -> None:
        while True:
            slot.wake.clear()
            delay: float | None = slot.due_s - self._timing.monotonic()
            if _is_blocked(slot, self._suspension):
                delay = None
            elif delay is not None and delay <= 0:
                return
            await self._timing.wait(slot.wake, delay)

    def _suspend(self, error: SourceError) -> None:
        # Calls in flight fail one after the other, for the same reason: the first one tells it.
        self._suspension = self._suspension or error
        for slot in self._slots.values():
            if slot.job.is_aws and not slot.is_running and self._store.entry(slot.job.name).error is None:
                self._store.fail(slot.job.name, error, self._clock.now(), 0.0)
                self._store.update(slot.job.name, next_at_s=None)
        _wake(self._slots.values())

    def _set_due(self, slot: Slot, due_s: float) -> None:
        slot.due_s = due_s
        is_blocked = slot.is_paused or (slot.job.is_aws and self._suspension is not None)
        left = (due_s - self._timing.monotonic()) * self._clock.rate
        next_at_s = None if is_blocked else self._clock.now() + max(0.0, left)
        self._store.update(slot.job.name, notify=False, next_at_s=next_at_s)


def _chosen(slots: Mapping[str, Slot], name: str | None) -> list[Slot]:
    return list(slots.values()) if name is None else [slots[name]]


def _wake(slots: Iterable[Slot]) -> None:
    for slot in slots:
        slot.wake.set()


def _is_blocked(slot: Slot, suspension: SourceError | None) -> bool:
    if slot.job.is_aws and suspension is not None:
        return True
    if slot.is_paused and not slot.is_forced:
        return True
    return not slot.has_started and slot.job.ready is not None and not slot.job.ready()
