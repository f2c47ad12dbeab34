"""Plain objects in place of moto's: what the engines need of a service, an instance and an alarm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.sandbox import definitions
from tui.sandbox.scenarios import Release, ScriptedWorker
from tui.sandbox.settings import Settings
from tui.sandbox.staging import Registrar
from tui.sandbox.world import Stack


@dataclass(slots=True)
class Definition:
    """A task definition."""

    arn: str
    family: str
    cpu: str
    memory: str
    container_definitions: list[dict[str, Any]]


@dataclass(slots=True)
class Service:
    """A service, with what the engine writes to it."""

    name: str
    arn: str
    cluster_name: str
    cluster_arn: str
    desired_count: int
    task_definition: str
    status: str = "ACTIVE"
    load_balancers: list[dict[str, Any]] = field(default_factory=list)
    network_configuration: dict[str, Any] = field(default_factory=dict)
    deployment_configuration: dict[str, Any] = field(default_factory=dict)
    running_count: int = 0
    pending_count: int = 0
    deployments: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    created_at: Any = None
    created_by: str = ""


@dataclass(slots=True)
class Instance:
    """A DB instance."""

    db_instance_identifier: str
    db_instance_class: str
    allocated_storage: int
    storage_type: str
    status: str = "available"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of an alarm."""

    name: str
    value: str


@dataclass(slots=True)
class Alarm:
    """A metric alarm, with what the book writes to it."""

    name: str
    namespace: str
    metric_name: str
    dimensions: list[Dimension]
    comparison_operator: str
    evaluation_periods: int
    datapoints_to_alarm: int | None
    period: int
    threshold: float
    statistic: str
    treat_missing_data: str
    extended_statistic: str | None = None
    rule: str | None = None
    state_value: str = ""
    state_reason: str = ""
    state_updated_timestamp: Any = None
    state_transitioned_timestamp: Any = None

    @classmethod
    def of(cls, name: str, parameters: dict[str, Any]) -> Alarm:
        """Make one of the parameters that moto's backend takes."""
        left = {
            key: value for key, value in parameters.items() if key not in ("description", "alarm_actions")
        }
        left["dimensions"] = [Dimension(one["Name"], one["Value"]) for one in parameters["dimensions"]]
        return cls(name=name, **left)

    def update_state(self, reason: str, _data: str, state: str) -> None:
        """Take a state."""
        self.state_reason, self.state_value = reason, state


def stack(settings: Settings) -> Stack:
    """Return the example stack of plain objects; its service has no tasks yet."""
    names = settings.names
    place = f"{settings.region}:{settings.account}"
    service = Service(
        names.service,
        f"arn:aws:ecs:{place}:service/{names.cluster}/{names.service}",
        names.cluster,
        f"arn:aws:ecs:{place}:cluster/{names.cluster}",
        settings.ecs.tasks,
        "",
    )
    rds = settings.rds
    instance = Instance(names.database, rds.instance_class, rds.allocated_gib, rds.storage_type)
    return Stack(
        f"app/{names.balancer}/50dc6c495c0c9188",
        f"targetgroup/{names.target_group}/73e2d6bc24d8a067",
        service,
        instance,
    )


def registrar(settings: Settings, of: Stack, releases: tuple[str, ...]) -> Registrar:
    """Return what makes definitions; revisions count on from those of `releases`, the last of which runs."""
    counts: dict[str, int] = {}

    def definition(family: str, container: dict[str, Any]) -> Definition:
        counts[family] = counts.get(family, 0) + 1
        place = f"{settings.region}:{settings.account}"
        arn = f"arn:aws:ecs:{place}:task-definition/{family}:{counts[family]}"
        return Definition(arn, family, settings.ecs.cpu, settings.ecs.memory, [container])

    def revision(release: Release, _at_s: float) -> Definition:
        return definition(settings.names.family, definitions.application(settings, release))

    def batch(script: ScriptedWorker, _at_s: float) -> Definition:
        return definition(script.family, definitions.batch(settings, script))

    made = [revision(settings.releases[tag], 0.0) for tag in releases]
    of.service.task_definition = made[-1].arn
    return Registrar(of.service, made[-1], revision, batch)
