"""Hand-made stacks for the domain's tests: the packaged metrics, the guide's names, any series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Literal

import yaml

from config.schema import Config, Judgement, MetricSpec, StackConfig, ThresholdSpec
from tui.domain.assess import Assessment, Snapshots, assess
from tui.domain.entry import Entry
from tui.domain.errors import SourceError
from tui.domain.series import from_points
from tui.domain.snapshots import (
    Alarm,
    AlarmsSnapshot,
    AlbSnapshot,
    DbInstance,
    Deployment,
    EcsSnapshot,
    LoadBalancer,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
    Series,
    SeriesKey,
    Service,
    TargetGroup,
    TargetHealth,
)

NOW = 1_700_000_040
"""A multiple of 60, in seconds."""
SERVICE, DATABASE, BALANCER = "prod-llmops-service", "prod-llmops-postgres", "prod-llmops-alb"
GIB = 1024**3


def _yaml(name: str) -> Mapping[str, Mapping[str, Any]]:
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        resources.files("config").joinpath(name).read_text()
    )
    return loaded


def config(**changes: Any) -> Config:
    """Return the packaged metrics and thresholds for the guide's stack; settling time 0 unless changed."""
    metrics = {
        key: MetricSpec(id=key, **{field: _frozen(value) for field, value in fields.items()})
        for key, fields in _yaml("metrics.yaml").items()
    }
    thresholds = {key: ThresholdSpec(**_floats(fields)) for key, fields in _yaml("thresholds.yaml").items()}
    stack = StackConfig(
        cluster="prod-llmops-cluster",
        services=(SERVICE,),
        databases=(DATABASE,),
        load_balancers=(BALANCER,),
    )
    base: dict[str, Any] = {
        "stack": stack,
        "metrics": metrics,
        "thresholds": thresholds,
        "judgement": Judgement.model_validate({"settle": "0s"}),
    }
    return Config(**(base | changes))


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return float(value) if type(value) is int else value


def _floats(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float(value) if type(value) is int else value for name, value in fields.items()}


def minutes(values: Iterable[float | None], end_s: int = NOW, period_s: int = 60) -> Series:
    """Return a series whose last bucket ends at `end_s`; None leaves a bucket out."""
    listed = list(values)
    start = end_s - len(listed) * period_s
    return from_points(
        period_s,
        ((start + index * period_s, value) for index, value in enumerate(listed) if value is not None),
    )


def key(
    metric: str, resource: str, statistic: str = "Average", period_s: int = 60, part: str = ""
) -> SeriesKey:
    """Return a series key, by default of the judged series."""
    return SeriesKey(metric, resource, statistic, period_s, part)


def metrics(
    series: Mapping[SeriesKey, Series], at_s: float = NOW, notes: Mapping[SeriesKey, str] | None = None
) -> Entry[MetricsSnapshot]:
    """Return a store entry of metrics read at `at_s`."""
    return Entry(MetricsSnapshot(at_s, series, notes or {}), at_s, period_s=60.0)


def service(**changes: Any) -> Service:
    """Return the guide's service, well, with two tasks."""
    base: dict[str, Any] = {
        "name": SERVICE,
        "cluster": "prod-llmops-cluster",
        "status": "ACTIVE",
        "launch_type": "FARGATE",
        "task_definition": "prod-llmops-app:7",
        "desired": 2,
        "running": 2,
        "pending": 0,
    }
    return Service(**(base | changes))


def deployment(state: str | None, **changes: Any) -> Deployment:
    """Return a primary deployment in a rollout state."""
    base: dict[str, Any] = {
        "id": "ecs-svc/1",
        "status": "PRIMARY",
        "task_definition": "prod-llmops-app:8",
        "desired": 2,
        "running": 2,
        "pending": 0,
        "failed_tasks": 0,
        "rollout_state": state,
        "rollout_reason": "",
        "created_s": NOW - 600.0,
        "updated_s": NOW - 60.0,
    }
    return Deployment(**(base | changes))


def ecs(*services: Service, at_s: float = NOW, missing: tuple[str, ...] = ()) -> Entry[EcsSnapshot]:
    """Return a store entry of services."""
    return Entry(EcsSnapshot(at_s, services, missing), at_s, period_s=20.0)


def instance(**changes: Any) -> DbInstance:
    """Return the guide's instance, available."""
    base: dict[str, Any] = {
        "id": DATABASE,
        "status": "available",
        "instance_class": "db.t3.micro",
        "engine": "postgres",
        "engine_version": "16.4",
        "allocated_gib": 20,
        "storage_type": "gp3",
        "multi_az": False,
        "zone": "ap-northeast-2a",
        "endpoint": "db:5432",
        "replica_of": None,
        "replicas": (),
        "pending": (),
        "parameter_groups": (),
        "backup_retention_days": 7,
    }
    return DbInstance(**(base | changes))


def rds(*instances: DbInstance, at_s: float = NOW, missing: tuple[str, ...] = ()) -> Entry[RdsSnapshot]:
    """Return a store entry of instances."""
    return Entry(RdsSnapshot(at_s, instances, missing), at_s, period_s=30.0)


def group(*states: str, name: str = "blue") -> TargetGroup:
    """Return a target group with one target a state."""
    targets = tuple(
        TargetHealth(
            f"10.0.0.{index}", 3000, "a", state, "Target.Timeout" if state == "unhealthy" else "", ""
        )
        for index, state in enumerate(states)
    )
    return TargetGroup(name, f"arn:{name}", f"targetgroup/{name}/0123456789abcdef", targets)


def balancer(*groups: TargetGroup) -> LoadBalancer:
    """Return the guide's balancer."""
    dimension = f"app/{BALANCER}/0123456789abcdef"
    return LoadBalancer(BALANCER, f"arn:{BALANCER}", dimension, "active", "alb.example", groups)


def alb(
    *balancers: LoadBalancer, at_s: float = NOW, missing: tuple[str, ...] = (), problems: tuple[str, ...] = ()
) -> Entry[AlbSnapshot]:
    """Return a store entry of balancers."""
    return Entry(AlbSnapshot(at_s, balancers, missing, problems), at_s, period_s=20.0)


def alarm(name: str, state: str = "ALARM", metric: str = "", **dimensions: str) -> Alarm:
    """Return an alarm."""
    kind: Literal["metric", "composite"] = "metric" if metric else "composite"
    return Alarm(name, kind, state, "Threshold Crossed", NOW - 300.0, metric, tuple(dimensions.items()), True)


def alarms(*listed: Alarm, at_s: float = NOW) -> Entry[AlarmsSnapshot]:
    """Return a store entry of alarms."""
    return Entry(AlarmsSnapshot(at_s, listed), at_s, period_s=30.0)


def postgres(max_connections: int, database: str = DATABASE) -> Entry[PostgresSnapshot]:
    """Return a store entry of the server's facts."""
    return Entry(PostgresSnapshot(NOW, database, max_connections, 3, "16.4"), NOW)


def failed(error: SourceError) -> Entry[Any]:
    """Return the entry of a source that has never answered."""
    return Entry(None, None, error, NOW)


def calm(count: int = 60, end_s: int = NOW) -> dict[SeriesKey, Series]:
    """Return the judged series of a stack without any trouble."""

    def flat(value: float) -> Series:
        return minutes([value] * count, end_s)

    return {
        key("ecs.cpu", SERVICE): flat(30.0),
        key("ecs.cpu", SERVICE, "Maximum"): flat(40.0),
        key("ecs.memory", SERVICE): flat(50.0),
        key("rds.cpu", DATABASE): flat(20.0),
        key("rds.connections", DATABASE): flat(10.0),
        key("rds.free_storage", DATABASE): flat(10.0 * GIB),
        key("alb.requests", BALANCER, "Sum"): flat(600.0),
        key("alb.response_time", BALANCER): flat(80.0),
        key("alb.response_time", BALANCER, "Maximum"): flat(250.0),
        key("alb.response_time_p95", BALANCER, "p95"): flat(150.0),
        key("alb.response_time_p99", BALANCER, "p99"): flat(200.0),
    }


def snapshots(series: Mapping[SeriesKey, Series] | None = None, **changes: Any) -> Snapshots:
    """Return the entries of a calm stack, with other metric series or other entries where given."""
    base: dict[str, Any] = {
        "metrics": metrics(calm() if series is None else series),
        "ecs": ecs(service()),
        "rds": rds(instance()),
        "alb": alb(balancer(group("healthy", "healthy"))),
        "alarms": alarms(),
    }
    return Snapshots(**(base | changes))


def judge_stack(
    entries: Snapshots,
    *,
    now_s: float = NOW,
    period_s: int = 60,
    window_s: int = 3600,
    previous: Assessment | None = None,
    **changes: Any,
) -> Assessment:
    """Assess entries with the packaged configuration, changed where given."""
    return assess(config(**changes), entries, now_s, window_s=window_s, period_s=period_s, previous=previous)
