"""The one door to PostgreSQL: packaged statements on connections that mend themselves and never hang.

A server that is stopped (SIGSTOP, a frozen disk) still acknowledges packets, so neither keepalives nor its
own statement_timeout help: after a deadline of ours the socket is shut, which ends the read with an error.
"""

from __future__ import annotations

import contextlib
import importlib.resources
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgstats import About
from tui.sources.errors import translate
from tui.sources.parse import text

CONNECT_TIMEOUT_S: Final = 5
STATEMENT_TIMEOUT_MS: Final = 5000
DEADLINE_S: Final = 7.0
"""Real seconds after which a read that the server should have ended is given up."""
_READING: Final = (
    f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c default_transaction_read_only=on"
    # With less the server spills the texts of 5,000 statements to a temporary file.
    " -c work_mem=32MB"
)
ON_DEMAND_LOCK_MS: Final = 200
"""Reads that may wait for a lock, and are made on demand only, wait so long."""
RDS_HOST: Final = ".rds.amazonaws.com"
_KEEPALIVES: Final = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_VERSIONED: Final = {"activity": (12, 14), "tables": (12, 16), "indexes": (12, 16)}
"""Packaged reads that differ by the server's version, with the least version of each file."""
_STATEMENTS: Final = (
    ("shared_blk_read_time", "statements-1.11"),
    ("toplevel", "statements-1.9"),
    ("total_exec_time", "statements-1.8"),
    ("total_time", "statements-1.7"),
)
"""A column that only some versions of the view have, and the read that fits, the newest first."""


class PostgresDoor:
    """Runs statements on one connection, which is opened with the first.

    psycopg is imported with the first statement. Safe to be used from several threads: they take turns.

    Args:
        dsn: Connection URI or keywords, with the password: never told in any message.
        login: Returns what each connect adds, `password` and perhaps `user`; None leaves it to the address.
        options: Settings of the session; the default allows reads only.
        application: application_name.
        deadline_s: See `DEADLINE_S`; None waits for ever.
    """

    def __init__(
        self,
        dsn: str,
        *,
        login: Callable[[], Mapping[str, str]] | None = None,
        options: str = _READING,
        application: str = "cwtop",
        deadline_s: float | None = DEADLINE_S,
    ) -> None:
        self._dsn = dsn
        self._login = login
        self._options = options
        self._application = application
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._connection: Any = None
        self._about: About | None = None
        self._is_closed = False

    def twin(self) -> PostgresDoor:
        """Return a door with a connection of its own to the same server."""
        return PostgresDoor(
            self._dsn,
            login=self._login,
            options=self._options,
            application=self._application,
            deadline_s=self._deadline_s,
        )

    def rows(self, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run a packaged read and return its rows; connects anew once if the connection has broken.

        Args:
            name: A file of config/sql without version and ending; "statements" picks by the installed view.
            params: Its parameters.

        Raises:
            SourceError: The server cannot be reached, does not answer in time, or refuses.
        """
        found: list[dict[str, Any]] = self._turn(lambda: self._packaged(name, params), name)
        return found

    def run(self, statement: Any, params: Any = None, *, name: str = "statement") -> list[dict[str, Any]]:
        """Run a statement that was composed with psycopg.sql and return its rows.

        Args:
            statement: A `psycopg.sql.Composable`.
            params: Its parameters.
            name: How messages call it.

        Raises:
            SourceError: As `rows`.
        """
        found: list[dict[str, Any]] = self._turn(lambda: self._fetch(statement, params), name)
        return found

    def within(self, work: Callable[[Any], Any], *, name: str, lock_ms: int = ON_DEMAND_LOCK_MS) -> Any:
        """Do something that may wait for locks, in one transaction that is rolled back, with short patience.

        Args:
            work: Takes the connection (psycopg's); what it returns is returned.
            name: How messages call it.
            lock_ms: How long a lock is waited for, milliseconds.

        Raises:
            SourceError: As `rows`.
        """

        def do() -> Any:
            import psycopg

            connection = self._connection
            with connection.transaction(force_rollback=True):
                connection.execute(f"SET LOCAL lock_timeout = {int(lock_ms)}")
                try:
                    return work(connection)
                except psycopg.errors.LockNotAvailable as error:
                    raise SourceError(
                        ErrorKind.TIMEOUT,
                        f"A lock was in the way of {name} for {lock_ms} ms.",
                        "Look for an ACCESS EXCLUSIVE lock in the activity, then try again.",
                    ) from error

        return self._turn(do, name)

    def about(self) -> About:
        """Return what the server is, read once a connection.

        Raises:
            SourceError: As `rows`.
        """
        found = self._about
        if found is None:
            found = self._turn(self._read_about, "about")
        return found

    @property
    def backend_pid(self) -> int | None:
        """Number of the connection's server process; None without a connection."""
        connection = self._connection
        return None if connection is None else int(connection.info.backend_pid)

    def close(self) -> None:
        """Close the connection; a statement that is running on it closes it when it ends."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._lock.release()

    # ------------------------------------------------------------ one turn

    def _turn(self, work: Callable[[], Any], name: str) -> Any:
        with self._lock:
            had_connection = self._connection is not None
            try:
                return self._once(work, name)
            except SourceError as error:
                if error.kind in (ErrorKind.UNREACHABLE, ErrorKind.EXPIRED_CREDENTIALS, ErrorKind.TIMEOUT):
                    self._drop()
                if not had_connection or error.kind is not ErrorKind.UNREACHABLE:
                    raise
            return self._once(work, name)

    def _once(self, work: Callable[[], Any], name: str) -> Any:
        is_late = threading.Event()
        try:
            if self._connection is None:
                login = self._login() if self._login is not None else {}
                self._connection = _connect(self._dsn, login, self._options, self._application)
            with self._patience(is_late):
                return work()
        except SourceError:
            raise
        except Exception as error:
            if is_late.is_set():
                self._drop()
                raise SourceError(
                    ErrorKind.TIMEOUT,
                    f"PostgreSQL did not answer {name} within {self._deadline_s:.0f} s, nor end it itself.",
                    "It may be frozen: look at the instance's status and events.",
                ) from error
            raise translate(error, service="postgres", operation=name) from error
        finally:
            if self._is_closed:
                self._drop()

    @contextlib.contextmanager
    def _patience(self, is_late: threading.Event) -> Iterator[None]:
        """Shut the connection's socket after the deadline, which wakes whoever reads from it."""
        if self._deadline_s is None:
            yield
            return
        connection = self._connection

        def give_up() -> None:
            is_late.set()
            # Closed meanwhile: then nobody waits any more.
            with contextlib.suppress(Exception):
                twin = socket.socket(fileno=os.dup(connection.fileno()))
                try:
                    twin.shutdown(socket.SHUT_RDWR)
                finally:
                    twin.close()

        timer = threading.Timer(self._deadline_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._about = None
        if connection is not None:
            connection.close()

    # ------------------------------------------------------------ packaged reads

    def _packaged(self, name: str, params: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        from psycopg import sql

        about = self._read_about() if name in (*_VERSIONED, "statements", "texts") else None
        if about is None:
            return self._fetch(load_sql(name), params, is_binary=True)
        statement: Any = load_sql(_file_of(name, about))
        if name in ("statements", "texts"):
            schema = sql.Identifier(about.statements_schema).as_string()
            statement = statement.replace("{schema}", schema)
        return self._fetch(statement, params, is_binary=True)

    def _fetch(self, statement: Any, params: Any, *, is_binary: bool = False) -> list[dict[str, Any]]:
        # Binary: writing numbers as text is a good part of what thousands of rows cost the server.
        cursor = self._connection.execute(_encoded(statement), params, binary=is_binary)
        rows: list[dict[str, Any]] = cursor.fetchall() if cursor.description is not None else []
        return rows

    def _read_about(self) -> About:
        if self._about is None:
            facts = self._fetch(load_sql("about"), None)[0]
            self._about = About(
                int(facts["version_num"]),
                # Debian adds its package's version.
                text(facts["version"]).split(" ")[0],
                text(facts["database"]),
                text(facts["role"]),
                bool(facts["is_replica"]),
                bool(facts["is_monitor"]),
                bool(facts["is_rds"]),
                facts["statements_schema"] or "",
                frozenset(facts["statements_columns"]),
                bool(facts["is_preloaded"]),
                bool(facts["has_statements"]),
                bool(facts["has_hypopg"]),
            )
        return self._about


def _file_of(name: str, about: About) -> str:
    if name == "texts":
        return name
    if name == "statements":
        return next(
            (file for column, file in _STATEMENTS if column in about.statements_columns), "statements-1.7"
        )
    least = max((one for one in _VERSIONED[name] if one <= about.major), default=_VERSIONED[name][0])
    return f"{name}-{least}"


def _encoded(statement: Any) -> bytes:
    """Return a statement as UTF-8, also where the connection's encoding is SQL_ASCII, which is none."""
    return statement.encode() if isinstance(statement, str) else bytes(statement.as_bytes(None))


@cache
def load_sql(name: str) -> str:
    """Return a packaged statement.

    Raises:
        FileNotFoundError: There is no such file in config/sql.
    """
    return importlib.resources.files("config").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def parameters(dsn: str) -> dict[str, Any]:
    """Return the parts of an address.

    Raises:
        SourceError: It is none.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        # Its message quotes the address, and the password with it.
        raise SourceError(
            ErrorKind.INVALID,
            "database_url is not a valid PostgreSQL address.",
            "Write postgresql://user:password@host:5432/database, special characters percent-encoded.",
        ) from None


def _connect(dsn: str, login: Mapping[str, str], options: str, application: str) -> Any:
    import psycopg
    from psycopg.rows import dict_row

    given = parameters(dsn)
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": application,
        **_KEEPALIVES,
        **{name: value for name, value in given.items() if value is not None},
        "client_encoding": "UTF8",
        "options": f"{given.get('options') or ''} {options}".strip(),
    }
    ours.update(login)
    host = str(given.get("host") or "")
    if _is_address(host):
        # PGHOSTADDR of this machine must not lead elsewhere.
        ours.setdefault("hostaddr", host)
    if host.endswith(RDS_HOST) and "PGSSLMODE" not in os.environ:
        # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
        ours.setdefault("sslmode", "verify-full")
    connection = psycopg.connect("", autocommit=True, row_factory=dict_row, **ours)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        # Such a database holds whatever bytes were put into it, and refuses to send as UTF-8 what is none.
        connection.execute("SET client_encoding TO SQL_ASCII")
    for kind in ("text", "varchar", "bpchar", "name"):
        for loader in _lenient():
            connection.adapters.register_loader(kind, loader)
    return connection


@cache
def _lenient() -> tuple[Any, Any]:
    from psycopg.adapt import Loader
    from psycopg.pq import Format

    class Lenient(Loader):
        """Text whose wrong bytes are shown as such."""

        def load(self, data: Any) -> str:
            return bytes(data).decode("utf-8", "replace")

    class LenientBinary(Lenient):
        """The same, of a result in binary form."""

        format = Format.BINARY

    return Lenient, LenientBinary


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True
