"""The one table of actions and watchers. Adding one means adding its module and its row here."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.schema import StackConfig
from tui.actions.protocol import Action, TargetKind, Watcher


@dataclass(frozen=True, slots=True)
class Row:
    """An action as the list shows it; its module is imported when it is chosen.

    Attributes:
        id: What `cwtop apply` takes.
        group: Heading in the list.
        title: What it does, in the imperative.
        kind: What it is applied to.
        where: "module:class".
        fits: Metric ids whose breach it helps with, the best first in the table's order.
        words: Other words to find it by.
    """

    id: str
    group: str
    title: str
    kind: TargetKind
    where: str
    fits: tuple[str, ...] = ()
    words: str = ""


ECS = "ECS"
AUTOSCALING = "Autoscaling"
RDS = "RDS"
ALARMS = "Alarms"
DASHBOARD = "Dashboard"
LOGS = "Logs"
CDN = "CDN"
GROUPS: Final = (ECS, AUTOSCALING, RDS, ALARMS, DASHBOARD, LOGS, CDN)

ROWS: Final[tuple[Row, ...]] = (
    Row(
        "ecs-desired-count",
        ECS,
        "Change the desired count of tasks",
        "service",
        "tui.actions.ecs_count:DesiredCount",
        ("ecs.cpu", "alb.response_time", "alb.requests"),
        "scale out in tasks",
    ),
)

WATCHERS: Final[Mapping[str, str]] = {
    "rollout": "tui.actions.ecs_watch:rollout",
}
"""Kind of an `Expect` to "module:function"."""

BY_ID: Final[Mapping[str, Row]] = {row.id: row for row in ROWS}


def action_of(row: Row) -> Action:
    """Import and return an action."""
    made: Action = _named(row.where)()
    return made


def watcher_of(kind: str) -> Watcher:
    """Import and return a watcher.

    Raises:
        KeyError: There is none of the kind.
    """
    found: Watcher = _named(WATCHERS[kind])
    return found


def targets_of(row: Row, stack: StackConfig) -> tuple[str, ...]:
    """Return the names that an action can be applied to in a stack."""
    return {
        "service": stack.services,
        "database": stack.databases,
        "load_balancer": stack.load_balancers,
        "stack": ("stack",),
    }[row.kind]


def _named(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)
