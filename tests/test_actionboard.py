"""Which actions the list offers first."""

from __future__ import annotations

import itertools

from config.levels import Level
from config.schema import Config, StackConfig
from tui.actionboard import by_pane, fits, in_order
from tui.actions.registry import RDS, ROWS, Row
from tui.domain.findings import Finding, PaneId

STACK = StackConfig(cluster="c", services=("web", "worker"), databases=("orders",))
COUNT = Row("count", "ECS", "Count", "service", "x:X", ("ecs.cpu", "alb.requests"))
SIZE = Row("size", "ECS", "Size", "service", "x:X", ("ecs.cpu",))
CLASS = Row("class", "RDS", "Class", "database", "x:X", ("rds.cpu",))
NOTHING = Row("cdn", "CDN", "CDN", "load_balancer", "x:X", ("alb.requests",))
TABLE = (COUNT, SIZE, CLASS, NOTHING)


def breach(metric: str, resource: str, pane: PaneId) -> Finding:
    return Finding(metric, resource, pane, Level.CRITICAL, f"{metric} is high")


CPU = breach("ecs.cpu", "worker", "ecs")
DATABASE = breach("rds.cpu", "orders", "rds")
REQUESTS = breach("alb.requests", "edge", "alb")


def offered(*breaches: Finding) -> list[tuple[str, str]]:
    return [(row.id, target) for row, target, _ in fits(TABLE, Config(stack=STACK), breaches)]


def test_only_the_resource_that_is_breached_is_offered() -> None:
    assert offered(CPU) == [("count", "worker"), ("size", "worker")]


def test_the_order_is_that_of_the_breaches() -> None:
    assert offered(DATABASE, CPU)[0] == ("class", "orders")
    assert offered(CPU, DATABASE)[-1] == ("class", "orders")


def test_a_breach_of_another_kind_offers_every_target_once() -> None:
    assert offered(CPU, REQUESTS) == [("count", "worker"), ("size", "worker"), ("count", "web")]


def test_what_is_not_configured_is_not_offered() -> None:
    assert "cdn" not in {row for row, _ in offered(REQUESTS)}


def test_the_focused_tile_comes_first_then_its_pane() -> None:
    memory = breach("rds.memory", "orders", "rds")
    assert in_order((CPU, DATABASE, memory), "rds", "rds.memory") == (memory, DATABASE, CPU)
    assert in_order((CPU, DATABASE), "logs", "") == (CPU, DATABASE)


def test_the_groups_of_the_focused_pane_come_first_and_lose_no_row() -> None:
    found = by_pane(ROWS, "rds")
    assert found[0].group == RDS
    assert sorted(one.id for one in found) == sorted(one.id for one in ROWS)
    groups = [one.group for one in found]
    assert sum(a != b for a, b in itertools.pairwise(groups)) == len(set(groups)) - 1
    assert by_pane(ROWS, "logs") == list(ROWS)
