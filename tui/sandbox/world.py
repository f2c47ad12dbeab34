"""The parts of one running sandbox that its API, its workload and its engines share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.domain.clock import Clock
from tui.sandbox.ecs_engine import EcsEngine
from tui.sandbox.insights import SandboxInsights
from tui.sandbox.log_store import LogStore
from tui.sandbox.metric_store import MetricStore
from tui.sandbox.rds_engine import RdsEngine
from tui.sandbox.settings import Settings
from tui.sandbox.trail import Trail


@dataclass(frozen=True, slots=True)
class Stack:
    """What the workload needs to know of the stack.

    Attributes:
        balancer: The LoadBalancer dimension, `app/<name>/<hex>`.
        target_group: The TargetGroup dimension, `targetgroup/<name>/<hex>`.
        service: moto's service object.
        instance: moto's DB instance object.
    """

    balancer: str
    target_group: str
    service: Any
    instance: Any


@dataclass(slots=True)
class World:
    """Everything that lives in the sandbox's process besides moto's own state."""

    settings: Settings
    clock: Clock
    seed: int
    ecs: EcsEngine
    rds: RdsEngine
    metrics: MetricStore = field(default_factory=MetricStore)
    load: MetricStore = field(default_factory=MetricStore)
    """What Performance Insights tells; CloudWatch does not list it."""
    logs: LogStore = field(init=False)
    insights: SandboxInsights = field(init=False)
    trail: Trail = field(init=False)

    def __post_init__(self) -> None:
        self.logs = LogStore(self.clock)
        self.trail = Trail(self.settings.region)
        self.insights = SandboxInsights(self.logs, self.settings.account)

    @classmethod
    def create(cls, settings: Settings, clock: Clock, seed: int) -> World:
        """Build the parts for a seed; nothing runs yet."""
        ecs = EcsEngine(settings.ecs, clock, settings.account, settings.region, seed)
        return cls(settings, clock, seed, ecs, RdsEngine(settings.rds, clock))
