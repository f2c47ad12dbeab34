"""The checklist: eighteen items by group, their evidence, and enter for what mends one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.checkboard import ChecklistBoard
from tui.domain.actionruns import Wanted
from tui.keys import CHECKLIST, COMMANDS, effective, help_groups, hints, spell
from tui.presenters.checklist import READING, TITLE, ChecklistRow
from widgets.cells import fit
from widgets.dialogs import HelpDialog
from widgets.hints import HintBar
from widgets.look import BADGES, MUTED, STYLES, glyph, plain_symbols
from widgets.text import one_line
from widgets.textview import TextDialog

TICK_S: Final = 0.25
"""How often what has come is drawn."""
_WORD: Final = 7
_NARROW_TITLE: Final = 31
_EDGE: Final = 3
"""Cells that the list needs beside a row."""


def checklist_bindings() -> list[BindingType]:
    """Return the bindings of the screen's commands."""
    return [
        Binding(one.keys, one.action, one.text, show=False, id=one.id, priority=one.id == "check-open")
        for one in COMMANDS
        if one.group == CHECKLIST
    ]


class ChecklistScreen(ModalScreen[None]):
    """The screen; it verifies when it is first seen, and again when something was changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *checklist_bindings(),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]
    AUTO_FOCUS = "OptionList"

    def __init__(
        self,
        board: ChecklistBoard,
        *,
        act: Callable[[Wanted], object],
        copy: Callable[[str], object],
        use_ascii: bool,
    ) -> None:
        """Make the screen.

        Args:
            board: What is shown.
            act: Opens the tuning actions at one of them.
            copy: Copies a text and tells how.
            use_ascii: Draw without special characters.
        """
        super().__init__()
        self._board = board
        self._act = act
        self._copy = copy
        self._ascii = use_ascii
        self._drawn: tuple[ChecklistRow, ...] = ()
        self._width = 0

    def compose(self) -> ComposeResult:
        """Compose heading, list, the item whole, and hints."""
        yield Static(id="check-title", markup=False)
        yield OptionList(id="check-list", markup=False, compact=True)
        yield Static(id="check-detail", markup=False)
        yield HintBar(hints(self._board.keymap, of=CHECKLIST))

    def on_mount(self) -> None:
        """Begin to draw; tell what is wrong with the user's file."""
        self.set_class(self._ascii, "-ascii")
        self.set_interval(TICK_S, self.show)
        for problem in self._board.problems:
            self.notify(one_line(str(problem), 300), severity="warning", markup=False)
        self.show()

    def on_resize(self, _: Resize) -> None:
        """Lay the rows out for the new width."""
        self._drawn = ()
        self.call_after_refresh(self.show)

    # ------------------------------------------------------------ drawing

    def _plain(self, text: str) -> str:
        return plain_symbols(text) if self._ascii else text

    def show(self) -> None:
        """Draw what has come; verify where nothing was yet, or where an action has ended meanwhile."""
        if self._board.is_stale and self.is_current:
            self._board.refresh()
        view = self._board.view()
        mark = glyph(view.level, ascii=self._ascii)
        badge = BADGES[view.level] if view.level is not None else "bold reverse $primary"
        heading = (f" {mark} Checklist ", badge), (f"  {self._plain(view.heading)}", MUTED)
        self.query_one("#check-title", Static).update(Content.assemble(*heading))
        options = self.query_one(OptionList)
        width = options.size.width - _EDGE
        if width > 0 and (view.rows != self._drawn or width != self._width):
            self._fill(options, view.rows, width)
        self._detail()

    def _fill(self, options: OptionList, rows: tuple[ChecklistRow, ...], width: int) -> None:
        same = width == self._width and len(rows) == len(self._drawn)
        before, self._drawn, self._width = self._drawn, rows, width
        if same:
            for at, row in enumerate(rows):
                if row != before[at]:
                    options.replace_option_prompt_at_index(at, self._line(row, width))
            return
        kept = options.highlighted
        options.clear_options()
        options.add_options(
            [Option(self._line(row, width), id=row.id or None, disabled=not row.id) for row in rows]
        )
        options.highlighted = kept if kept is not None else next(n for n, row in enumerate(rows) if row.id)

    def _line(self, row: ChecklistRow, width: int) -> Content:
        if not row.id:
            return Content.assemble((row.text, "bold $text-primary"))
        title = TITLE if width >= 100 else _NARROW_TITLE
        style = MUTED if row.word == READING else STYLES[row.level]
        mark = "." if self._ascii else "…"
        if row.word != READING:
            mark = glyph(row.level, ascii=self._ascii) if row.word else " "
        left = fit(one_line(row.text, 80), title, ascii=self._ascii)
        room = max(0, width - title - _WORD - 6)
        evidence = fit(self._plain(one_line(row.evidence, 600)), room, ascii=self._ascii) if room else ""
        return Content.assemble(
            (f" {mark} {row.word:<{_WORD}} ", style),
            (f"{left} ", "bold" if style in (STYLES[row.level],) and "bold" in style else ""),
            (evidence.rstrip(), MUTED),
        )

    def _detail(self) -> None:
        item = self._item
        key = spell(effective(self._board.keymap)["check-open"].split(",")[0])
        text = self._board.detail(item, key) if item else ""
        self.query_one("#check-detail", Static).update(Content(self._plain(text)))

    @property
    def _item(self) -> str:
        """Id of the highlighted item; "" for none."""
        options = self.query_one(OptionList)
        found = options.highlighted_option
        return (found.id or "") if found is not None else ""

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._detail()

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        self.action_open()

    # ------------------------------------------------------------ keys

    def action_open(self) -> None:
        """Open the action that mends the item, or show it whole."""
        item = self._item
        wanted = self._board.wanted(item) if item else None
        if wanted is not None:
            self._act(wanted)
            return
        text = self._board.detail(item, "") if item else ""
        if text:
            self.app.push_screen(TextDialog(self._board.title(item), self._plain(text)))

    def action_again(self) -> None:
        """Verify everything again."""
        self._board.refresh()
        self.show()

    def action_step(self, step: int) -> None:
        """Go to the next or previous item that is open."""
        options = self.query_one(OptionList)
        at = options.highlighted if options.highlighted is not None else -1
        places = [options.get_option_index(one) for one in self._board.open_ids()]
        ahead = [one for one in places if (one > at if step > 0 else one < at)]
        if ahead:
            options.highlighted = min(ahead) if step > 0 else max(ahead)
        elif places:
            options.highlighted = min(places) if step > 0 else max(places)
        else:
            self.notify("Nothing is open.", timeout=2, markup=False)

    def action_move(self, step: int) -> None:
        """Move the cursor by one item."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_copy(self) -> None:
        """Copy the whole checklist."""
        self._copy(self._board.copied())

    def action_help(self) -> None:
        """Show the keys of this screen."""
        groups = tuple(one for one in help_groups(self._board.keymap) if one[0] == CHECKLIST)
        self.app.push_screen(HelpDialog(groups))

    def action_leave(self) -> None:
        """Close the screen; what is being verified goes on."""
        self.dismiss(None)
