"""The tab of indexes: what is missing, what is there for nothing, and all others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.actionruns import Wanted
from tui.domain.errors import SourceError
from tui.domain.pgadvice.candidates import Candidate
from tui.domain.pgadvice.inventory import Fault, Judged
from tui.domain.pgstats import IndexStats, TablesSnapshot, TableStats
from tui.domain.units import plural
from tui.pgadvice import Advice
from tui.presenters.database import WIDE, Row, TabView, index_label
from tui.presenters.dbcolumns import arranged
from widgets.text import one_line

_MIB: Final = 1024 * 1024
_COLUMNS: Final = ("verdict", "table", "index", "columns", "saves %", "MiB", "scans", "evidence")
_WEIGHTS: Final = ("verdict", "table", "columns", "saves %", "index", "MiB", "scans")


def indexes_tab(
    snapshot: TablesSnapshot, advice: Advice | SourceError | None, *, width: int = WIDE
) -> TabView:
    """Return the indexes: missing ones by benefit, those that are there for nothing, then the others."""
    rows: list[Row] = []
    judged: dict[int, Judged] = {}
    note = "looking for missing indexes…"
    tables = {one.oid: one for one in snapshot.tables}
    if isinstance(advice, SourceError):
        note = f"not analysed: {advice.summary} {advice.hint}"
    elif advice is not None:
        rows += [missing_row(one) for one in advice.missing]
        judged = {one.index.oid: one for one in advice.needless}
        counts = f"{len(advice.missing)} missing, {len(advice.needless)} for nothing"
        note = f"{counts}, {len(snapshot.indexes)} in all; enter plans what to do"
        if advice.notes:
            note += "; " + " ".join(advice.notes)
    known = sorted(snapshot.indexes, key=lambda one: (one.oid not in judged, -one.bytes, one.name))
    rows += [_row(one, judged.get(one.oid), tables.get(one.table_oid)) for one in known]
    columns, widest = arranged(_COLUMNS, "evidence", _WEIGHTS, rows, width)
    return TabView(columns, tuple(rows), note, "This database has no index.", widest)


def missing_row(one: Candidate) -> Row:
    """Return the row of an index that is missing; `wanted_of` tells the action that it leads to."""
    columns = ", ".join(f"{name} DESC" if down else name for name, down in one.columns)
    text = (
        f"{plural(len(one.serves), 'statement')}, about {one.rows_left:,.0f} of {one.table.rows:,} rows each"
    )
    if one.cost_before is not None and one.cost_after is not None:
        text += f"; planner's cost {one.cost_before:,.0f} → {one.cost_after:,.0f} ({one.proof})"
    else:
        text += "; an estimate: the plan could not be read"
    return {
        "_key": f"+{one.table.oid}:{columns}",
        "_level": "warning",
        "_action": "db-create-index",
        "_table": sql_name(one.table),
        "_columns": ", ".join(_quoted(name) + (" DESC" if down else "") for name, down in one.columns),
        "verdict": "missing",
        "table": one_line(f"{one.table.schema}.{one.table.name}", 80),
        "columns": one_line(f"({columns})", 120),
        "saves %": f"{100 * one.share:.1f}",
        "MiB": f"{one.bytes / _MIB:.1f}",
        "evidence": one_line(text, 300),
    }


def _row(one: IndexStats, judged: Judged | None, table: TableStats | None) -> Row:
    row = {
        "_key": str(one.oid),
        "verdict": judged.fault.value if judged is not None else _kind(one),
        "table": one_line(f"{table.schema}.{table.name}" if table is not None else "", 80),
        "index": one_line(one.name, 80),
        "columns": index_label(one),
        "MiB": f"{one.bytes / _MIB:.1f}",
        "scans": str(one.idx_scan),
        "evidence": judged.evidence if judged is not None else "",
    }
    if judged is not None:
        row["_level"] = "critical" if judged.fault is Fault.INVALID else "warning"
    if not (one.is_primary or one.is_constraint or one.is_building):
        row["_action"] = "db-drop-index"
        row["_index"] = f"{_quoted(one.schema)}.{_quoted(one.name)}"
    return row


def wanted_of(row: Mapping[str, str]) -> Wanted | None:
    """Return the action that a row leads to; None where none fits."""
    action = row.get("_action", "")
    if action == "db-create-index":
        return Wanted(action, {"table": row["_table"], "columns": row["_columns"]})
    return Wanted(action, {"index": row["_index"]}) if action else None


def sql_name(table: TableStats) -> str:
    """Return schema and name as the form of the actions writes them."""
    return f"{_quoted(table.schema)}.{_quoted(table.name)}"


def _kind(one: IndexStats) -> str:
    if one.is_building:
        return "being built"
    return "primary key" if one.is_primary else "unique" if one.is_unique else ""


def _quoted(name: str) -> str:
    from tui.actions.pg_common import quoted

    return quoted(name)
