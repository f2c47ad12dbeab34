"""Drop an index that is a duplicate, unused or invalid; undo builds it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.pg_common import (
    Inventory,
    call,
    door_of,
    inventory,
    owner_check,
    server_checks,
    shown_name,
    size_text,
    waiting_checks,
)
from tui.actions.pg_watch import index_gone
from tui.actions.protocol import Context, Reading
from tui.domain.errors import SourceError
from tui.domain.forms import Field, FormError
from tui.domain.pgstats import IndexStats
from tui.domain.plan import Change, Check, Expect, Impact, Plan, Step, Verdict
from widgets.text import one_line


class DropIndex:
    """Drop an index CONCURRENTLY."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the indexes and their definitions; see `Action.read`."""
        found = inventory(context)
        return Reading(
            target,
            {"indexes": found.digest(), "role": found.about.role},
            {"inventory": found, "definitions": _definitions(context, found)},
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        found: Inventory = reading.context["inventory"]
        indexes = _droppable(found)
        choices = tuple(
            (
                shown_name(one),
                f"{one_line(shown_name(one), 60)}  {size_text(one.bytes)}, {one.idx_scan:,} scans",
            )
            for one in indexes
        )
        first = shown_name(indexes[0]) if indexes else ""
        return (Field("index", "Index", "choice", values.get("index") or first, choices=choices),)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        found: Inventory = reading.context["inventory"]
        one = next((each for each in _droppable(found) if shown_name(each) == values["index"]), None)
        if one is None:
            raise FormError("index", "There is no such index that may be dropped.")
        place = {"schema": one.schema, "name": one.name}
        definition = reading.context["definitions"].get(one.oid, "")
        table = next((each for each in found.tables.tables if each.oid == one.table_oid), None)
        again = _again(one, definition) if one.is_valid and definition else None
        checks = server_checks(found.about)
        if table is not None:
            what = one_line(shown_name(table), 80)
            checks.append(owner_check(found.about, table.owner, is_owned=table.oid in found.owned, what=what))
        if one.is_valid and one.idx_scan:
            checks.append(
                Check(
                    Verdict.WARN,
                    f"It was scanned {one.idx_scan:,} times since the counters began.",
                    "Only drop it where another index serves the same columns.",
                )
            )
        if one.covers_foreign_key and one.is_valid:
            text = "It begins with a column of a foreign key: deletes in the other table would scan this one."
            checks.append(Check(Verdict.WARN, text))
        return Plan(
            action="db-drop-index",
            title=f"Drop index {one_line(shown_name(one), 80)}",
            target=reading.target,
            changes=(Change("index", definition or one.name, ""),),
            steps=(
                Step(
                    f"Drop {one_line(shown_name(one), 80)} concurrently",
                    call("drop_index", place),
                    index_gone(place),
                    again[0] if again else (),
                    again[1] if again else None,
                ),
            ),
            impact=Impact(
                text="Reads and writes go on; statements that used the index become slower at once."
            ),
            checks=(*checks, *waiting_checks(found)),
            confirm=one.name if one.is_valid else "",
            irreversible="" if again else "An invalid index is not built again by undo.",
            notes=(f"Frees {size_text(one.bytes)} and the work of keeping it.",),
        )


def _again(one: IndexStats, definition: str) -> tuple[tuple[Any, ...], Expect]:
    params = {"definition": definition}
    place = {"schema": one.schema, "name": one.name, "table_oid": one.table_oid}
    watch = Expect("pg-index", place, 6 * 3600.0, "Look at the build (d, Activity).")
    return (call("create_index_again", params),), watch


def _droppable(found: Inventory) -> list[IndexStats]:
    """Return the indexes that back no constraint, invalid ones first, then those that are scanned least."""
    free = [
        one
        for one in found.tables.indexes
        if not (one.is_primary or one.is_constraint or one.is_replica_identity or one.is_building)
    ]
    return sorted(free, key=lambda one: (one.is_valid, one.idx_scan, -one.bytes, one.schema, one.name))


def _definitions(context: Context, found: Inventory) -> dict[int, str]:
    """Return what makes each index; without those whose tables are locked."""
    oids = [one.oid for one in _droppable(found)]
    if not oids:
        return {}

    def read(connection: Any) -> dict[int, str]:
        rows = connection.execute(
            "SELECT oid::bigint AS oid, pg_get_indexdef(oid) AS definition FROM pg_class"
            " WHERE oid = ANY (%s::oid[])",
            (oids,),
        ).fetchall()
        return {int(row["oid"]): str(row["definition"]) for row in rows if row["definition"]}

    try:
        definitions: dict[int, str] = door_of(context).within(read, name="index definitions")
    except SourceError:
        # Without them the plan says that undo cannot build the index again.
        return {}
    return definitions
