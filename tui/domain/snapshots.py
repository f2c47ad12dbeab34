"""What sources return: frozen snapshots. Times are epoch seconds, None while unknown.

Every text in them has passed `widgets.text.sanitise` at ingest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tui.domain.pgstats import About

ResourceKind = Literal["service", "database", "load_balancer"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks (STS GetCallerIdentity), and where."""

    account: str
    arn: str
    region: str
    profile: str | None = None
    endpoint_url: str | None = None
    expected_account: str | None = None

    @property
    def is_wrong_account(self) -> bool:
        """Whether `account:` pins another account."""
        return self.expected_account is not None and self.expected_account != self.account


# ---------------------------------------------------------------- metrics


class SeriesKey(NamedTuple):
    """Which series: one statistic of one metric of one resource at one period."""

    metric: str
    """Metric id of metrics.yaml, for example `alb.response_time`."""
    resource: str
    """The resource's name, for example prod-llmops-alb."""
    statistic: str
    period_s: int
    part: str = ""
    """Target group name when the figure is split; "" for the whole."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points in ascending order of time; a missing bucket is simply not there.

    `times[i]` is the start of the bucket (CloudWatch's timestamp); values are already scaled to the
    metric's unit.
    """

    period_s: int
    times: tuple[int, ...] = ()
    values: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """A resource for which metrics are asked."""

    kind: ResourceKind
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """CloudWatch dimensions of the resource, for example (("DBInstanceIdentifier", "x"),)."""
    traits: frozenset[str] = frozenset()
    """burstable, gp2, small_ebs, replica: which optional metrics it publishes."""
    parts: tuple[tuple[str, str], ...] = ()
    """Target groups of a balancer: (name, TargetGroup dimension)."""


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """All series known after a tick."""

    at_s: float
    """The endpoint's time of the request."""
    series: Mapping[SeriesKey, Series]
    notes: Mapping[SeriesKey, str]
    """Why a series failed (Forbidden, InternalError, a message of the service)."""
    requests: int = 0
    """GetMetricData requests sent since the start, pages included."""
    metrics_requested: int = 0
    """What AWS bills: metrics asked for since the start (up to five statistics of one count once)."""


# ---------------------------------------------------------------- ECS


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a service (newest is PRIMARY)."""

    id: str
    status: str
    task_definition: str
    """family:revision."""
    desired: int
    running: int
    pending: int
    failed_tasks: int
    rollout_state: str | None
    """IN_PROGRESS, COMPLETED, FAILED; None for other deployment controllers."""
    rollout_reason: str
    created_s: float | None
    updated_s: float | None


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """A service event, as ECS words it."""

    id: str
    at_s: float
    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task that is not stopped."""

    id: str
    status: str
    health: str
    task_definition: str
    started_s: float | None
    zone: str


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A task that stopped within the last hour or so."""

    id: str
    task_definition: str
    stop_code: str
    reason: str
    container: str
    """Name of the container that explains the stop; "" if none does."""
    container_reason: str
    exit_code: int | None
    is_oom: bool
    """Out of memory: named so by ECS or by exit code 137 without a stop asked for."""
    stopped_s: float | None


@dataclass(frozen=True, slots=True)
class Service:
    """An ECS service."""

    name: str
    cluster: str
    status: str
    launch_type: str
    task_definition: str
    desired: int
    running: int
    pending: int
    deployments: tuple[Deployment, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    """Newest first, at most 20."""
    tasks: tuple[Task, ...] = ()
    stopped: tuple[StoppedTask, ...] = ()
    """Newest first, at most 20."""

    @property
    def primary(self) -> Deployment | None:
        """The deployment that is wanted."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


@dataclass(frozen=True, slots=True)
class EcsSnapshot:
    """The services asked for; those that do not exist are in `missing`."""

    at_s: float
    services: tuple[Service, ...]
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Parts that could not be read (tasks refused, say), as sentences."""


# ---------------------------------------------------------------- RDS


@dataclass(frozen=True, slots=True)
class DbInstance:
    """An RDS instance."""

    id: str
    status: str
    instance_class: str
    engine: str
    engine_version: str
    allocated_gib: int
    storage_type: str
    multi_az: bool
    zone: str
    endpoint: str
    """host:port, "" while creating."""
    replica_of: str | None
    replicas: tuple[str, ...]
    pending: tuple[tuple[str, str], ...]
    """PendingModifiedValues as (name, wanted value), secrets masked."""
    parameter_groups: tuple[tuple[str, str], ...]
    """(name, apply status), for example ("default.postgres16", "in-sync")."""
    backup_retention_days: int
    maintenance: tuple[str, ...] = ()
    """Pending maintenance actions, as sentences."""
    cluster: str = ""
    """DB cluster (Aurora, Multi-AZ DB cluster) that it belongs to; "" for an instance of its own."""
    log_exports: tuple[str, ...] = ()
    """Logs published to CloudWatch Logs: "postgresql", "upgrade"."""
    resource_id: str = ""
    """DbiResourceId, "db-ABC...": what Performance Insights calls it."""
    has_performance_insights: bool = False


@dataclass(frozen=True, slots=True)
class RdsSnapshot:
    """The instances asked for."""

    at_s: float
    instances: tuple[DbInstance, ...]
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseLoad:
    """What the sessions of an instance were doing in one minute (Performance Insights, db.load.avg)."""

    database: str
    at_s: float
    """Start of the minute."""
    total: float
    """Average active sessions."""
    waits: tuple[tuple[str, float], ...]
    """The same by wait event ("CPU", "IO:DataFileRead"), the most first."""


@dataclass(frozen=True, slots=True)
class LoadSnapshot:
    """The newest load of the instances that have Performance Insights."""

    at_s: float
    loads: tuple[DatabaseLoad, ...]


@dataclass(frozen=True, slots=True)
class PostgresSnapshot:
    """Facts read from the server itself."""

    at_s: float
    database: str
    """DB instance identifier it stands for (the first in the configuration)."""
    max_connections: int
    reserved_connections: int
    version: str
    about: About | None = None


# ---------------------------------------------------------------- ALB


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """One registered target."""

    id: str
    port: int
    zone: str
    state: str
    """initial, healthy, unhealthy, draining, unused, unavailable."""
    reason: str
    description: str


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group behind a balancer."""

    name: str
    arn: str
    dimension: str
    """targetgroup/<name>/<hex>."""
    targets: tuple[TargetHealth, ...]

    @property
    def healthy(self) -> int:
        """How many targets are healthy."""
        return sum(target.state == "healthy" for target in self.targets)

    @property
    def unhealthy(self) -> int:
        """How many targets are unhealthy (not: initial, draining, unused)."""
        return sum(target.state in ("unhealthy", "unavailable") for target in self.targets)


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """An Application Load Balancer."""

    name: str
    arn: str
    dimension: str
    """app/<name>/<hex>: the value of the LoadBalancer dimension."""
    state: str
    dns_name: str
    target_groups: tuple[TargetGroup, ...]

    @property
    def healthy(self) -> int:
        """Healthy targets in all groups."""
        return sum(group.healthy for group in self.target_groups)

    @property
    def unhealthy(self) -> int:
        """Unhealthy targets in all groups."""
        return sum(group.unhealthy for group in self.target_groups)


@dataclass(frozen=True, slots=True)
class AlbSnapshot:
    """The balancers asked for."""

    at_s: float
    balancers: tuple[LoadBalancer, ...]
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Target health that could not be read, as sentences."""


# ---------------------------------------------------------------- alarms, changes, logs


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric or composite alarm."""

    name: str
    kind: Literal["metric", "composite"]
    state: str
    """OK, ALARM, INSUFFICIENT_DATA."""
    reason: str
    since_s: float | None
    metric: str
    """namespace/name, "" for composite and math alarms."""
    dimensions: tuple[tuple[str, str], ...]
    actions_enabled: bool


@dataclass(frozen=True, slots=True)
class AlarmsSnapshot:
    """All alarms of the region (composite ones need permission on *)."""

    at_s: float
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A write call by somebody (CloudTrail, up to 15 minutes late)."""

    id: str
    at_s: float
    who: str
    event: str
    service: str
    """For example ecs.amazonaws.com."""
    resources: tuple[str, ...]
    error: str
    request_id: str = ""
    """AWS's request id, which the audit log keeps too."""
    agent: str = ""
    """User agent of the caller."""


@dataclass(frozen=True, slots=True)
class ChangesSnapshot:
    """Recent changes, newest first."""

    at_s: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AlarmTransition:
    """An alarm that changed its state (CloudWatch alarm history, StateUpdate)."""

    alarm: str
    at_s: float
    before: str
    after: str
    """OK, ALARM, INSUFFICIENT_DATA; "" where the history does not tell."""
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmHistorySnapshot:
    """Transitions of the last day, newest first."""

    at_s: float
    transitions: tuple[AlarmTransition, ...]


@dataclass(frozen=True, slots=True)
class DbEvent:
    """An event of a DB instance, as RDS words it."""

    database: str
    at_s: float
    message: str
    categories: tuple[str, ...]
    """For example availability, failure, low storage; what RDS calls them."""


@dataclass(frozen=True, slots=True)
class DbEventsSnapshot:
    """Events of the last day, newest first."""

    at_s: float
    events: tuple[DbEvent, ...]


@dataclass(frozen=True, slots=True)
class ScalingActivity:
    """What Application Auto Scaling did, or tried to do, to a service."""

    id: str
    service: str
    started_s: float
    ended_s: float | None
    description: str
    """For example "Setting desired count to 4."."""
    cause: str
    status: str
    """Pending, InProgress, Successful, Overridden, Unfulfilled, Failed."""
    message: str


@dataclass(frozen=True, slots=True)
class ScalingSnapshot:
    """Scaling activities of the services, newest first."""

    at_s: float
    activities: tuple[ScalingActivity, ...]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A log event as read."""

    id: str
    """CloudWatch's eventId."""
    time_ms: int
    ingested_ms: int
    group: str
    stream: str
    message: str
    """Sanitised: no control characters but newline and tab; at most 64 KiB."""
    is_late: bool = False
    """It became readable after newer events of its group had been handed out."""


@dataclass(frozen=True, slots=True)
class LogGap:
    """A stretch of one group that could not be read (throttling, outage), until a later read fills it."""

    id: int
    """Stays the same while the gap grows or shrinks."""
    start_ms: int
    end_ms: int
    group: str
    reason: str = ""
    """Why, as a word: "throttled", "unreachable"."""


@dataclass(frozen=True, slots=True)
class LogBatch:
    """New events since the last fetch, in order of time within the batch (ties: ingestion, then id)."""

    at_s: float
    events: tuple[LogEvent, ...]
    problems: tuple[str, ...] = ()
    """Groups that could not be read, as sentences."""
    gaps: tuple[LogGap, ...] = ()
    """All gaps that are open now."""
    late: int = 0
    """Events handed out as late since the start."""
    missed: int = 0
    """Events known to exist that came too late to be handed out, since the start."""
    groups: tuple[str, ...] = ()
    """Names of the groups followed now, globs resolved."""
    listening_since_ms: int = 0
    """From which time on everything was asked for."""
    transport: str = "polling"
    """"polling", "live tail", or "live tail, sampled" while the service thins events out."""
