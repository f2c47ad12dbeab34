"""Bind the operators of an expression: the grammar gives them and their operands in one row.

From loose to tight: or; and; not; comparisons, like and in; + -; * / %; ^; the minus of a number. AWS does
not state the order: this one is that of the published queries. Equal ones bind from left to right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.insights.problems import QuerySyntaxError
from tui.insights.tokens import Token
from tui.insights.tree import Binary, Expr, ListOf, Number, Period, Regex, Span, Subquery, Text, Unary

_LEVELS = (
    ("or",),
    ("and",),
    ("not",),
    ("=", "!=", "<", "<=", ">", ">=", "like", "not like", "=~", "in", "not in"),
    ("+", "-"),
    ("*", "/", "%"),
    ("^",),
)
_BINDING = {op: level for level, ops in enumerate(_LEVELS) for op in ops}
_PREFIX_BINDING = {"not": _BINDING["not"], "-": len(_LEVELS)}
# A chain of prefixes nests as brackets do.
_MAX_PREFIXES = 60


@dataclass(slots=True)
class Part:
    """An expression with the place of the brackets around it."""

    node: Expr
    start: int
    end: int


def bind(row: Sequence[Token | Part]) -> Part:
    """Return the tree of operands (`Part`) and operators (`Token`) as they stand in the query.

    Raises:
        QuerySyntaxError: An operator does not take what stands beside it.
    """
    parts: list[Part] = []
    waiting: list[Token] = []
    prefixes = 0
    for piece in row:
        if isinstance(piece, Part):
            parts.append(piece)
        elif piece.type == "PREFIX":
            waiting.append(piece)
            prefixes += 1
            if prefixes > _MAX_PREFIXES:
                raise QuerySyntaxError(
                    f"Write at most {_MAX_PREFIXES} not or - in an expression.", piece.start, piece.end
                )
        else:
            level = _BINDING[_operator(piece)]
            while waiting and _level(waiting[-1]) >= level:
                _reduce(waiting.pop(), parts)
            waiting.append(piece)
    while waiting:
        _reduce(waiting.pop(), parts)
    return parts[0]


def value(part: Part) -> Expr:
    """Return the expression where a value is wanted.

    Raises:
        QuerySyntaxError: It is a list, a subquery or a regular expression, which only some operators take.
    """
    node = part.node
    if isinstance(node, Regex):
        raise QuerySyntaxError(
            "A regular expression stands behind like or =~: write @message like /…/.", part.start, part.end
        )
    if isinstance(node, ListOf):
        raise QuerySyntaxError("A list stands behind in: write field in [1, 2].", part.start, part.end)
    if isinstance(node, Subquery):
        raise QuerySyntaxError("A subquery stands behind in.", part.start, part.end)
    return node


def _operator(token: Token) -> str:
    return "=" if token.text == "==" else token.text


def _level(token: Token) -> int:
    return _PREFIX_BINDING[token.text] if token.type == "PREFIX" else _BINDING[_operator(token)]


def _reduce(token: Token, parts: list[Part]) -> None:
    right = parts.pop()
    if token.type == "PREFIX":
        node: Expr = Unary(token.text, value(right), Span(token.start, right.end))
        parts.append(Part(node, token.start, right.end))
        return
    left = parts.pop()
    op = _operator(token)
    node = Binary(op, value(left), _right(op, right), token.text, Span(left.start, right.end))
    parts.append(Part(node, left.start, right.end))


def _right(op: str, right: Part) -> Expr:
    node = right.node
    if op in ("in", "not in"):
        if isinstance(node, Text | Number | Period | Regex):
            raise QuerySyntaxError(
                f"Write a list in square brackets behind {op}: {op} [1, 2].", right.start, right.end
            )
        return node
    if op == "=~" and isinstance(node, Text):
        raise QuerySyntaxError(
            "Write a regular expression between slashes behind =~.", right.start, right.end
        )
    if op in ("like", "not like", "=~") and isinstance(node, Regex):
        return node
    return value(right)
