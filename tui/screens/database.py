"""The database screen: statements, activity, connections, indexes, tables, and what to do about a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.collect.offload import offload
from tui.dbboard import DatabaseBoard
from tui.domain.actionruns import Wanted
from tui.domain.errors import SourceError
from tui.keys import COMMANDS, DATABASE, help_groups, hints
from tui.pgadvice import Advice
from tui.presenters.database import TABS, TabView
from tui.presenters.dbindexes import wanted_of
from widgets.dialogs import HelpDialog, PromptDialog
from widgets.hints import HintBar
from widgets.look import plain_symbols
from widgets.resulttable import ResultTable
from widgets.text import one_line
from widgets.textview import TextDialog

TICK_S: Final = 0.5
"""How often what has come is drawn."""
ADVISE_S: Final = 30.0
"""How often the indexes are analysed while their tab is shown."""
_STYLES: Final = {"": "", "muted": "dim", "warning": "bold $text-warning", "critical": "bold $text-error"}


def database_bindings() -> list[BindingType]:
    """Return the bindings of the screen's commands."""
    return [
        Binding(one.keys, one.action, one.text, show=False, id=one.id, priority=one.keys.startswith("tab"))
        for one in COMMANDS
        if one.group == DATABASE
    ]


class DatabaseScreen(ModalScreen[None]):
    """The screen; it reads often while it is there, and as before when it has gone."""

    BINDINGS: ClassVar[list[BindingType]] = database_bindings()
    AUTO_FOCUS = "ResultTable"

    def __init__(
        self,
        board: DatabaseBoard,
        *,
        act: Callable[[Wanted | None], object],
        copy: Callable[[str], object],
        use_ascii: bool,
    ) -> None:
        """Make the screen.

        Args:
            board: What is shown.
            act: Opens the tuning actions, at one of them where it is given.
            copy: Copies a text and tells how.
            use_ascii: Draw without special characters.
        """
        super().__init__()
        self._board = board
        self._act = act
        self._copy = copy
        self._ascii = use_ascii
        self._drawn: tuple[object, ...] = ()
        self._words = ""
        self._advised = False

    def compose(self) -> ComposeResult:
        """Compose heading, tabs, load, table and note."""
        yield Static(id="db-title", markup=False)
        yield Static(id="db-tabs", markup=False)
        yield Static(id="db-load", markup=False)
        yield ResultTable(ascii=self._ascii)
        yield Static(id="db-empty", markup=False)
        yield Static(id="db-note", markup=False)
        yield HintBar(hints(self._board.keymap, of=DATABASE))

    def on_mount(self) -> None:
        """Begin to read often."""
        self.set_class(self._ascii, "-ascii")
        self._board.open()
        self.set_interval(TICK_S, self.show)
        self.set_interval(ADVISE_S, self._advise)
        self.show()
        self._advise()

    def on_unmount(self) -> None:
        """Read as seldom as before."""
        self._board.close()

    # ------------------------------------------------------------ drawing

    def _plain(self, text: str) -> str:
        return plain_symbols(text) if self._ascii else text

    def show(self) -> None:
        """Draw what has come; nothing where nothing is new."""
        board = self._board
        if not self._advised and isinstance(board.advice, type(None)):
            self._advise()
        name, more, wrong = board.title()
        view = board.view(self.size.width)
        heads = (name, more, wrong, board.tabs(), board.load(), view.note)
        drawn = (board.tab, view, heads)
        if drawn == self._drawn:
            return
        is_same = bool(self._drawn) and self._drawn[0] == board.tab
        self._drawn = drawn
        parts = [(f" {one_line(name, 80)} ", "bold reverse $primary"), ("  " + self._plain(more), "dim")]
        if wrong:
            parts.append((f"  {self._plain(one_line(wrong, 300))}", "bold $text-error"))
        self.query_one("#db-title", Static).update(Content.assemble(*parts))
        tabs: list[tuple[str, str]] = []
        for label, is_shown, level in board.tabs():
            tabs += [(f" {label} ", "bold reverse" if is_shown else _STYLES[level] or "dim"), ("  ", "")]
        self.query_one("#db-tabs", Static).update(Content.assemble(*tabs))
        load = [(self._plain(text), _STYLES[level]) for text, level in board.load()]
        self.query_one("#db-load", Static).update(Content.assemble(*load))
        table, empty = self.query_one(ResultTable), self.query_one("#db-empty", Static)
        table.show(view.columns, view.rows, keep=is_same, key="_key", widest=view.widest)
        self._want_texts(view)
        if not is_same and self._words:
            self._words = ""
        table.display, empty.display = bool(view.rows), not view.rows
        empty.update(Content(self._plain(view.empty)))
        if table.display and self.focused is None:
            table.focus()
        self._note(view.note)

    def _want_texts(self, view: TabView) -> None:
        """Have the texts read of the rows at the top, in whatever order they stand."""
        if self._board.tab == "statements" and view.rows:
            shown = self.query_one(ResultTable).data.shown()[: self.size.height]
            self._board.want_texts(row["_key"] for row in shown)

    def _note(self, note: str) -> None:
        text = f"only rows with “{self._words}” · {note}" if self._words else note
        self.query_one("#db-note", Static).update(Content(self._plain(one_line(text, 400))))

    # ------------------------------------------------------------ keys

    def action_tab(self, number: int) -> None:
        """Show a tab by its number, from 0."""
        self._board.tab = TABS[number]
        self.show()
        self._advise()

    def action_step_tab(self, step: int) -> None:
        """Show the next or previous tab."""
        self.action_tab((TABS.index(self._board.tab) + step) % len(TABS))

    def action_sort(self) -> None:
        """Sort by the column under the cursor."""
        self.query_one(ResultTable).sort()

    @work(exclusive=True, exit_on_error=False, group="filter")
    async def action_filter(self) -> None:
        """Show only rows with some words."""
        note = "Rows that contain every word; empty shows all."
        words = await self.app.push_screen_wait(PromptDialog("Filter", self._words, "words", note))
        if words is not None:
            self._words = words.strip()
            self.query_one(ResultTable).narrow(self._words)
            self._note(self._board.view(self.size.width).note)

    def action_open(self) -> None:
        """Show the row whole, or what can be done about it."""
        self.query_one(ResultTable).action_open()

    @on(ResultTable.Opened)
    def _opened(self, event: ResultTable.Opened) -> None:
        event.stop()
        key = event.row.get("_key", "")
        if self._board.tab == "statements":
            self._open_statement(key)
        elif self._board.tab == "activity":
            self._open_session(key)
        elif self._board.tab == "indexes":
            self._act(wanted_of(event.row))
        elif self._board.tab == "tables":
            self._open_table(key)

    @work(exclusive=True, exit_on_error=False, group="open")
    async def _open_statement(self, key: str) -> None:
        found = self._board.statement(key)
        if found is None:
            return
        self._note("asking the planner…")
        try:
            text, code = await offload(self._board.statement_reader(found), name="pg-plan")
        except SourceError as error:
            self.notify(f"{error.summary} {error.hint}", severity="warning", markup=False)
            return
        finally:
            self._note(self._board.view(self.size.width).note)
        offers = (("n", "creates an index", "index"),)
        dialog = TextDialog("Statement", self._plain(text), offers=offers, code=code)
        if await self.app.push_screen_wait(dialog) == "index":
            self._act(Wanted("db-create-index"))

    @work(exclusive=True, exit_on_error=False, group="open")
    async def _open_session(self, key: str) -> None:
        found = self._board.session(key)
        if found is None:
            self.notify("That session has ended.", timeout=3, markup=False)
            return
        offers = (("C", "cancels its statement", "db-cancel"), ("K", "ends it", "db-terminate"))
        body = self._plain(self._board.session_body(found))
        wanted = await self.app.push_screen_wait(TextDialog(f"Session {found.pid}", body, offers=offers))
        if wanted:
            self._act(Wanted(wanted, {"pid": str(found.pid)}))

    @work(exclusive=True, exit_on_error=False, group="open")
    async def _open_table(self, key: str) -> None:
        found = self._board.table(key)
        if found is None:
            return
        from tui.actions.pg_common import shown_name

        offers = (
            ("n", "creates an index", "db-create-index"),
            ("v", "vacuums it", "db-vacuum"),
            ("e", "analyzes it", "db-analyze"),
        )
        body = self._plain(self._board.table_body(found))
        wanted = await self.app.push_screen_wait(
            TextDialog(one_line(shown_name(found), 80), body, offers=offers)
        )
        if wanted:
            self._act(Wanted(wanted, {"table": shown_name(found)}))

    def _signal(self, action: str) -> None:
        row = self.query_one(ResultTable).row
        if self._board.tab != "activity" or row is None:
            self.notify("Choose a session in the activity (2) first.", timeout=3, markup=False)
            return
        self._act(Wanted(action, {"pid": row.get("_key", "")}))

    def action_cancel_statement(self) -> None:
        """Plan to cancel the statement of the session."""
        self._signal("db-cancel")

    def action_end_session(self) -> None:
        """Plan to end the session."""
        self._signal("db-terminate")

    def action_actions(self) -> None:
        """Open the tuning actions."""
        self._act(None)

    def action_copy_row(self) -> None:
        """Copy the statement of the row, or the cell."""
        table = self.query_one(ResultTable)
        key = table.row.get("_key", "") if table.row is not None else ""
        self._copy(self._board.full_text(key) or table.cell)

    def action_again(self) -> None:
        """Read everything now."""
        self._board.refresh()
        self._advise()

    def action_help(self) -> None:
        """Show the keys of this screen."""
        groups = tuple(one for one in help_groups(self._board.keymap) if one[0] == DATABASE)
        self.app.push_screen(HelpDialog(groups))

    def action_leave(self) -> None:
        """Close the screen."""
        self.dismiss(None)

    # ------------------------------------------------------------ advice

    @work(exclusive=True, exit_on_error=False, group="advise")
    async def _advise(self) -> None:
        """Analyse the indexes anew, beside everything else."""
        board = self._board
        if board.tab != "indexes" and isinstance(board.advice, Advice):
            return
        try:
            reader = board.adviser()
            if reader is None:
                return
            self._advised = True
            board.advice = await offload(reader, name="pg-advice")
        except SourceError as error:
            board.advice = error
        self.show()
