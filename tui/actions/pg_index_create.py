"""Create an index without holding up writes, watch the build, and measure what it brought."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tui.actions.pg_common import (
    Inventory,
    call,
    choices_of,
    door_of,
    inventory,
    owner_check,
    parse_columns,
    quoted,
    server_checks,
    shown_name,
    size_text,
    waiting_checks,
    writes_per_s,
)
from tui.actions.pg_watch import index_gone
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, FormError
from tui.domain.pgadvice.predicates import TableName, lookups
from tui.domain.pgstats import IndexStats, StatementsSnapshot, TableStats
from tui.domain.plan import Change, Check, Expect, Impact, Plan, Ref, Step, Verdict
from tui.domain.units import plural
from tui.sources.pgwrites import METHODS, sql_of
from tui.sources.postgres import StatementsSource
from widgets.text import one_line

BUILD_S: Final = 6 * 3600.0
LOOK_AT: Final = "Look at the sessions that it waits for (d, Activity), or cancel it (db-cancel-build)."
EFFECT_S: Final = 120.0
MOST_NAME: Final = 63
"""Bytes of an identifier: NAMEDATALEN - 1."""
_BYTES_PER_S: Final = 40e6
"""Rough speed of a build on a small instance: two scans and a sort."""
_TUPLE: Final = 8
"""Bytes of an index entry beside its key: header and line pointer."""
_KEY: Final = 16
_MOST_SERVED: Final = 20
_VERBS: Final = ("SELECT", "UPDATE", "DELETE", "WITH")


class CreateIndex:
    """Create an index CONCURRENTLY."""

    def read(self, context: Context, target: str) -> Reading:
        """Read tables, columns, indexes, statements and who is at work; see `Action.read`."""
        found = inventory(context)
        statements = StatementsSource(door_of(context), context.clock).fetch()
        return Reading(
            target,
            {"indexes": found.digest(), "role": found.about.role},
            {"inventory": found, "statements": statements},
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        found: Inventory = reading.context["inventory"]
        tables = [one for one in found.tables.tables if not one.is_partitioned]
        first = values.get("table") or (shown_name(tables[0]) if tables else "")
        table = found.table(first)
        known = found.columns.get(table.oid, ()) if table is not None else ()
        columns = values.get("columns", "")
        name = ""
        if table is not None and columns:
            try:
                name = suggested_name(table, parse_columns(columns, known, "columns"), found)
            except FormError:
                name = ""
        offered = ", ".join(quoted(one) for one in known[:10]) + (" …" if len(known) > 10 else "")
        return (
            Field("table", "Table", "choice", first, choices=choices_of(tables)),
            Field("columns", "Columns", "text", columns, help=f"For example a, b DESC. There are {offered}."),
            Field("name", "Name of the index", "text", name, help="Empty: made of table and columns."),
            Field("method", "Method", "choice", "btree", choices=tuple((one, one) for one in METHODS)),
        )  # fmt: skip

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        found: Inventory = reading.context["inventory"]
        table = found.table(values["table"])
        if table is None:
            raise FormError("table", "There is no such table.")
        columns = parse_columns(values["columns"], found.columns.get(table.oid, ()), "columns")
        name = values.get("name", "").strip() or suggested_name(table, columns, found)
        if len(name.encode()) > MOST_NAME:
            raise FormError("name", f"A name has at most {MOST_NAME} bytes.")
        params = {
            "schema": table.schema,
            "table": table.name,
            "name": name,
            "method": values["method"],
            "columns": columns,
        }
        served = served_by(table, columns, found, reading.context["statements"])
        leftover = _leftover(found, table, name)
        steps = (
            [_drop(table.schema, name, "Drop the invalid index that an earlier build left")]
            if leftover
            else []
        )
        steps.append(_build(params, table, len(steps)))
        if served:
            steps.append(
                _measure(served, reading.context["statements"], found.about.statements_schema, len(steps))
            )
        return Plan(
            action="db-create-index",
            title=f"Create index {one_line(quoted(name), 80)} on {one_line(shown_name(table), 80)}",
            target=reading.target,
            changes=(
                Change("index", "invalid leftover" if leftover else "", sql_of("create_index", params)),
            ),
            steps=tuple(steps),
            impact=Impact(text=_impact_text(table)),
            checks=(*_checks(found, table, columns, name, values["method"]), *waiting_checks(found)),
            notes=_notes(table, columns, found, served, reading.context["statements"]),
        )


# ---------------------------------------------------------------- parts of the plan


def suggested_name(table: TableStats, columns: Sequence[Mapping[str, Any]], found: Inventory) -> str:
    """Return a free name: idx_<table>_<columns>, cut to what an identifier may hold."""
    base = "_".join(["idx", table.name, *(str(one["name"]) for one in columns)])
    taken = {one.name for one in found.tables.indexes if one.schema == table.schema and one.is_valid}
    number, name = 1, _cut(base, MOST_NAME)
    while name in taken:
        number += 1
        name = f"{_cut(base, MOST_NAME - len(str(number)) - 1)}_{number}"
    return name


def served_by(
    table: TableStats,
    columns: Sequence[Mapping[str, Any]],
    found: Inventory,
    statements: StatementsSnapshot,
) -> dict[int, float]:
    """Return by queryid the mean time, ms, of the statements that look rows up by the first column."""
    known = {(one.schema, one.name): frozenset(found.columns.get(one.oid, ())) for one in found.tables.tables}
    words = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in (table.name, str(columns[0]["name"]))]
    served: dict[int, float] = {}
    for one in statements.statements:
        text = statements.texts.get(one.key[0], "")
        # Words first: a form that is typed into must not wait for the parser.
        is_asked = text.lstrip().upper().startswith(_VERBS) and all(word.search(text) for word in words)
        if len(served) < _MOST_SERVED and is_asked and _is_led(text, table, str(columns[0]["name"]), known):
            served.setdefault(one.key[0], one.mean_ms)
    return served


def _is_led(text: str, table: TableStats, column: str, known: Mapping[TableName, frozenset[str]]) -> bool:
    """Whether a statement looks rows of a table up by a column, or reads them in its order."""
    return any(
        one.table[1] == table.name
        and one.table[0] in ("", table.schema)
        and column in (*one.equal, *one.ranges[:1], *(name for name, _ in one.order[:1]))
        for one in lookups(text, known)
    )


def _leftover(found: Inventory, table: TableStats, name: str) -> bool:
    return any(
        one.name == name and one.schema == table.schema and not one.is_valid and not one.is_building
        for one in found.indexes_of(table)
    )


def _drop(schema: str, name: str, text: str) -> Step:
    params = {"schema": schema, "name": name}
    return Step(text, call("drop_index", params), Expect("pg-index-gone", params, BUILD_S, LOOK_AT))


def _build(params: Mapping[str, Any], table: TableStats, number: int) -> Step:
    place = {"schema": params["schema"], "name": params["name"]}
    return Step(
        f"Build {one_line(quoted(str(params['name'])), 80)} concurrently",
        call("create_index", params),
        Expect("pg-index", {**place, "table_oid": table.oid, "pid": Ref(number, "pid")}, BUILD_S, LOOK_AT),
        (call("drop_index", place),),
        index_gone(place),
    )


def _measure(served: Mapping[int, float], statements: StatementsSnapshot, schema: str, number: int) -> Step:
    # What happened before the plan counts: an hour of it where the server has it.
    total = [one for one in statements.statements if one.key[0] in served]
    calls = sum(one.calls for one in total)
    before = sum(one.total_ms for one in total) / calls if calls else None
    return Step(
        f"Measure what it brought to {plural(len(served), 'statement')}",
        call("read_counters", {"schema": schema, "ids": sorted(served)}),
        Expect(
            "pg-effect",
            {"ids": sorted(served), "before_ms": before, "then": Ref(number, "rows")},
            EFFECT_S,
            "The statements were not called since: look at them later (d, Statements).",
        ),
    )


def _impact_text(table: TableStats) -> str:
    seconds = max(1.0, 2 * table.bytes / _BYTES_PER_S)
    took = f"about {seconds:.0f} s" if seconds < 120 else f"about {seconds / 60:.0f} min"
    return (
        "Takes SHARE UPDATE EXCLUSIVE: reads and writes go on; vacuum and other changes of the table wait. "
        f"Reads the table twice ({took}), longer where transactions are in its way."
    )


def _checks(
    found: Inventory, table: TableStats, columns: Sequence[Mapping[str, Any]], name: str, method: str
) -> list[Check]:
    checks = server_checks(found.about)
    what = one_line(shown_name(table), 80)
    checks.append(owner_check(found.about, table.owner, is_owned=table.oid in found.owned, what=what))
    for one in found.indexes_of(table):
        if one.is_valid and _serves(one, columns, method):
            checks.append(
                Check(Verdict.BLOCK, f"Index {one_line(quoted(one.name), 80)} serves these columns already.")
            )
    if any(one.name == name and one.schema == table.schema and one.is_valid for one in found.tables.indexes):
        checks.append(
            Check(Verdict.BLOCK, f"The name {one_line(quoted(name), 80)} is taken.", "Choose another.")
        )
    for build in found.builds:
        if int(build["table_oid"]) == table.oid:
            checks.append(
                Check(
                    Verdict.BLOCK,
                    f"Another index of the table is being built (session {build['pid']}, {build['phase']}).",
                    "Wait for it: the server builds one at a time on a table.",
                )
            )
    return checks


def _serves(index: IndexStats, columns: Sequence[Mapping[str, Any]], method: str) -> bool:
    """Whether an index begins with these columns, whole (not partial) and of the same method."""
    wanted = tuple(one["name"] for one in columns)
    return (
        index.method == method
        and not index.predicate
        and index.columns[: index.key_count][: len(wanted)] == wanted
    )


def _notes(
    table: TableStats,
    columns: Sequence[Mapping[str, Any]],
    found: Inventory,
    served: Mapping[int, float],
    statements: StatementsSnapshot,
) -> tuple[str, ...]:
    guess = table.rows * (_TUPLE + _KEY * len(columns))
    notes = [
        f"{one_line(shown_name(table), 80)}: {table.rows:,} rows, {size_text(table.bytes)}; "
        f"the index will have about {size_text(guess)}."
    ]
    rate = writes_per_s(table, found)
    if rate is not None:
        notes.append(f"Each of the table's {rate:,.1f} changes a second will write the index too.")
    if served:
        slowest = max(served, key=lambda one: served[one])
        notes.append(
            f"{plural(len(served), 'statement')} would be led by its first column; the slowest takes "
            f"{served[slowest]:,.1f} ms: {one_line(statements.texts.get(slowest, ''), 120)}"
        )
    notes.append("The build goes on when this console or its connection is lost; the console finds it again.")
    return tuple(notes)


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode("utf-8", "ignore")
