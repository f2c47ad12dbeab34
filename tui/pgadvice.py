"""The analysis of the indexes: what is missing, proven with the planner, and what is there for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.domain.pgadvice.candidates import Candidate, ColumnFact, candidates
from tui.domain.pgadvice.inventory import Judged, judge
from tui.domain.pgstats import StatementsSnapshot, TablesSnapshot
from tui.sources.parse import text
from tui.sources.pgdoor import PostgresDoor
from tui.sources.pgproof import prove

LEAST_SHARE: Final = 0.005
"""An index that would save less of the time of all statements is not worth its writes."""
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Advice:
    """What is known of the indexes.

    Attributes:
        at_s: When it was analysed.
        missing: Indexes that would help, the most useful first.
        needless: Indexes that are there for nothing.
        notes: What the analysis could not see.
    """

    at_s: float
    missing: tuple[Candidate, ...]
    needless: tuple[Judged, ...]
    notes: tuple[str, ...] = ()


def advise(door: PostgresDoor, statements: StatementsSnapshot, tables: TablesSnapshot) -> Advice:
    """Analyse the indexes. Blocks.

    Raises:
        SourceError: The server cannot be reached.
    """
    columns = read_columns(door, [one.oid for one in tables.tables])
    found = candidates(statements, tables, columns)
    proven = prove(door, found[:MOST], statements.texts)
    missing = tuple(one for one in proven if one.share >= LEAST_SHARE)
    notes = []
    if any(one.is_guess for one in missing):
        notes.append(
            "Statistics of some columns are hidden: grant pg_read_all_data, or SELECT on the tables."
        )
    if statements.problem:
        notes.append(f"Missing indexes cannot be found: {statements.problem}")
    return Advice(tables.at_s, missing, judge(tables), tuple(notes))


def read_columns(door: PostgresDoor, oids: Sequence[int]) -> dict[int, tuple[ColumnFact, ...]]:
    """Return the columns of tables, by oid.

    Raises:
        SourceError: They cannot be read.
    """
    found: dict[int, list[ColumnFact]] = {}
    for row in door.rows("columns", {"oids": list(oids)}):
        fact = ColumnFact(row["name"], text(row["type"]), row["n_distinct"])
        found.setdefault(int(row["table_oid"]), []).append(fact)
    return {oid: tuple(facts) for oid, facts in found.items()}
