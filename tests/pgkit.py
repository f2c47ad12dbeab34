"""Real PostgreSQL servers for the tests: the wheel's, and those of Debian that are installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tui.sandbox.database import Database, DatabaseError
from tui.sandbox.settings import Settings
from tui.sandbox.workspace import Workspace
from tui.sources.pgdoor import PostgresDoor

WHEEL = "wheel"
DEBIAN = sorted(str(one.parent) for one in Path("/usr/lib/postgresql").glob("*/bin/postgres"))
SERVERS = (WHEEL, *DEBIAN)
"""Names of the servers that a test can be run on."""


@contextmanager
def server(name: str) -> Iterator[Database]:
    """Start a server of its own; the test is skipped where it cannot start."""
    workspace = Workspace()
    binaries = None if name == WHEEL else Path(name)
    database = Database(workspace.path, replace(Settings.load().rds, log_sample_ms=-1), binaries)
    try:
        database.start()
    except DatabaseError as problem:
        workspace.remove()
        pytest.skip(str(problem))
    try:
        with database.connect() as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            connection.execute("CREATE ROLE watcher LOGIN PASSWORD 'watcher'")
            connection.execute("GRANT pg_monitor TO watcher")
        yield database
    finally:
        database.stop()
        workspace.remove()


def door(database: Database, user: str = "postgres", name: str = "postgres") -> PostgresDoor:
    """Return a door to a server."""
    password = database.password if user == "postgres" else user
    return PostgresDoor(database.url(user, password, name))


def execute(database: Database, *statements: str, name: str = "postgres") -> None:
    """Execute statements as the superuser."""
    with database.connect(name) as connection:
        for one in statements:
            connection.execute(one.encode())


def session(database: Database, name: str = "postgres", application: str = "app") -> psycopg.Connection:
    """Open another session, not in autocommit mode."""
    opened = database.connect(name, application)
    opened.autocommit = False
    return opened
