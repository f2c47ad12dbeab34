"""The only door to plotext: a chart's view model in, `Content` out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from textual.content import Content

from widgets.cells import cell_len, clip
from widgets.look import plain_symbols
from widgets.model import ChartSeries, ChartView

PALETTE: Mapping[str, str] = {
    "axis": "dim",
    "main": "$text-primary",
    "peak": "$foreground 70%",
    "compare": "dim",
    "provisional": "dim",
    "warning": "$warning",
    "critical": "$error",
    "limit": "dim",
    "cursor": "dim",
    "mark": "bold",
    "part-0": "$text-primary",
    "part-1": "$text-success",
    "part-2": "$text-accent",
    "part-3": "$text-warning",
}
"""Textual style by the part of a chart; theme variables, so a change of theme needs no redraw."""

_ROLES = tuple(PALETTE)
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_HUGE = 1e150
_SMALLEST = (16, 4)
"""Columns and rows below which axes leave no room for a line."""


def preload() -> None:
    """Import plotext; call it off the event loop, because it takes a quarter of a second."""
    import plotext  # noqa: F401


def draw(
    view: ChartView,
    width: int,
    height: int,
    palette: Mapping[str, str] = PALETTE,
    *,
    ascii: bool = False,
) -> Content:
    """Return the chart without its legend: lines, limits, cursor, axes.

    Not thread-safe, as plotext is not: call it on the event loop only.

    Args:
        view: What to draw. Values that are not finite are gaps.
        width: Cells.
        height: Rows. Where width or height leave no room for axes the result is empty.
        palette: Textual styles by the names of `PALETTE`.
        ascii: Draw without braille and box characters.
    """
    if width < _SMALLEST[0] or height < _SMALLEST[1]:
        return Content("")
    return _drawn(view, width, height, tuple(palette.items()), ascii)


@lru_cache(maxsize=32)
def _drawn(
    view: ChartView, width: int, height: int, palette: tuple[tuple[str, str], ...], ascii: bool
) -> Content:
    styles = dict(palette)
    if not has_points(view):
        return _centred(view.empty or "no data in this window", width, height, styles.get("axis", ""))
    text = _build(view, width, height, ascii)
    return _styled(plain_symbols(text) if ascii else text, styles)


def has_points(view: ChartView) -> bool:
    """Whether any series has a finite value."""
    return any(y is not None and math.isfinite(y) for one in view.series for y in one.ys)


def series_role(series: ChartSeries, parts_before: int) -> str:
    """Return the palette name of a series; parts take turns in four colours."""
    return f"part-{parts_before % 4}" if series.role == "part" else series.role


def _centred(sentence: str, width: int, height: int, style: str) -> Content:
    line = Content.styled(clip(sentence, width), style).center(width)
    return Content("\n").join([*[Content("")] * ((height - 1) // 2), line])


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps an axis onto 0..1: plotext divides by the range, and loses small ones of large values."""

    low: float
    high: float

    @classmethod
    def of(cls, low: float, high: float) -> _Scale:
        low = min(_HUGE, max(-_HUGE, low)) if math.isfinite(low) else 0.0
        high = min(_HUGE, max(-_HUGE, high)) if math.isfinite(high) else low
        if high - low <= 1e-9 * max(abs(low), abs(high)):
            high = low + max(1.0, abs(low) * 1e-6)
        return cls(low, high)

    def at(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def _build(view: ChartView, width: int, height: int, ascii: bool) -> str:
    """Draw with plotext; its state is one global figure, so nothing here may await."""
    import plotext

    figure: Any = plotext
    xs, ys = _Scale.of(view.start, view.end), _Scale.of(view.y_min, view.y_max)
    figure.clear_figure()
    figure.limit_size(False, False)
    figure.theme("clear")
    figure.plotsize(width, height)
    figure.xaxes(True, False)
    figure.yaxes(True, False)
    figure.xlim(0, 1)
    figure.ylim(0, 1)
    values = [(ys.at(tick), clip(label, width // 3)) for tick, label in view.y_ticks if ys.holds(tick)]
    values = _spread(values, max(1, (height - 1) // 2))
    figure.yticks([at for at, _ in values] or [0], [label for _, label in values] or [""])
    room = max(1, width - 1 - max((cell_len(label) for _, label in values), default=0))
    times = [(xs.at(tick.at), clip(tick.label, width // 3)) for tick in view.ticks if xs.holds(tick.at)]
    times = _spread(times, max(1, room // (2 + max((cell_len(label) for _, label in times), default=1))))
    figure.xticks([at for at, _ in times] or [0], [label for _, label in times] or [""])
    if view.cursor is not None and xs.holds(view.cursor):
        figure.vline(xs.at(view.cursor), _token("cursor"))
    _add_limits(figure, view, ys, (room, height - 2))
    _add_series(figure, view, (xs, ys), 2 * room, "*" if ascii else "braille")
    for mark in view.marks:
        # On the uppermost row, over lines and limits: the values' axis leaves air there.
        if xs.holds(mark.at):
            colour = mark.level.value if mark.level is not None and mark.level.is_breach else "mark"
            figure.text(mark.glyph, xs.at(mark.at), 1, color=_token(colour))
    return str(figure.build())


def _add_limits(figure: Any, view: ChartView, scale: _Scale, room: tuple[int, int]) -> None:
    """Draw the limits, the worst over the others; of two that share a row the worst alone is labelled."""
    width, rows = room
    shown = sorted((one for one in view.limits if scale.holds(one.value)), key=lambda one: one.level.rank)
    by_row = {round(scale.at(limit.value) * (rows - 1)): limit for limit in shown}
    for limit in shown:
        colour = _token(limit.level.value if limit.level.is_breach else "limit")
        figure.hline(scale.at(limit.value), colour)
        label = clip(limit.label, width // 2)
        # The marks have the uppermost row: a label between them could not be read.
        is_free = not view.marks or round(scale.at(limit.value) * (rows - 1)) < rows - 1
        if label and is_free and any(limit is one for one in by_row.values()):
            figure.text(f" {label} ", 1, scale.at(limit.value), color=colour, alignment="right")


def _add_series(
    figure: Any, view: ChartView, scales: tuple[_Scale, _Scale], points: int, marker: str
) -> None:
    parts = 0
    # What matters most is drawn last: plotext lets later lines win a shared cell.
    for series in sorted(view.series, key=lambda one: ("compare", "part", "peak", "main").index(one.role)):
        colour = _token(series_role(series, parts))
        parts += series.role == "part"
        settled, provisional = _split(view, series)
        for line, token in ((settled, colour), (provisional, _token("provisional"))):
            thin = _thinned(line, scales, points)
            known = sum(not math.isnan(y) for _, y in thin)
            xs, ys = [x for x, _ in thin], [y for _, y in thin]
            # Dots tell yesterday from today where there is no colour; a single point needs a mark.
            if known == 1 or series.role == "compare":
                dot = "." if marker == "*" else "·" if series.role == "compare" else "•"
                figure.scatter(xs, ys, marker=dot, color=token)
            elif known:
                figure.plot(xs, ys, marker=marker, color=token)


_Line = list[tuple[float, float | None]]


def _split(view: ChartView, series: ChartSeries) -> tuple[_Line, _Line]:
    """Return the settled and the provisional points; the last settled one starts the second line."""
    line: _Line = list(zip(series.xs, series.ys, strict=False))
    since = view.provisional_from
    if since is None or series.role == "compare":
        return line, []
    cut = next((index for index, (x, _) in enumerate(line) if x >= since), len(line))
    return line[:cut], line[max(0, cut - 1) :] if cut < len(line) else []


def _thinned(line: _Line, scales: tuple[_Scale, _Scale], points: int) -> list[tuple[float, float]]:
    """Return at most about `points` points scaled to 0..1, the extremes of each bucket; gaps are NaN."""
    xs, ys = scales
    kept: list[tuple[float, float]] = [
        (xs.at(x), min(1.0, max(0.0, ys.at(y))) if y is not None and math.isfinite(y) else math.nan)
        for x, y in line
        if xs.holds(x)
    ]
    if len(kept) <= points:
        return kept
    size = math.ceil(2 * len(kept) / points)
    buckets = (kept[start : start + size] for start in range(0, len(kept), size))
    return [point for bucket in buckets for point in _extremes(bucket)]


def _extremes(bucket: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    known = [point for point in bucket if not math.isnan(point[1])]
    if not known:
        return [bucket[0]]
    ends = {min(known, key=lambda point: point[1]), max(known, key=lambda point: point[1])}
    return sorted(ends)


def _spread(ticks: Sequence[tuple[float, str]], at_most: int) -> list[tuple[float, str]]:
    step = max(1, math.ceil(len(ticks) / at_most))
    return list(ticks[::step])


def _token(role: str) -> int:
    """Return the 8-bit colour that stands for a role until `_styled` swaps it for the style."""
    return _ROLES.index(role) + 1


def _styled(text: str, styles: Mapping[str, str]) -> Content:
    role = "axis"
    spans: list[tuple[str, str]] = []
    for index, piece in enumerate(_SGR.split(text.rstrip("\n"))):
        if index % 2 == 0:
            if piece:
                spans.append((piece, styles.get(role, "")))
        else:
            role = _ROLES[int(piece[5:]) - 1] if piece.startswith("38;5;") else "axis"
    return Content.assemble(*spans)
