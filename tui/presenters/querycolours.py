"""What each piece of a query is, for its colours: a quick reading that never fails, line by line."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tui.insights.functions import FUNCTIONS, key
from tui.insights.words import COMMANDS, RESERVED

Spans = tuple[tuple[int, int, str], ...]
"""(first character, the one after the last, kind) within a line; kinds are those of the query editor."""

_WORDS: Final = RESERVED | {"asc", "desc", "offset", "into", "with", "for", "logfmt", "csv", "any", "multi"}
# A string may be cut by the end of its line: whoever types one has not closed it yet.
_PIECE: Final = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<parameter>\{\{[^{}]*\}\})
    |(?P<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)
    |(?P<field>@?`[^`]*`?)
    |(?P<word>[A-Za-z_@][A-Za-z0-9_@]*(?:\.[A-Za-z0-9_@]+)*)
    |(?P<number>\d+(?:\.\d+)?[A-Za-z]*)
    |(?P<regex>/(?:[^/\\]|\\.)+/)
    |(?P<operator>[|=<>!~+*%^/-]+)
    |(?P<other>[^\s])""",
    re.VERBOSE,
)
_OPENS: Final = re.compile(r"\s*\(")
_BEFORE_REGEX: Final = frozenset({"like", "=~", "parse"})


def colours(text: str) -> tuple[Spans, ...]:
    """Return the coloured pieces of each line of a query."""
    is_start, found = True, []
    for line in text.split("\n"):
        spans, is_start = _line(line, is_start)
        found.append(spans)
    return tuple(found)


@lru_cache(maxsize=2048)
def _line(line: str, is_start: bool) -> tuple[Spans, bool]:
    """Return the pieces of a line, and whether a command's word may begin the next one.

    Args:
        line: Without its end.
        is_start: Whether a command's word may come first.
    """
    spans: list[tuple[int, int, str]] = []
    at, before, is_parse = 0, "", False
    while (match := _PIECE.search(line, at)) is not None:
        kind, start, end = str(match.lastgroup), match.start(), match.end()
        written = match[0]
        if kind == "regex" and not (before in _BEFORE_REGEX or is_parse):
            # A division: its sign alone.
            kind, end, written = "operator", start + 1, "/"
        if kind == "word":
            kind = _word(written, is_start, _OPENS.match(line, end) is not None)
            is_parse = written.lower() == "parse" if kind == "command" else is_parse
        if kind != "comment":
            is_start = kind == "operator" and written.endswith("|")
            before = written.lower()
        if kind != "other":
            spans.append((start, end, kind))
        at = end
    return tuple(spans), is_start


def _word(written: str, is_start: bool, is_called: bool) -> str:
    lower = written.lower()
    if is_start and lower in COMMANDS:
        return "command"
    if is_called and key(written) in FUNCTIONS:
        return "function"
    return "keyword" if lower in _WORDS else "field"
