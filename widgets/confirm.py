"""The confirmation of something that changes a service: Cancel has the focus, a name may have to be typed."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from widgets.dialogs import dialog_css


class ConfirmDialog(ModalScreen[bool]):
    """Says what is about to be done; the answer is whether to do it."""

    DEFAULT_CSS = (
        dialog_css("ConfirmDialog")
        + """
    ConfirmDialog .dialog--box { width: 100; }
    ConfirmDialog .confirm--scroll { width: 1fr; height: auto; max-height: 100%; }
    ConfirmDialog .confirm--text { width: 1fr; height: auto; }
    ConfirmDialog Input { width: 1fr; }
    ConfirmDialog .confirm--ask { width: 1fr; height: auto; margin: 1 0 0 0; text-style: bold; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, body: Content, name: str = "", why: str = "") -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            body: What is about to be done.
            name: To be typed before it can be applied; "" asks for no more than a button.
            why: Why it must be typed.
        """
        super().__init__()
        self._title = title
        self._body = body
        self._name = name
        self._why = why

    def compose(self) -> ComposeResult:
        """Compose text, name and buttons."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            with VerticalScroll(classes="confirm--scroll", can_focus=False):
                yield Static(self._body, classes="confirm--text")
            if self._name:
                yield Static(Content(f"{self._why} Type {self._name} to apply."), classes="confirm--ask")
                yield Input(placeholder="the name", compact=True, select_on_focus=False)
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Apply", id="apply", compact=True, disabled=bool(self._name))
            yield Static(
                Content(
                    "type the name, then enter · esc cancels" if self._name else "tab, enter · esc cancels"
                ),
                classes="dialog--foot",
            )

    def on_mount(self) -> None:
        """Let enter do no harm."""
        self.query_one("#cancel", Button).focus()

    def on_key(self, event: events.Key) -> None:
        """Begin to type the name wherever the focus is."""
        lines = self.query(Input)
        if event.is_printable and event.character and lines and not lines.first().has_focus:
            event.stop()
            lines.first().focus()
            lines.first().insert_text_at_cursor(event.character)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.query_one("#apply", Button).disabled = event.value.strip() != self._name

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value.strip() == self._name:
            self.dismiss(True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "apply")

    def action_close(self) -> None:
        """Cancel."""
        self.dismiss(False)
