"""An editor of queries: colours by kinds of words, underlined places, words that complete themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

Coloured = tuple[int, int, str]
"""Offsets of the first character and behind the last one; keyword, function, string or number."""

_WORD = re.compile(r"[@A-Za-z_][\w@.]*$")
_THEME = "query"


class QueryEditor(TextArea):
    """A text area whose colours come from outside.

    Args:
        colour: Returns the coloured parts of a text; called at every change.
        words: What can complete a word: commands, functions, fields.
    """

    DEFAULT_CSS = """
    QueryEditor { height: 9; border: round $border; padding: 0; background: $background; }
    QueryEditor:focus { border: round $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False)]

    def __init__(
        self,
        text: str,
        colour: Callable[[str], Sequence[Coloured]],
        words: Iterable[str] = (),
        *,
        id: str | None = None,
    ) -> None:
        self._colour = colour
        self._words = tuple(words)
        self._marks: tuple[tuple[int, int], ...] = ()
        super().__init__(text, id=id, soft_wrap=True, show_line_numbers=False, tab_behavior="focus")

    def on_mount(self) -> None:
        """Take the colours of the application's theme."""
        self._dress()
        self.watch(self.app, "theme", self._dress, init=False)

    def _dress(self) -> None:
        colours = self.app.theme_variables

        def style(name: str, *, bold: bool = False, underline: bool = False) -> Style:
            colour = colours.get(name, "")
            return Style(color=colour if colour.startswith("#") else None, bold=bold, underline=underline)

        self.register_theme(
            TextAreaTheme(
                _THEME,
                syntax_styles={
                    "keyword": style("primary", bold=True),
                    "function": style("accent"),
                    "string": style("success"),
                    "number": style("warning"),
                    "comment": Style(dim=True),
                    "mark": style("error", underline=True, bold=True),
                },
            )
        )
        self.theme = _THEME

    def set_words(self, words: Iterable[str]) -> None:
        """Change what can complete a word."""
        self._words = tuple(words)

    def mark(self, places: Iterable[tuple[int, int]]) -> None:
        """Underline places: offsets of the first character and behind the last one."""
        marks = tuple(places)
        if marks != self._marks:
            self._marks = marks
            self._build_highlight_map()
            self.refresh()

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._highlights.clear()
        text = self.text
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        parts = [*self._colour(text), *((start, max(end, start + 1), "mark") for start, end in self._marks)]
        row = 0
        for start, end, kind in sorted(parts, key=lambda part: (part[2] == "mark", part[0])):
            while row and starts[row] > start:
                row -= 1
            while row + 1 < len(starts) and starts[row + 1] <= start:
                row += 1
            at = row
            while at + 1 < len(starts) and starts[at] < end:
                line = text[starts[at] : starts[at + 1] - 1]
                first = max(0, start - starts[at])
                last = min(len(line), end - starts[at])
                # The map counts bytes, as tree-sitter does.
                self._highlights[at].append(
                    (len(line[:first].encode()), len(line[: max(last, first + 1)].encode()), kind)
                )
                at += 1

    def update_suggestion(self) -> None:
        """Offer the rest of a word at the cursor."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        before = line[:column]
        found = _WORD.search(before)
        self.suggestion = ""
        if found is None or len(found.group()) < 2 or line[column : column + 1].strip():
            return
        typed = found.group()
        for word in self._words:
            if len(word) > len(typed) and word.lower().startswith(typed.lower()):
                self.suggestion = word[len(typed) :]
                return

    def action_complete(self) -> None:
        """Take what is offered; without an offer the focus goes on."""
        if self.suggestion:
            self.insert(self.suggestion)
            self.suggestion = ""
        else:
            self.screen.focus_next()
