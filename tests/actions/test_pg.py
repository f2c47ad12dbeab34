"""Changes of PostgreSQL, planned, applied, watched and taken back on the sandbox's real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tui.domain.errors import SourceError
from tui.domain.plan import State, Status
from tui.sandbox.launcher import Sandbox
from tui.sources.pgwrites import PostgresWriter, sql_of

pytestmark = pytest.mark.xdist_group("actions-pg")
TARGET = "prod-llmops-postgres"
TABLE = "public.pjt_bas"
INDEX = "idx_pjt_bas_cust_cd"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with (
        Sandbox.start("slow-query", speed=20) as sandbox,
        bench_of(sandbox, tmp_path_factory.mktemp("audit")) as found,
    ):
        if sandbox.database_url is None:
            pytest.skip("PostgreSQL could not be started here")
        yield found


def rows(bench: Bench, statement: str, *params: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(str(bench.sandbox.database_url), autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description else []


def definition(bench: Bench, name: str) -> str:
    found = rows(bench, "SELECT indexdef FROM pg_indexes WHERE indexname = %s", name)
    return str(found[0][0]) if found else ""


def test_an_index_is_built_measured_and_taken_back(bench: Bench) -> None:
    _, _, plan = bench.planned("db-create-index", TARGET, table=TABLE, columns="cust_cd")
    assert plan.changes[0].after == (
        'CREATE INDEX CONCURRENTLY "idx_pjt_bas_cust_cd" ON "public"."pjt_bas" USING "btree" ("cust_cd")'
    )
    outcome = bench.applied("db-create-index", TARGET, table=TABLE, columns="cust_cd")
    assert outcome.status is Status.DONE, outcome
    assert "ms before" in outcome.text
    assert "ms since" in outcome.text
    assert definition(bench, INDEX).endswith("USING btree (cust_cd)")
    again = bench.planned("db-create-index", TARGET, table=TABLE, columns="cust_cd")[2]
    assert again.is_blocked
    assert "serves these columns already" in again.reasons[0]
    undone = bench.undone(outcome.run)
    assert undone.status is Status.DONE, undone
    assert definition(bench, INDEX) == ""


def test_a_dropped_index_is_built_again_by_undo(bench: Bench) -> None:
    rows(bench, "CREATE INDEX spare ON pjt_bas (status_cd, reg_dt DESC) WHERE status_cd = 'OPEN'")
    before = definition(bench, "spare")
    outcome = bench.applied("db-drop-index", TARGET, index="public.spare")
    assert outcome.status is Status.DONE, outcome
    assert definition(bench, "spare") == ""
    assert bench.undone(outcome.run).status is Status.DONE
    assert definition(bench, "spare") == before
    rows(bench, "DROP INDEX spare")


def test_an_invalid_leftover_is_dropped_first(bench: Bench) -> None:
    # An index on what is not unique leaves its debris at once.
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows(bench, f"CREATE UNIQUE INDEX CONCURRENTLY {INDEX} ON pjt_bas (cust_cd)")
    _, _, plan = bench.planned("db-create-index", TARGET, table=TABLE, columns="cust_cd", name=INDEX)
    assert plan.steps[0].call.method == "drop_index"
    outcome = bench.applied("db-create-index", TARGET, table=TABLE, columns="cust_cd", name=INDEX)
    assert outcome.status is Status.DONE, outcome
    assert rows(bench, "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", INDEX) == [(True,)]
    assert bench.undone(outcome.run).status is Status.DONE


def test_a_build_that_waits_names_its_blocker_and_can_be_stopped(bench: Bench) -> None:
    seen: list[str] = []
    with psycopg.connect(str(bench.sandbox.database_url)) as writer:
        writer.execute("UPDATE pjt_bas SET nm = nm WHERE id = 1")
        action, reading, plan = bench.planned("db-create-index", TARGET, table=TABLE, columns="nm")
        runner = bench.runner()
        waits, outcomes = threading.Event(), []

        def tell(told: Any) -> None:
            seen.append(told.text)
            if f"session {writer.info.backend_pid}" in told.text:
                waits.set()

        runner._tell = tell
        thread = threading.Thread(target=lambda: outcomes.append(runner.apply(action, reading, plan)))
        thread.start()
        assert waits.wait(30), seen
        stops: list[Any] = []
        stopping = threading.Thread(target=lambda: stops.append(bench.applied("db-cancel-build", TARGET)))
        stopping.start()
        thread.join(30)
        # Also the drop of what is left waits for whoever may still use the table.
        writer.rollback()
        stopping.join(30)
    assert stops[0].status is Status.DONE, stops
    assert outcomes[0].status is Status.FAILED
    assert rows(bench, "SELECT 1 FROM pg_class WHERE relname = 'idx_pjt_bas_nm'") == []


def test_the_build_goes_on_when_nobody_watches(bench: Bench) -> None:
    # Another process's writer is killed in the middle; here the door of the watcher is another one anyway.
    outcome = bench.applied("db-create-index", TARGET, table="public.dp_bas", columns="pjt_id")
    run = bench.run(outcome.run)
    assert [one.state for one in run.steps] == ["verified"] * len(run.steps)
    log = [json.loads(line) for line in bench.log.path.read_text().splitlines()]
    assert bench.sandbox.database_url
    assert bench.sandbox.database_url not in json.dumps(log)
    assert bench.undone(outcome.run).status is Status.DONE


@pytest.mark.parametrize(
    ("action", "column"), [("db-analyze", "analyze_count"), ("db-vacuum", "vacuum_count")]
)
def test_a_table_is_maintained(bench: Bench, action: str, column: str) -> None:
    query = f"SELECT {column} FROM pg_stat_user_tables WHERE relname = 'mbr_bas'"
    before = rows(bench, query)[0][0]
    outcome = bench.applied(action, TARGET, table="public.mbr_bas")
    assert outcome.status is Status.DONE, outcome
    assert not outcome.can_undo
    assert rows(bench, query)[0][0] > before


def test_a_session_is_ended_and_a_statement_cancelled(bench: Bench) -> None:
    victim = psycopg.connect(str(bench.sandbox.database_url), autocommit=True, application_name="victim")
    failures: list[psycopg.Error] = []

    def sleep() -> None:
        try:
            victim.execute("SELECT pg_sleep(60)")
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=sleep)
    thread.start()
    pid = str(victim.info.backend_pid)
    active = (
        "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND query LIKE '%%pg_sleep%%'"
    )
    while not rows(bench, active, pid):
        thread.join(0.02)
    outcome = bench.applied("db-cancel", TARGET, pid=pid)
    thread.join(10)
    assert outcome.status is Status.DONE, outcome
    assert isinstance(failures[0], psycopg.errors.QueryCanceled)
    assert bench.planned("db-cancel", TARGET, pid=pid)[2].is_blocked
    assert bench.applied("db-terminate", TARGET, pid=pid).status is Status.DONE
    with pytest.raises(psycopg.OperationalError):
        victim.execute("SELECT 1")
    victim.close()


def test_a_number_that_was_used_again_is_not_hit(bench: Bench) -> None:
    victim = psycopg.connect(str(bench.sandbox.database_url), autocommit=True)
    try:
        writer = PostgresWriter(str(bench.sandbox.database_url))
        with pytest.raises(SourceError) as caught:
            writer.call("terminate_backend", {"pid": victim.info.backend_pid, "backend_start": 1.0})
        assert "gone" in caught.value.summary
        assert victim.execute("SELECT 1").fetchone() == (1,)
    finally:
        victim.close()


def test_the_counters_begin_anew(bench: Bench) -> None:
    assert bench.applied("db-reset-statements", TARGET).status is Status.DONE
    assert bench.planned("db-extension", TARGET)[2].is_blocked


HOSTILE = ['a"; DROP TABLE x; --', "주문", "we.ird", "a b", 'q"q', "%s", "{}"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_quoted_whatever_they_are(bench: Bench, name: str) -> None:
    doubled = name.replace('"', '""')
    text = sql_of("drop_index", {"schema": name, "name": name})
    assert text == f'DROP INDEX CONCURRENTLY IF EXISTS "{doubled}"."{doubled}"'
    rows(bench, f'CREATE TABLE "{doubled}" ("{doubled}" int)'.replace("%", "%%"))
    try:
        place = {"schema": "public", "table": name, "name": f"i{name}", "columns": [{"name": name}]}
        PostgresWriter(str(bench.sandbox.database_url)).call("create_index", place)
        found = rows(bench, "SELECT indisvalid FROM pg_index i JOIN pg_class c ON c.oid = indexrelid"
                            " WHERE c.relname = %s", f"i{name}")  # fmt: skip
        assert found == [(True,)]
    finally:
        rows(bench, f'DROP TABLE "{doubled}"'.replace("%", "%%"))


def test_what_is_not_owned_is_not_planned(bench: Bench, tmp_path: Path) -> None:
    url = str(bench.sandbox.database_url)
    rows(bench, "CREATE ROLE watcher LOGIN PASSWORD 'watcher'")
    rows(bench, "GRANT pg_monitor TO watcher")
    try:
        from dataclasses import replace

        from tui.sources.pgdoor import PostgresDoor

        host = url.split("@")[1]
        door = PostgresDoor(f"postgresql://watcher:watcher@{host}")
        context = replace(bench.door.context, pg=door)
        other = replace(bench, door=replace(bench.door, context=context))
        plan = other.planned("db-create-index", TARGET, table=TABLE, columns="cust_cd")[2]
        assert plan.is_blocked
        assert "does not own" in plan.reasons[0]
        assert "GRANT llmops_admin TO watcher" in plan.reasons[0]
        door.close()
    finally:
        rows(bench, "DROP ROLE watcher")


def test_a_failed_build_says_why(bench: Bench) -> None:
    from tui.actions.pg_watch import index

    params = {"schema": "public", "name": "nobody_built_it", "table_oid": 1}
    progress = index(bench.door.context, params)
    assert progress.state is State.FAILED
    assert "without an index" in progress.text
