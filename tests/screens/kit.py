"""Runs the real application against a sandbox: start it, wait for a condition, read its screen."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget

from config.schema import Cadences, Config, StackConfig
from tui.app import CwtopApp
from tui.board import Board
from tui.querydesk import Sources
from tui.runtime import Runtime, assemble, configure
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.screens.console import ConsoleScreen
from tui.sources.session import StaticKeys
from widgets.panes.logs import TailPane
from widgets.panes.resource import ResourcePane
from widgets.statusbar import StatusBar

PATIENCE_S = 30.0
"""Real seconds before a condition counts as never coming true; reached by failing tests only."""
SIZE = (120, 40)
FIGURES = ("ecs", "rds", "alb", "metrics")

_SOURCES = (
    "metrics",
    "ecs",
    "rds",
    "alb",
    "alarms",
    "logs",
    "changes",
    "alarm_history",
    "rds_events",
    "scaling",
    "postgres",
    "activity",
    "statements",
    "tables",
)
QUICK = Cadences().model_copy(update=dict.fromkeys(_SOURCES, 0.5))
"""For tests that wait for the next fetch."""
RARE = Cadences().model_copy(update=dict.fromkeys(_SOURCES, 600.0))
"""For tests that count requests: each source is asked once unless something asks again."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one sits in front of a running console."""

    app: CwtopApp
    pilot: Pilot[Any]
    runtime: Runtime

    @property
    def console(self) -> ConsoleScreen:
        """The console, also while another screen lies above it."""
        return next(one for one in self.app.screen_stack if isinstance(one, ConsoleScreen))

    @property
    def board(self) -> Board:
        """What the console draws."""
        return self.app._board

    @property
    def status(self) -> str:
        """The status line as text."""
        return str(self.console.query_one(StatusBar).render())

    @property
    def tail(self) -> TailPane:
        """The log pane."""
        return self.console.query_one(TailPane)

    @property
    def focus(self) -> str:
        """The id of the focused pane, "" where none has the focus."""
        pane = self.console.focused_pane
        return (pane.id or "") if pane is not None else ""

    @property
    def notices(self) -> list[str]:
        """Title and text of every notification that is still up, oldest first."""
        return [f"{one.title} {one.message}".strip() for one in self.app._notifications]

    def pane(self, name: str) -> ResourcePane:
        """Return the pane ecs, rds or alb."""
        return self.console.query_one(f"#{name}", ResourcePane)

    def box(self, name: str) -> str:
        """Return what one pane looks like, as text."""
        found: Widget = self.console.query_one(f"#{name}")
        region = found.region
        rows = self.text().splitlines()[region.y : region.bottom]
        return "\n".join(row[region.x : region.right] for row in rows)

    def text(self) -> str:
        """Return the screen as text. The only place that knows the compositor's private name."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def has(self, *names: str) -> bool:
        """Whether each of these sources has answered."""
        return all(self.runtime.hub.store.snapshot(name) is not None for name in names)

    def error(self, name: str) -> str:
        """Return the last error of a source as its summary, "" if there is none."""
        found = self.runtime.hub.store.entry(name).error
        return "" if found is None else found.summary

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, and let the application work."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool], why: str, seconds: float = PATIENCE_S) -> None:
        """Let the application work until the condition holds.

        Raises:
            AssertionError: It never did; the screen is told.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"never happened: {why}\n{self.text()}\n{self.notices}")
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def live(self, *names: str) -> None:
        """Wait until these sources (else all panes) have answered and are drawn."""
        wanted = [one for one in (names or (*FIGURES, "identity", "logs")) if one in self._jobs]
        await self.until(lambda: self.has(*wanted), f"{wanted} answer")
        seen = {one.kind for one in self._states if one is not None}
        await self.until(
            lambda: "loading" not in {one.kind for one in self._states if one is not None},
            f"panes are drawn ({seen})",
        )

    @property
    def _jobs(self) -> tuple[str, ...]:
        return self.runtime.hub.scheduler.names

    @property
    def _states(self) -> list[Any]:
        panes = self.console.query(ResourcePane)
        return [pane.view.state if pane.view is not None else None for pane in panes]


def runtime_of(
    sandbox: Sandbox, *, credentials: StaticKeys | None = None, own_keys: bool = True, **changes: Any
) -> Runtime:
    """Return a runtime of the sandbox's own configuration with some settings changed.

    Args:
        sandbox: The endpoint.
        credentials: Others than the sandbox's.
        own_keys: False takes the environment's credentials, as `cwtop watch` does.
        **changes: Fields of `Config`; `stack` may be a mapping of the fields to change.
    """
    env = {"DATABASE_URL": sandbox.database_url} if sandbox.database_url else {}
    loaded = configure({"endpoint_url": sandbox.endpoint_url}, path=sandbox.config_path, env=env)
    config = loaded.config
    stack = changes.pop("stack", None)
    if isinstance(stack, Mapping):
        stack = config.stack.model_copy(update=dict(stack))
    if isinstance(stack, StackConfig):
        changes["stack"] = stack
    changed: Config = config.model_copy(update=changes)
    given = credentials or (StaticKeys(ACCESS_KEY, SECRET_KEY) if own_keys else None)
    return assemble(replace(loaded, config=changed), keys=given, clock=sandbox.clock)


@asynccontextmanager
async def seated(
    runtime: Runtime,
    *,
    size: tuple[int, int] = SIZE,
    use_ascii: bool = False,
    queries: Sources | None = None,
) -> AsyncIterator[Seat]:
    """Run the application of a runtime, its Insights queries answered by `queries` where given."""
    app = CwtopApp(runtime, use_ascii=use_ascii, query_sources=queries)
    try:
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            await pilot.pause()
            yield Seat(app, pilot, runtime)
    finally:
        runtime.hub.session.close()
