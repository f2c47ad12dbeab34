"""The window of tuning actions in the console, and what is told of actions outside it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from config.paths import AUDIT_FILE, state_dir
from tui.board import Board
from tui.collect.offload import offload
from tui.domain.errors import SourceError
from tui.screens.console import ConsoleScreen
from widgets.text import one_line

if TYPE_CHECKING:
    from tui.actiondesk import ActionDesk
    from tui.domain.actionruns import LiveRun, Wanted

_log = logging.getLogger(__name__)


class ActionWindow:
    """Opens the window, and tells what runs in the status line, in notifications and on the timeline.

    Args:
        app: Where the window is pushed.
        board: What is breached.
        console: What lies below.
        copy: Copies a text and tells how.
        ended: Called when an action has ended.
        use_ascii: Draw without special characters.
    """

    def __init__(
        self,
        app: App[Any],
        board: Board,
        console: ConsoleScreen,
        *,
        copy: Callable[[str], object],
        ended: Callable[[], object],
        use_ascii: bool,
    ) -> None:
        self._app = app
        self._board = board
        self._hub = board.hub
        self._console = console
        self._copy = copy
        self._ended = ended
        self._ascii = use_ascii
        self._made: ActionDesk | None = None

    @property
    def running(self) -> tuple[LiveRun, ...]:
        """Runs that have not ended."""
        return self._made.running if self._made is not None else ()

    def close(self) -> None:
        """Close the way into the account, unless an action still uses it."""
        if self._made is not None and not self._made.running:
            self._made.close()

    def open(self, wanted: Wanted | None = None, source: str = "") -> None:
        """Open the list, or the action that is wanted; `source` is the pane whose resource it is for."""
        from tui.screens.actions import ActionsScreen

        screen = ActionsScreen(
            self._board,
            self._desk(),
            source or self._console.focused_source,
            self._console.focused_metric,
            start=wanted,
            copy=self._copy,
            use_ascii=self._ascii,
        )
        self._app.push_screen(screen)

    def look_back(self) -> None:
        """Take up what the audit log tells: runs that were cut off, and those that are on the timeline."""
        # Most consoles have never applied anything: they do without the modules that it takes.
        folder = state_dir()
        if folder is not None and (folder / AUDIT_FILE).is_file():
            self._work(self._pick_up, "pick-up")
            self._work(self._read_deeds, "deeds")

    def _work(self, what: Callable[[], Any], group: str) -> None:
        # Not its coroutine: a console that is closing starts no worker, and would leave it unawaited.
        self._app.run_worker(what, group=group, exclusive=True, exit_on_error=False)

    def _desk(self) -> ActionDesk:
        from tui.actiondesk import ActionDesk
        from tui.actions.door import open_door

        if self._made is None:
            session = self._hub.session
            opened = partial(
                open_door, self._board.config, self._hub.clock, keys=session.keys, reader=session
            )
            self._made = ActionDesk(opened, self._hub.clock.now)
            self._made.subscribe(self._on_action)
        return self._made

    def _on_action(self, run: LiveRun) -> None:
        """Tell in the status line what runs, and in a notification how it ended."""
        from tui.domain.plan import Status
        from tui.keys import effective, spell
        from tui.presenters.actionplan import end_notice, status_text

        self._board.activity = status_text(self.running)
        self._console.show()
        self._work(self._read_deeds, "deeds")
        if run.outcome is None:
            return
        key = spell(effective(self._board.config.keys)["action-undo"].split(",")[-1])
        title, text = end_notice(run, run.outcome, key)
        is_done = run.outcome.status is Status.DONE
        severity: Any = "information" if is_done else "error"
        self._app.notify(text, title=title, severity=severity, timeout=15, markup=False)
        self._hub.refresh()
        self._ended()

    async def _pick_up(self) -> None:
        """Go on watching actions that an earlier console was cut off from."""
        from tui.actions.audit import AuditError

        try:
            found = await self._desk().pick_up()
        except AuditError as error:
            _log.warning("the audit log cannot be read: %s", error)
            return
        except SourceError as error:
            text = f"An action was cut off, and who asks cannot be read: {error.summary}"
            self._app.notify(text, severity="warning", markup=False)
            return
        for run in found.resumed:
            title = "Watched again after it was cut off"
            self._app.notify(run.title, title=title, timeout=10, markup=False)
        for other in found.others:
            self._app.notify(
                f"{one_line(other.title, 120)}: cwtop audit {other.id} tells what was done and what is left.",
                title="An action was cut off",
                severity="warning",
                timeout=15,
                markup=False,
            )

    async def _read_deeds(self) -> None:
        """Put the actions of the audit log on the timeline."""
        from tui.actions.audit import AuditError, AuditLog

        try:
            runs = await offload(AuditLog.default().runs, name="audit")
        except AuditError as error:
            _log.warning("the timeline has no actions: %s", error)
            return
        self._board.timeline.take_runs(runs)
        self._console.show()
