"""Seeded days of metrics, events and log lines in which one thing goes wrong, among others that do not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from config.levels import Level
from config.loader import load
from config.schema import MetricSpec
from tui.domain.findings import Finding
from tui.domain.loglines import RANKS
from tui.domain.snapshots import Series
from tui.triage.databasesigns import DatabaseSigns
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.logpatterns import LogSample
from tui.triage.material import Material

NOW_S: Final = 1_788_480_000
SPAN_S: Final = 27 * 3600
SERVICE, DATABASE, BALANCER = "prod-llmops-service", "prod-llmops-postgres", "prod-llmops-alb"
STORIES: Final = (
    "slow-query",
    "memory-leak",
    "traffic-spike",
    "bad-deploy",
    "storage-filling",
    "connection-leak",
)

_BASES: Final[Mapping[str, tuple[str, float, float, float]]] = {
    # metric: resource, level, noise (share), daily swing (share)
    "ecs.cpu": (SERVICE, 22.0, 0.08, 0.25),
    "ecs.memory": (SERVICE, 50.0, 0.015, 0.03),
    "rds.cpu": (DATABASE, 12.0, 0.10, 0.2),
    "rds.connections": (DATABASE, 17.0, 0.04, 0.0),
    "rds.free_storage_percent": (DATABASE, 68.0, 0.0008, 0.0),
    "rds.freeable_memory": (DATABASE, 3.3e8, 0.01, 0.02),
    "rds.read_latency": (DATABASE, 0.8, 0.15, 0.1),
    "rds.write_latency": (DATABASE, 1.4, 0.15, 0.1),
    "rds.disk_queue_depth": (DATABASE, 0.05, 0.5, 0.1),
    "rds.swap": (DATABASE, 2e7, 0.02, 0.0),
    "alb.requests": (BALANCER, 150.0, 0.07, 0.3),
    "alb.response_time": (BALANCER, 38.0, 0.06, 0.1),
    "alb.response_time_p95": (BALANCER, 74.0, 0.1, 0.1),
    "alb.response_time_p99": (BALANCER, 120.0, 0.15, 0.1),
    "alb.error_rate": (BALANCER, 0.05, 0.8, 0.0),
}
_APART_S: Final = 2700
"""Deployments lie so far apart, as in the sandbox."""
_DECOYS: Final = ("rds.read_latency", "rds.write_latency", "rds.disk_queue_depth", "rds.freeable_memory")


def specs() -> Mapping[str, MetricSpec]:
    """Return the packaged metrics."""
    return load(env={}).config.metrics


@dataclass(slots=True)
class Story:
    """A day in the making."""

    random: random.Random
    values: dict[str, list[float]] = field(default_factory=dict)
    entries: list[TimelineEntry] = field(default_factory=list)
    lines: list[LogSample] = field(default_factory=list)
    database: DatabaseSigns = field(default_factory=DatabaseSigns)
    metric: str = "alb.response_time"
    since_s: float = NOW_S
    culprit: str = ""
    """Key of the entry that is the cause; "" where it is no event."""
    kinds: tuple[str, ...] = ()
    """Kinds of cause that are right."""
    level: Level = Level.CRITICAL

    def change(self, metric: str, how: Callable[[float, float], float], from_s: float) -> None:
        """Change a metric from a moment on: `how(value, seconds since)`."""
        values = self.values[metric]
        for at in range(max(0, _index(from_s)), len(values)):
            values[at] = how(values[at], _time(at) - from_s)

    def happened(self, kind: Kind, title: str, at_s: float, key: str = "") -> str:
        """Add an event, with a clock that is up to a minute wrong, perhaps twice."""
        name = key or f"{title}@{at_s:.0f}"
        skewed = at_s + self.random.uniform(-60, 60)
        entry = TimelineEntry(name, skewed, kind, title, who="ci-deployer")
        self.entries += [entry] * self.random.choice((1, 1, 2))
        return name

    def log(self, severity: str, text: str, from_s: float, until_s: float, per_minute: float) -> None:
        """Add log lines."""
        at = from_s
        while at < until_s:
            self.lines.append(LogSample(int(at * 1000), RANKS[severity], text.format(self.random.random())))
            at += self.random.expovariate(per_minute / 60)


def story(name: str, seed: int) -> tuple[Material, Story]:
    """Return a day in which something goes wrong (or nothing: calm), and what it was."""
    made = Story(random.Random(f"{name}/{seed}"))  # noqa: S311 - a test's dice
    _quiet(made)
    _PLOTS[name](made)
    _decoys(made, name)
    made.random.shuffle(made.entries)
    made.random.shuffle(made.lines)
    series = {(metric, _BASES[metric][0]): _series(made, values) for metric, values in made.values.items()}
    finding = Finding(made.metric, _BASES[made.metric][0], "alb", made.level, "breach", made.since_s)
    material = Material(
        finding,
        made.metric,
        series,
        specs(),
        NOW_S,
        NOW_S - 120,
        tuple(made.entries),
        tuple(made.lines),
        made.database,
    )
    return material, made


def _time(index: int) -> int:
    return NOW_S - SPAN_S + 60 * index


def _index(at_s: float) -> int:
    return math.ceil((at_s - NOW_S + SPAN_S) / 60)


def _quiet(made: Story) -> None:
    dice, phase = made.random, made.random.uniform(0, math.tau)
    for metric, (_, level, noise, swing) in _BASES.items():
        values = []
        for index in range(SPAN_S // 60):
            day = 1 + swing * math.sin(math.tau * index / 1440 + phase)
            values.append(max(0.0, level * day * (1 + dice.gauss(0, noise))))
        made.values[metric] = values
    made.log("INFO", "GET /api/projects 200 in {:.3f} ms", NOW_S - 7200, NOW_S, 8)
    made.log("WARN", "slow client {:.3f}", NOW_S - 7200, NOW_S, 0.4)
    made.log("ERROR", "upstream closed the connection {:.3f}", NOW_S - 7200, NOW_S, 0.1)


def _decoys(made: Story, name: str) -> None:
    """Deployments that do no harm, and metrics that move without a meaning, some near the start."""
    dice = made.random
    for number in range(dice.randint(1, 3)):
        hours = dice.uniform(1.4, 23)
        if any(abs(NOW_S - 3600 * hours - one.at_s) < _APART_S for one in made.entries):
            continue
        made.happened(Kind.DEPLOYMENT, f"deployment prod-llmops-app:{40 + number}", NOW_S - 3600 * hours)
        if name == "memory-leak":
            continue
        made.change(
            "ecs.memory", lambda value, after: value - 2 if after < 1800 else value, NOW_S - 3600 * hours
        )
    made.happened(Kind.CHANGE, "PutMetricAlarm ecs-cpu-high", NOW_S - dice.uniform(600, 5000))
    made.happened(Kind.ALARM, "alarm ecs-cpu-high OK", NOW_S - dice.uniform(600, 50_000))
    for number in range(dice.randint(4, 8)):
        metric = dice.choice(_DECOYS)
        start = NOW_S - (dice.uniform(300, 5400) if number < 2 else dice.uniform(5400, 80_000))
        lasts, factor = dice.uniform(180, 900), dice.uniform(1.3, 2.5)
        if metric == "rds.freeable_memory":
            factor = 0.97

        def bump(value: float, after: float, lasts: float = lasts, factor: float = factor) -> float:
            return value * factor if after < lasts else value

        made.change(metric, bump, start)


def _series(made: Story, values: list[float]) -> Series:
    """Return a series with holes; one in eight begins in the middle of the day."""
    dice = made.random
    begin = dice.randint(600, 900) if dice.random() < 0.12 else 0
    hole = dice.randint(0, len(values) - 1)
    kept = [
        (_time(index), value)
        for index, value in enumerate(values)
        if index >= begin and dice.random() > 0.01 and not hole <= index < hole + 8
    ]
    return Series(60, tuple(at for at, _ in kept), tuple(value for _, value in kept))


def _slow_query(made: Story) -> None:
    dice = made.random
    start = NOW_S - dice.uniform(900, 3000)
    slow = dice.uniform(15, 40)
    for metric, share in (
        ("alb.response_time", 1),
        ("alb.response_time_p95", 0.9),
        ("alb.response_time_p99", 0.7),
    ):
        made.change(metric, lambda value, _, share=share: value * slow * share, start)  # type: ignore[misc]
    made.change("rds.cpu", lambda value, _: min(99.0, value + dice.gauss(78, 3)), start)
    made.change("ecs.cpu", lambda value, _: value * 1.1, start)
    made.culprit = made.happened(Kind.CHANGE, "RunTask prod-llmops-migrate", start - dice.uniform(20, 150))
    made.since_s, made.kinds = start + 60, ("database",)


def _memory_leak(made: Story) -> None:
    dice = made.random
    start = NOW_S - dice.uniform(8, 14) * 3600
    per_hour = dice.uniform(2.8, 4)
    made.change("ecs.memory", lambda value, after: value + per_hour * after / 3600, start)
    made.culprit = made.happened(
        Kind.DEPLOYMENT, "deployment prod-llmops-app:43", start - dice.uniform(0, 200)
    )
    made.metric, made.kinds = "ecs.memory", ("memory-leak", "deployment")
    made.since_s = max(start, NOW_S - dice.uniform(600, 3000))


def _traffic(made: Story) -> None:
    dice = made.random
    start, factor = NOW_S - dice.uniform(900, 2700), dice.uniform(2.2, 4)

    def rise(value: float, after: float) -> float:
        return value * (1 + (factor - 1) * min(1.0, after / 180))

    made.change("alb.requests", rise, start)
    made.change("ecs.cpu", lambda value, after: min(99.0, rise(value, after - 30) * 1.1), start + 30)
    made.change("rds.cpu", lambda value, after: rise(value, after) * 0.9, start + 60)
    made.change(
        "alb.response_time", lambda value, after: value * (1 + 1.5 * min(1.0, after / 180)), start + 60
    )
    made.metric, made.kinds = dice.choice(("ecs.cpu", "ecs.cpu", "alb.response_time")), ("traffic",)
    made.since_s = start + 180


def _bad_deploy(made: Story) -> None:
    dice = made.random
    start, rate = NOW_S - dice.uniform(700, 2400), dice.uniform(8, 30)
    made.change("alb.error_rate", lambda value, _: max(0.0, rate + dice.gauss(0, 2)), start)
    made.change("alb.response_time", lambda value, _: value * 0.9, start)
    made.culprit = made.happened(
        Kind.DEPLOYMENT, "deployment prod-llmops-app:44", start - dice.uniform(0, 150)
    )
    made.log("ERROR", "TypeError: cannot read 'tenantId' of {:.3f}", start, NOW_S, 20)
    made.metric, made.since_s, made.kinds = "alb.error_rate", start, ("deployment",)


def _storage(made: Story) -> None:
    dice = made.random
    start = NOW_S - dice.uniform(9, 16) * 3600
    per_s = dice.uniform(58, 62) / (NOW_S - start)
    made.change("rds.free_storage_percent", lambda value, after: max(2.0, value - per_s * after), start)
    made.culprit = made.happened(
        Kind.DEPLOYMENT, "deployment prod-llmops-app:45", start - dice.uniform(0, 200)
    )
    made.metric, made.kinds = "rds.free_storage_percent", ("storage", "deployment")
    made.since_s = NOW_S - dice.uniform(600, 3000)


def _connections(made: Story) -> None:
    dice = made.random
    start = NOW_S - dice.uniform(45, 70) * 60
    made.change("rds.connections", lambda value, after: value + min(54, after // 45), start)
    made.culprit = made.happened(Kind.CHANGE, "RunTask prod-llmops-reindex", start - dice.uniform(0, 120))
    made.database = DatabaseSigns(idle=dice.randint(30, 54), oldest_idle_s=3000, idle_application="reindex")
    made.metric, made.kinds, made.since_s = "rds.connections", ("connections",), start + 40 * 45


def _calm(made: Story) -> None:
    dice = made.random
    made.metric = dice.choice([name for name in _BASES if name not in _DECOYS])
    made.since_s, made.level = NOW_S - dice.uniform(300, 3000), Level.OK


_PLOTS: Final[Mapping[str, Callable[[Story], None]]] = {
    "slow-query": _slow_query,
    "memory-leak": _memory_leak,
    "traffic-spike": _traffic,
    "bad-deploy": _bad_deploy,
    "storage-filling": _storage,
    "connection-leak": _connections,
    "calm": _calm,
}
