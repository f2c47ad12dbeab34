"""Plans of statements as pg_stat_statements keeps them, with $1 in place of values. Nothing is executed."""

from __future__ import annotations

import re
from typing import Any, Final

from tui.domain.errors import ErrorKind, SourceError
from tui.sources.pgdoor import PostgresDoor
from widgets.text import sanitise

MOST_PLAN: Final = 100_000
_EXPLAINED: Final = re.compile(
    r"(?:/\*.*?\*/|--[^\n]*\n|[\s(])*(?:select|insert|update|delete|with|values|merge|table)\b", re.I | re.S
)
_PARAMETER: Final = re.compile(r"\$(\d+)")


def explain(door: PostgresDoor, text: str, *, as_json: bool = False) -> Any:
    """Return the generic plan of a statement: lines, or PostgreSQL's document of it. Blocks.

    Args:
        door: The way to the server; its transaction reads only and is rolled back.
        text: The statement.
        as_json: Return the document (a mapping with "Plan") instead of text.

    Raises:
        SourceError: It has no plan, may not be planned by this role, or a lock is in the way.
    """
    if not _EXPLAINED.match(text[:5000]):
        raise SourceError(ErrorKind.INVALID, "Statements of this kind have no plan.", "")

    def work(connection: Any) -> Any:
        return plan_in(connection, text, as_json=as_json)

    return door.within(work, name="the plan")


def plan_in(connection: Any, text: str, *, as_json: bool) -> Any:
    """Return a plan within a transaction of the caller's; see `explain`.

    A prepared statement with a generic plan tells what EXPLAIN (GENERIC_PLAN) does from PostgreSQL 16 on, in
    all versions; and it goes by the extended protocol, which EXPLAIN with $1 does not.

    Raises:
        psycopg.Error: The server refuses.
    """
    form = "FORMAT JSON" if as_json else "FORMAT TEXT"
    highest = max((int(one) for one in _PARAMETER.findall(text)), default=0)
    if not highest:
        return _told(connection, f"EXPLAIN ({form}) {text}", as_json=as_json)
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    _alone(connection, f"PREPARE cwtop_plan AS {text}")
    try:
        nulls = ", ".join(["NULL"] * highest)
        return _told(connection, f"EXPLAIN ({form}) EXECUTE cwtop_plan({nulls})", as_json=as_json)
    finally:
        # A prepared statement outlives its transaction, also one that failed.
        connection.pgconn.exec_(b"DEALLOCATE cwtop_plan")


def _told(connection: Any, statement: str, *, as_json: bool) -> Any:
    rows = _alone(connection, statement).fetchall()
    found = [next(iter(row.values())) for row in rows]
    if as_json:
        return found[0][0]
    return sanitise("\n".join(str(one) for one in found), MOST_PLAN).split("\n")


def _alone(connection: Any, statement: str) -> Any:
    """Execute by the extended protocol, which takes a single statement: a text cannot bring another along."""
    with connection.pipeline():
        return connection.execute(statement.encode())
