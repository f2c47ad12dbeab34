"""The one door to PostgreSQL, on the sandbox's real server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.sources.doubles import FakeClock
from tui.domain.errors import ErrorKind, SourceError
from tui.sandbox.database import Database, DatabaseError
from tui.sandbox.launcher import Sandbox
from tui.sandbox.settings import Settings
from tui.sandbox.workspace import Workspace
from tui.sources import pgdoor
from tui.sources.pgdoor import PostgresDoor, load_sql
from tui.sources.postgres import PostgresSource


@pytest.fixture
def source(sandbox: Sandbox) -> Iterator[PostgresSource]:
    if sandbox.database_url is None:
        pytest.skip("PostgreSQL could not be started here")
    found = PostgresSource(PostgresDoor(sandbox.database_url), "prod-llmops-postgres", FakeClock())
    yield found
    found._door.close()


def backend(source: PostgresSource) -> int:
    return int(source._door._connection.info.backend_pid)


def test_the_servers_settings_are_read(source: PostgresSource, sandbox: Sandbox) -> None:
    snapshot = source.fetch()
    with psycopg.connect(str(sandbox.database_url)) as connection:
        row = connection.execute("SHOW max_connections").fetchone()
    assert row is not None
    assert snapshot.max_connections == int(row[0])
    assert 0 < snapshot.reserved_connections < snapshot.max_connections
    assert snapshot.version[0].isdigit()
    assert snapshot.database == "prod-llmops-postgres"


def test_one_connection_is_kept_and_named_and_reads_only(source: PostgresSource) -> None:
    source.fetch()
    first = backend(source)
    source.fetch()
    assert backend(source) == first
    settings = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    names = ["application_name", "statement_timeout", "default_transaction_read_only"]
    rows = {row["name"]: row["setting"] for row in source._door._connection.execute(settings, (names,))}
    assert rows == {
        "application_name": "cwtop",
        "statement_timeout": "5000",
        "default_transaction_read_only": "on",
    }
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        source._door._connection.execute("CREATE TABLE nobody_wants_this (id int)")


def test_a_connection_that_was_ended_is_made_anew(source: PostgresSource, sandbox: Sandbox) -> None:
    source.fetch()
    first = backend(source)
    with psycopg.connect(str(sandbox.database_url), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (first,))
    assert source.fetch().max_connections > 0
    assert backend(source) != first


def test_a_wrong_password_is_told_without_it(sandbox: Sandbox) -> None:
    if sandbox.database_url is None:
        pytest.skip("PostgreSQL could not be started here")
    user, _, rest = sandbox.database_url.partition("@")
    url = f"{user.rsplit(':', 1)[0]}:Wr0ngSecret@{rest}"
    with pytest.raises(SourceError) as caught:
        PostgresSource(PostgresDoor(url), "db", FakeClock()).fetch()
    assert caught.value.kind is ErrorKind.EXPIRED_CREDENTIALS
    assert "Wr0ngSecret" not in caught.value.summary + caught.value.hint


def test_the_machines_libpq_variables_do_not_lead_elsewhere(
    source: PostgresSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.2")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    assert source.fetch().max_connections > 0
    assert source._door._connection.info.hostaddr == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://u:s3cret@127.0.0.1:1/x", ErrorKind.UNREACHABLE),
        ("postgresql://u:s3cr%zzet@127.0.0.1/x", ErrorKind.INVALID),
        ("nonsense s3cret", ErrorKind.INVALID),
    ],
)
def test_bad_addresses_are_told_without_the_password(url: str, kind: ErrorKind) -> None:
    with pytest.raises(SourceError) as caught:
        PostgresSource(PostgresDoor(url), "db", FakeClock()).fetch()
    assert caught.value.kind is kind
    assert "s3cr" not in caught.value.summary + caught.value.hint


def test_only_packaged_statements_are_run() -> None:
    assert load_sql("settings").lstrip().startswith("--")
    with pytest.raises(FileNotFoundError):
        load_sql("drop_everything")


def test_a_read_that_outlives_the_source_closes_its_connection(
    source: PostgresSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    connect = pgdoor._connect

    def late(*given: Any) -> Any:
        source._door.close()
        opened.append(connect(*given))
        return opened[-1]

    monkeypatch.setattr(pgdoor, "_connect", late)
    assert source._door.rows("settings")
    assert [one.closed for one in opened] == [True]


def test_a_server_that_is_stopped_is_given_up_and_found_again() -> None:
    workspace = Workspace()
    server = Database(workspace.path, Settings.load().rds)
    try:
        server.start()
    except DatabaseError as problem:
        workspace.remove()
        pytest.skip(str(problem))
    door = PostgresDoor(server.url("postgres", server.password, "postgres"), deadline_s=0.5)
    try:
        door.rows("settings")
        pid = door.backend_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(SourceError) as caught:
                door.rows("settings")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert caught.value.kind is ErrorKind.TIMEOUT
        assert "frozen" in caught.value.hint
        assert door.rows("settings")
        assert door.backend_pid != pid
    finally:
        door.close()
        server.stop()
        workspace.remove()
