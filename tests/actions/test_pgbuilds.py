"""Index builds that meet a deadlock, a full disk, or the end of whoever asked, on real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from tests.pgkit import SERVERS, door, execute, server, session
from tui.actions import pg_watch
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Progress, State
from tui.sandbox.database import Database
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgwrites import PostgresWriter, job

PLACE = {"schema": "public", "table": "parts", "name": "parts_kind", "columns": [{"name": "kind"}]}


@pytest.fixture(scope="module", params=SERVERS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with server(request.param) as found:
        execute(
            found,
            # Long enough for the other side to begin to wait first.
            "ALTER SYSTEM SET deadlock_timeout = '1500ms'",
            "SELECT pg_reload_conf()",
            "CREATE TABLE parts (id int PRIMARY KEY, kind int)",
            "INSERT INTO parts SELECT g, g % 100 FROM generate_series(1, 100000) g",
        )
        yield found


@pytest.fixture
def reader(database: Database) -> Iterator[PostgresDoor]:
    found = door(database)
    yield found
    found.close()
    execute(database, "DROP INDEX IF EXISTS parts_kind")


def url(database: Database) -> str:
    return database.url("postgres", database.password, "postgres")


def looked(reader: PostgresDoor, pid: int | None = None) -> Progress:
    oid = reader.rows("relation", {"schema": "public", "name": "parts"})[0]["oid"]
    place = {"schema": "public", "name": "parts_kind", "table_oid": oid}
    context: Any = SimpleNamespace(pg=reader)
    return pg_watch.index(context, place if pid is None else {**place, "pid": pid})


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come about")


def test_an_index_that_exists_is_refused_with_the_reason(database: Database, reader: PostgresDoor) -> None:
    execute(database, "CREATE INDEX parts_kind ON parts (kind)")
    with pytest.raises(SourceError) as caught:
        PostgresWriter(url(database)).call("create_index", PLACE)
    assert caught.value.kind is ErrorKind.INVALID
    assert '"parts_kind" already exists' in caught.value.summary


def test_a_deadlock_ends_the_build_which_says_so_and_its_debris_can_be_dropped(
    database: Database, reader: PostgresDoor
) -> None:
    other = session(database)
    try:
        # Only the build looks for deadlocks in time.
        other.execute("SET deadlock_timeout = '1min'")
        other.execute("UPDATE parts SET kind = kind WHERE id = 1")
        sent = PostgresWriter(url(database)).call("create_index", PLACE)
        assert not sent["is_done"]
        blocked = threading.Thread(
            target=other.execute, args=(b"LOCK TABLE parts IN SHARE UPDATE EXCLUSIVE MODE",)
        )
        blocked.start()
        work = job(sent["pid"])
        assert work is not None
        assert work.ended.wait(30)
        blocked.join(30)
    finally:
        other.rollback()
        other.close()
    progress = looked(reader, sent["pid"])
    assert progress.state is State.FAILED
    assert "invalid index" in progress.text
    assert "deadlock" in progress.text
    PostgresWriter(url(database)).call("drop_index", {"schema": "public", "name": "parts_kind"})
    assert reader.rows("index_state", {"schema": "public", "name": "parts_kind"}) == []


def test_a_full_disk_is_told(database: Database, reader: PostgresDoor, tmp_path: Path) -> None:
    full = Path(database_folder(database)).parent / "full"
    full.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=0777", "tmpfs", str(full)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        inside = full / "space"
        inside.mkdir()
        owner = full.parent.stat()
        os.chown(inside, owner.st_uid, owner.st_gid)
        execute(
            database,
            f"CREATE TABLESPACE full_disk LOCATION '{inside}'",
            "ALTER DATABASE postgres SET default_tablespace = full_disk",
        )
        error = failure(database)
        assert "disk is full" in error.summary
        assert "rds-storage" in error.hint
        assert "invalid index" in looked(reader).text
    finally:
        execute(
            database,
            "ALTER DATABASE postgres RESET default_tablespace",
            "DROP INDEX IF EXISTS parts_kind",
            "DROP TABLESPACE IF EXISTS full_disk",
        )
        subprocess.run(["umount", str(full)], capture_output=True, check=False)


def failure(database: Database) -> SourceError:
    """Return how a build fails, at once or after a while."""
    try:
        sent = PostgresWriter(url(database)).call("create_index", PLACE)
    except SourceError as error:
        return error
    work = job(sent["pid"])
    assert work is not None
    assert work.ended.wait(30)
    assert work.error is not None
    return work.error


def database_folder(database: Database) -> str:
    with database.connect() as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return str(row[0])


_ASK = """
import sys, time
from tui.sources.pgwrites import PostgresWriter
sent = PostgresWriter(sys.argv[1]).call("create_index", {
    "schema": "public", "table": "parts", "name": "parts_kind", "columns": [{"name": "kind"}]})
print(sent["pid"], sent["is_done"], flush=True)
time.sleep(60)
"""


def test_a_build_whose_client_is_killed_goes_on_and_is_found_again(
    database: Database, reader: PostgresDoor
) -> None:
    other = session(database)
    try:
        other.execute("UPDATE parts SET kind = kind WHERE id = 2")
        root = str(Path(__file__).resolve().parents[2])
        client = subprocess.Popen(
            [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {root!r})\n{_ASK}", url(database)],
            stdout=subprocess.PIPE,
        )
        assert client.stdout is not None
        pid, is_done = client.stdout.readline().split()
        assert is_done == b"False"
        client.send_signal(signal.SIGKILL)
        client.wait()
        client.stdout.close()
        # A process that never heard of it, by what the server tells.
        found = reader.rows("builds")
        assert [(one["pid"], one["index_name"]) for one in found] == [(int(pid), "parts_kind")]
        progress = looked(reader, int(pid))
        assert progress.state is State.PENDING
        assert f"session {other.info.backend_pid}" in progress.text
        other.rollback()
        until(lambda: looked(reader, int(pid)).state is not State.PENDING)
        assert looked(reader, int(pid)).state is State.DONE
    finally:
        other.close()


def test_a_build_that_is_cancelled_leaves_debris_that_is_told_and_dropped(
    database: Database, reader: PostgresDoor
) -> None:
    other: psycopg.Connection = session(database)
    try:
        other.execute("UPDATE parts SET kind = kind WHERE id = 3")
        writer = PostgresWriter(url(database))
        sent = writer.call("create_index", PLACE)
        build = reader.rows("builds")[0]
        assert build["pid"] == sent["pid"]
        stopped = writer.call("cancel_build", {"pid": build["pid"], "table_oid": build["table_oid"]})
        assert stopped["rows"] == [{"sent": True}]
        until(lambda: looked(reader, sent["pid"]).state is State.FAILED)
        assert "invalid index" in looked(reader, sent["pid"]).text
    finally:
        other.rollback()
        other.close()
    writer.call("drop_index", {"schema": "public", "name": "parts_kind"})
    assert reader.rows("index_state", {"schema": "public", "name": "parts_kind"}) == []
