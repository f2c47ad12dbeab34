"""Compile `parse` and `json`: fields out of texts.

Rules: CWL_QuerySyntax-Parse.html in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/. A row that does not
match stays, without the fields.
"""

from __future__ import annotations

import re

from tui.insights import tree
from tui.insights.engine.expressions import compile_expr, regex_sql
from tui.insights.engine.pipeline import Pipeline
from tui.insights.engine.problems import NotCovered, QueryProblem
from tui.insights.engine.values import Value, member, quoted

_GROUP_NAME = re.compile(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>")
_JSON_FIELD = re.compile(
    r"""json\s+field\s*=\s*(?P<field>[\w.@`]+)\s+(?P<rest>.*)""", re.IGNORECASE | re.DOTALL
)
_JSON_PART = re.compile(r"""\s*,?\s*(["'])(?P<path>.*?)\1\s+as\s+(?P<name>[\w.@]+)""", re.IGNORECASE)
_LOGFMT = r'(?:^|\s)([A-Za-z_][\w.\-/]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)'
_CSV = r'(?:^|,)("(?:[^"]|"")*"|[^,]*)'


def parse(command: tree.Parse, line: Pipeline) -> None:
    """Add the columns of a parse.

    Raises:
        NotCovered: XML.
        QueryProblem: The pattern does not fit its names.
    """
    text = compile_expr(command.source, line.scope()).scalar
    if command.mode == "glob":
        columns = _glob(command, text)
    elif command.mode == "regex":
        columns = _regex(command, text, line)
    elif command.mode == "logfmt":
        columns = _logfmt(command, text)
    elif command.mode == "csv":
        columns = _csv(command, text)
    else:
        raise NotCovered(
            "parse XML is not covered by the local engine: only AWS can answer it.", command.span
        )
    line.add(columns)
    line.show(name for name, _ in columns)


def _glob(command: tree.Parse, text: str) -> list[tuple[str, Value]]:
    pieces = command.pattern.split("*")
    stars = len(pieces) - 1
    if stars == 0 and len(command.aliases) == 1:
        # Published, and of no use: the text itself is what the name stands for.
        found = f"CASE WHEN contains({text}, {quoted(command.pattern)}) THEN {quoted(command.pattern)} END"
        return [(command.aliases[0], Value(found, "text"))]
    if stars != len(command.aliases):
        raise QueryProblem(
            f"The pattern has {stars} * for {len(command.aliases)} names: write as many of one"
            " as of the other.",
            command.span,
        )
    # A star takes as little as it can; the last one all there is when nothing stands behind it.
    expression = "(?s)" + ("^" if not pieces[0] else "") + "(.*?)".join(map(re.escape, pieces))
    if not pieces[-1]:
        expression = expression.removesuffix("(.*?)") + "(.*)$"
    return _extracted(text, expression, command.aliases)


def _extracted(text: str, expression: str, names: tuple[str, ...]) -> list[tuple[str, Value]]:
    """Return a column for each of the first groups of an expression."""
    pattern = regex_sql(expression)
    listed = ", ".join(quoted(f"f{number}") for number in range(len(names)))
    return [
        (
            name,
            Value(
                f"(CASE WHEN regexp_matches({text}, {pattern}) THEN"
                f" regexp_extract({text}, {pattern}, [{listed}]).f{number} END)",
                "text",
            ),
        )
        for number, name in enumerate(names)
    ]


def _regex(command: tree.Parse, text: str, line: Pipeline) -> list[tuple[str, Value]]:
    # Every group but (?: … ) counts, in the order of its opening bracket.
    numbered = _groups(command.pattern)
    names = [name for name in numbered if name]
    if command.aliases:
        if len(command.aliases) > len(numbered):
            raise QueryProblem("There are more names behind as than groups in the expression.", command.span)
        wanted = list(zip(range(len(numbered)), command.aliases, strict=False))
    elif names:
        wanted = [(index, name) for index, name in enumerate(numbered) if name]
    else:
        raise QueryProblem(
            "The expression names no group: write (?<name>...), or name its groups with as.", command.span
        )
    if command.is_multi:
        return _multi(command, text, wanted, line)
    every = tuple(f"f{number}" for number in range(len(numbered)))
    found = _extracted(text, command.pattern, every)
    # A group that took no part is told apart from the row only by being empty.
    return [(name, Value(f"nullif({found[index][1].sql}, '')", "text")) for index, name in wanted]


def _groups(pattern: str) -> list[str]:
    """Return the names of the capturing groups, "" for one without."""
    groups: list[str] = []
    is_class = False
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if letter == "\\":
            index += 2
            continue
        if letter == "[":
            is_class = True
        elif letter == "]":
            is_class = False
        elif letter == "(" and not is_class:
            named = _GROUP_NAME.match(pattern, index)
            if named:
                groups.append(named[1])
            elif pattern[index + 1 : index + 2] != "?":
                groups.append("")
        index += 1
    return groups


def _multi(
    command: tree.Parse, text: str, wanted: list[tuple[int, str]], line: Pipeline
) -> list[tuple[str, Value]]:
    """Make a row of each match; a row without one stays."""
    line.count_matched()
    pattern = regex_sql(command.pattern)
    lists = [(line.fresh(), f"regexp_extract_all({text}, {pattern}, {index + 1})") for index, _ in wanted]
    line.select("*, " + ", ".join(f"{sql} AS {column}" for column, sql in lists))
    spread = [
        (line.fresh(), f"unnest(CASE WHEN len({column}) > 0 THEN {column} ELSE [NULL] END)")
        for column, _ in lists
    ]
    place = line.fresh()
    counted = f"unnest(range(greatest(1, len({lists[0][0]})))) AS {place}"
    line.select("*, " + ", ".join(f"{sql} AS {column}" for column, sql in spread) + f", {counted}")
    line.order.append(place)
    return [(name, Value(column, "text")) for (column, _), (_, name) in zip(spread, wanted, strict=True)]


def _logfmt(command: tree.Parse, text: str) -> list[tuple[str, Value]]:
    if len(command.aliases) != 1:
        raise QueryProblem("Write one name: parse @message logfmt as lf.", command.span)
    keys = f"regexp_extract_all({text}, {quoted(_LOGFMT)}, 1)"
    values = f"regexp_extract_all({text}, {quoted(_LOGFMT)}, 2)"
    plain = (
        f"list_transform({values}, lambda v: CASE WHEN starts_with(v, '\"') AND length(v) > 1 THEN"
        " replace(replace(substr(v, 2, length(v) - 2), '\\\"', '\"'), '\\\\', '\\') ELSE v END)"
    )
    # The first of equal keys counts.
    pairs = (
        f"list_transform(list_distinct({keys}), lambda k:"
        f" {{'k': k, 'v': ({plain})[list_position({keys}, k)]}})"
    )
    return [
        (
            command.aliases[0],
            Value(f"(CASE WHEN len({keys}) > 0 THEN to_json(map_from_entries({pairs})) END)", "json"),
        )
    ]


def _csv(command: tree.Parse, text: str) -> list[tuple[str, Value]]:
    if not command.aliases:
        raise QueryProblem("Name the columns: parse @message csv as host, status.", command.span)
    parts = f"regexp_extract_all({text}, {quoted(_CSV)}, 1)"
    columns = []
    for number, name in enumerate(command.aliases):
        part = f"trim({parts}[{number + 1}])"
        plain = (
            f"(CASE WHEN starts_with({part}, '\"') THEN replace("
            f"substr({part}, 2, greatest(length({part}) - 2, 0)),"
            f" '\"\"', '\"') ELSE {part} END)"
        )
        columns.append((name, Value(plain, "text")))
    return columns


def json_command(command: tree.Other, line: Pipeline) -> None:
    """Add the columns of `json field=payload "user.name" as username`.

    Raises:
        QueryProblem: It is written in another way.
    """
    written = _JSON_FIELD.match(command.text)
    parts = list(_JSON_PART.finditer(written["rest"])) if written else []
    if written is None or not parts:
        raise QueryProblem('Write json field=payload "user.name" as username.', command.span)
    path = tuple(_step(part) for part in written["field"].replace("`", "").split("."))
    holder = compile_expr(tree.Field(path), line.scope()).json
    columns = [
        (part["name"], member(holder, tuple(_step(step) for step in part["path"].split("."))))
        for part in parts
    ]
    line.add(columns)
    line.show(name for name, _ in columns)


def _step(written: str) -> str | int:
    return int(written) if written.isdigit() else written
