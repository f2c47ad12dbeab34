"""A list of named things with a line about each, narrowed down by typing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from widgets.cells import fit
from widgets.look import MUTED, plain_symbols
from widgets.picker import Choice, matching


class Catalogue(Widget):
    """A filter and the names that pass it; arrows move, enter chooses."""

    DEFAULT_CSS = """
    Catalogue { height: 1fr; }
    Catalogue Input { width: 1fr; }
    Catalogue OptionList {
        height: 1fr; border: none; background: transparent; padding: 0; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
    ]

    class Chosen(Message):
        """The user wants one of the things.

        Attributes:
            name: Its value.
        """

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(
        self,
        choices: tuple[Choice[str], ...],
        current: str = "",
        *,
        label_width: int = 0,
        ascii: bool = False,
        id: str | None = None,
    ) -> None:
        """Make the list.

        Args:
            choices: In order.
            current: The value that is highlighted at first.
            label_width: Cells for the label of a thing that takes one row, its note beside it; 0 gives each
                two rows, the note below the label.
            ascii: Draw with characters that every font has.
            id: CSS id.
        """
        super().__init__(id=id)
        self._choices = choices
        self._shown: tuple[Choice[str] | None, ...] = ()
        self._label_width = label_width
        self._current = current
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        """Compose filter and list."""
        yield Input(placeholder="type to narrow down", compact=True)
        options = OptionList(markup=False, compact=True)
        options.can_focus = False
        yield options

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill("")

    def focus(self, scroll_visible: bool = True) -> Catalogue:
        """Give the filter the focus."""
        self.query_one(Input).focus(scroll_visible)
        return self

    def show(self, choices: tuple[Choice[str], ...], current: str) -> None:
        """Show other things."""
        self._choices, self._current = choices, current
        self._fill(self.query_one(Input).value)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._fill(event.value)

    def _fill(self, words: str) -> None:
        found = matching(self._choices, words)
        shown: list[Choice[str] | None] = []
        rows: list[Option] = []
        for before, one in zip((None, *found), found, strict=False):
            if one.group and (before is None or before.group != one.group):
                shown.append(None)
                rows.append(Option(self._heading(one.group), disabled=True))
            shown.append(one)
            rows.append(Option(self._option(one), disabled=one.is_off))
        self._shown = tuple(shown)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(rows)
        options.highlighted = self._first()

    def _first(self) -> int | None:
        """Return the position of the current thing, else of the first that can be chosen."""
        found = [(at, one) for at, one in enumerate(self._shown) if one is not None and not one.is_off]
        current = (at for at, one in found if one.value == self._current)
        return next(current, next((at for at, _ in sorted(found, key=lambda pair: pair[1].is_aside)), None))

    def _value(self, index: int) -> str:
        one = self._shown[index]
        return "" if one is None else one.value

    @property
    def highlighted(self) -> str:
        """The value under the highlight; "" for none."""
        index = self.query_one(OptionList).highlighted
        return "" if index is None else self._value(index)

    def _heading(self, text: str) -> Content:
        return Content.styled(plain_symbols(text) if self._ascii else text, "bold $text-primary")

    def _option(self, one: Choice[str]) -> Content:
        label, note = (
            (plain_symbols(one.label), plain_symbols(one.note)) if self._ascii else (one.label, one.note)
        )
        if self._label_width:
            indent = "  " if one.group else ""
            return Content.assemble(
                (indent + fit(label, self._label_width, ascii=self._ascii), "bold"), (f"  {note}", MUTED)
            )
        return Content.assemble((label, "bold"), (f"\n  {note}", MUTED))

    def action_step(self, steps: int) -> None:
        """Move the highlight."""
        options = self.query_one(OptionList)
        if steps > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.choose()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option_index)

    def choose(self) -> None:
        """Choose what is highlighted."""
        self._choose(self.query_one(OptionList).highlighted)

    def _choose(self, index: int | None) -> None:
        one = self._shown[index] if index is not None and index < len(self._shown) else None
        if one is not None and not one.is_off:
            self._current = one.value
            self.post_message(self.Chosen(self._current))
