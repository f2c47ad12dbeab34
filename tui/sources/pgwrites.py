"""What is ever changed in PostgreSQL: a method each, composed with psycopg.sql, sent by an applied action.

A change runs on a connection of its own and on a daemon thread. Whoever asked may go: the server then ends
the statement by itself (an index build goes on when its client is killed, and ends valid). No signal and no
deadline of ours reaches it, for a cancelled build leaves an invalid index behind.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tui.domain.errors import ErrorKind, SourceError
from tui.sources.errors import translate
from tui.sources.pgdoor import PostgresDoor

if TYPE_CHECKING:
    from psycopg.sql import Composable

GRACE_S: Final = 1.0
"""Real seconds in which a change ends or fails before the asker goes on to watch it."""
METHODS: Final = ("btree", "hash", "gin", "gist", "brin", "spgist")
"""Access methods of indexes that a plan may name."""
_OPTIONS: Final = "-c statement_timeout=0 -c lock_timeout=0 -c default_transaction_read_only=off"
_DEFINITION: Final = re.compile(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY )(.+)\Z", re.DOTALL)


@dataclass(slots=True)
class Job:
    """A statement that this process sent.

    Attributes:
        pid: The server process that executes it.
        ended: Set when it has ended.
        error: How it failed; None while it runs and when it succeeded.
        rows: What it returned.
    """

    pid: int
    ended: threading.Event = field(default_factory=threading.Event)
    error: SourceError | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


_JOBS: dict[int, Job] = {}


def job(pid: int) -> Job | None:
    """Return the statement of this process that a server process executes; None for others'."""
    return _JOBS.get(pid)


class PostgresWriter:
    """Sends changes.

    Args:
        dsn: Connection URI or keywords.
        login: Returns what each connect adds, `password` and perhaps `user`; None leaves it to the address.
    """

    def __init__(self, dsn: str, login: Callable[[], Mapping[str, str]] | None = None) -> None:
        self._dsn = dsn
        self._login = login

    def call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a change; returns once it has ended, or runs.

        Returns:
            `pid`, the server process; `is_done`; `rows`.

        Raises:
            SourceError: It is refused, or the server cannot be reached.
            KeyError: There is no such method.
        """
        statement = statement_of(method, params)
        door = PostgresDoor(
            self._dsn, login=self._login, options=_OPTIONS, application="cwtop action", deadline_s=None
        )
        try:
            pid_row = door.run("SELECT pg_backend_pid() AS pid", name=method)
        except SourceError:
            door.close()
            raise
        work = Job(int(pid_row[0]["pid"]))
        _JOBS[work.pid] = work

        def run() -> None:
            try:
                work.rows = door.run(statement, name=method)
            except SourceError as error:
                work.error = error
            except Exception as error:  # noqa: BLE001 - kept, and told by whoever watches
                work.error = translate(error, service="postgres", operation=method)
            finally:
                work.ended.set()
                door.close()

        threading.Thread(target=run, name=f"pg-{method}", daemon=True).start()
        work.ended.wait(GRACE_S)
        if work.error is not None:
            raise work.error
        if work.ended.is_set() and method in _MUST_MATCH and not work.rows:
            raise SourceError(
                ErrorKind.NOT_FOUND, "That session has gone, or does something else by now.", "Look again."
            )
        return {"pid": work.pid, "is_done": work.ended.is_set(), "rows": work.rows}


# ---------------------------------------------------------------- statements


def statement_of(method: str, params: Mapping[str, Any]) -> Composable:
    """Return the statement of a method.

    Raises:
        KeyError: There is no such method, or a parameter is missing.
        SourceError: A parameter is none that may be sent.
    """
    return _STATEMENTS[method](params)


def sql_of(method: str, params: Mapping[str, Any]) -> str:
    """Return the statement as text, to be shown and copied."""
    return statement_of(method, params).as_string()


def _relation(schema: str, name: str) -> Composable:
    from psycopg import sql

    return sql.Identifier(schema, name)


def _create_index(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    method = str(params.get("method", "btree"))
    if method not in METHODS:
        raise SourceError(ErrorKind.INVALID, f"There is no index method {method!r}.", "")
    columns = [
        sql.SQL("{} DESC").format(sql.Identifier(one["name"])) if one.get("is_descending")
        else sql.Identifier(one["name"])
        for one in params["columns"]
    ]  # fmt: skip
    return sql.SQL("CREATE INDEX CONCURRENTLY {} ON {} USING {} ({})").format(
        sql.Identifier(params["name"]),
        _relation(params["schema"], params["table"]),
        sql.Identifier(method),
        sql.SQL(", ").join(columns),
    )


def _create_again(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    found = _DEFINITION.match(str(params["definition"]).strip())
    if found is None:
        raise SourceError(ErrorKind.INVALID, "What the log holds is no definition of an index.", "")
    # The server wrote it (pg_get_indexdef).
    text: Any = f"CREATE {found[1] or ''}INDEX CONCURRENTLY {found[2]}"
    return sql.SQL(text)


def _drop_index(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    return sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(_relation(params["schema"], params["name"]))


def _on_table(verb: str) -> Callable[[Mapping[str, Any]], Composable]:
    def make(params: Mapping[str, Any]) -> Composable:
        from psycopg import sql

        words: Any = verb
        return sql.SQL(words).format(_relation(params["schema"], params["table"]))

    return make


def _signal(function: str) -> Callable[[Mapping[str, Any]], Composable]:
    def make(params: Mapping[str, Any]) -> Composable:
        from psycopg import sql

        # Numbers are used again: the session must be the one chosen, and a cancel meet its statement only.
        since = "query_start" if function == "pg_cancel_backend" else "backend_start"
        start = params[since]
        return sql.SQL(
            "SELECT {function}(pid) AS sent FROM pg_stat_activity WHERE pid = {pid}"
            " AND abs(extract(epoch FROM {since}) - {start}) < 0.001"
        ).format(
            function=sql.Identifier(function),
            pid=sql.Literal(int(params["pid"])),
            since=sql.Identifier(since),
            start=sql.Literal(float(start)),
        )

    return make


def _cancel_build(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    return sql.SQL(
        "SELECT pg_cancel_backend(pid) AS sent FROM pg_stat_progress_create_index"
        " WHERE pid = {} AND relid = {}"
    ).format(sql.Literal(int(params["pid"])), sql.Literal(int(params["table_oid"])))


def _reset(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    return sql.SQL("SELECT {}()").format(sql.Identifier(params["schema"], "pg_stat_statements_reset"))


def _extension(verb: str) -> Callable[[Mapping[str, Any]], Composable]:
    def make(params: Mapping[str, Any]) -> Composable:
        from psycopg import sql

        words: Any = verb
        return sql.SQL(words).format(sql.Identifier(params["name"]))

    return make


def _counters(params: Mapping[str, Any]) -> Composable:
    from psycopg import sql

    return sql.SQL(
        "SELECT queryid, sum(calls)::bigint AS calls, sum(total_exec_time) AS total_ms"
        " FROM {}(false) WHERE queryid = ANY ({}::bigint[]) GROUP BY queryid"
    ).format(
        sql.Identifier(params["schema"], "pg_stat_statements"),
        sql.Literal([int(one) for one in params["ids"]]),
    )


_STATEMENTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Composable]]] = {
    "create_index": _create_index,
    "create_index_again": _create_again,
    "drop_index": _drop_index,
    "analyze": _on_table("ANALYZE {}"),
    "vacuum": _on_table("VACUUM (ANALYZE) {}"),
    "cancel_backend": _signal("pg_cancel_backend"),
    "terminate_backend": _signal("pg_terminate_backend"),
    "cancel_build": _cancel_build,
    "reset_statements": _reset,
    "create_extension": _extension("CREATE EXTENSION {}"),
    "drop_extension": _extension("DROP EXTENSION {}"),
    "read_counters": _counters,
}
_MUST_MATCH: Final = frozenset({"cancel_backend", "terminate_backend", "cancel_build"})
"""Methods whose statement returns a row for the session that it met."""
