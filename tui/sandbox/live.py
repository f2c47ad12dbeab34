"""The live side of the workload: real sessions, real look-ups with a watch, and what they find."""

from __future__ import annotations

import random
import select
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable

import psycopg

from tui.sandbox.database import Database
from tui.sandbox.probes import State
from tui.sandbox.settings import Settings, Table
from tui.sandbox.stack import Stack
from tui.sandbox.tables import LookupTime, Measured, lookup
from tui.sandbox.world import World

_RETRY_S = 1.0
_POOL_S = 1.0
_COUNT_S = 2.0
_SIZE_ROUNDS = 30
_BURST = 9
_BURST_MS = 6.0

Connect = Callable[[str], psycopg.Connection]
"""Opens a session of the application role with an application name."""


class Sampler:
    """Makes real look-ups at a bounded rate in a thread and keeps the last times."""

    def __init__(
        self, settings: Settings, connect: Connect, measured: Measured, seed: int, speed: float
    ) -> None:
        self._tables = settings.tables
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
        while not stop.is_set():
            started = time.perf_counter()
            for table in self._tables:
                self._measure(connection, table)
            busy = time.perf_counter() - started
            stop.wait(max(self._pause - busy, busy / self._share - busy))

    def _measure(self, connection: psycopg.Connection, table: Table) -> None:
        try:
            took = self._burst(connection, table)
        except psycopg.errors.UndefinedTable:
            with self._lock:
                self._missing.add(table.name)
            return
        with self._lock:
            self._missing.discard(table.name)
            self._times[table.name].append(took)

    def _burst(self, connection: psycopg.Connection, table: Table) -> float:
        """Return the median time of a few look-ups in a row, as a request makes them.

        Processes that slept are slow to wake: the first quick look-up after a pause takes several times
        as long as those that follow. Where look-ups are slow anyway, one is enough.
        """
        times: list[float] = []
        while sum(times) < _BURST_MS and len(times) < _BURST:
            times.append(lookup(connection, table, self._random.randrange(table.keys)))
        return statistics.median(times)

    def _set_problem(self, text: str) -> None:
        with self._lock:
            self._problem = text


class Pool:
    """The tasks' connection pools: idle sessions that are really open."""

    def __init__(self, world: World, connect: Connect) -> None:
        self._world = world
        self._connect = connect
        self._open: dict[str, list[psycopg.Connection]] = {}
        self.refused = 0.0
        """Share of the wanted sessions that the server refuses."""

    def run(self, stop: threading.Event) -> None:
        """Keep `pool_size` sessions per running task until `stop` is set."""
        while not stop.wait(0 if not self._open else _POOL_S):
            self.fill(stop)
            if not self._open:
                stop.wait(_POOL_S)
        for task in list(self._open):
            self._close(task)

    def fill(self, stop: threading.Event) -> None:
        """Open and close sessions so that every running task has its pool."""
        size = self._world.settings.ecs.pool_size
        tasks = [task.id for task in self._world.ecs.running(self._world.settings.names.service)]
        for task in [one for one in self._open if one not in tasks]:
            self._close(task)
        missing = 0
        for task in tasks:
            kept = [one for one in self._open.get(task, []) if _is_alive(one)]
            self._open[task] = kept
            while len(kept) < size and not stop.is_set():
                try:
                    kept.append(self._connect(f"llmops-app/{task[:8]}"))
                except psycopg.OperationalError:
                    missing += size - len(kept)
                    break
        wanted = len(tasks) * size
        self.refused = missing / wanted if wanted else 0.0

    def _close(self, task: str) -> None:
        for connection in self._open.pop(task):
            connection.close()


class LiveProbe:
    """Reads the state of the stack as it is now."""

    def __init__(
        self, world: World, stack: Stack, database: Database | None, measured: Measured | None
    ) -> None:
        self._world = world
        self._stack = stack
        self._database = database
        self._sampler: Sampler | None = None
        self._pool: Pool | None = None
        self.connections: int | None = None
        self.database_bytes = 0
        if database is not None and measured is not None:
            connect = _application(world.settings, database)
            self._sampler = Sampler(world.settings, connect, measured, world.seed, world.clock.rate)
            self._pool = Pool(world, connect)

    def look(self) -> None:
        """Open the tasks' sessions, count them and the bytes, once; without a database nothing happens."""
        if self._database is not None and self._pool is not None:
            self._pool.fill(threading.Event())
            with self._database.connect(self._world.settings.names.database_name) as connection:
                self._count(connection, with_size=True)

    def start(self, stop: threading.Event) -> list[threading.Thread]:
        """Start the threads that hold sessions and measure; they end after `stop` is set."""
        runs = [one.run for one in (self._sampler, self._pool) if one is not None]
        if self._database is not None:
            runs.append(self._watch)
        threads = [threading.Thread(target=run, args=(stop,), daemon=True) for run in runs]
        for thread in threads:
            thread.start()
        return threads

    def state(self, at_s: float) -> State:
        """Return the state now; `at_s` is the second it is asked for, which is now or just past."""
        names, stack = self._world.settings.names, self._stack
        lookups, problem = self._sampler.read() if self._sampler else ({}, "connection refused")
        running = self._world.ecs.running(names.service)
        serving = self._world.ecs.serving(names.service)
        definition = running[0].definition if running else None
        return State(
            lookups=lookups,
            problem=problem,
            refused=self._pool.refused if self._pool else 0.0,
            connections=self.connections,
            database_bytes=self.database_bytes,
            streams=tuple(task.log_stream(names.container) for task in serving),
            tasks=len(running),
            unhealthy=0,
            vcpu=int(definition.cpu) / 1024 if definition else 0.25,
            memory_mib=float(definition.memory) if definition else 512.0,
            allocated_gib=float(stack.instance.allocated_storage),
        )

    def _watch(self, stop: threading.Event) -> None:
        """Count sessions and the database's size over a reserved superuser session."""
        assert self._database is not None  # noqa: S101 (start checks it)
        name = self._world.settings.names.database_name
        while not stop.is_set():
            try:
                with self._database.connect(name) as connection:
                    rounds = 0
                    while not stop.is_set():
                        self._count(connection, with_size=rounds % _SIZE_ROUNDS == 0)
                        rounds += 1
                        stop.wait(_COUNT_S)
            except psycopg.Error:
                self.connections = None
                if not self._database.is_running and self._stack.instance.status == "available":
                    self._stack.instance.status = "failed"
                stop.wait(_RETRY_S)

    def _count(self, connection: psycopg.Connection, with_size: bool) -> None:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND application_name <> 'cwtop-sandbox'"
        ).fetchone()
        self.connections = int(row[0]) if row else None
        if with_size:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            self.database_bytes = int(row[0]) if row else 0


def _application(settings: Settings, database: Database) -> Connect:
    def connect(name: str) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=database.port,
            user=settings.names.application,
            password=database.application_password,
            dbname=settings.names.database_name,
            application_name=name,
            autocommit=True,
            connect_timeout=5,
        )

    return connect


def _is_alive(connection: psycopg.Connection) -> bool:
    """An idle session has nothing to read; one that the server ended does."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        connection.close()
        return False
    return True
