"""Bars of one figure by group, the way a query's answer is drawn where it has no time."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from widgets.cells import cell_len, fit

_WIDEST_LABEL = 40


def bars(title: str, rows: Sequence[tuple[str, float]], width: int, height: int) -> Content:
    """Return a heading and a line for each bar, as many as there is room for.

    Args:
        title: What the bars show.
        rows: Label and value.
        width: Cells.
        height: Lines.
    """
    shown = rows[: max(0, height - 1)]
    if not shown:
        return Content("")
    left = min(_WIDEST_LABEL, max(cell_len(label) for label, _ in shown), max(8, width // 3))
    figures = [f"{value:,.6g}" for _, value in shown]
    right = max(map(len, figures))
    room = max(1, width - left - right - 4)
    most = max((abs(value) for _, value in shown), default=0.0) or 1.0
    rest = f"  {len(rows) - len(shown)} more below" if len(rows) > len(shown) else ""
    lines = [Content.assemble((title, "bold"), (rest, "dim"))]
    for (label, value), figure in zip(shown, figures, strict=True):
        filled = round(room * abs(value) / most)
        lines.append(
            Content.assemble(
                (f"{fit(label, left)}  ", ""),
                ("█" * filled, "$text-primary" if value >= 0 else "$text-error"),
                (" " * (room - filled), ""),
                (f"  {figure:>{right}}", ""),
            )
        )
    return Content("\n").join(lines)


class BarChart(Widget):
    """Draws bars in whatever room it has."""

    DEFAULT_CSS = """
    BarChart { height: 1fr; width: 1fr; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._bars: Sequence[tuple[str, float]] = ()

    def show(self, title: str, rows: Sequence[tuple[str, float]]) -> None:
        """Show bars: labels (sanitised) and values."""
        self._title, self._bars = title, rows
        # No higher than they need: the rest is the table's.
        self.styles.max_height = len(rows) + 1
        self.refresh()

    def render(self) -> Content:
        """Return the bars."""
        return bars(self._title, self._bars, self.content_size.width, self.content_size.height)
