"""The sandbox's own incidents as what the console knows of them, judged as the console judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.levels import Level
from config.loader import load
from config.schema import Config, MetricSpec
from tests.triage.stories import BALANCER, DATABASE, SERVICE
from tui.domain.assess import Assessment, assess
from tui.domain.entry import Entry
from tui.domain.findings import Finding, PaneId
from tui.domain.inputs import Snapshots
from tui.domain.loglines import RANKS, severity
from tui.domain.snapshots import (
    AlarmHistorySnapshot,
    AlarmTransition,
    Change,
    ChangesSnapshot,
    DbEvent,
    DbEventsSnapshot,
    DbInstance,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
    Series,
    SeriesKey,
)
from tui.sandbox.incidents import Fact, Incident, make
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.explain import explain
from tui.triage.gather import AlarmTrack, change_entries, database_entries
from tui.triage.logpatterns import LogSample
from tui.triage.material import Cause, Explanation, Material

DAY_S: Final = 27 * 3600
NAMES: Final = {"service": SERVICE, "database": DATABASE, "load_balancer": BALANCER}
PANES: Final[dict[str, PaneId]] = {"service": "ecs", "database": "rds", "load_balancer": "alb"}
KINDS: Final = {
    "slow-query": ("database",),
    "memory-leak": ("memory-leak", "deployment"),
    "traffic-spike": ("traffic",),
    "bad-deploy": ("deployment",),
    "storage-filling": ("storage", "deployment"),
    "connection-leak": ("connections",),
}
"""Kinds of cause that are right for a scenario."""
_SOURCES: Final = {
    "RunTask": "ecs.amazonaws.com",
    "UpdateService": "ecs.amazonaws.com",
    "RegisterTaskDefinition": "ecs.amazonaws.com",
}
_ALLOCATED_GIB: Final = 20
_MAX_CONNECTIONS: Final = 80
_NEAR_S: Final = 120.0


def configuration() -> Config:
    """Return the packaged configuration, on the sandbox's stack."""
    config = load(env={}).config
    stack = config.stack.model_copy(
        update={"services": (SERVICE,), "databases": (DATABASE,), "load_balancers": (BALANCER,)}
    )
    judgement = config.judgement.model_copy(update={"settle": 0.0})
    return config.model_copy(update={"stack": stack, "judgement": judgement})


def judged(incident: Incident, config: Config) -> Assessment:
    """Return the day, judged as the console does at its end."""
    now = float(incident.start_s)
    metrics = MetricsSnapshot(now, dict(_series(incident, config)), {})
    instance = DbInstance(
        DATABASE, "available", "db.t3.micro", "postgres", "16", _ALLOCATED_GIB, "gp2", False, "a", "h:5432",
        None, (), (), (), 7,
    )  # fmt: skip
    snapshots = Snapshots(
        metrics=Entry(metrics, at_s=now, period_s=60.0),
        rds=Entry(RdsSnapshot(now, (instance,)), at_s=now),
        postgres=Entry(PostgresSnapshot(now, DATABASE, _MAX_CONNECTIONS, 3, "16"), at_s=now),
    )
    return assess(config, snapshots, now, window_s=DAY_S, period_s=60)


def material(incident: Incident, config: Config, metric: str, day: Assessment) -> Material:
    """Return what is known about a metric, breached or not; PostgreSQL itself is not asked.

    Args:
        incident: Of the generator.
        config: What is watched.
        metric: Metric id.
        day: The incident, judged.
    """
    spec = config.metrics[metric]
    name = NAMES[spec.resource]
    calm = Finding(metric, name, PANES[spec.resource], Level.OK, f"{spec.title} is not breached")
    finding = next((one for one in day.health.findings if (one.id, one.resource) == (metric, name)), calm)
    return Material(
        finding,
        metric,
        {key: one.series for key, one in day.resolved.items()},
        config.metrics,
        incident.start_s,
        incident.start_s,
        tuple(entries(incident, config)),
        tuple(_lines(incident, finding.since_s or incident.start_s - 3600)),
    )


def is_planted(cause: Cause, incident: Incident) -> bool:
    """Whether a cause is of the planted sort and begins with what was planted."""
    planted = incident.cause
    assert planted is not None
    if cause.kind.value not in KINDS[incident.scenario]:
        return False
    if planted.kind == "traffic":
        return True
    return cause.change is not None and abs(cause.change.at_s - planted.at_s) < _NEAR_S


def _series(incident: Incident, config: Config) -> Iterator[tuple[SeriesKey, Series]]:
    known = {(one.namespace, one.name) for one in incident.known()}
    for spec in config.metrics.values():
        if spec.source != "cloudwatch" or (spec.namespace, spec.name) not in known:
            continue
        yield _points(incident, spec)


def _points(incident: Incident, spec: MetricSpec) -> tuple[SeriesKey, Series]:
    assert spec.namespace is not None
    assert spec.name is not None
    statistic = spec.statistic or "Average"
    period = int(spec.period)
    points = incident.series(spec.namespace, spec.name, statistic, period, hours=27)
    times = tuple(at for at, _ in points)
    values = tuple(value * spec.scale for _, value in points)
    return SeriesKey(spec.id, NAMES[spec.resource], statistic, period), Series(period, times, values)


def _lines(incident: Incident, near_s: float) -> Iterator[LogSample]:
    """Yield each bad line and every tenth other of the last hour."""
    start_s = min(near_s, float(incident.start_s)) - 3600
    for number, (at_s, _, text) in enumerate(incident.lines(start_s, incident.start_s)):
        rank = RANKS[severity(text)]
        if rank >= RANKS["WARN"]:
            yield LogSample(int(at_s * 1000), rank, text)
        elif number % 10 == 0:
            yield LogSample(int(at_s * 1000), rank, text, 10.0)


def entries(incident: Incident, config: Config) -> Iterator[TimelineEntry]:
    """Yield the timeline: the deployment that runs (ECS), calls (CloudTrail), alarms and RDS's events."""
    now = float(incident.start_s)
    of_kind: dict[str, list[Fact]] = {}
    for fact in incident.facts:
        of_kind.setdefault(fact.kind, []).append(fact)
    for fact in of_kind.get("deployment", ())[-1:]:
        for word, later_s in (("began", 0.0), ("completed", 60.0)):
            title = f"Deployment of prod-llmops-app:43 {word}"
            at_s = fact.at_s + later_s
            yield TimelineEntry(f"deployment/{word}", at_s, Kind.DEPLOYMENT, title, SERVICE, "ecs")
    changes = [
        Change(f"{number}", one.at_s, one.who, one.name, _SOURCES[one.name], (one.text,), "")
        for number, one in enumerate(of_kind.get("change", ()))
    ]
    yield from change_entries(ChangesSnapshot(now, tuple(changes)), config, ())
    events = [DbEvent(one.name, one.at_s, one.text, ()) for one in of_kind.get("rds-event", ())]
    yield from database_entries(DbEventsSnapshot(now, tuple(events)))
    transitions = [AlarmTransition(one.name, one.at_s, "OK", "ALARM", "") for one in of_kind.get("alarm", ())]
    yield from AlarmTrack().history(AlarmHistorySnapshot(now, tuple(transitions)), config)


def place(found: Explanation, incident: Incident) -> int | None:
    """Return the place of the planted cause, from 0; None where it is not there."""
    return next((at for at, one in enumerate(found.causes) if is_planted(one, incident)), None)


def explained(name: str, seed: int, config: Config) -> tuple[Incident, Explanation]:
    """Return an incident and the explanation of its symptom, which must be breached."""
    incident = make(name, seed)
    known = material(incident, config, incident.symptom, judged(incident, config))
    assert known.finding.level.is_breach, f"{name} {seed}: {incident.symptom} is not breached"
    return incident, explain(known)


def stands_out(seed: int, config: Config) -> dict[str, tuple[Cause, ...]]:
    """Return the metrics of a calm day of which something is told, with the causes."""
    incident = make("calm", seed)
    day = judged(incident, config)
    found = {}
    for metric, name in day.resolved:
        spec = config.metrics[metric]
        if spec.hidden or spec.source == "state" or name != NAMES[spec.resource]:
            continue
        one = explain(material(incident, config, metric, day))
        if one.causes:
            found[metric] = one.causes
    return found
