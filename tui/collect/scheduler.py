"""Asks every source in its own rhythm: one loop each, no overlap, deadlines, back-off, suspension."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from random import Random
from typing import Any

from tui.collect.job import Job, Slot
from tui.collect.offload import launch
from tui.collect.pacing import Pace
from tui.collect.store import Store
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from widgets.text import one_line

_log = logging.getLogger(__name__)


class Timing:
    """Real time, as the scheduler needs it; tests put their own in its place."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when the event is set, or after some seconds (None: never)."""
        waiter = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({waiter}, timeout=seconds)
        finally:
            waiter.cancel()

    async def within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Return whether the future is done within some seconds; it is never cancelled."""
        await asyncio.wait({future}, timeout=seconds)
        return future.done()


class Scheduler:
    """Runs jobs on the event loop, each fetch on a daemon thread, and keeps the store.

    All methods belong to the loop's thread.

    Args:
        store: Where snapshots and errors go.
        clock: For times told; periods are seconds of this clock.
        random: Source of jitter.
        timing: Real time.
    """

    def __init__(
        self, store: Store, clock: Clock, *, random: Random | None = None, timing: Timing | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random or Random()  # noqa: S311 - jitter
        self._timing = timing or Timing()
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
        self._slots[job.name] = Slot(job, Pace(self._random), job.period_s, is_paused=job.paused)
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
            self._store.fail(tasks[task].job.name, _timed_out(deadline_s), self._clock.now(), deadline_s)
        await asyncio.gather(*tasks, return_exceptions=True)

    def refresh(self, name: str | None = None) -> None:
        """Fetch now (None: everything); while a fetch runs, that one will do.

        Lifts a suspension: whoever asks has renewed the credentials, or wants to know.
        """
        self._suspension = None
        for slot in self._chosen(name):
            if not slot.is_running:
                slot.is_forced = True
                slot.due_s = 0.0
        self._wake_all()

    def bump(self, name: str | None = None) -> None:
        """Drop the result of a fetch that runs and fetch again: what is asked for has changed."""
        for slot in self._chosen(name):
            slot.generation += 1
            slot.due_s = 0.0
            slot.wake.set()

    def pause(self, name: str | None = None) -> None:
        """Stop fetching (None: everything) until `resume`; a fetch that runs ends as usual."""
        for slot in self._chosen(name):
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
        for slot in self._chosen(name):
            slot.is_paused = False
            self._store.update(slot.job.name, paused=False)
        self._wake_all()

    def set_period(self, name: str, seconds: float) -> None:
        """Change a job's period; counted from the end of its last fetch."""
        slot = self._slots[name]
        slot.period_s = seconds
        self._store.update(name, period_s=seconds)
        if not slot.is_running and slot.has_started:
            self._set_due(slot, slot.ended_s + self._clock.real(seconds))
        slot.wake.set()

    def _chosen(self, name: str | None) -> list[Slot]:
        return list(self._slots.values()) if name is None else [self._slots[name]]

    def _wake_all(self) -> None:
        for slot in self._slots.values():
            slot.wake.set()

    def _on_change(self, _: str) -> None:
        for slot in self._slots.values():
            if not slot.has_started and slot.job.ready is not None:
                slot.wake.set()

    async def _loop(self, slot: Slot) -> None:
        while True:
            await self._until_due(slot)
            await self._fetch(slot)

    async def _once(self, slot: Slot) -> None:
        slot.is_forced = True
        while self._is_blocked(slot):
            if slot.job.is_aws and self._suspension is not None:
                return
            slot.wake.clear()
            await self._timing.wait(slot.wake, None)
        await self._fetch(slot, is_patient=False)

    async def _until_due(self, slot: Slot) -> None:
        while True:
            slot.wake.clear()
            delay: float | None = slot.due_s - self._timing.monotonic()
            if self._is_blocked(slot):
                delay = None
            elif delay is not None and delay <= 0:
                return
            await self._timing.wait(slot.wake, delay)

    def _is_blocked(self, slot: Slot) -> bool:
        if slot.job.is_aws and self._suspension is not None:
            return True
        if slot.is_paused and not slot.is_forced:
            return True
        return not slot.has_started and slot.job.ready is not None and not slot.job.ready()

    async def _fetch(self, slot: Slot, *, is_patient: bool = True) -> None:
        """Run one fetch to its end and decide when the next is due."""
        job, generation = slot.job, slot.generation
        slot.is_running, slot.is_forced, slot.has_started = True, False, True
        self._store.update(job.name, notify=False, next_at_s=None)
        started = self._timing.monotonic()
        try:
            future = launch(job.fetch, name=f"source-{job.name}")
            if await self._timing.within(future, job.deadline_s):
                delay = self._settle(slot, generation, future, started)
            else:
                delay = await self._give_up(slot, generation, future, is_patient=is_patient)
        finally:
            slot.is_running = False
        slot.ended_s = self._timing.monotonic()
        if slot.generation != generation:
            delay = 0.0
        self._set_due(slot, slot.ended_s + delay)

    def _settle(self, slot: Slot, generation: int, future: asyncio.Future[Any], started: float) -> float:
        """Keep the result of a fetch in time; return real seconds until the next."""
        error = future.exception()
        if slot.generation != generation:
            return 0.0
        job = slot.job
        duration = self._timing.monotonic() - started
        if error is None:
            snapshot = future.result()
            if job.on_result is not None:
                self._hand_over(job, snapshot)
            wait = 0.0 if job.again is not None and job.again() else slot.pace.after_success(slot.period_s)
            self._store.succeed(job.name, snapshot, self._clock.now(), duration)
            return self._clock.real(wait)
        failure = error if isinstance(error, SourceError) else _bug(job.name, error)
        return self._failed(slot, failure, duration)

    def _failed(self, slot: Slot, error: SourceError, duration: float) -> float:
        job = slot.job
        self._store.fail(job.name, error, self._clock.now(), duration)
        if error.kind is ErrorKind.EXPIRED_CREDENTIALS and job.is_aws:
            self._suspend(error)
        wait = slot.pace.after_failure(slot.period_s, error.kind)
        if error.kind in (ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT):
            # The network heals in real time, however fast the clock runs.
            return wait
        return self._clock.real(wait)

    async def _give_up(
        self, slot: Slot, generation: int, future: asyncio.Future[Any], *, is_patient: bool
    ) -> float:
        """Tell that a fetch is late, wait (if patient) until it returns or a cap, and drop its result."""
        job = slot.job
        delay = 0.0
        if slot.generation == generation:
            delay = self._failed(slot, _timed_out(job.deadline_s), job.deadline_s)
        if is_patient and not await self._timing.within(future, max(0.0, job.cap_s - job.deadline_s)):
            _log.warning("%s hangs; its thread is given up", job.name)
        # A failure that nobody asks for would be reported by asyncio at exit.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return delay

    def _suspend(self, error: SourceError) -> None:
        self._suspension = error
        for slot in self._slots.values():
            if slot.job.is_aws and not slot.is_running and self._store.entry(slot.job.name).error is None:
                self._store.fail(slot.job.name, error, self._clock.now(), 0.0)
                self._store.update(slot.job.name, next_at_s=None)
        self._wake_all()

    def _hand_over(self, job: Job, snapshot: Any) -> None:
        if job.on_result is None:
            return
        try:
            job.on_result(snapshot)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # The source did its work: the fault is the receiver's, and must not stop the source.
            _log.exception("the receiver of %s failed", job.name)

    def _set_due(self, slot: Slot, due_s: float) -> None:
        slot.due_s = due_s
        is_blocked = slot.is_paused or (slot.job.is_aws and self._suspension is not None)
        left = (due_s - self._timing.monotonic()) * self._clock.rate
        next_at_s = None if is_blocked else self._clock.now() + max(0.0, left)
        self._store.update(slot.job.name, notify=False, next_at_s=next_at_s)


def _timed_out(seconds: float) -> SourceError:
    return SourceError(
        ErrorKind.TIMEOUT, f"No answer within {seconds:g} s.", "cwtop asks again when the call has returned."
    )


def _bug(name: str, error: BaseException) -> SourceError:
    _log.error("reading %s failed", name, exc_info=error)
    said = one_line(f"{type(error).__name__}: {error}", 300)
    return SourceError(
        ErrorKind.BUG,
        f"Reading {name} failed in cwtop: {said}.",
        "Please report it, with the output of --log-file.",
    )
