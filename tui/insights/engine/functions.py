"""The scalar functions of the query language as SQL.

Meanings: CWL_QuerySyntax-operations-functions.html in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/. A
map or a list is nothing to functions of strings, numbers and dates.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.insights import tree
from tui.insights.engine import addresses, dates
from tui.insights.engine.periods import ceil_sql, floor_sql
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.scope import Scope
from tui.insights.engine.values import Kind, Value, quoted

Inner = Callable[[tree.Expr], Value]
Builder = Callable[[tree.Call, Scope, Inner], Value]

_EARTH_KM = 6371.0
_MOST_BRANCHES = 10


def _template(pattern: str, kind: Kind, takes: str) -> Builder:
    """Return the builder of a function that is a pattern filled with its arguments.

    Args:
        pattern: With {0}, {1}, … for the arguments.
        kind: Of the result.
        takes: A letter for each argument: n number, t text, m milliseconds, j JSON, w the whole value, c
            condition; the last one stands for all that follow.
    """
    views = {"n": "number", "t": "scalar", "m": "milliseconds", "j": "json", "w": "whole", "c": "condition"}

    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        letters = takes.ljust(len(call.args), takes[-1]) if takes else ""
        values = [getattr(inner(arg), views[letter]) for arg, letter in zip(call.args, letters, strict=False)]
        return Value(pattern.format(*values), kind)

    return build


def _optional(short: Builder, long: Builder) -> Builder:
    """Return the builder of a function whose last argument may be missing: `short` has fewer arguments."""

    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        least = 2 if call.name in ("substr", "strcontains") else 1
        return (long if len(call.args) > least else short)(call, scope, inner)

    return build


# ---------------------------------------------------------------- numbers


def _extreme(name: str) -> Builder:
    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        return Value(f"{name}({', '.join(inner(arg).number for arg in call.args)})", "number")

    return build


def _histogram(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    number, width = (inner(arg).number for arg in call.args)
    return Value(f"(floor({number} / nullif({width}, 0)) * {width})", "number")


# ---------------------------------------------------------------- dates


def _rounded(up: bool) -> Builder:
    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        moment, period = inner(call.args[0]).milliseconds, _period(call, 1)
        return Value(ceil_sql(moment, period) if up else floor_sql(moment, period), "time")

    return build


def _bin(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    moment = inner(call.args[0]) if len(call.args) == 2 else scope.time
    if moment is None:
        raise QueryProblem(
            "bin reads @timestamp, which this stats no longer has: pass it on, for example"
            " max(@timestamp) as @t, and"
            " group by dateFloor(@t, 5m).",
            call.span,
        )
    return Value(floor_sql(moment.milliseconds, _period(call, len(call.args) - 1)), "time")


def _period(call: tree.Call, index: int) -> tree.Period:
    period = call.args[index]
    if not isinstance(period, tree.Period):
        raise QueryProblem(f"{call.written} takes a period such as 5m.", call.span)
    if period.amount < 1:
        raise QueryProblem(f"{call.written} takes a period of at least 1.", period.span)
    return period


def _written(call: tree.Call, index: int, what: str) -> str:
    arg = call.args[index]
    if not isinstance(arg, tree.Text):
        raise NotCovered(
            f"The local engine takes the {what} of {call.written} only as a text in quotes.", arg.span
        )
    return arg.value


def _parse_date(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    pattern, has_zone = dates.java_to_strptime(_written(call, 1, "pattern"), call.args[1].span)
    parsed = f"try_strptime({inner(call.args[0]).scalar}, {quoted(pattern)})"
    if len(call.args) == 3 and not has_zone:
        zone = dates.zone(_written(call, 2, "zone"), call.args[2].span)
        return Value(f"CAST(epoch_ms({parsed} AT TIME ZONE {quoted(zone)}) AS DOUBLE)", "number")
    return Value(f"CAST(epoch_ms({parsed}) AS DOUBLE)", "number")


def _format_date(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    pattern = dates.strftime_pattern(_written(call, 1, "format"), call.args[1].span)
    moment = f"make_timestamp({inner(call.args[0]).milliseconds} * 1000)"
    if len(call.args) == 3:
        zone = dates.zone(_written(call, 2, "zone"), call.args[2].span)
        moment = f"timezone({quoted(zone)}, timezone('UTC', {moment}))"
    return Value(f"strftime({moment}, {quoted(pattern)})", "text")


def _moment(read: Callable[[Scope], int | None], seconds: bool = False) -> Builder:
    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        moment = read(scope)
        if moment is None:
            return Value("CAST(NULL AS DOUBLE)", "number")
        return Value(f"CAST({moment // 1000 if seconds else moment} AS DOUBLE)", "number")

    return build


def _range(scope: Scope) -> int | None:
    start, end = scope.moments.start_ms, scope.moments.end_ms
    return None if start is None or end is None else end - start


# ---------------------------------------------------------------- choices


def _joined_kind(values: list[Value]) -> Kind:
    kinds = {value.kind for value in values if value.sql != "NULL"}
    return kinds.pop() if len(kinds) == 1 else "text"


def _as(value: Value, kind: Kind) -> str:
    if value.kind == kind:
        return value.scalar if kind == "text" else value.sql
    return value.scalar


def _choose(conditions: list[str], values: list[Value]) -> Value:
    kind = _joined_kind(values)
    branches = " ".join(
        f"WHEN {condition} THEN {_as(value, kind)}"
        for condition, value in zip(conditions, values, strict=False)
    )
    default = f" ELSE {_as(values[-1], kind)}" if len(values) > len(conditions) else ""
    return Value(f"(CASE {branches}{default} END)", kind)


def _if(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    condition, *values = (inner(arg) for arg in call.args)
    return _choose([condition.condition], values)


def _case(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    args = call.args
    if len(args) // 2 > _MOST_BRANCHES:
        raise QueryProblem(f"case takes at most {_MOST_BRANCHES} branches.", call.span)
    pairs = len(args) // 2
    conditions = [inner(arg).condition for arg in args[: 2 * pairs : 2]]
    values = [inner(arg) for arg in args[1 : 2 * pairs : 2]]
    return _choose(conditions, values + [inner(arg) for arg in args[2 * pairs :]])


def _coalesce(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    values = [inner(arg) for arg in call.args]
    kind = _joined_kind(values)
    return Value(f"coalesce({', '.join(_as(value, kind) for value in values)})", kind)


def _is_present(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    return Value(f"({inner(call.args[0]).whole} IS NOT NULL)", "bool")


# ---------------------------------------------------------------- strings


def _trim(name: str) -> Builder:
    def build(call: tree.Call, scope: Scope, inner: Inner) -> Value:
        # Without characters white space goes, of which DuckDB's own trim takes spaces only.
        characters = inner(call.args[1]).scalar if len(call.args) > 1 else r"e' \t\n\r\f\x0b'"
        return Value(f"{name}({inner(call.args[0]).scalar}, {characters})", "text")

    return build


def _regex_replace(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    from tui.insights.engine.expressions import regex_sql

    pattern = call.args[1]
    if not isinstance(pattern, tree.Regex | tree.Text):
        raise NotCovered(
            "The local engine takes the expression of regexReplace only in quotes.", pattern.span
        )
    written = pattern.pattern if isinstance(pattern, tree.Regex) else pattern.value
    text, new = inner(call.args[0]).scalar, inner(call.args[2]).scalar
    # RE2 writes a group as \1 where Java writes $1.
    new = f"regexp_replace({new}, '\\$(\\d)', '\\\\\\1', 'g')"
    if isinstance(call.args[2], tree.Text):
        new = quoted(_dollars(call.args[2].value))
    return Value(f"regexp_replace({text}, {regex_sql(written)}, {new}, 'g')", "text")


def _dollars(text: str) -> str:
    import re

    return re.sub(r"\$(\d)", r"\\\1", text)


def _contains(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    text, part = (inner(arg).scalar for arg in call.args[:2])
    return Value(f"contains({text}, {part})", "bool")


def _one_or_zero(pattern: str, takes: str) -> Builder:
    """Return the builder of a function that says 0 where its argument is missing."""
    return _template(f"coalesce({pattern}, false)", "bool", takes)


# ---------------------------------------------------------------- JSON


def _json_parse(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    return Value(inner(call.args[0]).json, "json")


def _json_contains(call: tree.Call, scope: Scope, inner: Inner) -> Value:
    from tui.insights.engine.expressions import contains_sql

    holder, wanted = (inner(arg) for arg in call.args)
    return Value(f"coalesce({contains_sql(holder, wanted)}, false)", "bool")


_DISTANCE = (
    f"(2 * {_EARTH_KM} * asin(sqrt(least(1, pow(sin(radians({{2}} - {{0}}) / 2), 2) + cos(radians({{0}}))"
    " * cos(radians({2})) * pow(sin(radians({3} - {1}) / 2), 2)))))"
)
_HEX_DIGITS = "regexp_replace({0}, '^0[xX]', '')"

BUILDERS: dict[str, Builder] = {
    "abs": _template("abs({0})", "number", "n"),
    "ceil": _template("ceil({0})", "number", "n"),
    "floor": _template("floor({0})", "number", "n"),
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "log": _template("(CASE WHEN {0} > 0 THEN ln({0}) END)", "number", "n"),
    "sqrt": _template("(CASE WHEN {0} >= 0 THEN sqrt({0}) END)", "number", "n"),
    "round": _optional(
        _template("round({0})", "number", "n"), _template("round({0}, CAST({1} AS INTEGER))", "number", "n")
    ),
    "haversine": _template(_DISTANCE, "number", "n"),
    "tonumber": _template("{0}", "number", "n"),
    "todouble": _template("{0}", "number", "n"),
    "toint": _template("trunc({0})", "number", "n"),
    "tolong": _template("trunc({0})", "number", "n"),
    "histogram": _histogram,
    "bin": _bin,
    "datefloor": _rounded(False),
    "dateceil": _rounded(True),
    "frommillis": _template("{0}", "time", "m"),
    "tomillis": _template("CAST({0} AS DOUBLE)", "number", "m"),
    "now": _moment(lambda scope: scope.moments.now_ms, seconds=True),
    "parsedate": _parse_date,
    "formatdate": _format_date,
    "strftime": _format_date,
    "ispresent": _is_present,
    "coalesce": _coalesce,
    "case": _case,
    "if": _if,
    "isnumeric": _template("({0} IS NOT NULL)", "bool", "n"),
    "messagesize": _template("CAST(strlen({0}) AS DOUBLE)", "number", "w"),
    "querystarttime": _moment(lambda scope: scope.moments.start_ms),
    "queryendtime": _moment(lambda scope: scope.moments.end_ms),
    "querytimerange": _moment(_range),
    "isempty": _template("(coalesce({0}, '') = '')", "bool", "t"),
    "isblank": _template(r"(NOT regexp_matches(coalesce({0}, ''), '\S'))", "bool", "t"),
    "concat": lambda call, scope, inner: Value(
        f"concat({', '.join(inner(arg).scalar for arg in call.args)})", "text"
    ),
    "ltrim": _trim("ltrim"),
    "rtrim": _trim("rtrim"),
    "trim": _trim("trim"),
    "strlen": _template("CAST(length({0}) AS DOUBLE)", "number", "t"),
    "toupper": _template("upper({0})", "text", "t"),
    "tolower": _template("lower({0})", "text", "t"),
    "substr": _optional(
        _template("substring({0}, CAST({1} AS BIGINT) + 1)", "text", "tn"),
        _template("substring({0}, CAST({1} AS BIGINT) + 1, CAST({2} AS BIGINT))", "text", "tnn"),
    ),
    "replace": _template("replace({0}, {1}, {2})", "text", "t"),
    "regexreplace": _regex_replace,
    "strcontains": _contains,
    "startswith": _template("starts_with({0}, {1})", "bool", "t"),
    "endswith": _template("ends_with({0}, {1})", "bool", "t"),
    "urlencode": _template("url_encode({0})", "text", "t"),
    "urldecode": _template("TRY(url_decode({0}))", "text", "t"),
    "base64encode": _template("to_base64(encode({0}))", "text", "t"),
    "base64decode": _template("TRY(decode(from_base64({0})))", "text", "t"),
    "split": _template("to_json(string_split({0}, {1}))", "json", "t"),
    "hextoascii": _template(f"TRY(decode(unhex({_HEX_DIGITS})))", "text", "t"),
    "hextodec": _template(f"CAST(TRY_CAST('0x' || {_HEX_DIGITS} AS HUGEINT) AS DOUBLE)", "number", "t"),
    "dectohex": _template("lower(to_hex(TRY_CAST({0} AS BIGINT)))", "text", "n"),
    "jsonparse": _json_parse,
    "jsonstringify": _template("CAST({0} AS VARCHAR)", "text", "j"),
    "jsonarraysize": _template(
        "(CASE WHEN json_type({0}) = 'ARRAY' THEN CAST(json_array_length({0}) AS DOUBLE) END)", "number", "j"
    ),
    "jsonarraycontains": _json_contains,
    "isvalidip": _template(f"({addresses.is_v4('{0}')} OR {addresses.is_v6('{0}')})", "bool", "t"),
    "isvalidipv4": _template(addresses.is_v4("{0}"), "bool", "t"),
    "isvalidipv6": _template(addresses.is_v6("{0}"), "bool", "t"),
    "isipinsubnet": _template(addresses.in_subnet("{0}", "{1}"), "bool", "t"),
    "isipv4insubnet": _template(addresses.in_subnet("{0}", "{1}", 4), "bool", "t"),
    "isipv6insubnet": _template(addresses.in_subnet("{0}", "{1}", 6), "bool", "t"),
    "ipv4tonumber": _template(addresses.v4_number("{0}"), "number", "t"),
    "isprivateip": _template("ip_in_any({0}, private_subnets())", "bool", "t"),
    "ispublicip": _template(
        "(ip_bits({0}) IS NOT NULL AND NOT ip_in_any({0}, private_subnets())"
        " AND NOT ip_in_any({0}, reserved_subnets()))",
        "bool",
        "t",
    ),
    "isreservedip": _template("ip_in_any({0}, reserved_subnets())", "bool", "t"),
}
"""The builder of each scalar function that is covered, by its name in lower case without underscores."""
