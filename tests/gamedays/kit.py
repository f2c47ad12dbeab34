"""A game day: the real console on a sandbox at speed, driven by its keys, which are counted."""

from __future__ import annotations

import json
import re
import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from config.levels import Level
from config.paths import state_dir
from config.schema import Cadences
from tests.screens.kit import Seat, runtime_of, seated
from tui.domain.findings import Finding
from tui.domain.plan import Plan
from tui.explainboard import ExplainBoard
from tui.sandbox.launcher import Sandbox
from tui.screens.actions import ActionsScreen
from tui.screens.explain import ExplainScreen
from tui.triage.material import Explanation
from widgets.confirm import ConfirmDialog
from widgets.textview import TextDialog

SPEED: Final = 60.0
"""A minute, which is a point of a metric, is a second."""
BRISK: Final = Cadences().model_copy(update=dict.fromkeys(Cadences.model_fields, 30.0))
"""Half a real second, in the sandbox's time."""
SEED: Final = 5
MOST_KEYS: Final = 12
"""From the breach to the applied fix, besides the name that is typed."""


@dataclass(slots=True)
class Watch:
    """Somebody at the console.

    Attributes:
        seat: The console.
        sandbox: What it watches.
        keys: Keys pressed since the breach, without what was typed as a name.
    """

    seat: Seat
    sandbox: Sandbox
    keys: list[str] = field(default_factory=list)

    async def press(self, *keys: str) -> None:
        """Press keys that count."""
        self.keys += keys
        await self.seat.press(*keys)

    # ------------------------------------------------------------ the breach

    def found(self, metric: str) -> Finding | None:
        """Return the breach of a metric; None while it has none."""
        return next((one for one in self.seat.board.findings() if one.id == metric), None)

    async def breached(self, metric: str, level: Level = Level.CRITICAL) -> Finding:
        """Wait until the console tells of a breach."""

        def is_there() -> bool:
            found = self.found(metric)
            return found is not None and found.level is level

        await self.seat.until(is_there, f"{metric} is {level.value}")
        found = self.found(metric)
        assert found is not None
        return found

    async def closed(self, metric: str) -> None:
        """Wait until a breach is over, and the others that came with it."""
        await self.seat.until(lambda: self.found(metric) is None, f"the breach of {metric} closes", 60)

    # ------------------------------------------------------------ the explanation

    @property
    def explained(self) -> ExplainBoard:
        """What the explanation is made from."""
        board = self.seat.app.windows.explained
        assert board is not None
        return board

    @property
    def screen(self) -> ExplainScreen:
        """The explanation's screen."""
        return next(one for one in self.seat.app.screen_stack if isinstance(one, ExplainScreen))

    async def explain(self) -> Explanation:
        """Ask for the explanation and wait until all of it is read."""
        seat = self.seat
        await self.press("e")
        await seat.until(lambda: isinstance(seat.app.screen, ExplainScreen), "the explanation opens")
        screen = self.screen
        await seat.until(lambda: screen._found is not None and not screen._reading, "all is read")
        assert screen._found is not None
        return screen._found

    # ------------------------------------------------------------ the fix

    async def step(self, action: str) -> Plan:
        """Open the step of the runbook that leads to an action, and wait for its plan."""
        seat = self.seat
        book = self.explained.book(self.screen._found)
        assert book is not None
        numbers = [at for at, one in enumerate(book[1].steps, 1) if one.action == action]
        assert numbers, f"no step of {book[0]} leads to {action}"
        await self.press(str(numbers[0]))
        await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the action opens")
        await seat.until(lambda: self._plan() is not None, "the plan is made")
        plan = self._plan()
        assert plan is not None
        return plan

    def _plan(self) -> Plan | None:
        view = getattr(self.seat.app.screen, "_view", None)
        return None if view is None else view.plan

    async def apply(self) -> None:
        """Apply the plan: f5, the name where it is asked for, and wait until it is verified."""
        seat, plan = self.seat, self._plan()
        assert plan is not None
        await self.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
        if plan.confirm:
            await seat.press(*map(_key, plan.confirm))
            await self.press("enter")
        else:
            await self.press("tab", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "it is applied")
        await seat.until(lambda: "✓ done" in seat.text() or "✗" in seat.text(), "it ends", 60)
        assert "✓ done" in seat.text(), seat.text()

    async def leave(self) -> None:
        """Go back to the console."""
        seat = self.seat
        for _ in range(6):
            if seat.app.screen is seat.console:
                return
            await seat.press("escape")
        raise AssertionError(f"no way back to the console\n{seat.text()}")

    # ------------------------------------------------------------ the record

    async def record(self) -> tuple[str, dict[str, Any]]:
        """Write the incident's record and return it, as Markdown without its escapes, and as data."""
        seat = self.seat
        await seat.press("x")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the record is shown")
        folder = state_dir()
        assert folder is not None
        newest = max(folder.glob("incident-*.md"), key=lambda one: one.stat().st_mtime_ns)
        await seat.press("escape")
        text = newest.read_text(encoding="utf-8")
        return re.sub(r"\\(.)", r"\1", text), json.loads(newest.with_suffix(".json").read_text())


@asynccontextmanager
async def watching(
    scenario: str, *, speed: float = SPEED, seed: int = SEED, cadences: Cadences = BRISK
) -> AsyncIterator[Watch]:
    """Start a scenario and sit down in front of its console."""
    with Sandbox.start(scenario, seed=seed, speed=speed) as sandbox:
        async with seated(runtime_of(sandbox, cadences=cadences)) as seat:
            yield Watch(seat, sandbox)


def _key(character: str) -> str:
    names = {"-": "minus", "_": "underscore"}
    return character if character in string.ascii_letters + string.digits else names[character]
