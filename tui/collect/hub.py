"""Builds the sources and jobs of the configured stack, and is what the console and the report hold on to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from random import Random
from typing import TYPE_CHECKING, Final

from config.schema import Config
from tui.collect.job import Job
from tui.collect.offload import offload
from tui.collect.scheduler import Scheduler
from tui.collect.store import Store
from tui.collect.timing import Timing
from tui.collect.trendjob import WAITS_FOR, TrendJob
from tui.domain.clock import Clock
from tui.domain.costs import Meter
from tui.domain.errors import SourceError
from tui.domain.logbuffer import LineBuffer
from tui.domain.pghistory import StatementHistory, WaitHistory
from tui.domain.snapshots import LogBatch, MetricsSnapshot, MetricTarget
from tui.domain.targets import metric_targets
from tui.domain.timespans import WINDOWS, period_for
from tui.sources.alarms import AlarmsSource
from tui.sources.alb import AlbSource
from tui.sources.changes import ChangesSource
from tui.sources.dbload import LoadSource
from tui.sources.ecs import EcsSource
from tui.sources.history import AlarmHistorySource, DbEventsSource, ScalingSource
from tui.sources.logs import LogsSource
from tui.sources.metrics import MetricsSource
from tui.sources.pgaddress import way_of
from tui.sources.pgdoor import PostgresDoor
from tui.sources.postgres import ActivitySource, PostgresSource, StatementsSource, TablesSource
from tui.sources.rds import RdsSource, exported_groups
from tui.sources.session import AwsSession
from tui.sources.tasklogs import TaskLogs

if TYPE_CHECKING:
    from tui.sources.session import StaticKeys

IDENTITY_PERIOD_S: Final = 900.0
REPORT_SOURCES: Final = ("identity", "ecs", "rds", "alb", "alarms", "postgres", "metrics", "trends")
"""What a one-shot report reads: all but logs and changes."""

_COLUMNS = 60


def connect(
    config: Config,
    clock: Clock,
    *,
    keys: StaticKeys | None = None,
    on_logs: Callable[[LogBatch], None] | None = None,
) -> Hub:
    """Return the hub of a stack with its own session and meter; nothing is imported or asked yet.

    Args:
        config: What is watched.
        clock: Corrected by the endpoint's `Date`.
        keys: Use these instead of the machine's credentials.
        on_logs: Called on the loop with each batch of log events, after `Hub.lines` took it.
    """
    meter = Meter(time.monotonic)
    return Hub(config, AwsSession(config, clock, meter, keys=keys), clock, meter=meter, on_logs=on_logs)


class Hub:
    """The sources of one stack, their jobs and their latest snapshots.

    Kinds of resources that are not configured have no job and no entry. All methods but `collect_once`
    belong to the event loop's thread.

    Attributes:
        clock: The console's clock.
        session: The door to AWS.
        meter: What was asked so far, and its price.
        store: Entries "identity", "ecs", "rds", "alb", "alarms", "metrics", "logs", "changes", "load",
            "postgres", "trends", "pg-activity", "pg-statements", "pg-tables", "alarm-history",
            "rds-events", "scaling".
        scheduler: Periods, pauses, suspension.
        lines: The log events received.
        logs: What follows the log groups; None where none is configured.
        postgres: The way to PostgreSQL; None where none is configured.
        statements: What reads its statements; asked for texts.
        waits, courses: What its sessions waited for, and the course of its statements.
        task_logs: Finds what a stopped task wrote.
    """

    def __init__(
        self,
        config: Config,
        session: AwsSession,
        clock: Clock,
        *,
        meter: Meter | None = None,
        on_logs: Callable[[LogBatch], None] | None = None,
        random: Random | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.clock = clock
        self.session = session
        self.meter = meter or Meter(time.monotonic)
        self.store = Store()
        self.scheduler = Scheduler(self.store, clock, random=random, timing=timing)
        self.lines = LineBuffer(
            config.log_lines, show_group=len(config.stack.log_groups) > 1, fields=config.logs.fields
        )
        self._config = config
        self._on_logs = on_logs
        self._window_s = WINDOWS[config.window]
        self._period_s = period_for(self._window_s, _COLUMNS)
        self._split = False
        self._targets: tuple[MetricTarget, ...] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self.task_logs = TaskLogs(session)
        self._metrics = MetricsSource(session, config.metrics.values())
        self._day = MetricsSource(session, config.metrics.values())
        self.logs: LogsSource | None = None
        self.postgres: PostgresDoor | None = None
        self.statements: StatementsSource | None = None
        self.waits, self.courses = WaitHistory(), StatementHistory()
        self._add_inventory()
        self._trends: TrendJob | None = None
        self._judged_deployments: frozenset[str] | None = None
        self._add_streams()
        self._add_trends()
        self.store.subscribe(self._on_change)

    @property
    def read_only_reason(self) -> str:
        """Why writes are off; "" where they are allowed."""
        if self._config.read_only:
            return "read_only is set"
        identity = self.store.snapshot("identity")
        if identity is not None and identity.is_wrong_account:
            return f"account {identity.account} is not {identity.expected_account}"
        return ""

    def start(self) -> None:
        """Start asking; needs a running event loop."""
        self.scheduler.start()

    def stop(self) -> None:
        """Stop asking at once; calls in flight die with the process."""
        if self._renewal is not None:
            self._renewal.cancel()
        self.scheduler.stop()
        if self.postgres is not None:
            self.postgres.close()
        if self.logs is not None:
            self.logs.close()

    def set_window(self, window_s: int, period_s: int) -> None:
        """Ask metrics for another window; a fetch of the old one is dropped.

        Args:
            window_s: Length, seconds.
            period_s: Period of the points drawn, a multiple of 60 seconds.
        """
        if (window_s, period_s) != (self._window_s, self._period_s):
            self._window_s, self._period_s = window_s, period_s
            self._bump_metrics()

    def set_split(self, *, split: bool) -> None:
        """Ask for the balancers' figures per target group too, or no more."""
        if split != self._split:
            self._split = split
            self._bump_metrics()

    def follow(self, change: Callable[[LogsSource], object]) -> None:
        """Follow other logs: change the source, forget the lines, and start reading anew."""
        if self.logs is not None:
            change(self.logs)
            self.lines.clear()
            self.scheduler.bump("logs")

    def exported_groups(self) -> tuple[str, ...]:
        """Return the log groups that the described databases export to."""
        snapshot = self.store.snapshot("rds")
        return exported_groups(snapshot) if snapshot is not None else ()

    async def compare(self, shift_s: int) -> MetricsSnapshot:
        """Return the window's series as they were `shift_s` seconds ago, at their original times.

        Cheap while the answer is held: each stretch of the past is asked for once.

        Raises:
            SourceError: They cannot be read.
        """
        targets, window_s, period_s, split = self._find_targets(), self._window_s, self._period_s, self._split
        now = self.clock.now()

        def read() -> MetricsSnapshot:
            return self._metrics.compare(targets, window_s, period_s, shift_s, split, now)

        return await offload(read, name="compare")

    def day_reader(self, span_s: int) -> Callable[[], MetricsSnapshot]:
        """Return what reads points of a minute over a long span, whatever window is drawn; it blocks.

        Asked again, only what is new is read.
        """
        targets, now = self._find_targets(), self.clock.now()
        return lambda: self._day.fetch(targets, span_s, 60, False, now)

    async def renew(self) -> None:
        """Take up renewed credentials: fresh session and clients, the data kept, then ask again.

        Raises:
            SourceError: The session cannot be made; the suspension stays.
        """
        await offload(self.session.rebuild, name="renew")
        # Not `resume`: what the user has paused stays so.
        self.scheduler.refresh()

    def refresh(self, name: str | None = None) -> None:
        """Fetch now (None: everything); after expired credentials with a fresh session."""
        if self.scheduler.suspension is None:
            self.scheduler.refresh(name)
        elif self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._renew())

    def collect_once(self, names: Iterable[str] | None = None, *, deadline_s: float = 30.0) -> Store:
        """Fetch once, in parallel, and return the store: for commands, not beside `start`.

        Args:
            names: Sources; None takes those of a report. Those that the stack lacks are skipped.
            deadline_s: Real seconds; what has not answered by then has a timeout error.
        """
        wanted = set(REPORT_SOURCES if names is None else names) & set(self.scheduler.names)
        asyncio.run(self.scheduler.run_once(wanted, deadline_s=deadline_s))
        return self.store

    async def _renew(self) -> None:
        try:
            await self.renew()
        except SourceError as error:
            self.store.fail("identity", error, self.clock.now(), 0.0)

    def _add_inventory(self) -> None:
        stack, cadences, session, clock = self._config.stack, self._config.cadences, self.session, self.clock
        add = self.scheduler.add
        add(Job("identity", session.identity, IDENTITY_PERIOD_S))
        if stack.services:
            ecs = EcsSource(session, stack.cluster or "default", stack.services, clock)
            add(Job("ecs", ecs.fetch, cadences.ecs))
            scaling = ScalingSource(session, stack.cluster or "default", stack.services, clock)
            add(Job("scaling", scaling.fetch, cadences.scaling))
        if stack.databases:
            add(Job("rds", RdsSource(session, stack.databases, clock).fetch, cadences.rds))
            load = LoadSource(session, lambda: self.store.snapshot("rds"), clock)
            add(Job("load", load.fetch, cadences.load, ready=load.is_wanted))
            events = DbEventsSource(session, stack.databases, clock)
            add(Job("rds-events", events.fetch, cadences.rds_events))
        if stack.load_balancers:
            add(Job("alb", AlbSource(session, stack.load_balancers, clock).fetch, cadences.alb))
        if stack.services or stack.databases or stack.load_balancers:
            add(Job("alarms", AlarmsSource(session, clock).fetch, cadences.alarms))
            add(Job("changes", ChangesSource(session, clock).fetch, cadences.changes))
            add(Job("alarm-history", AlarmHistorySource(session, clock).fetch, cadences.alarm_history))
        way = way_of(self._config, session)
        if way is not None:
            database = next(iter(stack.databases), "")
            door = self.postgres = way.door()
            self.statements = StatementsSource(door, clock)
            settings = PostgresSource(door, database, clock)
            add(Job("postgres", settings.fetch, cadences.postgres, is_aws=False))
            read = ActivitySource(door, clock).fetch
            add(Job("pg-activity", read, cadences.activity, is_aws=False, on_result=self.waits.take))
            read_statements, take = self.statements.fetch, self.courses.take
            add(Job("pg-statements", read_statements, cadences.statements, is_aws=False, on_result=take))
            tables = TablesSource(door, clock)
            # Nobody needs them but the database screen, which resumes them.
            add(Job("pg-tables", tables.fetch, cadences.tables, is_aws=False, paused=True))

    def _add_streams(self) -> None:
        stack = self._config.stack
        if stack.services or stack.databases or stack.load_balancers:
            job = Job("metrics", self._fetch_metrics, self._config.cadences.metrics, ready=self._is_described)
            self.scheduler.add(job)
        if stack.log_groups:
            rules = self._config.logs
            logs = self.logs = LogsSource(
                self.session,
                stack.log_groups,
                self.clock,
                overlap_s=rules.overlap,
                sweep_every_s=rules.sweep_every,
                sweep_s=rules.sweep,
                requests_per_s=rules.requests_per_second,
            )
            logs.set_live_tail(rules.live_tail)
            period_s = self._config.cadences.logs
            self.scheduler.add(
                Job(
                    "logs",
                    logs.fetch,
                    period_s,
                    on_result=self._take_logs,
                    again=lambda: logs.has_more,
                    has_limiter=True,
                )
            )

    def _add_trends(self) -> None:
        stack = self._config.stack
        if stack.services or stack.databases:
            job = self._trends = TrendJob(self._config, self.session, self.clock, self.store)
            self.scheduler.add(
                Job(
                    "trends",
                    job.fetch,
                    self._config.cadences.trends,
                    ready=lambda: self._have_answered(WAITS_FOR),
                )
            )

    def _fetch_metrics(self) -> MetricsSnapshot:
        targets = self._targets = self._find_targets()
        return self._metrics.fetch(targets, self._window_s, self._period_s, self._split, self.clock.now())

    def _find_targets(self) -> tuple[MetricTarget, ...]:
        return metric_targets(self._config, self.store.snapshot("rds"), self.store.snapshot("alb"))

    def _is_described(self) -> bool:
        """Whether instances and balancers have answered once: they decide which metrics exist."""
        return self._have_answered(("rds", "alb"))

    def _have_answered(self, names: Iterable[str]) -> bool:
        entries = (self.store.entry(name) for name in names if name in self.scheduler.names)
        return all(entry.snapshot is not None or entry.error is not None for entry in entries)

    def _on_change(self, name: str) -> None:
        # A balancer or instance that was found late, replaced or changed brings other metrics.
        if name == "logs" and self.logs is not None and self.store.entry(name).error is not None:
            # A failed read brings no batch, but may have left a gap.
            self.lines.set_gaps(self.logs.gaps())
        if name in ("rds", "alb") and self._targets is not None and self._targets != self._find_targets():
            self._bump_metrics()
        if name == "ecs" and self._trends is not None:
            self._see_deployments(self._trends)

    def _see_deployments(self, job: TrendJob) -> None:
        found, before = job.deployments(), self._judged_deployments
        self._judged_deployments = found
        if before is not None and found - before:
            # A deployment starts memory anew.
            self.scheduler.bump("trends")

    def _bump_metrics(self) -> None:
        if "metrics" in self.scheduler.names:
            self.scheduler.bump("metrics")

    def _take_logs(self, batch: LogBatch) -> None:
        self.lines.take(batch)
        if self._on_logs is not None:
            self._on_logs(batch)
