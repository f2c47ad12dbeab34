"""Walk the expressions of a query, without recursion: a chain of a thousand `or` is a tree of that depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tui.insights import tree
from tui.insights.tree import Binary, Call, Command, Expr, Index, ListOf, Query, Subquery, Unary


def children(node: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly within one, in order; those of a subquery are not among them."""
    if isinstance(node, Binary):
        return node.left, node.right
    if isinstance(node, Call):
        return node.args
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Index):
        return node.base, node.index
    return node.items if isinstance(node, ListOf) else ()


def walk(nodes: Iterable[Expr], is_skipped: Callable[[Expr], bool] | None = None) -> Iterator[Expr]:
    """Yield expressions and all within them, each before what it holds, from left to right.

    Args:
        nodes: Where to begin.
        is_skipped: Whether an expression is left out with all that it holds.
    """
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        if is_skipped is not None and is_skipped(node):
            continue
        yield node
        waiting.extend(reversed(children(node)))


def expressions(command: Command) -> tuple[Expr, ...]:
    """Return the outermost expressions of a command, in order."""
    match command:
        case tree.Fields() | tree.Display():
            return tuple(item.expr for item in command.items)
        case tree.Filter():
            return (command.condition,)
        case tree.Stats():
            return tuple(item.expr for item in (*command.aggregates, *command.groups))
        case tree.Sort():
            return tuple(key.expr for key in command.keys)
        case tree.Parse():
            return (command.source,)
        case tree.Dedup():
            return command.fields
        case tree.Pattern() | tree.Unnest():
            return (command.expr,)
        case tree.Expand() | tree.Accum():
            return (command.field,)
        case tree.FillMissing():
            return () if command.value is None else (command.value,)
    return ()


def subqueries(query: Query) -> Iterator[Query]:
    """Yield the queries directly within a query."""
    for command in query.commands:
        for node in walk(expressions(command)):
            if isinstance(node, Subquery):
                yield node.query
