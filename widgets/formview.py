"""A form: a labelled line or a choice for each field, with what is wrong with it beneath."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from widgets.look import MUTED, plain_symbols
from widgets.model import FormField


class ChoiceLine(Widget, can_focus=True):
    """One of several values: left and right step through them, a letter leads to one that begins with it."""

    DEFAULT_CSS = """
    ChoiceLine { height: 1; width: 1fr; padding: 0 1; background: $surface; }
    ChoiceLine:focus { background: $primary-muted; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
        Binding("home", "end(0)", show=False),
        Binding("end", "end(-1)", show=False),
    ]

    class Changed(Message):
        """Another value was chosen.

        Attributes:
            line: Where.
        """

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

    class Submitted(Message):
        """Enter was pressed.

        Attributes:
            line: Where.
        """

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line

    def __init__(
        self, choices: tuple[tuple[str, str], ...], value: str, *, ascii: bool = False, id: str | None = None
    ) -> None:
        """Make the line.

        Args:
            choices: (value, what is shown).
            value: The present one.
            ascii: Draw with characters that every font has.
            id: CSS id.
        """
        super().__init__(id=id)
        self.choices = choices
        self.value = value
        self._ascii = ascii

    def set(self, choices: tuple[tuple[str, str], ...], value: str) -> None:
        """Show other choices."""
        if (choices, value) != (self.choices, self.value):
            self.choices, self.value = choices, value
            self.refresh()

    @property
    def _at(self) -> int:
        values = [value for value, _ in self.choices]
        return values.index(self.value) if self.value in values else 0

    def render(self) -> Content:
        """Draw the value between arrows, with its place among the others."""
        shown = self.choices[self._at][1] if self.choices else ""
        place = f"  {self._at + 1}/{len(self.choices)}" if len(self.choices) > 1 else ""
        left, right = ("‹ ", " ›") if len(self.choices) > 1 else ("", "")
        parts = [(left, MUTED), (shown, ""), (right, MUTED), (place, MUTED)]
        return Content.assemble(
            *((plain_symbols(text) if self._ascii else text, style) for text, style in parts)
        )

    def action_step(self, step: int) -> None:
        """Take the next or the previous value."""
        self._take((self._at + step) % max(1, len(self.choices)))

    def action_end(self, at: int) -> None:
        """Take the first or the last value."""
        self._take(at % max(1, len(self.choices)))

    def _take(self, at: int) -> None:
        if self.choices and self.choices[at][0] != self.value:
            self.value = self.choices[at][0]
            self.refresh()
            self.post_message(self.Changed(self))

    def on_key(self, event: events.Key) -> None:
        """Go on with enter; jump to what begins with a letter or digit."""
        if event.key == "enter":
            event.stop()
            self.post_message(self.Submitted(self))
        elif event.character is not None and event.character.isalnum():
            order = [(self._at + step) % len(self.choices) for step in range(1, len(self.choices) + 1)]
            letter = event.character.lower()
            found = next((at for at in order if self.choices[at][1].lower().startswith(letter)), None)
            if found is not None:
                event.stop()
                self._take(found)


class FormView(VerticalScroll, can_focus=False):
    """The fields of a form; arrows up and down move between them."""

    DEFAULT_CSS = """
    FormView { height: auto; width: 1fr; padding: 0 1; }
    FormView > Input { width: 1fr; }
    FormView > .form--label { text-style: bold; height: 1; width: 1fr; }
    FormView > .form--note { height: auto; width: 1fr; margin: 0 0 1 0; color: $foreground-muted; }
    FormView > .form--note.-error { color: $text-error; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    class Changed(Message):
        """A field was changed.

        Attributes:
            name: The field.
            value: As entered.
        """

        def __init__(self, name: str, value: str) -> None:
            super().__init__()
            self.name = name
            self.value = value

    class Submitted(Message):
        """Enter was pressed on the last field."""

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        """Make an empty form.

        Args:
            ascii: Draw with characters that every font has.
            id: CSS id.
        """
        super().__init__(id=id)
        self._ascii = ascii
        self._fields: tuple[FormField, ...] = ()

    async def show(self, fields: tuple[FormField, ...]) -> None:
        """Show fields; lines that stay keep cursor and focus."""
        if [_kind(one) for one in fields] != [_kind(one) for one in self._fields]:
            focused = self._focused_name()
            self._fields = fields
            await self.remove_children()
            await self.mount(*self._lines())
            self._focus_on(focused)
        self._fields = fields
        for number, one in enumerate(fields):
            line = self.query_one(f"#field-{number}")
            if isinstance(line, ChoiceLine):
                line.set(one.choices, one.value)
            elif isinstance(line, Input) and line.value != one.value and not line.has_focus:
                with line.prevent(Input.Changed):
                    line.value = one.value
            note = self.query_one(f"#note-{number}", Static)
            note.set_class(bool(one.error), "-error")
            text = one.error or one.help
            note.update(Content(plain_symbols(text) if self._ascii else text))
            note.display = bool(text)

    def compose(self) -> ComposeResult:
        """Compose nothing: `show` does."""
        yield from ()

    def _lines(self) -> Iterator[Widget]:
        for number, one in enumerate(self._fields):
            unit = f" ({one.unit})" if one.unit else ""
            yield Static(Content(f"{one.label}{unit}"), classes="form--label")
            if one.choices:
                yield ChoiceLine(one.choices, one.value, ascii=self._ascii, id=f"field-{number}")
            else:
                yield Input(one.value, compact=True, id=f"field-{number}")
            yield Static("", classes="form--note", id=f"note-{number}")

    def begin(self) -> bool:
        """Give the first field the focus; returns whether there is one."""
        first = next(iter(self._entries()), None)
        if first is not None:
            first.focus()
        return first is not None

    def _entries(self) -> list[Widget]:
        return list(self.query("Input, ChoiceLine").results(Widget))

    def _focused_name(self) -> str:
        for one, line in zip(self._fields, self._entries(), strict=False):
            if line.has_focus:
                return one.name
        return ""

    def _focus_on(self, name: str) -> None:
        for one, line in zip(self._fields, self._entries(), strict=False):
            if one.name == name:
                line.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell(event.input, event.value)

    @on(ChoiceLine.Changed)
    def _chosen(self, event: ChoiceLine.Changed) -> None:
        event.stop()
        self._tell(event.line, event.line.value)

    def _tell(self, line: Widget, value: str) -> None:
        number = int((line.id or "field-0").removeprefix("field-"))
        if number < len(self._fields) and self._fields[number].value != value:
            self.post_message(self.Changed(self._fields[number].name, value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._go_on(event.input)

    @on(ChoiceLine.Submitted)
    def _taken(self, event: ChoiceLine.Submitted) -> None:
        event.stop()
        self._go_on(event.line)

    def _go_on(self, line: Widget) -> None:
        later = self._entries()
        later = later[later.index(line) + 1 :]
        if later:
            later[0].focus()
        else:
            self.post_message(self.Submitted())


def _kind(field: FormField) -> tuple[str, bool]:
    return field.name, bool(field.choices)
