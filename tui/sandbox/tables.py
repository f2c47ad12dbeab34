"""The application's tables in the sandbox's PostgreSQL: made, filled, indexed, and looked up with a watch."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tui.sandbox.database import Database
from tui.sandbox.rundelay import RunDelay
from tui.sandbox.settings import Names, Table

_CALM_BURSTS = 12
_SLOW_BURSTS = 5
_WARM_UP = 5
_BURST = (2, 9)
_BURST_MS = 6.0
_LEAST_MS = 0.005


@dataclass(frozen=True, slots=True)
class LookupTime:
    """The time that one look-up takes, milliseconds."""

    typical_ms: float
    """The median: a look-up that waited for the machine to do something else does not count."""
    deviation_ms: float
    samples: tuple[float, ...] = ()
    """The measured times that this is made of, oldest first."""

    @classmethod
    def of(cls, times_ms: Sequence[float]) -> LookupTime:
        """Summarise measured times; raises ValueError when there are none."""
        if not times_ms:
            raise ValueError("no look-up was measured")
        typical = statistics.median(times_ms)
        spread = statistics.fmean(abs(one - typical) for one in times_ms)
        return cls(typical, spread, tuple(times_ms))


@dataclass(frozen=True, slots=True)
class Measured:
    """Look-up times found while the tables were made, per table."""

    with_index: dict[str, LookupTime]
    now: dict[str, LookupTime]


def lookup_statement(table: Table) -> str:
    """Return the look-up as the application writes it, with `$1` as the logs show it."""
    return f"SELECT id, nm, status_cd FROM {table.name} WHERE {table.column} = $1 ORDER BY id LIMIT 20"  # noqa: S608


def lookup(connection: psycopg.Connection, table: Table, number: int) -> float:
    """Make one look-up of the `number`-th key and return its time in milliseconds.

    Raises:
        psycopg.Error: The look-up failed.
    """
    statement = sql.SQL("SELECT id, nm, status_cd FROM {} WHERE {} = %s ORDER BY id LIMIT 20").format(
        sql.Identifier(table.name), sql.Identifier(table.column)
    )
    started = time.perf_counter()
    connection.execute(statement, (_key(number % table.keys),)).fetchall()
    return (time.perf_counter() - started) * 1000


def create(database: Database, names: Names, tables: Sequence[Table]) -> None:
    """Create the roles, the database and the filled, indexed tables.

    Raises:
        psycopg.Error: A statement failed.
    """
    _roles(database, names)
    problems: deque[psycopg.Error] = deque()

    def make(table: Table) -> None:
        try:
            _make(database, names, table)
        except psycopg.Error as problem:
            problems.append(problem)

    threads = [threading.Thread(target=make, args=(table,)) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def measure(database: Database, names: Names, tables: Sequence[Table], missing: Sequence[str]) -> Measured:
    """Measure look-ups with all indexes, drop those of the tables in `missing`, and measure again.

    Call it when nothing else keeps the machine busy: the history is made of these times, and must go
    over into the present without a jump.

    Raises:
        psycopg.Error: A statement failed.
    """
    with_index: dict[str, LookupTime] = {}
    now: dict[str, LookupTime] = {}
    with database.connect(names.database_name) as connection:
        for table in tables:
            with_index[table.name] = now[table.name] = _times(connection, table, _CALM_BURSTS)
            if table.name in missing:
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(table.index)))
                now[table.name] = _times(connection, table, _SLOW_BURSTS)
        # What filled and measured the tables is no load of the application.
        connection.execute("SELECT pg_stat_statements_reset()")
    return Measured(with_index, now)


def burst(connection: psycopg.Connection, table: Table, numbers: Iterator[int]) -> float:
    """Return the time of the quickest of a few look-ups in a row, milliseconds.

    Processes that slept are slow to wake, and on a busy machine each look-up may wait for a processor. That
    is taken off: other programs are no part of the stack. Where look-ups are slow anyway, two are enough.

    Raises:
        psycopg.Error: A look-up failed.
    """
    times: list[float] = []
    fewest, most = _BURST
    with RunDelay(connection.info.backend_pid) as delay:
        while len(times) < fewest or (sum(times) < _BURST_MS and len(times) < most):
            before = delay.ms()
            took = lookup(connection, table, next(numbers))
            times.append(max(_LEAST_MS, took - (delay.ms() - before)))
    return min(times)


def _times(connection: psycopg.Connection, table: Table, count: int) -> LookupTime:
    numbers = itertools.count(step=41)
    for _ in range(min(_WARM_UP, count // 2)):
        lookup(connection, table, next(numbers))
    return LookupTime.of([burst(connection, table, numbers) for _ in range(count)])


def _key(number: int) -> str:
    return f"K{number:08d}"


def _roles(database: Database, names: Names) -> None:
    # Like rds_superuser: sees and may end all sessions, owns the tables, is no superuser.
    passwords = {names.owner: database.owner_password, names.application: database.application_password}
    owner, application = sql.Identifier(names.owner), sql.Identifier(names.application)
    with database.connect() as connection:
        for role, password in passwords.items():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
        connection.execute(sql.SQL("ALTER ROLE {} CREATEDB CREATEROLE").format(owner))
        connection.execute(
            sql.SQL("GRANT pg_monitor, pg_signal_backend, pg_read_all_data, pg_maintain TO {}").format(owner)
        )
        connection.execute(sql.SQL("GRANT {} TO {}").format(application, owner))
        name = sql.Identifier(names.database_name)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} STRATEGY FILE_COPY").format(name, owner))
    with database.connect(names.database_name) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {}").format(owner))


def _make(database: Database, names: Names, table: Table) -> None:
    name, column = sql.Identifier(table.name), sql.Identifier(table.column)
    index = sql.Identifier(table.index)
    with database.connect(names.database_name) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(names.owner)))
        with connection.transaction():
            # Filled in the transaction that makes it: with wal_level minimal nothing is logged.
            connection.execute(
                sql.SQL(
                    "CREATE TABLE {} (id integer GENERATED BY DEFAULT AS IDENTITY, {} text NOT NULL,"
                    " nm text NOT NULL, status_cd text NOT NULL, reg_dt timestamptz NOT NULL)"
                ).format(name, column)
            )
            connection.execute(
                sql.SQL(
                    "INSERT INTO {} SELECT g, 'K' || lpad(((g::bigint * 7919) % {})::text, 8, '0'),"
                    " md5(g::text),"
                    " CASE WHEN g % 7 = 0 THEN 'CLOSED' ELSE 'OPEN' END, now() - g * interval '1 minute'"
                    " FROM generate_series(1, {}) g"
                ).format(name, sql.Literal(table.keys), sql.Literal(table.rows))
            )
            connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (id)").format(name))
        connection.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), {})").format(
                sql.Literal(table.name), sql.Literal(table.rows)
            )
        )
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(name))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(
                name, sql.Identifier(names.application)
            )
        )
        connection.execute(sql.SQL("CREATE INDEX {} ON {} ({})").format(index, name, column))
