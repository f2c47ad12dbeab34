"""Why a query is not answered here."""

from __future__ import annotations

from tui.insights.tree import Span


class EngineError(ValueError):
    """A query that cannot be answered from logs at hand.

    Attributes:
        message: Sentences: what is wrong, and what to do next.
        span: The place in the query's text; None where no place is to blame.
    """

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class NotCovered(EngineError):
    """The service answers this, the local engine does not: a command or a function by name."""


class QueryProblem(EngineError):
    """The service would not answer this either."""


class Stopped(Exception):
    """The query was stopped before it had ended."""
