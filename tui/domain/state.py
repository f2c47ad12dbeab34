"""Judgement of state read by Describe calls: tasks, rollouts, databases, targets and alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from config.levels import Level
from config.schema import Config
from tui.domain.entry import Entry
from tui.domain.findings import PaneId
from tui.domain.inputs import FindingKey, Snapshots
from tui.domain.judge import RECENT_S
from tui.domain.snapshots import Alarm, AlbSnapshot, DbInstance, LoadBalancer, Service

TASKS: Final = "state.tasks"
ROLLOUT: Final = "state.rollout"
DATABASE: Final = "state.database"
TARGETS: Final = "state.targets"
ALARM: Final = "state.alarm"

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html lists the statuses.
_FINE: Final = frozenset({"available", "backing-up", "storage-optimization"})
_CHANGING: Final = frozenset(
    {
        "modifying",
        "maintenance",
        "resetting-master-credentials",
        "storage-config-upgrade",
        "storage-initialization",
        "converting-to-vpc",
        "moving-to-vpc",
        "delete-precheck",
    }
)
"""Connections go on, but something is under way."""

_NAMESPACES: Final[dict[str, PaneId]] = {
    "AWS/ECS": "ecs",
    "ECS/ContainerInsights": "ecs",
    "AWS/RDS": "rds",
    "AWS/ApplicationELB": "alb",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One state rule applied to one resource."""

    id: str
    resource: str
    pane: PaneId | None
    level: Level | None
    """None: does not apply (a balancer without target groups)."""
    sentence: str = ""
    """Said where the level is a breach or unknown; "" while its source has not answered yet."""
    since_s: float | None = None
    """Since when it is not ok."""


def conditions(
    config: Config, entries: Snapshots, now_s: float, since: Mapping[FindingKey, float]
) -> tuple[tuple[Condition, ...], dict[FindingKey, float]]:
    """Apply every state rule.

    Args:
        config: What is watched.
        entries: The store's entries.
        now_s: Epoch seconds by the endpoint's clock.
        since: When conditions were first seen, from the last call.

    Returns:
        The conditions, fine ones included, and `since` for the next call. Times are those of the
        snapshots, so a source that does not answer makes nothing last longer.
    """
    found: list[Condition] = []
    remembered: dict[FindingKey, float] = {}
    for condition, at_s in _raw(config, entries, now_s):
        key = (condition.id, condition.resource)
        if condition.level in (Level.OK, None):
            found.append(condition)
            continue
        first = since.get(key)
        if condition.level is not Level.UNKNOWN:
            first = at_s if first is None else first
        if first is not None:
            remembered[key] = first
        if condition.id == TASKS and condition.level is Level.ELEVATED and first is not None:
            condition = _short_for(condition, at_s - first, config.judgement.short_of_tasks)
        found.append(
            replace(condition, since_s=condition.since_s if condition.since_s is not None else first)
        )
    return tuple(found), remembered


def is_readable(entry: Entry[Any] | None, now_s: float) -> bool:
    """Whether a source has a snapshot that is recent enough to speak of now."""
    if entry is None or entry.snapshot is None:
        return False
    return bool(now_s - entry.snapshot.at_s <= RECENT_S + entry.period_s)


def database_level(status: str) -> Level:
    """Return how bad a DB instance's status is: critical unless connections go on."""
    if status in _FINE or status.startswith("configuring-"):
        return Level.OK
    return Level.WARNING if status in _CHANGING else Level.CRITICAL


def _raw(config: Config, entries: Snapshots, now_s: float) -> Iterator[tuple[Condition, float]]:
    """Yield each condition as its snapshot alone tells it, with the snapshot's time."""
    stack = config.stack
    ecs, rds, alb = _read(entries.ecs, now_s), _read(entries.rds, now_s), _read(entries.alb, now_s)
    for name in stack.services:
        service = next((one for one in ecs.services if one.name == name), None) if ecs else None
        yield from _each(
            (TASKS, _tasks), (ROLLOUT, _rollout), pane="ecs", name=name, item=service, of=entries.ecs
        )
    for name in stack.databases:
        instance = next((one for one in rds.instances if one.id == name), None) if rds else None
        yield from _each((DATABASE, _database), pane="rds", name=name, item=instance, of=entries.rds)
    for name in stack.load_balancers:
        balancer = next((one for one in alb.balancers if one.name == name), None) if alb else None

        def rule(one: LoadBalancer) -> Condition:
            return _targets(one, alb)

        yield from _each((TARGETS, rule), pane="alb", name=name, item=balancer, of=entries.alb)
    if alarms := _read(entries.alarms, now_s):
        for alarm in alarms.alarms:
            if alarm.state == "ALARM" and not _is_foreign(alarm, config, alb):
                yield _alarm(alarm, config), alarms.at_s


def _each(
    *rules: tuple[str, Callable[[Any], Condition]],
    pane: PaneId,
    name: str,
    item: Service | DbInstance | LoadBalancer | None,
    of: Entry[Any] | None,
) -> Iterator[tuple[Condition, float]]:
    at_s: float = of.snapshot.at_s if of and of.snapshot else 0.0
    for rule_id, rule in rules:
        if item is not None:
            yield rule(item), at_s
        else:
            why = _why_unknown(of, name)
            # Of several rules on one resource one speaks: the reason is the same.
            said = why if rule_id == rules[0][0] else ""
            yield Condition(rule_id, name, pane, Level.UNKNOWN, said), at_s


def _read(entry: Entry[Any] | None, now_s: float) -> Any:
    """Return the snapshot unless it is too old to speak of now."""
    return entry.snapshot if entry is not None and is_readable(entry, now_s) else None


def _why_unknown(entry: Entry[Any] | None, name: str) -> str:
    """Return why a resource's state is not known, "" while its source is still starting."""
    if entry is None:
        return ""
    if entry.snapshot is not None and name in entry.snapshot.missing:
        return f"{name} was not found: check the name, the region and the account"
    if entry.error is not None:
        return entry.error.summary
    return (
        f"the state of {name} has not been read for more than 5 minutes" if entry.snapshot is not None else ""
    )


def _tasks(service: Service) -> Condition:
    running, desired = service.running, service.desired
    if service.status == "INACTIVE":
        said = f"ECS service {service.name} is INACTIVE: it has been deleted"
        return Condition(TASKS, service.name, "ecs", Level.UNKNOWN, said)
    level = Level.OK
    if running == 0 and desired > 0:
        level = Level.CRITICAL
    elif running < desired:
        level = Level.ELEVATED  # a warning once it lasts: see _short_for
    return Condition(TASKS, service.name, "ecs", level, f"ECS {running} of {desired} tasks running")


def _short_for(condition: Condition, lasted_s: float, allowed_s: float) -> Condition:
    return replace(condition, level=Level.WARNING) if lasted_s >= allowed_s else condition


def _rollout(service: Service) -> Condition:
    failed = next((one for one in service.deployments if one.rollout_state == "FAILED"), None)
    if failed is None:
        return Condition(ROLLOUT, service.name, "ecs", Level.OK)
    reason = f": {_short(failed.rollout_reason)}" if failed.rollout_reason else ""
    sentence = f"ECS rollout of {failed.task_definition} failed{reason}"
    return Condition(ROLLOUT, service.name, "ecs", Level.CRITICAL, sentence, failed.updated_s)


def _database(instance: DbInstance) -> Condition:
    level = database_level(instance.status)
    return Condition(DATABASE, instance.id, "rds", level, f"RDS status is {instance.status}")


def _targets(balancer: LoadBalancer, snapshot: AlbSnapshot | None) -> Condition:
    """Judge target health: by the whole balancer, and by each group whose targets are all unhealthy."""
    groups = balancer.target_groups
    registered = sum(len(group.targets) for group in groups)
    if not groups:
        return Condition(TARGETS, balancer.name, "alb", None)
    if not registered and snapshot and snapshot.problems:
        return Condition(TARGETS, balancer.name, "alb", Level.UNKNOWN, snapshot.problems[0])
    dead = [group.name for group in groups if group.unhealthy and not group.healthy]
    level, said = Level.OK, ""
    if balancer.healthy == 0:
        level = Level.CRITICAL
        said = f"ALB no healthy host of {registered} registered"
    elif dead:
        level = Level.CRITICAL
        said = f"ALB no healthy host in {', '.join(dead)}"
    elif balancer.unhealthy:
        level = Level.WARNING
        said = f"ALB {balancer.unhealthy} of {registered} hosts unhealthy"
    reasons = sorted({one.reason for group in groups for one in group.targets if one.reason})
    if said and reasons:
        said = f"{said} ({', '.join(reasons[:3])})"
    return Condition(TARGETS, balancer.name, "alb", level, said)


def _alarm(alarm: Alarm, config: Config) -> Condition:
    reason = f": {_short(alarm.reason)}" if alarm.reason else ""
    sentence = f"alarm {alarm.name} is in ALARM{reason}"
    return Condition(ALARM, alarm.name, _alarm_pane(alarm, config), Level.WARNING, sentence, alarm.since_s)


def _alarm_pane(alarm: Alarm, config: Config) -> PaneId | None:
    pane = _NAMESPACES.get(alarm.metric.rpartition("/")[0])
    stack = config.stack
    watched = {"ecs": stack.services, "rds": stack.databases, "alb": stack.load_balancers}
    return pane if pane and watched[pane] else None


def _is_foreign(alarm: Alarm, config: Config, alb: AlbSnapshot | None) -> bool:
    """Whether an alarm names a resource of a watched kind that is not in the stack.

    Accounts are shared: another team's database would hold this console at warning for ever. An
    alarm that names no such resource (composite, math, no dimension) counts.
    """
    named = dict(alarm.dimensions)
    balancers = {one.dimension for one in alb.balancers} if alb else None
    watched: Iterable[tuple[str, Iterable[str] | None]] = (
        ("ClusterName", (config.stack.cluster,) if config.stack.cluster else None),
        ("ServiceName", config.stack.services or None),
        ("DBInstanceIdentifier", config.stack.databases or None),
        ("LoadBalancer", balancers or None),
    )
    return any(
        dimension in named and ours is not None and named[dimension] not in ours
        for dimension, ours in watched
    )


def _short(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
