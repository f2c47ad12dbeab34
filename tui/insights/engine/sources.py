"""Log events that a query can be run on: those in memory, and the lines of a file or of standard input.

A source gives one relation: `ts` and `ingested` in milliseconds since 1970, `message`, `grp`, `stream`, `seq`
(the order of arrival) and `found`, the values of the JSON paths that were asked for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from tui.insights.engine.problems import EngineError
from tui.insights.engine.values import quoted

TIME_KEYS: Final = ("timestamp", "@timestamp", "time", "ts")
"""Keys of a JSON line that hold its time, the first that is there counts."""

MOST_LINE_BYTES: Final = 2_000_000
"""Of a line of a file; an event of CloudWatch Logs has at most 1 MiB."""

# A control character that no text log holds: the whole line is one column.
_SEPARATOR = "\x01"
_CHUNK = 1 << 20
_SAMPLE = 200
_SAMPLE_BYTES = 65_536
_TIMES = ", ".join(f"'$.\"{key}\"'" for key in TIME_KEYS[1:])
_MS = "^[0-9]{11,15}$"
# What a line that wraps an event looks like; only such a line is asked for the message within.
_CANDIDATE = r'"timestamp"\s*:\s*[0-9]{11}'
_UNWRAPPED = (
    "(CASE WHEN starts_with(line, '{') AND TRY(regexp_matches(json_extract_string(line, '$.\"timestamp\"'),"
    f" {quoted(_MS)})) THEN coalesce(TRY(json_extract_string(line, '$.\"message\"')), line) ELSE line END)"
)
_ISO = r"^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"


@dataclass(frozen=True, slots=True)
class Event:
    """A log event.

    Attributes:
        time_ms: Milliseconds since 1970; None: it has no time.
        message: The text.
        group: Name of the log group; "" where there is none.
        stream: Name of the log stream; "" where there is none.
        ingested_ms: When the service received it.
    """

    time_ms: int | None
    message: str
    group: str = ""
    stream: str = ""
    ingested_ms: int | None = None


Conditions = Sequence[Callable[[str], str]]


class Source(Protocol):
    """Where events come from."""

    def opened(self, connection: Any, is_cleaned: bool = False) -> AbstractContextManager[Relation]:
        """Make the events readable through a DuckDB connection for as long as the context lasts.

        Args:
            connection: The connection.
            is_cleaned: Whether what DuckDB does not read is replaced, which takes longer.
        """
        ...


class Relation(Protocol):
    """Events that are readable through a connection."""

    def count(self) -> int:
        """Return the number of events."""
        ...

    @property
    def size(self) -> int:
        """Bytes of the messages."""
        ...

    def select(self, paths: Sequence[str], conditions: Conditions) -> str:
        """Return the SELECT of the relation.

        Args:
            paths: JSON paths; `found` holds what is there, in this order.
            conditions: SQL of what the message must fulfil, from the column that holds it; it is asked
                before anything else is read.
        """
        ...


# ---------------------------------------------------------------- in memory


class Events:
    """Events in memory.

    Args:
        events: In the order in which they came.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    @contextmanager
    def opened(self, connection: Any, is_cleaned: bool = False) -> Iterator[Relation]:
        """See `Source.opened`."""
        events = self._events
        columns: dict[str, tuple[str, list[Any]]] = {
            "ts": ("BIGINT", [each.time_ms for each in events]),
            "message": ("VARCHAR", [_clean(each.message) for each in events]),
            "grp": ("VARCHAR", [each.group or None for each in events]),
            "stream": ("VARCHAR", [each.stream or None for each in events]),
            "ingested": ("BIGINT", [each.ingested_ms for each in events]),
        }
        parts = ["unnest(range(?)) AS seq"]
        given: list[Any] = [len(events)]
        for name, (kind, column) in columns.items():
            # What is the same in all events is not handed over a hundred thousand times.
            is_same = name != "message" and len(set(column)) == 1
            parts.append(
                f"CAST(? AS {kind}) AS {name}" if is_same else f"unnest(CAST(? AS {kind}[])) AS {name}"
            )
            given.append(column[0] if is_same else column)
        connection.execute(f"CREATE TEMP TABLE events AS SELECT {', '.join(parts)}", given)
        size = connection.execute("SELECT coalesce(sum(strlen(message)), 0) FROM events").fetchone()[0]
        try:
            yield _Table(len(events), int(size))
        finally:
            connection.execute("DROP TABLE events")


@dataclass(frozen=True, slots=True)
class _Table:
    events: int
    size: int

    def count(self) -> int:
        """See `Relation.count`."""
        return self.events

    def select(self, paths: Sequence[str], conditions: Conditions) -> str:
        """See `Relation.select`."""
        return f"SELECT *, {_found('message', paths)} AS found FROM events{_where(conditions)}"


def _clean(text: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate pair is replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


# ---------------------------------------------------------------- lines


class Lines:
    """The lines of a file.

    A line that is an object with `message` and a `timestamp` in milliseconds, as `cwtop tail --format json`
    writes it, is that event. Any other line is an event itself; its time is in one of `TIME_KEYS` or leads
    the line.

    Args:
        path: A file of JSON lines or of text.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def opened(self, connection: Any, is_cleaned: bool = False) -> Iterator[Relation]:
        """See `Source.opened`.

        Raises:
            EngineError: The file cannot be read.
        """
        path = self._path
        if not path.is_file():
            raise EngineError(f"{path} is no file that can be read.")
        size = path.stat().st_size
        if size == 0:
            yield _Nothing()
        elif not is_cleaned:
            yield _file(connection, path, size)
        else:
            with _temporary() as copy:
                with path.open("rb") as stream:
                    clean_copy(stream, copy)
                yield _file(connection, Path(copy.name), size)


class Stream:
    """Lines from a stream that can be read once, such as standard input; see `Lines`.

    Args:
        stream: Of bytes.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    @contextmanager
    def opened(self, connection: Any, is_cleaned: bool = False) -> Iterator[Relation]:
        """See `Source.opened`."""
        with _temporary() as copy:
            clean_copy(self._stream, copy)
            with Lines(Path(copy.name)).opened(connection) as relation:
                yield relation


def _temporary() -> Any:
    return tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", prefix="cwtop-")


def clean_copy(stream: IO[bytes], copy: Any) -> None:
    """Copy text: what is no UTF-8 is replaced, ends of lines become one sort."""
    import codecs
    import io

    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    while chunk := stream.read(_CHUNK):
        copy.write(decoder.decode(chunk).replace(_SEPARATOR, "\N{REPLACEMENT CHARACTER}"))
    copy.write(decoder.decode(b"", final=True))
    copy.flush()


def _scan(path: Path) -> str:
    return (
        f"read_csv({quoted(str(path))}, delim='{_SEPARATOR}', quote='', escape='', comment='', header=false,"
        " auto_detect=false, columns={'line': 'VARCHAR'}, compression='none',"
        f" max_line_size={MOST_LINE_BYTES})"
    )


def _file(connection: Any, path: Path, size: int) -> _File:
    """Return the relation of a file, once its beginning says whether lines have a time."""
    with path.open("rb") as stream:
        beginning = stream.read(_SAMPLE_BYTES).decode("utf-8", "replace")
    # The last line may be cut.
    sample = beginning.splitlines()[:_SAMPLE]
    if len(sample) > 1:
        del sample[-1]
    shown = _File(connection, "(SELECT unnest(CAST(? AS VARCHAR[])) AS line)", size, is_timed=True)
    counted = f"SELECT count(*), count(ts) FROM ({shown.select((), ())})"
    lines, timed = connection.execute(counted, [[line or None for line in sample]]).fetchone()
    return _File(connection, _scan(path), size, is_timed=lines == timed)


class _Nothing:
    """The relation of an empty file, which DuckDB's reader refuses."""

    size = 0

    def count(self) -> int:
        """See `Relation.count`."""
        return 0

    def select(self, paths: Sequence[str], conditions: Conditions) -> str:
        """See `Relation.select`."""
        return (
            "SELECT CAST(NULL AS BIGINT) ts, '' AS message, '' AS grp, '' AS stream,"
            " CAST(NULL AS BIGINT) ingested, CAST(0 AS BIGINT) seq, CAST([] AS VARCHAR[]) AS found"
            " WHERE false"
        )


@dataclass(frozen=True, slots=True)
class _File:
    connection: Any
    scan: str
    size: int
    is_timed: bool

    def count(self) -> int:
        """See `Relation.count`."""
        return int(self.connection.execute(f"SELECT count(line) FROM {self.scan}").fetchone()[0])

    def select(self, paths: Sequence[str], conditions: Conditions) -> str:
        """See `Relation.select`.

        The line's JSON is read once: for the fields, for the time, and for what says that it wraps an event.
        """
        # Numbering the lines takes one thread; where all have a time, the text decides between equal ones.
        seq = "line" if self.is_timed else "row_number() OVER ()"
        lines = f"SELECT line, {seq} AS seq FROM {self.scan} WHERE line IS NOT NULL"
        if conditions:
            # Of nearly every line the message is the line; asking for the other one in a CASE takes twice as
            # long.
            wrapped = f"regexp_matches(line, {quoted(_CANDIDATE)})"
            plain, inner = _all(conditions, "line"), _all(conditions, _UNWRAPPED)
            lines = f"SELECT * FROM ({lines}) WHERE ({plain} AND NOT {wrapped}) OR ({wrapped} AND {inner})"
        # The paths of the fields come first, so that they are found where they are looked for. The rest is
        # asked only of lines that need it: each path costs time on every line.
        every = [*paths, '$."timestamp"']
        time, text = f"j[{len(every)}]", _of_wrapper("message")
        others = f"(TRY(json_extract_string(line, [{_TIMES}])))"
        later = f"coalesce({others}[1], {others}[2], {others}[3])"
        # The digits are asked for first: of most lines no more is read.
        wraps = (
            f"(CASE WHEN {time} < ':' AND regexp_matches({time}, {quoted(_MS)})"
            f" THEN {text} IS NOT NULL ELSE false END)"
        )
        return (
            f"SELECT CASE WHEN t IS NOT NULL THEN {_moment('t')}"
            f" WHEN starts_with(line, '{{') THEN {_moment(later)} ELSE {_leading('line')} END AS ts,"
            f" CASE WHEN wraps THEN {text} ELSE line END AS message,"
            f" CASE WHEN wraps THEN {_of_wrapper('logGroupName')} END AS grp,"
            f" CASE WHEN wraps THEN {_of_wrapper('logStreamName')} END AS stream,"
            f" CASE WHEN wraps THEN TRY_CAST({_of_wrapper('ingestionTime')} AS BIGINT) END AS ingested, seq,"
            f" CASE WHEN wraps THEN {_found(text, paths)} ELSE j END AS found"
            f" FROM (SELECT *, {time} AS t, {wraps} AS wraps FROM"
            f" (SELECT *, {_found('line', every)} AS j FROM ({lines})))"
        )


def _of_wrapper(key: str) -> str:
    return f"TRY(json_extract_string(line, '$.\"{key}\"'))"


def _where(conditions: Conditions) -> str:
    return f" WHERE {_all(conditions, 'message')}" if conditions else ""


def _all(conditions: Conditions, column: str) -> str:
    return " AND ".join(condition(column) for condition in conditions)


def _found(text: str, paths: Sequence[str]) -> str:
    if not paths:
        return "CAST([] AS VARCHAR[])"
    listed = ", ".join(quoted(path) for path in paths)
    return f"(CASE WHEN starts_with({text}, '{{') THEN TRY(json_extract_string({text}, [{listed}])) END)"


def _moment(text: str) -> str:
    """Return SQL of the milliseconds of a time as logs write it: ISO 8601, or seconds to nanoseconds."""
    number = f"TRY_CAST({text} AS DOUBLE)"
    return (
        f"(CASE WHEN ({text})[5] = '-' THEN {_iso(text)}"
        f" WHEN abs({number}) < 1e11 THEN TRY_CAST({number} * 1000 AS BIGINT)"
        f" WHEN abs({number}) < 1e14 THEN TRY_CAST({number} AS BIGINT)"
        f" WHEN abs({number}) < 1e17 THEN TRY_CAST(floor({number} / 1000) AS BIGINT)"
        f" ELSE TRY_CAST(floor({number} / 1000000) AS BIGINT) END)"
    )


def _iso(text: str) -> str:
    # Without a zone it is UTC: the connection's zone is. The cast that knows zones takes three times as long.
    plain = f"ends_with({text}, 'Z') AND NOT contains({text}, ',')"
    return (
        f"(CASE WHEN {plain} THEN epoch_ms(TRY_CAST({text} AS TIMESTAMP))"
        f" ELSE epoch_ms(TRY_CAST(replace({text}, ',', '.') AS TIMESTAMPTZ)) END)"
    )


def _leading(line: str) -> str:
    found = f"nullif(regexp_extract({line}, {quoted(_ISO)}, 1), '')"
    return _iso(found)
