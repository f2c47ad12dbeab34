"""An editor for a query: coloured, with its faults underlined and words offered while one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option
from textual.widgets.text_area import Selection

from widgets.cells import cell_len, fit
from widgets.look import MUTED
from widgets.model import Mark, Offer
from widgets.text import sanitise

LineColours = tuple[tuple[int, int, str], ...]
"""(first character, the one after the last, kind) of each coloured piece of a line."""
Colours = Callable[[str], tuple[LineColours, ...]]
"""Takes a text; returns the coloured pieces of its lines. Called at every key: it must be quick."""

KINDS: Final = (
    *("command", "function", "keyword", "field", "string", "regex", "number", "operator", "comment"),
    "parameter",
)
MOST_OFFERED: Final = 50


Complete = Callable[[str, int], Sequence[Offer]]
"""Takes a text and the offset of the cursor in it; returns what could be meant, the best first."""


class OfferList(OptionList, can_focus=False):
    """The words offered, below the cursor.

    Args:
        take: Called with the number of the word that is clicked.
    """

    DEFAULT_CSS = """
    OfferList {
        display: none; overlay: screen; constrain: inside inflect;
        width: 56; height: auto; max-height: 8; padding: 0; border: none; background: $panel;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, take: Callable[[int], None]) -> None:
        super().__init__(markup=False, compact=True)
        self._take = take

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)


class QueryEditor(TextArea):
    """A `TextArea` that colours a query, underlines marks, and completes words."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"query--{kind}" for kind in KINDS),
        "query--error",
        "query--warning",
    }
    DEFAULT_CSS = """
    QueryEditor {
        border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1;
        .query--command { color: $text-primary; text-style: bold; }
        .query--function { color: $text-accent; }
        .query--keyword { color: $text-primary; }
        .query--string { color: $text-success; }
        .query--regex { color: $text-warning; }
        .query--number { color: $text-secondary; }
        .query--operator { color: $foreground-muted; }
        .query--comment { color: $foreground-muted; text-style: italic; }
        .query--parameter { text-style: bold reverse; }
        .query--error { color: $text-error; text-style: bold underline; }
        .query--warning { text-style: underline; }
    }
    QueryEditor:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+at,ctrl+space", "offer", show=False)]

    class Pointed(Message):
        """The cursor stands on another mark, or on none.

        Attributes:
            mark: The mark.
        """

        def __init__(self, mark: Mark | None) -> None:
            super().__init__()
            self.mark = mark

    def __init__(
        self, text: str = "", *, colours: Colours | None = None, complete: Complete | None = None,
        id: str | None = None,
    ) -> None:  # fmt: skip
        """Make an editor.

        Args:
            text: What stands in it at first.
            colours: Colours the text.
            complete: Completes words.
            id: CSS id.
        """
        self._colours = colours
        self._complete = complete
        self._lines: tuple[LineColours, ...] = ()
        self._coloured = ""
        self._marks: tuple[Mark, ...] = ()
        self._marked: dict[int, list[tuple[int, int, str]]] = {}
        self._pointed: Mark | None = None
        self._styles: dict[str, Style] = {}
        self._offers: Sequence[Offer] = ()
        self._is_typing = False
        self._list = OfferList(self.take_offer)
        super().__init__(
            text, id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, compact=True,
            highlight_cursor_line=False,
        )  # fmt: skip

    def on_mount(self) -> None:
        """Mount the list of offers: on the screen, because a text area lays out no children."""
        self.screen.mount(self._list)

    async def on_unmount(self) -> None:
        """Take the list of offers away."""
        if self._list.is_attached:
            await self._list.remove()

    # ------------------------------------------------------------ looks

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is underlined."""
        return self._marks

    @marks.setter
    def marks(self, marks: tuple[Mark, ...]) -> None:
        if marks == self._marks:
            return
        self._marks = marks
        self._marked = _by_line(self.text, marks)
        # The rows drawn are kept by their place; this forgets them.
        self.notify_style_update()
        self.refresh()
        self._point()

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._styles.clear()
        super().notify_style_update()

    def get_line(self, line_index: int) -> Text:
        """Return a line in its colours."""
        line = super().get_line(line_index)
        if self._colours is not None:
            if self._coloured is not (text := self.text) and self._coloured != text:
                self._coloured, self._lines = text, self._colours(text)
            if line_index < len(self._lines):
                for start, end, kind in self._lines[line_index]:
                    line.stylize(self._style(kind), start, end)
        for start, end, severity in self._marked.get(line_index, ()):
            line.stylize(self._style(severity), start, end)
        return line

    def _style(self, kind: str) -> Style:
        if kind not in self._styles:
            self._styles[kind] = self.get_component_rich_style(f"query--{kind}", partial=True)
        return self._styles[kind]

    # ------------------------------------------------------------ marks

    @property
    def offset_of_cursor(self) -> int:
        """Offset of the cursor in the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def point_at(self, offset: int) -> None:
        """Put the cursor at an offset of the text."""
        before = self.text[:offset]
        self.cursor_location = (before.count("\n"), offset - before.rfind("\n") - 1)

    def _point(self) -> None:
        at = self.offset_of_cursor if self._marks else 0
        found = next((one for one in self._marks if one.start <= at <= one.end), None)
        if found != self._pointed:
            self._pointed = found
            self.post_message(self.Pointed(found))

    def take_offer(self, index: int) -> None:
        """Take one of the words offered."""
        if index < len(self._offers):
            self._accept(self._offers[index])

    @on(TextArea.SelectionChanged)
    def _moved(self) -> None:
        self._point()
        if not self._is_typing:
            self.close_offers()
        self._is_typing = False

    @on(TextArea.Changed)
    def _changed(self) -> None:
        # A mark belongs to the text that was judged.
        if self._marks:
            self.marks = ()

    # ------------------------------------------------------------ completion

    @property
    def is_offering(self) -> bool:
        """Whether words are offered."""
        return bool(self._offers)

    async def _on_key(self, event: events.Key) -> None:
        if self._offers and event.key in ("tab", "enter", "up", "down", "escape"):
            event.prevent_default()
            event.stop()
            self._choose(event.key)
            return
        is_word = event.is_printable and event.character is not None
        if is_word or event.key == "backspace":
            self._is_typing = True
            self.call_after_refresh(self._offer, is_word)

    async def _on_paste(self, event: events.Paste) -> None:
        # What is pasted is somebody else's text: control characters stay outside.
        event.prevent_default()
        event.stop()
        start, end = self.selection
        self.replace(sanitise(event.text).replace("\t", "  "), start, end, maintain_selection_offset=False)

    def action_offer(self) -> None:
        """Offer words at the cursor, whatever stands before it."""
        self._show_offers(0)

    def _offer(self, is_word: bool) -> None:
        if not is_word and not self._offers:
            return
        self._show_offers(1)

    def _show_offers(self, least: int) -> None:
        at = self.offset_of_cursor
        found = list(self._complete(self.text, at))[:MOST_OFFERED] if self._complete is not None else []
        if found and (found[0].back < least or self.selection.start != self.selection.end):
            found = []
        written = self.text[at - found[0].back : at] if found else ""
        if any(one.text.lower() == written.lower() for one in found):
            # It is written already; enter must go on to the next line.
            found = []
        if not found:
            self.close_offers()
            return
        self._offers = found
        options = self._list
        options.clear_options()
        width = min(28, max(cell_len(one.text) for one in found))
        options.add_options(
            Option(Content.assemble(f" {fit(one.text, width)} ", (fit(one.note, 50 - width), MUTED)))
            for one in found
        )
        options.highlighted = 0
        options.absolute_offset = self.cursor_screen_offset + Offset(-found[0].back, 1)
        options.display = True

    def close_offers(self) -> None:
        """Offer nothing any more."""
        if self._offers:
            self._offers = ()
            self._list.display = False

    def _choose(self, key: str) -> None:
        options = self._list
        if key == "up":
            options.action_cursor_up()
        elif key == "down":
            options.action_cursor_down()
        elif key == "escape":
            self.close_offers()
        else:
            self._accept(self._offers[options.highlighted or 0])

    def _accept(self, offer: Offer) -> None:
        self.close_offers()
        row, column = self.cursor_location
        self.replace(offer.text, (row, column - offer.back), (row, column), maintain_selection_offset=False)
        if offer.text.endswith("()"):
            row, column = self.cursor_location
            self.selection = Selection.cursor((row, column - 1))

    def on_blur(self) -> None:
        """Offer nothing while somebody types elsewhere."""
        self.close_offers()


def _by_line(text: str, marks: Sequence[Mark]) -> dict[int, list[tuple[int, int, str]]]:
    """Return what is marked in each line: first character, the one after the last, severity."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    begin = 0
    for number, line in enumerate(text.split("\n")):
        end = begin + len(line)
        for mark in marks:
            first, last = max(mark.start, begin), min(max(mark.end, mark.start + 1), end + 1)
            if first < last and mark.start <= end:
                found.setdefault(number, []).append((first - begin, last - begin, mark.severity))
        begin = end + 1
    return found
