"""The checklist without its screen: what was verified last, when, and what is being verified."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from config.checklist import load_checklist, user_file
from tui.actions.protocol import Context
from tui.actions.registry import BY_ID, targets_of
from tui.board import Board
from tui.domain.actionruns import Wanted
from tui.domain.checklist import State, Verified
from tui.presenters.checklist import ChecklistView, checklist_view, detail_text, markdown
from tui.triage.checklist.verify import verify

if TYPE_CHECKING:
    from config.problems import Problem


class ChecklistBoard:
    """What the checklist shows; it outlives the screen, so that results are kept with their age.

    Args:
        board: The console's: configuration and hub.

    Attributes:
        is_stale: Whether something was changed since: the screen then verifies again when it is seen.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hub = board.hub
        catalogue = load_checklist(user_file())
        self._items = catalogue.items
        self.problems: tuple[Problem, ...] = catalogue.problems
        self._found: dict[str, Verified] = {}
        self._reading: set[str] = set()
        self._at_s: float | None = None
        self._task: asyncio.Task[None] | None = None
        self.is_stale = True

    @property
    def keymap(self) -> dict[str, str]:
        """The configuration's rebinding."""
        return dict(self._board.config.keys)

    @property
    def is_reading(self) -> bool:
        """Whether a verification is under way."""
        return self._task is not None and not self._task.done()

    def refresh(self) -> None:
        """Verify everything; nothing while that is under way. Needs a running event loop."""
        if self.is_reading:
            return
        self.is_stale = False
        self._reading = {item.id for item in self._items}
        self._task = asyncio.get_running_loop().create_task(self._verify())

    def stop(self) -> None:
        """Give up what is under way; its threads die with the process."""
        if self._task is not None:
            self._task.cancel()

    async def _verify(self) -> None:
        hub = self._hub
        # A connection of its own: the checks' statements must not hold up what is polled.
        door = hub.postgres.twin() if hub.postgres is not None else None
        context = Context(self._board.config, hub.session, hub.clock, door)
        try:
            await verify(context, self._items, on_result=self._take)
            self._at_s = hub.clock.now()
        finally:
            self._reading = set()
            if door is not None:
                door.close()

    def _take(self, one: Verified) -> None:
        self._found[one.item.id] = one
        self._reading.discard(one.item.id)

    # ------------------------------------------------------------ what is shown

    def view(self) -> ChecklistView:
        """Return the screen."""
        return checklist_view(self._items, self._found, self._reading, self._at_s, self._hub.clock.now())

    def open_ids(self) -> tuple[str, ...]:
        """Return the items that fail or are unknown, in order."""
        left = (State.FAIL, State.UNKNOWN)
        return tuple(
            item.id
            for item in self._items
            if item.id in self._found and self._found[item.id].result.state in left
        )

    def detail(self, item: str, key: str) -> str:
        """Return an item whole; "" until it is verified.

        Args:
            item: Its id.
            key: The key that opens its fix.
        """
        found = self._found.get(item)
        return "" if found is None else detail_text(found, can_act=self.wanted(item) is not None, key=key)

    def title(self, item: str) -> str:
        """Return an item's title."""
        return next((one.title for one in self._items if one.id == item), "")

    def wanted(self, item: str) -> Wanted | None:
        """Return the action that mends an item; None where there is none, or nothing to apply it to."""
        found = self._found.get(item)
        fix = found.result.fix if found is not None else None
        if fix is None or not fix.action:
            return None
        targets = targets_of(BY_ID[fix.action], self._board.config)
        if not targets or (fix.target and fix.target not in targets):
            return None
        return Wanted(fix.action, fix.values, fix.target)

    def copied(self) -> str:
        """Return the checklist as Markdown; "" before anything is verified."""
        known = [self._found[item.id] for item in self._items if item.id in self._found]
        return markdown(known) if known else ""
