"""PostgreSQL servers of the bench: the wheel's and Debian's, filled with tables, statements and sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from tui.sandbox.database import Database
from tui.sandbox.settings import Settings
from tui.sandbox.workspace import Workspace
from tui.sources.pgdoor import PostgresDoor

ROLE = "watcher"
"""What reads: a member of pg_monitor, whose statements are counted apart from everybody else's."""
_TEXT = "x" * 1960


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be started.

    Attributes:
        name: What the tables call it.
        binaries: Its programs; None for the wheel's.
        has_hypopg: Whether hypothetical indexes can be had.
    """

    name: str
    binaries: Path | None
    has_hypopg: bool = False


def servers() -> tuple[Server, ...]:
    """Return the servers of this machine, the wheel's first; one with hypopg is there with and without it."""
    found = [Server("wheel 18", None)]
    for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        major = path.parents[1].name
        found.append(Server(f"Debian {major}", path.parent))
        if Path(f"/usr/share/postgresql/{major}/extension/hypopg.control").exists():
            found.append(Server(f"Debian {major} + hypopg", path.parent, has_hypopg=True))
    return tuple(found)


@contextmanager
def running(server: Server, max_connections: int = 100, **settings: str) -> Iterator[Database]:
    """Start a server with pg_stat_statements and the role that reads.

    Args:
        server: Which.
        max_connections: Of the server.
        **settings: More settings that a reload puts in force.

    Raises:
        DatabaseError: It does not start.
    """
    workspace = Workspace()
    limits = replace(Settings.load().rds, log_sample_ms=-1, max_connections=max_connections)
    database = Database(workspace.path, limits, server.binaries)
    try:
        database.start()
        with database.connect() as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            if server.has_hypopg:
                connection.execute("CREATE EXTENSION hypopg")
            connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")
            connection.execute(f"GRANT pg_monitor TO {ROLE}")
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name.replace('__', '.')} = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield database
    finally:
        database.stop()
        workspace.remove()


def door(database: Database, *, is_superuser: bool = False) -> PostgresDoor:
    """Return a door to a server: the reading role's, or the superuser's."""
    if is_superuser:
        return PostgresDoor(database.url("postgres", database.password, "postgres"))
    return PostgresDoor(database.url(ROLE, ROLE, "postgres"))


def fill_tables(connection: psycopg.Connection, count: int) -> None:
    """Create tables with a primary key and another index each."""
    for start in range(0, count, 100):
        with connection.transaction():
            for number in range(start, min(count, start + 100)):
                connection.execute(
                    f"CREATE TABLE t{number} (id int PRIMARY KEY, a int, b text, c timestamptz)".encode()
                )
                connection.execute(f"CREATE INDEX ON t{number} (a, c DESC)".encode())
    connection.execute("VACUUM ANALYZE")


def fill_statements(connection: psycopg.Connection, count: int, tables: int) -> int:
    """Execute statements of some 2 kB each that differ; return how many pg_stat_statements holds."""
    shapes = ("a", "b", "c", "a, b", "a, c", "b, c", "a, b, c", "id, a")
    for number in range(count):
        shape, table = shapes[number // tables % len(shapes)], number % tables
        connection.execute(f"SELECT {shape} /* {number} {_TEXT} */ FROM t{table} WHERE id = 1".encode())
    row = connection.execute("SELECT count(*) FROM pg_stat_statements(false)").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def sessions(database: Database, count: int) -> Iterator[Sequence[psycopg.Connection]]:
    """Keep connections open, all idle."""
    with ExitStack() as stack:
        yield [stack.enter_context(database.connect(application=f"app-{n % 9}")) for n in range(count)]
