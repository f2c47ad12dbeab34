"""What the rules look at, and how they say what they find."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.insights.problems import Finding, Severity
from tui.insights.tree import Query, Span


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of a query besides its text.

    Attributes:
        fields: The names of the discovered fields; empty where nothing was discovered.
        indexed: The fields with an index.
        start: Start of the range of time in seconds since 1970; None for none.
        end: Its end, likewise.
    """

    fields: frozenset[str] = frozenset()
    indexed: frozenset[str] = frozenset()
    start: float | None = None
    end: float | None = None


@dataclass(slots=True)
class Report:
    """The findings of one text.

    Attributes:
        text: The query's text; all spans are offsets in it.
        surroundings: What is known besides; None for nothing.
        findings: In no order.
    """

    text: str
    surroundings: Surroundings | None = None
    findings: list[Finding] = field(default_factory=list)

    def error(
        self, rule: str, message: str, span: Span, fix: str = "", replaces: tuple[int, int] | None = None
    ) -> None:
        """Add that the service would refuse the query."""
        self._add("error", rule, message, span, fix, replaces)

    def warn(
        self, rule: str, message: str, span: Span, fix: str = "", replaces: tuple[int, int] | None = None
    ) -> None:
        """Add that the query may not answer what is asked."""
        self._add("warning", rule, message, span, fix, replaces)

    def written(self, span: Span) -> str:
        """Return what stands at a span."""
        return self.text[span.start : span.end]

    def _add(
        self,
        severity: Severity,
        rule: str,
        message: str,
        span: Span,
        fix: str,
        replaces: tuple[int, int] | None,
    ) -> None:
        self.findings.append(Finding(severity, message, span.start, span.end, fix, replaces, rule))


def whole(query: Query) -> Span:
    """Return the span from the first command to the last."""
    return Span(query.commands[0].span.start, query.commands[-1].span.end)
