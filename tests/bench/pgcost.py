"""What reading costs a server of 1,000 tables, 5,000 statements and 300 sessions; beside pg_activity."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests.bench import console, peers, pgbed
from tests.bench.results import Row, median
from tests.bench.terminal import Terminal
from tui.domain.clock import Clock
from tui.domain.errors import SourceError
from tui.domain.pghistory import StatementHistory, WaitHistory
from tui.sandbox.database import Database
from tui.sources.pgdoor import ON_DEMAND_LOCK_MS, PostgresDoor
from tui.sources.pgexplain import explain
from tui.sources.postgres import ActivitySource, PostgresSource, StatementsSource, TablesSource

NAME = "pgcost"
_TABLES, _STATEMENTS, _SESSIONS = 1_000, 5_000, 300
_POLLS = 30
_INTERVAL_S = 2.0
"""What pg_activity waits between two readings unless told otherwise."""
_CADENCES = {"settings": 60.0, "activity": 1.0, "statements": 5.0, "tables and indexes": 15.0}
"""Seconds between two readings while the database screen is open (tui.dbboard.LIVE)."""
_STATEMENTS_MS, _REFRESH_MS, _NO_WAIT_MS = 8.0, 20.0, 1000.0
_LATE_MS = 100.0
"""What a read on demand may take over its patience: the way there and back on a busy machine."""
_SPENT = (
    "SELECT sum(total_exec_time + total_plan_time), sum(temp_blks_written), sum(calls)"
    " FROM pg_stat_statements(false) WHERE userid = (SELECT oid FROM pg_roles WHERE rolname = %s)"
)


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Read four times as often.
    """
    for server in pgbed.servers():
        if not server.has_hypopg:
            yield from _on(server, _POLLS * (4 if long else 1))


def _on(server: pgbed.Server, polls: int) -> Iterator[Row]:
    # What planning takes is the server's time too.
    with (
        pgbed.running(server, _SESSIONS + 40, pg_stat_statements__track_planning="on") as database,
        database.connect() as watcher,
    ):
        pgbed.fill_tables(watcher, _TABLES)
        held = pgbed.fill_statements(watcher, _STATEMENTS + 300, _TABLES)
        with pgbed.sessions(database, _SESSIONS):
            gauge = _Gauge(watcher)
            for row in _polls(gauge, database, polls, held):
                yield _named(server, row)
            for row in (_strongest(database), *_behind_a_lock(database)):
                yield _named(server, row)
            for row in _beside_pg_activity(gauge, database, polls):
                yield _named(server, row)


def _named(server: pgbed.Server, row: Row) -> Row:
    return Row(f"{server.name}: {row.what}", row.seen, row.limit, row.unit, row.peer, row.note, row.is_exact)


# ---------------------------------------------------------------- our reads


@dataclass(frozen=True, slots=True)
class _Spent:
    """What some work cost the server.

    Attributes:
        counted_ms: Planning and execution, as pg_stat_statements counts them: with waits for the client.
        cpu_ms: Processor time of the server's process.
        temp_blocks: Written to temporary files.
    """

    counted_ms: float
    cpu_ms: float
    temp_blocks: int


class _Gauge:
    """Tells what the reading role's statements cost, from another session.

    Attributes:
        a_second: Server's processor time, ms, that our reads cost a second at the screen's cadences.
    """

    def __init__(self, watcher: psycopg.Connection) -> None:
        self._watcher = watcher
        self.a_second = 0.0

    def counted(self) -> tuple[float, int, int]:
        """Return milliseconds, temporary blocks and calls of all statements of the reading role."""
        row = self._watcher.execute(_SPENT, (pgbed.ROLE,)).fetchone()
        return (float(row[0] or 0), int(row[1] or 0), int(row[2] or 0)) if row else (0.0, 0, 0)

    def spent(self, work: Callable[[], object], pid: int) -> _Spent:
        """Return what some work on a server process costs."""
        before, cpu = self.counted(), cpu_ms(pid)
        work()
        cpu = cpu_ms(pid) - cpu
        after = self.counted()
        return _Spent(after[0] - before[0], cpu, after[1] - before[1])

    def backend(self, application: str) -> int:
        """Return the server process of a client."""
        row = self._watcher.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s", (application,)
        ).fetchone()
        return int(row[0]) if row else 0


def cpu_ms(pid: int) -> float:
    """Return the processor time of a process, milliseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _reads(door: PostgresDoor) -> dict[str, Callable[[], object]]:
    clock = Clock()
    statements, waits = StatementHistory(), WaitHistory()
    counters, activity = StatementsSource(door, clock), ActivitySource(door, clock)
    return {
        "settings": PostgresSource(door, "", clock).fetch,
        "activity": lambda: waits.take(activity.fetch()),
        "statements": lambda: statements.take(counters.fetch()),
        "tables and indexes": TablesSource(door, clock).fetch,
    }


def _polls(gauge: _Gauge, database: Database, polls: int, held: int) -> Iterator[Row]:
    door = pgbed.door(database)
    reads = _reads(door)
    for work in reads.values():
        # The texts of the first statements, and what indexes are made of, are read once.
        work()
    found: dict[str, list[_Spent]] = {name: [] for name in reads}
    for _ in range(polls):
        for name, work in reads.items():
            found[name].append(gauge.spent(work, door.backend_pid or 0))
    for name, spent in found.items():
        counted, cpu = [one.counted_ms for one in spent], [one.cpu_ms for one in spent]
        note = f"counted {median(counted):.2f}, least {min(counted):.2f} ms; {len(spent)} polls"
        if name == "statements":
            note += f" of {held:,} entries"
        limit = _STATEMENTS_MS if name == "statements" else None
        yield Row(f"{name}, server time a poll", median(cpu), limit, "ms", note=note)
    blocks = sum(one.temp_blocks for one in found["statements"])
    yield Row("statements, temporary blocks", blocks, 0.0, note=f"{polls} polls", is_exact=True)
    rounds = [sum(one.counted_ms for one in turn) for turn in zip(*found.values(), strict=True)]
    cpu = [sum(one.cpu_ms for one in turn) for turn in zip(*found.values(), strict=True)]
    note = (
        f"{_TABLES:,} tables, {_SESSIONS} sessions; counted {median(rounds):.1f}, least {min(rounds):.1f} ms"
    )
    yield Row("all polled reads, server time", median(cpu), _REFRESH_MS, "ms", note=note)
    gauge.a_second = sum(
        median([one.cpu_ms for one in spent]) / _CADENCES[name] for name, spent in found.items()
    )
    parts = [gauge.spent(lambda: door.rows("indexparts"), door.backend_pid or 0) for _ in range(5)]
    yield Row(
        "what indexes are made of, server time", median([one.cpu_ms for one in parts]), None, "ms",
        note="once a minute, and where there are other indexes",
    )  # fmt: skip
    door.close()


def _strongest(database: Database) -> Row:
    door = pgbed.door(database)
    door.run("BEGIN")
    for work in _reads(door).values():
        work()
    modes = door.run(
        "SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"
    )
    door.run("ROLLBACK")
    door.close()
    others = sorted({str(one["mode"]) for one in modes} - {"AccessShareLock"})
    note = "; ".join(others) or "AccessShare only"
    return Row("lock modes beside AccessShare", len(others), 0.0, note=note, is_exact=True)


def _behind_a_lock(database: Database) -> Iterator[Row]:
    door, owner = pgbed.door(database), pgbed.door(database, is_superuser=True)
    reads = _reads(door)
    with database.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE t1, t2, t3 IN ACCESS EXCLUSIVE MODE")
        slowest, name = max((_took_ms(work), name) for name, work in reads.items())
        yield Row(
            "longest polled read behind ACCESS EXCLUSIVE", slowest, _NO_WAIT_MS, "ms",
            note=f"{name}, the first reading included, to the answer",
        )  # fmt: skip
        owner.about()
        said = ""
        began = time.perf_counter()
        try:
            explain(owner, "SELECT * FROM t1 WHERE a = $1")
        except SourceError as error:
            said = error.summary
        took = (time.perf_counter() - began) * 1000
    yield Row("a plan gives up behind it", took, ON_DEMAND_LOCK_MS + _LATE_MS, "ms", note=said)
    door.close()
    owner.close()


def _took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


# ---------------------------------------------------------------- beside pg_activity


def _beside_pg_activity(gauge: _Gauge, database: Database, polls: int) -> Iterator[Row]:
    """Read at the same interval, one after the other: ours without a screen, and theirs."""
    rounds = max(5, polls // 3)
    ours = _ours(gauge, database, rounds)
    path, problem = peers.find(peers.PG_ACTIVITY)
    theirs = None if problem else _theirs(gauge, database, rounds, path)
    for what, place, unit in (
        ("server time a refresh, with waits", 0, "ms"),
        ("server time a refresh", 1, "ms"),
        ("client's processor", 2, "% core"),
    ):
        note = problem or f"pg_activity, every {_INTERVAL_S:.0f} s, {rounds} refreshes"
        peer = theirs[place] if theirs is not None else None
        yield Row(f"beside pg_activity: {what}", ours[place], None, unit, peer, note)
    peer = theirs[1] / _INTERVAL_S if theirs is not None else None
    note = "ours at the screen's cadences: activity 1 s, statements 5 s, tables 15 s; pg_activity 2 s"
    yield Row("beside pg_activity: server time a second", gauge.a_second, None, "ms", peer, problem or note)


def _ours(gauge: _Gauge, database: Database, rounds: int) -> tuple[float, float, float]:
    door = pgbed.door(database)
    reads = _reads(door)
    used = 0.0

    def once() -> None:
        nonlocal used
        began = time.thread_time()
        for work in reads.values():
            work()
        used += time.thread_time() - began

    once()
    spent, used = [], 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        spent.append(gauge.spent(once, door.backend_pid or 0))
        time.sleep(max(0.0, _INTERVAL_S - (time.perf_counter() - began)))
    door.close()
    counted, cpu = sum(one.counted_ms for one in spent), sum(one.cpu_ms for one in spent)
    return counted / rounds, cpu / rounds, 100 * used / (rounds * _INTERVAL_S)


def _theirs(gauge: _Gauge, database: Database, rounds: int, path: str) -> tuple[float, float, float]:
    address = database.url(pgbed.ROLE, pgbed.ROLE, "postgres")
    command = [path, "--refresh", str(int(_INTERVAL_S)), address]
    with Terminal(command, console.environment()) as terminal:
        terminal.wait(lambda text: peers.PG_ACTIVITY.live in text)
        time.sleep(2 * _INTERVAL_S)
        pid = gauge.backend("pg_activity")
        process = psutil.Process(terminal.process.pid)
        used, before, cpu = sum(process.cpu_times()[:2]), gauge.counted(), cpu_ms(pid)
        time.sleep(rounds * _INTERVAL_S)
        used, after, cpu = sum(process.cpu_times()[:2]) - used, gauge.counted(), cpu_ms(pid) - cpu
    return (after[0] - before[0]) / rounds, cpu / rounds, 100 * used / (rounds * _INTERVAL_S)
