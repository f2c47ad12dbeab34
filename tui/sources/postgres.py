"""What is read from PostgreSQL itself: settings, statements, sessions, tables and indexes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgstats import (
    About,
    ActivitySnapshot,
    IndexStats,
    Session,
    Statement,
    StatementsSnapshot,
    TablesSnapshot,
    TableStats,
    Totals,
)
from tui.domain.snapshots import PostgresSnapshot
from tui.sources.parse import text
from tui.sources.pgdoor import PostgresDoor
from widgets.text import sanitise

TEXTS: Final = 40
"""Statements, by total time, whose texts are fetched without being asked for."""
MOST_TEXT: Final = 1_048_576
"""Longest text of a statement that is kept, characters."""
MOST_TEXTS: Final = 5_000
PARTS_S: Final = 60.0
"""Seconds after which what indexes are made of is read again, be they the same or not."""
HIDDEN: Final = "<insufficient privilege>"


class PostgresSource:
    """Reads the server's settings.

    Args:
        door: The way to the server.
        database: DB instance identifier that the server stands for.
        clock: For the snapshot's time.
    """

    def __init__(self, door: PostgresDoor, database: str, clock: Clock) -> None:
        self._door = door
        self._database = database
        self._clock = clock

    def fetch(self) -> PostgresSnapshot:
        """Return the server's settings.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        facts = self._door.rows("settings")[0]
        return PostgresSnapshot(
            at_s=self._clock.now(),
            database=self._database,
            max_connections=int(facts["max_connections"]),
            reserved_connections=int(facts["reserved_connections"]),
            version=text(facts["version"]).split(" ")[0],
            about=self._door.about(),
        )


class ActivitySource:
    """Reads all sessions."""

    def __init__(self, door: PostgresDoor, clock: Clock) -> None:
        """Take the door and the console's clock."""
        self._door = door
        self._clock = clock

    def fetch(self) -> ActivitySnapshot:
        """Return the sessions.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        rows = self._door.rows("activity")
        now = self._clock.now()
        sessions = tuple(_session(row) for row in rows)
        is_partial = any(one.query == HIDDEN for one in sessions)
        return ActivitySnapshot(now, float(rows[0]["now"]) if rows else now, sessions, is_partial)


class StatementsSource:
    """Reads the counters of all statements, and the texts of those that are on top or asked for."""

    def __init__(self, door: PostgresDoor, clock: Clock, *, texts: int = TEXTS) -> None:
        """Take the door, the console's clock, and how many texts are fetched without being asked for."""
        self._door = door
        self._clock = clock
        self._most = texts
        self._texts: dict[int, str] = {}
        self._wanted: frozenset[int] = frozenset()

    def want(self, ids: Iterable[int]) -> None:
        """Fetch the texts of these statements too, from the next fetch on."""
        self._wanted = frozenset(ids)

    def fetch(self) -> StatementsSnapshot:
        """Return the statements; without the extension a snapshot that says so.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        about = self._door.about()
        problem = missing_statements(about)
        if problem is not None:
            return StatementsSnapshot(self._clock.now(), problem=problem[0], action=problem[1])
        found = sorted(
            (_statement(row) for row in self._door.rows("statements")), key=lambda one: -one.total_ms
        )
        top = {one.key[0] for one in found[: self._most]} | (self._wanted & {one.key[0] for one in found})
        unknown = sorted(top - self._texts.keys())
        if unknown:
            self._read_texts(unknown)
        return StatementsSnapshot(self._clock.now(), tuple(found), dict(self._texts))

    def _read_texts(self, ids: list[int]) -> None:
        for row in self._door.rows("texts", {"ids": ids}):
            self._texts[int(row["queryid"])] = _sql(row["query"], MOST_TEXT)
        for number in ids:
            # Evicted meanwhile: asked for again when it is back.
            self._texts.setdefault(number, "")
        if len(self._texts) > MOST_TEXTS:
            self._texts = {number: self._texts[number] for number in list(self._texts)[-MOST_TEXTS // 2 :]}


class TablesSource:
    """Reads tables and indexes; what indexes are made of only when there are others, and now and then."""

    def __init__(self, door: PostgresDoor, clock: Clock) -> None:
        """Take the door and the console's clock."""
        self._door = door
        self._clock = clock
        self._parts: dict[int, Mapping[str, Any]] = {}
        self._parts_at_s = -math.inf

    def fetch(self) -> TablesSnapshot:
        """Return tables and indexes.

        Raises:
            SourceError: The server cannot be reached or refuses.
        """
        states = self._door.rows("indexes")
        self._read_parts({int(one["oid"]) for one in states})
        found = [(one, self._parts[int(one["oid"])]) for one in states if int(one["oid"]) in self._parts]
        scans: dict[int, list[int]] = {}
        for state, parts in found:
            counts = scans.setdefault(int(parts["table_oid"]), [0, 0, 0])
            for place, name in enumerate(("idx_scan", "hit", "fetched")):
                counts[place] += int(state[name])
        rows = self._door.rows("tables")
        tables = sorted(
            (_table(row, scans.get(int(row["oid"]), (0, 0, 0))) for row in rows), key=lambda one: -one.bytes
        )
        indexes = tuple(_index(parts, state) for state, parts in found)
        totals = self._door.rows("totals")[0]
        return TablesSnapshot(
            self._clock.now(),
            tuple(tables),
            indexes,
            Totals(
                int(totals["hit"] or 0),
                int(totals["read"] or 0),
                int(totals["deadlocks"] or 0),
                int(totals["temp_bytes"] or 0),
                totals["since"],
                int(totals["xid_age"] or 0),
            ),
        )

    def _read_parts(self, oids: set[int]) -> None:
        # Names change without a new index: all are read again after a while.
        if oids <= self._parts.keys() and 0 <= self._clock.now() - self._parts_at_s < PARTS_S:
            return
        self._parts = {int(one["oid"]): one for one in self._door.rows("indexparts")}
        self._parts_at_s = self._clock.now()


def missing_statements(about: About) -> tuple[str, str] | None:
    """Return why there are no statements and the action that mends it; None where there are."""
    if not about.is_preloaded:
        return (
            "pg_stat_statements is not loaded: shared_preload_libraries lacks it; setting it needs a reboot.",
            "rds-parameter",
        )
    if not about.statements_schema:
        return (
            f"pg_stat_statements is loaded, but not created in database {about.database}.",
            "db-extension",
        )
    return None


def read_only_reason(about: About) -> str:
    """Return why nothing can be changed on a server; "" where it can."""
    return "This server is a read-only replica: go to its primary." if about.is_replica else ""


def not_configured() -> SourceError:
    """Return the error of a stack without a database's address."""
    return SourceError(
        ErrorKind.INVALID,
        "No PostgreSQL address is configured.",
        "Set database_url or database.host in the configuration, or DATABASE_URL.",
    )


def _sql(value: Any, limit: int) -> str:
    return sanitise(str(value or ""), limit).strip()


def _statement(row: Mapping[str, Any]) -> Statement:
    # Thousands a reading: the columns' types are the fields' already.
    return Statement(
        (row["queryid"], row["userid"], row["toplevel"]),
        row["calls"],
        row["total_ms"],
        row["min_ms"],
        row["max_ms"],
        row["total_ms"] / max(1, row["calls"]),
        row["stddev_ms"],
        row["rows"],
        row["hit"],
        row["read"],
        row["temp"],
        row["io_ms"],
        row["since"],
    )


def _session(row: Mapping[str, Any]) -> Session:
    return Session(
        int(row["pid"]),
        text(row["database"] or ""),
        text(row["role"] or ""),
        text(row["application"] or ""),
        text(row["client"] or ""),
        text(row["kind"]),
        text(row["state"] or ""),
        text(row["wait_type"] or ""),
        text(row["wait_event"] or ""),
        row["backend_start"],
        row["xact_start"],
        row["query_start"],
        row["state_change"],
        row["wait_start"],
        bool(row["has_snapshot"]),
        _sql(row["query"], 4096),
        row["query_id"],
        tuple(sorted(set(row["blocked_by"] or ()))),
    )


def _table(row: Mapping[str, Any], of_indexes: Sequence[int]) -> TableStats:
    scans, index_hit, index_fetched = of_indexes
    hit = int(row["hit"]) + index_hit
    return TableStats(
        int(row["oid"]),
        row["schema"],
        row["name"],
        text(row["owner"]),
        bool(row["is_partitioned"]),
        int(row["rows"]),
        int(row["dead"]),
        int(row["bytes"]),
        int(row["seq_scan"]),
        int(row["seq_tup_read"]),
        scans,
        int(row["writes"]),
        row["last_vacuum"],
        row["last_analyze"],
        row["last_seq_scan"],
        row["xid_age"],
        hit,
        int(row["fetched"]) + index_fetched - hit,
    )


def _index(row: Mapping[str, Any], state: Mapping[str, Any]) -> IndexStats:
    columns = tuple(row["columns"])
    kinds = [
        f"{kind} {way} {coll}"
        for kind, way, coll in zip(row["classes"], row["options"], row["collations"], strict=False)
    ]
    return IndexStats(
        int(row["oid"]),
        row["schema"],
        row["name"],
        int(row["table_oid"]),
        text(row["method"]),
        columns,
        (*kinds, *[""] * (len(columns) - len(kinds))),
        int(row["key_count"]),
        bool(row["is_unique"]),
        bool(row["is_primary"]),
        bool(state["is_valid"]),
        bool(row["is_replica_identity"]),
        bool(row["is_constraint"]),
        bool(state["is_building"]),
        bool(row["covers_foreign_key"]),
        row["predicate"] or "",
        row["expressions"] or "",
        int(state["bytes"]),
        int(state["idx_scan"]),
        state["last_scan"],
    )
