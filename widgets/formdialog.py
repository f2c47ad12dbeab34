"""A dialog that asks for several short texts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from widgets.dialogs import dialog_css
from widgets.look import MUTED


class FormDialog(ModalScreen[Mapping[str, str] | None]):
    """A line for each name; the answer is what was written by name, None when it was closed."""

    DEFAULT_CSS = (
        dialog_css("FormDialog")
        + """
    FormDialog .dialog--box { width: 76; }
    FormDialog Input { width: 1fr; margin: 0 0 1 0; }
    FormDialog .form--label { text-style: bold; }
    FormDialog .form--note { width: 1fr; height: auto; margin: 0 0 1 0; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        title: str,
        names: Sequence[str],
        values: Mapping[str, str],
        note: str = "",
        optional: Collection[str] = (),
    ) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            names: What is asked for, in order; sanitised.
            values: What the lines hold at first, by name.
            note: A sentence beneath.
            optional: Names whose lines may stay empty.
        """
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._values = values
        self._note = note
        self._optional = optional

    def compose(self) -> ComposeResult:
        """Compose a labelled line for each name."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            for index, name in enumerate(self._names):
                yield Static(Content(name), classes="form--label")
                yield Input(self._values.get(name, ""), id=f"form-{index}", compact=True)
            if self._note:
                yield Static(Content.styled(self._note, MUTED), classes="form--note")
            yield Static(Content("enter goes on, at last accepts · esc cancels"), classes="dialog--foot")

    def on_mount(self) -> None:
        """Begin with the first line."""
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        lines = list(self.query(Input))
        later = lines[lines.index(event.input) + 1 :]
        needed = [line for name, line in zip(self._names, lines, strict=True) if name not in self._optional]
        wanted = next(iter(later), None) or next((line for line in needed if not line.value.strip()), None)
        if wanted is not None:
            wanted.focus()
            return
        self.dismiss({name: line.value for name, line in zip(self._names, lines, strict=True)})

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
