"""What PostgreSQL tells of itself. Times are epoch seconds by its clock, but for `at_s`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

StatementKey = tuple[int, int, bool]
"""queryid, userid, toplevel."""


@dataclass(frozen=True, slots=True)
class About:
    """The server and what the role that asks may do.

    Attributes:
        version_num: For example 180006.
        version: For example "18.6".
        database: The connection's database.
        role: Who asks.
        is_replica: Whether it is in recovery: nothing can be changed here.
        is_monitor: Whether the role is a member of pg_monitor.
        is_rds: Whether Amazon runs it.
        statements_schema: Where pg_stat_statements is; "" where it is not installed in this database.
        statements_columns: Columns of the installed view.
        is_preloaded: Whether its library is loaded.
        has_statements: Whether the server could install it.
        has_hypopg: Whether hypothetical indexes can be made.
    """

    version_num: int
    version: str
    database: str
    role: str
    is_replica: bool
    is_monitor: bool
    is_rds: bool
    statements_schema: str
    statements_columns: frozenset[str]
    is_preloaded: bool
    has_statements: bool
    has_hypopg: bool

    @property
    def major(self) -> int:
        """The major version, for example 18."""
        return self.version_num // 10_000


@dataclass(frozen=True, slots=True)
class Statement:
    """Counters of one statement of pg_stat_statements since `since_s`.

    Attributes:
        key: What identifies it.
        calls: Executions.
        total_ms: Time in all; min_ms, max_ms, mean_ms, stddev_ms of one execution.
        rows: Rows returned or changed.
        hit: Shared blocks found in the cache; read: those that were not.
        temp: Temporary blocks read and written.
        io_ms: Time of block reads and writes; 0 unless track_io_timing is on.
        since_s: Since when it is counted; None where the server does not tell.
    """

    key: StatementKey
    calls: int
    total_ms: float
    min_ms: float
    max_ms: float
    mean_ms: float
    stddev_ms: float
    rows: int
    hit: int
    read: int
    temp: int
    io_ms: float
    since_s: float | None = None


@dataclass(frozen=True, slots=True)
class StatementsSnapshot:
    """All statements of the database.

    Attributes:
        at_s: The console's time.
        statements: Their counters, the largest total first.
        texts: By queryid: of the first ones, and of those asked for.
        problem: Why there are none; "" otherwise.
        action: The action that mends that; "" where there is none.
    """

    at_s: float
    statements: tuple[Statement, ...] = ()
    texts: Mapping[int, str] = field(default_factory=dict)
    problem: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A server process of pg_stat_activity.

    Attributes:
        pid: Its number.
        database: Its database; "" for none.
        role: Its user; "" for none.
        application: application_name.
        client: Its address; "" for a local one.
        kind: backend_type.
        state: For example "active", "idle in transaction"; "" where it is hidden or has none.
        wait_type: Class of what it waits for; "" while it waits for nothing.
        wait_event: What it waits for.
        backend_start_s, xact_start_s, query_start_s, state_change_s, wait_start_s: None where not so.
        has_snapshot: Whether it holds a snapshot (backend_xmin).
        query: Its last statement, cut at 4,096 characters (the server cuts at track_activity_query_size).
        query_id: None before PostgreSQL 14.
        blocked_by: Sessions that it waits for; 0 is a prepared transaction.
    """

    pid: int
    database: str
    role: str
    application: str
    client: str
    kind: str
    state: str
    wait_type: str
    wait_event: str
    backend_start_s: float | None
    xact_start_s: float | None
    query_start_s: float | None
    state_change_s: float | None
    wait_start_s: float | None
    has_snapshot: bool
    query: str
    query_id: int | None
    blocked_by: tuple[int, ...] = ()

    @property
    def is_client(self) -> bool:
        """Whether it is a connection of a client; such count against max_connections."""
        return self.kind in ("client backend", "")

    @property
    def is_active(self) -> bool:
        """Whether it executes something."""
        return self.state in ("active", "fastpath function call")

    @property
    def is_idle_in_transaction(self) -> bool:
        """Whether it holds a transaction open and does nothing."""
        return self.state.startswith("idle in transaction")


@dataclass(frozen=True, slots=True)
class ActivitySnapshot:
    """All sessions at one moment.

    Attributes:
        at_s: The console's time.
        now_s: The server's time; ages count from it.
        sessions: Without cwtop's own reading one.
        is_partial: Whether other users' sessions are hidden from the role that asks.
    """

    at_s: float
    now_s: float
    sessions: tuple[Session, ...]
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class TableStats:
    """A table. Sizes are of the last vacuum or analyze.

    Attributes:
        oid: Its number.
        schema, name, owner: Names as they are, unquoted.
        is_partitioned: Whether it has no storage of its own.
        rows: Live rows, estimated; dead: dead ones.
        bytes: Size of the table without its indexes.
        seq_scan, seq_tup_read, idx_scan: Scans, and rows that sequential ones read.
        writes: Rows inserted, updated, deleted.
        last_vacuum_s, last_analyze_s, last_seq_scan_s: None for never, or not known.
        xid_age: Transactions since the oldest one that is not frozen; None without storage.
        hit, read: Blocks from the cache and from elsewhere, its indexes included.
    """

    oid: int
    schema: str
    name: str
    owner: str
    is_partitioned: bool
    rows: int
    dead: int
    bytes: int
    seq_scan: int
    seq_tup_read: int
    idx_scan: int
    writes: int
    last_vacuum_s: float | None
    last_analyze_s: float | None
    last_seq_scan_s: float | None
    xid_age: int | None
    hit: int
    read: int


@dataclass(frozen=True, slots=True)
class IndexStats:
    """An index.

    Attributes:
        oid: Its number.
        schema, name: Names as they are, unquoted.
        table_oid: Its table.
        method: For example "btree".
        columns: Its columns in order, those of INCLUDE last; None for an expression.
        details: Operator class, order and collation of each, to compare with.
        key_count: How many of the columns are keys.
        is_unique, is_primary, is_valid, is_replica_identity, is_constraint, is_building: As they say.
        covers_foreign_key: Whether its first column is that of a foreign key of its table.
        predicate, expressions: The catalogue's inner form, to compare with; "" for none.
        bytes: Its size at the last vacuum or analyze.
        idx_scan: Scans.
        last_scan_s: None for never, or before PostgreSQL 16.
    """

    oid: int
    schema: str
    name: str
    table_oid: int
    method: str
    columns: tuple[str | None, ...]
    details: tuple[str, ...]
    key_count: int
    is_unique: bool
    is_primary: bool
    is_valid: bool
    is_replica_identity: bool
    is_constraint: bool
    is_building: bool
    covers_foreign_key: bool
    predicate: str
    expressions: str
    bytes: int
    idx_scan: int
    last_scan_s: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The database as a whole.

    Attributes:
        hit, read: Blocks from the cache and from elsewhere.
        deadlocks: Since `since_s`.
        temp_bytes: Written to temporary files since then.
        since_s: Since when it is counted; None for ever.
        xid_age: Transactions since the oldest one that is not frozen; at 2^31 the server stops.
    """

    hit: int
    read: int
    deadlocks: int
    temp_bytes: int
    since_s: float | None
    xid_age: int


@dataclass(frozen=True, slots=True)
class TablesSnapshot:
    """Tables and indexes of the database.

    Attributes:
        at_s: The console's time.
        tables: All, the largest first.
        indexes: All.
        totals: The database as a whole.
    """

    at_s: float
    tables: tuple[TableStats, ...]
    indexes: tuple[IndexStats, ...]
    totals: Totals
