"""A dialog to choose one of several things, narrowed down by typing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from widgets.cells import cell_len, fit
from widgets.dialogs import dialog_css
from widgets.look import MUTED

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Something to choose.

    Attributes:
        value: What the dialog answers.
        label: What is read.
        note: Said beside, muted; why the choice is off, if it is.
        is_off: Whether it can be seen but not chosen.
        group: Heading above it and those that follow with the same; "" for none.
        words: Other words to find it by.
        is_aside: Whether it is highlighted at first only where there is nothing else.
    """

    value: T
    label: str
    note: str = ""
    is_off: bool = False
    group: str = ""
    words: str = ""
    is_aside: bool = False


def matching(choices: tuple[Choice[T], ...], words: str) -> tuple[Choice[T], ...]:
    """Return the choices that contain every word, in label, note, heading or other words, in any case."""
    wanted = words.lower().split()
    return tuple(one for one in choices if all(word in _searched(one) for word in wanted))


def _searched(choice: Choice[T]) -> str:
    return f"{choice.label} {choice.note} {choice.group} {choice.words}".lower()


class PickerDialog(ModalScreen[T | None]):
    """A list with a filter; the answer is the chosen value, None when it was closed."""

    DEFAULT_CSS = (
        dialog_css("PickerDialog")
        + """
    PickerDialog .dialog--box { width: 72; }
    PickerDialog Input { width: 1fr; }
    PickerDialog OptionList { height: auto; max-height: 18; border: none; background: $surface; padding: 0; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
    ]

    def __init__(self, title: str, choices: tuple[Choice[T], ...], current: T | None = None) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            choices: In order.
            current: The value that is highlighted at first.
        """
        super().__init__()
        self._title = title
        self._choices = choices
        self._shown = choices
        self._current = current

    def compose(self) -> ComposeResult:
        """Compose filter and list."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            yield Input(placeholder="type to narrow down", compact=True)
            yield OptionList(markup=False, compact=True)
            yield Static(Content("enter chooses · esc cancels"), classes="dialog--foot")

    def on_mount(self) -> None:
        """Fill the list; keys go to the filter, arrows to the list."""
        self._fill("")
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, words: str) -> None:
        self._shown = matching(self._choices, words)
        options = self.query_one(OptionList)
        options.clear_options()
        width = min(36, max((cell_len(one.label) for one in self._choices), default=0))
        options.add_options(
            Option(
                Content.assemble(
                    (fit(one.label, max(width, cell_len(one.label))), ""), (f"  {one.note}", MUTED)
                ),
                disabled=one.is_off,
            )
            for one in self._shown
        )
        values = [one.value for one in self._shown]
        if self._current in values:
            options.highlighted = values.index(self._current)
        elif self._shown:
            options.action_first()

    def action_step(self, steps: int) -> None:
        """Move the highlight."""
        options = self.query_one(OptionList)
        if steps > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._choose(self.query_one(OptionList).highlighted)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_index)

    def _choose(self, index: int | None) -> None:
        if index is not None and index < len(self._shown) and not self._shown[index].is_off:
            self.dismiss(self._shown[index].value)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
