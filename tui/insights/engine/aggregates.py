"""The aggregate functions of `stats` as SQL.

Meanings: CWL_QuerySyntax-Stats.html and CWL_QuerySyntax-timeseries-functions.html in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/. A value that is missing, or no number where
one is wanted, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.insights import tree
from tui.insights.engine.periods import length_ms
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.values import Value
from tui.insights.functions import FUNCTIONS

# Where nothing but the natural order decides: numbers last, then chunk by chunk.
NATURAL = "row(to_num({0}) IS NOT NULL, coalesce(to_num({0}), 0), natural_chunks({0}), {0})"


def aggregate(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    """Return an aggregate over the rows of a group.

    Args:
        call: The function.
        values: Its arguments, without periods and the star.
        time: SQL of the events' time in milliseconds; None where it is gone.

    Raises:
        QueryProblem: The arguments do not fit.
        NotCovered: It is not covered.
    """
    function = FUNCTIONS[call.name]
    if not function.least <= len(call.args) <= function.most:
        raise QueryProblem(f"Write {function.usage}: it does not take {len(call.args)} arguments.", call.span)
    if call.name in _OVER_NUMBERS:
        return Value(_OVER_NUMBERS[call.name].format(_counted(values[0])), "number")
    builder = _BUILDERS.get(call.name)
    if builder is None:
        raise NotCovered(f"{call.written or call.name} is not covered by the local engine.", call.span)
    return builder(call, values, time)


def _counted(value: Value) -> str:
    """Return a number; a comparison with something missing counts 0, as one that is false."""
    return f"CAST(coalesce({value.sql}, false) AS DOUBLE)" if value.kind == "bool" else value.number


_OVER_NUMBERS = {
    # The exact sum where order does not matter: rows come from several threads.
    "sum": "fsum({0})",
    "sumovertime": "fsum({0})",
    "avg": "favg({0})",
    "median": "median({0})",
    "stddev": "stddev_samp({0})",
    "variance": "var_samp({0})",
}


def _count(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    what = values[0].whole if values else "*"
    return Value(f"CAST(count({what}) AS DOUBLE)", "number")


def _distinct(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    return Value(f"CAST(count(DISTINCT {values[0].scalar}) AS DOUBLE)", "number")


def _percentile(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    percent = call.args[1]
    if not isinstance(percent, tree.Number) or not 0 <= percent.value <= 100:
        raise QueryProblem("The percentile is a number from 0 to 100, as in pct(duration, 95).", percent.span)
    return Value(f"quantile_cont({_counted(values[0])}, {percent.value / 100!r})", "number")


def _extreme(name: str) -> Callable[[tree.Call, Sequence[Value], str | None], Value]:
    def build(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
        value = values[0]
        if value.kind in ("number", "time"):
            return Value(f"{name}({value.sql})", value.kind)
        if value.kind == "bool":
            return Value(f"{name}({_counted(value)})", "number")
        # Numbers decide where there are some; a column of words still has a smallest one.
        by = f"arg_{name}({value.scalar}, {NATURAL.format(value.scalar)})"
        return Value(f"coalesce(num_text({name}({value.number})), {by})", "text")

    return build


def _ends(name: str) -> Callable[[tree.Call, Sequence[Value], str | None], Value]:
    def build(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
        value = values[0]
        if time is None:
            raise QueryProblem(f"{call.written} reads @timestamp, which is gone behind stats.", call.span)
        if value.kind == "time":
            # The service prints such a moment as its milliseconds.
            return Value(f"CAST(arg_{name}({value.sql}, {time}) AS DOUBLE)", "number")
        if value.kind in ("number", "bool"):
            return Value(f"arg_{name}({value.sql}, {time})", value.kind)
        return Value(f"arg_{name}({value.scalar}, {time})", "text")

    return build


def _sorts(name: str) -> Callable[[tree.Call, Sequence[Value], str | None], Value]:
    def build(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
        value = values[0]
        if value.kind in ("number", "time"):
            return Value(f"{name}({value.sql})", value.kind)
        return Value(f"arg_{name}({value.scalar}, {NATURAL.format(value.scalar)})", "text")

    return build


def _values(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    value = values[0]
    what = value.sql if value.kind == "number" else value.scalar
    listed = f"list(DISTINCT {what}) FILTER ({what} IS NOT NULL)"
    if value.kind == "number":
        return Value(f"to_json(list_sort({listed}))", "json")
    return Value(
        f"to_json(list_transform(list_sort(list_transform({listed}, lambda v: {NATURAL.format('v')})),"
        " lambda r: r[4]))",
        "json",
    )


def _rate(call: tree.Call, values: Sequence[Value], time: str | None) -> Value:
    period = call.args[1]
    if time is None or not isinstance(period, tree.Period):
        raise QueryProblem("Write rate(field, 1m) in the first stats: it reads @timestamp.", call.span)
    number = values[0].number
    timed = f"CASE WHEN {number} IS NOT NULL THEN {time} END"
    change = f"(arg_max({number}, {time}) - arg_min({number}, {time}))"
    return Value(f"({change} * {length_ms(period)} / nullif(max({timed}) - min({timed}), 0))", "number")


_BUILDERS: dict[str, Callable[[tree.Call, Sequence[Value], str | None], Value]] = {
    "count": _count,
    "countovertime": _count,
    "countdistinct": _distinct,
    "pct": _percentile,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "earliest": _ends("min"),
    "latest": _ends("max"),
    "sortsfirst": _sorts("min"),
    "sortslast": _sorts("max"),
    "values": _values,
    "collectvalues": _values,
    "rate": _rate,
}
