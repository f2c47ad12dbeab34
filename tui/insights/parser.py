"""Read the text of a query."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui.insights.problems import QuerySyntaxError
from tui.insights.tokens import tokenize
from tui.insights.tree import Query

if TYPE_CHECKING:
    from tui.insights.builder import QueryParser

__all__ = ["QuerySyntaxError", "parse"]

_lock = threading.Lock()
_kept: QueryParser | None = None


def parse(text: str) -> Query:
    """Return the tree of a query; from any thread.

    Raises:
        QuerySyntaxError: The text is no query: what is wrong at which characters, and what to write instead.
    """
    tokens, problem = tokenize(text)
    with _lock:
        return _parser().parse(text, tokens, problem)


def _parser() -> QueryParser:
    """Return the parser; the first call loads lark and builds it, so the console starts without it."""
    global _kept
    if _kept is None:
        from tui.insights.builder import QueryParser

        _kept = QueryParser()
    return _kept
