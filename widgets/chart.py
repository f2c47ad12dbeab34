"""The chart of one metric: a legend line and the plot beneath it."""

from __future__ import annotations

import math

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.cells import clip
from widgets.look import MUTED, plain_symbols
from widgets.model import ChartSeries, ChartView
from widgets.plot import PALETTE, draw, series_role


def figure_text(value: float, unit: str) -> str:
    """Return a value with its unit in few characters: "93.4 %", "1.2 GiB", "12k/min"."""
    if unit in ("bytes", "B"):
        for suffix in ("B", "KiB", "MiB", "GiB"):
            if abs(value) < 1024 or suffix == "GiB":
                return f"{value:.4g} {suffix}" if abs(value) < 1000 else f"{value:.0f} {suffix}"
            value /= 1024
    size = abs(value)
    scaled, suffix = (value / 1e6, "M") if size >= 1e6 else (value / 1e3, "k") if size >= 1e4 else (value, "")
    number = f"{scaled:,.0f}" if abs(scaled) >= 1000 else f"{scaled:.3g}"
    unit = {"percent": "%", "count": "", "per_minute": "/min", "per_second": "/s", "seconds": "s"}.get(
        unit, unit
    )
    return f"{number}{suffix}{'' if unit.startswith('/') or not unit else ' '}{unit}"


def legend(view: ChartView, width: int, *, ascii: bool = False) -> Content:
    """Return one line: title, current, minimum and maximum of the first line, and each line's label.

    What does not fit goes from the least important end: the extremes, then the labels.
    """
    main = next((one for one in view.series if one.role != "compare"), None)
    now, extremes = _stats(main, view.unit) if main is not None else ("", "")
    title: list[tuple[str, str]] = [(clip(view.title, max(1, width // 2), ascii=ascii), "bold")]
    figures: list[tuple[str, str]] = [(f"  {now}", "")] if now else []
    extra: list[tuple[str, str]] = [(f" · {extremes}", MUTED)] if extremes else []
    labels = _labels(view)
    for parts in (title + figures + extra + labels, title + figures + labels, title + figures + extra, title):
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


def _stats(series: ChartSeries, unit: str) -> tuple[str, str]:
    known = [y for y in series.ys if y is not None and math.isfinite(y)]
    if not known:
        return "", ""
    # The newest buckets are often late: the last known value is the current one.
    now, low, high = (figure_text(value, unit) for value in (known[-1], min(known), max(known)))
    return now, f"min {low} · max {high}"


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
