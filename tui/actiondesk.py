"""The tuning actions without their screens: what is read, what runs, what was cut off.

It lives on the event loop's thread; everything that blocks has a daemon thread of its own. A run goes on
whatever is on the screen, and the audit log, not this desk, is what remembers it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar

from tui.actiondraft import Draft
from tui.actions.audit import AuditError, AuditLog, Run
from tui.actions.door import Door
from tui.actions.registry import BY_ID, action_of
from tui.actions.runner import Runner, Told, undo_plan
from tui.collect.offload import launch
from tui.domain.actionruns import LiveRun
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Outcome, Plan, Status
from widgets.text import one_line

MOST_KEPT: Final = 20
"""Runs that have ended and are kept; the audit log has them all."""

T = TypeVar("T")

_Work = Callable[[Door, Callable[[Told], None]], Outcome]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CutOff:
    """Runs of earlier processes that never came to their end.

    Attributes:
        resumed: What is watched again.
        others: What cannot be: no step of theirs waits for anything, or they are of another account.
    """

    resumed: tuple[LiveRun, ...] = ()
    others: tuple[Run, ...] = ()


class ActionDesk:
    """Reads for actions, applies plans and keeps what runs.

    Args:
        open_door: Returns the way into the account; blocks, may raise SourceError and AuditError.
        now: Epoch seconds.
    """

    def __init__(self, open_door: Callable[[], Door], now: Callable[[], float]) -> None:
        self._open = open_door
        self._now = now
        self._door: Door | None = None
        self._opening = asyncio.Lock()
        self._runs: dict[int, LiveRun] = {}
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._tell: list[Callable[[LiveRun], None]] = []

    def subscribe(self, tell: Callable[[LiveRun], None]) -> Callable[[], None]:
        """Have each change of a run told; return what ends that."""
        self._tell.append(tell)
        return lambda: self._tell.remove(tell) if tell in self._tell else None

    # ------------------------------------------------------------ what is known

    def run(self, number: int) -> LiveRun | None:
        """Return a run of this console by its number; None once it is forgotten."""
        return self._runs.get(number)

    @property
    def runs(self) -> tuple[LiveRun, ...]:
        """Runs of this console, the oldest first."""
        return tuple(self._runs.values())

    @property
    def running(self) -> tuple[LiveRun, ...]:
        """Runs that have not ended, the oldest first."""
        return tuple(one for one in self._runs.values() if one.outcome is None)

    @property
    def closed(self) -> str:
        """Why nothing may be applied, as far as it is known; "" otherwise."""
        return self._door.closed if self._door is not None else ""

    def now_s(self) -> float:
        """Return epoch seconds by the endpoint's clock."""
        return self._now()

    # ------------------------------------------------------------ reading

    async def door(self) -> Door:
        """Return the way into the account, opened on first use.

        Raises:
            SourceError: Who asks cannot be read.
            AuditError: There is no place for the audit log.
        """
        async with self._opening:
            if self._door is None:
                self._door = await launch(self._open, name="action-door")
            return self._door

    async def past(self) -> tuple[Run, ...]:
        """Return what the audit log remembers, the newest first.

        Raises:
            AuditError: It cannot be read.
        """
        return await launch(_past, name="action-log")

    async def draft(self, action_id: str, target: str, values: Mapping[str, str] | None = None) -> Draft:
        """Read the present state and return a form on it.

        Args:
            action_id: The action.
            target: The resource's name.
            values: What the form holds at first.

        Raises:
            SourceError: It cannot be read.
            AuditError: There is no place for the audit log.
        """
        action = action_of(BY_ID[action_id])
        door = await self.door()
        reading = await self._reading(partial(action.read, door.context, target))
        return Draft(action, reading, dict(values or {}))

    async def undo(self, number: str) -> Draft:
        """Read the present state and return the plan that takes a run back.

        Args:
            number: The run's number in the audit log.

        Raises:
            SourceError: The state cannot be read, or the run was in another account or Region.
            AuditError: The log cannot be read.
        """
        door = await self.door()
        return await self._reading(partial(_undo, door, number))

    async def _reading(self, read: Callable[[], T]) -> T:
        try:
            return await launch(read, name="action-read")
        except SourceError as error:
            if error.kind is ErrorKind.EXPIRED_CREDENTIALS and not self.running:
                # The session that may write holds the old credentials; the next reading makes another.
                self.close()
            raise

    def close(self) -> None:
        """Close the way into the account; the next reading opens another."""
        door, self._door = self._door, None
        if door is not None:
            door.close()

    # ------------------------------------------------------------ applying

    def apply(self, draft: Draft, plan: Plan, action_id: str) -> LiveRun:
        """Apply a plan that was confirmed, in the background.

        Args:
            draft: Its form and reading.
            plan: What is applied.
            action_id: The action.
        """

        def work(door: Door, tell: Callable[[Told], None]) -> Outcome:
            runner = Runner(door.context, door.write, door.log, tell)
            return runner.apply(draft.action, draft.reading, plan, undo_of=draft.undo_of)

        steps = tuple(step.text for step in plan.steps)
        return self._start(
            work,
            LiveRun(
                self._number(),
                action_id,
                plan.target,
                plan.title,
                steps,
                self._now(),
                dict(draft.values),
                undo_of=draft.undo_of,
            ),
        )

    async def pick_up(self) -> CutOff:
        """Go on watching what an earlier process of this machine was cut off from.

        Raises:
            SourceError: Who asks cannot be read.
            AuditError: The log cannot be read.
        """
        cut = [run for run in await self.past() if _is_cut_off(run)]
        if not cut:
            return CutOff()
        door = await self.door()
        identity = await launch(door.context.aws.identity, name="action-identity")
        here = (identity.account, identity.region)
        waiting = [run for run in cut if run.waiting is not None and (run.account, run.region) == here]
        others = tuple(run for run in cut if run not in waiting)
        return CutOff(tuple(self._resume(run) for run in reversed(waiting)), others)

    def _resume(self, run: Run) -> LiveRun:
        def work(door: Door, tell: Callable[[Told], None]) -> Outcome:
            return Runner(door.context, door.write, door.log, tell).resume(run)

        at = run.steps.index(run.waiting) if run.waiting is not None else 0
        steps = tuple(step.text for step in run.steps)
        live = LiveRun(
            self._number(), run.action, run.target, run.title, steps, self._now(), run=run.id, at=at
        )
        return self._start(work, replace(live, is_resumed=True, undo_of=run.undo_of))

    # ------------------------------------------------------------ the runs' threads

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _start(self, work: _Work, live: LiveRun) -> LiveRun:
        self._runs[live.number] = live
        self._forget()
        task = asyncio.get_running_loop().create_task(self._follow(work, live.number))
        # The loop itself holds tasks weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._told(live)
        return live

    async def _follow(self, work: _Work, number: int) -> None:
        loop = asyncio.get_running_loop()

        def tell(told: Told) -> None:
            # Quitting closes the loop while an action is still being watched.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._progress, number, told)

        try:
            door = await self.door()
            outcome = await launch(partial(work, door, tell), name=f"action-{number}")
        except SourceError as error:
            outcome = Outcome(Status.FAILED, f"{error.summary} Nothing was sent.", error.hint)
        except AuditError as error:
            run = self._runs[number].run
            outcome = Outcome(Status.FAILED, str(error), run=run)
        except Exception as error:  # noqa: BLE001 - logged and told
            _log.exception("action %s failed", number)
            words = one_line(f"{type(error).__name__}: {error}", 300)
            text = f"That failed in cwtop: {words}. Please report it."
            hint = "The audit log tells what was sent."
            outcome = Outcome(Status.FAILED, text, hint, run=self._runs[number].run)
        self._change(number, outcome=outcome, ended_s=self._now(), run=outcome.run)

    def _progress(self, number: int, told: Told) -> None:
        live = self._runs[number]
        if live.outcome is None:
            self._change(number, at=told.step, seen=told.text, run=told.run or live.run)

    def _change(self, number: int, **changes: object) -> None:
        self._runs[number] = replace(self._runs[number], **changes)  # type: ignore[arg-type]
        self._told(self._runs[number])

    def _told(self, live: LiveRun) -> None:
        for tell in list(self._tell):
            tell(live)

    def _forget(self) -> None:
        ended = [number for number, run in self._runs.items() if run.outcome is not None]
        for number in ended[: max(0, len(self._runs) - MOST_KEPT)]:
            del self._runs[number]


def _past() -> tuple[Run, ...]:
    return tuple(reversed(AuditLog.default().runs()))


def _is_cut_off(run: Run) -> bool:
    """Whether nobody can still be at it; of another machine's runs nobody here knows."""
    return not run.is_over and not run.is_alive and run.host == os.uname().nodename


def _undo(door: Door, number: str) -> Draft:
    """Return the plan that takes a run back. Blocks."""
    run = door.log.find(number)
    row = BY_ID.get(run.action) if run is not None else None
    if run is None or row is None:
        what = f"There is no run {number}" if run is None else f"There is no action {run.action}"
        raise SourceError(ErrorKind.NOT_FOUND, f"{what}: nothing can be taken back.", f"See {door.log.path}.")
    identity = door.context.aws.identity()
    if run.account and (run.account, run.region) != (identity.account, identity.region):
        raise SourceError(
            ErrorKind.INVALID,
            f"Run {run.id} was in account {run.account}, {run.region}; this is {identity.account}, "
            f"{identity.region}.",
            "Choose its profile and Region.",
        )
    action = action_of(row)
    reading = action.read(door.context, run.target)
    return Draft(action, reading, fixed=undo_plan(run, reading), undo_of=run.id)
