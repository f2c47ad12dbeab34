"""Compile `stats`: groups, aggregates, and expressions of both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tui.insights import tree
from tui.insights.engine.aggregates import aggregate
from tui.insights.engine.expressions import NOTHING, compile_expr
from tui.insights.engine.periods import floor_sql, length_ms
from tui.insights.engine.pipeline import MATCHED, Pipeline
from tui.insights.engine.problems import QueryProblem
from tui.insights.engine.scope import Scope
from tui.insights.engine.values import Value
from tui.insights.functions import AGGREGATES
from tui.insights.walk import walk

_ROUNDING = frozenset(("bin", "datefloor", "dateceil"))
_MOST_TOP = 10_000


def stats(command: tree.Stats, line: Pipeline) -> None:
    """Make the rows those of a stats.

    Raises:
        NotCovered: It needs what the local engine does not have.
        QueryProblem: It means nothing.
    """
    line.end_filters()
    if any(_is_topk(item.expr) for item in command.aggregates):
        _topk(command, line)
        return
    before = line.scope()
    groups = [(item.name, _group(item, command.offset, before)) for item in command.groups]
    keys = [f"g{number}" for number in range(len(groups))]
    inner = [f"{value.sql} AS {key}" for key, (_, value) in zip(keys, groups, strict=True)]
    named_groups = {name: Value(key, value.kind) for key, (name, value) in zip(keys, groups, strict=True)}
    working = _Working(before, before.time, named_groups)
    columns: list[tuple[str, Value]] = []
    for item in command.aggregates:
        value = working.compile(item)
        columns.append((item.name, value))
        working.known[item.name] = value
    count = f"max({MATCHED})" if line.has_matched else "sum(count(*)) OVER ()"
    inner += [f"{sql} AS {name}" for sql, name in working.aggregates.items()]
    by = f"GROUP BY {', '.join(str(number + 1) for number in range(len(keys)))}" if keys else ""
    line.select(", ".join([*inner, f"{count} AS {MATCHED}"]), by)
    line.has_matched = True
    line.names, line.is_events = dict(named_groups), False
    line.add(columns)
    line.shown = [item.name for item in (*command.groups, *command.aggregates)]
    line.displayed = None
    line.groups = [item.name for item in command.groups]
    line.buckets = {
        item.name: period for item in command.groups if (period := _rounding_period(item.expr)) is not None
    }
    line.order = [f"{key} NULLS LAST" for key in keys] or ["1"]


def _group(item: tree.Named, offset: tree.Period | None, scope: Scope) -> Value:
    expr = item.expr
    if offset is not None and isinstance(expr, tree.Call) and expr.name == "bin":
        moment = compile_expr(expr.args[0], scope) if len(expr.args) == 2 else scope.time
        period = expr.args[-1]
        if moment is None or not isinstance(period, tree.Period):
            raise QueryProblem("Write bin(5m) before offset, in the first stats.", expr.span)
        return Value(floor_sql(moment.milliseconds, period, length_ms(offset)), "time")
    value = compile_expr(expr, scope)
    return Value(value.scalar, "text") if value.kind in ("text", "json") else value


def _rounding_period(expr: tree.Expr) -> tree.Period | None:
    if isinstance(expr, tree.Call) and expr.name in _ROUNDING and isinstance(expr.args[-1], tree.Period):
        return expr.args[-1]
    return None


@dataclass(slots=True)
class _Working:
    """The aggregates of a stats, and what its names mean around them."""

    before: Scope
    time: Value | None
    groups: dict[str, Value]
    known: dict[str, Value] = field(default_factory=dict)
    aggregates: dict[str, str] = field(default_factory=dict)

    def compile(self, item: tree.Named) -> Value:
        """Return an item as SQL over the groups and the aggregates."""
        names = {**self.groups, **self.known}
        rewritten = self._without_aggregates(item.expr, names)
        return compile_expr(rewritten, replace(self.before, names=names, discover=_nothing, time=None))

    def _without_aggregates(self, node: tree.Expr, names: dict[str, Value]) -> tree.Expr:
        """Return an expression in which a name stands for each aggregate."""

        def inner(one: tree.Expr) -> tree.Expr:
            return self._without_aggregates(one, names)

        if isinstance(node, tree.Call):
            if node.name in AGGREGATES:
                name = f"\0{len(names)}"
                names[name] = self._aggregate(node)
                return tree.Field((name,))
            return replace(node, args=tuple(map(inner, node.args)))
        if isinstance(node, tree.Binary):
            return replace(node, left=inner(node.left), right=inner(node.right))
        if isinstance(node, tree.Unary):
            return replace(node, operand=inner(node.operand))
        if isinstance(node, tree.Index):
            return replace(node, base=inner(node.base), index=inner(node.index))
        if isinstance(node, tree.ListOf):
            return replace(node, items=tuple(map(inner, node.items)))
        return node

    def _aggregate(self, call: tree.Call) -> Value:
        args = [arg for arg in call.args if not isinstance(arg, tree.Period | tree.Star)]
        for arg in walk(args):
            if isinstance(arg, tree.Call) and arg.name in AGGREGATES:
                raise QueryProblem(
                    "An aggregate stands within another: name the inner one with as, and take the outer"
                    " one in a second stats.",
                    arg.span,
                )
        scope = self.before
        values = [compile_expr(arg, scope) for arg in (args[:1] if call.name == "pct" else args)]
        if call.name == "pct" and len(args) == 2:
            values.append(NOTHING)
        value = aggregate(call, values, None if self.time is None else self.time.sql)
        column = self.aggregates.setdefault(value.sql, f"a{len(self.aggregates)}")
        return Value(column, value.kind)


def _nothing(path: tuple[str | int, ...]) -> Value:
    return NOTHING


# ---------------------------------------------------------------- topk


def _is_topk(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Call) and expr.name == "topk"


def _topk(command: tree.Stats, line: Pipeline) -> None:
    """One row for each of the most frequent values, and how often it is there."""
    item = command.aggregates[0]
    call = item.expr
    if command.groups or len(command.aggregates) > 1 or not isinstance(call, tree.Call):
        raise QueryProblem("topk stands alone in its stats, without by.", item.span)
    number = call.args[0] if len(call.args) == 2 else None
    if not isinstance(number, tree.Number) or not 1 <= number.value <= _MOST_TOP:
        raise QueryProblem(f"Write topk(5, field), with at most {_MOST_TOP:,}.", call.span)
    value = compile_expr(call.args[1], line.scope())
    line.count_matched()
    line.select(
        f"{value.scalar} AS g0, CAST(count(*) AS DOUBLE) AS a0, max({MATCHED}) AS {MATCHED}",
        f"WHERE {value.scalar} IS NOT NULL GROUP BY 1",
    )
    line.names = {item.name: Value("g0", "text"), "count": Value("a0", "number")}
    line.is_events, line.shown, line.displayed = False, [item.name, "count"], None
    line.groups, line.buckets = [item.name], {}
    line.order = ["a0 DESC", "g0"]
    line.select("*", f"ORDER BY {line.ordering()} LIMIT {number.value}")
