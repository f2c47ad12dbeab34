"""The stack's gauges: CPU, memory, connections, storage, as they follow from work and state."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from tui.sandbox import waits
from tui.sandbox.fleet import Fleet
from tui.sandbox.metric_store import MetricKey
from tui.sandbox.probes import State
from tui.sandbox.rds_catalogue import CLASSES
from tui.sandbox.story import Bump
from tui.sandbox.traffic import Request
from tui.sandbox.world import Stack, World

_GIB = 1024**3
_CREDIT_S = 300
_IO_BYTES = 16_384


class Work:
    """What the service did in a stretch of time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.requests = 0.0
        self.lookups = 0.0
        self.database_ms = 0.0
        self.total_ms = 0.0

    def add(self, request: Request, weight: float = 1.0) -> None:
        """Count a request that stands for `weight` requests."""
        self.requests += weight
        self.lookups += request.lookups * weight
        self.database_ms += request.database_ms * weight
        self.total_ms += request.total_ms * weight

    @property
    def in_flight(self) -> float:
        """Requests being served at once, on average (Little's law)."""
        return self.total_ms / 1000 / self.seconds


class Gauges:
    """Samples all gauges of the stack. The formulae are explained in config/sandbox.yaml."""

    def __init__(self, world: World, stack: Stack, bumps: Sequence[Bump] = ()) -> None:
        self._world = world
        self._bumps = bumps
        self._fleet = Fleet(world.settings)
        self._settings = world.settings
        self._names = world.settings.names
        self._stack = stack
        self._random = random.Random(world.seed + 2)  # noqa: S311
        self._credits = 144.0
        self._surplus = 0.0

    def sample(self, at_s: float, state: State, work: Work, samples: int = 1) -> float:
        """Record all gauges at a moment; return the tasks' CPU use, percent.

        Args:
            at_s: Epoch second.
            state: The stack's state then.
            work: What was done since the last sample.
            samples: How many samples this one stands for.
        """
        cpu = self._ecs(at_s, state, work, samples)
        self._rds(at_s, state, work, samples)
        self._alb(at_s, state, samples)
        return cpu

    def _ecs(self, at_s: float, state: State, work: Work, samples: int) -> float:
        if not state.units:
            return 0.0
        shape, count = self._settings.ecs, len(state.units)
        seconds = work.requests * shape.cpu_s + work.lookups * shape.cpu_s_per_lookup
        use = 100 * seconds / work.seconds / sum(unit.vcpu for unit in state.units)
        cpu = min(100.0, shape.cpu_base + use)
        busy = shape.memory_per_request * work.in_flight / count
        for unit in state.units:
            memory = min(100.0, 100 * self._fleet.used_mib(unit) / unit.memory_mib + busy)
            for name, value, spread in (("CPUUtilization", cpu, 1.5), ("MemoryUtilization", memory, 0.15)):
                key = MetricKey.of(
                    "AWS/ECS", name, ClusterName=self._names.cluster, ServiceName=self._names.service
                )
                noisy = min(100.0, max(0.1, value + self._random.gauss(0, spread)))
                self._world.metrics.add(key, at_s, noisy, samples, "Percent")
        return cpu

    def _rds(self, at_s: float, state: State, work: Work, samples: int) -> None:
        if state.connections is None:
            return
        shape, noise = self._settings.rds, self._random.gauss
        demand = work.database_ms / 1000 / work.seconds
        size = CLASSES.get(str(self._stack.instance.db_instance_class), CLASSES["db.t3.micro"])
        share = 1 - math.exp(-demand / (shape.vcpu * size.power))
        added = self._added(at_s)
        cpu = shape.cpu_base + (99.5 - shape.cpu_base) * share + noise(0, 0.6) + added("CPUUtilization")
        free = state.allocated_gib * _GIB - shape.used_gib * _GIB - state.database_bytes
        self._world.rds.storage(at_s, self._stack.instance, free)
        memory = shape.memory_bytes * size.memory_gib - state.connections * shape.memory_bytes_per_connection
        reads = 4 + 60 * share + added("ReadIOPS")
        writes = 6 + work.requests / work.seconds + self._outbox_iops(state) + added("WriteIOPS")
        latency = (0.0006 + 0.0012 * share, 0.0011 + 0.0008 * share)
        queue = reads * 0.002 + added("DiskQueueDepth")
        figures = (
            ("CPUUtilization", min(100.0, max(1.0, cpu)), "Percent"),
            ("DatabaseConnections", float(state.connections), "Count"),
            ("FreeStorageSpace", max(0.0, free), "Bytes"),
            ("FreeableMemory", max(16e6, memory + noise(0, 1.5e6) + added("FreeableMemory")), "Bytes"),
            ("ReadLatency", max(1e-4, latency[0] + noise(0, 5e-5) + added("ReadLatency")), "Seconds"),
            ("WriteLatency", max(2e-4, latency[1] + noise(0, 8e-5) + added("WriteLatency")), "Seconds"),
            ("ReadIOPS", max(0.0, reads + noise(0, 1)), "Count/Second"),
            ("WriteIOPS", max(0.0, writes + noise(0, 0.8)), "Count/Second"),
            ("DiskQueueDepth", max(0.0, queue + noise(0, 0.01)), "Count"),
            ("SwapUsage", 24e6 + added("SwapUsage"), "Bytes"),
            (
                "EBSByteBalance%",
                _percent(99 - 6 * share + noise(0, 0.3) + added("EBSByteBalance%")),
                "Percent",
            ),
            ("EBSIOBalance%", _percent(99 - 4 * share + noise(0, 0.2) + added("EBSIOBalance%")), "Percent"),
        )
        for name, value, unit in figures:
            self._world.metrics.add(self._database_key(name), at_s, value, samples, unit)
        # Sessions that execute: what queues for a core counts as CPU, as Performance Insights counts it.
        sessions = {"CPU": demand + 0.02, "DataFileRead": reads * latency[0], "ClientRead": 0.01}
        waits.record(self._world.load, at_s, sessions, samples)
        self._balances(at_s, cpu, work.seconds)

    def _added(self, at_s: float) -> Callable[[str], float]:
        """Return what the instance's own work adds to a metric at a moment."""
        active = [bump for bump in self._bumps if bump.start_s <= at_s < bump.end_s]
        return lambda metric: sum(bump.added(metric) for bump in active)

    def _outbox_iops(self, state: State) -> float:
        """Return the writes a second that the releases' outbox rows make, by their scaled size."""
        outbox = self._settings.outbox
        rows = sum(unit.release.outbox_rows_per_h for unit in state.units) / 3600
        return rows * outbox.row_bytes * outbox.scale / _IO_BYTES

    def _balances(self, at_s: float, cpu: float, seconds: float) -> None:
        """Burst balance every minute, CPU credits every five, as they are published."""
        if self._stack.instance.storage_type == "gp2":
            self._world.metrics.add(self._database_key("BurstBalance"), at_s, 100.0, unit="Percent")
        if not str(self._stack.instance.db_instance_class).startswith("db.t"):
            return
        # db.t3.micro earns 12 credits an hour; a credit is one vCPU for a minute.
        used = cpu / 100 * self._settings.rds.vcpu / 60 * seconds
        left = self._credits + seconds * 12 / 3600 - used
        self._credits = min(288.0, max(0.0, left))
        # Unlimited, as RDS runs the class: what is spent beyond the balance is charged, not refused.
        self._surplus += max(0.0, -left)
        if int(at_s) % _CREDIT_S < seconds:
            at = at_s // _CREDIT_S * _CREDIT_S
            self._world.metrics.add(self._database_key("CPUCreditBalance"), at, self._credits, unit="Count")
            usage = used * _CREDIT_S / seconds
            self._world.metrics.add(self._database_key("CPUCreditUsage"), at, usage, unit="Count")
            charged, self._surplus = self._surplus, 0.0
            self._world.metrics.add(self._database_key("CPUSurplusCreditsCharged"), at, charged, unit="Count")

    def _alb(self, at_s: float, state: State, samples: int) -> None:
        for name, value in (
            ("HealthyHostCount", len(state.serving)),
            ("UnHealthyHostCount", state.unhealthy),
        ):
            key = MetricKey.of(
                "AWS/ApplicationELB",
                name,
                LoadBalancer=self._stack.balancer,
                TargetGroup=self._stack.target_group,
            )
            self._world.metrics.add(key, at_s, float(value), samples, "Count")

    def _database_key(self, name: str) -> MetricKey:
        return MetricKey.of("AWS/RDS", name, DBInstanceIdentifier=self._names.database)


def _percent(value: float) -> float:
    return min(100.0, max(0.0, value))
