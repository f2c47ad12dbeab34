"""The sandbox's settings: config/sandbox.yaml as frozen objects."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass

import yaml

from tui.sandbox.scenarios import (
    Decoys,
    OutboxSettings,
    Release,
    Scenario,
    read_decoys,
    read_release,
    read_scenario,
)
from tui.sandbox.yamlform import build

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
    clients: int


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
    releases: dict[str, Release]
    outbox: OutboxSettings
    decoys: Decoys
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
            names=build(Names, raw["names"]),
            ecs=build(EcsSettings, raw["ecs"]),
            rds=build(RdsSettings, raw["rds"]),
            tables=tuple(build(Table, one) for one in raw["tables"]),
            traffic=build(TrafficSettings, raw["traffic"]),
            endpoints=tuple(build(Endpoint, one) for one in raw["endpoints"]),
            sampler=build(SamplerSettings, raw["sampler"]),
            history=build(HistorySettings, raw["history"]),
            releases={tag: read_release(tag, one) for tag, one in raw["releases"].items()},
            outbox=build(OutboxSettings, raw["outbox"]),
            decoys=read_decoys(raw["decoys"]),
            scenarios={name: read_scenario(one) for name, one in raw["scenarios"].items()},
        )
