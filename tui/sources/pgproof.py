"""Asks the planner whether an index would be used: by a hypothetical one (hypopg), else by its plan."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tui.domain.errors import SourceError
from tui.domain.pgadvice.candidates import Candidate, with_proof
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgexplain import plan_in

HYPOTHETICAL: Final = "hypothetical index"
PLAN: Final = "plan"
ESTIMATE: Final = "estimate"
MOST_STATEMENTS: Final = 5
"""Statements of a candidate that the planner is asked about, those that gain most."""
GAIN: Final = 0.9
"""The cost must come down to this share at least."""
_PAGE: Final = 4.0
"""random_page_cost: what a row costs that an index leads to."""
_DESCENT: Final = 8.0
_ROW: Final = 0.015
"""cpu_tuple_cost and cpu_index_tuple_cost: what a row costs beside its page."""
_PAGE_BYTES: Final = 8192


def prove(door: PostgresDoor, found: Sequence[Candidate], texts: Mapping[int, str]) -> tuple[Candidate, ...]:
    """Return the candidates that the planner would use, by benefit; what it cannot judge is an estimate.

    Args:
        door: The way to the server; its role must be able to read the tables.
        found: Candidates by benefit.
        texts: The statements, by queryid.

    Raises:
        SourceError: The server cannot be reached.
    """
    about = door.about()
    kept = []
    for one in found:
        judged = _judged(door, one, found, texts, has_hypopg=about.has_hypopg)
        if judged is not None:
            kept.append(judged)
    return tuple(sorted(_one_a_choice(kept), key=lambda one: -one.saved_ms))


def _one_a_choice(found: Sequence[Candidate]) -> list[Candidate]:
    """Leave out indexes that lead only to rows to which a better one on the same table leads too."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda one: (one.cost_after or math.inf, -one.saved_ms)):
        same = [each.choices for each in kept if each.table.oid == one.table.oid]
        if not one.choices or not one.choices <= frozenset().union(*same):
            kept.append(one)
    return kept


def _judged(
    door: PostgresDoor,
    one: Candidate,
    found: Sequence[Candidate],
    texts: Mapping[int, str],
    *,
    has_hypopg: bool,
) -> Candidate | None:
    best: tuple[float, float] | None = None
    proof, refused = "", 0
    asked = [number for number in list(one.serves)[:MOST_STATEMENTS] if texts.get(number)]
    for number in asked:
        text = texts[number]
        # An OR needs an index for each side, a join often one for each table.
        together = [each for each in found if number in each.serves]

        def work(
            connection: Any, text: str = text, together: Sequence[Candidate] = together
        ) -> tuple[float, float] | None:
            before = plan_in(connection, text, as_json=True)["Plan"]
            costs = _hypothetical(connection, one, together, text, before) if has_hypopg else None
            # A generic plan takes an open range for a third of the rows: what came out was counted.
            return costs if has_hypopg and not (costs is None and one.is_counted) else _by_plan(before, one)

        try:
            costs = door.within(work, name="the plan")
        except SourceError:
            refused += 1
            continue
        proof = HYPOTHETICAL if has_hypopg else PLAN
        if costs is not None and (best is None or costs[1] / costs[0] < best[1] / best[0]):
            best = costs
    if best is not None:
        return with_proof(one, proof, *best)
    return with_proof(one, ESTIMATE, None, None) if refused and refused == len(asked) else None


def _hypothetical(
    connection: Any, one: Candidate, together: Sequence[Candidate], text: str, before: Mapping[str, Any]
) -> tuple[float, float] | None:
    """Return the cost now and with all indexes that would serve a statement; None where one is not used."""
    name = ""
    try:
        for each in together:
            row = connection.execute(
                "SELECT indexname FROM hypopg_create_index(%s)", (_definition(each),)
            ).fetchone()
            if each is one:
                name = row["indexname"]
        after = plan_in(connection, text, as_json=True)["Plan"]
    finally:
        connection.execute("SELECT hypopg_reset()")
    is_used = any(node.get("Index Name") == name for node in nodes(after))
    costs = float(before["Total Cost"]), float(after["Total Cost"])
    return costs if is_used and costs[1] <= GAIN * costs[0] else None


def _definition(one: Candidate) -> str:
    from psycopg import sql

    columns = sql.SQL(", ").join(
        sql.SQL("{} DESC").format(sql.Identifier(name)) if down else sql.Identifier(name)
        for name, down in one.columns
    )
    table = sql.Identifier(one.table.schema, one.table.name)
    return sql.SQL("CREATE INDEX ON {} ({})").format(table, columns).as_string()


def _by_plan(plan: Mapping[str, Any], one: Candidate) -> tuple[float, float] | None:
    """Return the cost now and about what it would be with look-ups in place of the reading of all rows.

    A LIMIT stops its input early: costs are those of the largest part, scaled to the whole.
    """
    whole = float(plan["Total Cost"])
    inner = max(float(node["Total Cost"]) for node in nodes(plan))
    for node, outer in scans(plan):
        if node.get("Relation Name") != one.table.name:
            continue
        times = _lookups(node, outer, plan, one.names[0])
        if times is None:
            continue
        # Rows that come in order need no sort, which a limit cannot stop early.
        ordered = _sorted_by(plan, one.names) if times == 1.0 else None
        replaced = node if ordered is None else ordered
        cost, new = float(replaced["Total Cost"]), times * _look_up(one)
        after = max(1.0, whole * (inner - cost + new) / inner)
        if new < cost and after <= GAIN * whole:
            return whole, after
    return None


def _look_up(one: Candidate) -> float:
    """Return the cost of one look-up: by single rows, or by the pages they are on, as a bitmap scan reads."""
    rows, pages = one.rows_left, max(1.0, one.table.bytes / _PAGE_BYTES)
    # Mackert and Lohman, as the planner has it (index_pages_fetched): pages that so many rows are on.
    read = min(pages, 2 * pages * rows / (2 * pages + rows))
    # The more of the pages, the more it is like reading one after the other (cost_bitmap_heap_scan).
    bitmap = read * (_PAGE - (_PAGE - 1.0) * math.sqrt(read / pages)) + _ROW * rows
    return _DESCENT + min(_PAGE * rows, bitmap)


def _lookups(
    node: Mapping[str, Any], outer: tuple[str, float] | None, plan: Mapping[str, Any], column: str
) -> float | None:
    """Return how many look-ups by a column would do what a scan does; None where they would not."""
    # Also an index scan that filters: it reads rows that the right index would not lead to.
    if _names(str(node.get("Filter", "")), column):
        return 1.0
    if node.get("Node Type") != "Seq Scan":
        return None
    if outer is not None and _names(outer[0], column):
        # A join: as many look-ups as the other side has rows.
        return outer[1]
    return 1.0 if _sorted_by(plan, (column,)) is not None else None


def _names(condition: str, column: str) -> bool:
    doubled = column.replace('"', '""')
    pattern = rf'(?<![\w"]){re.escape(column)}(?![\w"])|"{re.escape(doubled)}"'
    return re.search(pattern, condition) is not None


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return all nodes of a plan."""
    left = [plan]
    while left:
        one = left.pop()
        yield one
        left.extend(one.get("Plans") or ())


def scans(plan: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, float] | None]]:
    """Return the leaves of a plan, with the condition of their join and the rows of its other side."""
    left: list[tuple[Mapping[str, Any], tuple[str, float] | None]] = [(plan, None)]
    while left:
        node, outer = left.pop()
        children = list(node.get("Plans") or ())
        if not children:
            yield node, outer
            continue
        condition = str(node.get("Hash Cond") or node.get("Merge Cond") or node.get("Join Filter") or "")
        for number, child in enumerate(children):
            if condition and len(children) == 2:
                other = children[1 - number]
                left.append((child, (condition, float(other["Plan Rows"]))))
            else:
                left.append((child, outer))


def _sorted_by(plan: Mapping[str, Any], columns: Sequence[str]) -> Mapping[str, Any] | None:
    """Return the sort below a limit whose first key is one of the columns; None where there is none."""
    if not any(node.get("Node Type") == "Limit" for node in nodes(plan)):
        return None
    sorts = [node for node in nodes(plan) if node.get("Sort Key")]
    return next(
        (node for node in sorts if any(_names(str(node["Sort Key"][0]), one) for one in columns)), None
    )
