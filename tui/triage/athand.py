"""What the snapshots tell of changes, for where no timeline is kept (a report, a console just begun)."""

from __future__ import annotations

from collections.abc import Iterator

from tui.domain.snapshots import ChangesSnapshot, EcsSnapshot
from tui.triage.entry import Kind, TimelineEntry
from widgets.text import one_line


def entries_at_hand(ecs: EcsSnapshot | None, changes: ChangesSnapshot | None) -> tuple[TimelineEntry, ...]:
    """Return deployments and changes by others as entries of a timeline, in no order."""
    return (*_deployments(ecs), *_changes(changes))


def _deployments(ecs: EcsSnapshot | None) -> Iterator[TimelineEntry]:
    for service in ecs.services if ecs is not None else ():
        for one in service.deployments:
            if one.created_s is not None:
                title = f"deployment {one.task_definition}"
                key = f"deployment/{one.id}"
                yield TimelineEntry(key, one.created_s, Kind.DEPLOYMENT, title, service.name, "ecs")


def _changes(changes: ChangesSnapshot | None) -> Iterator[TimelineEntry]:
    for one in changes.changes if changes is not None else ():
        if not one.error:
            title = one_line(" ".join((one.event, *one.resources[:2])), 120)
            resource = one.resources[0] if one.resources else ""
            yield TimelineEntry(f"change/{one.id}", one.at_s, Kind.CHANGE, title, resource, who=one.who)
