"""What is wrong with a query before it is paid for; see `tui.insights.rules` for the rules."""

from __future__ import annotations

from tui.insights.parser import QuerySyntaxError, parse
from tui.insights.problems import Finding
from tui.insights.rules import names, order, values
from tui.insights.rules.findings import Report, Surroundings
from tui.insights.tree import Query
from tui.insights.walk import subqueries

MOST_CHARACTERS = 10_000
"""Of a query; API_StartQuery.html."""

_MILLISECONDS = 1e11


def lint(text: str, surroundings: Surroundings | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a query, in order of place; for any text, from any thread.

    Args:
        text: The query, its parameters filled in.
        surroundings: What is known besides.
    """
    report = Report(text, surroundings)
    if len(text) > MOST_CHARACTERS:
        message = (
            f"A query has at most {MOST_CHARACTERS:,} characters, and this one {len(text):,}: shorten it."
        )
        report.findings.append(Finding("error", message, MOST_CHARACTERS, len(text), rule="length"))
    _range(report)
    if not text.strip():
        return tuple(report.findings)
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        found = Finding("error", error.message, error.start, error.end, error.fix, error.replaces, "syntax")
        return _sorted([*report.findings, found])
    for one in (query, *subqueries(query)):
        _check(one, report)
    for inner in subqueries(query):
        order.check_inner(inner, report)
    return _sorted(report.findings)


def _check(query: Query, report: Report) -> None:
    order.check(query, report)
    names.check(query, report)
    for command in query.commands:
        values.check(command, report)


def _range(report: Report) -> None:
    known = report.surroundings
    if known is None:
        return
    if known.start is not None and known.start > _MILLISECONDS:
        message = "The range of time begins in milliseconds: StartQuery takes seconds; divide it by 1,000."
        report.findings.append(Finding("error", message, 0, 0, rule="milliseconds"))


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.start, one.end, one.severity)))
