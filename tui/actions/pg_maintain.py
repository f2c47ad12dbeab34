"""Analyze and vacuum a table; create pg_stat_statements, and begin its counters anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.pg_common import (
    Inventory,
    call,
    choices_of,
    door_of,
    inventory,
    owner_check,
    server_checks,
    shown_name,
    size_text,
)
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Expect, Impact, Plan, Ref, Step, Verdict
from tui.domain.units import age_text
from tui.sources.postgres import missing_statements
from widgets.text import one_line

_MAINTAIN_S = 6 * 3600.0
_EXTENSION = "pg_stat_statements"


class _OnTable:
    """Runs a maintenance command on a table."""

    action = ""
    method = ""
    verb = ""
    counter = ""
    impact = ""

    def read(self, context: Context, target: str) -> Reading:
        """Read the tables; see `Action.read`. Statistics change by themselves: nothing is compared."""
        found = inventory(context)
        counts: dict[str, Mapping[str, Any]] = {}
        door = door_of(context)
        for one in found.tables.tables[:200]:
            row = door.rows("relation", {"schema": one.schema, "name": one.name})
            if row:
                counts[shown_name(one)] = row[0]
        return Reading(target, {}, {"inventory": found, "counts": counts})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        found: Inventory = reading.context["inventory"]
        tables = [one for one in found.tables.tables if shown_name(one) in reading.context["counts"]]
        first = shown_name(tables[0]) if tables else ""
        return (Field("table", "Table", "choice", values.get("table") or first, choices=choices_of(tables)),)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        found: Inventory = reading.context["inventory"]
        table = found.table(values["table"])
        if table is None:
            raise FormError("table", "There is no such table.")
        params = {"schema": table.schema, "table": table.name}
        before = int(reading.context["counts"][shown_name(table)][self.counter] or 0)
        watch = {**params, "counter": self.counter, "before": before, "pid": Ref(0, "pid")}
        what = one_line(shown_name(table), 80)
        last = table.last_analyze_s if self.method == "analyze" else table.last_vacuum_s
        told = "never" if last is None else f"{age_text(found.now_s - last)} ago"
        return Plan(
            action=self.action,
            title=f"{self.verb} {what}",
            target=reading.target,
            changes=(),
            steps=(
                Step(
                    f"{self.verb} {what}",
                    call(self.method, params),
                    Expect("pg-maintained", watch, _MAINTAIN_S, "Look at its session (d, Activity)."),
                ),
            ),
            impact=Impact(text=self.impact),
            checks=(
                *server_checks(found.about),
                owner_check(found.about, table.owner, is_owned=table.oid in found.owned, what=what),
            ),
            irreversible="There is nothing to take back: no data changes.",
            notes=(f"{table.rows:,} rows, {table.dead:,} dead, {size_text(table.bytes)}; last done {told}.",),
            repeats=True,
        )


class Analyze(_OnTable):
    """Gather a table's statistics anew."""

    action, method, verb, counter = "db-analyze", "analyze", "Analyze", "analyze_count"
    impact = "Reads and writes go on; reads a sample of the table."


class Vacuum(_OnTable):
    """Remove a table's dead rows, and analyze it."""

    action, method, verb, counter = "db-vacuum", "vacuum", "Vacuum and analyze", "vacuum_count"
    impact = (
        "Reads and writes go on; reads the pages with dead rows and all indexes. Space is freed for reuse."
    )


class CreateExtension:
    """Create pg_stat_statements in the database."""

    def read(self, context: Context, target: str) -> Reading:
        """Read what is installed; see `Action.read`."""
        about = door_of(context).about()
        return Reading(target, {"schema": about.statements_schema}, {"about": about})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        about = reading.context["about"]
        is_there = bool(about.statements_schema)
        checks = server_checks(about)
        if not about.has_statements:
            checks.append(
                Check(Verdict.BLOCK, "The server does not have the extension.", "Install postgresql-contrib.")
            )
        if not about.is_preloaded:
            problem = missing_statements(about)
            text = problem[0] if problem is not None else ""
            checks.append(
                Check(
                    Verdict.WARN,
                    text,
                    "Set it with rds-parameter, then reboot; creating alone is not enough.",
                )
            )
        params = {"name": _EXTENSION}
        step = Step(
            f"Create the extension in {one_line(about.database, 60)}",
            call("create_extension", params),
            Expect("pg-extension", {"is_there": True}, 60.0, "Look at the server's log."),
            (call("drop_extension", params),),
            Expect("pg-extension", {"is_there": False}, 60.0, "Look at the server's log."),
        )
        return Plan(
            action="db-extension",
            title=f"Create {_EXTENSION} in {one_line(about.database, 60)}",
            target=reading.target,
            changes=() if is_there else (Change("extension", "", _EXTENSION),),
            steps=() if is_there else (step,),
            impact=Impact(
                text="Counting costs a few per cent of CPU at most, and is on once it is preloaded."
            ),
            checks=tuple(checks),
        )


class ResetStatements:
    """Begin the counters of all statements anew."""

    def read(self, context: Context, target: str) -> Reading:
        """Read where the extension is; see `Action.read`."""
        about = door_of(context).about()
        return Reading(target, {"schema": about.statements_schema}, {"about": about})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        about = reading.context["about"]
        missing = missing_statements(about)
        step = Step(
            "Reset the counters", call("reset_statements", {"schema": about.statements_schema or "public"})
        )
        return Plan(
            action="db-reset-statements",
            title="Reset the statement counters",
            target=reading.target,
            changes=(),
            steps=(step,),
            impact=Impact(
                text="The application does not notice; every tool that reads the counters begins anew."
            ),
            checks=(Check(Verdict.BLOCK, missing[0]),) if missing else tuple(server_checks(about)),
            irreversible="The counters of before are lost.",
            notes=(
                "Needs the right to execute pg_stat_statements_reset; pg_monitor alone does not give it.",
            ),
            repeats=True,
        )
