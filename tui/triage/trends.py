"""Judges what climbs or falls and goes on doing so: memory, storage, balances, CPU credits, connections.

Pure: series by the hour (up to a week of them) and what Describe told, in; trends, out. What cannot be
judged is a trend without a sentence that says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.levels import Level
from config.prices import Prices
from config.schema import Config
from tui.domain.limits import effective
from tui.domain.snapshots import (
    EcsSnapshot,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
    Series,
)
from tui.domain.targets import PANES, applies, find_instance
from tui.domain.trend import Evidence, Trend, TrendKind
from tui.triage.databasetrends import balance_trend, credit_trend, storage_trend
from tui.triage.leaks import Leak, judge_leak
from tui.triage.trendtext import duration_text, interval, plain, signed, since_text

MEMORY: Final = "ecs.memory"
STORAGE: Final = "rds.free_storage"
CONNECTIONS: Final = "rds.connections"
CREDITS: Final = "rds.cpu_credits"
SURPLUS: Final = "rds.cpu_surplus_charged"
BALANCES: Final = ("rds.burst_balance", "rds.ebs_io_balance", "rds.ebs_byte_balance")
METRICS: Final = (MEMORY, STORAGE, CONNECTIONS, *BALANCES, CREDITS, SURPLUS)
"""What the judgement reads, by the hour; those that the configuration dropped are left out."""

SOON_S: Final = 24 * 3600.0
"""Memory or connections that reach their limit within this are a warning; later they are elevated."""
CONNECTION_CYCLE: Final = 8.0
"""Connections follow the traffic: their daily cycle is so many times larger than a memory's."""


def judge_trends(
    config: Config,
    metrics: MetricsSnapshot,
    *,
    ecs: EcsSnapshot | None = None,
    rds: RdsSnapshot | None = None,
    postgres: PostgresSnapshot | None = None,
    prices: Prices | None = None,
) -> tuple[Trend, ...]:
    """Return the trends of all configured resources, in the order of the panes.

    Args:
        config: What is watched, and its limits.
        metrics: Series by the hour, read at `at_s`.
        ecs: For the deployments of services.
        rds: For class and storage of instances.
        postgres: For the server's own max_connections.
        prices: For surplus CPU credits; None shows no price.
    """
    now_s = metrics.at_s
    series = {(key.metric, key.resource): one for key, one in metrics.series.items()}
    found: list[Trend] = []
    if MEMORY in config.metrics:
        deployments = _deployments(ecs)
        found += [
            memory_trend(name, series.get((MEMORY, name), Series(3600)), now_s, deployments.get(name, ()))
            for name in config.stack.services
        ]
    for name in config.stack.databases:
        found += _database(config, name, series, now_s, rds, postgres, prices)
    return tuple(found)


def memory_trend(resource: str, series: Series, now_s: float, deployments_s: tuple[float, ...]) -> Trend:
    """Return the trend of a service's memory.

    Args:
        resource: The service.
        series: MemoryUtilization, Average by the hour, percent.
        now_s: Epoch seconds by the endpoint's clock.
        deployments_s: Known times of its deployments.
    """
    leak = judge_leak(series, now_s, deployments_s)
    pane = PANES["service"]
    evidence = _evidence(leak, "percent", 1.0)
    if not leak.is_leak:
        return Trend(TrendKind.MEMORY, MEMORY, resource, pane, evidence=evidence, reason=leak.reason)
    sentence = (
        f"memory {signed(leak.slope)} %/h ({interval(leak.low, leak.high)}) {_since(leak, now_s)}"
        f"{_until('100 %', leak.eta_s)}"
    )
    return Trend(
        TrendKind.MEMORY, MEMORY, resource, pane, _urgency(leak.eta_s), sentence, evidence, leak.eta_s
    )


def connection_trend(resource: str, series: Series, now_s: float, limit: float | None, named: str) -> Trend:
    """Return the trend of a database's connections, judged like memory in percent of the limit.

    Args:
        resource: The DB instance.
        series: DatabaseConnections, Average by the hour.
        now_s: Epoch seconds by the endpoint's clock.
        limit: What they must not reach; None judges nothing.
        named: What that limit is, for the sentence.
    """
    kind, pane = TrendKind.CONNECTIONS, PANES["database"]
    if not limit or limit <= 0:
        return Trend(kind, CONNECTIONS, resource, pane, reason="no limit is known")
    share = Series(series.period_s, series.times, tuple(100.0 * one / limit for one in series.values))
    leak = judge_leak(share, now_s, cycle=CONNECTION_CYCLE)
    scale = limit / 100.0
    evidence = _evidence(leak, "count", scale)
    if not leak.is_leak:
        return Trend(kind, CONNECTIONS, resource, pane, evidence=evidence, reason=leak.reason)
    low, high = leak.low * scale, leak.high * scale
    sentence = (
        f"connections {signed(leak.slope * scale)}/h ({interval(low, high)}) {_since(leak, now_s)}"
        f"{_until(f'{plain(limit, 0)} ({named})', leak.eta_s)}"
    )
    return Trend(kind, CONNECTIONS, resource, pane, _urgency(leak.eta_s), sentence, evidence, leak.eta_s)


def _database(
    config: Config,
    name: str,
    series: Mapping[tuple[str, str], Series],
    now_s: float,
    rds: RdsSnapshot | None,
    postgres: PostgresSnapshot | None,
    prices: Prices | None,
) -> list[Trend]:
    instance = find_instance(rds, name)
    found: list[Trend] = []
    if STORAGE in config.metrics:
        allocated = instance.allocated_gib if instance else None
        found.append(storage_trend(name, series.get((STORAGE, name), Series(3600)), now_s, allocated))
    for metric in BALANCES:
        spec = config.metrics.get(metric)
        if spec is not None and applies(spec, name, rds):
            held = series.get((metric, name), Series(3600))
            found.append(balance_trend(metric, spec.title, name, held, now_s))
    if instance is not None and instance.instance_class.startswith("db.t") and CREDITS in config.metrics:
        balance = series.get((CREDITS, name), Series(3600))
        charged = series.get((SURPLUS, name), Series(3600))
        price = prices.rds_cpu_credit_vcpu_hour if prices else None
        found.append(credit_trend(name, instance.instance_class, balance, charged, now_s, price))
    if CONNECTIONS in config.metrics:
        held = series.get((CONNECTIONS, name), Series(3600))
        found.append(connection_trend(name, held, now_s, *_connection_limit(config, name, postgres)))
    return found


def _connection_limit(
    config: Config, name: str, postgres: PostgresSnapshot | None
) -> tuple[float | None, str]:
    """Return the lower of the critical limit in force and the server's max_connections, and its name."""
    threshold = effective(config, config.metrics[CONNECTIONS], name, postgres)
    critical = threshold.critical if threshold else None
    if critical is not None:
        return critical, "critical"
    if postgres is not None and postgres.database == name:
        return float(postgres.max_connections), "max_connections"
    return None, ""


def _deployments(ecs: EcsSnapshot | None) -> dict[str, tuple[float, ...]]:
    services = ecs.services if ecs else ()
    return {
        one.name: tuple(it.created_s for it in one.deployments if it.created_s is not None)
        for one in services
    }


def _evidence(leak: Leak, unit: str, scale: float) -> Evidence | None:
    if leak.confidence <= 0.0:
        return None
    return Evidence(
        leak.slope * scale,
        leak.low * scale,
        leak.high * scale,
        unit,
        leak.since_s,
        leak.points,
        leak.confidence,
    )


def _since(leak: Leak, now_s: float) -> str:
    ago = since_text(leak.since_s, now_s)
    if leak.is_deployment:
        return f"since the deployment {ago}"
    return f"since the reset {ago}" if leak.at_reset else f"since {ago}"


def _until(limit: str, eta_s: float | None) -> str:
    if eta_s is None:
        return ""
    return f", {limit} in {duration_text(eta_s)}" if eta_s > 0 else f", {limit} reached"


def _urgency(eta_s: float | None) -> Level:
    return Level.WARNING if eta_s is not None and eta_s <= SOON_S else Level.ELEVATED
