"""What proves a change of PostgreSQL in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.pg_common import door_of
from tui.actions.protocol import Context
from tui.domain.plan import Expect, Progress, State
from tui.domain.units import age_text
from tui.sources.pgwrites import job, statement_of
from widgets.text import one_line

LEAST_CALLS: Final = 5
"""Executions after a build from which its effect is told."""


def index_gone(place: Mapping[str, Any]) -> Expect:
    """Return what a dropped index is expected to be."""
    return Expect("pg-index-gone", dict(place), 3600.0, "Look at the sessions that use it (d, Activity).")


def index(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look at a build; params: schema, name, table_oid, and pid of who builds it where that is known."""
    door = door_of(context)
    work = job(int(params["pid"])) if "pid" in params else None
    builds = [
        one
        for one in door.rows("builds")
        if int(one["table_oid"]) == params["table_oid"] and one["index_name"] in (params["name"], None)
    ]
    if builds:
        return Progress(State.PENDING, phase_text(builds[0]))
    found = door.rows("index_state", {"schema": params["schema"], "name": params["name"]})
    if found and found[0]["is_valid"]:
        return Progress(State.DONE, "the index is valid")
    if work is not None and not work.ended.is_set():
        return Progress(State.PENDING, "the build begins")
    why = f" {work.error.summary}" if work is not None and work.error is not None else ""
    if found:
        return Progress(State.FAILED, f"The build ended and left an invalid index, which undo drops.{why}")
    return Progress(State.FAILED, f"The build ended without an index.{why}")


def phase_text(build: Mapping[str, Any]) -> str:
    """Return a build's phase, how far it is, and whom it waits for."""
    text = str(build["phase"])
    done, total = int(build["blocks_done"] or 0), int(build["blocks_total"] or 0)
    if not total:
        done, total = int(build["tuples_done"] or 0), int(build["tuples_total"] or 0)
    if total and not text.startswith("waiting"):
        text += f" {100 * done / total:.0f} %"
    locker = int(build["locker"] or 0)
    if locker:
        age = f" for {age_text(float(build['locker_age']))}" if build["locker_age"] is not None else ""
        query = one_line(str(build["locker_query"] or ""), 80)
        text += f": session {locker} ({build['locker_state'] or 'hidden'}{age}) {query}"
    return text


def gone(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an index is gone; params: schema, name."""
    found = door_of(context).rows("index_state", {"schema": params["schema"], "name": params["name"]})
    if not found:
        return Progress(State.DONE, "the index is gone")
    return Progress(State.PENDING, "the drop waits for sessions that may still use the index")


def effect(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look what an index brought; params: ids of statements, before_ms, then: counters after the build."""
    about = door_of(context).about()
    statement = statement_of("read_counters", {"schema": about.statements_schema, "ids": params["ids"]})
    now = {int(one["queryid"]): one for one in door_of(context).run(statement, name="counters")}
    calls, total = 0, 0.0
    then = {int(one["queryid"]): one for one in params["then"]}
    for number, one in now.items():
        old = then.get(number, {"calls": 0, "total_ms": 0.0})
        calls += int(one["calls"]) - int(old["calls"])
        total += float(one["total_ms"]) - float(old["total_ms"])
    if calls < LEAST_CALLS:
        return Progress(State.PENDING, f"{max(0, calls)} of {LEAST_CALLS} calls since the build")
    before, after = params.get("before_ms"), total / calls
    was = f"{before:,.2f} ms before, " if before is not None else ""
    return Progress(State.DONE, f"mean time of the statements: {was}{after:,.2f} ms since ({calls} calls)")


def session(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a session, or its statement, has ended; params: pid, backend_start, query_start."""
    found = door_of(context).rows("session", {"pid": params["pid"]})
    one = found[0] if found else None
    if one is None or abs(float(one["backend_start"]) - params["backend_start"]) > 0.001:
        return Progress(State.DONE, "the session has ended")
    if params.get("query_start") is None:
        return Progress(State.PENDING, f"the session is still there ({one['state']})")
    is_other = abs(float(one["query_start"] or 0) - params["query_start"]) > 0.001
    if is_other or one["state"] not in ("active", "fastpath function call"):
        return Progress(State.DONE, f"its statement has ended; the session is {one['state']}")
    return Progress(State.PENDING, "the statement has not ended yet")


def no_build(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a build has ended; params: pid."""
    if any(int(one["pid"]) == params["pid"] for one in door_of(context).rows("builds")):
        return Progress(State.PENDING, "the build has not ended yet")
    return Progress(State.DONE, "the build has ended")


def job_ended(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a statement has ended; params: pid, and schema, table, counter, before to know it by."""
    work = job(int(params["pid"]))
    if work is not None and work.error is not None:
        return Progress(State.FAILED, work.error.summary)
    found = door_of(context).rows("relation", {"schema": params["schema"], "name": params["table"]})
    count = int(found[0][params["counter"]] or 0) if found else 0
    if count > params["before"] or (work is not None and work.ended.is_set()):
        return Progress(State.DONE, "done; the table's statistics are new")
    return Progress(State.PENDING, "under way")


def extension(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether pg_stat_statements is there; params: is_there."""
    # What the door remembers is of before.
    rows = door_of(context).rows("about")
    is_there = rows[0]["statements_schema"] is not None
    text = "pg_stat_statements is there" if is_there else "pg_stat_statements is not there"
    return Progress(State.DONE if is_there == params["is_there"] else State.PENDING, text)
