"""What the database screen shows: a table for each of its tabs, and the lines above it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from config.levels import Level, Threshold
from tui.domain.pghistory import Rate, StatementHistory
from tui.domain.pgsessions import Connections, Node, blocking_tree
from tui.domain.pgstats import (
    ActivitySnapshot,
    IndexStats,
    Session,
    Statement,
    StatementsSnapshot,
    TablesSnapshot,
    TableStats,
)
from tui.domain.units import age_text
from tui.presenters.dbcolumns import MOST, arranged
from widgets.model import GLYPHS
from widgets.text import one_line

TABS: Final = ("statements", "activity", "connections", "indexes", "tables")
IDLE_S: Final = 60.0
"""A transaction that is idle for so long is worth a warning: it holds locks and hinders vacuum."""
LONG_S: Final = 60.0
"""A statement that runs for so long is worth a warning."""
WRAPAROUND_WARN: Final = 500_000_000
"""autovacuum_freeze_max_age is 200 million by default; AWS advises an alarm at 1 billion."""
WIDE: Final = 1000
"""Cells of a screen on which every column stands in its place."""
_BAR: Final = 24
"""Cells of the bar of active sessions."""
_BAR_SESSIONS: Final = 2.0
_WAITS: Final[Mapping[str, tuple[str, str]]] = {
    "CPU": ("█", ""),
    "IO": ("▓", "warning"),
    "Lock": ("▒", "critical"),
}
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_MIB: Final = 1024 * 1024

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class TabView:
    """A tab as a table.

    Attributes:
        columns: Names, in order.
        rows: Column to value; "_key" tells rows apart, "_level" colours one.
        note: One line below it.
        empty: What is said in place of rows.
        widest: Cells that a column may take, by its name.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    empty: str = ""
    widest: Mapping[str, int] = field(default_factory=dict)


def key_of(statement: Statement) -> str:
    """Return what tells a statement from the others."""
    return ":".join(map(str, statement.key))


# ---------------------------------------------------------------- statements


_STATEMENTS: Final = (
    "% of all", "ms/s", "calls/s", "mean ms", "trend", "max ms", "total s", "calls", "rows/call", "hit %",
    "read", "temp", "statement",
)  # fmt: skip
_STATEMENT_WEIGHTS: Final = (
    "% of all", "mean ms", "calls/s", "ms/s", "max ms", "trend", "calls", "hit %", "total s", "rows/call",
    "read", "temp",
)  # fmt: skip


def statements_tab(snapshot: StatementsSnapshot, history: StatementHistory, *, width: int = WIDE) -> TabView:
    """Return the statements, the one that takes most of all time first."""
    if snapshot.problem:
        return TabView(_STATEMENTS, (), empty=snapshot.problem)
    whole = sum(one.total_ms for one in snapshot.statements) or 1.0
    rows = tuple(
        _statement_row(one, whole, history.rate(one.key), history.trend(one.key), snapshot.texts)
        for one in snapshot.statements
    )
    columns, widest = arranged(_STATEMENTS, "statement", _STATEMENT_WEIGHTS, rows, width)
    since = min((one.since_s for one in snapshot.statements if one.since_s is not None), default=None)
    counted = (
        f"counted for {age_text(snapshot.at_s - since)}"
        if since is not None
        else "counted since the last reset"
    )
    note = f"{len(rows):,} statements, {counted}; ms/s, calls/s and trend are of the last readings"
    return TabView(columns, rows, note, "No statement has been counted yet.", widest)


def _statement_row(
    one: Statement,
    whole: float,
    rate: Rate | None,
    trend: Sequence[float | None],
    texts: Mapping[int, str],
) -> Row:
    blocks = one.hit + one.read
    row = {
        "_key": key_of(one),
        "% of all": f"{100 * one.total_ms / whole:.1f}",
        "mean ms": _ms(one.mean_ms),
        "max ms": _ms(one.max_ms),
        "total s": f"{one.total_ms / 1000:.1f}",
        "calls": str(one.calls),
        "rows/call": f"{one.rows / one.calls:.1f}" if one.calls else "0",
        "read": str(one.read),
        "temp": str(one.temp),
        "trend": spark(trend),
        "statement": _squeezed(texts.get(one.key[0], "")) or "(text not read yet)",
    }
    if blocks:
        row["hit %"] = f"{100 * one.hit / blocks:.1f}"
    if rate is not None:
        row["ms/s"] = f"{rate.ms_per_s:.1f}"
        row["calls/s"] = f"{rate.calls_per_s:.2f}"
    return row


def spark(values: Sequence[float | None]) -> str:
    """Return values as blocks, the largest the highest; a gap where there is none."""
    known = [one for one in values if one is not None]
    if not known:
        return ""
    most = max(known) or 1.0
    return "".join(" " if one is None else _BLOCKS[min(7, int(8 * one / most))] for one in values)


# ---------------------------------------------------------------- activity


_ACTIVITY: Final = (
    "pid", "state", "for s", "tx s", "waits for", "blocks", "user", "application", "database", "statement",
)  # fmt: skip
_ACTIVITY_WEIGHTS: Final = (
    "pid", "for s", "state", "blocks", "waits for", "application", "tx s", "user", "database",
)  # fmt: skip


def activity_tab(snapshot: ActivitySnapshot, *, width: int = WIDE) -> TabView:
    """Return the sessions: who blocks whom first, then what runs, then idle transactions, then the rest."""
    tree = blocking_tree(snapshot)
    drawn = {node.pid for node in tree}
    rows = [_blocking_row(node, snapshot) for node in tree]
    rest = [one for one in snapshot.sessions if one.pid not in drawn]
    rows += [
        _session_row(one, snapshot.now_s)
        for one in sorted(
            rest,
            key=lambda one: (
                not one.is_active,
                not one.is_idle_in_transaction,
                one.query_start_s or snapshot.now_s,
                one.pid,
            ),
        )
    ]
    columns, widest = arranged(_ACTIVITY, "statement", _ACTIVITY_WEIGHTS, rows, width)
    blocked = sum(bool(one.blocked_by) for one in snapshot.sessions)
    note = f"{len(snapshot.sessions)} sessions, {sum(one.is_active for one in snapshot.sessions)} active"
    if blocked:
        note += (
            f", {blocked} blocked: the session at the left edge holds the others up (C cancels, K ends it)"
        )
    if snapshot.is_partial:
        note += "; statements of other users are hidden: GRANT pg_monitor to cwtop's user"
    return TabView(columns, tuple(rows), note, "No other session.", widest)


def _blocking_row(node: Node, snapshot: ActivitySnapshot) -> Row:
    if node.session is None:
        whose = "a prepared transaction" if node.pid == 0 else "a session that has gone"
        row: Row = {"_key": str(node.pid), "pid": _indented(str(node.pid), node.depth), "statement": whose}
    else:
        row = _session_row(node.session, snapshot.now_s)
        row["pid"] = _indented(str(node.pid), node.depth)
    if node.blocks:
        longest = "" if node.longest_wait_s is None else f", longest {age_text(node.longest_wait_s)}"
        row["blocks"] = f"{node.blocks}{longest}"
    row["_level"] = "critical" if node.depth == 0 else "warning"
    return row


def _indented(text: str, depth: int) -> str:
    return text if not depth else f"{'  ' * (min(depth, 6) - 1)}└ {text}"


def _session_row(one: Session, now_s: float) -> Row:
    row = {
        "_key": str(one.pid),
        "pid": str(one.pid),
        "state": one.state or one.kind or "hidden",
        "user": one.role,
        "application": one.application,
        "database": one.database,
        "statement": _squeezed(one.query),
    }
    since = one.query_start_s if one.is_active else one.state_change_s
    if since is not None:
        row["for s"] = f"{max(0.0, now_s - since):.1f}"
    if one.xact_start_s is not None:
        row["tx s"] = f"{max(0.0, now_s - one.xact_start_s):.1f}"
    if one.wait_type and one.wait_type != "Client":
        row["waits for"] = f"{one.wait_type}: {one.wait_event}"
    level = _session_level(one, now_s)
    if level:
        row["_level"] = level
    return row


def _session_level(one: Session, now_s: float) -> str:
    if one.is_idle_in_transaction:
        return "warning" if now_s - (one.state_change_s or now_s) >= IDLE_S else ""
    if one.is_active:
        is_long = one.is_client and now_s - (one.query_start_s or now_s) >= LONG_S
        return "warning" if is_long else ""
    return "muted"


# ---------------------------------------------------------------- connections


def connections_tab(found: Connections, advice: str) -> TabView:
    """Return the connections by application and user."""
    columns = (
        "application",
        "user",
        "connections",
        "active",
        "idle",
        "idle in transaction",
        "other",
        "oldest tx s",
    )
    rows = []
    for one in found.holders:
        row = {
            "_key": f"{one.application}\0{one.role}",
            "application": one.application or "(none)",
            "user": one.role or "(hidden)",
            "connections": str(one.total),
            "active": str(one.active),
            "idle": str(one.idle),
            "idle in transaction": str(one.idle_in_transaction),
            "other": str(one.other),
        }
        if one.oldest_s is not None:
            row["oldest tx s"] = f"{one.oldest_s:.1f}"
        if one.idle_in_transaction and (one.oldest_s or 0.0) >= IDLE_S:
            row["_level"] = "warning"
        rows.append(row)
    return TabView(columns, tuple(rows), advice, "No client is connected.")


# ---------------------------------------------------------------- tables


def tables_tab(snapshot: TablesSnapshot) -> TabView:
    """Return the tables, the largest first."""
    columns = (
        "table", "rows", "MiB", "dead", "dead %", "seq scans", "rows/scan", "idx scans", "writes", "hit %",
        "vacuum", "analyze", "xid age M",
    )  # fmt: skip
    rows = tuple(_table_row(one, snapshot.at_s) for one in snapshot.tables)
    totals = snapshot.totals
    blocks = totals.hit + totals.read
    note = f"{len(rows):,} tables"
    if blocks:
        note += f", cache hit {100 * totals.hit / blocks:.2f} % of {blocks:,} blocks"
    note += f", oldest transaction id {totals.xid_age / 1e6:,.0f} M behind (the server stops at 2,147 M)"
    return TabView(columns, rows, note, "This database has no table of its own.")


def _table_row(one: TableStats, now_s: float) -> Row:
    whole, blocks = one.rows + one.dead, one.hit + one.read
    share = 100 * one.dead / whole if whole else 0.0
    row = {
        "_key": str(one.oid),
        "table": one_line(f"{one.schema}.{one.name}", 120),
        "rows": str(one.rows),
        "MiB": f"{one.bytes / _MIB:.1f}",
        "dead": str(one.dead),
        "dead %": f"{share:.1f}",
        "seq scans": str(one.seq_scan),
        "rows/scan": f"{one.seq_tup_read / one.seq_scan:.0f}" if one.seq_scan else "0",
        "idx scans": str(one.idx_scan),
        "writes": str(one.writes),
        "vacuum": _ago(one.last_vacuum_s, now_s),
        "analyze": _ago(one.last_analyze_s, now_s),
    }
    if blocks:
        row["hit %"] = f"{100 * one.hit / blocks:.1f}"
    if one.xid_age is not None:
        row["xid age M"] = f"{one.xid_age / 1e6:.1f}"
    if one.xid_age is not None and one.xid_age > WRAPAROUND_WARN:
        row["_level"] = "critical"
    elif share > 20 and one.dead > 10_000:
        row["_level"] = "warning"
    return row


def index_label(one: IndexStats) -> str:
    """Return the columns of an index."""
    keys = ", ".join(name or "(expression)" for name in one.columns[: one.key_count])
    more = ", ".join(name or "(expression)" for name in one.columns[one.key_count :])
    text = f"({keys})" + (f" INCLUDE ({more})" if more else "") + (" WHERE …" if one.predicate else "")
    return one_line(text, 160)


# ---------------------------------------------------------------- the lines above


def load_bar(average: Sequence[tuple[str, float]], samples: int) -> tuple[tuple[str, str], ...]:
    """Return average active sessions as a bar of what they wait for: (text, style).

    The bar is as long as two sessions, or as all of them where there are more. Kinds of wait have signs and
    words of their own, so that the bar needs no colour.

    Args:
        average: Sessions by kind of wait.
        samples: How many readings that is the average of.
    """
    if not samples:
        return (("active sessions: not sampled yet", "muted"),)
    whole = sum(number for _, number in average)
    scale, left, parts = max(_BAR_SESSIONS, whole), _BAR, []
    for name, number in average:
        cells = min(left, round(_BAR * number / scale))
        sign, style = _WAITS.get(name, ("░", ""))
        parts.append((sign * cells, style))
        left -= cells
    named = ", ".join(
        f"{_WAITS.get(name, ('░', ''))[0]} {name} {number:.2f}" for name, number in average if number >= 0.005
    )
    return (
        (f"active sessions {whole:.2f} ▕", ""),
        *parts,
        ("·" * left, "muted"),
        (f"▏ {named or 'none'}", ""),
    )


def connections_text(found: Connections, threshold: Threshold | None) -> tuple[str, str]:
    """Return how many connections are used, and the level of it: "", "warning" or "critical".

    Args:
        found: The connections.
        threshold: The limits in force, in connections; None where none are set.
    """
    of = f" of {found.limit - found.reserved:,}" if found.limit is not None else ""
    share = f" ({found.share:.0%})" if found.share is not None else ""
    text = f"connections {found.total}{of}{share}: {found.active} active, {found.idle} idle"
    if found.idle_in_transaction:
        text += f", {found.idle_in_transaction} idle in transaction"
    level = threshold.judge(found.total) if threshold is not None else None
    if level is None or not level.is_breach or threshold is None:
        return text, ""
    limit = threshold.critical if level is Level.CRITICAL else threshold.warning
    return f"{GLYPHS[level]} {text}, {level.value} above {limit:,.0f}", level.value


# ---------------------------------------------------------------- one of them, whole


def statement_text(
    one: Statement, snapshot: StatementsSnapshot, history: StatementHistory, pretty: Callable[[str], str]
) -> tuple[str, str]:
    """Return a statement's figures, and its text, formatted."""
    whole = sum(each.total_ms for each in snapshot.statements) or 1.0
    rate, blocks = history.rate(one.key), one.hit + one.read
    lines = [
        f"{100 * one.total_ms / whole:.1f} % of the time of all statements: {one.total_ms / 1000:,.1f} s in "
        f"{one.calls:,} calls",
        f"mean {_ms(one.mean_ms)} ms, min {_ms(one.min_ms)}, max {_ms(one.max_ms)}, "
        f"deviation {_ms(one.stddev_ms)}",
        f"{one.rows / one.calls if one.calls else 0:,.1f} rows a call; blocks: "
        + (f"{100 * one.hit / blocks:.1f} % from the cache, " if blocks else "")
        + f"{one.read:,} read, {one.temp:,} temporary",
    ]
    if rate is not None:
        lines.append(
            f"now {rate.calls_per_s:,.2f} calls/s, {rate.ms_per_s:,.1f} ms/s"
            + (f", mean {_ms(rate.mean_ms)} ms" if rate.mean_ms is not None else "")
        )
    trend = spark(history.trend(one.key))
    if trend:
        lines.append(f"mean of the last readings  {trend}")
    text = snapshot.texts.get(one.key[0], "")
    hidden = "Its text is hidden from this role, or not read yet."
    return "\n".join(lines), pretty(text) if text else hidden


def tables_text(tables: Sequence[TableStats], indexes: Sequence[IndexStats]) -> str:
    """Return tables with their sizes and indexes."""
    lines = []
    for table in tables:
        lines.append(f"{table.schema}.{table.name}: {table.rows:,} rows, {table.bytes / _MIB:,.1f} MiB")
        lines += [
            f"  {one.name} {index_label(one)} {one.bytes / _MIB:,.1f} MiB, {one.idx_scan:,} scans"
            + ("" if one.is_valid else "  INVALID")
            for one in indexes
            if one.table_oid == table.oid
        ]
    return "\n".join(lines)


def session_text(one: Session, now_s: float) -> str:
    """Return all that is known of a session."""

    def age(at_s: float | None) -> str:
        return "-" if at_s is None else f"{age_text(max(0.0, now_s - at_s))} ago"

    waits = f"{one.wait_type}: {one.wait_event}" if one.wait_type else "nothing"
    lines = [
        f"{one.role or '(hidden)'}@{one.database or '-'}  {one.application or '(no application_name)'}  "
        f"{one.client or 'local'}  {one.kind}",
        f"{one.state or 'hidden'}, waits for {waits}",
        f"connected {age(one.backend_start_s)}, transaction {age(one.xact_start_s)}, statement "
        f"{age(one.query_start_s)}, state since {age(one.state_change_s)}",
    ]
    if one.blocked_by:
        lines.append(f"blocked by {', '.join(str(pid) for pid in one.blocked_by)}")
    return "\n".join([*lines, "", one.query or "(no statement)"])


def _ago(at_s: float | None, now_s: float) -> str:
    return "never" if at_s is None else age_text(max(0.0, now_s - at_s))


def _squeezed(text: str) -> str:
    """Return a statement on one line."""
    return one_line(" ".join(text[: 4 * MOST].split()), MOST)


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"
