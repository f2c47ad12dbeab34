"""A dialog that shows a whole text: a log event, an error, a plan."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.dialogs import dialog_css

MOST_COLOURED: Final = 65_536
"""Characters of SQL that are coloured: a longer one takes too long to draw."""

Offers = tuple[tuple[str, str, str], ...]
"""(key in Textual's name, what it does, what the dialog then answers), the likeliest first."""


def coloured(sql: str) -> Content:
    """Return SQL with its words coloured in the theme's colours; a very long one as it is."""
    if len(sql) > MOST_COLOURED:
        return Content(sql)
    # Late: most consoles never show a statement.
    from textual.highlight import highlight

    return highlight(sql, language="postgresql")


class TextDialog(ModalScreen[str | None]):
    """A scrollable text; the answer is that of the offer taken, None when it was closed."""

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

    def __init__(
        self,
        title: str,
        text: str,
        marked: int | None = None,
        offers: Offers = (),
        code: tuple[int, int] | None = None,
    ) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            text: Sanitised text, never parsed as markup.
            marked: The number of a line, from 0, that is in view at first and stands out.
            offers: What else can be done with the text.
            code: Lines that are SQL, from the first to before the second number: they are coloured.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._marked = marked
        self._offers = offers
        self._code = code

    def compose(self) -> ComposeResult:
        """Compose the text."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            with VerticalScroll():
                yield from self._body()
            offers = [f"{key} {text}" for key, text, _ in self._offers]
            foot = " · ".join([*offers, "esc closes", "y copies", "arrows scroll"])
            yield Static(Content(foot), classes="dialog--foot")

    def _body(self) -> ComposeResult:
        if self._code is not None:
            lines, (start, end) = self._text.split("\n"), self._code
            code = coloured("\n".join(lines[start:end]))
            above, below = Content("\n".join([*lines[:start], ""])), Content("\n".join(["", *lines[end:]]))
            yield Static(Content.assemble(above, code, below), classes="text--body")
            return
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

    def on_key(self, event: events.Key) -> None:
        """Take an offer."""
        for key, _, answer in self._offers:
            if event.key == key:
                event.stop()
                event.prevent_default()
                self.dismiss(answer)
                return

    def action_scroll(self, rows: int) -> None:
        """Scroll by rows."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_copy(self) -> None:
        """Ask for a copy of the text."""
        self.post_message(self.CopyRequested(self._text))

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)
