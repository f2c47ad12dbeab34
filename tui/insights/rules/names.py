"""Names that are gone, that hide others, or that do not exist yet; and patterns that do not fit their names.

Sources: CWL_QuerySyntax-Stats, -Parse, -operations-functions.html in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/, and answers of the service that were made public: "Unknown
symbols found in or after stats".
"""

from __future__ import annotations

from tui.insights.rules.findings import Report
from tui.insights.rules.regexes import named_groups, unbalanced
from tui.insights.tree import (
    AddTotals,
    Call,
    Command,
    Display,
    Expr,
    Field,
    Fields,
    Named,
    Number,
    Parse,
    Query,
    Stats,
)
from tui.insights.walk import expressions, walk
from tui.insights.words import nearest

_BOOLEANS = frozenset(("true", "false"))
_MOST_TOP = 10_000


def check(query: Query, report: Report) -> None:
    """Report names and patterns in the order of the commands."""
    made: set[str] = set()
    columns: set[str] | None = None
    used: set[str] = set()
    hiding: dict[str, Named] = {}
    for command in query.commands:
        if isinstance(command, Parse):
            _parse(command, report)
        if isinstance(command, Fields | Display):
            _same_fields(command, report)
            hiding |= _hiding(command, made | used)
        if isinstance(command, Stats):
            _topk(command, report)
            _hidden(command, hiding, report)
            columns = _stats(command, columns, report)
            continue
        if columns is not None:
            _undeclared(expressions(command), columns, report)
            columns |= _makes(command)
        made |= _makes(command)
        used |= {node.name for node in walk(expressions(command)) if isinstance(node, Field)}
    for name, item in hiding.items():
        message = f"{name} hides a field of the same name, and a stats would refuse it: choose another name."
        report.warn("shadowed", message, item.span)


def _makes(command: Command) -> set[str]:
    """Return the names that a command creates."""
    if isinstance(command, Fields | Display):
        return {item.name for item in command.items if item.is_alias or not isinstance(item.expr, Field)}
    if isinstance(command, Parse):
        return set(command.aliases) | set(named_groups(command.pattern) if command.mode == "regex" else ())
    if isinstance(command, AddTotals):
        return {command.options.get("fieldname", "Total")}
    into = getattr(command, "into", "")
    return {into} if into else set()


# ---------------------------------------------------------------- stats


def _stats(command: Stats, before: set[str] | None, report: Report) -> set[str]:
    """Report the names of a stats that a stats before it has not; return its columns."""
    if before is not None:
        inner = [item.expr for item in (*command.aggregates, *command.groups)]
        _undeclared(inner, before | {item.name for item in command.aggregates}, report, is_error=True)
        _bins(inner, report)
    return {item.name for item in (*command.aggregates, *command.groups)}


def _bins(nodes: list[Expr], report: Report) -> None:
    for node in walk(nodes):
        if isinstance(node, Call) and node.name == "bin" and len(node.args) == 1:
            message = (
                "bin reads @timestamp, which the first stats leaves behind: pass it on with"
                " max(@timestamp) as @t, and group by dateFloor(@t, 5m)."
            )
            report.error("bin", message, node.span)


def _undeclared(
    nodes: tuple[Expr, ...] | list[Expr], columns: set[str], report: Report, *, is_error: bool = False
) -> None:
    # The service answers "Unknown symbols found in or after stats"; AWS publishes sort @timestamp there.
    say = report.error if is_error else report.warn
    for node in walk(nodes):
        if not isinstance(node, Field) or node.name in _BOOLEANS or _is_column(node, columns):
            continue
        known = nearest(node.name, sorted(columns))
        hint = f" Is {known} meant?" if known else ""
        message = (
            f"{node.name} no longer exists behind stats, which leaves only its own columns: name it there"
            f" with as.{hint}"
        )
        plain = known.replace("_", "").replace("@", "").isalnum()
        say("undeclared", message, node.span, known if plain else "")


def _is_column(node: Field, columns: set[str]) -> bool:
    return any(".".join(map(str, node.path[:length])) in columns for length in range(1, len(node.path) + 1))


def _topk(command: Stats, report: Report) -> None:
    for item in command.aggregates:
        call = item.expr
        if not isinstance(call, Call) or call.name != "topk":
            continue
        if command.groups or len(command.aggregates) > 1:
            report.error(
                "topk",
                "topk stands alone in its stats, without by: write count(*) as n … by it, and sort by n.",
                item.span,
            )
        first = call.args[0] if call.args else None
        if isinstance(first, Number) and not 1 <= first.value <= _MOST_TOP:
            report.error("topk", f"topk takes 1 to {_MOST_TOP:,}.", first.span)


# ---------------------------------------------------------------- fields


def _hiding(command: Fields | Display, known: set[str]) -> dict[str, Named]:
    """Return the columns of a command that hide a field of the same name."""
    found = {}
    for item in command.items:
        inside = {node.name for node in walk((item.expr,)) if isinstance(node, Field)}
        is_same = isinstance(item.expr, Field) and item.expr.name == item.name
        if item.is_alias and not is_same and item.name in known | inside:
            found[item.name] = item
    return found


def _hidden(command: Stats, hiding: dict[str, Named], report: Report) -> None:
    """Report a stats that reads a name that hides another."""
    nodes = [item.expr for item in (*command.aggregates, *command.groups)]
    for name in {node.name for node in walk(nodes) if isinstance(node, Field)} & hiding.keys():
        message = f"{name} hides a field of the same name, which a later stats refuses: choose another name."
        report.error("shadowed", message, hiding.pop(name).span)


def _same_fields(command: Fields | Display, report: Report) -> None:
    parsed: dict[str, Named] = {}
    for item in command.items:
        for node in walk((item.expr,)):
            if isinstance(node, Field) and len(node.path) > 1 and node.path[0] in parsed:
                report.warn(
                    "same-fields",
                    f"{node.path[0]} can be used from the next command on: put {node.name} in a next fields.",
                    node.span,
                )
        if item.is_alias and isinstance(item.expr, Call) and item.expr.name == "jsonparse":
            parsed[item.name] = item


# ---------------------------------------------------------------- parse


def _parse(command: Parse, report: Report) -> None:
    if command.mode == "glob":
        stars = command.pattern.count("*")
        # Without a star and with one name it is published, and does nothing.
        if stars != len(command.aliases) and not (stars == 0 and len(command.aliases) == 1):
            names = f"{len(command.aliases)} name{'s' * (len(command.aliases) != 1)}"
            report.error(
                "glob",
                f"The pattern has {stars} * for {names}: write as many of one as of the other.",
                command.span,
            )
    elif command.mode == "regex":
        if problem := unbalanced(command.pattern):
            report.error("regex", problem, command.span)
        elif not named_groups(command.pattern):
            if command.is_multi:
                report.warn("multi", "Name the groups of an expression with multi: (?<name>…).", command.span)
            elif not command.aliases:
                report.warn("groups", "The expression names no field: write (?<name>…).", command.span)
