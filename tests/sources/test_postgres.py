"""The one door to PostgreSQL, on the sandbox's real server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.sources.doubles import FakeClock
from tui.domain.errors import ErrorKind, SourceError
from tui.sandbox.launcher import Sandbox
from tui.sources import postgres
from tui.sources.postgres import PostgresSource, load_sql


@pytest.fixture
def source(sandbox: Sandbox) -> Iterator[PostgresSource]:
    if sandbox.database_url is None:
        pytest.skip("PostgreSQL could not be started here")
    found = PostgresSource(sandbox.database_url, "prod-llmops-postgres", FakeClock())
    yield found
    found.close()


def backend(source: PostgresSource) -> int:
    return int(source._connection.info.backend_pid)


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
    rows = {row["name"]: row["setting"] for row in source._connection.execute(settings, (names,))}
    assert rows == {
        "application_name": "cwtop",
        "statement_timeout": "5000",
        "default_transaction_read_only": "on",
    }
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        source._connection.execute("CREATE TABLE nobody_wants_this (id int)")


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
        PostgresSource(url, "db", FakeClock()).fetch()
    assert caught.value.kind is ErrorKind.EXPIRED_CREDENTIALS
    assert "Wr0ngSecret" not in caught.value.summary + caught.value.hint


def test_the_machines_libpq_variables_do_not_lead_elsewhere(
    source: PostgresSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.2")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    assert source.fetch().max_connections > 0
    assert source._connection.info.hostaddr == "127.0.0.1"


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
        PostgresSource(url, "db", FakeClock()).fetch()
    assert caught.value.kind is kind
    assert "s3cr" not in caught.value.summary + caught.value.hint


def test_only_packaged_statements_are_run() -> None:
    assert load_sql("settings").lstrip().startswith("--")
    with pytest.raises(FileNotFoundError):
        load_sql("drop_everything")


def test_a_read_that_outlives_the_source_closes_its_connection(
    source: PostgresSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[psycopg.Connection[object]] = []
    connect = postgres._connect

    def late(dsn: str) -> psycopg.Connection[object]:
        source.close()
        opened.append(connect(dsn))
        return opened[-1]

    monkeypatch.setattr(postgres, "_connect", late)
    assert source.run("settings")
    assert [one.closed for one in opened] == [True]
