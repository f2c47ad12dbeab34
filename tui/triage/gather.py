"""Turns what AWS tells into entries of the timeline: alarms, deployments, tasks, RDS, scaling, changes.

Every time is the service's own: ECS, RDS, CloudWatch, CloudTrail and Auto Scaling stamp these, and their
clocks agree to well under a second, while what is shown and compared is minutes. `Clock` follows the same
services' `Date`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from config.levels import Level
from config.schema import Config
from tui.domain.findings import PaneId
from tui.domain.snapshots import (
    Alarm,
    AlarmHistorySnapshot,
    AlarmsSnapshot,
    Change,
    ChangesSnapshot,
    DbEventsSnapshot,
    Deployment,
    EcsSnapshot,
    ScalingSnapshot,
    Service,
    StoppedTask,
)
from tui.triage.entry import Kind, TimelineEntry

TITLE_LIMIT: Final = 300
SAME_TRANSITION_S: Final = 60.0
"""History and description of one transition of an alarm differ by less."""
OWN_AGENT: Final = "cwtop/"
"""Part of the user agent of every request from here."""

_ALARM_LEVELS: Final[Mapping[str, Level]] = {
    "ALARM": Level.WARNING,
    "OK": Level.OK,
    "INSUFFICIENT_DATA": Level.UNKNOWN,
}
_BAD_EVENTS: Final = ("unable to", "failed", "unhealthy", "rolling back", "was unable", "circuit breaker")
_INNER: Final = re.compile(r"^(\((service|deployment|task|taskSet) [^)]*\),? ?)+")
"""What the row names already."""
_ASKED_TO_STOP: Final = frozenset({"UserInitiated", "ServiceSchedulerInitiated"})
_DB_LEVELS: Final[Mapping[str, Level]] = {
    "failure": Level.CRITICAL,
    "failover": Level.WARNING,
    "low storage": Level.WARNING,
    "availability": Level.WARNING,
    "read replica": Level.WARNING,
}
"""By the event's category; the good half of "availability" is told apart by its message."""
_GOOD_AGAIN: Final = ("restarted", "completed", "started", "finished", "replication resumed", "created")
_PANES: Final[Mapping[str, PaneId]] = {
    "ecs": "ecs",
    "application-autoscaling": "ecs",
    "rds": "rds",
    "elasticloadbalancing": "alb",
}


# ---------------------------------------------------------------- alarms


class AlarmTrack:
    """One entry a transition, whether the history tells of it, the description, or both.

    Where the history cannot be read the transitions seen while looking are all there are.
    """

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], list[float]] = {}
        self._told: set[str] = set()

    def history(self, snapshot: AlarmHistorySnapshot, config: Config) -> list[TimelineEntry]:
        """Return the transitions that the history tells of."""
        found = []
        for one in snapshot.transitions:
            key = self._key(one.alarm, one.after, one.at_s)
            self._told.add(key)
            title = f"Alarm {one.alarm}: {one.before or '?'} to {one.after or '?'}"
            entry = TimelineEntry(
                key,
                one.at_s,
                Kind.ALARM,
                title,
                resource=one.alarm,
                pane=_pane_named(config, f"{one.alarm} {one.reason}"),
                level=_ALARM_LEVELS.get(one.after),
                detail=one.reason,
            )
            found.append(entry)
        return found

    def states(self, snapshot: AlarmsSnapshot, config: Config) -> list[TimelineEntry]:
        """Return the last transition of each alarm as it describes itself; not what the history told."""
        found = []
        for one in snapshot.alarms:
            # An alarm that was just made waits for data; that is no event.
            if one.since_s is None or one.state == "INSUFFICIENT_DATA":
                continue
            key = self._key(one.name, one.state, one.since_s)
            if key not in self._told:
                found.append(_alarm_entry(key, one, config))
        return found

    def _key(self, alarm: str, state: str, at_s: float) -> str:
        times = self._times.setdefault((alarm, state), [])
        same = next((one for one in times if abs(one - at_s) <= SAME_TRANSITION_S), None)
        if same is None:
            same = at_s
            times.append(at_s)
            del times[:-500]
        return f"alarm:{alarm}:{state}:{same:.0f}"


def _alarm_entry(key: str, one: Alarm, config: Config) -> TimelineEntry:
    names = " ".join(value for _, value in one.dimensions)
    return TimelineEntry(
        key,
        one.since_s or 0.0,
        Kind.ALARM,
        f"Alarm {one.name}: {one.state}",
        resource=one.name,
        pane=_pane_named(config, f"{names} {one.name}"),
        level=_ALARM_LEVELS.get(one.state),
        detail=one.reason,
    )


# ---------------------------------------------------------------- ECS


def ecs_entries(snapshot: EcsSnapshot) -> Iterator[TimelineEntry]:
    """Yield deployments with their ends, service events and stopped tasks."""
    for service in snapshot.services:
        for one in service.deployments:
            yield from _deployment(service, one)
        for event in service.events:
            is_bad = any(word in event.message for word in _BAD_EVENTS)
            yield TimelineEntry(
                f"service:{event.id}",
                event.at_s,
                Kind.SERVICE,
                _INNER.sub("", event.message[:TITLE_LIMIT]) or event.message,
                resource=service.name,
                pane="ecs",
                level=Level.WARNING if is_bad else None,
                detail=event.message,
            )
        for task in service.stopped:
            if task.stopped_s is not None:
                yield _stopped(service, task, task.stopped_s)


def _deployment(service: Service, one: Deployment) -> Iterator[TimelineEntry]:
    counts = f"desired {one.desired}, running {one.running}, pending {one.pending}, failed {one.failed_tasks}"
    detail = "\n".join(part for part in (one.id, one.rollout_reason, counts) if part)
    base = f"deployment:{service.name}:{one.id}"
    if one.created_s is not None:
        yield TimelineEntry(
            f"{base}:started",
            one.created_s,
            Kind.DEPLOYMENT,
            f"Deployment of {one.task_definition} began",
            resource=service.name,
            pane="ecs",
            detail=one.id,
        )
    if one.rollout_state in ("COMPLETED", "FAILED") and one.updated_s is not None:
        has_failed = one.rollout_state == "FAILED"
        yield TimelineEntry(
            f"{base}:{one.rollout_state}",
            one.updated_s,
            Kind.DEPLOYMENT,
            f"Deployment of {one.task_definition} {'failed' if has_failed else 'completed'}",
            resource=service.name,
            pane="ecs",
            level=Level.CRITICAL if has_failed else Level.OK,
            detail=detail,
        )


def is_ordinary(task: StoppedTask) -> bool:
    """Return whether somebody or a rollout wanted a task to stop; a failed health check is not that."""
    return not task.is_oom and task.stop_code in _ASKED_TO_STOP and "failed" not in task.reason.lower()


def _stopped(service: Service, task: StoppedTask, at_s: float) -> TimelineEntry:
    level = None
    if task.is_oom:
        level = Level.CRITICAL
    elif task.stop_code not in _ASKED_TO_STOP:
        level = Level.WARNING
    why = "out of memory" if task.is_oom else task.container_reason or task.reason or task.stop_code
    code = f" (exit {task.exit_code})" if task.exit_code is not None else ""
    lines = (task.task_definition, task.stop_code, task.reason, f"{task.container} {task.container_reason}")
    return TimelineEntry(
        f"task:{task.id}",
        at_s,
        Kind.SERVICE,
        f"Task {task.id[:8]} stopped: {why}{code}"[:TITLE_LIMIT],
        resource=service.name,
        pane="ecs",
        level=level,
        detail="\n".join(line for line in (f"task {task.id}", *lines) if line.strip()),
    )


# ---------------------------------------------------------------- RDS, scaling, changes


def database_entries(snapshot: DbEventsSnapshot) -> Iterator[TimelineEntry]:
    """Yield the events of the DB instances; they have no id, so time and words tell them apart."""
    for one in snapshot.events:
        message = one.message.lower()
        level = next((_DB_LEVELS[name] for name in one.categories if name in _DB_LEVELS), None)
        if level is Level.WARNING and any(word in message for word in _GOOD_AGAIN):
            level = None
        yield TimelineEntry(
            f"database:{one.database}:{one.at_s:.0f}:{one.message}",
            one.at_s,
            Kind.DATABASE,
            one.message[:TITLE_LIMIT],
            resource=one.database,
            pane="rds",
            level=level,
            detail="\n".join((one.message, ", ".join(one.categories))).strip(),
        )


def scaling_entries(snapshot: ScalingSnapshot) -> Iterator[TimelineEntry]:
    """Yield what Auto Scaling did to the services."""
    for one in snapshot.activities:
        yield TimelineEntry(
            f"scaling:{one.id}",
            one.started_s,
            Kind.SCALING,
            (one.description or one.status)[:TITLE_LIMIT],
            resource=one.service,
            pane="ecs",
            level=Level.WARNING if one.status in ("Failed", "Unfulfilled") else None,
            until_s=one.ended_s,
            detail="\n".join(part for part in (one.description, one.cause, one.status, one.message) if part),
        )


def change_entries(
    snapshot: ChangesSnapshot, config: Config, own_requests: Collection[str]
) -> Iterator[TimelineEntry]:
    """Yield the changes by others.

    Args:
        snapshot: CloudTrail's, about 15 minutes late.
        config: What is watched: tells which pane a resource belongs to.
        own_requests: AWS request ids of the audit log: those changes are entries of their own.
    """
    for one in snapshot.changes:
        if not is_own(one, own_requests):
            yield _change(one, config)


def is_own(change: Change, own_requests: Collection[str]) -> bool:
    """Return whether cwtop made a change: by its request id, or by its user agent."""
    return bool(change.request_id and change.request_id in own_requests) or OWN_AGENT in change.agent


def _change(one: Change, config: Config) -> TimelineEntry:
    service = one.service.removesuffix(".amazonaws.com")
    resource = next(iter(one.resources), "").rsplit("/", 1)[-1]
    named = next(
        (
            known
            for known in resources_of(config)
            for name in one.resources
            if name.rsplit("/", 1)[-1] == known
        ),
        "",
    )
    lines = (
        f"{service} {one.event}",
        ", ".join(one.resources),
        one.error and f"refused: {one.error}",
        one.agent,
    )
    return TimelineEntry(
        f"change:{one.id}",
        one.at_s,
        Kind.CHANGE,
        f"{service} {one.event}{f' refused: {one.error}' if one.error else ''}",
        resource=named or resource,
        pane=_pane_named(config, named) or _PANES.get(service),
        who=one.who,
        detail="\n".join(line for line in lines if line),
    )


def resources_of(config: Config) -> dict[str, PaneId]:
    """Return the pane of each configured resource by its name."""
    stack = config.stack
    return {
        **dict.fromkeys(stack.services, "ecs"),
        **dict.fromkeys(stack.databases, "rds"),
        **dict.fromkeys(stack.load_balancers, "alb"),
    }


def _pane_named(config: Config, words: str) -> PaneId | None:
    """Return the pane of the configured resource that a text names; the longest name wins."""
    fitting = [(len(name), pane) for name, pane in resources_of(config).items() if name in words]
    return max(fitting)[1] if fitting else None
