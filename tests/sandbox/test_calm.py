"""An hour of the calm scenario, at six-hundred-fold speed: no metric passes a default threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files

import pytest
import yaml

from config.levels import Threshold
from tests.sandbox.kit import CLUSTER, DATABASE, SERVICE, balancer_dimension, client, query, wait_until
from tui.sandbox.launcher import Sandbox

HOUR_S = 3600
GIB = 1024**3


@pytest.fixture(scope="module")
def calm() -> Iterator[Sandbox]:
    with Sandbox.start("calm", seed=11, speed=600.0) as running:
        yield running


def figures(sandbox: Sandbox) -> dict[str, dict[int, float]]:
    """Return the points of the last hour by the metrics' names in config/thresholds.yaml, in their units."""
    service = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
    database = {"DBInstanceIdentifier": DATABASE}
    balancer = {"LoadBalancer": balancer_dimension(sandbox)}
    asked = {
        "ecs.cpu": ("AWS/ECS", "CPUUtilization", service, "Average", 1.0),
        "ecs.memory": ("AWS/ECS", "MemoryUtilization", service, "Average", 1.0),
        "rds.cpu": ("AWS/RDS", "CPUUtilization", database, "Average", 1.0),
        "rds.connections": ("AWS/RDS", "DatabaseConnections", database, "Average", 1.0),
        "rds.free_storage_percent": ("AWS/RDS", "FreeStorageSpace", database, "Average", 100 / GIB / 20),
        "alb.response_time": ("AWS/ApplicationELB", "TargetResponseTime", balancer, "Average", 1000.0),
        "alb.response_time_p95": ("AWS/ApplicationELB", "TargetResponseTime", balancer, "p95", 1000.0),
        "alb.error_rate": ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, "Sum", 1.0),
    }
    return {
        name: {at: value * factor for at, value in query(sandbox, space, metric, of, statistic).items()}
        for name, (space, metric, of, statistic, factor) in asked.items()
    }


def breaches(points: Mapping[int, float], limit: Threshold) -> list[int]:
    """Return the minutes at which a breach would open: two of three points beyond the limit."""
    beyond = {at for at, value in points.items() if limit.judge(value).is_breach}
    return [at for at in beyond if any(at - 60 * back in beyond for back in (1, 2))]


def test_an_hour_passes_without_a_breach(calm: Sandbox) -> None:
    begun = calm.clock.now()
    assert wait_until(lambda: calm.clock.now() - begun > HOUR_S + 120, 60)
    text = files("config").joinpath("thresholds.yaml").read_text("utf-8")
    limits = {name: Threshold(**raw) for name, raw in yaml.safe_load(text).items()}
    found = figures(calm)
    assert set(found) == set(limits)
    assert all(len(points) >= 58 for name, points in found.items() if name != "alb.error_rate")
    assert {name: breaches(points, limits[name]) for name, points in found.items()} == {
        name: [] for name in limits
    }
    service = client(calm, "ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
