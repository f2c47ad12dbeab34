"""From look-ups to indexes that would serve them, ranked by the time they would save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.pgadvice.predicates import Lookup, TableName, lookups
from tui.domain.pgstats import IndexStats, Statement, StatementsSnapshot, TablesSnapshot, TableStats

LEAST_ROWS: Final = 10_000
"""Smaller tables are read faster whole."""
FEW_ROWS: Final = 50.0
"""Rows at which another column would not make an index better."""
MOST_COLUMNS: Final = 3
MOST_SHARE: Final = 0.2
"""An index that leaves a larger share of the rows is not used by the planner."""
LEAST_MS: Final = 0.25
"""Statements that are faster on average need no index."""
_UNKNOWN: Final = 0.01
"""Share of rows that an equality leaves where the planner's statistics may not be read."""
_RANGE: Final = 0.33
"""The planner's own guess for an open range, DEFAULT_INEQ_SEL."""
_CLOSED: Final = 0.005
"""The planner's own guess for a range with two ends, DEFAULT_RANGE_INEQ_SEL."""
_NO_BTREE: Final = ("json", "xml", "point", "box", "polygon", "path", "circle", "line", "lseg", "xid", "cid")


@dataclass(frozen=True, slots=True)
class ColumnFact:
    """What is known of a column.

    Attributes:
        name: Its name.
        type: As format_type tells it.
        n_distinct: As pg_stats: above 0 a number, below 0 minus a share of the rows; None where not known.
    """

    name: str
    type: str
    n_distinct: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that would serve statements.

    Attributes:
        table: Its table.
        columns: In order: (name, descending).
        serves: queryid to the share of the rows that it leaves, of the statements it would serve.
        saved_ms: Milliseconds of all that was counted that it would have saved.
        share: The same as a share of the time of all statements, 0..1.
        rows_left: Rows that a look-up leaves, at most.
        bytes: Its size, guessed.
        is_guess: Whether statistics of a column were not readable.
        is_counted: Whether `rows_left` is what the statement returned or changed, not the planner's guess.
        choices: The ways to rows that it is one of: (queryid, branch); of several on a table one is enough.
        proof: How sure it is: "hypothetical index", "plan", "estimate"; "" before it was looked at.
        cost_before, cost_after: The planner's cost of the statement that gains most; None where unknown.
    """

    table: TableStats
    columns: tuple[tuple[str, bool], ...]
    serves: Mapping[int, float]
    saved_ms: float
    share: float
    rows_left: float
    bytes: float
    is_guess: bool = False
    is_counted: bool = False
    choices: frozenset[tuple[int, int]] = frozenset()
    proof: str = ""
    cost_before: float | None = None
    cost_after: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)


@dataclass(slots=True)
class _Growing:
    table: TableStats
    columns: tuple[tuple[str, bool], ...]
    is_guess: bool
    rows_left: float = 0.0
    is_counted: bool = False
    serves: dict[int, float] = field(default_factory=dict)
    choices: set[tuple[int, int]] = field(default_factory=set)


def candidates(
    statements: StatementsSnapshot,
    tables: TablesSnapshot,
    columns: Mapping[int, Sequence[ColumnFact]],
) -> tuple[Candidate, ...]:
    """Return indexes that would serve the statements and are not there, the most useful first.

    Benefit of an index: the sum over the statements it serves of their time x (1 - share of rows left).

    Args:
        statements: With the texts of those that count.
        tables: Tables and the indexes that are there.
        columns: By table's oid.
    """
    known: dict[TableName, frozenset[str]] = {
        (one.schema, one.name): frozenset(fact.name for fact in columns.get(one.oid, ()))
        for one in tables.tables
    }
    found: dict[tuple[int, tuple[tuple[str, bool], ...]], _Growing] = {}
    for one in statements.statements:
        text = statements.texts.get(one.key[0], "")
        if not text or one.mean_ms < LEAST_MS:
            continue
        for lookup in lookups(text, known):
            table = _table_of(lookup.table, tables.tables)
            if table is None or table.rows < LEAST_ROWS or table.is_partitioned:
                continue
            is_told = lookup.is_whole or lookup.is_first
            rows = one.rows / one.calls if is_told and one.calls else None
            made = _index_for(lookup, table, columns.get(table.oid, ()), rows)
            if made is None or served_already(made.columns, table, tables.indexes):
                continue
            growing = found.setdefault((table.oid, made.columns), made)
            left = made.rows_left / table.rows
            growing.serves[one.key[0]] = min(left, growing.serves.get(one.key[0], 1.0))
            growing.choices.add((one.key[0], lookup.branch))
            growing.rows_left = max(growing.rows_left, made.rows_left)
            growing.is_counted = growing.is_counted and made.is_counted
    return _ranked(_merged(list(found.values())), statements.statements)


def served_already(
    wanted: Sequence[tuple[str, bool]], table: TableStats, indexes: Iterable[IndexStats]
) -> bool:
    """Whether an index is there whose first columns are these (equalities in any order would do)."""
    names = [name for name, _ in wanted]
    for one in indexes:
        if (
            one.table_oid != table.oid
            or not one.is_valid
            or one.predicate
            or one.method not in ("btree", "hash")
        ):
            continue
        keys = one.columns[: one.key_count]
        if len(names) <= len(keys) and set(keys[: len(names)]) == set(names):
            return True
        # An index whose only or first key is unique leaves one row anyway.
        if one.is_unique and keys and set(keys) <= set(names):
            return True
    return False


def _index_for(
    lookup: Lookup, table: TableStats, facts: Sequence[ColumnFact], counted: float | None
) -> _Growing | None:
    """Return the index that serves a look-up; None where none would.

    Args:
        lookup: The look-up.
        table: Its table.
        facts: The table's columns.
        counted: Rows that the statement returned or changed a call, where they are those of the look-up.
    """
    most = MOST_SHARE * table.rows
    first = counted if lookup.is_first else None
    counted = None if lookup.is_first else counted
    if counted is not None and counted > most:
        # The values asked for are frequent ones, whatever the number of different values is.
        return None
    by_name = {one.name: one for one in facts}
    shares, is_guess = _equal_shares(lookup, table, by_name)
    chosen: list[tuple[str, bool]] = []
    left = float(table.rows)
    for name in sorted(shares, key=lambda one: (shares[one], one)):
        if len(chosen) == MOST_COLUMNS or (chosen and left <= FEW_ROWS):
            break
        # A column that hardly narrows down costs more than it brings.
        if chosen and shares[name] > 0.5:
            break
        chosen.append((name, False))
        left *= shares[name]
    equalities = len(chosen)
    if len(chosen) < MOST_COLUMNS and left > FEW_ROWS:
        left = _add_tail(chosen, left, lookup, by_name, counted if first is None else first)
    is_counted = counted is not None and lookup.is_complete and {*lookup.equal, *lookup.ranges} <= {
        name for name, _ in chosen
    }  # fmt: skip
    if counted is not None:
        # What is left is no less than what came out, and just that where nothing else narrows it down.
        left = counted if is_counted else max(left, counted)
    if not chosen or left > most:
        return None
    is_ordered = first is not None and lookup.order[:1] == tuple(chosen[equalities : equalities + 1])
    return _Growing(table, tuple(chosen), is_guess, max(1.0, left), is_counted or is_ordered)


def _equal_shares(
    lookup: Lookup, table: TableStats, by_name: Mapping[str, ColumnFact]
) -> tuple[dict[str, float], bool]:
    """Return the share of the rows that each equality leaves, and whether one of them is a guess."""
    is_guess = False
    shares: dict[str, float] = {}
    for name in lookup.equal:
        fact = by_name.get(name)
        if fact is None or fact.type.startswith(_NO_BTREE) or fact.type == "boolean":
            continue
        share = _share(fact, table.rows)
        is_guess = is_guess or share is None
        shares[name] = _UNKNOWN if share is None else share
    return shares, is_guess


def _add_tail(
    chosen: list[tuple[str, bool]],
    left: float,
    lookup: Lookup,
    by_name: Mapping[str, ColumnFact],
    counted: float | None,
) -> float:
    """Add the columns of the order, or one of a range, behind the equalities; return the rows then left."""
    is_narrow = bool(chosen)
    tail = [one for one in lookup.order if by_name.get(one[0]) is not None and one[0] not in dict(chosen)]
    ranges = [name for name in lookup.ranges if name in by_name and name not in dict(chosen)]
    # A range with two ends narrows down more than an open one.
    ranges.sort(key=lambda one: one not in lookup.closed)
    if lookup.order and len(tail) == len(lookup.order) and not (ranges and ranges[0] != tail[0][0]):
        chosen += tail[: MOST_COLUMNS - len(chosen)]
        # With a limit only the first rows are read in this order.
        return min(left, FEW_ROWS if counted is None else counted) if is_narrow or len(tail) == 1 else left
    if ranges and (is_narrow or ranges[0] in lookup.closed or counted is not None):
        chosen.append((ranges[0], False))
        return left * (_CLOSED if ranges[0] in lookup.closed else _RANGE)
    return left


def _share(fact: ColumnFact, rows: int) -> float | None:
    if fact.n_distinct is None or fact.n_distinct == 0:
        return None
    count = fact.n_distinct if fact.n_distinct > 0 else -fact.n_distinct * rows
    return 1 / max(1.0, count)


def _table_of(name: TableName, tables: Sequence[TableStats]) -> TableStats | None:
    fitting = [one for one in tables if one.name == name[1] and name[0] in ("", one.schema)]
    public = [one for one in fitting if one.schema == "public"]
    return fitting[0] if len(fitting) == 1 else public[0] if public and not name[0] else None


def _merged(found: list[_Growing]) -> list[_Growing]:
    """Let an index serve what one with fewer of its first columns would have served."""
    found.sort(key=lambda one: -len(one.columns))
    kept: list[_Growing] = []
    for one in found:
        longer = next(
            (
                each
                for each in kept
                if each.table.oid == one.table.oid and each.columns[: len(one.columns)] == one.columns
            ),
            None,
        )
        if longer is None:
            kept.append(one)
        else:
            for number, left in one.serves.items():
                longer.serves[number] = min(left, longer.serves.get(number, 1.0))
            longer.choices |= one.choices
    return kept


def _ranked(found: Sequence[_Growing], statements: Sequence[Statement]) -> tuple[Candidate, ...]:
    times: dict[int, float] = {}
    for one in statements:
        times[one.key[0]] = times.get(one.key[0], 0.0) + one.total_ms
    whole = sum(times.values()) or 1.0
    made = []
    for each in found:
        saved = sum(times.get(number, 0.0) * (1 - left) for number, left in each.serves.items())
        made.append(
            Candidate(
                each.table,
                each.columns,
                dict(each.serves),
                saved,
                saved / whole,
                each.rows_left,
                each.table.rows * (8.0 + 16.0 * len(each.columns)),
                each.is_guess,
                each.is_counted,
                frozenset(each.choices),
            )
        )
    return tuple(sorted(made, key=lambda one: (-one.saved_ms, one.table.schema, one.table.name, one.names)))


def with_proof(one: Candidate, proof: str, before: float | None, after: float | None) -> Candidate:
    """Return a candidate with what the planner said."""
    gain = 1.0 if before is None or after is None or before <= 0 else max(0.0, 1 - after / before)
    return replace(
        one,
        proof=proof,
        cost_before=before,
        cost_after=after,
        saved_ms=one.saved_ms * gain,
        share=one.share * gain,
    )
