"""A small stack and hand-made assessments for the tests of presenters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.levels import Level, Threshold, worst
from config.schema import Config, MetricSpec, StackConfig
from tui.domain.assess import Assessment
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.findings import Finding, Health, PaneId, Resolved
from tui.domain.snapshots import (
    AlarmsSnapshot,
    AlbSnapshot,
    ChangesSnapshot,
    DbInstance,
    Deployment,
    EcsSnapshot,
    Identity,
    LoadBalancer,
    LogBatch,
    MetricsSnapshot,
    RdsSnapshot,
    Series,
    Service,
    ServiceEvent,
    TargetGroup,
    TargetHealth,
)
from tui.presenters.inputs import TailInputs
from tui.presenters.panes import Costs, Entries, Inputs, UiState

NOW = 1_763_900_040.0
"""A multiple of 60, as most tests count back from it."""
SERVICE, DATABASE, BALANCER = "prod-llmops-service", "prod-llmops-postgres", "prod-llmops-alb"
CPU = Threshold(70.0, 85.0, 60.0)
PANE_IDS: tuple[PaneId, ...] = ("ecs", "rds", "alb")
WHO = Identity("123456789012", "arn:aws:iam::123456789012:user/x", "ap-northeast-2", "prod")


def spec(name: str, title: str, unit: Any, resource: Any, **more: Any) -> MetricSpec:
    return MetricSpec(id=name, title=title, unit=unit, resource=resource, **more)


SPECS = (
    spec("ecs.cpu", "CPU", "percent", "service", statistic="Average", empty="Only while tasks run."),
    spec("ecs.running_tasks", "Running tasks", "count", "service", source="state"),
    spec("rds.cpu", "CPU", "percent", "database", statistic="Average"),
    spec("rds.connections", "Connections", "count", "database", statistic="Average"),
    spec("rds.free_storage", "Free storage", "bytes", "database", hidden=True),
    spec("rds.free_storage_percent", "Free storage", "percent", "database", source="derived"),
    spec("rds.burst_balance", "Burst balance", "percent", "database", only="gp2"),
    spec("alb.requests", "Requests", "count", "load_balancer", statistic="Sum", split=True),
    spec("alb.response_time", "Response time", "ms", "load_balancer", statistic="Average"),
    spec("alb.error_rate", "Error rate", "percent", "load_balancer", source="derived"),
)  # fmt: skip

CONFIG = Config(
    region="ap-northeast-2",
    stack=StackConfig(
        cluster="prod-llmops-cluster",
        services=(SERVICE,),
        databases=(DATABASE,),
        load_balancers=(BALANCER,),
        log_groups=("/ecs/prod-llmops-app",),
    ),
    metrics={one.id: one for one in SPECS},
)


def series(values: Iterable[float | None], *, period: int = 60, end: float = NOW) -> Series:
    """Return a series whose last bucket starts one period before `end`; None leaves a bucket out."""
    listed = list(values)
    start = int(end) - period * len(listed)
    points = [(start + period * index, value) for index, value in enumerate(listed) if value is not None]
    return Series(period, tuple(at for at, _ in points), tuple(value for _, value in points))


def resolved(
    metric: str, resource: str, values: Iterable[float | None] = (), **more: Any
) -> tuple[tuple[str, str], Resolved]:
    """Return an item of `Assessment.resolved`; `latest` is the last point unless given."""
    line = series(values)
    more.setdefault("latest", line.values[-1] if line.values else None)
    return (metric, resource), Resolved(metric, resource, line, **more)


CALM = dict((
    resolved("ecs.cpu", SERVICE, [40, 42, 41], threshold=CPU, level=Level.OK, peak=series([50, 55, 52])),
    resolved("ecs.running_tasks", SERVICE, [2], level=Level.OK),
    resolved("rds.cpu", DATABASE, [20, 21, 22], threshold=CPU, level=Level.OK),
    resolved("rds.connections", DATABASE, [12, 12, 13], threshold=Threshold(80, 100, 50), level=Level.OK),
    resolved("rds.free_storage_percent", DATABASE, [61, 61, 60],
             threshold=Threshold(20, 10, 30, below=True), level=Level.OK),
    resolved("alb.requests", BALANCER, [1200, 1250, 1234]),
    resolved("alb.response_time", BALANCER, [88, 92, 90],
             threshold=Threshold(500, 1000, 200), level=Level.OK),
    resolved("alb.error_rate", BALANCER, [0, 0, 0], threshold=Threshold(1, 5, 0.1), level=Level.OK),
))  # fmt: skip


def assessment(
    changed: Mapping[tuple[str, str], Resolved] | None = None, findings: Iterable[Finding] = ()
) -> Assessment:
    """Return the calm assessment with some metrics replaced and these findings, worst first."""
    every = {**CALM, **(changed or {})}
    found = tuple(findings)
    panes: dict[PaneId, Level | None] = {}
    for pane in PANE_IDS:
        panes[pane] = worst([Level.OK, *(one.level for one in found if one.pane == pane)])
    level = worst([Level.OK, *(one.level for one in found)])
    return Assessment(NOW, 900, 60, every, Health(level, found, panes), settled_until_s=NOW - 120)


def deployment(**more: Any) -> Deployment:
    one = Deployment(
        "ecs-svc/1", "PRIMARY", "prod-llmops-app:42", 2, 2, 0, 0, "COMPLETED", "", NOW - 7300, NOW - 7200
    )
    return replace(one, **more)


def service(**more: Any) -> Service:
    event = ServiceEvent("e1", NOW - 130, f"(service {SERVICE}) has reached a steady state.")
    one = Service(SERVICE, "prod-llmops-cluster", "ACTIVE", "FARGATE", "prod-llmops-app:42", 2, 2, 0,
                  (deployment(),), (event,))  # fmt: skip
    return replace(one, **more)


def instance(**more: Any) -> DbInstance:
    groups = (("default.postgres16", "in-sync"),)
    one = DbInstance(DATABASE, "available", "db.t3.micro", "postgres", "16.4", 20, "gp3", False,
                     "ap-northeast-2a", "db:5432", None, (), (), groups, 7)  # fmt: skip
    return replace(one, **more)


def target(name: str = "10.0.1.5", state: str = "healthy", reason: str = "", text: str = "") -> TargetHealth:
    return TargetHealth(name, 3000, "ap-northeast-2a", state, reason, text)


def balancer(*targets: TargetHealth, **more: Any) -> LoadBalancer:
    group = TargetGroup("app-tg", "arn:tg", "targetgroup/app-tg/1", targets or (target(), target("10.0.1.6")))
    one = LoadBalancer(BALANCER, "arn:alb", f"app/{BALANCER}/1", "active", "alb.example", (group,))
    return replace(one, **more)


def live(snapshot: Any, *, age: float = 12.0, period: float = 20.0, **more: Any) -> Entry[Any]:
    """Return the entry of a source that answered `age` seconds ago."""
    return Entry(snapshot, NOW - age, period_s=period, next_at_s=NOW - age + period, **more)


def refused(action: str = "rds:DescribeDBInstances") -> SourceError:
    return SourceError(
        ErrorKind.ACCESS_DENIED, f"Not allowed to call {action}.", "Ask for the permission.", action=action
    )


def entries(**changed: Entry[Any]) -> Entries:
    """Return entries of a stack that answers well, some of them replaced."""
    at = NOW - 12
    all_well: dict[str, Entry[Any]] = {
        "identity": live(WHO),
        "metrics": live(MetricsSnapshot(at, {}, {}), period=60.0),
        "ecs": live(EcsSnapshot(at, (service(),))),
        "rds": live(RdsSnapshot(at, (instance(),))),
        "alb": live(AlbSnapshot(at, (balancer(),))),
        "alarms": live(AlarmsSnapshot(at, ())),
        "changes": live(ChangesSnapshot(at, ())),
        "logs": live(LogBatch(at, ()), age=1.0, period=2.0),
    }  # fmt: skip
    return Entries(**{**all_well, **changed})


def inputs(judged: Assessment | None = None, **more: Any) -> Inputs:
    """Return the inputs of a calm console unless told otherwise."""
    given: dict[str, Any] = {
        "config": CONFIG,
        "assessment": judged or assessment(),
        "now_s": NOW,
        "entries": entries(),
        "ui": UiState(window="15m"),
        "costs": Costs(3.14, 0.0288),
        "tail": TailInputs(received=12345, shown=12345, kept=12345, per_second=40.2),
    }
    return Inputs(**{**given, **more})
