"""Runs one fetch of a job to its end: deadline, late results, errors, and how long to wait then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from tui.collect.job import Job, Slot
from tui.collect.store import Store
from tui.collect.timing import Timing
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from widgets.text import one_line

_log = logging.getLogger(__name__)


class Fetcher:
    """Fetches for all jobs of a scheduler.

    Args:
        store: Where snapshots and errors go.
        clock: For times told.
        timing: Real time and threads.
        on_expired: Told when AWS refuses the credentials.
    """

    def __init__(
        self, store: Store, clock: Clock, timing: Timing, on_expired: Callable[[SourceError], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._timing = timing
        self._on_expired = on_expired

    async def fetch(self, slot: Slot, *, is_patient: bool = True) -> float:
        """Run one fetch to its end.

        Args:
            slot: Whose; its generation decides whether the result is still wanted.
            is_patient: Wait for a hung call (up to the job's cap) before returning.

        Returns:
            Real seconds until the next fetch.
        """
        job, generation = slot.job, slot.generation
        slot.is_running, slot.is_forced, slot.has_started = True, False, True
        self._store.update(job.name, notify=False, next_at_s=None)
        started = self._timing.monotonic()
        try:
            try:
                future = self._timing.launch(job.fetch, f"source-{job.name}")
            except RuntimeError as error:  # no thread can be started
                return self._failed(slot, _bug(job.name, error), 0.0)
            if await self._timing.within(future, job.deadline_s):
                delay = self._settle(slot, generation, future, started)
            else:
                delay = await self._give_up(slot, generation, future, started, is_patient=is_patient)
        finally:
            slot.is_running = False
        slot.ended_s = self._timing.monotonic()
        return delay if slot.generation == generation else 0.0

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
                _hand_over(job, snapshot)
            wait = 0.0 if job.again is not None and job.again() else slot.pace.after_success(slot.period_s)
            self._store.succeed(job.name, snapshot, self._clock.now(), duration)
            return self._clock.real(wait)
        failure = error if isinstance(error, SourceError) else _bug(job.name, error)
        return self._failed(slot, failure, duration)

    def _failed(self, slot: Slot, error: SourceError, duration: float) -> float:
        job = slot.job
        before = self._store.entry(job.name).error
        if before is None or before.summary != error.summary:
            # Once, not at every try: an outage of an hour is one line.
            _log.warning("%s: %s (%s)", job.name, error.summary, error.kind.value)
        self._store.fail(job.name, error, self._clock.now(), duration)
        if error.kind is ErrorKind.EXPIRED_CREDENTIALS and job.is_aws:
            self._on_expired(error)
        wait = slot.pace.after_failure(slot.period_s, error.kind)
        if error.kind in (ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT):
            # The network heals in real time, however fast the clock runs.
            return wait
        return self._clock.real(wait)

    async def _give_up(
        self, slot: Slot, generation: int, future: asyncio.Future[Any], started: float, *, is_patient: bool
    ) -> float:
        """Tell that a fetch is late, wait (if patient) until it returns or a cap, and drop its result.

        Not the result of a stream: what it read once is not read again, and would be lost.
        """
        job = slot.job
        delay = 0.0
        if slot.generation == generation:
            delay = self._failed(slot, timed_out(job.deadline_s), job.deadline_s)
        if is_patient and not await self._timing.within(future, max(0.0, job.cap_s - job.deadline_s)):
            _log.warning("%s hangs; its thread is given up", job.name)
        elif future.done() and job.on_result is not None and future.exception() is None:
            return self._settle(slot, generation, future, started)
        # A failure that nobody asks for would be reported by asyncio at exit.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return delay


def _hand_over(job: Job, snapshot: Any) -> None:
    if job.on_result is None:
        return
    try:
        job.on_result(snapshot)
    except Exception:  # noqa: BLE001 - logged with its traceback
        # The source did its work: the fault is the receiver's, and must not stop the source.
        _log.exception("the receiver of %s failed", job.name)


def timed_out(seconds: float) -> SourceError:
    """Return the error of a call that did not answer within some real seconds."""
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
