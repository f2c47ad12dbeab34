"""The sandbox's settings: config/sandbox.yaml as frozen objects."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import yaml

T = TypeVar("T")

LINE_PREFIX = "%t:%r:%u@%d:[%p]:"
"""RDS's log_line_prefix."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the example stack's parts."""

    cluster: str
    service: str
    family: str
    container: str
    port: int
    database: str
    balancer: str
    target_group: str
    log_group: str
    database_name: str
    owner: str
    application: str


@dataclass(frozen=True, slots=True)
class EcsSettings:
    """The service: how many tasks of which size, what a request costs them, how fast they start."""

    tasks: int
    cpu: str
    memory: str
    cpu_base: float
    cpu_s: float
    cpu_s_per_lookup: float
    memory_base: float
    memory_base_mib: float
    memory_per_request: float
    pool_size: int
    start_s: float
    healthy_s: float
    drain_s: float


@dataclass(frozen=True, slots=True)
class RdsSettings:
    """The database instance as RDS describes it, and what it can bear."""

    instance_class: str
    allocated_gib: int
    storage_type: str
    vcpu: float
    cpu_base: float
    used_gib: float
    memory_bytes: int
    memory_bytes_per_connection: int
    max_connections: int
    modify_s: float
    optimise_s: float
    log_sample_ms: float
    log_sample_rate: float


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the application and the column that wants an index."""

    name: str
    column: str
    rows: int
    keys: int
    """Number of distinct values of the column."""

    @property
    def index(self) -> str:
        """The index's name, as the operations guide gives it."""
        return f"idx_{self.name}_{self.column}"


@dataclass(frozen=True, slots=True)
class TrafficSettings:
    """How many requests arrive and what the application adds to the database's time."""

    requests_per_s: float
    daily_swing: float
    busiest_hour: float
    utc_offset_hours: float
    noise: float
    app_ms: float
    app_sigma: float
    client_error_share: float
    timeout_ms: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of the application and the look-ups that one request makes."""

    method: str
    path: str
    weight: float
    lookups: dict[str, int]


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How much real SQL is executed, in real time."""

    rounds_per_s: float
    busy_share: float
    keep: int


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """How much history is there at the start."""

    hours: float
    log_minutes: int


@dataclass(frozen=True, slots=True)
class ScriptedChange:
    """A write call that CloudTrail remembers from before the start."""

    minutes_ago: float
    user: str
    source: str
    event: str
    resource: str


@dataclass(frozen=True, slots=True)
class ScriptedLine:
    """A log line from before the start."""

    minutes_ago: float
    level: str
    logger: str
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong. A scenario sets the stack's state; all figures follow from that."""

    summary: str
    missing_indexes: tuple[str, ...] = ()
    onset_minutes: float = 0.0
    """How long ago the trouble began, 0 for never."""
    changes: tuple[ScriptedChange, ...] = ()
    lines: tuple[ScriptedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All of config/sandbox.yaml."""

    region: str
    account: str
    names: Names
    ecs: EcsSettings
    rds: RdsSettings
    tables: tuple[Table, ...]
    traffic: TrafficSettings
    endpoints: tuple[Endpoint, ...]
    sampler: SamplerSettings
    history: HistorySettings
    scenarios: dict[str, Scenario]

    @classmethod
    def load(cls) -> Settings:
        """Read the packaged settings.

        Raises:
            ValueError: A key is missing or unknown.
        """
        text = importlib.resources.files("config").joinpath("sandbox.yaml").read_text("utf-8")
        raw = yaml.safe_load(text)
        return cls(
            region=raw["region"],
            account=raw["account"],
            names=_build(Names, raw["names"]),
            ecs=_build(EcsSettings, raw["ecs"]),
            rds=_build(RdsSettings, raw["rds"]),
            tables=tuple(_build(Table, one) for one in raw["tables"]),
            traffic=_build(TrafficSettings, raw["traffic"]),
            endpoints=tuple(_build(Endpoint, one) for one in raw["endpoints"]),
            sampler=_build(SamplerSettings, raw["sampler"]),
            history=_build(HistorySettings, raw["history"]),
            scenarios={name: _scenario(one) for name, one in raw["scenarios"].items()},
        )


def _scenario(raw: dict[str, Any]) -> Scenario:
    return _build(
        Scenario,
        raw
        | {
            "missing_indexes": tuple(raw.get("missing_indexes", ())),
            "changes": tuple(_build(ScriptedChange, one) for one in raw.get("changes", ())),
            "lines": tuple(_build(ScriptedLine, one) for one in raw.get("lines", ())),
        },
    )


def _build(kind: type[T], raw: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ValueError(f"config/sandbox.yaml: unknown key {unknown[0]!r} for {kind.__name__}.")
    try:
        return kind(**raw)
    except TypeError as problem:
        raise ValueError(f"config/sandbox.yaml: {problem}.") from None
