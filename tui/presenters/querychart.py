"""The rows of a query as a chart: a line for each series over time, bars for groups, else nothing.

The rule is that of docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html: lines need an
aggregate and a group by `bin()`; bars an aggregate without one, at most 100.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from tui.domain.drill import moment, period_s, time_group
from tui.domain.queries import QueryAnswer
from tui.domain.timespans import axis_ticks
from tui.domain.units import count_text
from tui.insights.tree import Query, Sort, Stats
from tui.presenters.charts import value_axis
from widgets.model import Bar, BarsView, ChartSeries, ChartTick, ChartView
from widgets.text import one_line

MOST_BARS: Final = 100
MOST_LINES: Final = 8
"""Series that are drawn: those that reach highest."""
_MOST_POINTS: Final = 5_000
_TICKS: Final = 8
_HEADROOM: Final = 1.05

Row = Mapping[str, str]


class NoChart(ValueError):
    """The rows make no chart; the text says why, and what to write for one."""


def chart_of(query: Query, answer: QueryAnswer) -> ChartView | BarsView:
    """Return the rows as a chart.

    Raises:
        NoChart: They make none.
    """
    stats = next((one for one in reversed(query.commands) if isinstance(one, Stats)), None)
    if stats is None:
        raise NoChart("The query counts nothing. For a chart write for example: stats count(*) by bin(5m)")
    groups = {one.name for one in stats.groups}
    columns = answer.columns
    measures = [name for name in columns if name not in groups and _is_measure(name, answer.rows)]
    if not measures:
        raise NoChart("No column of the result holds numbers only: there is nothing to draw.")
    time = time_group(stats)
    if time is not None and time.name in columns:
        others = [one.name for one in stats.groups if one.name != time.name]
        return _lines(answer.rows, time.name, others, measures, period_s(time.expr))
    if not groups:
        raise NoChart("There is one row and no group. Write for example: by bin(5m), or by a field.")
    return _bars(query, answer.rows, [one.name for one in stats.groups], measures)


def is_over_time(query: Query) -> bool:
    """Whether the rows of a query are points in time: their chart says more than their table."""
    stats = next((one for one in reversed(query.commands) if isinstance(one, Stats)), None)
    return stats is not None and time_group(stats) is not None


def number(text: str | None) -> float | None:
    """Return a value as a finite number; None where it is none."""
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_measure(name: str, rows: Sequence[Row]) -> bool:
    values = [row[name] for row in rows if name in row]
    return bool(values) and all(number(value) is not None for value in values)


# ---------------------------------------------------------------- lines


def _lines(
    rows: Sequence[Row], time: str, others: Sequence[str], measures: Sequence[str], step_s: float
) -> ChartView:
    points: dict[str, dict[float, float]] = {}
    moments: set[float] = set()
    for row in rows:
        at = moment(row.get(time, ""))
        if at is None:
            continue
        moments.add(at)
        part = ", ".join(one_line(row.get(one, "-"), 40) for one in others)
        for measure in measures:
            value = number(row.get(measure))
            if value is not None:
                label = " ".join(filter(None, (one_line(measure, 40) if len(measures) > 1 else "", part)))
                points.setdefault(label or one_line(measure, 40), {})[at] = value
    if not moments:
        raise NoChart(f"The column {one_line(time, 40)} holds no time.")
    xs = _axis(sorted(moments), step_s)
    ranked = sorted(points, key=lambda label: max(points[label].values()), reverse=True)
    kept = [label for label in points if label in ranked[:MOST_LINES]]
    is_single = len(kept) == 1
    series = tuple(
        ChartSeries(label, xs, tuple(map(points[label].get, xs)), "main" if is_single else "part")
        for label in kept
    )
    values = [value for label in kept for value in points[label].values()]
    end = xs[-1] + (step_s or 1.0)
    y_max, y_ticks = value_axis(max(0.0, *values) * _HEADROOM, "count", is_fixed=False)
    low = min(values)
    shown = f" ({MOST_LINES} highest of {len(points)} lines)" if len(points) > MOST_LINES else ""
    return ChartView(
        # Of several lines each has its label; the title says what they have in common.
        title=(one_line(measures[0], 40) if len(measures) == 1 else one_line(time, 40)) + shown,
        unit="count",
        start=xs[0],
        end=end,
        series=series,
        ticks=tuple(ChartTick(at, label) for at, label in axis_ticks(xs[0], end, _TICKS)),
        y_ticks=(((low, count_text(low)), *y_ticks) if low < 0 else y_ticks),
        y_max=y_max,
        y_min=min(0.0, low * _HEADROOM),
        extremes=f"min {count_text(low)} · max {count_text(max(values))}" if is_single else "",
    )


def _axis(moments: Sequence[float], step_s: float) -> tuple[float, ...]:
    """Return the times of all points, those without a row among them: they are gaps."""
    if step_s <= 0 or (moments[-1] - moments[0]) / step_s > _MOST_POINTS:
        return tuple(moments)
    count = round((moments[-1] - moments[0]) / step_s)
    regular = (moments[0] + index * step_s for index in range(count + 1))
    return tuple(sorted({*moments, *regular}))


# ---------------------------------------------------------------- bars


def _bars(query: Query, rows: Sequence[Row], groups: Sequence[str], measures: Sequence[str]) -> BarsView:
    measure = next((one for one in _sorted_by(query) if one in measures), measures[0])
    known = [(row, value) for row in rows if (value := number(row.get(measure))) is not None]
    bars = tuple(
        Bar(
            ", ".join(one_line(row.get(one, "-"), 60) for one in groups),
            value,
            count_text(value),
        )
        for row, value in known[:MOST_BARS]
    )
    note = f"the first {MOST_BARS} of {len(known):,}" if len(known) > MOST_BARS else ""
    return BarsView(
        f"{one_line(measure, 40)} by {', '.join(one_line(one, 40) for one in groups)}", bars, note
    )


def _sorted_by(query: Query) -> list[str]:
    """Return what the query sorts by: the measure that somebody cares about."""
    sorts = [one for one in query.commands if isinstance(one, Sort)]
    keys = sorts[-1].keys if sorts else ()
    return [query.text[one.expr.span.start : one.expr.span.end] for one in keys]
