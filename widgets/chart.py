"""The chart of one metric: a legend line and the plot beneath it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.cells import clip
from widgets.look import MUTED, plain_symbols
from widgets.model import ChartView
from widgets.plot import PALETTE, draw, series_role


def legend(view: ChartView, width: int, *, ascii: bool = False) -> Content:
    """Return one line: title; newest value, value at the cursor and range of the main line; the labels.

    What does not fit goes from the least important end: the extremes, then the labels, then the newest
    value beside that of the cursor, which somebody has asked for.
    """
    now, extremes = view.now, view.extremes
    title: list[tuple[str, str]] = [(clip(view.title, max(1, width // 2), ascii=ascii), "bold")]
    figures: list[tuple[str, str]] = [(f"  {now}", "")] if now else []
    extra: list[tuple[str, str]] = [(f" · {extremes}", MUTED)] if extremes else []
    cursor: list[tuple[str, str]] = [("  ", ""), (view.cursor_text, "bold")] if view.cursor_text else []
    labels = _labels(view)
    both = title + figures + cursor
    # Cut short, the cursor's figure would be another figure; a title alone is cut where it must be.
    choices = (both + extra + labels, both + labels, both + extra, both, title + (cursor or figures), title)
    for parts in choices:
        line = Content.assemble(*((plain_symbols(text) if ascii else text, style) for text, style in parts))
        if line.cell_length <= width:
            break
    return line.truncate(width, ellipsis=not ascii)


def _labels(view: ChartView) -> list[tuple[str, str]]:
    labels: list[tuple[str, str]] = []
    count = 0
    for series in view.series:
        role = series_role(series, count)
        count += series.role == "part"
        if series.label and (len(view.series) > 1 or series.role != "main"):
            mark = "··" if series.role == "compare" else "━━"
            labels += [("  ", ""), (mark, PALETTE[role]), (f" {clip(series.label, 24)}", MUTED)]
    return labels


class Chart(Widget):
    """Draws a `ChartView` in whatever room it has."""

    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; min-height: 1; }
    """

    view: reactive[ChartView | None] = reactive(None)
    ascii: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """Return legend and plot; nothing while there is no view."""
        width, height = self.size
        if self.view is None or width <= 0 or height <= 0:
            return Content("")
        head = legend(self.view, width, ascii=self.ascii)
        body = draw(self.view, width, height - 1, ascii=self.ascii)
        return Content("\n").join([head, body]) if body.plain else head
