"""The configuration's models: strict, frozen, every field with its unit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config.durations import parse_duration as parse_duration


class Model(BaseModel):
    """A strict and frozen model: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds; written with a unit, "30s" (see config.durations)."""


class StackConfig(Model):
    """The resources watched. A kind that is left empty has no pane."""

    cluster: str | None = None
    services: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    """DB instance identifiers."""
    load_balancers: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()
    """Names of log groups, globs (`/ecs/*`), or `name:stream-prefix`."""
    dashboard: str | None = None
    """Name of the CloudWatch dashboard that is published; None derives it from the stack's names."""


class MetricSpec(Model):
    """One line of metrics.yaml."""

    id: str
    """For example `ecs.cpu`; filled from the mapping's key."""
    title: str
    unit: Literal["percent", "ms", "bytes", "count", "per_minute", "credits", "seconds", "per_second"]
    source: Literal["cloudwatch", "derived", "state"] = "cloudwatch"
    """state: read by Describe calls, for example running tasks."""
    namespace: str | None = None
    name: str | None = None
    """CloudWatch's metric name, for example CPUUtilization."""
    statistic: str | None = None
    """Judged and drawn: Average, Sum, Maximum, Minimum, p95 ..."""
    peak: str | None = None
    """A second statistic that gives the maximum (Maximum), where the guide asks for it."""
    scale: float = 1.0
    """Factor from CloudWatch's unit to `unit` (1000 for seconds to ms)."""
    resource: Literal["service", "database", "load_balancer"]
    formula: str | None = None
    """For derived metrics: a name in tui.domain.derive.FORMULAS."""
    inputs: tuple[str, ...] = ()
    """For derived metrics: metric ids, in the order the formula takes them."""
    only: Literal["burstable", "gp2", "small_ebs", "replica"] | None = None
    """Asked for only where the instance's description says that it is published."""
    hidden: bool = False
    """Asked for as an input, not shown or reported itself."""
    split: bool = False
    """Also published per target group."""
    tile: bool = True
    empty: str | None = None
    """Why the metric may have no points, said where it is missing."""
    period: Duration = 60.0
    """How often CloudWatch publishes it, seconds (CPU credits: 300)."""


class ThresholdSpec(Model):
    """Limits for one metric id, in the metric's unit."""

    goal: float | None = None
    warning: float | None = None
    critical: float | None = None
    below: bool = False


class Cadences(Model):
    """Seconds between the end of one fetch and the start of the next."""

    metrics: Duration = 60.0
    trends: Duration = 900.0
    ecs: Duration = 20.0
    rds: Duration = 30.0
    alb: Duration = 20.0
    alarms: Duration = 30.0
    logs: Duration = 2.0
    changes: Duration = 120.0
    alarm_history: Duration = 60.0
    rds_events: Duration = 60.0
    scaling: Duration = 60.0
    postgres: Duration = 60.0
    activity: Duration = 10.0
    statements: Duration = 30.0
    tables: Duration = 60.0
    load: Duration = 60.0


class Preset(Model):
    """A view of the logs under a name: a stretch of time, a filter at the service, some groups."""

    name: str
    since: Duration | None = None
    """Seconds back from now; None leaves the stretch as it is."""
    filter_pattern: str = ""
    """CloudWatch Logs filter pattern; "" takes everything."""
    groups: tuple[str, ...] = ()
    """As `stack.log_groups`; () means those of the stack."""


class LogsConfig(Model):
    """How log groups are followed and shown."""

    overlap: Duration = 3.0
    """Read again by each poll, because events become readable out of order."""
    sweep_every: Duration = 20.0
    """Seconds between two sweeps, which read `sweep` again to find what came late."""
    sweep: Duration = 60.0
    """How far back a sweep reads, seconds."""
    requests_per_second: float = 2.0
    """Of FilterLogEvents, for all groups together: the quota is the account's, 5/s in small Regions."""
    live_tail: bool = False
    """Start with Live Tail, which is billed by the minute, instead of polling."""
    fields: tuple[str, ...] = ()
    """Fields of JSON lines that a row shows first, by name."""
    highlights: tuple[str, ...] = ()
    """Terms highlighted from the start, at most five."""
    presets: tuple[Preset, ...] = (
        Preset.model_validate({"name": "last hour", "since": "1h"}),
        Preset(name="ERROR", filter_pattern="ERROR"),
        Preset(name="database connection", filter_pattern='"database connection"'),
    )


class DatabaseConfig(Model):
    """How PostgreSQL is reached where no address is given, and how one logs in."""

    host: str | None = None
    """Host name; RDS signs IAM tokens for the instance's own endpoint, not for an alias of it."""
    port: int = 5432
    name: str = "postgres"
    """Of the database."""
    user: str | None = None
    service: str | None = None
    """A section of libpq's service file, `~/.pg_service.conf`."""
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] | None = None
    """None is verify-full for a host of RDS, libpq's default for others."""
    sslrootcert: str | None = None
    """File of certificates; for RDS its bundle."""
    login: Literal["libpq", "iam", "secret"] = "libpq"
    """libpq: the password of the address, of PGPASSWORD, `~/.pgpass` or the service file. iam: an RDS
    authentication token, new for each connect. secret: Secrets Manager, read for each connect."""
    secret: str | None = None
    """Name or ARN of the secret, JSON with `password` and perhaps `username`; for login: secret."""


class Judgement(Model):
    """How points become a level."""

    settle: Duration = 120.0
    """Points that ended less than this long ago are provisional: drawn, not judged."""
    open_points: int = 2
    """A breach opens when this many ..."""
    of_points: int = 3
    """... of the last this many points are beyond the limit, and closes when all of them are not."""
    short_of_tasks: Duration = 300.0
    """Running below desired for this long is a warning."""


class ChecklistConfig(Model):
    """What the checklist cannot learn from AWS."""

    url: str | None = None
    """A page of text behind the balancer or the CDN: its compression is looked at."""
    static_url: str | None = None
    """A static asset: its Cache-Control is looked at."""
    accepted: dict[str, str] = {}
    """Id of an item that is not wanted, and why."""


class NotifyConfig(Model):
    """How breaches are told beyond the screen."""

    level: Literal["warning", "critical"] = "warning"
    """The least level that is told, where a channel names none of its own."""
    terminal: Literal["none", "osc9", "osc777"] = "none"
    """Desktop notification through the terminal."""
    terminal_level: Literal["warning", "critical"] | None = None
    title: bool = False
    """Set the terminal's title to what is breached."""
    command: tuple[str, ...] = ()
    """Program and arguments, run without a shell, the event as JSON on its standard input."""
    command_level: Literal["warning", "critical"] | None = None
    timeout: Duration = 10.0
    """Seconds until the command is killed."""


class Config(Model):
    """Everything that one console needs to know, after merging files, environment and options."""

    region: str | None = None
    profile: str | None = None
    account: str | None = None
    """Twelve digits; a mismatch with the caller's identity makes the console read-only."""
    endpoint_url: str | None = None
    read_only: bool = False
    stack: StackConfig = StackConfig()
    database_url: str | None = Field(default=None, repr=False)
    """PostgreSQL connection URI, a secret: masked wherever settings are shown."""
    database: DatabaseConfig = DatabaseConfig()
    metrics: dict[str, MetricSpec] = {}
    thresholds: dict[str, ThresholdSpec] = {}
    overrides: dict[str, dict[str, ThresholdSpec]] = {}
    """Per resource name, then metric id; after loading each is complete, what it leaves out taken from
    `thresholds`."""
    cadences: Cadences = Cadences()
    judgement: Judgement = Judgement()
    logs: LogsConfig = LogsConfig()
    checklist: ChecklistConfig = ChecklistConfig()
    keys: dict[str, str] = {}
    """Command id to key or comma-separated keys."""
    theme: str | None = None
    bell: bool = False
    notify: NotifyConfig = NotifyConfig()
    window: Literal["15m", "1h", "3h", "12h", "24h", "7d"] = "1h"
    log_lines: int = 100_000

    @property
    def database_address(self) -> str | None:
        """Address of PostgreSQL, a secret: `database_url`, or made of `database`; None where none is set."""
        if self.database_url is not None:
            return self.database_url
        given = self.database
        if given.host is None and given.service is None:
            return None
        parts = {
            "service": given.service,
            "host": given.host,
            "port": str(given.port) if given.host is not None else None,
            "dbname": given.name if given.service is None or "name" in given.model_fields_set else None,
            "user": given.user,
            "sslmode": given.sslmode,
            "sslrootcert": given.sslrootcert,
        }
        return " ".join(f"{name}={_quoted(value)}" for name, value in parts.items() if value is not None)


def _quoted(value: str) -> str:
    """Return a value as a connection string of libpq wants it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
