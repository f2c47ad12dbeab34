"""An incident's record as JSON: everything that it holds, for other programs."""

from __future__ import annotations

import math
from typing import Any

from tui.presenters.incident import open_items, scrub, scrub_field, summary
from tui.triage.incident import Breach
from tui.triage.record import SCHEMA, Deed, Record
from widgets.text import sanitise


def record_json(record: Record) -> dict[str, Any]:
    """Return the record as JSON of schema `SCHEMA`; times are epoch seconds."""
    incident = record.incident
    document = {
        "schema": SCHEMA,
        "summary": summary(record),
        "id": incident.id if incident is not None else None,
        "period": {"start_s": record.start_s, "end_s": record.made_s},
        "opened_s": incident.opened_s if incident is not None else None,
        "closed_s": incident.closed_s if incident is not None else None,
        "breaches": [_breach_json(one) for one in incident.breaches] if incident is not None else [],
        "breaches_left_out": incident.left_out if incident is not None else 0,
        "charts": [
            {
                "title": one.title,
                "resource": one.resource,
                "unit": one.unit,
                "limit": one.limit,
                "period_s": one.series.period_s,
                "points": [
                    [at, value] for at, value in zip(one.series.times, one.series.values, strict=True)
                ],
            }
            for one in record.charts
        ],
        "explanation": _cause_json(record),
        "actions": [_deed_json(one) for one in record.deeds],
        "timeline": [
            {
                "key": one.key,
                "at_s": one.at_s,
                "until_s": one.until_s,
                "kind": one.kind.value,
                "title": one.title,
                "resource": one.resource,
                "level": one.level.value if one.level else None,
                "who": one.who,
                "metric": one.metric,
            }
            for one in record.entries
        ],
        "queries": [
            {
                "at_s": one.at_s,
                "name": one.name,
                "text": one.text,
                "status": one.status,
                "rows": one.rows,
                "sample": [{name: scrub_field(name, value) for name, value in row} for row in one.sample],
            }
            for one in record.queries
        ],
        "open_items": open_items(record),
        "place": {
            "stack": list(record.place.stack),
            "account": record.place.account,
            "region": record.place.region,
            "who": record.place.who,
            "cwtop": record.place.version,
        },
    }
    cleaned: dict[str, Any] = _clean(document)
    return cleaned


def _breach_json(one: Breach) -> dict[str, Any]:
    return {
        "id": one.worst.id,
        "resource": one.worst.resource,
        "title": one.worst.title,
        "unit": one.worst.unit,
        "level": one.level.value,
        "worst_level": one.worst.level.value,
        "worst_value": one.worst.value,
        "limit": one.worst.limit,
        "sentence": one.worst.sentence,
        "opened_s": one.opened_s,
        "opening_known": one.is_opening_known,
        "closed_s": one.closed_s,
        "unseen_s": one.unseen_s,
    }


def _deed_json(one: Deed) -> dict[str, Any]:
    return {
        "run": one.run,
        "at_s": one.at_s,
        "title": one.title,
        "who": one.who,
        "changes": [{"field": name, "before": old, "after": new} for name, old, new in one.changes],
        "status": one.status,
        "text": one.text,
        "steps": one.steps,
        "steps_verified": one.steps_verified,
        "undo_of": one.undo_of,
        "undone_by": one.undone_by,
        "can_undo": one.can_undo,
    }


def _cause_json(record: Record) -> dict[str, Any] | None:
    if record.cause is None:
        return None
    cause = record.cause
    return {
        "summary": cause.summary,
        "sure": cause.is_sure,
        "evidence": list(cause.evidence),
        "runbook": cause.runbook,
        "steps": [
            {"id": one.id, "text": one.text, "done": one.is_done, "done_s": one.done_s} for one in cause.steps
        ],
        "breach": {"id": cause.breach[0], "resource": cause.breach[1]},
        "made_s": cause.made_s,
        "zone": cause.zone,
    }


def _clean(value: Any) -> Any:
    """Return JSON with every text sanitised and scrubbed, and numbers that JSON cannot say as null."""
    if isinstance(value, str):
        return sanitise(scrub(value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value
