"""By which columns statements look rows up, read out of their texts with sqlglot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST: Final = 65_536
"""Characters of a statement that is looked at; parsing takes some milliseconds a kilobyte."""
MOST_BRANCHES: Final = 16

TableName = tuple[str, str]
"""Schema and name; "" for a schema that the statement does not give."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one branch of a condition looks rows of one table up.

    Attributes:
        table: As the statement names it.
        equal: Columns compared with = or IN to something of outside the table.
        ranges: Columns compared with < <= > >= or BETWEEN.
        order: Columns of ORDER BY where a LIMIT stands beside it: (name, descending).
        joined: Those of `equal` that are compared with another table's column.
        closed: Those of `ranges` that have a lower and an upper end.
        is_whole: Whether the statement returns or changes the rows of this look-up, one for one.
        is_first: Whether it returns the first of them in `order`, as many as LIMIT says.
        is_complete: Whether `equal` and `ranges` are all of its condition.
        branch: Which alternative of the condition it is; those of one branch and table lead to the same rows.
    """

    table: TableName
    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    joined: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    is_whole: bool = False
    is_first: bool = False
    is_complete: bool = False
    branch: int = 0


def lookups(text: str, columns: Mapping[TableName, frozenset[str]]) -> tuple[Lookup, ...]:
    """Return how a statement looks rows up; () for one that cannot be read, or is too long.

    Args:
        text: The statement, with $1 in place of values.
        columns: Of each known table, by schema and name; tells which table an unqualified column is of.
    """
    if len(text) > LONGEST:
        return ()
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(text, read="postgres")
    except (SqlglotError, RecursionError, ValueError):
        return ()
    found: list[Lookup] = []
    for query in _queries(tree):
        found += _Query(query, columns).lookups()
    return tuple(dict.fromkeys(found))


def _queries(tree: Any) -> Iterator[Any]:
    from sqlglot import exp

    yield from tree.find_all(exp.Select, exp.Update, exp.Delete)


@dataclass(slots=True)
class _Terms:
    """What the terms of a branch compare, by table."""

    equal: dict[TableName, list[str]] = field(default_factory=dict)
    ranges: dict[TableName, list[str]] = field(default_factory=dict)
    joined: dict[TableName, list[str]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def add(self, into: dict[TableName, list[str]], term: Any, table: TableName, name: str) -> None:
        """Note that a term compares a column."""
        into.setdefault(table, []).append(name)
        self.used.add(id(term))


class _Query:
    """One SELECT, UPDATE or DELETE with its sources."""

    def __init__(self, query: exp.Expression, columns: Mapping[TableName, frozenset[str]]) -> None:
        self._query = query
        self._columns = columns
        self._sources = _sources(query)
        self._is_plain = _is_plain(query) and len(self._sources) == 1
        self._is_limited = query.args.get("limit") is not None

    def lookups(self) -> list[Lookup]:
        conditions = [one for one in (self._query.args.get("where"),) if one is not None]
        conditions += [join.args["on"] for join in _joins(self._query) if join.args.get("on") is not None]
        branches: list[list[Any]] = [[]]
        for one in conditions:
            inner = one.this if one.key == "where" else one
            branches = [[*left, *right] for left in branches for right in _branches(inner)][:MOST_BRANCHES]
        order = self._order()
        found: list[Lookup] = []
        self._is_plain = self._is_plain and len(branches) == 1
        for number, branch in enumerate(branches):
            found += self._of_branch(branch, order, number)
        for using in _joins(self._query):
            found += self._using(using)
        return found

    def _of_branch(
        self, terms: list[Any], order: Mapping[TableName, tuple[tuple[str, bool], ...]], branch: int
    ) -> list[Lookup]:
        from sqlglot import exp

        found = _Terms()
        for term in terms:
            if isinstance(term, exp.EQ):
                for (table, name), is_joined in self._equalities(term):
                    found.add(found.equal, term, table, name)
                    if is_joined:
                        found.joined.setdefault(table, []).append(name)
            elif isinstance(term, exp.GT | exp.GTE | exp.LT | exp.LTE):
                for (table, name), _ in self._equalities(term):
                    found.add(found.ranges, term, table, name)
            elif isinstance(term, exp.In | exp.Between):
                column = self._column(term.this)
                if column is not None:
                    into = found.equal if isinstance(term, exp.In) else found.ranges
                    found.add(into, term, *column)
                    if isinstance(term, exp.Between):
                        # It has two ends, as two comparisons have.
                        found.add(into, term, *column)
        is_complete = len(found.used) == len(terms)
        whole: list[Lookup] = []
        for table in dict.fromkeys([*found.equal, *found.ranges, *order]):
            one = Lookup(
                table,
                tuple(dict.fromkeys(found.equal.get(table, ()))),
                tuple(dict.fromkeys(found.ranges.get(table, ()))),
                order.get(table, ()),
                frozenset(found.joined.get(table, ())),
                frozenset(one for one, ends in Counter(found.ranges.get(table, ())).items() if ends > 1),
                self._is_plain and not self._is_limited,
                self._is_plain and self._is_limited,
                is_complete,
                branch,
            )
            whole.append(one)
            own = tuple(name for name in one.equal if name not in one.joined)
            if one.joined and (own or one.ranges or one.order):
                # The way in that needs no row of another table first.
                whole.append(replace(one, equal=own, joined=frozenset()))
        return whole

    def _equalities(self, term: Any) -> Iterator[tuple[tuple[TableName, str], bool]]:
        """Return the columns of a comparison that are compared with something of outside their table."""
        sides = (term.this, term.expression)
        for one, value in (sides, sides[::-1]):
            column, other = self._column(one), self._column(value)
            if column is not None and not self._reads(value, column[0]):
                yield column, other is not None

    def _using(self, join: Any) -> list[Lookup]:
        names = [one.name for one in join.args.get("using") or ()]
        if not names:
            return []
        tables = [one for one in dict.fromkeys(self._sources.values()) if one is not None]
        return [
            Lookup(table, tuple(names), joined=frozenset(names))
            for table in tables
            if set(names) <= self._known(table)
        ]

    def _order(self) -> dict[TableName, tuple[tuple[str, bool], ...]]:
        order, limit = self._query.args.get("order"), self._query.args.get("limit")
        if order is None or limit is None:
            return {}
        found: list[tuple[TableName, str, bool]] = []
        for one in order.expressions:
            column = self._column(one.this)
            if column is None or (found and found[0][0] != column[0]):
                # What follows cannot come out of one index.
                break
            found.append((*column, bool(one.args.get("desc"))))
        return {found[0][0]: tuple((name, down) for _, name, down in found)} if found else {}

    def _column(self, one: Any) -> tuple[TableName, str] | None:
        """Return table and name of a bare column of this query; None for anything else."""
        from sqlglot import exp

        while isinstance(one, exp.Paren):
            one = one.this
        if not isinstance(one, exp.Column):
            return None
        name = _name(one.this)
        if one.table:
            table = self._sources.get(_name(one.args["table"]))
            return (table, name) if table is not None else None
        fitting = [
            table
            for table in dict.fromkeys(self._sources.values())
            if table is not None and name in self._known(table)
        ]
        return (fitting[0], name) if len(fitting) == 1 else None

    def _reads(self, value: Any, table: TableName) -> bool:
        """Whether an expression reads a column of a table."""
        from sqlglot import exp

        inside = [value, *value.find_all(exp.Column)] if isinstance(value, exp.Expression) else []
        return any((found := self._column(one)) is not None and found[0] == table for one in inside)

    def _known(self, table: TableName) -> frozenset[str]:
        if table in self._columns:
            return self._columns[table]
        fitting = [names for (_, name), names in self._columns.items() if name == table[1]]
        return fitting[0] if fitting and not table[0] else frozenset()


def _is_plain(query: Any) -> bool:
    """Whether a statement returns or changes each row that its condition leaves, and no other."""
    from sqlglot import exp

    if query.parent is not None:
        return False
    if isinstance(query, exp.Update | exp.Delete):
        return True
    if any(query.args.get(one) for one in ("group", "having", "distinct", "offset", "with_", "with")):
        return False
    return not any(one.find(exp.AggFunc, exp.Window) for one in query.expressions)


def _branches(condition: Any) -> list[list[Any]]:
    """Return a condition as alternatives of terms that all hold."""
    from sqlglot import exp

    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        left, right = _branches(condition.this), _branches(condition.expression)
        return [[*one, *other] for one in left for other in right][:MOST_BRANCHES]
    if isinstance(condition, exp.Or):
        return [*_branches(condition.this), *_branches(condition.expression)][:MOST_BRANCHES]
    return [[condition]]


def _sources(query: Any) -> dict[str, TableName | None]:
    """Return what a query reads from by alias or name; None for what is no table (subquery, CTE)."""
    from sqlglot import exp

    hidden = {
        _name(one.args["alias"].this) for one in query.root().find_all(exp.CTE) if one.args.get("alias")
    }
    found: dict[str, TableName | None] = {}
    roots = [query.this] if isinstance(query, exp.Update | exp.Delete) else []
    start = query.args.get("from_") or query.args.get("from")
    roots += [start.this, *start.expressions] if start is not None else []
    roots += list(query.args.get("using") or ()) if isinstance(query, exp.Delete) else []
    roots += [join.this for join in _joins(query)]
    for one in roots:
        if one is None:
            continue
        alias = _name(one.args["alias"].this) if one.args.get("alias") is not None else ""
        if isinstance(one, exp.Table) and isinstance(one.this, exp.Identifier):
            name, schema = _name(one.this), _name(one.args["db"]) if one.args.get("db") else ""
            is_table = bool(schema) or name not in hidden
            found[alias or name] = (schema, name) if is_table else None
        elif alias:
            found[alias] = None
    return found


def _joins(query: Any) -> list[Any]:
    found = list(query.args.get("joins") or ())
    start = query.args.get("from_") or query.args.get("from")
    if start is not None and start.this is not None:
        found += start.this.args.get("joins") or ()
    return found


def _name(identifier: Any) -> str:
    """Return a name as PostgreSQL folds it: small letters unless it was quoted."""
    text = str(identifier.name if hasattr(identifier, "name") else identifier)
    return text if identifier.args.get("quoted") else text.lower()
