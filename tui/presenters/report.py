"""The health report as text: aligned tables for a terminal or a pipe, and Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from config.levels import Level, Threshold
from config.schema import Config
from tui.domain.report import Report, ReportMetric
from tui.domain.series import bucket
from tui.domain.snapshots import Series
from tui.domain.timespans import aligned
from tui.domain.units import ABSENT, age_text, value_text
from tui.presenters.tiles import scale_of
from widgets.model import ASCII_GLYPHS, GLYPHS, WORDS
from widgets.text import one_line

SPARK_CELLS = 24
STEPS_SHOWN = 48
"""Rows of the table of steps; JSON has them all."""
STEP_METRICS = ("ecs.cpu", "rds.cpu", "alb.response_time")
"""What the operations guide's analysis script prints step by step."""

_BLOCKS, _ASCII_BLOCKS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_KINDS = {"service": "ECS", "database": "RDS", "load_balancer": "ALB"}
_HEADINGS = ("metric", "latest", "average", "maximum", "level")
_RIGHT = (False, True, True, True, False, False)
_SPECIAL = re.compile(r"([\\`*\[\]<>|])")

Row = tuple[str, ...]


def report_table(report: Report, config: Config, *, ascii: bool = False) -> str:
    """Return the report as aligned plain text, ending in a newline.

    Args:
        report: What was found.
        config: What is watched, for names and limits.
        ascii: Draw glyphs and sparklines with characters that every font has.
    """
    lines = [_headline(report, config, ascii=ascii), ""]
    head = (*(one.upper() for one in _HEADINGS), f"LAST {_span(report.window_s)}")
    rows: list[Row] = [head]
    for heading, metrics in _by_resource(report, config):
        rows.append((heading,))
        rows.extend((f"  {row[0]}", *row[1:]) for row in _rows(report, config, metrics, ascii=ascii))
    lines.extend(_aligned(rows, _RIGHT))
    lines.extend(_section("FINDINGS", _finding_lines(report, ascii=ascii)))
    lines.extend(_section("TRENDS", _trend_lines(report, ascii=ascii)))
    lines.extend(_section("ERRORS", _error_lines(report)))
    steps, left_out = _steps(report, config)
    if steps:
        rows = [tuple(one.upper() for one in steps[0]), *steps[1:]]
        table = _aligned(rows, (False, *(True for _ in steps[0][1:])))
        lines.extend(_section(f"STEPS OF {_span(report.period_s)}", table))
        if left_out:
            lines.append(f"  {left_out} earlier steps are left out; --format json has them all")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def report_markdown(report: Report, config: Config, *, ascii: bool = False) -> str:
    """Return the report as GitHub-flavoured Markdown, ending in a newline; arguments as `report_table`."""
    lines = [f"# {_escape(_headline(report, config, ascii=ascii))}"]
    head = (*_HEADINGS, f"last {_span(report.window_s)}")
    for heading, metrics in _by_resource(report, config):
        rows = _rows(report, config, metrics, ascii=ascii)
        lines += ["", f"## {_escape(heading)}", "", *_markdown_table(head, rows, _RIGHT)]
    for title, found in (
        ("Findings", _finding_lines(report, ascii=ascii)),
        ("Trends", _trend_lines(report, ascii=ascii)),
        ("Errors", _error_lines(report)),
    ):
        if found:
            lines += ["", f"## {title}", "", *(f"- {_escape(one)}" for one in found)]
    steps, left_out = _steps(report, config)
    if steps:
        right = (False, *(True for _ in steps[0][1:]))
        title = f"## Steps of {_span(report.period_s)}"
        lines += ["", title, "", *_markdown_table(steps[0], steps[1:], right)]
        if left_out:
            lines += ["", f"{left_out} earlier steps are left out; `--format json` has them all."]
    return "\n".join(lines) + "\n"


def _headline(report: Report, config: Config, *, ascii: bool) -> str:
    stack = config.stack
    names = (stack.cluster or "", *stack.services, *stack.databases, *stack.load_balancers)
    name = next((one for one in names if one), "cwtop")
    moment = datetime.fromtimestamp(report.at_s).astimezone()
    level = _level_text(report.level, ascii=ascii) or "no level"
    region = f" ({config.region})" if config.region else ""
    dash = "-" if ascii else "–"
    return one_line(
        f"{name}{region}: {level} {dash} {moment:%Y-%m-%d %H:%M:%S %Z}, "
        f"last {_span(report.window_s)} in steps of {_span(report.period_s)}"
    )


def _by_resource(report: Report, config: Config) -> list[tuple[str, list[ReportMetric]]]:
    """Return metrics under "ECS prod-llmops-service" and the like, in the report's order."""
    groups: dict[str, list[ReportMetric]] = {}
    for metric in report.metrics:
        heading = f"{_kind(config, metric)} {one_line(metric.resource, 120)}".strip()
        groups.setdefault(heading, []).append(metric)
    return list(groups.items())


def _rows(report: Report, config: Config, metrics: Iterable[ReportMetric], *, ascii: bool) -> list[Row]:
    absent = "-" if ascii else ABSENT
    return [
        (
            metric.title,
            *(
                absent if value is None else value_text(value, metric.unit)
                for value in (metric.latest, metric.average, metric.maximum)
            ),
            _level_text(metric.level, ascii=ascii),
            one_line(metric.note, 200) if metric.note else _spark(report, config, metric, ascii=ascii),
        )
        for metric in metrics
    ]


def _spark(report: Report, config: Config, metric: ReportMetric, *, ascii: bool) -> str:
    """Return the window as blocks; "" for a metric with one point, which shows no course."""
    if len(metric.points) < 2:
        return ""
    start, end = aligned(report.at_s, report.window_s, report.period_s)
    times, values = zip(*metric.points, strict=True)
    cells = min(SPARK_CELLS, (end - start) // report.period_s)
    buckets = bucket(Series(report.period_s, times, values), start, end, cells)
    limits = config.thresholds.get(metric.id)
    threshold = Threshold(limits.warning, limits.critical, limits.goal, limits.below) if limits else None
    ceiling = scale_of([one for one in buckets if one is not None], metric.unit, threshold)
    blocks = _ASCII_BLOCKS if ascii else _BLOCKS
    return "".join(" " if one is None else blocks[_block(one, ceiling)] for one in buckets)


def _block(value: float, ceiling: float) -> int:
    share = value / ceiling if ceiling > 0 else 0.0
    return min(7, max(0, int(share * 8)))


def _finding_lines(report: Report, *, ascii: bool) -> list[str]:
    """Return the findings; what a failed source leaves unknown is told once, among the errors."""
    told = [one.summary.rstrip(".") for one in report.errors]
    return [
        one_line(f"{_level_text(one.level, ascii=ascii)}  {one.resource}: {one.sentence}")
        for one in report.findings
        if one.level is not Level.UNKNOWN or not any(summary in one.sentence for summary in told)
    ]


def _trend_lines(report: Report, *, ascii: bool) -> list[str]:
    """Return what goes on; what is steady, or has too little data, is in the JSON form only."""
    return [
        one_line(f"{_level_text(one.level, ascii=ascii)}  {one.resource}: {one.sentence}".strip())
        for one in report.trends
        if one.sentence
    ]


def _error_lines(report: Report) -> list[str]:
    return [one_line(f"{one.source}: {one.summary} {one.hint}".strip()) for one in report.errors]


def _steps(report: Report, config: Config) -> tuple[list[Row], int]:
    """Return the guide's metrics step by step, headings first, and how many older steps are left out."""
    chosen = [one for one in report.metrics if one.id in STEP_METRICS and len(one.points) > 1]
    if not chosen:
        return [], 0
    times = sorted({at for one in chosen for at, _ in one.points})
    shown = times[-STEPS_SHOWN:]
    columns = [dict(one.points) for one in chosen]
    is_long = report.window_s > 86_400
    rows: list[Row] = [("time", *(_step_title(config, one, chosen) for one in chosen))]
    for at in shown:
        moment = datetime.fromtimestamp(at).astimezone()
        values = (
            value_text(column[at], one.unit) if at in column else ""
            for column, one in zip(columns, chosen, strict=True)
        )
        rows.append((f"{moment:%m-%d %H:%M}" if is_long else f"{moment:%H:%M}", *values))
    return rows, len(times) - len(shown)


def _step_title(config: Config, metric: ReportMetric, chosen: Sequence[ReportMetric]) -> str:
    """Return "RDS CPU", with the resource's name where several have the metric."""
    title = f"{_kind(config, metric)} {metric.title}".strip()
    is_shared = sum(one.id == metric.id for one in chosen) > 1
    return f"{title} {one_line(metric.resource, 40)}" if is_shared else title


def _kind(config: Config, metric: ReportMetric) -> str:
    spec = config.metrics.get(metric.id)
    return _KINDS[spec.resource] if spec is not None else ""


def _level_text(level: Level | None, *, ascii: bool) -> str:
    if level is None:
        return ""
    return f"{(ASCII_GLYPHS if ascii else GLYPHS)[level]} {WORDS[level]}"


def _span(seconds: int) -> str:
    return age_text(seconds)


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _aligned(rows: Sequence[Row], right: Sequence[bool]) -> list[str]:
    """Return rows as lines of equal columns; rows of one cell are headings and widen no column."""
    cells = [row for row in rows if len(row) > 1]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))] if cells else []
    lines = []
    for row in rows:
        if len(row) == 1:
            lines.append(row[0])
            continue
        pads: list[Callable[[int], str]] = [
            cell.rjust if is_right else cell.ljust for cell, is_right in zip(row, right, strict=False)
        ]
        lines.append("  ".join(pad(width) for pad, width in zip(pads, widths, strict=True)))
    return lines


def _markdown_table(head: Row, rows: Iterable[Row], right: Sequence[bool]) -> list[str]:
    rule = ("---:" if is_right else "---" for is_right, _ in zip(right, head, strict=True))
    return [
        "| " + " | ".join(_escape(cell) for cell in head) + " |",
        "| " + " | ".join(rule) + " |",
        *("| " + " | ".join(_escape(cell.strip()) for cell in row) + " |" for row in rows),
    ]


def _escape(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)
