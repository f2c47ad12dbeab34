"""The explanation of a breach, and the steps of its runbook: each opens what it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from config.runbooks import Step
from tui.collect.offload import offload
from tui.explainboard import ExplainBoard
from tui.keys import COMMANDS, EXPLAIN, help_groups, hints
from tui.presenters.explain import ExplainView, explain_view, plain_text
from tui.triage.material import Explanation
from widgets.dialogs import HelpDialog
from widgets.hints import HintBar
from widgets.look import plain_symbols
from widgets.text import one_line

AGAIN_S: Final = 10.0
"""How often it is explained anew with what has come since."""
_STYLES: Final = {"": "", "head": "bold $text-primary", "strong": "bold", "muted": "dim"}
_LEVELS: Final = {
    "critical": "bold reverse $error",
    "warning": "bold reverse $warning",
    "": "bold reverse $primary",
}


def explain_bindings() -> list[BindingType]:
    """Return the bindings of the screen's commands."""
    return [
        Binding(one.keys, one.action, one.text, show=False, id=one.id, priority=True)
        for one in COMMANDS
        if one.group == EXPLAIN
    ]


class ExplainScreen(ModalScreen[None]):
    """The screen. What is at hand is shown at once; what takes its time fills in."""

    BINDINGS: ClassVar[list[BindingType]] = explain_bindings()
    AUTO_FOCUS = "#explain-body"

    def __init__(
        self,
        board: ExplainBoard,
        *,
        start: Callable[[Step, float | None], object],
        copy: Callable[[str], object],
        use_ascii: bool,
    ) -> None:
        """Make the screen.

        Args:
            board: What is explained; chosen already.
            start: Opens what a step leads to; told when the breach began, epoch seconds.
            copy: Copies a text and tells how.
            use_ascii: Draw without special characters.
        """
        super().__init__()
        self._board = board
        self._start = start
        self._copy = copy
        self._ascii = use_ascii
        self._found: Explanation | None = None
        self._reading = ""
        self._row = 0

    def compose(self) -> ComposeResult:
        """Compose heading, explanation and steps."""
        yield Static(id="explain-title", markup=False)
        yield Static(id="explain-more", markup=False)
        with VerticalScroll(id="explain-body"):
            yield Static(id="explain-text", markup=False)
        yield Static(id="explain-book", markup=False)
        with VerticalScroll(id="explain-steps", can_focus=False):
            yield Static(id="explain-list", markup=False)
        yield HintBar(hints(self._board.board.config.keys, of=EXPLAIN))

    def on_mount(self) -> None:
        """Explain with what is at hand, then read the rest."""
        self.set_class(self._ascii, "-ascii")
        for problem in self._board.problems:
            self.notify(problem, severity="warning", markup=False)
        self.show()
        self._read()
        self.set_interval(AGAIN_S, self._again)

    def on_resize(self) -> None:
        """Lay the table out anew."""
        self.show()

    # ------------------------------------------------------------ reading

    @work(exclusive=True, exit_on_error=False, group="explain")
    async def _read(self) -> None:
        """Explain, read a day of metrics, explain, read definitions and indexes, explain."""
        board = self._board
        self._tell("reading a day of metrics…")
        await self._explain()
        board.fetched = await offload(board.day_reader(), name="explain-day")
        self._tell("reading task definitions and indexes…")
        await self._explain()
        if self._found is not None:
            board.fetched = await offload(board.rest_reader(self._found), name="explain-rest")
        self._tell("")
        await self._explain()

    async def _explain(self) -> None:
        self._found = await offload(self._board.explainer(), name="explain")
        self._board.on_explained(self._found)
        self.show()

    @work(exclusive=True, exit_on_error=False, group="explain-again")
    async def _again(self) -> None:
        if not self._reading:
            await self._explain()

    def _tell(self, reading: str) -> None:
        self._reading = reading
        self.show()

    # ------------------------------------------------------------ drawing

    @property
    def view(self) -> ExplainView:
        """What is drawn."""
        board = self._board
        finding = self._found.finding if self._found is not None else board.finding
        assert finding is not None  # noqa: S101 - chosen before the screen opens
        book = board.book(self._found)
        names = board.books(self._found)
        done = [board.is_done(book[0], at) for at in range(len(book[1].steps))] if book else []
        view = explain_view(
            self._found,
            title=f"{finding.resource}: {finding.sentence}" if finding.resource else finding.sentence,
            level=finding.level.value if finding.level.is_breach else "",
            now_s=board.board.now_s,
            reading=self._reading,
            width=self.size.width,
            book=book[1] if book else None,
            place=(board.chosen % max(1, len(names)), len(names)),
            done=done,
        )
        return replace(view, title=one_line(view.title, 300))

    def _plain(self, text: str) -> str:
        # The console's own signs are of one width; what comes from outside stays as it is.
        return plain_symbols(text.replace("×", "x")) if self._ascii else text

    def show(self) -> None:
        """Draw what is known."""
        if not self.is_mounted:
            return
        view = self.view
        self.query_one("#explain-title", Static).update(
            Content.assemble((f" {self._plain(view.title)} ", _LEVELS.get(view.level, _LEVELS[""])))
        )
        self.query_one("#explain-more", Static).update(Content(self._plain(view.more)))
        parts: list[tuple[str, str]] = []
        for line in view.lines:
            parts += [(self._plain(text), _STYLES[style]) for text, style in line] + [("\n", "")]
        self.query_one("#explain-text", Static).update(Content.assemble(*parts[:-1]))
        self.query_one("#explain-book", Static).update(Content(self._plain(view.book)))
        self._draw_steps(view)

    def _draw_steps(self, view: ExplainView) -> None:
        self._row = max(0, min(self._row, len(view.steps) - 1))
        width = max(20, self.size.width - 2)
        lines: list[tuple[str, str]] = []
        for at, one in enumerate(view.steps):
            tick = "✓" if one.is_done else " "
            opens = f" [{one.opens}]"
            text = one_line(f"{one.number} {tick} {one.text}", max(10, width - len(opens)))
            style = "reverse" if at == self._row else "dim" if one.is_done else ""
            lines += [(self._plain(text), style), (self._plain(opens), "dim"), ("\n", "")]
        self.query_one("#explain-list", Static).update(Content.assemble(*lines[:-1]))
        box = self.query_one("#explain-steps", VerticalScroll)
        box.scroll_to(y=max(0, self._row - box.size.height + 1), animate=False)

    # ------------------------------------------------------------ keys

    def action_step(self, number: int) -> None:
        """Open what a step leads to, by its number from 0; advice is ticked."""
        book = self._board.book(self._found)
        if book is None or number >= len(book[1].steps):
            return
        self._row = number
        step = book[1].steps[number]
        self._board.tick(book[0], number, is_done=True)
        self.show()
        if step.opens:
            self._board.found = self._found
            self._start(step, self._found.started_s if self._found is not None else None)
        else:
            self.notify(f"{step.text}. Nothing to open: ticked.", timeout=4, markup=False)

    def action_open(self) -> None:
        """Open the step of the cursor."""
        self.action_step(self._row)

    def action_tick(self) -> None:
        """Put a tick on the step of the cursor, or take it away."""
        book = self._board.book(self._found)
        if book is not None:
            is_done = self._board.is_done(book[0], self._row)
            self._board.tick(book[0], self._row, is_done=not is_done)
            self.show()

    def action_move(self, rows: int) -> None:
        """Move the cursor through the steps."""
        self._row += rows
        self.show()

    def action_page(self, pages: int) -> None:
        """Scroll the explanation."""
        body = self.query_one("#explain-body", VerticalScroll)
        body.scroll_relative(y=pages * max(1, body.size.height - 2), animate=False)

    def action_next_book(self) -> None:
        """Show the next runbook that fits."""
        self._board.chosen += 1
        self._row = 0
        self.show()

    def action_copy(self) -> None:
        """Copy the whole as text."""
        self._copy(plain_text(self.view))

    def action_again(self) -> None:
        """Read everything anew."""
        self._read()

    def action_help(self) -> None:
        """Show the keys of this screen."""
        groups = tuple(one for one in help_groups(self._board.board.config.keys) if one[0] == EXPLAIN)
        self.app.push_screen(HelpDialog(groups))

    def action_leave(self) -> None:
        """Close the screen."""
        self.dismiss(None)
