"""What the keys of the Insights modal do: dialogs around the query desk. No logic of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from config.queries import SaveError
from tui.collect.offload import offload
from tui.domain.queryruns import Run
from tui.domain.timespans import WINDOWS, span_text
from tui.insightsboard import InsightsBoard
from tui.keys import INSIGHTS, help_groups
from tui.presenters.querystatus import past_text
from widgets.dialogs import HelpDialog
from widgets.formdialog import FormDialog
from widgets.multipicker import MultiPicker
from widgets.picker import Choice, PickerDialog
from widgets.promptline import PromptLine
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable

if TYPE_CHECKING:
    from tui.screens.insights import InsightsScreen

OTHER: Final = "other"
NAME: Final = "name"
QUESTION: Final = "the question that it answers"


class InsightsDeeds:
    """Turns the modal's keys into calls of its board and desk.

    Args:
        host: The modal; its application shows dialogs and runs workers.
        board: What is chosen and what has come.
    """

    def __init__(self, host: InsightsScreen, board: InsightsBoard) -> None:
        self._host = host
        self._board = board
        self._desk = board.desk
        self._awaited = 0

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a conversation; another one that is open gives way."""
        self._host.app.run_worker(work(), group="insights", exclusive=True, exit_on_error=False)

    # ------------------------------------------------------------ asking

    def load(self, name: str) -> None:
        """Put a query of the catalogue into the editor, and run it."""
        query = self._board.catalogue.queries.get(name)
        if query is not None:
            self._put(name, query.text)
            self.run()

    def _put(self, name: str, text: str) -> None:
        draft = self._desk.draft
        draft.name, draft.is_chart, draft.groups = name, None, ()
        self._host.set_text(text.rstrip())

    def run(self, *, is_estimate: bool = False) -> None:
        """Run what stands in the editor, or ask what it would scan, after asking for its parameters."""
        if self._board.missing():
            self.start(partial(self._run_with_values, is_estimate=is_estimate))
        else:
            self._ask(is_estimate=is_estimate)

    async def _run_with_values(self, *, is_estimate: bool = False) -> None:
        names = self._board.missing()
        title = self._desk.draft.name or "Parameters"
        values = await self._host.app.push_screen_wait(FormDialog(title, names, self._desk.values))
        if values is not None:
            self._desk.values.update(values)
            self._ask(is_estimate=is_estimate)

    def run_with(self, name: str, values: Mapping[str, str]) -> None:
        """Run a query of the catalogue with its parameters known."""
        self._desk.values.update(values)
        self._put(name, self._board.catalogue.queries[name].text)
        self._ask()

    def _ask(self, *, is_estimate: bool = False) -> None:
        try:
            question = self._board.question(is_estimate=is_estimate)
        except ValueError as error:
            self._host.notify(str(error), severity="warning", markup=False)
            return
        self._awaited = self._desk.ask(question).number
        self._host.show()

    def follow_focus(self, run: Run | None) -> None:
        """Give the rows the focus once they are there; the editor where the query was refused."""
        if run is None or run.number != self._awaited:
            return
        if run.answer.rows:
            self._awaited = 0
            self._host.focus_result()
        elif run.fault is not None and run.fault.start is not None:
            self._awaited = 0
            editor = self._host.query_one(QueryEditor)
            if editor.marks:
                editor.point_at(editor.marks[0].start)
            editor.focus()

    # ------------------------------------------------------------ choosing

    async def choose_range(self) -> None:
        """Choose how far back, or from when to when."""
        choices = (
            Choice("", f"the console's window ({self._board.window})"),
            *(Choice(name, f"the last {name}") for name in WINDOWS),
            Choice(OTHER, "from … to …", "asks for the times"),
        )
        chosen = await self._host.app.push_screen_wait(PickerDialog("Range", choices, self._desk.draft.range))
        if chosen == OTHER:
            hint = "10:00 - 10:30, 2h - 1h (ago), 2026-11-23T10:00 to 2026-11-23T12:00"
            self._prompt("range", "range", self._desk.draft.range, hint, self._check_range)
        elif chosen is not None:
            self._desk.draft.range = chosen
            self._host.show()

    def _check_range(self, text: str) -> str:
        return span_text(*self._board.span(text)) if text else ""

    async def choose_groups(self) -> None:
        """Choose log groups, or write one."""
        board = self._board
        dialog = MultiPicker("Log groups", board.known_groups(), board.groups())
        chosen = await self._host.app.push_screen_wait(dialog)
        if chosen is not None:
            self._desk.draft.groups = chosen
            self._host.show()

    async def choose_past(self) -> None:
        """Choose a run from before; its query comes into the editor."""
        history = self._desk.history
        if not history:
            self._host.notify("Nothing has run yet.", timeout=3, markup=False)
            return
        now_s = self._board.now_s
        choices = tuple(Choice(number, *past_text(past, now_s)) for number, past in enumerate(history))
        chosen = await self._host.app.push_screen_wait(PickerDialog("Runs before", choices))
        if chosen is not None:
            self._put(history[chosen].name, history[chosen].text)
            self._host.query_one(QueryEditor).focus()

    def _prompt(
        self, mode: str, label: str, value: str, hint: str, check: Callable[[str], str] | None = None
    ) -> None:
        self._host.query_one(PromptLine).open(mode, label, value=value, hint=hint, check=check)

    def answer(self, mode: str, text: str) -> None:
        """Take what was typed into the prompt line."""
        if mode == "rows":
            self._host.query_one(ResultTable).narrow(text)
            self._host.show()
        elif mode == "range" and text:
            self._desk.draft.range = text
            self._host.show()

    async def save(self) -> None:
        """Save the query that stands in the editor under a name."""
        draft, path = self._desk.draft, self._board.path
        if not draft.text.strip():
            self._host.notify("There is no query to save.", severity="warning", markup=False)
            return
        known = self._board.catalogue.queries.get(draft.name)
        values = {NAME: draft.name, QUESTION: known.question if known is not None else ""}
        note = f"goes to {path}; a name of the catalogue is replaced"
        form = FormDialog("Save the query", (NAME, QUESTION), values, note, optional=(QUESTION,))
        found = await self._host.app.push_screen_wait(form)
        if found is None:
            return
        save = partial(self._board.save, found[NAME].strip(), found[QUESTION].strip())
        try:
            await offload(save, name="save")
        except SaveError as error:
            self._host.notify(str(error), severity="error", markup=False)
            return
        self._board.saved(found[NAME].strip())
        self._host.show_catalogue()
        self._host.notify(f"Saved as {found[NAME].strip()} in {path}", markup=False)

    def help(self) -> None:
        """Show the modal's keys."""
        groups = tuple(one for one in help_groups(self._board.keymap) if one[0] == INSIGHTS)
        self._host.app.push_screen(HelpDialog(groups))
