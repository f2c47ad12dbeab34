"""What goes wrong in the sandbox, and what happens beside it: config/sandbox.yaml as objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.yamlform import build


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that a release's tasks log every `every_s` seconds."""

    every_s: int
    level: str
    logger: str
    text: str


@dataclass(frozen=True, slots=True)
class Release:
    """What an image of the application does besides serving. See `releases` in config/sandbox.yaml."""

    tag: str = ""
    env: tuple[tuple[str, str], ...] = ()
    leak_mib_per_h: float = 0.0
    error_share: float = 0.0
    error: str = ""
    outbox_rows_per_h: float = 0.0
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The table of events, and how many bytes one of its bytes stands for."""

    table: str
    row_bytes: int
    payload_bytes: int
    scale: int


@dataclass(frozen=True, slots=True)
class DecoyKind:
    """Work of the instance that moves metrics a little: by how much, for how long, with which RDS events."""

    name: str
    minutes: tuple[float, float]
    adds: tuple[tuple[str, float], ...]
    """Metric and what is added to it, in its unit."""
    begins: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Decoys:
    """Ranges that harmless events are drawn from."""

    deployments: tuple[int, int]
    hours_ago: tuple[float, float]
    apart_hours: float
    releases: tuple[str, ...]
    bumps: tuple[int, int]
    near_onset_minutes: tuple[float, float]
    kinds: tuple[DecoyKind, ...]


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
class ScriptedDeployment:
    """A deployment from before the start; the release "" deploys the present revision anew."""

    minutes_ago: float
    release: str
    user: str


@dataclass(frozen=True, slots=True)
class ScriptedSurge:
    """Requests beside the usual ones: `requests_per_s` more, reached within `ramp_minutes`."""

    minutes_ago: float
    ramp_minutes: float
    requests_per_s: float
    clients: int


@dataclass(frozen=True, slots=True)
class ScriptedWorker:
    """A batch task that opens a transaction every `every_s` seconds, `most` of them, and closes none."""

    minutes_ago: float
    family: str
    container: str
    application: str
    user: str
    every_s: float
    most: int
    statement: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What a search for the cause should find first.

    Attributes:
        kind: deployment, change, task or traffic.
        name: The release's tag, the API call, the task's family or the metric.
        minutes_ago: When it happened, before the start.
    """

    kind: str
    name: str
    minutes_ago: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong. A scenario sets the stack's state; all figures follow from that."""

    summary: str
    symptom: str = ""
    """The metric that is breached, by its name in config/thresholds.yaml; "" for none."""
    cause: Cause | None = None
    missing_indexes: tuple[str, ...] = ()
    onset_minutes: float = 0.0
    """How long ago the trouble began, 0 for never."""
    deployments: tuple[ScriptedDeployment, ...] = ()
    surges: tuple[ScriptedSurge, ...] = ()
    workers: tuple[ScriptedWorker, ...] = ()
    changes: tuple[ScriptedChange, ...] = ()
    lines: tuple[ScriptedLine, ...] = ()
    alarms: dict[str, float | None] = field(default_factory=dict)
    """Alarms of config/alarms.yaml that the stack has, with a threshold of their own if not None."""
    decoy_releases: tuple[str, ...] | None = None
    """In place of those of the decoys."""


def read_release(tag: str, raw: dict[str, Any]) -> Release:
    """Return a release of the settings; raises ValueError for a key that is missing or unknown."""
    notices = tuple(build(Notice, one) for one in raw.get("notices", ()))
    env = tuple((name, str(value)) for name, value in raw.get("env", {}).items())
    return build(Release, raw | {"tag": tag, "env": env, "notices": notices})


def read_decoys(raw: dict[str, Any]) -> Decoys:
    """Return the decoys of the settings; raises ValueError for a key that is missing or unknown."""
    kinds = tuple(
        build(DecoyKind, one | {"minutes": tuple(one["minutes"]), "adds": tuple(one["adds"].items())})
        for one in raw["kinds"]
    )
    lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
    return build(Decoys, raw | lists | {"kinds": kinds})


def read_scenario(raw: dict[str, Any]) -> Scenario:
    """Return a scenario of the settings; raises ValueError for a key that is missing or unknown."""
    lists = {
        "deployments": ScriptedDeployment,
        "surges": ScriptedSurge,
        "workers": ScriptedWorker,
        "changes": ScriptedChange,
        "lines": ScriptedLine,
    }
    made: dict[str, Any] = {
        name: tuple(build(kind, one) for one in raw.get(name, ())) for name, kind in lists.items()
    }
    made["missing_indexes"] = tuple(raw.get("missing_indexes", ()))
    if "decoy_releases" in raw:
        made["decoy_releases"] = tuple(raw["decoy_releases"])
    if "cause" in raw:
        made["cause"] = build(Cause, raw["cause"])
    return build(Scenario, raw | made)
