"""Compile an expression of a query to SQL.

A comparison with something that is not there is neither true nor false, so no filter lets it pass.
"""

from __future__ import annotations

import functools

from tui.insights import tree
from tui.insights.engine.functions import BUILDERS
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.scope import Scope
from tui.insights.engine.values import Value, member, quoted, text_of
from tui.insights.functions import AGGREGATES, FUNCTIONS

NOTHING = Value("CAST(NULL AS VARCHAR)", "text")
_ARITHMETIC = {"+": "({0} + {1})", "-": "({0} - {1})", "*": "({0} * {1})", "^": "pow({0}, {1})",
               "/": "({0} / nullif({1}, 0))", "%": "({0} % nullif({1}, 0))"}  # fmt: skip
_SIGNS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TRUTHS = {"true": "true", "false": "false"}


def compile_expr(node: tree.Expr, scope: Scope) -> Value:
    """Return the SQL of an expression.

    Raises:
        NotCovered: It needs what the local engine does not have.
        QueryProblem: It means nothing.
    """
    return _compile(node, scope)


@functools.singledispatch
def _compile(node: object, scope: Scope) -> Value:
    raise QueryProblem("This is no value.", getattr(node, "span", None))


@_compile.register
def _text(node: tree.Text, scope: Scope) -> Value:
    return text_of(node.value)


@_compile.register
def _number(node: tree.Number, scope: Scope) -> Value:
    return Value(f"CAST({node.value!r} AS DOUBLE)", "number", literal=str(node.value))


@_compile.register
def _field(node: tree.Field, scope: Scope) -> Value:
    if (known := scope.names.get(node.name)) is not None:
        return known
    for length in range(len(node.path) - 1, 0, -1):
        base = scope.names.get(".".join(map(str, node.path[:length])))
        if base is not None:
            return member(base.json, node.path[length:])
    if len(node.path) == 1 and node.path[0] in _TRUTHS:
        return Value(_TRUTHS[str(node.path[0])], "bool", literal=str(node.path[0]))
    if scope.discover is not None:
        return scope.discover(node.path)
    return NOTHING


@_compile.register
def _period(node: tree.Period, scope: Scope) -> Value:
    raise QueryProblem("A period such as 5m stands only in bin, dateFloor, dateCeil and rate.", node.span)


@_compile.register
def _regex(node: tree.Regex, scope: Scope) -> Value:
    raise QueryProblem("A regular expression stands behind like or =~.", node.span)


@_compile.register
def _index(node: tree.Index, scope: Scope) -> Value:
    base = _compile(node.base, scope)
    if isinstance(node.index, tree.Number) and isinstance(node.index.value, int):
        return member(base.json, (node.index.value,))
    if isinstance(node.index, tree.Text):
        return member(base.json, (node.index.value,))
    raise NotCovered("The local engine takes only a number or a text in square brackets.", node.span)


@_compile.register
def _unary(node: tree.Unary, scope: Scope) -> Value:
    inner = _compile(node.operand, scope)
    if node.op == "-":
        return Value(f"(-{inner.number})", "number")
    return Value(f"(NOT {inner.condition})", "bool")


@_compile.register
def _call(node: tree.Call, scope: Scope) -> Value:
    if node.name in AGGREGATES:
        raise QueryProblem(f"{node.written or node.name} stands in stats only.", node.span)
    builder = BUILDERS.get(node.name)
    if builder is None:
        known = FUNCTIONS.get(node.name)
        said = "is not covered by the local engine" if known else "is no function that the local engine knows"
        raise NotCovered(
            f"The function {node.written or node.name} {said}: only AWS can answer it.", node.span
        )
    function = FUNCTIONS[node.name]
    if not function.least <= len(node.args) <= function.most:
        raise QueryProblem(f"Write {function.usage}: it does not take {len(node.args)} arguments.", node.span)
    return builder(node, scope, lambda inner: _compile(inner, scope))


@_compile.register
def _binary(node: tree.Binary, scope: Scope) -> Value:
    if node.op in ("and", "or"):
        left, right = _compile(node.left, scope), _compile(node.right, scope)
        return Value(f"({left.condition} {node.op.upper()} {right.condition})", "bool")
    if node.op in ("in", "not in"):
        inside = _inside(node, scope)
        return Value(inside if node.op == "in" else f"(NOT {inside})", "bool")
    left = _compile(node.left, scope)
    if node.op in ("like", "not like", "=~"):
        found = _like(left, node.right, scope)
        return Value(f"(NOT {found})" if node.op == "not like" else found, "bool")
    right = _compile(node.right, scope)
    if node.op in _ARITHMETIC:
        return Value(_ARITHMETIC[node.op].format(left.number, right.number), "number")
    return Value(_compared(node.op, left, right), "bool")


def _like(left: Value, right: tree.Expr, scope: Scope) -> str:
    if isinstance(right, tree.Regex):
        return f"regexp_matches({left.scalar}, {regex_sql(right.pattern)})"
    return f"contains({left.scalar}, {_compile(right, scope).scalar})"


def regex_sql(pattern: str) -> str:
    """Return a regular expression as an SQL literal; DuckDB's RE2 wants `(?P<name>`."""
    return quoted(pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"))


def _inside(node: tree.Binary, scope: Scope) -> str:
    left = _compile(node.left, scope)
    if isinstance(node.right, tree.ListOf):
        if not node.right.items:
            return "false"
        each = (_compared("=", left, _compile(item, scope)) for item in node.right.items)
        return "(" + " OR ".join(each) + ")"
    if isinstance(node.right, tree.Subquery):
        raise NotCovered(
            "A subquery is not covered by the local engine: only AWS can answer it.", node.right.span
        )
    return contains_sql(_compile(node.right, scope), left)


def contains_sql(holder: Value, wanted: Value) -> str:
    """Return SQL of whether a list holds a value."""
    items = f"CAST(json_extract_string({holder.json}, '$[*]') AS VARCHAR[])"
    return f"list_contains({items}, {wanted.scalar})"


def _compared(op: str, left: Value, right: Value) -> str:
    sign = _SIGNS[op]
    for one, other in ((left, right), (right, left)):
        # true and false stand for 1 and 0, and for a JSON log's own words.
        if one.kind == "bool" and one.literal is not None and op in ("=", "!="):
            is_equal = f"({other.condition} = {one.sql})"
            return is_equal if op == "=" else f"(NOT {is_equal})"
    if left.kind in ("number", "bool", "time") or right.kind in ("number", "bool", "time"):
        return f"({left.number} {sign} {right.number})"
    literal = right if right.literal is not None else left if left.literal is not None else None
    if literal is not None and (op in ("=", "!=") or not _is_number(str(literal.literal))):
        return f"({left.scalar} {sign} {right.scalar})"
    numbers = f"{left.number} {sign} {right.number}"
    return f"coalesce({numbers}, {left.scalar} {sign} {right.scalar})"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
