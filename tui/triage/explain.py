"""Explains a breach: since when, what else moved, what changed before, and what that adds up to. Pure.

The method with its figures is in docs/triage.md; every number of a ranking is in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from config.levels import Level
from tui.domain.snapshots import Series
from tui.domain.units import age_text, clock_text, value_text
from tui.triage.causes import Scene, probable
from tui.triage.changes import last_change, ordered
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.logpatterns import new_patterns
from tui.triage.material import Explanation, Material, Moved
from tui.triage.movement import LOOK_BACK_S, Move, find_move, find_ramp, together

MOST_MOVES: Final = 12
_SHARED: Final = frozenset({"CPU", "Memory", "Connections"})
_RAMPS: Final = frozenset({"ecs.memory", "rds.free_storage", "rds.free_storage_percent", "rds.connections",
                           "rds.freeable_memory", "rds.swap"})  # fmt: skip


def explain(material: Material) -> Explanation:
    """Return the explanation of a breach.

    Args:
        material: What is known; the more, the better.
    """
    entries = ordered(material.entries)
    move = _own_move(material, entries)
    finding = material.finding
    started_s = move.onset_s if move is not None else None if material.metric else finding.since_s
    # What has no course of its own begins when it was first seen.
    near_s = started_s if started_s is not None else finding.since_s
    if near_s is None:
        near_s = material.now_s
    if started_s is None and material.metric and not _is_breach(material):
        start = _start_text(material, None)
        return Explanation(finding, None, start, nothing=_nothing(material, None), notes=material.notes)
    moves = _moves(material, near_s, move, entries)
    span = (move.early_s, move.late_s) if move is not None else (near_s, near_s)
    change = last_change(entries, near_s, span)
    patterns = new_patterns(material.lines, near_s - 60, material.now_s)
    scene = Scene(material, near_s, move, moves, entries, change, patterns)
    causes = probable(scene)
    return Explanation(
        finding,
        started_s,
        _start_text(material, move),
        causes,
        "" if causes else _nothing(material, move),
        moves,
        change,
        material.differences if change is not None else (),
        patterns,
        material.database.statements,
        material.notes,
        scene.load,
    )


def _own_move(material: Material, entries: Sequence[TimelineEntry]) -> Move | None:
    """Return the change of the breached metric itself."""
    if not material.metric:
        return None
    key = (material.metric, _resource(material))
    series = material.series.get(key)
    if series is None:
        return None
    unit = _unit(material, material.metric)
    near_s = material.finding.since_s if material.finding.since_s is not None else material.now_s
    slow = _ramp(material, material.metric, series, entries)
    quick = find_move(material.metric, unit, series, near_s, material.until_s)
    if slow is not None and quick is not None:
        # What climbs for hours has no step as large as the climb.
        return quick if abs(quick.after - quick.before) > 0.6 * abs(slow.after - slow.before) else slow
    return slow or quick


def _ramp(material: Material, metric: str, series: Series, entries: Sequence[TimelineEntry]) -> Move | None:
    """Return the ramp of a metric, since the last fresh start of its tasks where that fits better."""
    if metric not in _RAMPS:
        # The daily cycle of the others would pass for one.
        return None
    unit = _unit(material, metric)
    found = find_ramp(metric, unit, series, material.until_s)
    if found is not None:
        return found
    resets = [one.at_s for one in entries if one.kind is Kind.DEPLOYMENT]
    for at_s in reversed(resets):
        found = find_ramp(metric, unit, series, material.until_s, at_s)
        if found is not None:
            return found
    return None


def _moves(
    material: Material, near_s: float, own: Move | None, entries: Sequence[TimelineEntry]
) -> tuple[Moved, ...]:
    """Return what else moved, ranked by size, correlation and lag."""
    mine = material.series.get((material.metric, _resource(material)))
    breached = material.specs.get(material.metric)
    found = []
    for (metric, resource), series in material.series.items():
        spec = material.specs.get(metric)
        if spec is None or not series or (metric, resource) == (material.metric, _resource(material)):
            continue
        if spec.hidden and breached is not None and metric in breached.inputs:
            # The same figure in another unit, or a part of it.
            continue
        unit = str(spec.unit)
        move = _ramp(material, metric, series, entries)
        quick = find_move(metric, unit, series, near_s, material.until_s)
        if move is None or (quick is not None and own is not None and not own.is_ramp):
            move = quick
        if move is None:
            continue
        r = None
        if mine is not None:
            back_s = min(near_s, move.onset_s) - 3600
            r = together(mine, series, max(back_s, near_s - LOOK_BACK_S), move.until_s)
        lag_s = move.onset_s - near_s
        score = min(abs(move.z), 20.0) * (0.5 + 0.5 * abs(r or 0.0)) / (1 + abs(lag_s) / 600)
        found.append(
            Moved(
                metric,
                resource,
                titled(metric, spec.title),
                unit,
                move,
                lag_s,
                r,
                score,
                move_text(unit, move, lag_s, r),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.score)[:MOST_MOVES])


def move_text(unit: str, move: Move, lag_s: float | None = None, r: float | None = None) -> str:
    """Return a move as a sentence: levels, how unusual, when, how alike."""
    ratio = move.ratio
    times = f" (×{ratio:.1f})" if ratio is not None and (ratio >= 1.5 or ratio <= 0.67) else ""
    parts = [
        f"{value_text(move.before, unit)} → {value_text(move.after, unit)}{times}",
        f"{abs(move.z):.0f} times its usual spread of {value_text(move.scale, unit)}",
    ]
    if move.is_ramp:
        parts.append(f"for {age_text(move.until_s - move.onset_s)}")
    if lag_s is not None:
        parts.append(lag_text(lag_s))
    if r is not None:
        parts.append(f"r {r:+.2f}")
    if move.yesterday is not None:
        old, new = move.yesterday
        parts.append(f"yesterday {value_text(old, unit)} → {value_text(new, unit)}")
    return ", ".join(parts)


def titled(metric: str, title: str) -> str:
    """Return a metric's title with its service, where the title alone would be two metrics': "RDS CPU"."""
    return f"{metric.partition('.')[0].upper()} {title}" if title in _SHARED else title


def lag_text(lag_s: float) -> str:
    """Return a lag in words; less than a minute and a half is the same moment: points are a minute apart."""
    if abs(lag_s) < 90:
        return "at the same time"
    return f"{age_text(abs(lag_s))} {'after' if lag_s > 0 else 'before'} it"


def _start_text(material: Material, move: Move | None) -> str:
    title = _title(material)
    if move is not None:
        verb = "has climbed since" if move.is_ramp and move.is_up else "has fallen since"
        verb = verb if move.is_ramp else "changed at"
        unit = _unit(material, material.metric)
        return f"{title} {verb} {clock_text(move.onset_s, material.now_s)}: {move_text(unit, move)}"
    since_s = material.finding.since_s
    if not material.metric or _resource(material) not in {key[1] for key in material.series}:
        return f"Since {clock_text(since_s, material.now_s)}." if since_s is not None else ""
    if _is_breach(material):
        return f"{title}: no change point in the points at hand; it may have been so for longer"
    return f"{title} has not left its usual range"


def _nothing(material: Material, move: Move | None) -> str:
    if move is None and material.metric and not _is_breach(material):
        return "Nothing stands out: it has not left its usual range."
    return "Nothing stands out: no cause reaches four points. Below is what moved, and what to check."


def _title(material: Material) -> str:
    spec = material.specs.get(material.metric)
    return titled(material.metric, spec.title) if spec is not None else material.finding.sentence


def _unit(material: Material, metric: str) -> str:
    spec = material.specs.get(metric)
    return str(spec.unit) if spec is not None else "count"


def _resource(material: Material) -> str:
    """Return the resource of the metric: that of the breach, of an alarm the one that has the metric."""
    own = material.finding.resource
    if (material.metric, own) in material.series:
        return own
    return next((resource for metric, resource in material.series if metric == material.metric), own)


def _is_breach(material: Material) -> bool:
    return material.finding.level in (Level.WARNING, Level.CRITICAL)
