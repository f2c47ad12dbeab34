"""A dialog that shows a whole text: a log event, an error, a plan."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.dialogs import dialog_css


class TextDialog(ModalScreen[None]):
    """A scrollable text."""

    DEFAULT_CSS = (
        dialog_css("TextDialog")
        + """
    TextDialog .dialog--box { width: 96%; height: 90%; }
    TextDialog VerticalScroll { height: 1fr; }
    TextDialog .text--body { width: 1fr; height: auto; }
    TextDialog .text--marked { text-style: bold; background: $primary-muted; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False),
        Binding("q", "close", "Close", show=False),
        Binding("y", "copy", "Copy", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    class CopyRequested(Message):
        """The user wants the text in the clipboard.

        Attributes:
            text: The whole text.
        """

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, title: str, text: str, marked: int | None = None) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            text: Sanitised text, never parsed as markup.
            marked: The number of a line, from 0, that is in view at first and stands out.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._marked = marked

    def compose(self) -> ComposeResult:
        """Compose the text."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            with VerticalScroll():
                yield from self._body()
            yield Static(Content("esc closes · y copies · arrows scroll"), classes="dialog--foot")

    def _body(self) -> ComposeResult:
        if self._marked is None:
            yield Static(Content(self._text), classes="text--body")
            return
        lines = self._text.split("\n")
        before, after = lines[: self._marked], lines[self._marked + 1 :]
        # An empty Static would still take a row.
        if before:
            yield Static(Content("\n".join(before)), classes="text--body")
        yield Static(Content(lines[self._marked]), classes="text--body text--marked")
        if after:
            yield Static(Content("\n".join(after)), classes="text--body")

    def on_mount(self) -> None:
        """Let the arrows scroll, and bring the marked line into view."""
        scroll = self.query_one(VerticalScroll)
        scroll.focus()
        for marked in self.query(".text--marked"):
            self.call_after_refresh(scroll.scroll_to_center, marked, animate=False)

    def action_scroll(self, rows: int) -> None:
        """Scroll by rows."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_copy(self) -> None:
        """Ask for a copy of the text."""
        self.post_message(self.CopyRequested(self._text))

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)
