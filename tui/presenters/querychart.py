"""The chart of a query's answer: a line over time, bars for a group, or none.

Rule: CWL_QuerySyntax-Stats.html in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/: an aggregate by bin()
is a line; an aggregate without bin() is bars, at most 100; without an aggregate there is no chart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from tui.insights import tree
from widgets.model import ChartSeries, ChartTick, ChartView

MOST_BARS: Final = 100
MOST_LINES: Final = 8
"""Lines that can still be told apart."""

_ROUNDING = frozenset(("bin", "datefloor", "dateceil"))
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one aggregate.

    Attributes:
        title: The aggregate.
        bars: Label and value, in the order of the rows.
    """

    title: str
    bars: tuple[tuple[str, float], ...]


def query_chart(query: tree.Query, rows: Sequence[Mapping[str, str]]) -> ChartView | Bars | None:
    """Return the chart of an answer; None where the table says it best.

    Args:
        query: What was asked.
        rows: Column to value; a column without a value is absent.
    """
    stats = next((each for each in reversed(query.commands) if isinstance(each, tree.Stats)), None)
    if stats is None or not rows:
        return None
    aggregates = [item.name for item in stats.aggregates if _has_numbers(item.name, rows)]
    groups = [item.name for item in stats.groups]
    time = next((item.name for item in stats.groups if _is_time(item.expr)), None)
    if not aggregates:
        return None
    if time is None:
        return _bars(aggregates[0], groups, rows) if groups and len(rows) > 1 else None
    return _lines(time, [name for name in groups if name != time], aggregates, rows)


def _is_time(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Call) and expr.name in _ROUNDING


def _has_numbers(name: str, rows: Sequence[Mapping[str, str]]) -> bool:
    return any(_number(row.get(name)) is not None for row in rows)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _label(names: Sequence[str], row: Mapping[str, str]) -> str:
    return " ".join(row.get(name, "-") for name in names)


def _bars(aggregate: str, groups: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Bars:
    found = [(_label(groups, row), _number(row.get(aggregate))) for row in rows]
    return Bars(aggregate, tuple((label, value) for label, value in found if value is not None)[:MOST_BARS])


def _lines(
    time: str, groups: Sequence[str], aggregates: Sequence[str], rows: Sequence[Mapping[str, str]]
) -> ChartView | None:
    points: dict[str, dict[float, float]] = {}
    moments: set[float] = set()
    for row in rows:
        moment = _moment(row.get(time))
        if moment is None:
            continue
        moments.add(moment)
        for name in aggregates:
            value = _number(row.get(name))
            label = " ".join(
                part for part in (_label(groups, row), name if len(aggregates) > 1 else "") if part
            )
            if value is not None:
                points.setdefault(label or name, {})[moment] = value
    xs = _grid(sorted(moments))
    if not xs or not points:
        return None
    shown = list(points)[:MOST_LINES]
    # A missing bin is a gap, not a zero.
    series = tuple(
        ChartSeries(label, xs, tuple(points[label].get(x) for x in xs), "main" if len(shown) == 1 else "part")
        for label in shown
    )
    values = [value for label in shown for value in points[label].values()]
    title = aggregates[0] if len(aggregates) == 1 else time
    if len(points) > MOST_LINES:
        title += f" ({MOST_LINES} of {len(points)} groups)"
    low, high = min(0.0, *values), max(values)
    return ChartView(
        title,
        "",
        xs[0],
        max(xs[-1], xs[0] + 1),
        series,
        ticks=_ticks(xs),
        y_ticks=tuple((value, f"{value:,.4g}") for value in _steps(low, high)),
        y_max=high if high > low else low + 1,
        y_min=low,
    )


def _grid(moments: Sequence[float]) -> tuple[float, ...]:
    """Return the moments with those between them at which nothing was, as long as they are steady."""
    steps = [later - earlier for earlier, later in pairwise(moments)]
    step = min(steps, default=0.0)
    if step <= 0 or any(each % step for each in steps) or (moments[-1] - moments[0]) / step > 10_000:
        return tuple(moments)
    return tuple(moments[0] + step * number for number in range(int((moments[-1] - moments[0]) / step) + 1))


def _ticks(xs: Sequence[float]) -> tuple[ChartTick, ...]:
    span = xs[-1] - xs[0]
    form = "%H:%M" if span <= 86_400 else "%d %H:%M"
    places = sorted({xs[round(index * (len(xs) - 1) / _TICKS)] for index in range(_TICKS + 1)})
    return tuple(ChartTick(at, datetime.fromtimestamp(at, UTC).strftime(form)) for at in places)


def _steps(low: float, high: float) -> list[float]:
    return [low, (low + high) / 2, high] if high > low else [low]
