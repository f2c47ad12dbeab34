"""Compile the commands that look at rows as a series, or make several rows of one.

Rules: CWL_QuerySyntax-Unnest.html, -Expand, -Accum, -Filldown, -Fillmissing and -Addtotals in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/.
"""

from __future__ import annotations

import fnmatch

from tui.insights import tree
from tui.insights.engine.expressions import compile_expr
from tui.insights.engine.periods import is_steady, length_ms
from tui.insights.engine.pipeline import Pipeline
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.values import Value

_MOST_BUCKETS = 100_000


def unnest(command: tree.Unnest, line: Pipeline) -> None:
    """One row for each element of a list; what is no list counts as one element."""
    if isinstance(command.expr, tree.Call) and command.expr.name == "split":
        raise QueryProblem("The service refuses unnest of split(...).", command.span)
    _spread(compile_expr(command.expr, line.scope()), command.into, line)


def expand(command: tree.Expand, line: Pipeline) -> None:
    """One row for each element of a list, in place of the list."""
    _spread(compile_expr(command.field, line.scope()), command.field.name, line)


def _spread(value: Value, name: str, line: Pipeline) -> None:
    line.count_matched()
    whole, place, column = line.fresh(), line.fresh(), line.fresh()
    # A text that is no JSON stays one element, as a string of JSON.
    json = value.sql if value.kind == "json" else f"coalesce({value.json}, to_json({value.printed}))"
    line.select(f"*, {json} AS {whole}")
    items = (
        f"CASE WHEN json_type({whole}) = 'ARRAY' AND json_array_length({whole}) > 0"
        f" THEN CAST({whole} AS JSON[]) ELSE [CASE WHEN json_type({whole}) = 'ARRAY' THEN NULL"
        f" ELSE {whole} END] END"
    )
    line.select(f"*, unnest({items}) AS {column}, unnest(range(len({items}))) AS {place}")
    line.names[name] = Value(column, "json")
    line.show([name])
    line.order.append(place)


def accum(command: tree.Accum, line: Pipeline) -> None:
    """A running sum in the order of the rows."""
    name = command.into or command.field.name
    number = compile_expr(command.field, line.scope()).number
    running = f"sum({number}) OVER (ORDER BY {line.ordering()} ROWS UNBOUNDED PRECEDING)"
    line.end_filters()
    line.add([(name, Value(f"CAST({running} AS DOUBLE)", "number"))])
    line.show([name])


def filldown(command: tree.FillDown, line: Pipeline) -> None:
    """The last value above where there is none."""
    shown = line.shown if line.displayed is None else line.displayed
    names = [
        name
        for name in dict.fromkeys([*shown, *(each for each in command.names if "*" not in each)])
        if not command.names or any(fnmatch.fnmatchcase(name, each) for each in command.names)
    ]
    line.end_filters()
    columns = []
    for name in names:
        value = (
            compile_expr(tree.Field(tuple(name.split("."))), line.scope())
            if name not in line.names
            else (line.names[name])
        )
        last = (
            f"last_value({value.sql} IGNORE NULLS) OVER (ORDER BY {line.ordering()} ROWS UNBOUNDED PRECEDING)"
        )
        columns.append((name, Value(last, value.kind)))
    line.add(columns)
    line.show(names)


def fillmissing(command: tree.FillMissing, line: Pipeline) -> None:
    """Rows for the periods of time in which nothing was."""
    if len(line.buckets) != 1:
        raise QueryProblem("fillmissing stands behind stats … by bin(5m).", command.span)
    ((name, period),) = line.buckets.items()
    if not is_steady(period):
        raise NotCovered("The local engine fills no bins of months or longer.", command.span)
    bucket, step = line.names[name].sql, length_ms(period)
    others = [line.names[group].sql for group in line.groups if group != name]
    rows = f"({line.sql})"
    first, last = f"(SELECT min({bucket}) FROM {rows})", f"(SELECT max({bucket}) FROM {rows})"
    count = f"(({last} - {first}) // {step} + 1)"
    grid = f"(SELECT {first} + unnest(range(least({count}, {_MOST_BUCKETS}))) * {step} AS {bucket})"
    if others:
        listed = ", ".join(others)
        grid = f"(SELECT * FROM {grid} CROSS JOIN (SELECT DISTINCT {listed} FROM {rows}))"
    on = " AND ".join(f"grid.{each} IS NOT DISTINCT FROM rows.{each}" for each in [bucket, *others])
    columns = ", ".join([bucket, *others])
    line.sql = (
        f"SELECT grid.*, rows.* EXCLUDE ({columns}) FROM {grid} AS grid LEFT JOIN {rows} AS rows ON {on}"
    )
    if command.value is not None:
        value = compile_expr(command.value, line.scope())
        line.add(
            (each, Value(f"coalesce({_same(line.names[each], value)})", line.names[each].kind))
            for each in command.names
            if each in line.names
        )


def _same(column: Value, value: Value) -> str:
    if column.kind == "number":
        return f"{column.sql}, {value.number}"
    return f"{column.sql}, {value.scalar}"


def addtotals(command: tree.AddTotals, line: Pipeline) -> None:
    """A column with the sum of each row, or a row with the sum of each column."""
    options = command.options
    name = options.get("fieldname", "Total")
    shown = line.shown if line.displayed is None else line.displayed
    names = list(command.names) or [each for each in shown if not each.startswith("@")]
    scope = line.scope()
    numbers = {each: compile_expr(_field(each), scope).number for each in names}
    line.end_filters()
    if options.get("row", "true").lower() != "false" and numbers:
        total = " + ".join(f"coalesce({sql}, 0)" for sql in numbers.values())
        any_there = " OR ".join(f"{sql} IS NOT NULL" for sql in numbers.values())
        line.add([(name, Value(f"(CASE WHEN {any_there} THEN {total} END)", "number"))])
        line.show([name])
        if line.displayed is not None:
            line.displayed.append(name)
    if options.get("col", "false").lower() == "true":
        _column_totals(line, names)


def _field(name: str) -> tree.Field:
    return tree.Field(tuple(int(part) if part.isdigit() else part for part in name.split(".")))


def _column_totals(line: Pipeline, names: list[str]) -> None:
    """Add a row at the end that holds the sums."""
    scope = line.scope()
    line.add((name, Value(compile_expr(_field(name), scope).number, "number")) for name in names)
    place = line.fresh()
    line.select(f"*, 0 AS {place}")
    sums = ", ".join(f"fsum({line.names[name].sql}) AS {line.names[name].sql}" for name in names)
    line.sql = f"SELECT * FROM ({line.sql}) UNION ALL BY NAME SELECT {sums}, 1 AS {place} FROM ({line.sql})"
    line.show(names)
    line.order.insert(0, place)
