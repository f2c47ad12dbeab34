"""The explanation without its screen: which breach, what is known of it, its runbook, and the steps done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from config.levels import Level
from config.runbooks import Runbook, Runbooks, Step, load_runbooks, user_file
from config.schema import Config
from tui.board import Board
from tui.domain.actionruns import Wanted
from tui.domain.assess import Assessment, assess
from tui.domain.clock import Clock
from tui.domain.entry import Entry
from tui.domain.errors import SourceError
from tui.domain.findings import Finding, PaneId
from tui.domain.inputs import FindingKey, Snapshots
from tui.domain.pgstats import ActivitySnapshot, StatementsSnapshot
from tui.domain.plan import Change
from tui.domain.snapshots import AlarmsSnapshot, EcsSnapshot, MetricsSnapshot, StoppedTask
from tui.domain.state import ALARM
from tui.pgadvice import advise
from tui.presenters.dbindexes import missing_row, wanted_of
from tui.sources.parse import Aws
from tui.sources.pgdoor import PostgresDoor
from tui.sources.postgres import ActivitySource, TablesSource
from tui.sources.revisions import before, read_differences
from tui.triage.athand import entries_at_hand
from tui.triage.databasesigns import DatabaseSigns, idle_signs, statement_signs
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.explain import explain
from tui.triage.gather import is_ordinary
from tui.triage.logpatterns import sample
from tui.triage.material import Explanation, Material
from tui.triage.scaleout import tasks_for
from widgets.text import one_line

SPAN_S: Final = 27 * 3600
"""A day, and what lies behind it of the hour a day before."""
_REVISION: Final = re.compile(r"[A-Za-z0-9_-]+:\d+")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What took its time to read.

    Attributes:
        assessment: The day's metrics, judged; None until they are read.
        differences: What the last change changed in the task definition.
        revision: The revision before it; "" where it is not known.
        index: Sentence of the most useful index that is missing.
        index_values: What the action that creates it holds at first.
        activity: The sessions; None where the console reads them by itself, or cannot.
        notes: What could not be read, as sentences.
        reading: What is being read, for the heading; "" once all has come.
    """

    assessment: Assessment | None = None
    differences: tuple[Change, ...] = ()
    revision: str = ""
    index: str = ""
    index_values: dict[str, str] = field(default_factory=dict)
    activity: ActivitySnapshot | None = None
    notes: tuple[str, ...] = ()
    reading: str = ""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a runbook that was done, for the incident record.

    Attributes:
        breach: (metric id or state rule, resource).
        book: Id of the runbook.
        number: Of the step, from 0.
        text: What it says.
        at_s: When, epoch seconds.
    """

    breach: FindingKey
    book: str
    number: int
    text: str
    at_s: float


class ExplainBoard:
    """What the explanation shows.

    Args:
        board: The console's.
        entries: What happened; None takes the console's timeline.

    Attributes:
        finding: What is explained.
        found: The explanation of it of which a step is opened; None before one is.
        chosen: Which of the fitting runbooks is shown.
        done: The steps done, in order of time; kept while the console runs.
        on_tick: Told of each tick that is put (True) or taken away.
        on_explained: Told of each explanation that is shown.
    """

    def __init__(self, board: Board, *, entries: Callable[[], Sequence[TimelineEntry]] | None = None) -> None:
        self.board = board
        self._hub = board.hub
        self._entries = entries
        self._books: Runbooks = load_runbooks(user_file())
        self.finding: Finding | None = None
        self.found: Explanation | None = None
        self.fetched = Fetched()
        self.chosen = 0
        self.done: list[StepDone] = []
        self.on_tick: Callable[[StepDone, bool], None] = lambda step, is_done: None
        self.on_explained: Callable[[Explanation], None] = lambda found: None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the user's runbooks."""
        return tuple(map(str, self._books.problems))

    def choose(self, pane: str, metric: str) -> Finding | None:
        """Take what is to be explained: the focused tile where it is breached, else the worst finding.

        Where nothing is breached the focused tile is; None where there is nothing at all.
        """
        resource = self.board.shown(pane) if pane in ("ecs", "rds", "alb") else ""  # type: ignore[arg-type]
        found = self.board.findings()
        own = next((one for one in found if (one.id, one.resource) == (metric, resource)), None)
        finding = own or next(iter(found), None)
        if finding is None and metric:
            spec = self.board.config.metrics[metric]
            text = f"{spec.title} is not breached"
            finding = Finding(metric, resource, pane, Level.OK, text)  # type: ignore[arg-type]
        if finding is None or self.finding is None or _key(finding) != _key(self.finding):
            self.fetched, self.chosen, self.found = Fetched(), 0, None
        self.finding = finding
        return finding

    # ------------------------------------------------------------ what is known

    def material(self) -> Material:
        """Return what is known now of what is explained; on the event loop's thread."""
        assert self.finding is not None  # noqa: S101 - chosen before anything is shown
        board, fetched, now = self.board, self.fetched, self.board.now_s
        assessment = fetched.assessment or board.assessment
        finding = self._current(fetched.assessment)
        metric = self._metric(finding)
        series = {key: one.series for key, one in assessment.resolved.items()} if assessment else {}
        until_s = assessment.settled_until_s if assessment else None
        near_s = finding.since_s if finding.since_s is not None else now - 3600
        store = self._hub.store
        ecs = store.snapshot("ecs")
        entries = self._entries() if self._entries is not None else board.timeline.timeline.newest()
        # Right after the start the timeline may not have been told yet.
        entries = tuple(entries) or entries_at_hand(ecs, store.snapshot("changes"))
        return Material(
            finding,
            metric,
            series,
            board.config.metrics,
            now,
            until_s if until_s is not None else now,
            tuple(entries),
            sample(self._hub.lines, near_s),
            self._database(near_s, now),
            _stopped_tasks(ecs),
            fetched.differences,
            fetched.notes,
        )

    def explainer(self) -> Callable[[], Explanation]:
        """Return what explains with what is known now; it takes up to a third of a second: on a thread."""
        return partial(explain, self.material())

    def _current(self, day: Assessment | None) -> Finding:
        """Return the finding as the day's points tell it: an hour's do not tell since when."""
        assert self.finding is not None  # noqa: S101
        key = _key(self.finding)
        known = (*(day.health.findings if day is not None else ()), *self.board.findings())
        return next((one for one in known if _key(one) == key), self.finding)

    def _metric(self, finding: Finding) -> str:
        specs = self.board.config.metrics
        if finding.id in specs:
            return finding.id if str(specs[finding.id].source) != "state" else ""
        alarms: AlarmsSnapshot | None = self._hub.store.snapshot("alarms")
        if finding.id != ALARM or alarms is None:
            return ""
        watched = next((one.metric for one in alarms.alarms if one.name == finding.resource), "")
        return next((one.id for one in specs.values() if watched == f"{one.namespace}/{one.name}"), "")

    def _database(self, near_s: float, now: float) -> DatabaseSigns:
        store = self._hub.store
        signs = idle_signs(store.snapshot("pg-activity") or self.fetched.activity)
        statements = store.snapshot("pg-statements")
        if statements is not None:
            found = statement_signs(statements, self._hub.courses, near_s, now)
            signs = replace(signs, statements=found)
        return replace(signs, missing_index=self.fetched.index, index_values=self.fetched.index_values)

    # ------------------------------------------------------------ what takes its time

    def day_reader(self) -> Callable[[], Fetched]:
        """Return what reads a day of metrics and judges it; it blocks."""
        read, config, entries = self._hub.day_reader(SPAN_S), self.board.config, self.board.snapshots()
        now = self.board.now_s

        def run() -> Fetched:
            try:
                snapshot = read()
            except SourceError as error:
                said = (
                    f"A day of metrics could not be read: {error.summary} The window on the screen is used."
                )
                return Fetched(notes=(said,))
            return Fetched(_judged(config, entries, snapshot, now))

        return run

    def rest_reader(self, found: Explanation) -> Callable[[], Fetched]:
        """Return what reads task definitions and index advice, added to what is fetched; it blocks."""
        fetched = self.fetched
        new = self._revision(found.change)
        old = before(new)
        tasks: list[Callable[[Fetched], Fetched]] = []
        if old:
            tasks.append(partial(_with_differences, self._hub.session, old, new))
        statements = self._hub.store.snapshot("pg-statements")
        if self._hub.postgres is not None and self._hub.store.snapshot("pg-activity") is None:
            # The console reads sessions on the database's screen only.
            tasks.append(partial(_with_activity, self._hub.postgres, self._hub.clock))
        if statements is not None and self._hub.postgres is not None:
            door, clock = self._hub.postgres, self._hub.clock
            tasks.append(partial(_with_index, door, clock, statements))

        def run() -> Fetched:
            got = fetched
            for task in tasks:
                got = task(got)
            return replace(got, reading="")

        return run

    def _revision(self, change: TimelineEntry | None) -> str:
        """Return the revision that a deployment brought; "" for another change."""
        if change is None or change.kind not in (Kind.DEPLOYMENT, Kind.ACTION):
            return ""
        ecs: EcsSnapshot | None = self._hub.store.snapshot("ecs")
        for service in ecs.services if ecs is not None else ():
            for one in service.deployments:
                if one.created_s is not None and abs(one.created_s - change.at_s) < 300:
                    return one.task_definition
        named = _REVISION.search(change.title)
        return named[0] if named is not None else ""

    # ------------------------------------------------------------ the runbook

    def books(self, found: Explanation | None) -> tuple[str, ...]:
        """Return the ids of the runbooks that fit, the best first."""
        if self.finding is None:
            return ()
        causes = [one.kind.value for one in found.causes] if found is not None else []
        return self._books.fitting(self.finding.id, causes)

    def book(self, found: Explanation | None) -> tuple[str, Runbook] | None:
        """Return the runbook that is shown; None where none fits."""
        names = self.books(found)
        if not names:
            return None
        name = names[self.chosen % len(names)]
        return name, self._books.books[name]

    def is_done(self, book: str, number: int) -> bool:
        """Return whether a step carries a tick."""
        return any(one.book == book and one.number == number for one in self.steps_done())

    def tick(self, book: str, number: int, *, is_done: bool = True) -> None:
        """Put a tick on a step, or take it away."""
        assert self.finding is not None  # noqa: S101
        key = _key(self.finding)
        self.done = [one for one in self.done if (one.breach, one.book, one.number) != (key, book, number)]
        text = self._books.books[book].steps[number].text
        step = StepDone(key, book, number, text, self.board.now_s)
        if is_done:
            self.done.append(step)
        self.on_tick(step, is_done)

    def take_done(self, steps: Iterable[tuple[FindingKey, str, int, float]]) -> None:
        """Take the steps done that were kept elsewhere instead of those known here.

        Args:
            steps: (breach, id of the runbook, number of the step from 0, epoch seconds); what the runbooks
                no longer hold is left out.
        """
        self.done = [
            StepDone(breach, name, number, book.steps[number].text, at_s)
            for breach, name, number, at_s in steps
            if (book := self._books.books.get(name)) is not None and 0 <= number < len(book.steps)
        ]

    def steps_done(self, breach: FindingKey | None = None) -> tuple[StepDone, ...]:
        """Return the steps done about a breach (None: what is explained), in order of time."""
        key = breach or (_key(self.finding) if self.finding is not None else None)
        return tuple(one for one in self.done if one.breach == key)

    def wanted(self, step: Step) -> Wanted:
        """Return the action that a step opens, its form filled with what the explanation knows."""
        values = dict(step.values)
        if step.action == "db-create-index":
            values = {**self.fetched.index_values, **values}
        if step.action == "ecs-rollback" and self.fetched.revision:
            values = {"revision": self.fetched.revision, **values}
        if step.action == "ecs-desired-count" and (tasks := self._tasks()):
            values = {"desired": str(tasks), **values}
        return Wanted(step.action, values)

    def _tasks(self) -> int | None:
        """Return how many tasks the load wants; None where that is not known."""
        load = self.found.load if self.found is not None else None
        ecs: EcsSnapshot | None = self._hub.store.snapshot("ecs")
        name = self.board.shown("ecs")
        service = next((one for one in (ecs.services if ecs else ()) if one.name == name), None)
        if load is None or service is None or not service.running:
            return None
        postgres = self._hub.store.snapshot("postgres")
        day = self.fetched.assessment or self.board.assessment
        used = (day.resolved if day is not None else {}).get(("rds.connections", self.board.shown("rds")))
        return tasks_for(
            load,
            service.running,
            connections=used.latest if used is not None else None,
            max_connections=postgres.max_connections if postgres is not None else None,
        )

    @staticmethod
    def pane_of(step: Step) -> PaneId | None:
        """Return the pane whose resource an action of a step is applied to."""
        from tui.actions.registry import BY_ID

        kinds: dict[str, PaneId] = {
            "service": "ecs", "database": "rds", "postgres": "rds", "load_balancer": "alb"
        }  # fmt: skip
        row = BY_ID.get(step.action)
        return kinds.get(row.kind) if row is not None else None


def explain_now(
    board: Board, finding: Finding, *, entries: Callable[[], Sequence[TimelineEntry]] | None = None
) -> Explanation:
    """Return the explanation of one finding with everything read: for commands. Blocks.

    Args:
        board: Judged, its sources read.
        finding: One of its findings.
        entries: What happened; None takes the console's timeline.
    """
    explained = ExplainBoard(board, entries=entries)
    explained.finding = finding
    explained.fetched = explained.day_reader()()
    first = explained.explainer()()
    explained.fetched = explained.rest_reader(first)()
    return explained.explainer()()


def _key(finding: Finding) -> FindingKey:
    return finding.id, finding.resource


def _stopped_tasks(ecs: EcsSnapshot | None) -> tuple[str, ...]:
    """Return the tasks that failed, the newest first of each service; a rollout stops tasks too."""
    services = ecs.services if ecs is not None else ()
    return tuple(
        _stopped(task)
        for one in services
        for task in [each for each in one.stopped if not is_ordinary(each)][:3]
    )


def _stopped(task: StoppedTask) -> str:
    why = task.container_reason or task.reason or task.stop_code
    code = f", exit code {task.exit_code}" if task.exit_code is not None else ""
    oom = " (out of memory)" if task.is_oom else ""
    return one_line(f"{task.task_definition} {why}{code}{oom}", 160)


def _judged(config: Config, entries: Snapshots, snapshot: MetricsSnapshot, now_s: float) -> Assessment:
    held = replace(entries, metrics=Entry(snapshot, at_s=now_s, period_s=60.0))
    return assess(config, held, now_s, window_s=SPAN_S, period_s=60)


def _with_differences(session: Aws, old: str, new: str, got: Fetched) -> Fetched:
    try:
        found = read_differences(session, old, new)
    except SourceError as error:
        return replace(got, notes=(*got.notes, f"{new} could not be compared with {old}: {error.summary}"))
    return replace(got, differences=found, revision=old)


def _with_activity(door: PostgresDoor, clock: Clock, got: Fetched) -> Fetched:
    own = door.twin()
    try:
        return replace(got, activity=ActivitySource(own, clock).fetch())
    except SourceError as error:
        return replace(got, notes=(*got.notes, f"Sessions could not be looked at: {error.summary}"))
    finally:
        own.close()


def _with_index(door: PostgresDoor, clock: Clock, statements: StatementsSnapshot, got: Fetched) -> Fetched:
    own = door.twin()
    try:
        found = advise(own, statements, TablesSource(own, clock).fetch())
    except SourceError as error:
        return replace(got, notes=(*got.notes, f"Indexes could not be looked at: {error.summary}"))
    finally:
        own.close()
    if not found.missing:
        return got
    row = missing_row(found.missing[0])
    wanted = wanted_of(row)
    text = f"no index on {row['table']} {row['columns']}: it would save {row['saves %']} % of statement time"
    return replace(got, index=text, index_values=dict(wanted.values) if wanted is not None else {})
