"""What can be wrong with a PostgreSQL server or with what it holds, on real servers of several versions."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.pgkit import SERVERS, door, execute, server
from tests.sources.doubles import FakeClock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgadvice.predicates import lookups
from tui.pgadvice import advise
from tui.sandbox.database import Database
from tui.sources.pgdoor import _VERSIONED, PostgresDoor, _file_of, load_sql
from tui.sources.pgexplain import explain
from tui.sources.postgres import MOST_TEXT, StatementsSource, TablesSource, read_only_reason

CLOCK = FakeClock()


@pytest.fixture(scope="module", params=SERVERS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with server(request.param) as found:
        yield found


def refused(url: str) -> SourceError:
    other = PostgresDoor(url)
    with pytest.raises(SourceError) as caught:
        other.rows("settings")
    other.close()
    return caught.value


def test_a_database_that_is_not_there_is_named(database: Database) -> None:
    error = refused(database.url("watcher", "watcher", "nowhere"))
    assert error.kind is ErrorKind.NOT_FOUND
    assert '"nowhere" does not exist' in error.summary
    assert "database_url" in error.hint


def test_a_server_without_tls_is_told_where_tls_is_demanded(database: Database) -> None:
    error = refused(database.url("watcher", "watcher", "postgres") + "?sslmode=require")
    assert error.kind is ErrorKind.UNREACHABLE
    assert "does not support SSL" in error.summary
    assert "sslmode" in error.hint


def test_a_certificate_that_nobody_known_signed_is_told(database: Database) -> None:
    folder = Path(database_folder(database))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x"]
    command += ["-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")]
    if (
        shutil.which("openssl") is None
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip("no openssl")
    owner = folder.stat()
    for name in ("server.key", "server.crt"):
        os.chown(folder / name, owner.st_uid, owner.st_gid)
        (folder / name).chmod(0o600)
    try:
        execute(database, "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
    except psycopg.Error as problem:
        pytest.skip(str(problem))
    url = database.url("watcher", "watcher", "postgres")
    try:
        for _ in range(100):
            reader = PostgresDoor(url + "?sslmode=require")
            with contextlib.closing(reader), contextlib.suppress(SourceError):
                reader.rows("settings")
                break
        else:
            pytest.skip("this server has no TLS")
        error = refused(url + "?sslmode=verify-full&sslrootcert=system")
    finally:
        execute(database, "ALTER SYSTEM SET ssl = off", "SELECT pg_reload_conf()")
    assert error.kind is ErrorKind.UNREACHABLE
    assert "certificate verify failed" in error.summary
    assert "sslrootcert" in error.hint


def database_folder(database: Database) -> str:
    with database.connect() as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return str(row[0])


def test_a_server_without_a_free_slot_is_told_with_what_to_do(database: Database) -> None:
    with ExitStack() as stack:
        url = database.url("watcher", "watcher", "postgres")
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                stack.enter_context(psycopg.connect(url))
        error = refused(url)
    assert error.kind is ErrorKind.UNREACHABLE
    assert "no free connection slot" in error.summary
    assert "idle sessions" in error.hint


def test_a_statement_of_a_megabyte_is_read_bounded_and_not_parsed(database: Database) -> None:
    execute(database, "CREATE TABLE IF NOT EXISTS long (id int)")
    text = "SELECT id FROM long WHERE id = 1 /* " + "x" * (MOST_TEXT + 100_000) + " */ AND id = 2"
    execute(database, text, *["SELECT 1"] * 3)
    reader = door(database, user="postgres")
    try:
        found = StatementsSource(reader, CLOCK).fetch()
        longest = max(found.texts.values(), key=len)
        assert MOST_TEXT - 1000 < len(longest) <= MOST_TEXT + 1
        assert lookups(longest, {}) == ()
        assert advise(reader, found, TablesSource(reader, CLOCK).fetch()).missing == ()
        with pytest.raises(SourceError):
            explain(reader, longest)
        assert reader.rows("settings")
    finally:
        reader.close()


def test_a_replica_says_that_nothing_can_be_changed(database: Database) -> None:
    execute(database, "CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    options = "?options=-c%20search_path%3Dpublic%2Cpg_catalog"
    other = PostgresDoor(database.url("watcher", "watcher", "postgres") + options)
    try:
        about = other.about()
        assert about.is_replica
        assert "primary" in read_only_reason(about)
    finally:
        other.close()
        execute(database, "DROP FUNCTION public.pg_is_in_recovery()")


# ---------------------------------------------------------------- columns by version

_OLD = """userid dbid queryid query calls rows shared_blks_hit shared_blks_read shared_blks_dirtied
    shared_blks_written local_blks_hit local_blks_read local_blks_dirtied local_blks_written temp_blks_read
    temp_blks_written"""
_PLAN = "plans total_plan_time min_plan_time max_plan_time mean_plan_time stddev_plan_time"
_EXEC = "total_exec_time min_exec_time max_exec_time mean_exec_time stddev_exec_time"
_WAL = "wal_records wal_fpi wal_bytes"
_TEMP_TIMES = "temp_blk_read_time temp_blk_write_time"
_NEW = "shared_blk_read_time shared_blk_write_time local_blk_read_time local_blk_write_time stats_since"
COLUMNS: Mapping[str, str] = {
    "1.7": f"{_OLD} total_time min_time max_time mean_time stddev_time blk_read_time blk_write_time",
    "1.8": f"{_OLD} {_PLAN} {_EXEC} {_WAL} blk_read_time blk_write_time",
    "1.9": f"{_OLD} {_PLAN} {_EXEC} {_WAL} blk_read_time blk_write_time toplevel",
    "1.10": f"{_OLD} {_PLAN} {_EXEC} {_WAL} blk_read_time blk_write_time toplevel {_TEMP_TIMES}",
    "1.11": f"{_OLD} {_PLAN} {_EXEC} {_WAL} toplevel {_TEMP_TIMES} {_NEW} minmax_stats_since",
    "1.12": f"{_OLD} {_PLAN} {_EXEC} {_WAL} toplevel {_TEMP_TIMES} {_NEW} minmax_stats_since"
    " wal_buffers_full parallel_workers_to_launch parallel_workers_launched",
}
"""Of the view, by the extension's version: 12 has 1.7, 13 1.8, 14 1.9, 15 and 16 1.10, 17 1.11, 18 1.12."""


@pytest.mark.parametrize("version", COLUMNS)
def test_the_columns_of_each_version_of_the_extension_are_there(version: str, database: Database) -> None:
    reader = door(database)
    try:
        about = replace(reader.about(), statements_columns=frozenset(COLUMNS[version].split()))
    finally:
        reader.close()
    statement = load_sql(_file_of("statements", about))
    used = set(re.findall(r"\bs\.(\w+)", statement))
    assert "queryid" in used
    assert used <= about.statements_columns


@pytest.mark.parametrize(
    ("column", "since", "file"),
    [
        ("query_id", 14, "activity"), ("waitstart", 14, "activity"),
        ("pg_stat_get_lastscan", 16, "tables"), ("pg_stat_get_lastscan", 16, "indexes"),
    ],
)  # fmt: skip
def test_what_only_some_servers_have_is_read_from_those_only(
    column: str, since: int, file: str, database: Database
) -> None:
    reader = door(database)
    try:
        about = reader.about()
    finally:
        reader.close()
    for major in range(12, 19):
        text = load_sql(_file_of(file, replace(about, version_num=major * 10_000)))
        words = re.sub(rf"AS {column}\b", "", text)
        assert (re.search(rf"\b{column}\b", words) is not None) == (major >= since), major


@pytest.mark.parametrize("major", range(12, 19))
def test_every_packaged_read_that_this_server_can_run_runs(major: int, database: Database) -> None:
    reader = door(database)
    try:
        if major > reader.about().major:
            pytest.skip("a newer server's read")
        for name, versions in _VERSIONED.items():
            least = max(one for one in versions if one <= major)
            assert reader.run(load_sql(f"{name}-{least}"), name=name) is not None
    finally:
        reader.close()
