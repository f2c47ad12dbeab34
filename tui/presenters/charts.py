"""The chart of one metric: lines with gaps, threshold lines, sensible axes, yesterday behind it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from config.levels import Level, Threshold
from config.schema import MetricSpec
from tui.domain.findings import Resolved
from tui.domain.series import clip, with_gaps
from tui.domain.snapshots import Series
from tui.domain.targets import PANES
from tui.domain.timespans import aligned, axis_ticks
from tui.domain.units import axis_text, clock_text, limit_text, value_text
from tui.presenters.inputs import Comparison, Inputs
from tui.presenters.tiles import missing_text
from tui.presenters.timeline import marks_of
from widgets.model import ChartLimit, ChartSeries, ChartTick, ChartView

TIME_TICKS = 7
VALUE_TICKS = 5
HEADROOM = 1.08
"""Air above the highest thing drawn."""
SMALLEST_TOP = 1e-9
"""Less than this is drawn as zero: no unit's labels could tell it."""
NEAR_LIMIT = 3.0
"""A limit is drawn if it lies within this many times the data's maximum; a farther one would flatten it."""


def chart_of(inputs: Inputs, name: str, spec: MetricSpec, resource: str) -> ChartView | None:
    """Return the chart of a metric; None before anything was assessed.

    Args:
        inputs: What the console shows.
        name: Metric id.
        spec: Its line in the catalogue.
        resource: Name of the resource.
    """
    assessment = inputs.assessment
    if assessment is None:
        return None
    start, end = aligned(inputs.now_s, assessment.window_s, assessment.period_s)
    found = assessment.resolved.get((name, resource))
    lines = _lines(inputs, spec, found, start, end) if found is not None else []
    ticks = tuple(ChartTick(at, label) for at, label in axis_ticks(start, end, TIME_TICKS))
    threshold = found.threshold if found is not None else None
    values = [y for line in lines for y in line.ys if y is not None]
    if not values:
        empty = missing_text(inputs, spec, found, is_long=True) or "Waiting for the first points."
        return ChartView(spec.title, spec.unit, start, end, ticks=ticks, empty=empty)
    top, is_fixed = _top(values, spec.unit, threshold)
    y_max, y_ticks = value_axis(top, spec.unit, is_fixed=is_fixed)
    now, extremes = _figures(found, lines, spec.unit)
    cursor, cursor_text = _cursor(inputs, found, lines, spec.unit, (start, end))
    return ChartView(
        title=f"{spec.title}{_far_limits(threshold, spec.unit, y_max)}",
        unit=spec.unit,
        start=start,
        end=end,
        series=tuple(lines),
        limits=_limits(threshold, spec.unit, y_max),
        ticks=ticks,
        y_ticks=y_ticks,
        y_max=y_max,
        provisional_from=_provisional(assessment.settled_until_s, assessment.period_s, end),
        now=now,
        extremes=extremes,
        cursor=cursor,
        cursor_text=cursor_text,
        marks=marks_of(inputs, PANES[spec.resource], resource, (start, end)),
    )


def _figures(found: Resolved | None, lines: Sequence[ChartSeries], unit: str) -> tuple[str, str]:
    """Return the value that the tile shows, and the range of the main line over the window."""
    main = next((line for line in lines if line.role == "main"), None)
    known = [y for y in main.ys if y is not None] if main is not None else []
    if found is None or not known:
        return "", ""
    latest = found.latest if found.latest is not None else known[-1]
    return value_text(
        latest, unit
    ), f"min {value_text(min(known), unit)} · max {value_text(max(known), unit)}"


def _cursor(
    inputs: Inputs, found: Resolved | None, lines: Sequence[ChartSeries], unit: str, window: tuple[int, int]
) -> tuple[float | None, str]:
    """Return the start of the bucket that holds the console's moment, and what the lines say there.

    Everything follows from the bucket, so that a moment that moves within one repaints nothing.
    """
    moment, assessment = inputs.ui.moment_s, inputs.assessment
    if moment is None or found is None or assessment is None or not window[0] <= moment < window[1]:
        return None, ""
    # What is published less often than the axis steps has one point for several of its steps.
    period = max(assessment.period_s, found.series.period_s)
    bucket = math.floor(moment / period) * period
    when = clock_text(bucket, inputs.now_s)
    told = [
        f"{line.label} {value}" if line.role == "part" else value
        for line in lines
        if line.role in ("main", "part") and (value := _value_at(line, bucket, bucket + period, unit))
    ]
    return float(max(bucket, window[0])), f"at {when} {', '.join(told) or 'no point'}"


def _value_at(line: ChartSeries, start: float, end: float, unit: str) -> str:
    """Return the line's point with start <= time < end; "" in a gap."""
    first = bisect_left(line.xs, start)
    if first == len(line.xs) or line.xs[first] >= end:
        return ""
    value = line.ys[first]
    return "" if value is None else value_text(value, unit)


def _lines(inputs: Inputs, spec: MetricSpec, found: Resolved, start: int, end: int) -> list[ChartSeries]:
    """Return the lines from back to front: earlier day, maximum, parts or the metric itself."""
    drawn: list[ChartSeries | None] = []
    if inputs.ui.comparison is not None:
        drawn.append(_compared(inputs.ui.comparison, found, start, end))
    if inputs.ui.split and spec.split and found.parts:
        for part, series in found.parts.items():
            drawn.append(_line(part, series, start, end, "part"))
    else:
        if found.peak is not None:
            drawn.append(_line("max", found.peak, start, end, "peak"))
        drawn.append(_line(_label(spec), found.series, start, end, "main"))
    return [line for line in drawn if line is not None]


def _line(
    label: str, series: Series, start: float, end: float, role: str, shift: float = 0.0
) -> ChartSeries | None:
    times, values = with_gaps(clip(series, start - shift, end - shift))
    if not times:
        return None
    xs = tuple(float(at + shift) for at in times)
    return ChartSeries(label, xs, values, role)  # type: ignore[arg-type]


def _compared(comparison: Comparison, found: Resolved, start: int, end: int) -> ChartSeries | None:
    series = comparison.series.get((found.metric, found.resource))
    if series is None:
        return None
    return _line(comparison.label, series, start, end, "compare", comparison.shift_s)


def _label(spec: MetricSpec) -> str:
    return {"Average": "avg", "Sum": "sum", "Maximum": "max", "Minimum": "min"}.get(
        spec.statistic or "", spec.statistic or "value"
    )


def _top(values: Sequence[float], unit: str, threshold: Threshold | None) -> tuple[float, bool]:
    """Return the highest value the axis must hold, and whether the axis ends exactly there."""
    largest = max(values)
    limits = _limit_values(threshold)
    is_below = threshold is not None and threshold.below
    if unit == "percent" and largest <= 100.0 and (is_below or not limits or max(limits) >= 50.0):
        return 100.0, True
    top = largest
    for limit in sorted(limits):
        if limit <= NEAR_LIMIT * top:
            top = max(top, limit)
    return top * HEADROOM, False


def value_axis(top: float, unit: str, *, is_fixed: bool) -> tuple[float, tuple[tuple[float, str], ...]]:
    """Return the end of the axis and its labelled positions from 0, in round steps."""
    if top <= SMALLEST_TOP:
        return 1.0, ((0.0, axis_text(0.0, unit)),)
    if is_fixed:
        step = top / 4
        return top, tuple((index * step, axis_text(index * step, unit)) for index in range(5))
    step = _round_step(top / (VALUE_TICKS - 1), unit)
    count = int(top / step) + 1
    return top, tuple((index * step, axis_text(index * step, unit)) for index in range(count))


def _round_step(rough: float, unit: str) -> float:
    """Return the next step of 1, 2 or 5 times a power of ten (of two for bytes), at least 1 for counts."""
    if unit == "bytes":
        return 2.0 ** math.ceil(math.log2(rough)) if rough > 1 else 1.0
    if unit == "count":
        rough = max(1.0, rough)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1.0, 2.0, 5.0) if factor * power >= rough), 10.0 * power)
    # 3 * 0.1 would be labelled 0.30000000000000004.
    return float(f"{step:.3g}")


def _limits(threshold: Threshold | None, unit: str, y_max: float) -> tuple[ChartLimit, ...]:
    if threshold is None:
        return ()
    pairs = ((Level.WARNING, threshold.warning), (Level.CRITICAL, threshold.critical))
    return tuple(
        ChartLimit(value, level, limit_text(threshold, level, unit))
        for level, value in pairs
        if value is not None and 0.0 <= value <= y_max
    )


def _far_limits(threshold: Threshold | None, unit: str, y_max: float) -> str:
    """Return " (limit > 500 ms above the axis)" if not even the first limit is on the axis."""
    if threshold is None:
        return ""
    limits = _limit_values(threshold)
    if not limits or min(limits) <= y_max:
        return ""
    level = Level.WARNING if threshold.warning is not None else Level.CRITICAL
    return f" (limit {limit_text(threshold, level, unit)}, above this axis)"


def _limit_values(threshold: Threshold | None) -> list[float]:
    if threshold is None:
        return []
    return [value for value in (threshold.warning, threshold.critical) if value is not None]


def _provisional(settled_until_s: float | None, period_s: int, end: int) -> float | None:
    """Return the start of the first bucket that may still change; steps by periods, not by seconds."""
    if settled_until_s is None:
        return None
    first = float(math.floor(settled_until_s / period_s) * period_s)
    return first if first < end else None
