"""A dialog to choose several of some names, or to write others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from widgets.dialogs import dialog_css
from widgets.text import one_line


class _Filter(Input):
    """An input that leaves space to the list: names hold none."""

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Whether the input takes a key for itself."""
        return key != "space" and super().check_consume_key(key, character)


class MultiPicker(ModalScreen[tuple[str, ...] | None]):
    """Names with marks; the answer is those that are marked, None when it was closed.

    Names hold no spaces: space marks and unmarks. What is typed narrows the list down; what no name of the
    list contains is a name itself.
    """

    DEFAULT_CSS = (
        dialog_css("MultiPicker")
        + """
    MultiPicker .dialog--box { width: 84; }
    MultiPicker Input { width: 1fr; }
    MultiPicker OptionList { height: auto; max-height: 18; border: none; background: $surface; padding: 0; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "step(1)", show=False, priority=True),
        Binding("up", "step(-1)", show=False, priority=True),
        Binding("space", "mark", show=False, priority=True),
    ]

    def __init__(self, title: str, names: Sequence[str], chosen: Sequence[str]) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            names: In order.
            chosen: Those that are marked at first.
        """
        super().__init__()
        self._title = title
        self._names = list(dict.fromkeys([*names, *chosen]))
        self._chosen = set(chosen)
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        """Compose filter, list and foot."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            yield _Filter(placeholder="type to narrow down, or another name or glob", compact=True)
            options = OptionList(markup=False, compact=True)
            options.can_focus = False
            yield options
            yield Static(
                Content("space marks · enter takes what is marked · esc cancels"), classes="dialog--foot"
            )

    def on_mount(self) -> None:
        """Fill the list; keys go to the filter."""
        self._fill()
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _filter(self) -> None:
        self._fill()

    @property
    def _written(self) -> str:
        return self.query_one(Input).value.strip()

    def _fill(self) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        words = self._written.lower()
        self._shown = [name for name in self._names if words in name.lower()] or [self._written]
        options.clear_options()
        options.add_options(
            Option(Content(f"{'[x]' if name in self._chosen else '[ ]'} {one_line(name, 200)}"))
            for name in self._shown
        )
        options.highlighted = min(at, len(self._shown) - 1)

    def action_step(self, steps: int) -> None:
        """Move the highlight."""
        options = self.query_one(OptionList)
        if steps > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_mark(self) -> None:
        """Mark the highlighted name, or no more."""
        name = self._current()
        if name:
            self._chosen ^= {name}
            if name not in self._names:
                self._names.append(name)
                self.query_one(Input).value = ""
            self._fill()

    def _current(self) -> str:
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else ""

    @on(Input.Submitted)
    def _submitted(self) -> None:
        name = self._current()
        if name and (self._written or not self._chosen):
            # Whoever types a name and presses enter means it.
            self._chosen.add(name)
            self._names = list(dict.fromkeys([*self._names, name]))
        self.dismiss(tuple(name for name in self._names if name in self._chosen))

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_mark()

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
