"""Horizontal bars, one a row: labels beside them, values behind them."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from widgets.cells import cell_len, clip, fit
from widgets.look import MUTED
from widgets.model import BarsView

_EIGHTHS = "▏▎▍▌▋▊▉"
_LEAST = 8


def draw_bars(view: BarsView, width: int, *, ascii: bool = False) -> Content:
    """Return the title and a row for each bar, at most `width` cells wide.

    The longest bar takes the whole room; one that is below zero is drawn as long as it is above.
    """
    head = Content.assemble((clip(view.title, width, ascii=ascii), "bold"), (f"  {view.note}", MUTED))
    texts = max((cell_len(one.text) for one in view.bars), default=0)
    labels = min(max((cell_len(one.label) for one in view.bars), default=0), max(4, width // 2))
    room = max(_LEAST, width - labels - texts - 4)
    largest = max((abs(one.value) for one in view.bars), default=0.0) or 1.0
    rows = [
        Content.assemble(
            (fit(one.label, labels, ascii=ascii) + "  ", ""),
            (
                _bar(abs(one.value) / largest, room, ascii=ascii),
                "$error" if one.value < 0 else "$text-primary",
            ),
            (f" {one.text}", ""),
        )
        for one in view.bars
    ]
    return Content("\n").join([head.truncate(width), *rows])


def _bar(share: float, room: int, *, ascii: bool) -> str:
    """Return a bar of a share (0..1) of the room; what is not nothing is seen."""
    eighths = round(share * room * 8)
    if ascii:
        return "#" * max(1 if share else 0, eighths // 8)
    full, rest = divmod(eighths, 8)
    if share and not eighths:
        rest = 1
    return "█" * full + (_EIGHTHS[rest - 1] if rest else "")


class Bars(Widget):
    """Draws a `BarsView` as high as it is."""

    DEFAULT_CSS = """
    Bars { height: auto; width: 1fr; }
    """

    view: reactive[BarsView | None] = reactive(None, layout=True)

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a row for the title and one for each bar."""
        return 1 + len(self.view.bars) if self.view is not None else 0

    def render(self) -> Content:
        """Return title and bars; nothing while there is no view."""
        if self.view is None or self.size.width <= 0:
            return Content("")
        return draw_bars(self.view, self.size.width, ascii=self._ascii)
