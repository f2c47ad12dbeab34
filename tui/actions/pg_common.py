"""What the actions on PostgreSQL share: the door, the tables, what would be in the way, the calls."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui.actions.protocol import Context
from tui.domain.forms import FormError
from tui.domain.pgstats import About, IndexStats, Session, TablesSnapshot, TableStats
from tui.domain.plan import Call, Check, Verdict
from tui.domain.units import age_text
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgwrites import sql_of
from tui.sources.postgres import ActivitySource, TablesSource, not_configured, read_only_reason
from widgets.text import one_line

SERVICE: Final = "postgresql"
"""What calls of this kind name as their service."""
OLD_S: Final = 60.0
"""Seconds from which a transaction is told as one that a build may have to wait for."""
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_PART: Final = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^\s",]+))(?:\s+(asc|desc))?\s*(,|\Z)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Tables, columns and indexes of the database, and who works on them.

    Attributes:
        about: The server and the role.
        tables: As `TablesSource` reads them.
        columns: By table's oid.
        owned: Oids of the tables that the role may change.
        sessions: All.
        now_s: The server's time.
        builds: Index builds under way, as builds.sql tells them.
    """

    about: About
    tables: TablesSnapshot
    columns: Mapping[int, tuple[str, ...]]
    owned: frozenset[int]
    sessions: tuple[Session, ...]
    now_s: float
    builds: tuple[Mapping[str, Any], ...]

    def table(self, shown: str) -> TableStats | None:
        """Return a table by the name that the form shows."""
        return next((one for one in self.tables.tables if shown_name(one) == shown), None)

    def indexes_of(self, table: TableStats) -> tuple[IndexStats, ...]:
        """Return the indexes of a table."""
        return tuple(one for one in self.tables.indexes if one.table_oid == table.oid)

    def digest(self) -> str:
        """Return what tells one set of indexes from another: how many there are, and a sum of their names."""
        names = sorted(f"{one.schema}.{one.name} {one.is_valid}" for one in self.tables.indexes)
        total = hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12]
        return f"{len(names)} indexes, {total}"


def door_of(context: Context) -> PostgresDoor:
    """Return the way to the server.

    Raises:
        SourceError: None is configured.
    """
    if context.pg is None:
        raise not_configured()
    return context.pg


def inventory(context: Context) -> Inventory:
    """Read tables, columns, indexes, sessions and builds.

    Raises:
        SourceError: They cannot be read.
    """
    door = door_of(context)
    rows = door.rows("attributes")
    activity = ActivitySource(door, context.clock).fetch()
    return Inventory(
        door.about(),
        TablesSource(door, context.clock).fetch(),
        {int(one["table_oid"]): tuple(one["columns"]) for one in rows},
        frozenset(int(one["table_oid"]) for one in rows if one["is_owner"]),
        activity.sessions,
        activity.now_s,
        tuple(door.rows("builds")),
    )


def call(method: str, params: Mapping[str, Any]) -> Call:
    """Return a request with its SQL as the command that is shown."""
    return Call(SERVICE, method, params, shown=f"{sql_of(method, params)};")


def shown_name(thing: TableStats | IndexStats) -> str:
    """Return schema and name as SQL writes them."""
    return f"{quoted(thing.schema)}.{quoted(thing.name)}"


def quoted(name: str) -> str:
    """Return a name as SQL writes it: in quotes where it must be, to be read by people."""
    doubled = name.replace('"', '""')
    return name if _PLAIN.match(name) else f'"{doubled}"'


def parse_columns(written: str, known: Sequence[str], field: str) -> tuple[dict[str, Any], ...]:
    """Return the columns that were written: comma-separated, in quotes where needed, DESC behind one.

    Raises:
        FormError: There is none, or the table has no such column.
    """
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(written):
        part = _PART.match(written, at)
        if part is None:
            raise FormError(field, "Write the columns separated by commas, for example a, b DESC.")
        name = part[1].replace('""', '"') if part[1] is not None else part[2]
        if name not in known:
            offered = ", ".join(quoted(one) for one in known[:12])
            raise FormError(field, f"There is no column {one_line(name, 60)}; there are {offered}.")
        if any(one["name"] == name for one in found):
            raise FormError(field, f"Column {one_line(name, 60)} is there twice.")
        found.append({"name": name, "is_descending": (part[3] or "").lower() == "desc"})
        at = part.end()
        if part[4] == "":
            break
    if not found:
        raise FormError(field, "Name at least one column.")
    return tuple(found)


def server_checks(about: About) -> list[Check]:
    """Return the check that the server takes changes."""
    reason = read_only_reason(about)
    return [Check(Verdict.BLOCK, reason)] if reason else []


def owner_check(about: About, owner: str, *, is_owned: bool, what: str) -> Check:
    """Return the check that the role may change a table or what hangs on it."""
    if is_owned:
        return Check(Verdict.PASS, f"{about.role} may change {what}.")
    return Check(
        Verdict.BLOCK,
        f"{about.role} does not own {what}: {owner} does.",
        f"Connect as {owner}, or GRANT {quoted(owner)} TO {quoted(about.role)}; or copy the SQL for who may.",
    )


def waiting_checks(found: Inventory) -> list[Check]:
    """Return a warning for each old transaction: a concurrent build waits for those older than it."""
    checks = []
    old = [
        one
        for one in found.sessions
        if one.database == found.about.database
        and one.xact_start_s is not None
        and found.now_s - one.xact_start_s >= OLD_S
    ]
    for one in sorted(old, key=lambda one: one.xact_start_s or 0.0)[:3]:
        age = age_text(found.now_s - (one.xact_start_s or found.now_s))
        whose = one.application or one.role or "a session"
        checks.append(
            Check(
                Verdict.WARN,
                f"Session {one.pid} of {whose} has a transaction open for {age} ({one.state or 'hidden'}): "
                f"{one_line(one.query, 80)}",
                "The build waits for it, at the latest at its end.",
            )
        )
    if len(old) > 3:
        checks.append(Check(Verdict.WARN, f"{len(old) - 3} more transactions are older than {OLD_S:.0f} s."))
    if not checks:
        checks.append(Check(Verdict.PASS, f"No transaction is older than {OLD_S:.0f} s."))
    return checks


def size_text(size: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1024
    return f"{size:,.1f} TiB"


def writes_per_s(table: TableStats, found: Inventory) -> float | None:
    """Return the table's changes a second since they are counted; None where that is not known."""
    since = found.tables.totals.since_s
    if since is None or found.now_s - since < 60:
        return None
    return table.writes / (found.now_s - since)


def choices_of(tables: Iterable[TableStats]) -> tuple[tuple[str, str], ...]:
    """Return tables as choices of a form, the largest first."""
    return tuple(
        (shown_name(one), f"{one_line(shown_name(one), 60)}  {one.rows:,} rows, {size_text(one.bytes)}")
        for one in tables
    )
