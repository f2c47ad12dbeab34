"""The keys of the incident in the console, and the terminal's own notifications."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.board import Board
from tui.domain.findings import BreachEvent, Finding
from tui.incidentdesk import SNOOZES, IncidentDesk
from tui.notify import RESTORE_TITLE, SAVE_TITLE, terminal_notice, window_title
from tui.presenters.incident import record_markdown, summary
from tui.presenters.notices import notice
from widgets.picker import Choice, PickerDialog
from widgets.text import one_line
from widgets.textview import TextDialog

if TYPE_CHECKING:
    from textual.app import App

    from tui.querydesk import QueryDesk


class IncidentKeys:
    """Draws what the incident's desk makes.

    Args:
        app: Where dialogs are pushed.
        board: What is breached.
        desk: The incident.
        use_ascii: Charts without block characters.
    """

    def __init__(self, app: App[Any], board: Board, desk: IncidentDesk, *, use_ascii: bool) -> None:
        self._app = app
        self._board = board
        self._desk = desk
        self._ascii = use_ascii
        self._title = ""

    def tell(self, events: Sequence[BreachEvent]) -> None:
        """Tell edges beyond the screen."""
        config = self._board.config.notify
        for event in events:
            self._desk.send(event)
            if config.terminal != "none" and self._desk.is_heard(event, config.terminal_level):
                said = notice(event, ascii=self._ascii)
                in_tmux = bool(os.environ.get("TMUX"))
                self._write(terminal_notice(config.terminal, said.title, said.text, in_tmux=in_tmux))
        if config.title and self._board.is_judging:
            self._set_title()

    def _set_title(self) -> None:
        worst = next(iter(self._board.findings()), None)
        said = "ok" if worst is None else f"{worst.level.value}: {worst.resource}: {worst.sentence}"
        if said == self._title:
            return
        if not self._title:
            self._write(SAVE_TITLE)
        self._title = said
        self._write(window_title(f"cwtop {said}"))

    def close(self) -> None:
        """Give the title back and write the state down."""
        if self._title:
            self._write(RESTORE_TITLE)
        self._desk.close()

    def _write(self, sequence: str) -> None:
        driver = self._app._driver
        if driver is not None:
            driver.write(sequence)
            driver.flush()

    # ------------------------------------------------------------ the record

    def record(self, queries: QueryDesk | None) -> None:
        """Write the record and show it."""
        if queries is not None:
            self._desk.queries = lambda: (queries.runs, queries.history)
        record: Callable[[], Any] = self._record
        self._app.run_worker(record, group="incident", exclusive=True, exit_on_error=False)

    async def _record(self) -> None:
        try:
            record, files, why = await self._desk.write(ascii=self._ascii)
        except OSError as error:
            text = f"The record cannot be written: {error.strerror}. Set XDG_STATE_HOME or TMPDIR."
            self._app.notify(text, severity="error", timeout=15, markup=False)
            return
        where = f"{files[0]} and {files[1].suffix}"
        self._app.notify(f"{summary(record)}\nWritten to {where}. {why}".strip(), timeout=10, markup=False)
        self._app.push_screen(TextDialog(f"Incident: {where}", record_markdown(record, ascii=self._ascii)))

    # ------------------------------------------------------------ acknowledging

    def acknowledge(self, pane: str, metric: str) -> None:
        """Ask how long a breach is not to be told: the focused tile's, else the pane's, else the worst."""
        found = self._finding(pane, metric)
        if found is None:
            self._app.notify("Nothing is breached: there is nothing to acknowledge.", markup=False)
            return
        key = (found.id, found.resource)
        choices = [Choice(-1.0, "Acknowledge until it closes")]
        choices += [Choice(seconds, f"Snooze {label}") for label, seconds in SNOOZES]
        if key in self._desk.recorder.kept.mutes:
            choices.insert(0, Choice(0.0, "Tell of it again"))
        title = one_line(f"{found.resource}: {found.sentence}", 60)
        self._app.push_screen(PickerDialog(title, tuple(choices)), partial(self._answered, found))

    def _finding(self, pane: str, metric: str) -> Finding | None:
        findings = self._board.findings()
        name = self._board.shown(pane) if pane in ("ecs", "rds", "alb") else ""  # type: ignore[arg-type]
        here = [one for one in findings if one.pane == pane and one.resource == name]
        exact = [one for one in here if one.id == metric]
        return next(iter([*exact, *here, *findings]), None)

    def _answered(self, finding: Finding, seconds: float | None) -> None:
        if seconds is None:
            return
        if seconds == 0.0:
            self._desk.unmute((finding.id, finding.resource))
        else:
            self._desk.mute(finding, None if seconds < 0 else seconds)
