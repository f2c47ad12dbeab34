"""The demo's service at work: requests become log lines and metrics, state becomes gauges."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.sandbox.gauges import Gauges, Work
from tui.sandbox.metric_store import MetricKey
from tui.sandbox.probes import Probe, State
from tui.sandbox.story import Bump
from tui.sandbox.traffic import Request, Traffic, line
from tui.sandbox.world import Stack, World

GAUGE_S = 20
"""Seconds between two samples of a gauge, as ECS takes them."""
_NOTICE_S = 30
_PROVIDER_ERROR_S = 340
_QUANTILES = 12


@dataclass(slots=True)
class _Keys:
    """Metrics that requests count into, for the balancer and for its target group."""

    whole: tuple[MetricKey, MetricKey]
    time: tuple[MetricKey, MetricKey]
    statuses: dict[int, tuple[MetricKey, MetricKey]]
    refused: tuple[MetricKey, MetricKey]


class Workload:
    """Advances the service through time, second by second.

    The same code makes the last hour of history and the live present; only the probe differs.
    """

    def __init__(self, world: World, stack: Stack, traffic: Traffic, bumps: Sequence[Bump] = ()) -> None:
        self._world = world
        self._traffic = traffic
        self._random = random.Random(world.seed + 1)  # noqa: S311
        self._keys = _keys(stack)
        self._gauges = Gauges(world, stack, bumps)
        self._work = Work(GAUGE_S)
        self._ecs_cpu = 0.0
        self._group = world.settings.names.log_group
        self.observer: Callable[[float, Request], None] | None = None
        """Hears of every request that reached a task, with its epoch seconds."""
        self.outbox: Callable[[float], None] | None = None
        """Takes the rows that the tasks write to the outbox, some every second."""

    def advance(self, start_s: int, end_s: int, probe: Probe) -> None:
        """Serve the requests of the seconds from `start_s` to before `end_s`."""
        for second in range(start_s, end_s):
            state = probe.state(second)
            count = self._traffic.count(self._traffic.rate(second))
            for at in self._traffic.moments(second, count):
                self._serve(at, state)
            self._notices(second, state)
            if self.outbox:
                self.outbox(sum(unit.release.outbox_rows_per_h for unit in state.serving) / 3600)
            if (second + 1) % GAUGE_S == 0:
                self._ecs_cpu = self._gauges.sample(second, state, self._work)
                self._work = Work(GAUGE_S)

    def synthesise(self, minute_s: int, probe: Probe) -> None:
        """Make the metrics of a whole minute without log lines, by the same formulae."""
        state = probe.state(minute_s)
        count = self._traffic.count(self._traffic.rate(minute_s) * 60)
        if not count:
            return
        requests = [self._traffic.request(state.lookups, self._ecs_cpu, 0.0, "") for _ in range(_QUANTILES)]
        weight = count / _QUANTILES
        errors = sum(request.status >= 400 for request in requests) and 1
        failed = self._failed(count, state)
        metrics = self._world.metrics
        for key in self._keys.whole:
            metrics.add(key, minute_s, 1.0, count, "Count")
        for key in self._keys.time:
            metrics.add_all(key, minute_s, ((one.total_ms / 1000, weight) for one in requests), "Seconds")
        for status, number in ((2, count - errors - failed), (4, errors), (5, failed)):
            for key in self._keys.statuses[status]:
                if number:
                    metrics.add(key, minute_s, 1.0, number, "Count")
        work = Work(60)
        for request in requests:
            work.add(request, weight)
        self._ecs_cpu = self._gauges.sample(minute_s, state, work, samples=3)

    def _failed(self, count: int, state: State) -> int:
        """Draw how many of `count` requests the tasks' releases fail."""
        shares = [unit.release.error_share for unit in state.serving]
        if not any(shares):
            return 0
        return min(count, self._traffic.count(count * sum(shares) / len(shares)))

    def say(self, at_s: float, level: str, logger: str, text: str, stream: str) -> None:
        """Write a line to the application's log group."""
        self._log(at_s, stream, line(at_s, level, logger, text))

    def _serve(self, at: float, state: State) -> None:
        metrics = self._world.metrics
        if not state.serving:
            # No target can be chosen: the balancer answers itself, and RequestCount does not count it.
            for key in self._keys.refused:
                metrics.add(key, at, 1.0, unit="Count")
            return
        unit = self._random.choice(state.serving)
        request = self._traffic.request(
            state.lookups, self._ecs_cpu, state.refused, state.problem, unit.release
        )
        for text in self._traffic.lines(request, at):
            self._log(at, unit.stream, text)
        if self.observer:
            self.observer(at, request)
        self._count(at, request)
        self._work.add(request)

    def _count(self, at: float, request: Request) -> None:
        metrics = self._world.metrics
        for key in self._keys.whole:
            metrics.add(key, at, 1.0, unit="Count")
        for key in self._keys.time:
            metrics.add(key, at, request.total_ms / 1000, unit="Seconds")
        for key in self._keys.statuses[request.status // 100]:
            metrics.add(key, at, 1.0, unit="Count")

    def _notices(self, second: int, state: State) -> None:
        if not state.serving:
            return
        unit = state.serving[second % len(state.serving)]
        stream = unit.stream
        for notice in unit.release.notices:
            if second % notice.every_s == 0:
                self._log(second, stream, line(second, notice.level, notice.logger, notice.text))
        if second % _NOTICE_S == 0 and state.connections is not None:
            waiting = self._work.in_flight
            self._log(
                second,
                stream,
                line(
                    second,
                    "INFO",
                    "pool",
                    "database connection pool",
                    open=state.connections,
                    busy=math.ceil(waiting),
                ),
            )
        if second % _PROVIDER_ERROR_S == 0:
            text = "embedding provider timed out, job goes back to the queue"
            self._log(second, stream, line(second, "ERROR", "worker", text, attempt=1))

    def _log(self, at_s: float, stream: str, text: str) -> None:
        time_ms = int(at_s * 1000)
        self._world.logs.add(self._group, stream, time_ms, text, time_ms + 400)


def _keys(stack: Stack) -> _Keys:
    def both(name: str) -> tuple[MetricKey, MetricKey]:
        whole = MetricKey.of("AWS/ApplicationELB", name, LoadBalancer=stack.balancer)
        part = MetricKey.of(
            "AWS/ApplicationELB", name, LoadBalancer=stack.balancer, TargetGroup=stack.target_group
        )
        return whole, part

    return _Keys(
        whole=both("RequestCount"),
        time=both("TargetResponseTime"),
        statuses={digit: both(f"HTTPCode_Target_{digit}XX_Count") for digit in (2, 3, 4, 5)},
        refused=(both("HTTPCode_ELB_5XX_Count")[0], both("HTTPCode_ELB_503_Count")[0]),
    )
