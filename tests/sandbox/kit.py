"""Helpers of the sandbox's tests: waiting for a condition, clients, a clock that is set by hand."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from tui.domain.clock import Clock
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox

BALANCER = "prod-llmops-alb"
CLUSTER = "prod-llmops-cluster"
SERVICE = "prod-llmops-service"
DATABASE = "prod-llmops-postgres"
LOG_GROUP = "/ecs/prod-llmops-app"


class HandClock(Clock):
    """A clock that shows what it is told."""

    def __init__(self, at_s: float = 1_800_000_000.0) -> None:
        super().__init__(epoch_s=at_s)

    def now(self) -> float:
        return self.epoch_s

    def advance(self, seconds: float) -> None:
        self.epoch_s += seconds


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; return whether it held within real `seconds`."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        pause.wait(0.05)
    return condition()


def client(sandbox: Sandbox, service: str, **options: Any) -> Any:
    """Return an unmodified boto3 client of the sandbox's endpoint."""
    session = boto3.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=sandbox.region
    )
    config = Config(retries={"total_max_attempts": 1}, **options)
    return session.client(service, endpoint_url=sandbox.endpoint_url, config=config)


def balancer_dimension(sandbox: Sandbox) -> str:
    """Return the LoadBalancer dimension of the example stack."""
    found = client(sandbox, "elbv2").describe_load_balancers(Names=[BALANCER])["LoadBalancers"][0]
    return str(found["LoadBalancerArn"]).split("loadbalancer/")[1]


def query(
    sandbox: Sandbox,
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    statistic: str = "Average",
    minutes: float = 60,
    period: int = 60,
) -> dict[int, float]:
    """Return the points of a metric by epoch second, through GetMetricData."""
    now = dt.datetime.fromtimestamp(sandbox.clock.now(), tz=dt.UTC)
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": one, "Value": value} for one, value in dimensions.items()],
    }
    wanted = {"Id": "a", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
    answer = client(sandbox, "cloudwatch").get_metric_data(
        StartTime=now - dt.timedelta(minutes=minutes), EndTime=now, MetricDataQueries=[wanted]
    )
    result = answer["MetricDataResults"][0]
    return {
        int(at.timestamp()): value for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    }


def recent(
    sandbox: Sandbox,
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    statistic: str = "Average",
    count: int = 3,
) -> list[float]:
    """Return the last complete minutes of a metric, oldest first; a minute without a point is left out."""
    now = int(sandbox.clock.now()) // 60 * 60
    points = query(sandbox, namespace, name, dimensions, statistic, minutes=count + 3)
    return [points[at] for at in range(now - count * 60, now, 60) if at in points]


def opens(values: list[float], is_breached: Callable[[float], bool]) -> bool:
    """Whether a breach opens: two of three points."""
    return len(values) == 3 and sum(map(is_breached, values)) >= 2


def closes(values: list[float], is_breached: Callable[[float], bool]) -> bool:
    """Whether a breach closes: three of three points."""
    return len(values) == 3 and not any(map(is_breached, values))
