"""Checks of what the application does with PostgreSQL: statements, indexes, cache, connections."""

from __future__ import annotations

from typing import Any, Final

from tui.actions.pg_common import quoted, shown_name
from tui.actions.rds_parameter import SLOW_QUERY
from tui.domain.checklist import CheckResult, Fix, State
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.pgadvice.candidates import Candidate
from tui.domain.pgadvice.inventory import Fault
from tui.domain.pgsessions import Connections, connections, oldest_transactions, pool_advice
from tui.domain.pgstats import ActivitySnapshot, Statement, StatementsSnapshot
from tui.domain.units import age_text, plural
from tui.pgadvice import advise
from tui.triage.checklist.probe import Probe, failed, joined, passed, unknown
from widgets.text import one_line

_PARTIAL: Final = "Sessions of other users are hidden: grant pg_monitor to the role of cwtop."
_GRANT: Final = "pg_monitor"


def slow_statements(probe: Probe) -> CheckResult:
    """pg_stat_statements is there, no statement is slow and heavy, and RDS logs the slow ones."""
    snapshot = probe.reads.statements()
    if snapshot.problem:
        values = {"name": "shared_preload_libraries"} if snapshot.action == "rds-parameter" else {}
        advice = "Without pg_stat_statements nobody can tell which statements are slow."
        return failed(snapshot.problem, probe.fix(action=snapshot.action, advice=advice, **values))
    slow = _slow(probe, snapshot)
    if slow:
        first, share = slow[0]
        text = one_line(snapshot.texts.get(first.key[0], ""), 120) or f"statement {first.key[0]}"
        return failed(
            f"{plural(len(slow), 'statement')} above {probe.limit('mean_ms'):g} ms on average; the first "
            f"takes {first.mean_ms:,.0f} ms, {100 * share:.0f} % of the time of all: {text}",
            probe.advice(),
        )
    text = (
        f"None of {len(snapshot.statements)} statements takes more than {probe.limit('mean_ms'):g} ms on "
        f"average and {probe.limit('share_percent'):g} % of the time of all."
    )
    logged = probe.each(
        probe.reads.config.stack.databases,
        lambda name: _slow_query_log(probe, name),
        absent="No DB instance is configured whose slow-query log could be looked at.",
    )
    # What is wrong comes first: a row has little room.
    is_fine = logged.state is State.PASS
    evidence = f"{text} {logged.evidence}" if is_fine else f"{logged.evidence} {text}"
    state = State.PASS if logged.state is State.NOT_APPLICABLE else logged.state
    return CheckResult(state, evidence, logged.fix, logged.needs)


def _slow(probe: Probe, snapshot: StatementsSnapshot) -> list[tuple[Statement, float]]:
    """Return statements that are slow, weighty and no one-off, with their share of the time, worst first."""
    total = sum(one.total_ms for one in snapshot.statements) or 1.0
    return [
        (one, one.total_ms / total)
        for one in snapshot.statements
        if one.mean_ms > probe.limit("mean_ms")
        and one.calls >= probe.limit("calls")
        and 100 * one.total_ms / total >= probe.limit("share_percent")
    ]


def _slow_query_log(probe: Probe, name: str) -> CheckResult:
    groups = probe.reads.instance(name).get("DBParameterGroups") or ()
    if not groups:
        return unknown(f"{name} tells no parameter group.")
    group, status = str(groups[0]["DBParameterGroupName"]), str(groups[0].get("ParameterApplyStatus") or "")
    pages = probe.reads.context.pages(
        "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=group
    )
    found: dict[str, Any] = next((one for one in pages if one.get("ParameterName") == SLOW_QUERY), {})
    value = str(found.get("ParameterValue") or "")
    if value in ("", "-1"):
        text = f"{name} logs no slow statements ({SLOW_QUERY} is off in {group})."
        return failed(text, probe.fix(name, advice="Log the statements that take longer than a second."))
    if status == "pending-reboot":
        text = f"{name}: {SLOW_QUERY} is {value} ms in {group}, which becomes active with a reboot."
        return failed(text, probe.fix(name, "rds-reboot", "Reboot when an interruption does no harm."))
    return passed(f"{name} logs statements from {value} ms on.")


def indexes(probe: Probe) -> CheckResult:
    """The analysis of the statements finds no index that is missing, and none is invalid."""
    reads = probe.reads
    statements, tables = reads.statements(), reads.tables()
    if statements.problem:
        return unknown(
            f"Missing indexes cannot be found: {statements.problem}", probe.fix(action=statements.action)
        )
    advice = advise(reads.door(), statements, tables)
    notes = " ".join(advice.notes)
    if advice.missing:
        several = "; ".join(
            f"{_index(one)} would save {100 * one.share:.0f} % of the time of all statements"
            for one in advice.missing[:3]
        )
        more = f" and {len(advice.missing) - 3} more" if len(advice.missing) > 3 else ""
        first = advice.missing[0]
        columns = ", ".join(quoted(name) + (" DESC" if down else "") for name, down in first.columns)
        fix = probe.fix(table=shown_name(first.table), columns=columns)
        return failed(f"{len(advice.missing)} missing: {several}{more}. {notes}".strip(), fix)
    invalid = [one.index for one in advice.needless if one.fault is Fault.INVALID]
    if invalid:
        name = f"{quoted(invalid[0].schema)}.{quoted(invalid[0].name)}"
        text = f"Invalid, left by a build that failed: {joined([one_line(one.name, 80) for one in invalid])}."
        then = "Drop it, then create it again."
        return failed(text, probe.fix(action="db-drop-index", advice=then, index=name))
    if not statements.statements:
        return unknown("No statement has been counted yet: there is nothing to judge the indexes by.")
    count, names = len(statements.statements), plural(len(tables.tables), "table")
    text = f"None is missing for {count} statements on {names}."
    return passed(f"{text} {notes}".strip())


def _index(one: Candidate) -> str:
    columns = ", ".join(f"{name} DESC" if down else name for name, down in one.columns)
    return one_line(f"{one.table.name} ({columns})", 80)


def caching(probe: Probe) -> CheckResult:
    """PostgreSQL finds nearly all blocks in its cache; a cache of the application cannot be seen."""
    totals = probe.reads.tables().totals
    seen = totals.hit + totals.read
    beside = "Whether the application caches (ElastiCache) cannot be seen from here."
    if seen < probe.limit("blocks"):
        return unknown(f"PostgreSQL has counted {seen:,} block reads only: too few for a ratio. {beside}")
    ratio, least = 100 * totals.hit / seen, probe.limit("hit_percent")
    text = f"PostgreSQL's cache has {ratio:.2f} % of {seen:,} blocks read"
    if ratio < least:
        return failed(f"{text}, less than {least:g} %. {beside}", probe.advice())
    return passed(f"{text}. {beside}")


def connection_pool(probe: Probe) -> CheckResult:
    """Use of max_connections, how much of it idles, and transactions that are held open for nothing."""
    reads = probe.reads
    settings, activity = reads.settings(), reads.activity()
    found = connections(activity, settings.max_connections, settings.reserved_connections)
    share = 100 * (found.share or 0.0)
    idle = 100 * found.idle / max(1, found.total)
    usable = settings.max_connections - settings.reserved_connections
    text = (
        f"{found.total} of {usable} connections ({share:.0f} %): "
        f"{found.active} active, {found.idle} idle, {found.idle_in_transaction} idle in transaction"
    )
    stuck = _stuck(probe, activity)
    if stuck:
        pid, age_s = stuck
        wrong = f"session {pid} has held a transaction open and idle for {age_text(age_s)}"
        advice = "End the session; then find where the application forgets to commit."
        return failed(f"{text}; {wrong}.", probe.fix(action="db-terminate", advice=advice, pid=str(pid)))
    if share > probe.limit("used_percent"):
        wrong = f"above {probe.limit('used_percent'):g} %"
        return failed(f"{text}; {wrong}.", _pool(probe, found))
    if idle > probe.limit("idle_percent") and share >= 50:
        return failed(f"{text}; {idle:.0f} % idle: the pools are too large.", _pool(probe, found))
    if activity.is_partial:
        return CheckResult(State.UNKNOWN, f"{text} as far as can be seen. {_PARTIAL}", None, _GRANT)
    return passed(f"{text}.")


def _stuck(probe: Probe, activity: ActivitySnapshot) -> tuple[int, float] | None:
    old = oldest_transactions(activity.sessions, activity.now_s, probe.limit("idle_in_transaction_s"))
    for one in old:
        if one.is_idle_in_transaction and one.xact_start_s is not None:
            return one.pid, activity.now_s - one.xact_start_s
    return None


def _pool(probe: Probe, found: Connections) -> Fix:
    return probe.advice(
        " ".join(part for part in (probe.item.advice, pool_advice(found, _tasks(probe))) if part)
    )


def _tasks(probe: Probe) -> int | None:
    """Return how many tasks run; None where it cannot be read: advice is then without a number."""
    try:
        return sum(
            int(probe.reads.service(name).get("runningCount") or 0)
            for name in probe.reads.config.stack.services
        )
    except SourceError as error:
        if error.kind is ErrorKind.BUG:
            raise
        return None
