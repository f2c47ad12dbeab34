"""Opens the windows above the console, each with its modules imported when it is first asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.board import Board
from tui.screens.console import ConsoleScreen

if TYPE_CHECKING:
    from pathlib import Path

    from config.runbooks import Step
    from tui.actionwindow import ActionWindow
    from tui.checkboard import ChecklistBoard
    from tui.dbboard import DatabaseBoard
    from tui.explainboard import ExplainBoard
    from tui.incidentdesk import IncidentDesk
    from tui.insightsboard import InsightsBoard
    from tui.querydesk import QueryDesk, Sources

_log = logging.getLogger(__name__)


class Windows:
    """The windows of one console, and what they keep while it runs.

    Args:
        app: Where they are pushed.
        board: What they show.
        console: What lies below them.
        actions: The window of tuning actions, which others lead to.
        incident: What the explanation's ticks are told to.
        copy: Copies a text and tells how.
        use_ascii: Draw without special characters.
        sources: Who answers Insights queries; None: AWS and the log lines at hand.

    Attributes:
        insights, database, checklist, explained: What was opened so far; None before.
    """

    def __init__(
        self,
        app: App[Any],
        board: Board,
        console: ConsoleScreen,
        *,
        actions: ActionWindow,
        incident: IncidentDesk,
        copy: Callable[[str], object],
        use_ascii: bool,
        sources: Sources | None,
    ) -> None:
        self._app = app
        self._board = board
        self._hub = board.hub
        self._console = console
        self._actions = actions
        self._incident = incident
        self._copy = copy
        self._ascii = use_ascii
        self._sources = sources
        self._history_lock = threading.Lock()
        self.insights: InsightsBoard | None = None
        self.database: DatabaseBoard | None = None
        self.checklist: ChecklistBoard | None = None
        self.explained: ExplainBoard | None = None

    def close(self) -> None:
        """Stop what they have under way."""
        if self.insights is not None:
            self.insights.desk.stop_all()
        if self.checklist is not None:
            self.checklist.stop()

    @property
    def queries(self) -> QueryDesk | None:
        """The Insights queries of this console; None before the first window."""
        return self.insights.desk if self.insights is not None else None

    # ------------------------------------------------------------ explanation, database, checklist

    def open_explain(self) -> None:
        """Explain the focused breach, or the worst."""
        from tui.explainboard import ExplainBoard
        from tui.incidentjoin import join
        from tui.screens.explain import ExplainScreen

        if self.explained is None:
            self.explained = ExplainBoard(self._board)
        join(self._incident, self.explained)
        if self.explained.choose(self._console.focused_source, self._console.focused_metric) is None:
            text = "Nothing is breached. Choose a figure to have it explained."
            self._app.notify(text, markup=False)
            return
        screen = ExplainScreen(self.explained, start=self._start_step, copy=self._copy, use_ascii=self._ascii)
        self._app.push_screen(screen)

    def _start_step(self, step: Step, moment_s: float | None) -> None:
        """Open what a step of a runbook leads to."""
        from tui.explainboard import ExplainBoard

        board = self.explained
        if board is None or board.finding is None:
            return
        if step.query:
            self.open_insights(step.query, moment_s)
        elif step.action:
            self._actions.open(board.wanted(step), source=ExplainBoard.pane_of(step) or "")
        elif step.screen is not None and step.screen.startswith("database-"):
            self.open_database(step.screen.removeprefix("database-"))
        elif step.screen is not None:
            self._app.screen.dismiss(None)
            self._console.start_step(step.screen, board.finding, moment_s)

    def open_database(self, tab: str = "") -> None:
        """Look into PostgreSQL, at a tab where one is named."""
        from tui.dbboard import DatabaseBoard
        from tui.screens.database import DatabaseScreen

        if self._hub.postgres is None:
            text = "No PostgreSQL address is configured: set database_url or database.host, and start again."
            self._app.notify(text, severity="warning", markup=False)
            return
        if self.database is None:
            self.database = DatabaseBoard(self._board)
        if tab:
            self.database.tab = tab
        act = partial(self._actions.open, source="rds")
        screen = DatabaseScreen(self.database, act=act, copy=self._copy, use_ascii=self._ascii)
        self._app.push_screen(screen)

    def open_checklist(self) -> None:
        """Verify the checklist."""
        from tui.checkboard import ChecklistBoard
        from tui.screens.checklist import ChecklistScreen

        if self.checklist is None:
            self.checklist = ChecklistBoard(self._board)
        screen = ChecklistScreen(
            self.checklist, act=self._actions.open, copy=self._copy, use_ascii=self._ascii
        )
        self._app.push_screen(screen)

    def action_ended(self) -> None:
        """Let what was verified before an action be verified again."""
        if self.checklist is not None:
            self.checklist.is_stale = True

    # ------------------------------------------------------------ Insights

    def open_insights(self, start: str = "", since_s: float | None = None) -> None:
        """Open Logs Insights; a query that is named runs at once, over the time since a moment."""
        from tui.screens.insights import InsightsScreen

        board = self.insights or self._make_insights()
        if start and since_s is not None:
            now_s = self._hub.clock.now()
            span = board.written_span(since_s - max(900.0, (now_s - since_s) / 2), now_s)
            board.desk.draft.range = span
        screen = InsightsScreen(board, self._console.focused_source, use_ascii=self._ascii, start=start)
        self._app.push_screen(screen, self._leave_insights)

    def _make_insights(self) -> InsightsBoard:
        from config.paths import writable_state_dir
        from config.queries import user_file
        from tui.insightsboard import InsightsBoard
        from tui.querydesk import QueryDesk
        from tui.queryhistory import FILE, load_history
        from tui.querysources import sources_of

        folder = writable_state_dir()
        file = folder / FILE if folder is not None else None
        desk = QueryDesk(
            self._sources or sources_of(self._hub),
            self._hub.clock.now,
            load_history(file) if file is not None else (),
            lambda history: self._keep_history(file),
        )
        self.insights = InsightsBoard(self._board, desk, user_file())
        return self.insights

    def _keep_history(self, file: Path | None) -> None:
        """Write the history down on a thread; a disk that takes no more is no reason to disturb."""
        from tui.queryhistory import save_history

        def save() -> None:
            # One after the other, so that the newest is what stays.
            with self._history_lock:
                if file is not None and self.insights is not None:
                    try:
                        save_history(file, self.insights.desk.history)
                    except OSError as error:
                        _log.warning("the history of queries cannot be written: %s", error)

        threading.Thread(target=save, name="history", daemon=True).start()

    def _leave_insights(self, moment_s: float | None) -> None:
        if moment_s is not None:
            self._console.go_to(moment_s)
