"""What is read from PostgreSQL, on real servers of several versions."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from tests.pgkit import SERVERS, door, execute, server, session
from tests.sources.doubles import FakeClock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgadvice.candidates import Candidate
from tui.domain.pgadvice.inventory import Fault
from tui.domain.pgsessions import blocking_tree
from tui.pgadvice import advise
from tui.sandbox.database import Database
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgexplain import explain
from tui.sources.postgres import ActivitySource, StatementsSource, TablesSource

CLOCK = FakeClock()


@pytest.fixture(scope="module", params=SERVERS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with server(request.param) as found:
        execute(
            found,
            "CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, state text, note text)",
            "INSERT INTO orders SELECT g, g % 5000,"
            " CASE WHEN g % 9 = 0 THEN 'open' ELSE 'done' END, md5(g::text) FROM generate_series(1, 50000) g",
            "CREATE TABLE customers (id int PRIMARY KEY, region int, name text)",
            "INSERT INTO customers SELECT g, g % 7, md5(g::text) FROM generate_series(1, 5000) g",
            'CREATE SCHEMA "주문.a"',
            'CREATE TABLE "주문.a"."we""ird.name" ("a b" int, "열" text)',
            "VACUUM ANALYZE",
        )
        yield found


@pytest.fixture
def reader(database: Database) -> Iterator[PostgresDoor]:
    found = door(database)
    yield found
    found.close()


def test_the_server_says_what_it_is(reader: PostgresDoor, database: Database) -> None:
    about = reader.about()
    assert about.version == database.version().split(" ")[0]
    assert about.major == int(about.version.split(".")[0])
    assert (about.is_replica, about.is_preloaded, about.statements_schema) == (False, True, "public")


def test_a_chain_of_waiters_is_a_chain(reader: PostgresDoor, database: Database) -> None:
    holder, first, second = (session(database) for _ in range(3))
    threads = []
    try:
        holder.execute("UPDATE orders SET note = 'x' WHERE id = 1")

        def wait(connection: psycopg.Connection, statement: bytes) -> None:
            connection.execute(statement)

        def start(connection: psycopg.Connection, statement: bytes, blocked: int) -> None:
            thread = threading.Thread(target=wait, args=(connection, statement), daemon=True)
            thread.start()
            threads.append(thread)
            source = ActivitySource(reader, CLOCK)
            while sum(bool(one.blocked_by) for one in source.fetch().sessions) < blocked:
                thread.join(0.01)

        start(first, b"UPDATE orders SET note = 'y' WHERE id = 1", 1)
        start(second, b"ALTER TABLE orders ADD COLUMN IF NOT EXISTS extra int", 2)
        snapshot = ActivitySource(reader, CLOCK).fetch()
        tree = blocking_tree(snapshot)
        assert tree[0].pid == holder.info.backend_pid
        assert (tree[0].depth, tree[0].blocks) == (0, 2)
        assert {one.pid for one in tree[1:]} == {first.info.backend_pid, second.info.backend_pid}
        assert tree[0].session is not None
        assert tree[0].session.is_idle_in_transaction
        assert tree[0].longest_wait_s is not None
        assert tree[0].longest_wait_s >= 0
    finally:
        holder.rollback()
        for thread in threads:
            thread.join(10)
        for one in (holder, first, second):
            one.rollback()
            one.close()


def test_what_is_polled_waits_behind_no_lock(reader: PostgresDoor, database: Database) -> None:
    holder = session(database)
    try:
        holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        reader.run("SET statement_timeout = 1000")
        assert ActivitySource(reader, CLOCK).fetch().sessions
        assert StatementsSource(reader, CLOCK).fetch().statements
        tables = TablesSource(reader, CLOCK).fetch()
        assert {one.name for one in tables.tables} >= {"orders", "customers"}
        assert reader.rows("attributes")
        assert reader.rows("builds") == []
        with pytest.raises(SourceError) as caught:
            explain(reader, "SELECT * FROM orders WHERE customer = $1")
        assert caught.value.kind is ErrorKind.TIMEOUT
        assert "200 ms" in caught.value.summary
    finally:
        holder.rollback()
        holder.close()


def test_what_is_polled_takes_no_lock_that_is_stronger_than_access_share(
    reader: PostgresDoor, database: Database
) -> None:
    reader.run("BEGIN")
    try:
        for name in ("settings", "about", "activity", "statements", "tables", "indexes", "totals", "builds"):
            reader.rows(name)
        locks = reader.run(
            "SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'"
        )
        assert [one["mode"] for one in locks] == ["AccessShareLock"]
    finally:
        reader.run("ROLLBACK")


def test_statements_are_counted_and_told(reader: PostgresDoor, database: Database) -> None:
    source = StatementsSource(reader, CLOCK)
    execute(database, *["SELECT count(*) FROM customers WHERE region = 3"] * 5)
    found = source.fetch()
    texts = {one.key: found.texts.get(one.key[0], "") for one in found.statements}
    one = next(one for one in found.statements if "FROM customers WHERE region" in texts[one.key])
    assert one.calls >= 5
    assert one.mean_ms == pytest.approx(one.total_ms / one.calls)
    assert one.rows == one.calls


def test_statements_are_read_without_temporary_files(reader: PostgresDoor, database: Database) -> None:
    source = StatementsSource(reader, CLOCK)
    source.fetch()
    before = TablesSource(reader, CLOCK).fetch().totals.temp_bytes
    for _ in range(3):
        source.fetch()
    assert TablesSource(reader, CLOCK).fetch().totals.temp_bytes == before


def test_without_the_extension_it_is_said_and_the_action_named(database: Database) -> None:
    execute(database, "CREATE DATABASE bare")
    other = door(database, name="bare")
    try:
        found = StatementsSource(other, CLOCK).fetch()
    finally:
        other.close()
    assert found.action == "db-extension"
    assert "not created in database bare" in found.problem


def test_names_come_as_they_are(reader: PostgresDoor) -> None:
    tables = {(one.schema, one.name) for one in TablesSource(reader, CLOCK).fetch().tables}
    assert ("주문.a", 'we"ird.name') in tables


def test_a_role_that_sees_little_is_told_so(database: Database) -> None:
    execute(database, "CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    other, busy = door(database, "stranger"), session(database)
    try:
        busy.execute("SELECT 1")
        assert ActivitySource(other, CLOCK).fetch().is_partial
        with pytest.raises(SourceError) as caught:
            explain(other, "SELECT * FROM orders WHERE customer = $1")
        assert caught.value.kind is ErrorKind.ACCESS_DENIED
    finally:
        busy.rollback()
        busy.close()
        other.close()
        execute(database, "DROP ROLE stranger")


def test_bytes_that_are_no_utf8_are_shown_as_such(database: Database) -> None:
    execute(database, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    execute(database, "CREATE EXTENSION pg_stat_statements", name="bytes")
    with database.connect("bytes") as connection:
        connection.pgconn.exec_(b"SELECT '\xff\xfe' AS \"\xff\"")
    other = door(database, name="bytes")
    try:
        found = StatementsSource(other, CLOCK).fetch()
        assert any("\ufffd" in text for text in found.texts.values())
    finally:
        other.close()


def test_a_plan_executes_nothing_and_takes_no_second_statement(reader: PostgresDoor) -> None:
    plan = "\n".join(explain(reader, "SELECT * FROM orders WHERE customer = $1 AND state = $2"))
    assert "Seq Scan on orders" in plan
    with pytest.raises(SourceError):
        explain(reader, "SELECT 1; DROP TABLE orders")
    with pytest.raises(SourceError) as caught:
        explain(reader, "VACUUM orders")
    assert "no plan" in caught.value.summary
    assert explain(reader, "DELETE FROM orders WHERE id = $1")
    assert TablesSource(reader, CLOCK).fetch().tables[0].rows == 50_000


def missing(database: Database, *statements: str) -> list[Candidate]:
    """Execute statements some times, then ask for advice."""
    with database.connect() as connection:
        connection.execute("SELECT pg_stat_statements_reset()")
        for one in statements:
            for number in range(6):
                connection.execute(one.encode(), (number,))
    other = door(database)
    try:
        statements_now = StatementsSource(other, CLOCK).fetch()
        return list(advise(other, statements_now, TablesSource(other, CLOCK).fetch()).missing)
    finally:
        other.close()


def test_a_missing_index_is_found_and_proven(database: Database) -> None:
    found = missing(database, "SELECT * FROM orders WHERE customer = %s AND state = 'open'")
    assert [(one.table.name, one.names[0]) for one in found] == [("orders", "customer")]
    assert found[0].proof in ("plan", "hypothetical index")
    assert found[0].cost_after is not None
    assert found[0].cost_before is not None
    assert found[0].cost_after < found[0].cost_before / 10


def test_what_would_not_help_is_not_proposed(database: Database) -> None:
    assert missing(database, "SELECT * FROM orders WHERE id = %s") == []
    assert missing(database, "SELECT count(*) FROM orders WHERE state = 'done' AND length(note) > %s") == []


def test_indexes_that_are_there_for_nothing(database: Database, reader: PostgresDoor) -> None:
    execute(
        database,
        "CREATE INDEX first ON orders (customer, state)",
        "CREATE INDEX same ON orders (customer, state)",
        "CREATE INDEX covered ON orders (customer)",
        "CREATE INDEX other ON orders (customer) WHERE state = 'open'",
    )
    try:
        tables = TablesSource(reader, CLOCK).fetch()
        found = advise(reader, StatementsSource(reader, CLOCK).fetch(), tables).needless
        assert {(one.index.name, one.fault) for one in found} == {
            ("same", Fault.IDENTICAL),
            ("covered", Fault.COVERED),
        }
    finally:
        execute(database, "DROP INDEX first, same, covered, other")
