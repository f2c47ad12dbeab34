"""The whole console as view models: one pane a kind of resource, the status line and the tail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from config.levels import Level
from config.schema import Config
from tui.domain.entry import Entry
from tui.domain.findings import PaneId
from tui.domain.snapshots import DbInstance, LoadBalancer, ResourceKind, Service
from tui.domain.units import value_text
from tui.presenters.charts import chart_of
from tui.presenters.facts import (
    Dimensions,
    alarm_facts,
    balancer_facts,
    change_facts,
    database_facts,
    elsewhere_facts,
    service_facts,
    trend_facts,
)
from tui.presenters.freshness import source_state
from tui.presenters.inputs import Comparison, Costs, Entries, Inputs, UiState
from tui.presenters.status import status_view
from tui.presenters.tail import tail_view
from tui.presenters.tiles import default_focus, specs_of, tiles_of
from widgets.model import Fact, PaneView, SourceState, StatusView, TailView
from widgets.text import one_line

__all__ = ["Comparison", "Console", "Costs", "Entries", "Inputs", "UiState", "present", "resources_of"]

PANES: Final[tuple[tuple[PaneId, ResourceKind, str], ...]] = (
    ("ecs", "service", "ECS"),
    ("rds", "database", "RDS"),
    ("alb", "load_balancer", "ALB"),
)
"""Pane, the kind of resource it shows, its title; in the order of the screen."""

_GIB = 1024.0**3


@dataclass(frozen=True, slots=True)
class Console:
    """Everything that the console draws."""

    panes: tuple[PaneView, ...]
    """Of the configured kinds only, in the order of the screen."""
    status: StatusView
    tail: TailView


@dataclass(frozen=True, slots=True)
class _Inventory:
    """What Describe calls told of a pane's resources."""

    entry: Entry[Any]
    items: dict[str, Any]
    """By name: Service, DbInstance or LoadBalancer."""
    missing: tuple[str, ...]
    problems: tuple[str, ...]


def present(inputs: Inputs) -> Console:
    """Return the console's views. Pure and cheap: runs once a second and after each snapshot.

    Panes are equal from one second to the next unless something was read: ages in them are coarse.
    """
    shown = [one for one in PANES if resources_of(inputs.config, one[0])]
    panes = tuple(
        _pane(inputs, pane, kind, title, is_first=index == 0)
        for index, (pane, kind, title) in enumerate(shown)
    )
    return Console(panes, status_view(inputs), tail_view(inputs))


def resources_of(config: Config, pane: PaneId) -> tuple[str, ...]:
    """Return the names of the configured resources that a pane steps through."""
    stack = config.stack
    names = {"ecs": stack.services, "rds": stack.databases, "alb": stack.load_balancers}
    return names[pane]


def shown_resource(inputs: Inputs, pane: PaneId) -> str:
    """Return the resource that a pane shows: the user's choice, the worst breached one, the first."""
    names = resources_of(inputs.config, pane)
    chosen = inputs.ui.resource.get(pane)
    if chosen is not None:
        return names[chosen % len(names)]
    findings = inputs.assessment.health.findings if inputs.assessment is not None else ()
    breached = (one.resource for one in findings if one.pane == pane and one.level.is_breach)
    return next((name for name in breached if name in names), names[0])


def _pane(inputs: Inputs, pane: PaneId, kind: ResourceKind, title: str, *, is_first: bool) -> PaneView:
    names = resources_of(inputs.config, pane)
    name = shown_resource(inputs, pane)
    inventory = _inventory(inputs, pane)
    specs = specs_of(inputs.config, kind)
    tiles = tiles_of(inputs, specs, name, _hints(inputs, name, inventory.items.get(name)))
    level = inputs.assessment.health.panes.get(pane) if inputs.assessment is not None else None
    state = _state(inputs, pane, name, inventory)
    if state.kind == "loading":
        # "No data" is a finding; before the first answer there is none.
        tiles = tuple(replace(one, level=None) if one.level is Level.UNKNOWN else one for one in tiles)
        level = None if level is Level.UNKNOWN else level
    if state.kind in ("stale", "error", "expired") and level in (Level.OK, Level.ELEVATED):
        level = None
    focused = default_focus(tiles, inputs.ui.focused.get(pane))
    chart = chart_of(inputs, focused, inputs.config.metrics[focused], name) if focused else None
    return PaneView(
        id=pane,
        title=title,
        resource=one_line(name, 120),
        position=f"{names.index(name) + 1}/{len(names)}" if len(names) > 1 else "",
        level=level,
        tiles=tiles,
        focused=focused,
        chart=chart,
        facts=_facts(inputs, pane, name, inventory, is_first=is_first),
        state=state,
    )


def _inventory(inputs: Inputs, pane: PaneId) -> _Inventory:
    entries = inputs.entries
    if pane == "ecs":
        ecs = entries.ecs.snapshot
        services = {one.name: one for one in ecs.services} if ecs else {}
        return _Inventory(entries.ecs, services, ecs.missing if ecs else (), ecs.problems if ecs else ())
    if pane == "rds":
        rds = entries.rds.snapshot
        instances = {one.id: one for one in rds.instances} if rds else {}
        return _Inventory(entries.rds, instances, rds.missing if rds else (), rds.problems if rds else ())
    alb = entries.alb.snapshot
    balancers = {one.name: one for one in alb.balancers} if alb else {}
    return _Inventory(entries.alb, balancers, alb.missing if alb else (), alb.problems if alb else ())


def _state(inputs: Inputs, pane: PaneId, name: str, inventory: _Inventory) -> SourceState:
    problems = [one_line(one) for one in inventory.problems]
    if name in inventory.missing:
        problems.insert(0, _missing_text(inputs.config, pane, name))
    state = source_state([inventory.entry, inputs.entries.metrics], inputs.now_s, problems)
    if name in inventory.missing and state.kind == "live":
        return SourceState("error", "", state.message)
    return state


def _missing_text(config: Config, pane: PaneId, name: str) -> str:
    kind, key = {
        "ecs": (f"Service {name} was not found in cluster {config.stack.cluster}", "stack.services"),
        "rds": (f"DB instance {name} was not found", "stack.databases"),
        "alb": (f"Load balancer {name} was not found", "stack.load_balancers"),
    }[pane]
    return f"{one_line(kind)}: check {key} in the configuration, the region and the account."


def _facts(
    inputs: Inputs, pane: PaneId, name: str, inventory: _Inventory, *, is_first: bool
) -> tuple[Fact, ...]:
    item = inventory.items.get(name)
    described: tuple[Fact, ...] = ()
    if isinstance(item, Service):
        described = service_facts(inputs, item)
    elif isinstance(item, DbInstance):
        described = database_facts(inputs, item)
    elif isinstance(item, LoadBalancer):
        described = balancer_facts(inputs, item)
    trends = trend_facts(inputs, pane, name)
    own = _dimensions(name, item)
    others = _other_dimensions(inventory.items, resources_of(inputs.config, pane), name)
    return (
        *elsewhere_facts(inputs, pane, name, resources_of(inputs.config, pane)),
        *trends,
        *described,
        *alarm_facts(inputs, pane, own, others, with_stack=is_first),
        *change_facts(inputs, pane, name),
    )


def _dimensions(name: str, item: Service | DbInstance | LoadBalancer | None) -> Dimensions:
    """Return the dimensions that name a resource in alarms; not its cluster, which it shares."""
    if isinstance(item, LoadBalancer):
        groups = (("TargetGroup", group.dimension) for group in item.target_groups)
        return frozenset((("LoadBalancer", item.dimension), *groups))
    return frozenset({("ServiceName", name), ("DBInstanceIdentifier", name)})


def _other_dimensions(items: dict[str, Any], names: Iterable[str], shown: str) -> Dimensions:
    found: Dimensions = frozenset()
    for name in names:
        if name != shown:
            found |= _dimensions(name, items.get(name))
    return found


def _hints(inputs: Inputs, name: str, item: Service | DbInstance | LoadBalancer | None) -> dict[str, str]:
    """Return what puts a figure into proportion, by metric id."""
    if isinstance(item, Service):
        return {"ecs.running_tasks": f"of {item.desired} desired"}
    if isinstance(item, LoadBalancer):
        registered = sum(len(group.targets) for group in item.target_groups)
        return {"alb.healthy_hosts": f"of {registered} registered"}
    if isinstance(item, DbInstance):
        return _database_hints(inputs, name, item)
    return {}


def _database_hints(inputs: Inputs, name: str, item: DbInstance) -> dict[str, str]:
    hints = {}
    resolved = inputs.assessment.resolved if inputs.assessment is not None else {}
    free = resolved.get(("rds.free_storage_percent", name))
    if free is not None and free.latest is not None:
        size = value_text(free.latest / 100.0 * item.allocated_gib * _GIB, "bytes")
        hints["rds.free_storage_percent"] = f"{size} of {item.allocated_gib:,} GiB"
    postgres = inputs.entries.postgres.snapshot
    if postgres is not None and postgres.database == name:
        hints["rds.connections"] = f"of {postgres.max_connections:,} max"
    return hints
