"""Operators, functions, periods and expressions that do not do what they seem to.

Sources: CWL_QuerySyntax-operations-functions, -Filter, -Parse, -Stats.html in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/.
"""

from __future__ import annotations

import re

from tui.insights.functions import AGGREGATES, FUNCTIONS, MANY, Function, key
from tui.insights.rules.findings import Report
from tui.insights.rules.regexes import unbalanced
from tui.insights.tree import Binary, Call, Command, Expr, Field, Period, Regex, Span, Stats, Text, Unary
from tui.insights.walk import expressions, walk
from tui.insights.words import UNIT_CAPS, nearest

_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_CONDITIONS = _COMPARISONS | {"and", "or", "like", "not like", "=~", "in", "not in"}
_DASHED = re.compile(r"[A-Za-z_@][A-Za-z0-9_@.]*(?:-[A-Za-z_@][A-Za-z0-9_@.]*)+")
_TWO_EQUAL_SIGNS = re.compile(r"(?:\#[^\n]*|[^=#])*?(==)")
# The next longer unit, and how many make one of it.
_LONGER = {"ms": ("s", 1000), "s": ("m", 60), "m": ("h", 60), "h": ("d", 24)}
_UNIT_NAMES = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}


def check(command: Command, report: Report) -> None:
    """Report what is wrong within the expressions of a command."""
    done: set[int] = set()  # the nodes within a name with a dash that is reported
    for node in walk(expressions(command)):
        if isinstance(node, Binary):
            _binary(node, report, done)
        elif isinstance(node, Call):
            _call(node, report)
        elif isinstance(node, Period):
            check_period(node, report)
        elif isinstance(node, Regex):
            check_regex(node.pattern, node.span, report)
    if isinstance(command, Stats) and command.offset is not None:
        check_period(command.offset, report)


# ---------------------------------------------------------------- operators


def _binary(node: Binary, report: Report, done: set[int]) -> None:
    if node.written == "==":
        found = _TWO_EQUAL_SIGNS.match(report.text, node.left.span.end, node.right.span.start)
        if found is not None:
            span = Span(*found.span(1))
            report.warn("equals", "Write = to compare: == is not documented.", span, "=")
    if node.op == "-":
        _dash(node, report, done)
    if node.op in ("like", "not like", "=~"):
        _like(node, report)
    sides = (node.left, node.right)
    if node.op in _COMPARISONS and any(_is_timestamp(each) for each in sides):
        _timestamp(node, report)


def _is_timestamp(node: Expr) -> bool:
    return isinstance(node, Field) and node.name in ("@timestamp", "@ingestionTime")


def _timestamp(node: Binary, report: Report) -> None:
    if any(isinstance(each, Text) for each in (node.left, node.right)):
        report.warn(
            "timestamp",
            "A timestamp is not comparable with a date's text: choose the range of time beside the query, or "
            "compare toMillis(@timestamp) with a number of milliseconds.",
            node.span,
        )


def _dash(node: Binary, report: Report, done: set[int]) -> None:
    if id(node) in done:
        return
    written = report.written(node.span)
    if not _DASHED.fullmatch(written):
        return
    inner: Expr = node
    while isinstance(inner, Binary):
        done.add(id(inner))
        inner = inner.left
    fields = report.surroundings.fields if report.surroundings else frozenset()
    if written in fields:
        report.warn(
            "dash",
            f"{written} is a field's name: without backticks it is a subtraction.",
            node.span,
            f"`{written}`",
        )
    elif not fields:
        report.warn(
            "dash",
            f"This subtracts. If {written} is a field's name, write it in backticks: `{written}`.",
            node.span,
        )


def _like(node: Binary, report: Report) -> None:
    indexed = report.surroundings.indexed if report.surroundings else frozenset()
    if isinstance(node.left, Field) and node.left.name in indexed and node.op != "not like":
        report.warn(
            "index",
            f"{node.left.name} has an index, which only = and in use: like reads every event.",
            node.span,
        )


# ---------------------------------------------------------------- functions


def _call(node: Call, report: Report) -> None:
    name = Span(node.span.start, node.span.start + len(node.written))
    function = FUNCTIONS.get(node.name)
    if function is None:
        known = nearest(node.written, [each.name for each in FUNCTIONS.values()])
        hint = f" Is {known} meant?" if known else ""
        message = f"The function {node.written} is not known here: the service may know it.{hint}"
        report.warn("function", message, name, known)
        return
    _arguments(node, function, name, report)
    if node.name == "count" and node.args and _is_condition(node.args[0]):
        report.warn(
            "count-condition",
            "count() counts rows where the condition has a value, true or false. sum() counts the true ones.",
            node.span,
            "sum",
            (name.start, name.end),
        )


def _arguments(node: Call, function: Function, name: Span, report: Report) -> None:
    count = len(node.args)
    if function.least <= count <= function.most:
        return
    wanted = str(function.least)
    if function.most == MANY:
        wanted = f"at least {function.least}"
    elif function.most > function.least:
        wanted = f"{function.least} to {function.most}"
    plural = "" if wanted.endswith("1") and function.most != MANY else "s"
    report.warn(
        "arguments",
        f"{function.name} takes {wanted} argument{plural}, and {count or 'none'} stand{'s' * (count == 1)}"
        f" here: {function.usage}",
        name,
    )


def _is_condition(node: Expr) -> bool:
    if isinstance(node, Binary):
        return node.op in _CONDITIONS
    return isinstance(node, Unary) and node.op == "not"


def has_aggregate(node: Expr) -> bool:
    """Whether a function within an expression takes many rows to one value."""
    return any(isinstance(each, Call) and key(each.name) in AGGREGATES for each in walk((node,)))


# ---------------------------------------------------------------- periods and regular expressions


def check_period(node: Period, report: Report) -> None:
    """Report a period that the service silently takes as a shorter one."""
    if node.amount == 0:
        report.warn("period", "Write a period longer than nothing, as in 5m.", node.span)
        return
    cap = UNIT_CAPS.get(node.unit)
    if cap is None or node.amount <= cap:
        return
    longer = _longer(node)
    instead = f"Write {longer}." if longer else "Write it in a longer unit."
    report.warn(
        "period",
        f"The service takes at most {cap} {_UNIT_NAMES[node.unit]}, so this is {cap}{node.unit}. {instead}",
        node.span,
        longer,
    )


def _longer(node: Period) -> str:
    """Return the same period in a unit in which it is not cut; "" where there is none."""
    amount, unit = node.amount, node.unit
    while amount > UNIT_CAPS.get(unit, amount):
        following, factor = _LONGER[unit]
        if amount % factor:
            return ""
        amount, unit = amount // factor, following
    return f"{amount}{unit}"


def check_regex(pattern: str, span: Span, report: Report) -> None:
    """Report brackets of a regular expression that are not closed or not open."""
    if problem := unbalanced(pattern):
        report.error("regex", problem, span)
