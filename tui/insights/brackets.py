"""Quotes and brackets: what is wrong with them, and where a command ends that is checked for nothing else."""

from __future__ import annotations

import re

from tui.insights.problems import QuerySyntaxError

# Deeper nesting is no query that a person writes, and would exhaust the stack of what walks the tree.
MAX_DEPTH = 60

# Possessive: a comment is taken whole, or a bracket within it would count.
SPACE = r"(?:\s++|\#[^\n]*+)"
STRING = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
PAIRS = {"(": ")", "[": "]"}

_PIECE = re.compile(
    rf"""(?P<quoted>{STRING}|`[^`\n]+`|(?:=~|\blike\b)\s*/(?:[^/\\]|\\.)+/)
    |(?P<space>{SPACE})
    |(?P<mark>[()\[\]|"'`])
    |(?P<plain>[A-Za-z0-9_@.]+|.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def end_of_command(text: str, at: int, is_inner: bool) -> int:
    """Return the offset behind a command, without the space and the comments behind it.

    Args:
        text: The query.
        at: Offset behind the command's word.
        is_inner: The command belongs to a subquery, which a parenthesis ends.

    Raises:
        QuerySyntaxError: A quote or a bracket is not closed, or closed without being open.
    """
    end, opened = at, list[tuple[str, int]]()
    for found in _PIECE.finditer(text, at):
        kind, piece = found.lastgroup, found.group()
        if kind == "mark":
            if not opened and (piece == "|" or (piece == ")" and is_inner)):
                break
            _mark(text, found.start(), opened)
        if kind != "space":
            end = found.end()
    if opened:
        raise not_closed(*opened[-1])
    return end


def _mark(text: str, at: int, opened: list[tuple[str, int]]) -> None:
    mark = text[at]
    if mark in "\"'`":
        raise open_quote(text, at)
    if mark in PAIRS:
        check_depth(len(opened), at)
        opened.append((mark, at))
    elif mark != "|":
        check_pair(opened.pop()[0] if opened else "", mark, at)


def check_depth(depth: int, at: int) -> None:
    """Refuse one bracket too many.

    Raises:
        QuerySyntaxError: As many are open already as may be.
    """
    if depth >= MAX_DEPTH:
        raise QuerySyntaxError(f"Nest at most {MAX_DEPTH} brackets.", at, at + 1)


def check_pair(bracket: str, mark: str, at: int) -> None:
    """Refuse a closing bracket that closes nothing, or another kind of bracket.

    Args:
        bracket: The bracket that is open; "" for none.
        mark: The closing one.
        at: Its offset.

    Raises:
        QuerySyntaxError: They are no pair.
    """
    if not bracket:
        raise QuerySyntaxError(f"Nothing is open that this {mark} closes: leave it out.", at, at + 1)
    if PAIRS[bracket] != mark:
        raise QuerySyntaxError(
            f"This {mark} stands where a {bracket} is open: close that with {PAIRS[bracket]} first.",
            at,
            at + 1,
        )


def not_closed(bracket: str, at: int) -> QuerySyntaxError:
    """Return that a bracket is not closed."""
    return QuerySyntaxError(f"Close this {bracket} with {PAIRS[bracket]}.", at, at + 1)


def open_quote(text: str, at: int) -> QuerySyntaxError:
    """Return that the quote or backtick at `at` is not closed."""
    quote = text[at]
    if text.startswith("``", at):
        return QuerySyntaxError("Write a field's name between the backticks.", at, at + 2)
    what = "field's name" if quote == "`" else "text"
    return QuerySyntaxError(f"Close the {what} that begins here with {quote}.", at, end_of_line(text, at))


def end_of_line(text: str, at: int) -> int:
    """Return the offset of the end of the line."""
    line = text.find("\n", at)
    return line if line >= 0 else len(text)
