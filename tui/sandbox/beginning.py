"""Makes the time before the start: the story, its metrics and lines, and what goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tui.sandbox import aws_alarms
from tui.sandbox.alarms import AlarmBook
from tui.sandbox.aws_logs import ensure_stream
from tui.sandbox.database import Database
from tui.sandbox.database_log import DatabaseLog
from tui.sandbox.fleet import Fleet
from tui.sandbox.live import LiveProbe
from tui.sandbox.outbox import Outbox
from tui.sandbox.probes import Ground, PastProbe
from tui.sandbox.scenarios import Scenario
from tui.sandbox.stack import registrar
from tui.sandbox.staging import Staged, play
from tui.sandbox.story import draw
from tui.sandbox.tables import Measured
from tui.sandbox.task_log import TaskLog
from tui.sandbox.traffic import Traffic
from tui.sandbox.workload import Workload
from tui.sandbox.world import Stack, World

_MINUTE_S = 60


@dataclass(slots=True)
class Begun:
    """What goes on after the start.

    Attributes:
        workload: Made the past, and goes on from `until_s`.
        probe: Reads the present.
        until_s: Up to which second, epoch, the workload got.
        watchers: Called every tick.
    """

    workload: Workload
    probe: LiveProbe
    until_s: int
    watchers: list[Callable[[], None]] = field(default_factory=list)


class Beginning:
    """Makes the past of one world.

    Args:
        world: Whose engines and stores are filled.
        stack: The stack as it was built.
        scenario: What goes wrong.
        database: The server.
        measured: Times of look-ups; None when the server did not start.
    """

    def __init__(
        self, world: World, stack: Stack, scenario: Scenario, database: Database, measured: Measured | None
    ) -> None:
        self._world = world
        self._stack = stack
        self._scenario = scenario
        self._database = database
        self._measured = measured
        self._fleet = Fleet(world.settings)

    def make(self, book: AlarmBook) -> Begun:
        """Play the story, and make the metrics, lines and alarm states of the time before now.

        Raises:
            psycopg.Error: The outbox cannot be made.
        """
        world, settings = self._world, self._world.settings
        now = int(world.clock.now())
        story = draw(settings, self._scenario, world.seed, now)
        staged = play(world, self._scenario, story, registrar(world, self._stack))
        workload = Workload(world, self._stack, Traffic(settings, world.seed, story.surges), story.bumps)
        is_up = self._measured is not None
        probe = LiveProbe(world, self._stack, self._database if is_up else None, self._measured)
        detailed = now // _MINUTE_S * _MINUTE_S - settings.history.log_minutes * _MINUTE_S
        task_log = TaskLog(world, detailed)
        begun = Begun(workload, probe, now, [task_log.watch])
        self._streams(staged, detailed)
        if self._measured is None:
            self._stack.instance.status = "failed"
            return begun
        outbox = self._outbox(staged, now)
        probe.look()
        past = PastProbe(
            settings,
            Ground(probe.database_bytes, float(self._stack.instance.allocated_storage)),
            self._measured,
            staged.tasks,
            story.workers,
            story.onset_s if self._scenario.missing_indexes else None,
        )
        self._past(begun, past, detailed)
        task_log.watch()
        self._say(begun, staged)
        if outbox is not None:
            probe.add_outbox(outbox)
            workload.outbox = outbox.add
        for worker, task in zip(story.workers, staged.batch, strict=True):
            probe.add_worker(worker, task)
        probe.look()
        aws_alarms.remember(world, book, self._stack, self._scenario.alarms, now)
        return begun

    def _past(self, begun: Begun, past: PastProbe, detailed: int) -> None:
        """Make metrics, and the lines of the last hour; the database's own log goes on from there."""
        world, workload, now = self._world, begun.workload, begun.until_s
        first = now // _MINUTE_S * _MINUTE_S - int(world.settings.history.hours * 3600)
        for minute in range(first, detailed, _MINUTE_S):
            workload.synthesise(minute, past)
        log = DatabaseLog(world, self._stack.instance, self._database.log_path)
        log.remember_checkpoints(detailed, now)
        workload.observer = log.remember
        workload.advance(detailed, now, past)
        workload.observer = None
        begun.watchers.append(log.forward)

    def _outbox(self, staged: Staged, now: float) -> Outbox | None:
        """Make the outbox with its rows where a release wrote some."""
        rows = self._fleet.outbox_rows(staged.tasks, now)
        if not rows:
            return None
        outbox = Outbox(self._world.settings.outbox, self._world.settings.names)
        outbox.create(self._database, round(rows))
        return outbox

    def _streams(self, staged: Staged, since_s: float) -> None:
        names = self._world.settings.names
        for task in staged.tasks:
            if task.stop_at is None or task.stop_at >= since_s:
                ensure_stream(self._world, names.log_group, task.log_stream(names.container))

    def _say(self, begun: Begun, staged: Staged) -> None:
        """Write the scenario's own lines, in the stream of a task that is gone."""
        group = self._world.settings.names.log_group
        stream = f"ecs/migrate/{staged.tasks[0].id[::-1]}"
        for said in self._scenario.lines:
            ensure_stream(self._world, group, stream)
            at = begun.until_s - said.minutes_ago * _MINUTE_S
            begun.workload.say(at, said.level, said.logger, said.text, stream)
