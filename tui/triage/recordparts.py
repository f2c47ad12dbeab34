"""Brings what the console knows into the parts of an incident's record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from config.schema import Config
from tui.domain.assess import Assessment
from tui.domain.findings import PaneId
from tui.domain.queryruns import Past
from tui.domain.queryruns import Run as QueryRun
from tui.domain.series import clip
from tui.domain.snapshots import Series
from tui.domain.units import value_text
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.incident import LEAD_S, Breach, Incident
from tui.triage.record import Asked, Chart

MOST_ROWS = 20
"""Rows of a query's answer that the record tells."""
MOST_GAP_S = 300.0
"""Less than this without points at the ends of a period is not told, seconds."""


def start_of(incident: Incident | None, now_s: float, since_s: float | None = None) -> float:
    """Return where the record begins, epoch seconds: `LEAD_S` before the incident, or as asked for."""
    if since_s is not None:
        return since_s
    return (incident.opened_s if incident is not None else now_s) - LEAD_S


def charts_of(assessment: Assessment | None, incident: Incident | None, start_s: float) -> tuple[Chart, ...]:
    """Return the charts of the metrics that were breached, each once, from a start on, epoch seconds."""
    if assessment is None or incident is None:
        return ()
    found: dict[tuple[str, str], Chart] = {}
    for breach in incident.breaches:
        one = assessment.resolved.get(breach.key)
        if one is not None and breach.key not in found:
            worst = breach.worst
            found[breach.key] = Chart(
                worst.title, worst.resource, worst.unit, _from(one.series, start_s), worst.limit
            )
    return tuple(found.values())


def _from(series: Series, start_s: float) -> Series:
    return clip(series, start_s, series.times[-1] + series.period_s) if series else series


def asked_of(
    runs: Iterable[QueryRun], history: Sequence[Past], start_s: float, end_s: float
) -> tuple[Asked, ...]:
    """Return the queries of a period in order of time: those at hand with rows, others without."""
    found: dict[tuple[float, str], Asked] = {}
    for past in history:
        found[past.at_s, past.text] = Asked(past.at_s, past.name, past.text, past.status, past.rows)
    for run in runs:
        rows = run.answer.rows
        status = run.answer.status if run.fault is None else "Refused"
        sample = tuple(tuple(row.items()) for row in rows[:MOST_ROWS])
        question = run.question
        found[run.asked_s, question.text] = Asked(
            run.asked_s, question.name, question.text, status, len(rows), sample
        )
    inside = (one for one in found.values() if start_s <= one.at_s <= end_s)
    return tuple(sorted(inside, key=lambda one: (one.at_s, one.text)))


def _breach_entries(incident: Incident, config: Config) -> tuple[TimelineEntry, ...]:
    """Return an incident's breaches for the timeline of its record."""
    panes: dict[str, PaneId] = {"service": "ecs", "database": "rds", "load_balancer": "alb"}
    entries = []
    for one in incident.breaches:
        spec = config.metrics.get(one.worst.id)
        pane = panes[spec.resource] if spec is not None else None
        entries.append(
            TimelineEntry(
                f"breach:{one.worst.id}:{one.worst.resource}:{one.opened_s:.0f}",
                one.opened_s,
                Kind.BREACH,
                _worst_title(one),
                one.worst.resource,
                pane,
                one.worst.level,
                one.closed_s,
                metric=one.worst.id if spec is not None else "",
            )
        )
    return tuple(entries)


def _worst_title(breach: Breach) -> str:
    """Return a breach in a few words: what, and its worst value."""
    one = breach.worst
    if one.value is None:
        return one.sentence
    limit = f", limit {value_text(one.limit, one.unit)}" if one.limit is not None else ""
    return f"{one.title or one.id}: at worst {value_text(one.value, one.unit)}{limit}"


def told_entries(
    entries: Iterable[TimelineEntry], incident: Incident | None, config: Config, start_s: float, end_s: float
) -> tuple[TimelineEntry, ...]:
    """Return the timeline of a record: breaches as the incident knows them, over a restart, each once."""
    if incident is None:
        return entries_of(entries, start_s, end_s)
    own = {one.key for one in incident.breaches}
    others = [one for one in entries if one.kind is not Kind.BREACH or (one.metric, one.resource) not in own]
    # What is read by Describe has no metric: its sentence tells it.
    said = {(one.worst.resource, one.worst.sentence) for one in incident.breaches}
    others = [one for one in others if one.kind is not Kind.BREACH or (one.resource, one.title) not in said]
    return entries_of((*others, *_breach_entries(incident, config)), start_s, end_s)


def chart_gaps(charts: Iterable[Chart], start_s: float, end_s: float) -> tuple[str, ...]:
    """Return what of a period the charts do not tell, a sentence each.

    Args:
        charts: The charts.
        start_s: Start of the period, epoch seconds.
        end_s: Where settled points are to be expected, epoch seconds.
    """
    found = []
    for one in charts:
        times, name = one.series.times, f"{one.title} of {one.resource}"
        if not times:
            found.append(f"{name}: no points are known of the period.")
        elif times[0] > start_s + MOST_GAP_S:
            found.append(f"{name}: no points are known before {_clock(times[0])} UTC.")
        if times and times[-1] + one.series.period_s < end_s - MOST_GAP_S:
            found.append(f"{name}: no points are known after {_clock(times[-1] + one.series.period_s)} UTC.")
    return tuple(found)


def _clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M")


def entries_of(entries: Iterable[TimelineEntry], start_s: float, end_s: float) -> tuple[TimelineEntry, ...]:
    """Return the entries that touch a period in order of time; of equal keys the last stands."""
    by_key = {one.key: one for one in entries}
    inside = (one for one in by_key.values() if one.at_s <= end_s and (one.until_s or one.at_s) >= start_s)
    return tuple(sorted(inside, key=lambda one: (one.at_s, one.key)))


def epoch_of(moment: str) -> float | None:
    """Return an ISO 8601 time in epoch seconds; None where it is none."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None
