"""Brings what the console knows into the parts of an incident's record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tui.domain.assess import Assessment
from tui.domain.queryruns import Past
from tui.domain.queryruns import Run as QueryRun
from tui.triage.entry import TimelineEntry
from tui.triage.incident import LEAD_S, Incident
from tui.triage.record import Asked, Chart

MOST_ROWS = 20
"""Rows of a query's answer that the record tells."""


def start_of(incident: Incident | None, now_s: float, since_s: float | None = None) -> float:
    """Return where the record begins, epoch seconds: `LEAD_S` before the incident, or as asked for."""
    if since_s is not None:
        return since_s
    return (incident.opened_s if incident is not None else now_s) - LEAD_S


def charts_of(assessment: Assessment | None, incident: Incident | None) -> tuple[Chart, ...]:
    """Return the charts of the metrics that were breached, each once."""
    if assessment is None or incident is None:
        return ()
    found: dict[tuple[str, str], Chart] = {}
    for breach in incident.breaches:
        one = assessment.resolved.get(breach.key)
        if one is not None and breach.key not in found:
            worst = breach.worst
            found[breach.key] = Chart(worst.title, worst.resource, worst.unit, one.series, worst.limit)
    return tuple(found.values())


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
