"""Modal dialogs: help, messages, questions and one-line prompts, on an opaque ground."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from widgets.cells import cell_len, fit
from widgets.look import MUTED

KeyGroups = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""(heading, ((keys, what they do), ...)) in order."""

DIALOG_CSS = """
{name} {{
    align: center middle;
    background: $background;
    .dialog--box {{
        width: auto; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; padding: 0 1; background: $surface;
        border-title-style: bold;
    }}
    .dialog--foot {{ color: $foreground-muted; height: 1; width: auto; }}
    .dialog--buttons {{ height: auto; width: auto; margin: 1 0 0 0; }}
    Button {{ margin: 0 2 0 0; }}
}}
"""


def dialog_css(name: str) -> str:
    """Return the common style sheet of a dialog class; opaque, because what shines through is repainted."""
    return DIALOG_CSS.format(name=name)


_CLOSE: list[BindingType] = [
    Binding("escape", "close", "Close", show=False),
    Binding("q", "close", "Close", show=False),
]


class HelpDialog(ModalScreen[None]):
    """The keys by group."""

    DEFAULT_CSS = (
        dialog_css("HelpDialog")
        + """
    HelpDialog .dialog--box { width: 90; }
    HelpDialog .dialog--foot { dock: bottom; }
    HelpDialog .help--body { width: 1fr; height: auto; max-height: 100%; }
    HelpDialog .help--group { width: 1fr; height: auto; margin: 0 0 1 0; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [*_CLOSE, Binding("question_mark", "close", "Close", show=False)]

    def __init__(self, groups: KeyGroups, title: str = "Keys") -> None:
        """Make the dialog.

        Args:
            groups: Headings with their keys.
            title: Shown in the border.
        """
        super().__init__()
        self._groups = groups
        self._title = title

    def compose(self) -> ComposeResult:
        """Compose a scrollable column of groups."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            with VerticalScroll(classes="help--body"):
                for heading, keys in self._groups:
                    yield Static(key_table(heading, keys), classes="help--group")
            yield Static(Content("esc closes · arrows scroll"), classes="dialog--foot")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)


def key_table(heading: str, keys: tuple[tuple[str, str], ...]) -> Content:
    """Return a heading and a line for each key, the texts aligned."""
    width = max((cell_len(key) for key, _ in keys), default=0)
    lines = [Content.styled(heading, "bold $text-primary")]
    lines += [Content.assemble((f"  {fit(key, width)}  ", "bold"), (text, "")) for key, text in keys]
    return Content("\n").join(lines)


class MessageDialog(ModalScreen[str | None]):
    """A text and buttons; the answer is the button's label, None when it was closed."""

    DEFAULT_CSS = (
        dialog_css("MessageDialog")
        + """
    MessageDialog .message--scroll { width: auto; height: auto; max-width: 100; }
    MessageDialog .message--text { width: auto; max-width: 100; height: auto; }
    MessageDialog.-narrow .message--text { max-width: 88vw; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *_CLOSE,
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(
        self, title: str, text: str, buttons: tuple[str, ...] = ("Close",), default: int = 0
    ) -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            text: Sanitised text, never parsed as markup.
            buttons: Labels.
            default: Position of the button that has the focus; the harmless one.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._buttons = buttons
        self._default = default

    def compose(self) -> ComposeResult:
        """Compose text and buttons."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            with VerticalScroll(classes="message--scroll", can_focus=False):
                yield Static(Content(self._text), classes="message--text")
            with Horizontal(classes="dialog--buttons"):
                for index, label in enumerate(self._buttons):
                    yield Button(Content(label), id=f"button-{index}", compact=True)

    def on_mount(self) -> None:
        """Focus the default button."""
        self.query_one(f"#button-{self._default}", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(self._buttons[int((event.button.id or "button-0").removeprefix("button-"))])

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class PromptDialog(ModalScreen[str | None]):
    """One line of input; the answer is the text, None when it was closed."""

    DEFAULT_CSS = (
        dialog_css("PromptDialog")
        + """
    PromptDialog .dialog--box { width: 70; }
    PromptDialog Input { width: 1fr; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    def __init__(self, title: str, value: str = "", placeholder: str = "", note: str = "") -> None:
        """Make the dialog.

        Args:
            title: Shown in the border.
            value: What is in the line at first.
            placeholder: Shown while the line is empty.
            note: A sentence beneath, for example what was wrong with the last input.
        """
        super().__init__()
        self._title = title
        self._value = value
        self._placeholder = placeholder
        self._note = note

    def compose(self) -> ComposeResult:
        """Compose input and note."""
        with Vertical(classes="dialog--box") as box:
            box.border_title = Content(self._title)
            yield Input(self._value, placeholder=self._placeholder, compact=True)
            note = self._note or "enter accepts · esc cancels"
            yield Static(Content.styled(note, "" if self._note else MUTED))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
