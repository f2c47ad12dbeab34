"""The live side of the workload: real sessions, real look-ups with a watch, and what they find."""

from __future__ import annotations

import functools
import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Iterator

import psycopg

from tui.sandbox.database import Database
from tui.sandbox.ecs_task import EngineTask
from tui.sandbox.fleet import Fleet
from tui.sandbox.leaking import LeakingWorker
from tui.sandbox.outbox import Outbox
from tui.sandbox.probes import State
from tui.sandbox.sessions import Connect, Pool, application_of
from tui.sandbox.settings import Settings, Table
from tui.sandbox.story import Worker
from tui.sandbox.tables import LookupTime, Measured, burst
from tui.sandbox.world import Stack, World

_RETRY_S = 1.0
_COUNT_S = 2.0
_SIZE_S = 60.0
_SHORTEST_S = 0.25
_MINOR_SHARE = 0.1
_MINOR_ROUNDS = 4
"""Tables that get less than a tenth of the busiest one's look-ups take part in every fourth round."""


class Sampler:
    """Makes real look-ups at a bounded rate in a thread and keeps the last times."""

    def __init__(
        self, settings: Settings, connect: Connect, measured: Measured, seed: int, speed: float
    ) -> None:
        self._tables = settings.tables
        self._minor = minor_tables(settings)
        self._connect = connect
        self._random = random.Random(seed + 3)  # noqa: S311
        self._pause = 1 / min(20.0, settings.sampler.rounds_per_s * max(1.0, speed))
        self._share = settings.sampler.busy_share
        self._lock = threading.Lock()
        self._times = {
            table.name: deque(measured.now[table.name].samples[-5:], maxlen=settings.sampler.keep)
            for table in settings.tables
        }
        self._problem = ""
        self._missing: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Sample until `stop` is set; a lost connection is opened again."""
        while not stop.is_set():
            try:
                with self._connect("llmops-app") as connection:
                    self._set_problem("")
                    self._sample(connection, stop)
            except psycopg.Error as problem:
                self._set_problem(str(problem).strip().splitlines()[-1])
                stop.wait(_RETRY_S)

    def read(self) -> tuple[dict[str, LookupTime], str]:
        """Return look-up times per table that can be queried, and why none can be ("" if they can)."""
        with self._lock:
            times = {
                name: LookupTime.of(kept)
                for name, kept in self._times.items()
                if kept and name not in self._missing
            }
            return times, self._problem

    def _sample(self, connection: psycopg.Connection, stop: threading.Event) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            started = time.perf_counter()
            for table in self._tables:
                if number % _MINOR_ROUNDS == 0 or table.name not in self._minor:
                    self._measure(connection, table)
            busy = time.perf_counter() - started
            stop.wait(max(self._pause - busy, busy / self._share - busy))

    def _measure(self, connection: psycopg.Connection, table: Table) -> None:
        try:
            took = burst(connection, table, self._numbers(table))
        except psycopg.errors.UndefinedTable:
            with self._lock:
                self._missing.add(table.name)
            return
        with self._lock:
            self._missing.discard(table.name)
            self._times[table.name].append(took)

    def _numbers(self, table: Table) -> Iterator[int]:
        while True:
            yield self._random.randrange(table.keys)

    def _set_problem(self, text: str) -> None:
        with self._lock:
            self._problem = text


def minor_tables(settings: Settings) -> frozenset[str]:
    """Return the tables that requests hardly use: the server's statistics are to tell what they do use."""
    used = {
        table.name: sum(one.weight * one.lookups.get(table.name, 0) for one in settings.endpoints)
        for table in settings.tables
    }
    return frozenset(name for name, count in used.items() if count < _MINOR_SHARE * max(used.values()))


class LiveProbe:
    """Reads the state of the stack as it is now."""

    def __init__(
        self, world: World, stack: Stack, database: Database | None, measured: Measured | None
    ) -> None:
        self._world = world
        self._stack = stack
        self._database = database
        self._fleet = Fleet(world.settings)
        self._sampler: Sampler | None = None
        self._pool: Pool | None = None
        self._workers: list[LeakingWorker] = []
        self._outbox: Outbox | None = None
        self._sized_s = 0.0
        self._connect = application_of(world.settings, database) if database is not None else None
        self.connections: int | None = None
        self.database_bytes = 0
        if self._connect is not None and measured is not None:
            self._sampler = Sampler(world.settings, self._connect, measured, world.seed, world.clock.rate)
            self._pool = Pool(world, self._connect)

    def add_worker(self, worker: Worker, task: EngineTask) -> None:
        """Take a batch task whose sessions are to be held; without a database nothing happens."""
        if self._connect is not None:
            leaking = LeakingWorker(self._world, worker, task, self._connect)
            leaking.remember()
            leaking.fill()
            self._workers.append(leaking)

    def add_outbox(self, outbox: Outbox) -> None:
        """Take the outbox, whose size counts from now on."""
        self._outbox = outbox

    def look(self) -> None:
        """Open the tasks' sessions, count them and the bytes, once; without a database nothing happens."""
        if self._database is not None and self._pool is not None:
            self._pool.fill(threading.Event())
            with self._database.connect(self._world.settings.names.database_name) as connection:
                self._count(connection)

    def start(self, stop: threading.Event) -> list[threading.Thread]:
        """Start the threads that hold sessions and measure; they end after `stop` is set."""
        runs = [one.run for one in (self._sampler, self._pool, *self._workers) if one is not None]
        if self._database is not None:
            runs.append(self._watch)
        if self._outbox is not None and self._connect is not None:
            runs.append(functools.partial(self._outbox.run, self._connect))
        threads = [threading.Thread(target=run, args=(stop,), daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        return threads

    def state(self, at_s: float) -> State:
        """Return the state now; `at_s` is the second it is asked for, which is now or just past."""
        names, stack = self._world.settings.names, self._stack
        lookups, problem = self._sampler.read() if self._sampler else ({}, "connection refused")
        ecs, now = self._world.ecs, self._world.clock.now()
        return State(
            lookups=lookups,
            problem=problem,
            refused=self._pool.refused if self._pool else 0.0,
            connections=self.connections,
            database_bytes=self.database_bytes,
            units=tuple(self._fleet.unit(task, now) for task in ecs.running(names.service)),
            serving=tuple(self._fleet.unit(task, now) for task in ecs.serving(names.service)),
            unhealthy=0,
            allocated_gib=float(stack.instance.allocated_storage),
        )

    def _watch(self, stop: threading.Event) -> None:
        """Count sessions and the database's size over a reserved superuser session."""
        assert self._database is not None  # noqa: S101 (start checks it)
        name = self._world.settings.names.database_name
        # Sessions come and go with the sandbox's time.
        pause = max(_SHORTEST_S, _COUNT_S / max(1.0, self._world.clock.rate / 4))
        while not stop.is_set():
            try:
                with self._database.connect(name) as connection:
                    while not stop.is_set():
                        self._count(connection)
                        stop.wait(pause)
            except psycopg.Error:
                self.connections = None
                if not self._database.is_running and self._stack.instance.status == "available":
                    self._stack.instance.status = "failed"
                stop.wait(_RETRY_S)

    def _count(self, connection: psycopg.Connection) -> None:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND application_name <> 'cwtop-sandbox'"
        ).fetchone()
        self.connections = int(row[0]) if row else None
        now = self._world.clock.now()
        if now - self._sized_s < _SIZE_S:
            return
        self._sized_s = now
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        size = int(row[0]) if row else 0
        if self._outbox is not None:
            size += self._outbox.size(connection) * (self._world.settings.outbox.scale - 1)
        self.database_bytes = size
