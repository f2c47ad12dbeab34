"""Compile a query, command by command, to one SQL statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tui.insights import tree
from tui.insights.engine import parsing, series
from tui.insights.engine.expressions import compile_expr
from tui.insights.engine.patterns import pattern
from tui.insights.engine.pipeline import MATCHED, Pipeline
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.scope import Moments
from tui.insights.engine.statscommand import stats
from tui.insights.engine.values import Value
from tui.insights.walk import walk

MOST_ROWS = 100_000
"""That a query can return."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query as SQL.

    Attributes:
        sql: A SELECT of the columns as text; behind them `MATCHED`, if `has_matched`.
        columns: Names of the columns.
        matched: A SELECT of the number of matched events; "" where all are.
        has_matched: Whether the rows tell that number.
    """

    sql: str
    columns: tuple[str, ...]
    matched: str
    has_matched: bool


def compile_query(
    query: tree.Query, moments: Moments, limit: int, cluster: Callable[[Pipeline], None]
) -> tuple[Compiled, Pipeline]:
    """Return a query as SQL in which the pipeline's `base` stands for the source's SELECT.

    Args:
        query: What is asked.
        moments: The range of time, and now.
        limit: Most rows where the query sets no limit.
        cluster: Makes the rows of `pattern` of the messages in a pipeline's column `text_`.

    Raises:
        NotCovered: It needs what the local engine does not have.
        QueryProblem: It means nothing.
    """
    line = Pipeline(moments)
    line.sql = f"SELECT ts, message, grp, stream, ingested, seq, found FROM {line.base}"
    line.order = ["ts DESC NULLS LAST", "seq"]
    unfiltered = line.sql
    if moments.start_ms is not None:
        line.select("*", f"WHERE ts >= {moments.start_ms}")
    if moments.end_ms is not None:
        line.select("*", f"WHERE ts <= {moments.end_ms}")
    has_filter = line.sql != unfiltered
    last_stats = max((i for i, each in enumerate(query.commands) if isinstance(each, tree.Stats)), default=-1)
    has_limit = False
    for number, command in enumerate(query.commands):
        has_filter |= isinstance(command, tree.Filter) and line.is_events
        has_limit |= isinstance(command, tree.Limit) and number > last_stats
        if isinstance(command, tree.Pattern):
            pattern(command, line, cluster)
        else:
            _apply(command, line)
    if not has_limit:
        _limit(line, limit, counts=has_filter)
    line.end_filters()
    return _finished(line, has_filter), line


def _finished(line: Pipeline, has_filter: bool) -> Compiled:
    columns = tuple(dict.fromkeys(_columns(line)))
    scope = line.scope()
    printed = [
        f"{(scope.names.get(name) or compile_expr(tree.Field((name,)), scope)).printed} AS o{number}"
        for number, name in enumerate(columns)
    ]
    if line.has_matched:
        printed.append(MATCHED)
    sql = f"SELECT {', '.join(printed)} FROM ({line.sql}) ORDER BY {line.ordering()}"
    matched = f"SELECT count(*) FROM ({line.filtered})" if has_filter else ""
    return Compiled(sql, columns, matched, line.has_matched)


def _columns(line: Pipeline) -> list[str]:
    if line.displayed is not None:
        return line.displayed
    if line.is_events and not line.shown:
        return ["@timestamp", "@message"]
    return line.shown


# ---------------------------------------------------------------- the commands


def _apply(command: tree.Command, line: Pipeline) -> None:
    if line.has_deduped and not isinstance(command, tree.Limit | tree.Fields | tree.Display):
        raise QueryProblem("Only limit, fields and display may stand behind dedup.", command.span)
    if isinstance(command, tree.Other):
        _other(command, line)
        return
    _COMMANDS[type(command)](command, line)


def _other(command: tree.Other, line: Pipeline) -> None:
    if command.word == "json":
        parsing.json_command(command, line)
    elif command.word != "source":
        raise NotCovered(
            f"The command {command.word} is not covered by the local engine: only AWS can answer it.",
            command.span,
        )


def _fields(command: tree.Fields, line: Pipeline) -> None:
    _columns_of(command.items, line)
    line.show(item.name for item in command.items)


def _display(command: tree.Display, line: Pipeline) -> None:
    _columns_of(command.items, line)
    line.displayed = [item.name for item in command.items]


def _columns_of(items: tuple[tree.Named, ...], line: Pipeline) -> None:
    waiting: list[tuple[str, Value]] = []
    for item in items:
        made = {name for name, _ in waiting}
        if made and any(isinstance(node, tree.Field) and node.name in made for node in walk([item.expr])):
            line.add(waiting)
            waiting = []
        value = compile_expr(item.expr, line.scope())
        if isinstance(item.expr, tree.Field):
            # As it stands: events keep what it is made of.
            line.names[item.name] = value
        else:
            waiting.append((item.name, value))
    line.add(waiting)


def _filter(command: tree.Filter, line: Pipeline) -> None:
    scope = line.scope()
    rest = []
    for part in _parts(command.condition):
        if not line.filtered and line.is_events and _reads_message_only(part, line):
            text = Value(line.message, "text")
            alone = replace(scope, names={"@message": text})
            line.conditions.append(_about(line.message, compile_expr(part, alone).condition))
        else:
            rest.append(compile_expr(part, scope).condition)
    if rest:
        line.select("*", f"WHERE {' AND '.join(rest)}")


def _about(token: str, condition: str) -> Callable[[str], str]:
    return lambda column: condition.replace(token, column)


def _parts(condition: tree.Expr) -> Iterator[tree.Expr]:
    """Yield what must all hold."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tree.Binary) and node.op == "and":
            waiting += [node.right, node.left]
        else:
            yield node


def _reads_message_only(condition: tree.Expr, line: Pipeline) -> bool:
    names = [node.name for node in walk([condition]) if isinstance(node, tree.Field)]
    return bool(names) and set(names) == {"@message"} and "@message" not in line.names


def _sort(command: tree.Sort, line: Pipeline) -> None:
    order: list[str] = []
    for key in command.keys:
        value = compile_expr(key.expr, line.scope())
        way = "DESC" if key.is_descending else "ASC"
        order += [f"{sql} {way} NULLS LAST" for sql in sort_keys(value)]
    line.order = order + [sql for sql in line.order if sql not in order]


def sort_keys(value: Value) -> tuple[str, ...]:
    """Return what to sort a value by: all that are no numbers come before the numbers.

    Source: CWL_QuerySyntax-Sort.html; what is missing comes last either way, which AWS does not state.
    """
    if value.kind in ("number", "bool", "time"):
        return (value.sql,)
    text = value.scalar
    number = f"to_num({text})"
    return (
        f"CASE WHEN {text} IS NOT NULL THEN {number} IS NOT NULL END",
        number,
        f"CASE WHEN {number} IS NULL THEN natural_chunks({text}) END",
        text,
    )


def _limit_command(command: tree.Limit, line: Pipeline) -> None:
    if command.count > MOST_ROWS:
        raise QueryProblem(f"limit takes at most {MOST_ROWS:,}.", command.span)
    if command.word == "tail":
        line.count_matched()
        place = f"row_number() OVER (ORDER BY {line.ordering()})"
        line.select("*", f"QUALIFY {place} > count(*) OVER () - {command.count}")
        return
    _limit(line, command.count, counts=True)


def _limit(line: Pipeline, count: int, counts: bool) -> None:
    if line.is_events and counts:
        line.count_matched()
    line.select("*", f"ORDER BY {line.ordering()} LIMIT {count}")


def _dedup(command: tree.Dedup, line: Pipeline) -> None:
    line.count_matched()
    values = [compile_expr(expr, line.scope()).scalar for expr in command.fields]
    missing = " OR ".join(f"({sql}) IS NULL" for sql in values)
    place = f"row_number() OVER (PARTITION BY {', '.join(values)} ORDER BY {line.ordering()})"
    line.select("*", f"QUALIFY {place} = 1 OR {missing}")
    line.has_deduped = True


_COMMANDS: dict[type, Callable[[Any, Pipeline], None]] = {
    tree.Fields: _fields,
    tree.Display: _display,
    tree.Filter: _filter,
    tree.Stats: stats,
    tree.Sort: _sort,
    tree.Limit: _limit_command,
    tree.Dedup: _dedup,
    tree.Parse: parsing.parse,
    tree.Unnest: series.unnest,
    tree.Expand: series.expand,
    tree.Accum: series.accum,
    tree.FillDown: series.filldown,
    tree.FillMissing: series.fillmissing,
    tree.AddTotals: series.addtotals,
}
