"""Actions applied from here, from the audit log, as timeline entries.

The log's times are this machine's; `skew_s` moves them to the endpoint's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from config.levels import Level
from tui.actions.audit import Run
from tui.triage.entry import Kind, TimelineEntry


def action_entries(
    runs: Iterable[Run], panes: dict[str, str], skew_s: float = 0.0
) -> Iterator[TimelineEntry]:
    """Yield one entry a run; a time that cannot be read leaves it out.

    Args:
        runs: Of the audit log.
        panes: Pane by name of a resource.
        skew_s: The endpoint's clock minus this machine's.
    """
    for run in runs:
        at_s = _epoch(run.at)
        if at_s is None:
            continue
        status = run.status or ("running" if run.is_alive else "cut off")
        word = f"undone, {status}" if run.undone_by else status
        steps = (f"{one.state}: {one.text}{f' ({one.problem})' if one.problem else ''}" for one in run.steps)
        changes = (f"{one.field}: {one.before} to {one.after}" for one in run.changes)
        lines = (run.action, run.text, *changes, *steps, run.undo_of and f"takes back {run.undo_of}")
        yield TimelineEntry(
            f"action:{run.id}",
            at_s + skew_s,
            Kind.ACTION,
            f"{run.title}: {word}",
            resource=run.target,
            pane=panes.get(run.target),  # type: ignore[arg-type]
            level=Level.WARNING if run.status not in ("done", "") or word == "cut off" else None,
            who=run.who.rsplit("/", 1)[-1],
            detail="\n".join(line for line in (f"run {run.id}", *lines) if line),
        )


def own_requests(runs: Iterable[Run]) -> frozenset[str]:
    """Return the AWS request ids of all steps that were answered."""
    return frozenset(one.request_id for run in runs for one in run.steps if one.request_id)


def _epoch(moment: str) -> float | None:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None
