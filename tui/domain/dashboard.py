"""The body of a CloudWatch dashboard that shows what the console shows.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from config.levels import Threshold
from config.schema import MetricSpec
from tui.domain.plan import Change

_COLUMNS: Final = 3
_WIDTH: Final = 8
_HEIGHT: Final = 6
_ACROSS: Final = 24


def metric_widget(
    spec: MetricSpec, resource: str, dimensions: Mapping[str, str], threshold: Threshold | None, region: str
) -> dict[str, Any]:
    """Return the widget of one metric of one resource, its limits as lines.

    Args:
        spec: The metric.
        resource: The resource's name.
        dimensions: As CloudWatch names it.
        threshold: Its limits in the metric's own unit, which CloudWatch's is scaled to.
        region: AWS Region.
    """
    names = [part for pair in dimensions.items() for part in pair]
    statistics = [one for one in (spec.statistic, spec.peak) if one]
    properties: dict[str, Any] = {
        "title": f"{spec.title}, {resource}",
        "region": region,
        "view": "timeSeries",
        "period": max(60, int(spec.period)),
        "metrics": [[spec.namespace, spec.name, *names, {"stat": one}] for one in statistics],
    }
    lines = [
        {"label": label, "value": value / spec.scale}
        for label, value in (
            ("warning", _limit(threshold, "warning")),
            ("critical", _limit(threshold, "critical")),
        )
        if value is not None
    ]
    if lines:
        properties["annotations"] = {"horizontal": lines}
    return {"type": "metric", "width": _WIDTH, "height": _HEIGHT, "properties": properties}


def alarm_widget(arns: Sequence[str]) -> dict[str, Any]:
    """Return the widget with the states of alarms."""
    return {
        "type": "alarm",
        "width": _ACROSS,
        "height": 3,
        "properties": {"title": "Alarms", "alarms": list(arns)},
    }


def log_widget(title: str, query: str, groups: Sequence[str], region: str) -> dict[str, Any]:
    """Return the widget with the rows of an Insights query."""
    sources = " | ".join(f"SOURCE '{group}'" for group in groups)
    return {
        "type": "log",
        "width": _ACROSS,
        "height": _HEIGHT,
        "properties": {
            "title": title,
            "region": region,
            "view": "table",
            "query": f"{sources} | {query.strip()}",
        },
    }


def body(metrics: Iterable[dict[str, Any]], others: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a dashboard: metrics three in a row, the rest below, one a row."""
    widgets = []
    y = 0
    for number, widget in enumerate(metrics):
        column = number % _COLUMNS
        y = number // _COLUMNS * _HEIGHT
        widgets.append({**widget, "x": column * _WIDTH, "y": y})
    y += _HEIGHT if widgets else 0
    for widget in others:
        widgets.append({**widget, "x": 0, "y": y})
        y += int(widget["height"])
    return {"widgets": widgets}


def differences(live: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return how a live dashboard differs: widgets that come, go or change, by title."""
    if live is None:
        return (Change("dashboard", "", f"{len(wanted['widgets'])} widgets"),)
    before, after = _by_title(live), _by_title(wanted)
    found = []
    for title in dict.fromkeys((*before, *after)):
        if before.get(title) != after.get(title):
            found.append(
                Change(title, "present" if title in before else "", _word(title in after, title in before))
            )
    if not found and canonical(live) != canonical(wanted):
        found.append(Change("dashboard", "other settings", "as configured"))
    return tuple(found)


def canonical(document: Mapping[str, Any]) -> str:
    """Return a dashboard's body in a form in which equal ones are equal."""
    return json.dumps(document, sort_keys=True)


def _word(is_there: bool, was_there: bool) -> str:
    if not is_there:
        return ""
    return "changed" if was_there else "present"


def _by_title(document: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for widget in document.get("widgets") or ():
        properties = widget.get("properties") or {}
        title = str(properties.get("title") or properties.get("markdown") or widget.get("type"))[:80]
        while title in found:
            title += "'"
        found[title] = canonical(widget)
    return found


def _limit(threshold: Threshold | None, name: str) -> float | None:
    value = getattr(threshold, name, None)
    return None if value is None else float(value)
