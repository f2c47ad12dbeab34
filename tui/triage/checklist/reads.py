"""What the checks read: each thing once for all of them, though they run side by side. Blocks."""

from __future__ import annotations

import bisect
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from config.schema import Config
from tui.actions.cdn_common import balancer_of, distributions_of
from tui.actions.protocol import Context, absent
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgstats import ActivitySnapshot, StatementsSnapshot, TablesSnapshot
from tui.domain.snapshots import MetricsSnapshot, MetricTarget, PostgresSnapshot, Series, SeriesKey
from tui.domain.targets import metric_targets
from tui.sources.alb import AlbSource
from tui.sources.metrics import MetricsSource
from tui.sources.pgdoor import PostgresDoor
from tui.sources.postgres import (
    ActivitySource,
    PostgresSource,
    StatementsSource,
    TablesSource,
    not_configured,
)
from tui.sources.rds import RdsSource

T = TypeVar("T")

DAY_S: Final = 86_400
STEP_S: Final = 300
_TEXTS: Final = 200
_CLASS_CHANGED: Final = re.compile(r"applying.*(instance class|instanceclass|instance_class)", re.IGNORECASE)
"""RDS-EVENT-0014 and what stands in for it."""


@dataclass(slots=True)
class _Once:
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_known: bool = False
    value: Any = None
    error: SourceError | None = None


class Reads:
    """Reads of one verification; what fails, fails for all checks that need it.

    Args:
        context: The doors.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], _Once] = {}

    @property
    def config(self) -> Config:
        """The configured stack."""
        return self.context.config

    def once(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        """Return what a read gives, asking once whoever asks first.

        Raises:
            SourceError: The read's, again for each that asks.
        """
        with self._lock:
            slot = self._known.setdefault(key, _Once())
        with slot.lock:
            if not slot.is_known:
                try:
                    slot.value = read()
                except SourceError as error:
                    slot.error = error
                slot.is_known = True
        if slot.error is not None:
            raise slot.error
        value: T = slot.value
        return value

    # ------------------------------------------------------------ AWS

    def service(self, name: str) -> dict[str, Any]:
        """Return a service as DescribeServices does."""
        cluster = self.config.stack.cluster

        def read() -> dict[str, Any]:
            # Without tags, as below.
            found = self.context.call("ecs", "describe_services", cluster=cluster, services=[name])
            services = found.get("services") or ()
            if not services or services[0].get("status") == "INACTIVE":
                raise absent(f"There is no service {name} in the cluster {cluster}.")
            return dict(services[0])

        return self.once(("service", name), read)

    def definition(self, arn: str) -> dict[str, Any]:
        """Return a task definition as DescribeTaskDefinition does."""

        def read() -> dict[str, Any]:
            # Without tags: they would need a permission of their own.
            found = self.context.call("ecs", "describe_task_definition", taskDefinition=arn)
            return dict(found["taskDefinition"])

        return self.once(("definition", arn), read)

    def instance(self, name: str) -> dict[str, Any]:
        """Return a DB instance as DescribeDBInstances does."""

        def read() -> dict[str, Any]:
            found = self.context.call("rds", "describe_db_instances", DBInstanceIdentifier=name)[
                "DBInstances"
            ]
            if not found:
                raise absent(f"There is no DB instance {name}.")
            return dict(found[0])

        return self.once(("instance", name), read)

    def balancer(self, name: str) -> dict[str, Any]:
        """Return a load balancer as DescribeLoadBalancers does."""
        return self.once(("balancer", name), lambda: balancer_of(self.context, name))

    def distributions(self, name: str) -> list[dict[str, Any]]:
        """Return the CloudFront distributions that have a balancer as an origin."""
        domain = str(self.balancer(name)["DNSName"])
        return self.once(("distributions", name), lambda: distributions_of(self.context, domain))

    def targets(self) -> tuple[MetricTarget, ...]:
        """Return the resources with the dimensions of their metrics."""

        def read() -> tuple[MetricTarget, ...]:
            stack, clock = self.config.stack, self.context.clock
            rds = RdsSource(self.context.aws, stack.databases, clock).fetch() if stack.databases else None
            alb = (
                AlbSource(self.context.aws, stack.load_balancers, clock).fetch()
                if stack.load_balancers
                else None
            )
            return metric_targets(self.config, rds, alb)

        return self.once(("targets",), read)

    def metrics(self) -> MetricsSnapshot:
        """Return all series: the last hour as published, and 24 h at 5 minutes."""

        def read() -> MetricsSnapshot:
            source = MetricsSource(self.context.aws, self.config.metrics.values())
            return source.fetch(self.targets(), DAY_S, STEP_S, False, self.context.clock.now())

        return self.once(("metrics",), read)

    def class_changed_s(self, name: str) -> float | None:
        """Return when an instance last got another class, within 24 h; None where it did not.

        None also where events may not be read: the whole day is then judged.
        """

        def read() -> float | None:
            try:
                found = self.context.call(
                    "rds", "describe_events", SourceIdentifier=name, SourceType="db-instance", Duration=1440
                )
            except SourceError as error:
                if error.kind is not ErrorKind.ACCESS_DENIED:
                    raise
                return None
            times = [
                one["Date"].timestamp()
                for one in found.get("Events") or ()
                if _CLASS_CHANGED.search(str(one.get("Message")))
            ]
            return max(times, default=None)

        return self.once(("events", name), read)

    def day(self, metric: str, resource: str, statistic: str = "", *, since_s: float | None = None) -> Series:
        """Return 24 h of a metric at 5 minutes; an empty series where it has no points.

        Args:
            metric: Its id in metrics.yaml.
            resource: The resource's name.
            statistic: "" for the judged one.
            since_s: Only points that began at this time or later.

        Raises:
            SourceError: Metrics cannot be read, or this one may not be.
        """
        spec = self.config.metrics.get(metric)
        if spec is None:
            return Series(STEP_S)
        snapshot = self.metrics()
        key = SeriesKey(metric, resource, statistic or spec.statistic or "Average", STEP_S)
        found = snapshot.series.get(key, Series(STEP_S))
        if not found and key in snapshot.notes:
            raise SourceError(ErrorKind.INVALID, f"{metric} of {resource}: {snapshot.notes[key]}")
        if since_s is None:
            return found
        first = bisect.bisect_left(found.times, since_s)
        return Series(found.period_s, found.times[first:], found.values[first:])

    # ------------------------------------------------------------ PostgreSQL

    def door(self) -> PostgresDoor:
        """Return the way to PostgreSQL.

        Raises:
            SourceError: None is configured.
        """
        if self.context.pg is None:
            raise not_configured()
        return self.context.pg

    def settings(self) -> PostgresSnapshot:
        """Return the server's settings."""
        door, clock = self.door(), self.context.clock
        return self.once(("settings",), lambda: PostgresSource(door, "", clock).fetch())

    def activity(self) -> ActivitySnapshot:
        """Return the sessions."""
        door, clock = self.door(), self.context.clock
        return self.once(("activity",), lambda: ActivitySource(door, clock).fetch())

    def statements(self) -> StatementsSnapshot:
        """Return the statements with the texts of the first ones."""
        door, clock = self.door(), self.context.clock
        return self.once(("statements",), lambda: StatementsSource(door, clock, texts=_TEXTS).fetch())

    def tables(self) -> TablesSnapshot:
        """Return tables and indexes."""
        door, clock = self.door(), self.context.clock
        return self.once(("tables",), lambda: TablesSource(door, clock).fetch())
