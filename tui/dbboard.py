"""The database screen without its screen: which tab is shown, how often it is read, what a row tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from config.levels import Threshold
from tui.board import Board
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.limits import CONNECTIONS_METRIC, effective
from tui.domain.pgsessions import connections, pool_advice
from tui.domain.pgstats import (
    About,
    ActivitySnapshot,
    Session,
    Statement,
    StatementsSnapshot,
    TablesSnapshot,
    TableStats,
)
from tui.domain.units import age_text
from tui.pgadvice import Advice, advise
from tui.presenters.database import (
    TABS,
    TabView,
    activity_tab,
    connections_tab,
    connections_text,
    key_of,
    load_bar,
    session_text,
    statement_text,
    statements_tab,
    tables_tab,
    tables_text,
)
from tui.presenters.dbindexes import indexes_tab
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgexplain import explain
from widgets.text import one_line

LIVE: Final = {"pg-activity": 1.0, "pg-statements": 5.0, "pg-tables": 15.0}
"""Seconds between two readings while the screen is open."""
JOBS: Final = {
    "statements": "pg-statements",
    "activity": "pg-activity",
    "connections": "pg-activity",
    "indexes": "pg-tables",
    "tables": "pg-tables",
}
TITLES: Final = {
    "statements": "Statements",
    "activity": "Activity",
    "connections": "Connections",
    "indexes": "Indexes",
    "tables": "Tables",
}
_WORD: Final = re.compile(r'"((?:[^"]|"")+)"|([^\W\d]\w*)', re.UNICODE)
_LOOKED_AT: Final = 65_536
_SILENT_S: Final = 4.0
_SILENT_PERIODS: Final = 3.0
"""So many periods without a reading are told, and so many seconds at least."""


class DatabaseBoard:
    """What the database screen shows.

    Args:
        board: The console's: configuration and hub.

    Attributes:
        tab: The tab that is shown.
        advice: The last analysis of the indexes; None before the first.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hub = board.hub
        self.tab = TABS[0]
        self.advice: Advice | SourceError | None = None
        self._usual: dict[str, float] = {}
        self._own: PostgresDoor | None = None

    @property
    def keymap(self) -> dict[str, str]:
        """The configuration's rebinding."""
        return dict(self._board.config.keys)

    @property
    def target(self) -> str:
        """The name of what actions are applied to."""
        return next(iter(self._board.config.stack.databases), "postgres")

    # ------------------------------------------------------------ reading

    def open(self) -> None:
        """Read often while the screen is there."""
        scheduler = self._hub.scheduler
        for name, period in LIVE.items():
            usual = scheduler.period(name)
            if usual is not None:
                self._usual[name] = usual
                scheduler.set_period(name, min(period, usual))
                scheduler.resume(name)

    def close(self) -> None:
        """Read as seldom as before."""
        for name, period in self._usual.items():
            self._hub.scheduler.set_period(name, period)
        if "pg-tables" in self._usual:
            self._hub.scheduler.pause("pg-tables")
        if self._own is not None:
            self._own.close()
            self._own = None

    def refresh(self) -> None:
        """Read everything that the screen shows now."""
        for name in LIVE:
            if name in self._hub.scheduler.names:
                self._hub.refresh(name)

    def door(self) -> PostgresDoor:
        """Return a connection of the screen's own, so that a plan never holds up what is polled.

        Raises:
            SourceError: None is configured.
        """
        if self._hub.postgres is None:
            raise SourceError(
                ErrorKind.INVALID,
                "No PostgreSQL address is configured.",
                "Set database_url or database.host, or DATABASE_URL.",
            )
        if self._own is None:
            self._own = self._hub.postgres.twin()
        return self._own

    # ------------------------------------------------------------ what is shown

    @property
    def about(self) -> About | None:
        """The server; None until it has answered."""
        snapshot = self._hub.store.snapshot("postgres")
        return snapshot.about if snapshot is not None else None

    def title(self) -> tuple[str, str, str]:
        """Return the heading: what it is, more of it, and what is wrong."""
        about = self.about
        more = ""
        if about is not None:
            kind = "read-only replica" if about.is_replica else "primary"
            more = f"PostgreSQL {about.version} · {about.database} · {about.role} · {kind}"
        entry = self._hub.store.entry(JOBS[self.tab])
        wrong = ""
        if entry.error is not None:
            age = (
                f"last read {age_text(self._hub.clock.now() - entry.snapshot.at_s)} ago: "
                if entry.snapshot
                else ""
            )
            wrong = f"{age}{entry.error.summary} {entry.error.hint}".strip()
        elif entry.snapshot is not None:
            # A server that hangs fails only after a deadline: until then its silence is told.
            old_s = self._hub.clock.now() - entry.snapshot.at_s
            period_s = self._hub.scheduler.period(JOBS[self.tab]) or 0.0
            if old_s > max(_SILENT_S, _SILENT_PERIODS * period_s):
                wrong = f"last read {age_text(old_s)} ago: PostgreSQL does not answer"
        return self.target, more, wrong

    def tabs(self) -> tuple[tuple[str, bool, str], ...]:
        """Return the tabs: label, whether it is shown, and its level."""
        activity: ActivitySnapshot | None = self._hub.store.snapshot("pg-activity")
        blocked = sum(bool(one.blocked_by) for one in activity.sessions) if activity is not None else 0
        found = []
        for number, name in enumerate(TABS, 1):
            label, level = f"{number} {TITLES[name]}", ""
            if name == "activity" and blocked:
                label, level = f"{label} ({blocked} blocked)", "critical"
            missing = len(self.advice.missing) if isinstance(self.advice, Advice) else 0
            if name == "indexes" and missing:
                label, level = f"{label} ({missing} missing)", "warning"
            found.append((label, name == self.tab, level))
        return tuple(found)

    def load(self) -> tuple[tuple[str, str], ...]:
        """Return the line of connections and active sessions: (text, level)."""
        activity: ActivitySnapshot | None = self._hub.store.snapshot("pg-activity")
        if activity is None:
            return (("reading sessions…", "muted"),)
        found = self._connections(activity)
        waits = self._hub.waits
        text, level = connections_text(found, self._limits())
        return (f"{text}   ", level), *load_bar(waits.average(), waits.count)

    def _limits(self) -> Threshold | None:
        """Return the limits of the connections in force, those of the console's tile."""
        config = self._board.config
        spec = next((one for one in config.metrics.values() if one.name == CONNECTIONS_METRIC), None)
        settings = self._hub.store.snapshot("postgres")
        return effective(config, spec, self.target, settings) if spec is not None else None

    def want_texts(self, keys: Iterable[str]) -> None:
        """Have the texts of statements read with the next reading: they are on the screen without one."""
        if self._hub.statements is not None:
            self._hub.statements.want(int(key.split(":")[0]) for key in keys)

    def view(self, width: int) -> TabView:
        """Return the tab that is shown, for a screen of so many cells."""
        store = self._hub.store
        entry = store.entry(JOBS[self.tab])
        if entry.snapshot is None:
            text = f"{entry.error.summary} {entry.error.hint}" if entry.error is not None else "reading…"
            return TabView((), (), empty=text)
        if self.tab == "statements":
            return statements_tab(entry.snapshot, self._hub.courses, width=width)
        if self.tab == "activity":
            return activity_tab(entry.snapshot, width=width)
        if self.tab == "connections":
            ecs = store.snapshot("ecs")
            tasks = sum(one.running for one in ecs.services) if ecs is not None else None
            found = self._connections(entry.snapshot)
            return connections_tab(found, pool_advice(found, tasks))
        if self.tab == "indexes":
            return indexes_tab(entry.snapshot, self.advice, width=width)
        return tables_tab(entry.snapshot)

    def _connections(self, activity: ActivitySnapshot) -> Any:
        settings = self._hub.store.snapshot("postgres")
        limit = settings.max_connections if settings is not None else None
        return connections(activity, limit, settings.reserved_connections if settings is not None else 0)

    # ------------------------------------------------------------ one row

    def statement(self, key: str) -> Statement | None:
        """Return a statement by the key of its row."""
        snapshot: StatementsSnapshot | None = self._hub.store.snapshot("pg-statements")
        found = snapshot.statements if snapshot is not None else ()
        return next((one for one in found if key_of(one) == key), None)

    def session(self, key: str) -> Session | None:
        """Return a session by the key of its row."""
        snapshot: ActivitySnapshot | None = self._hub.store.snapshot("pg-activity")
        found = snapshot.sessions if snapshot is not None else ()
        return next((one for one in found if str(one.pid) == key), None)

    def table(self, key: str) -> TableStats | None:
        """Return a table by the key of its row."""
        snapshot: TablesSnapshot | None = self._hub.store.snapshot("pg-tables")
        found = snapshot.tables if snapshot is not None else ()
        return next((one for one in found if str(one.oid) == key), None)

    def statement_reader(self, one: Statement) -> Callable[[], tuple[str, tuple[int, int]]]:
        """Return what makes the text of a statement with its plan, and which lines are SQL; it blocks."""
        snapshot: StatementsSnapshot = self._hub.store.snapshot("pg-statements")
        tables: TablesSnapshot | None = self._hub.store.snapshot("pg-tables")
        text = snapshot.texts.get(one.key[0], "")
        head = partial(statement_text, one, snapshot, self._hub.courses)
        door = self.door()

        def read() -> tuple[str, tuple[int, int]]:
            figures, sql = head(pretty_sql)
            parts = [figures, "", sql]
            start = figures.count("\n") + 2
            if text:
                parts += ["", "Plan, without values (nothing was executed):", *_plan(door, text)]
            touched = tables_touched(text, tables.tables) if tables is not None else ()
            if tables is not None and touched:
                parts += ["", "Tables and their indexes:", tables_text(touched, tables.indexes)]
            return "\n".join(parts), (start, start + sql.count("\n") + 1 if text else start)

        return read

    def session_body(self, one: Session) -> str:
        """Return what is known of a session."""
        snapshot: ActivitySnapshot = self._hub.store.snapshot("pg-activity")
        return session_text(one, snapshot.now_s)

    def table_body(self, one: TableStats) -> str:
        """Return a table with its sizes and indexes."""
        snapshot: TablesSnapshot = self._hub.store.snapshot("pg-tables")
        return tables_text((one,), snapshot.indexes)

    def full_text(self, key: str) -> str:
        """Return the whole statement of the row of a key, to be copied; "" without one."""
        if self.tab == "statements":
            found = self.statement(key)
            snapshot: StatementsSnapshot | None = self._hub.store.snapshot("pg-statements")
            return snapshot.texts.get(found.key[0], "") if found is not None and snapshot is not None else ""
        session = self.session(key) if self.tab == "activity" else None
        return session.query if session is not None else ""

    # ------------------------------------------------------------ advice

    def adviser(self) -> Callable[[], Advice] | None:
        """Return what analyses the indexes, which blocks; None until tables and statements are read."""
        statements = self._hub.store.snapshot("pg-statements")
        tables = self._hub.store.snapshot("pg-tables")
        if statements is None or tables is None:
            return None
        return partial(advise, self.door(), statements, tables)


def pretty_sql(text: str) -> str:
    """Return a statement laid out over lines; as it is where it cannot be read, or is very long."""
    if len(text) > _LOOKED_AT:
        return text
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return sqlglot.transpile(text, read="postgres", write="postgres", pretty=True)[0]
    except (SqlglotError, RecursionError, IndexError):
        return text


def tables_touched(text: str, tables: Sequence[TableStats]) -> tuple[TableStats, ...]:
    """Return the tables that a statement names."""
    words = {
        found[1].replace('""', '"') if found[1] is not None else found[2].lower()
        for found in _WORD.finditer(text[:_LOOKED_AT])
    }
    return tuple(one for one in tables if one.name in words)


def _plan(door: PostgresDoor, text: str) -> list[str]:
    try:
        return [str(one) for one in explain(door, text)]
    except SourceError as error:
        return [one_line(f"{error.summary} {error.hint}", 600)]
