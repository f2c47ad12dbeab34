"""The parts of one running sandbox that its API, its workload and its engines share."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.domain.clock import Clock
from tui.sandbox.ecs_engine import EcsEngine
from tui.sandbox.insights import SandboxInsights
from tui.sandbox.log_store import LogStore
from tui.sandbox.metric_store import MetricStore
from tui.sandbox.rds_engine import RdsEngine
from tui.sandbox.settings import Settings
from tui.sandbox.trail import Trail


@dataclass(slots=True)
class World:
    """Everything that lives in the sandbox's process besides moto's own state."""

    settings: Settings
    clock: Clock
    seed: int
    ecs: EcsEngine
    rds: RdsEngine
    metrics: MetricStore = field(default_factory=MetricStore)
    logs: LogStore = field(init=False)
    insights: SandboxInsights = field(init=False)
    trail: Trail = field(default_factory=Trail)

    def __post_init__(self) -> None:
        self.logs = LogStore(self.clock)
        self.insights = SandboxInsights(self.logs, self.settings.account)

    @classmethod
    def create(cls, settings: Settings, clock: Clock, seed: int) -> World:
        """Build the parts for a seed; nothing runs yet."""
        ecs = EcsEngine(settings.ecs, clock, settings.account, settings.region, seed)
        return cls(settings, clock, seed, ecs, RdsEngine(settings.rds, clock))
