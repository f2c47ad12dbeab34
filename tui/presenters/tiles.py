"""Tiles: one metric of one resource at a glance, and which of them deserves the chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from config.levels import Level, Threshold
from config.schema import Config, MetricSpec
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind
from tui.domain.findings import Resolved
from tui.domain.series import bucket
from tui.domain.timespans import aligned
from tui.domain.units import ABSENT, coarse_age, limit_text, value_text
from tui.presenters.freshness import permission_text
from tui.presenters.inputs import MUTED, Inputs
from widgets.model import TileView

SPARK_CELLS = 24
"""Cells of a tile's sparkline."""
NO_PERMISSION = "no permission"
NOT_PUBLISHED = "not published for this resource"
NO_TRAFFIC = "no traffic"

_FULL_PERCENT = 50.0
"""Percentages whose limits lie below this (an error rate) would look empty on a scale to 100."""


def specs_of(config: Config, kind: str) -> list[tuple[str, MetricSpec]]:
    """Return (metric id, spec) of what a kind of resource shows, in the order of the configuration.

    Args:
        config: The configuration.
        kind: service, database or load_balancer.
    """
    return [
        (name, spec)
        for name, spec in config.metrics.items()
        if spec.resource == kind and spec.tile and not spec.hidden
    ]


def tiles_of(
    inputs: Inputs, specs: Iterable[tuple[str, MetricSpec]], resource: str, hints: dict[str, str]
) -> tuple[TileView, ...]:
    """Return the tiles of one resource.

    Args:
        inputs: What the console shows.
        specs: Metric ids with their specs.
        resource: Name of the resource.
        hints: A few words by metric id, shown where nothing more urgent is to be said.
    """
    resolved = inputs.assessment.resolved if inputs.assessment is not None else {}
    tiles = []
    for name, spec in specs:
        found = resolved.get((name, resource))
        if found is None and spec.only is not None:
            # Published by some instances only: an absent one is no gap, it does not apply.
            continue
        tiles.append(_tile(inputs, name, spec, found, hints.get(name, "")))
    return tuple(tiles)


def default_focus(tiles: Sequence[TileView], wanted: str | None) -> str:
    """Return the metric id whose chart is drawn: the user's choice, the worst breached one, the first."""
    if not tiles:
        return ""
    if any(tile.id == wanted for tile in tiles):
        return wanted or ""
    breached = [tile for tile in tiles if tile.level is not None and tile.level.is_breach]
    # max() keeps the first of equals, which is the order of the configuration.
    return max(breached, key=lambda tile: _rank(tile.level)).id if breached else tiles[0].id


def missing_text(
    inputs: Inputs, spec: MetricSpec, resolved: Resolved | None, *, is_long: bool = False
) -> str:
    """Return why a metric has no value, "" while it is still being read.

    Four causes are told apart: no permission (with the IAM action), not published for this resource,
    no datapoints in the window, no traffic.

    Args:
        inputs: What the console shows.
        spec: The metric's line in the catalogue.
        resolved: The metric; None if it does not apply to the resource.
        is_long: Whether there is room for the catalogue's explanation.
    """
    entry = _source_entry(inputs, spec)
    if entry.snapshot is None:
        return permission_text(entry.error) if entry.error is not None else ""
    why = f": {spec.empty}" if is_long and spec.empty else ""
    if resolved is None:
        return f"{NOT_PUBLISHED}{why}"
    if resolved.note:
        return _note_text(resolved.note)
    if entry.error is not None and entry.error.kind is ErrorKind.ACCESS_DENIED:
        return permission_text(entry.error)
    if spec.source == "state":
        return "not found"
    if resolved.series:
        return "newest points are provisional"
    return f"no datapoints in {inputs.ui.window}{why}"


def scale_of(values: Iterable[float], unit: str, threshold: Threshold | None) -> float:
    """Return the value that fills a cell of the sparkline: 100 for percent, else the largest or its limit."""
    largest = max(values, default=0.0)
    limits = [
        one for one in (threshold.warning, threshold.critical) if one is not None
    ] if threshold is not None else []  # fmt: skip
    if unit == "percent" and (not limits or max(limits) >= _FULL_PERCENT or _is_below(threshold)):
        return max(100.0, largest)
    if _is_below(threshold) or not limits:
        return largest
    return max(largest, min(limits))


def _tile(inputs: Inputs, name: str, spec: MetricSpec, found: Resolved | None, hint: str) -> TileView:
    if found is None:
        return TileView(name, spec.title, ABSENT, note=missing_text(inputs, spec, None))
    spark = _spark(inputs, spec, found)
    present = [value for value in spark if value is not None]
    if found.latest is None:
        note = missing_text(inputs, spec, found)
    else:
        outdated = _note_text(found.note) if found.level is Level.UNKNOWN else ""
        note = outdated or _judged_note(inputs, spec, found) or hint
        if (name, found.resource) in inputs.muted:
            note = f"{MUTED[inputs.ui.ascii]} {note}".rstrip()
    return TileView(
        id=name,
        title=spec.title,
        value=value_text(found.latest, spec.unit),
        level=found.level,
        spark=spark,
        ceiling=scale_of(present, spec.unit, found.threshold),
        note=note,
    )


def _spark(inputs: Inputs, spec: MetricSpec, found: Resolved) -> tuple[float | None, ...]:
    assessment = inputs.assessment
    # A state metric is one point, read now: a lone cell at the edge says nothing.
    if assessment is None or spec.source == "state" or not found.series:
        return ()
    start, end = aligned(inputs.now_s, assessment.window_s, assessment.period_s)
    cells = min(SPARK_CELLS, max(1, (end - start) // assessment.period_s))
    return bucket(found.series, start, end, cells, spec.statistic or "Average")


def _judged_note(inputs: Inputs, spec: MetricSpec, found: Resolved) -> str:
    """Return what a value is judged by: "> 85 % for 12m", "goal < 60 %"."""
    threshold, level = found.threshold, found.level
    if level is None or threshold is None:
        return ""
    if level.is_breach:
        limit = limit_text(threshold, level, spec.unit)
        if not limit or found.since_s is None:
            return limit
        return f"{limit} for {coarse_age(inputs.now_s - found.since_s)}"
    if level is Level.ELEVATED and threshold.goal is not None:
        return f"goal {'>' if threshold.below else '<'} {value_text(threshold.goal, spec.unit)}"
    return ""


def _source_entry(inputs: Inputs, spec: MetricSpec) -> Entry[Any]:
    """Return the entry that a metric is read from: metrics, or for state the inventory."""
    entries = inputs.entries
    if spec.source != "state":
        return entries.metrics
    if spec.resource == "service":
        return entries.ecs
    return entries.rds if spec.resource == "database" else entries.alb


def _note_text(note: str) -> str:
    prefix, _, action = note.partition(": ")
    return f"{NO_PERMISSION}: {action}" if prefix == "not permitted" else note


def _is_below(threshold: Threshold | None) -> bool:
    return threshold is not None and threshold.below


def _rank(level: Level | None) -> int:
    return -1 if level is None else level.rank
