"""The line at the bottom: the keys that matter now, as many as fit."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.cells import cell_len
from widgets.look import MUTED

Hints = tuple[tuple[str, str], ...]
"""(key as a person reads it, short word), the most important first."""


def hint_line(hints: Hints, width: int) -> Content:
    """Return as many whole hints as fit in `width` cells."""
    pieces: list[tuple[str, str]] = []
    used = 0
    for key, word in hints:
        needed = cell_len(key) + cell_len(word) + 4
        if used + needed > width:
            break
        used += needed
        pieces += [(f" {key} ", "bold $text-primary"), (f"{word}  ", MUTED)]
    return Content.assemble(*pieces)


class HintBar(Widget):
    """Draws hints in one row."""

    DEFAULT_CSS = """
    HintBar { height: 1; width: 1fr; background: $panel; color: $foreground; }
    """

    hints: reactive[Hints] = reactive[Hints](())

    def __init__(self, hints: Hints = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(HintBar.hints, hints)

    def render(self) -> Content:
        """Return the hints that fit the widget's width."""
        return hint_line(self.hints, self.size.width)
