"""The one door to PostgreSQL: runs the packaged reads on one connection that mends itself."""

from __future__ import annotations

import importlib.resources
import ipaddress
import threading
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import PostgresSnapshot
from tui.sources.errors import translate
from tui.sources.parse import text

CONNECT_TIMEOUT_S: Final = 5
STATEMENT_TIMEOUT_MS: Final = 5000
_KEEPALIVES: Final = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class PostgresSource:
    """Reads facts from the server itself.

    psycopg is imported with the first fetch.

    Args:
        dsn: Connection URI or keywords, with the password: never told in any message.
        database: DB instance identifier that the server stands for.
        clock: For the snapshot's time.
    """

    def __init__(self, dsn: str, database: str, clock: Clock) -> None:
        self._dsn = dsn
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: Any = None
        self._is_closed = False

    def fetch(self) -> PostgresSnapshot:
        """Return the server's settings.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        rows = self.run("settings")
        facts = rows[0]
        return PostgresSnapshot(
            at_s=self._clock.now(),
            database=self._database,
            max_connections=int(facts["max_connections"]),
            reserved_connections=int(facts["reserved_connections"]),
            version=text(facts["version"]),
        )

    def run(self, name: str) -> list[dict[str, Any]]:
        """Run a packaged read and return its rows; reconnects once if the connection has broken.

        Args:
            name: A file of config/sql without its ending.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        sql = load_sql(name)
        with self._lock:
            had_connection = self._connection is not None
            try:
                return self._execute(sql, name)
            except SourceError as error:
                self._drop()
                if not had_connection or error.kind is not ErrorKind.UNREACHABLE:
                    raise
            try:
                return self._execute(sql, name)
            except SourceError:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection; a read that is running on it closes it when it ends."""
        self._is_closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._lock.release()

    def _execute(self, sql: str, name: str) -> list[dict[str, Any]]:
        try:
            if self._connection is None:
                self._connection = _connect(self._dsn)
            rows: list[dict[str, Any]] = self._connection.execute(sql).fetchall()
        except SourceError:
            raise
        except Exception as error:
            raise translate(error, service="postgres", operation=name) from error
        finally:
            if self._is_closed:
                self._drop()
        return rows

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def load_sql(name: str) -> str:
    """Return a packaged statement.

    Raises:
        FileNotFoundError: There is no such file in config/sql.
    """
    return importlib.resources.files("config").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _connect(dsn: str) -> Any:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.rows import dict_row

    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        # Its message quotes the address, and the password with it.
        raise SourceError(
            ErrorKind.INVALID,
            "database_url is not a valid PostgreSQL address.",
            "Write postgresql://user:password@host:5432/database, special characters percent-encoded.",
        ) from None
    options = f"{given.get('options') or ''} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "cwtop",
        **_KEEPALIVES,
        **{name: value for name, value in given.items() if value is not None},
        "options": f"{options} -c default_transaction_read_only=on".strip(),
    }
    if _is_address(given.get("host")):
        # PGHOSTADDR of this machine must not lead elsewhere.
        ours.setdefault("hostaddr", given["host"])
    return psycopg.connect("", autocommit=True, row_factory=dict_row, **ours)


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True
