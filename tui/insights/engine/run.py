"""Run a query on log events at hand, with DuckDB, which asks no network for anything."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui.insights import tree
from tui.insights.engine import addresses, values
from tui.insights.engine.compiler import compile_query
from tui.insights.engine.patterns import masked, merge, severity_sql
from tui.insights.engine.pipeline import MATCHED, Pipeline
from tui.insights.engine.problems import EngineError, QueryProblem, Stopped
from tui.insights.engine.scope import Moments
from tui.insights.engine.sources import MOST_LINE_BYTES, Relation, Source

MEMORY: Final = "1GB"
"""That a query may take; beyond it DuckDB writes to a temporary directory."""

_THREADS: Final = 2
_LOOK_S: Final = 0.05
_MOST_MASKED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found.

    Attributes:
        rows: Column to value, as the service prints it; a column without a value is absent.
        columns: All columns, in order.
        records_matched: Events that passed the filters.
        records_scanned: Events read.
        bytes_scanned: Of their messages, or of the file.
    """

    rows: tuple[Mapping[str, str], ...]
    columns: tuple[str, ...] = ()
    records_matched: int = 0
    records_scanned: int = 0
    bytes_scanned: int = 0


def run_query(
    query: tree.Query,
    source: Source,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    now_ms: int,
    limit: int = 10_000,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Run a query to its end; blocks, so it is called from a thread.

    Args:
        query: What is asked.
        source: The events.
        start_ms: Of the range of time, inclusive, in milliseconds since 1970; None: from the first event.
        end_ms: Of the range of time, inclusive; None: to the last event.
        now_ms: What `now()` says.
        limit: Most rows where the query sets no limit.
        stop: Asked twenty times a second whether nobody wants the answer any more.

    Raises:
        NotCovered: The query needs what the local engine does not have.
        QueryProblem: The query means nothing, or DuckDB's RE2 does not take its expressions.
        EngineError: The events cannot be read.
        Stopped: `stop` said so.
    """
    import duckdb

    moments = Moments(now_ms, start_ms, end_ms)
    with _connection() as connection, _interrupted(connection, stop) as was_stopped:
        try:
            return _opened(connection, query, source, moments, limit)
        except duckdb.InterruptException as error:
            raise Stopped from error
        except duckdb.OutOfMemoryException as error:
            raise EngineError("The query takes more memory than it may; narrow it with a filter.") from error
        except duckdb.InvalidInputException as error:
            raise QueryProblem(_said(error)) from error
        except duckdb.BinderException as error:
            raise QueryProblem(_said(error)) from error
        except RecursionError as error:
            raise QueryProblem("The query is nested too deeply for the local engine.") from error
        except duckdb.Error as error:
            if was_stopped():
                raise Stopped from error
            raise EngineError(f"The local engine failed: {_said(error)}") from error


def check(query: tree.Query, *, now_ms: int) -> None:
    """Compile a query without running it.

    Raises:
        NotCovered: It needs what the local engine does not have.
        QueryProblem: It means nothing.
    """
    compile_query(query, Moments(now_ms), 1, _unclustered)


def _unclustered(line: Pipeline) -> None:
    line.select("'' AS pattern, 0 AS samples, '' AS severity, 0 AS ratio, 0 AS matched_")


def _opened(connection: Any, query: tree.Query, source: Source, moments: Moments, limit: int) -> Result:
    import duckdb

    try:
        with source.opened(connection) as relation:
            return _run(connection, query, relation, moments, limit)
    except duckdb.InvalidInputException as error:
        if "CSV" not in str(error):
            raise
    # Broken UTF-8, control characters or mixed ends of lines: a cleaned copy has none of them.
    try:
        with source.opened(connection, is_cleaned=True) as relation:
            return _run(connection, query, relation, moments, limit)
    except duckdb.InvalidInputException as error:
        if "CSV" not in str(error):
            raise
        most = f"{MOST_LINE_BYTES // 1_000_000} MB"
        raise EngineError(f"The file holds a line of more than {most}; cut it first.") from error


def _run(connection: Any, query: tree.Query, relation: Relation, moments: Moments, limit: int) -> Result:
    def cluster(line: Pipeline) -> None:
        _cluster(connection, relation, line)

    compiled, line = compile_query(query, moments, limit, cluster)
    fetched = connection.execute(_whole(compiled.sql, relation, line)).fetchall()
    width = len(compiled.columns)
    rows = tuple(
        {name: value for name, value in zip(compiled.columns, row, strict=False) if value is not None}
        for row in fetched
    )
    told = int(fetched[0][width]) if fetched and compiled.has_matched else None
    if not compiled.matched:
        scanned = relation.count() if told is None else told
        return Result(rows, compiled.columns, scanned, scanned, relation.size)
    if told is None:
        told = int(connection.execute(_whole(compiled.matched, relation, line)).fetchone()[0])
    return Result(rows, compiled.columns, told, relation.count(), relation.size)


def _whole(sql: str, relation: Relation, line: Pipeline) -> str:
    """Return a statement with the source's SELECT in its place, now that all its fields are known."""
    base = relation.select(line.discovery.paths, line.conditions)
    return sql.replace(line.base, f"({base}) AS {line.base}")


def _cluster(connection: Any, relation: Relation, line: Pipeline) -> None:
    """Make the rows of `pattern` of those that the SQL so far gives."""
    line.select(
        f"{masked('text_')} AS mask, count(*) AS samples, min({severity_sql('text_')}) AS severity,"
        f" max({MATCHED}) AS {MATCHED}",
        f"WHERE text_ IS NOT NULL GROUP BY 1 ORDER BY samples DESC, mask LIMIT {_MOST_MASKED}",
    )
    connection.execute(f"CREATE TEMP TABLE masks AS {_whole(line.sql, relation, line)}")
    found = connection.execute("SELECT mask, samples FROM masks ORDER BY samples DESC, mask").fetchall()
    patterns = merge(found)
    connection.execute(
        "CREATE TEMP TABLE patterns AS SELECT unnest(?::VARCHAR[]) AS mask, unnest(?::VARCHAR[]) AS pattern",
        [list(patterns), list(patterns.values())],
    )
    line.sql = (
        "SELECT pattern, CAST(sum(samples) AS DOUBLE) AS samples, min(severity) AS severity,"
        f" CAST(sum(samples) AS DOUBLE) / sum(sum(samples)) OVER () AS ratio, max({MATCHED}) AS {MATCHED}"
        " FROM masks JOIN patterns USING (mask) GROUP BY pattern"
    )


# ---------------------------------------------------------------- DuckDB


_lock = threading.Lock()
_kept: Any = None


def _database() -> Any:
    """Return the one database of the process; making it takes longer than most queries on the log pane."""
    global _kept
    import duckdb

    with _lock:
        if _kept is None:
            made = duckdb.connect(
                ":memory:",
                config={
                    "threads": _THREADS,
                    "memory_limit": MEMORY,
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                },
            )
            for macro in (*values.MACROS, *addresses.MACROS):
                made.execute(macro)
            _kept = made
        return _kept


@contextlib.contextmanager
def _connection() -> Iterator[Any]:
    """Yield a connection of its own to the database: temporary tables and interrupts are a connection's."""
    connection = _database().cursor()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _interrupted(connection: Any, stop: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    """Interrupt what runs as soon as it is wished."""
    ended, was_stopped = threading.Event(), threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_S):
            if stop():
                was_stopped.set()
                connection.interrupt()

    watcher = threading.Thread(target=watch, name="query-watch", daemon=True)
    watcher.start()
    try:
        yield was_stopped.is_set
    finally:
        ended.set()
        watcher.join()


def _said(error: Exception) -> str:
    """Return the first sentence of a message of DuckDB."""
    first = str(error).splitlines()[0]
    return first.split("Error: ", 1)[-1].strip()
