"""The facts beside a pane's tiles: what Describe calls, alarms and CloudTrail tell of one resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from config.levels import Level
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind
from tui.domain.findings import PaneId
from tui.domain.snapshots import (
    Alarm,
    Change,
    DbInstance,
    Deployment,
    LoadBalancer,
    Service,
    StoppedTask,
    TargetGroup,
)
from tui.domain.units import coarse_age, plural
from tui.presenters.freshness import permission_text
from tui.presenters.inputs import Inputs
from widgets.model import Fact
from widgets.text import one_line

Dimensions = frozenset[tuple[str, str]]
"""CloudWatch dimensions as (name, value)."""

VALUE_LIMIT = 400
"""Characters of one fact; a service's reason can be a page."""
CHANGES_SHOWN = 3
ALARMS_SHOWN = 5
TARGETS_SHOWN = 4
OOM_RECENT_S = 3600.0

_SERVICES: dict[PaneId, tuple[str, ...]] = {
    "ecs": ("ecs.", "application-autoscaling.", "autoscaling."),
    "rds": ("rds.",),
    "alb": ("elasticloadbalancing.",),
}
"""CloudTrail event sources whose changes belong to a pane."""


def service_facts(inputs: Inputs, service: Service) -> tuple[Fact, ...]:
    """Return the facts of an ECS service: tasks, deployments, last event, last stopped task."""
    now = inputs.now_s
    tasks = f"{service.running}/{service.desired} running"
    if service.pending:
        tasks += f", {service.pending} pending"
    facts = [_fact("tasks", tasks, _level(inputs, "state.tasks", service.name))]
    if service.status != "ACTIVE":
        facts.append(_fact("service", service.status))
    rollout = _level(inputs, "state.rollout", service.name)
    for deployment in service.deployments:
        label = "deployment" if deployment.status == "PRIMARY" else "still running"
        level = rollout if deployment.rollout_state == "FAILED" else None
        facts.append(_fact(label, _deployment_text(deployment, now), level))
    if service.events:
        event = service.events[0]
        message = event.message.removeprefix(f"(service {service.name}) ")
        facts.append(_fact("last event", f"{_ago(event.at_s, now)}: {message}"))
    if service.stopped:
        stopped = service.stopped[0]
        facts.append(_fact("last stopped", _stopped_text(stopped, now), _stopped_level(stopped, now)))
    return tuple(facts)


def database_facts(inputs: Inputs, instance: DbInstance) -> tuple[Fact, ...]:
    """Return the facts of an RDS instance: status, class, storage, pending changes, connection limit."""
    level = _level(inputs, "state.database", instance.id)
    engine = {"postgres": "PostgreSQL"}.get(instance.engine, instance.engine)
    zones = "multi-AZ" if instance.multi_az else f"single AZ {instance.zone}".rstrip()
    pending = ", ".join(f"{name} → {value}" for name, value in instance.pending)
    # What changes from minute to minute comes first: where room is short, the rest is left out.
    facts = [
        _fact("status", instance.status, level),
        *([_fact("pending", pending)] if pending else []),
        *_connection_facts(inputs, instance),
        *_load_facts(inputs, instance),
        _fact("class", f"{instance.instance_class}, {zones}"),
        _fact("storage", f"{instance.allocated_gib:,} GiB {instance.storage_type}"),
        _fact("engine", f"{engine} {instance.engine_version}"),
    ]
    facts.extend(_fact("maintenance", one) for one in instance.maintenance)
    facts.extend(
        _fact("parameters", f"{name} {status}")
        for name, status in instance.parameter_groups
        if status != "in-sync"
    )
    if instance.replica_of:
        facts.append(_fact("replica of", instance.replica_of))
    if instance.replicas:
        facts.append(_fact("replicas", ", ".join(instance.replicas)))
    backups = plural(instance.backup_retention_days, "day") if instance.backup_retention_days else "off"
    facts.append(_fact("backups", backups))
    return tuple(facts)


def balancer_facts(inputs: Inputs, balancer: LoadBalancer) -> tuple[Fact, ...]:
    """Return the facts of a balancer: its state, and health by target group with the reasons."""
    facts = [_fact("state", balancer.state)]
    level = _level(inputs, "state.targets", balancer.name)
    for group in balancer.target_groups:
        is_concerned = group.unhealthy or not group.healthy
        facts.append(_fact(group.name, _group_text(group), level if is_concerned else None))
        ill = [one for one in group.targets if one.state in ("unhealthy", "unavailable")]
        facts.extend(
            _fact("unhealthy", f"{one.id}:{one.port} {_reason(one.reason, one.description)}")
            for one in ill[:TARGETS_SHOWN]
        )
        if len(ill) > TARGETS_SHOWN:
            facts.append(_fact("unhealthy", f"and {len(ill) - TARGETS_SHOWN} more"))
    if not balancer.target_groups:
        facts.append(_fact("targets", "no target group"))
    return tuple(facts)


def alarm_facts(
    inputs: Inputs, pane: PaneId, own: Dimensions, others: Dimensions, *, with_stack: bool = False
) -> tuple[Fact, ...]:
    """Return the alarms in ALARM that belong to a resource, as judgement assigned them to its pane.

    Args:
        inputs: What the console shows.
        pane: The resource's pane.
        own: CloudWatch dimensions of the resource shown.
        others: Those of the pane's other resources, whose alarms are left to them.
        with_stack: Also the alarms that belong to no pane (composite, metric math).
    """
    entry = inputs.entries.alarms
    if entry.snapshot is None:
        return _denied("alarms", entry)
    firing = {one.name: one for one in entry.snapshot.alarms if one.state == "ALARM"}
    findings = inputs.assessment.health.findings if inputs.assessment is not None else ()
    facts = []
    for finding in findings:
        alarm = firing.get(finding.resource) if finding.id == "state.alarm" else None
        if alarm is None or not (finding.pane == pane or (with_stack and finding.pane is None)):
            continue
        if own.isdisjoint(alarm.dimensions) and not others.isdisjoint(alarm.dimensions):
            continue
        facts.append(_fact("alarm", _alarm_text(alarm, inputs.now_s), finding.level))
    if len(facts) > ALARMS_SHOWN:
        facts[ALARMS_SHOWN:] = [_fact("alarm", f"and {len(facts) - ALARMS_SHOWN} more", Level.WARNING)]
    return tuple(facts)


def change_facts(inputs: Inputs, pane: PaneId, resource: str) -> tuple[Fact, ...]:
    """Return the newest write calls that concern a resource, as CloudTrail tells them (15 minutes late)."""
    entry = inputs.entries.changes
    if entry.snapshot is None:
        return _denied("changes", entry)
    fitting = [one for one in entry.snapshot.changes if _concerns(one, pane, resource)]
    return tuple(_fact("changed", _change_text(one, inputs.now_s)) for one in fitting[:CHANGES_SHOWN])


def trend_facts(inputs: Inputs, pane: PaneId, resource: str) -> tuple[Fact, ...]:
    """Return what climbs or falls at a resource and goes on doing so; what is steady says nothing."""
    return tuple(
        _fact("trend", one.sentence, one.level)
        for one in inputs.trends
        if one.pane == pane and one.resource == resource and one.sentence
    )


def elsewhere_facts(inputs: Inputs, pane: PaneId, shown: str, resources: Iterable[str]) -> tuple[Fact, ...]:
    """Return one fact for each other resource of a pane that is breached, so that none stays hidden."""
    if inputs.assessment is None:
        return ()
    facts = []
    for name in resources:
        if name == shown:
            continue
        found = next(
            (
                one
                for one in inputs.assessment.health.findings
                if one.pane == pane and one.resource == name and one.level.is_breach
            ),
            None,
        )
        if found is not None:
            facts.append(_fact("elsewhere", f"{name}: {found.sentence}", found.level))
    return tuple(facts)


def _fact(label: str, value: str, level: Level | None = None) -> Fact:
    return Fact(one_line(label, 40), one_line(value, VALUE_LIMIT), level)


def _denied(label: str, entry: Entry[Any]) -> tuple[Fact, ...]:
    """Return why a source that the pane can do without tells nothing; other failures may pass."""
    if entry.error is None or entry.error.kind is not ErrorKind.ACCESS_DENIED:
        return ()
    return (_fact(label, permission_text(entry.error)),)


def _level(inputs: Inputs, rule: str, resource: str) -> Level | None:
    """Return the level of a state rule that is breached; None where all is well."""
    findings = inputs.assessment.health.findings if inputs.assessment is not None else ()
    return next((one.level for one in findings if one.id == rule and one.resource == resource), None)


def _ago(at_s: float, now_s: float) -> str:
    return f"{coarse_age(now_s - at_s)} ago"


def _deployment_text(deployment: Deployment, now_s: float) -> str:
    parts = [deployment.task_definition]
    if deployment.rollout_state:
        parts.append(deployment.rollout_state)
    if deployment.running != deployment.desired or deployment.status != "PRIMARY":
        parts.append(f"{deployment.running}/{deployment.desired}")
    if deployment.failed_tasks:
        parts.append(plural(deployment.failed_tasks, "failed task"))
    if deployment.created_s is not None:
        parts.append(_ago(deployment.created_s, now_s))
    text = " ".join(parts)
    is_noteworthy = deployment.rollout_state != "COMPLETED" and deployment.rollout_reason
    return f"{text}: {deployment.rollout_reason}" if is_noteworthy else text


def _stopped_text(task: StoppedTask, now_s: float) -> str:
    when = f"{_ago(task.stopped_s, now_s)}: " if task.stopped_s is not None else ""
    parts = ["OUT OF MEMORY"] if task.is_oom else []
    if task.exit_code is not None:
        parts.append(f"exit {task.exit_code}")
    if task.stop_code:
        parts.append(task.stop_code)
    reason = _container_text(task) or task.reason
    if reason:
        parts.append(reason)
    return when + (", ".join(parts) or "no reason given")


def _container_text(task: StoppedTask) -> str:
    if not task.container_reason:
        return f"{task.reason} ({task.container})" if task.container and task.reason else ""
    return f"{task.container}: {task.container_reason}" if task.container else task.container_reason


def _stopped_level(task: StoppedTask, now_s: float) -> Level | None:
    """Return ELEVATED for a recent out-of-memory stop: worth a look, though no limit says so."""
    is_recent = task.stopped_s is not None and now_s - task.stopped_s < OOM_RECENT_S
    return Level.ELEVATED if task.is_oom and is_recent else None


def _connection_facts(inputs: Inputs, instance: DbInstance) -> list[Fact]:
    """Return the server's own limit, by which connections are judged."""
    entry = inputs.entries.postgres
    if entry.snapshot is not None:
        if entry.snapshot.database != instance.id:
            return []
        limit, reserved = entry.snapshot.max_connections, entry.snapshot.reserved_connections
        return [*_live_facts(inputs, instance), _fact("max_connections", f"{limit:,}, {reserved} reserved")]
    if entry.error is not None and inputs.config.stack.databases[:1] == (instance.id,):
        return [_fact("max_connections", f"unknown: {entry.error.summary}")]
    return []


def _load_facts(inputs: Inputs, instance: DbInstance) -> list[Fact]:
    """Return what the sessions of the instance were doing, by wait event."""
    entry = inputs.entries.load
    if not instance.has_performance_insights:
        return []
    if entry.snapshot is None:
        return [_fact("load", f"unknown: {entry.error.summary}")] if entry.error is not None else []
    for one in entry.snapshot.loads:
        if one.database == instance.id:
            parts = ", ".join(f"{name} {value:.2f}" for name, value in one.waits[:3])
            ago = _ago(one.at_s, inputs.now_s)
            return [_fact("load", f"{one.total:.2f} sessions{': ' if parts else ''}{parts} ({ago})")]
    return []


def _live_facts(inputs: Inputs, instance: DbInstance) -> list[Fact]:
    """Return what PostgreSQL says of its connections now, and where CloudWatch says something else."""
    live = inputs.live
    if live is None or live.database != instance.id:
        return []
    text = f"{live.total} connections, {live.active} active"
    if live.idle_in_transaction:
        text += f", {live.idle_in_transaction} idle in transaction"
    level = None
    if live.blocked:
        text += f", {live.blocked} blocked (d shows by whom)"
        level = Level.WARNING
    facts = [_fact("live", text, level)]
    if live.disagrees:
        facts.append(_fact("differs", live.disagrees, Level.ELEVATED))
    return facts


def _group_text(group: TargetGroup) -> str:
    if not group.targets:
        return "no registered target"
    counts: dict[str, int] = {}
    for target in group.targets:
        counts[target.state] = counts.get(target.state, 0) + 1
    order = sorted(counts, key=lambda state: (state != "healthy", state != "unhealthy", state))
    return ", ".join(f"{counts[state]} {state}" for state in order)


def _reason(reason: str, description: str) -> str:
    return (
        f"{reason}: {description}" if reason and description else reason or description or "no reason given"
    )


def _alarm_text(alarm: Alarm, now_s: float) -> str:
    since = f" for {coarse_age(now_s - alarm.since_s)}" if alarm.since_s is not None else ""
    muted = "" if alarm.actions_enabled else " (actions disabled)"
    return f"{alarm.name}{since}{muted}" + (f": {alarm.reason}" if alarm.reason else "")


def _concerns(change: Change, pane: PaneId, resource: str) -> bool:
    """Return whether a change is of the pane's service and does not name other resources only."""
    if not change.service.startswith(_SERVICES[pane]):
        return False
    return not change.resources or any(resource in one for one in change.resources)


def _change_text(change: Change, now_s: float) -> str:
    failed = f", failed: {change.error}" if change.error else ""
    return f"{_ago(change.at_s, now_s)}: {change.event} by {change.who or 'unknown'}{failed}"
