"""One line to type into at the bottom of a screen, checked while one types, with a history for each mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from widgets.look import MUTED, plain_symbols
from widgets.text import one_line

HISTORY: Final = 20
"""Texts remembered for each mode."""
SETTLE_S: Final = 0.15
"""A text that has not changed for so long is told as changed."""
_MAX_TEXT: Final = 2000

Check = Callable[[str], str]
"""Takes a text; returns what it means ("" for nothing to say), or raises ValueError: what is wrong.

An attribute `position` of the error, an index into the text, is told as the place.
"""


class _Line(Input):
    """An input that takes several pasted lines as one, and leaves up and down to the prompt."""

    def _on_paste(self, event: events.Paste) -> None:
        # Input would take the first line only, and control characters as they are.
        event.prevent_default()
        event.stop()
        text = " ".join(one_line(part) for part in event.text.splitlines() if part.strip())
        # A text that would be too long is refused as a whole.
        self.replace(text[: max(0, _MAX_TEXT - len(self.value))], *self.selection)


class PromptLine(Widget):
    """A labelled input with a row below it that says what the text means, or what is wrong with it.

    Hidden until it is opened. Enter submits a valid text and hides it; with an invalid one it stays open. The
    focus goes back to where it was.
    """

    DEFAULT_CSS = """
    PromptLine {
        display: none;
        height: auto;
        width: 1fr;
        background: $panel;
        &.-open { display: block; }
        Horizontal { height: 1; }
        .prompt--label { width: auto; max-width: 40%; padding: 0 1; text-style: bold; color: $text-primary; }
        .prompt--note { height: auto; min-height: 1; max-height: 2; padding: 0 1; }
        Input, Input:focus { height: 1; width: 1fr; border: none; padding: 0; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Earlier text", show=False),
        Binding("down", "recall(1)", "Later text", show=False),
        Binding("escape", "cancel", "Leave the line", show=False),
    ]

    class Said(Message):
        """What all messages of the line carry.

        Attributes:
            mode: The mode that the line was opened in.
            text: What stands in the line.
        """

        def __init__(self, mode: str, text: str) -> None:
            super().__init__()
            self.mode = mode
            self.text = text

    class Submitted(Said):
        """The user means this text; it passed the check, and the line is hidden."""

    class Changed(Said):
        """The text has stood still for a moment and passes the check."""

    class Closed(Message):
        """The user left the line without submitting.

        Attributes:
            mode: The mode that the line was opened in.
        """

        def __init__(self, mode: str) -> None:
            super().__init__()
            self.mode = mode

    def __init__(self, *, ascii: bool = False, settle_s: float = SETTLE_S, id: str | None = None) -> None:
        """Make a hidden line.

        Args:
            ascii: Say things without symbols that not every font has.
            settle_s: How long a text stands still until `Changed` is posted, seconds.
            id: CSS id.
        """
        super().__init__(id=id)
        self.mode = ""
        self._ascii = ascii
        self._settle_s = settle_s
        self._check: Check | None = None
        self._hint = ""
        self._problem = ""
        self._told = ""
        self._settling: Timer | None = None
        self._history: dict[str, list[str]] = {}
        self._at = 0
        self._draft = ""
        self._came_from: Widget | None = None

    def compose(self) -> ComposeResult:
        """Compose label, input and note."""
        with Horizontal():
            yield Static(classes="prompt--label", markup=False)
            yield _Line(max_length=_MAX_TEXT, select_on_focus=False, compact=True)
        yield Static(classes="prompt--note", markup=False)

    # ------------------------------------------------------------ opening and closing

    @property
    def is_open(self) -> bool:
        """Whether the line is on the screen."""
        return self.has_class("-open")

    @property
    def value(self) -> str:
        """What stands in the line."""
        return self._input.value

    @property
    def problem(self) -> str:
        """What is wrong with the text; "" while it is valid."""
        return self._problem

    def open(
        self, mode: str, label: str, *, value: str = "", hint: str = "", check: Check | None = None
    ) -> None:
        """Show the line and give it the focus; a line that is open in another mode is left first.

        Args:
            mode: Comes back in the messages; texts are remembered for each mode.
            label: Before the text, for example "search".
            value: Text to begin with.
            hint: Said while the check has nothing to say.
            check: Judges the text at every key, so it must be quick.
        """
        if self.is_open:
            self._unsettle()
            self.post_message(self.Closed(self.mode))
        # A focus that is given back arrives later: until then the input still has it.
        if self.screen.focused is not self._input:
            self._came_from = self.screen.focused
        self.mode, self._hint, self._check = mode, hint, check
        self._at, self._draft = len(self._past), value
        self._told = value
        self.query_one(".prompt--label", Static).update(Content(one_line(label, 80)))
        with self.prevent(Input.Changed):
            self._input.value = value
        self._input.cursor_position = len(value)
        self._judge()
        self.add_class("-open")
        self._input.focus()

    def action_cancel(self) -> None:
        """Hide the line and say that it was left."""
        if self.is_open:
            mode = self.mode
            self._hide()
            self.post_message(self.Closed(mode))

    def _hide(self) -> None:
        self._unsettle()
        self.remove_class("-open")
        back = self._came_from
        if back is not None and back.is_attached and back.focusable:
            back.focus()
        elif self._input.has_focus:
            self.screen.set_focus(None)

    @property
    def _input(self) -> _Line:
        return self.query_one(_Line)

    # ------------------------------------------------------------ typing

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._judge()
        self._unsettle()
        if self.is_open:
            self._settling = self.set_timer(self._settle_s, self._settled)

    def _settled(self) -> None:
        self._settling = None
        if self.is_open and not self._problem and self.value != self._told:
            self._told = self.value
            self.post_message(self.Changed(self.mode, self.value))

    def _unsettle(self) -> None:
        if self._settling is not None:
            self._settling.stop()
            self._settling = None

    def _judge(self) -> None:
        """Say what the text means or what is wrong with it."""
        meaning, self._problem = "", ""
        try:
            meaning = self._check(self.value) if self._check is not None else ""
        except ValueError as error:
            self._problem = _problem_text(error)
        text, style = (self._problem, "bold $text-error") if self._problem else (meaning or self._hint, MUTED)
        text = one_line(text, 400)
        text = plain_symbols(text) if self._ascii else text
        self.query_one(".prompt--note", Static).update(Content.styled(text, style))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._judge()
        if self._problem or not self.is_open:
            return
        mode, text = self.mode, self.value
        self._remember(text)
        self._hide()
        self.post_message(self.Submitted(mode, text))

    # ------------------------------------------------------------ history

    @property
    def _past(self) -> list[str]:
        return self._history.setdefault(self.mode, [])

    def _remember(self, text: str) -> None:
        if text:
            past = [one for one in self._past if one != text]
            self._history[self.mode] = [*past, text][-HISTORY:]

    def action_recall(self, step: int) -> None:
        """Put an earlier (-1) or later (1) text into the line; beyond the last is what was being typed."""
        past = self._past
        at = min(max(0, self._at + step), len(past))
        if at == self._at:
            return
        if self._at == len(past):
            self._draft = self.value
        self._at = at
        self._input.value = past[at] if at < len(past) else self._draft
        self._input.cursor_position = len(self.value)


def _problem_text(error: ValueError) -> str:
    """Return the sentence of an error, never empty: an empty problem would let the text pass."""
    text = str(error) or "This is not valid."
    position = getattr(error, "position", None)
    return f"Character {position + 1}: {text}" if isinstance(position, int) else text
