"""A scenario's last day and its onset as plain series and facts, without processes: for judging explanations.

    from tui.sandbox.incidents import make

    incident = make("bad-deploy", seed=7)
    incident.cause                      # Fact(at_s, "deployment", "1.44.0", ..., is_planted=True)
    incident.onset_s, incident.symptom  # when it happened, and "alb.error_rate"
    incident.series("AWS/RDS", "CPUUtilization")          # ((epoch second, value), ...), a minute each
    incident.known()                    # all metrics that there are
    incident.facts                      # deployments, changes, events, alarms, oldest first, decoys too
    incident.lines(since_s, until_s)    # (epoch second, stream, text) of the last hour's log

The code, the formulae and the settings are those of the live sandbox: the same story is drawn, the same
engines roll it out, the same workload turns it into metrics and lines. Only the look-up times are set instead
of measured (`LOOKUPS`), and moto's objects are plain ones. The same name and seed make the same incident, and
each seed another time of day. It takes about a second; fewer `log_minutes` make it quicker.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tui.domain.clock import Clock
from tui.sandbox import alarm_past, standins
from tui.sandbox.alarms import AlarmBook
from tui.sandbox.metric_store import MetricKey
from tui.sandbox.probes import Ground, PastProbe
from tui.sandbox.scenarios import Scenario
from tui.sandbox.settings import Settings
from tui.sandbox.staging import FIRST_RELEASES, FIRST_S, Staged, play
from tui.sandbox.story import Story, draw
from tui.sandbox.tables import LookupTime, Measured
from tui.sandbox.traffic import Traffic
from tui.sandbox.workload import Workload
from tui.sandbox.world import Stack, World

LOOKUPS = (0.06, 6.5)
"""Milliseconds of a look-up with and without its index, on a machine of today."""
_SPREAD = 0.12
_SAMPLES = 10
_BASE_S = 1_790_000_000
_SEED_STEP_S = 3 * 86_400 + 4_717
_BYTES = 130_000_000
"""Size of the tables and their indexes."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to the stack.

    Attributes:
        at_s: Epoch seconds.
        kind: deployment, task, change (CloudTrail), service-event, rds-event, alarm, traffic.
        name: The release's tag ("" where the present one was deployed anew), the task's family, the API call,
            the instance, the alarm, the metric.
        text: What there is to read about it.
        who: The user behind it; "" where the service itself did it.
        is_planted: Whether it is the cause, or tells of it.
    """

    at_s: float
    kind: str
    name: str
    text: str
    who: str = ""
    is_planted: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """A day that ends in an incident, or in none.

    Attributes:
        scenario: Its name.
        seed: Of the draw.
        start_s: The present: the end of all series, epoch seconds.
        symptom: The breached metric by its name in config/thresholds.yaml; "" for none.
        cause: What was planted; None in a scenario where nothing is.
        onset_s: When the trouble began; None for never.
        facts: All that happened in the last day, oldest first.
        world: The stores that the rest is read from.
    """

    scenario: str
    seed: int
    start_s: int
    symptom: str
    cause: Fact | None
    onset_s: float | None
    facts: tuple[Fact, ...]
    world: World = field(repr=False)

    def known(self) -> list[MetricKey]:
        """Return all metrics that have points."""
        return self.world.metrics.known()

    def series(
        self, namespace: str, name: str, statistic: str = "Average", period_s: int = 60, hours: float = 24.0
    ) -> tuple[tuple[int, float], ...]:
        """Return the points of a metric of the stack, oldest first, as GetMetricData would.

        Args:
            namespace: For example AWS/RDS.
            name: The metric's name; of several with it, that with the fewest dimensions is taken.
            statistic: Average, Sum, Minimum, Maximum, SampleCount or a percentile.
            period_s: Seconds of a point.
            hours: How far back.

        Raises:
            KeyError: There is no such metric.
        """
        keys = [key for key in self.known() if (key.namespace, key.name) == (namespace, name)]
        if not keys:
            raise KeyError(f"{namespace} {name}")
        key = min(keys, key=lambda one: len(one.dimensions))
        begin = self.start_s - hours * 3600
        times, values = self.world.metrics.query(key, begin, self.start_s, period_s, statistic)
        return tuple(zip(times, values, strict=True))

    def lines(self, since_s: float, until_s: float) -> list[tuple[float, str, str]]:
        """Return the application's log of a period within the last hour: epoch seconds, stream, text."""
        group = self.world.settings.names.log_group
        events = self.world.logs.between(group, int(since_s * 1000), int(until_s * 1000))
        return [(event.time_ms / 1000, event.stream, event.message) for event in events]


def make(name: str, seed: int = 1, log_minutes: int = 60, hours: float = 25.0) -> Incident:
    """Make the incident of a scenario.

    Args:
        name: A scenario of config/sandbox.yaml.
        seed: Draws decoys, noise, requests and the time of day.
        log_minutes: How much of the end has log lines, and figures of single requests.
        hours: How far back there are metrics.

    Raises:
        KeyError: There is no such scenario.
    """
    settings = Settings.load()
    scenario = settings.scenarios[name]
    start = (_BASE_S + seed * _SEED_STEP_S) // 60 * 60
    world = World.create(settings, _Stopped(epoch_s=float(start)), seed)
    stack = standins.stack(settings)
    registrar = standins.registrar(settings, stack, FIRST_RELEASES)
    world.ecs.adopt(stack.service, registrar.current, start - FIRST_S, is_running=True)
    story = draw(settings, scenario, seed, start)
    staged = play(world, scenario, story, registrar)
    _work(world, stack, scenario, story, staged, start, log_minutes, hours)
    book = _alarms(world, stack, scenario, start)
    facts = sorted(_facts(world, stack, scenario, story, book), key=lambda one: one.at_s)
    recent = tuple(one for one in facts if start - 86_400 <= one.at_s <= start)
    return Incident(
        name, seed, start, scenario.symptom, _cause(scenario, start), story.onset_s, recent, world
    )


class _Stopped(Clock):
    """A clock that stands still."""

    def now(self) -> float:
        return self.epoch_s


def _work(
    world: World,
    stack: Stack,
    scenario: Scenario,
    story: Story,
    staged: Staged,
    start: int,
    log_minutes: int,
    hours: float,
) -> None:
    settings = world.settings
    probe = PastProbe(
        settings,
        Ground(_BYTES, float(settings.rds.allocated_gib)),
        _measured(settings, scenario, world.seed),
        staged.tasks,
        story.workers,
        story.onset_s if scenario.missing_indexes else None,
    )
    workload = Workload(world, stack, Traffic(settings, world.seed, story.surges), story.bumps)
    detailed = start - log_minutes * 60
    for minute in range(start - int(hours * 3600), detailed, 60):
        workload.synthesise(minute, probe)
    workload.advance(detailed, start, probe)
    for said in scenario.lines:
        workload.say(start - said.minutes_ago * 60, said.level, said.logger, said.text, "ecs/migrate/1")
    for worker, task in zip(story.workers, staged.batch, strict=True):
        stream = task.log_stream(worker.script.container)
        for number in range(1, worker.sessions(start) + 1):
            at = worker.at_s + number * worker.script.every_s
            workload.say(
                at, "INFO", worker.script.container, f"project batch {number}: cursor opened", stream
            )


def _measured(settings: Settings, scenario: Scenario, seed: int) -> Measured:
    draw = random.Random(seed + 9)  # noqa: S311

    def times(typical: float) -> LookupTime:
        return LookupTime.of([typical * draw.lognormvariate(0, _SPREAD) for _ in range(_SAMPLES)])

    quick, slow = LOOKUPS
    with_index = {table.name: times(quick) for table in settings.tables}
    lost = {name: times(slow) for name in scenario.missing_indexes}
    return Measured(with_index, with_index | lost)


def _alarms(world: World, stack: Stack, scenario: Scenario, start: int) -> AlarmBook:
    book = AlarmBook(world.metrics, world.clock)
    wanted = alarm_past.definitions(world, stack, scenario.alarms)
    alarms = [standins.Alarm.of(name, parameters) for name, parameters in wanted.items()]
    for alarm in alarms:
        book.configured(alarm, None, start - 9 * 86_400)
    alarm_past.play(book, alarms, start)
    return book


def _cause(scenario: Scenario, start: int) -> Fact | None:
    cause = scenario.cause
    if cause is None:
        return None
    return Fact(start - cause.minutes_ago * 60, cause.kind, cause.name, scenario.summary, is_planted=True)


def _facts(world: World, stack: Stack, scenario: Scenario, story: Story, book: AlarmBook) -> list[Fact]:
    found: list[Fact] = []
    planted = [one.at_s for one in story.deployments if not one.is_decoy]
    planted += [worker.at_s for worker in story.workers]
    planted += [story.start_s - change.minutes_ago * 60 for change in scenario.changes]
    for one in story.deployments:
        text = f"deployment of {one.release}" if one.release else "new deployment of the same revision"
        found.append(Fact(one.at_s, "deployment", one.release, text, one.user, not one.is_decoy))
    for worker in story.workers:
        text = f"task of {worker.script.family} started"
        found.append(Fact(worker.at_s, "task", worker.script.family, text, worker.script.user, True))
    for event in world.trail.newest_first():
        names = ", ".join(name for _, name in event.resources)
        # A revision is registered shortly before it is deployed.
        is_planted = any(-60 <= event.at_s - at <= 1 for at in planted)
        found.append(Fact(event.at_s, "change", event.name, names, event.user, is_planted))
    for service_event in stack.service.events:
        at = service_event["createdAt"].timestamp()
        found.append(Fact(at, "service-event", stack.service.name, service_event["message"]))
    for rds_event in world.rds.events(None, 0.0):
        found.append(Fact(rds_event.at_s, "rds-event", rds_event.name, rds_event.message))
    for item in book.history(kind="StateUpdate"):
        found.append(Fact(item.at_s, "alarm", item.name, item.summary))
    return found
