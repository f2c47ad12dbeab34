"""What an expression of a query is in SQL: the text of it, the kind of its values, and how kinds convert.

A value that comes from a log is text until something asks for a number (a field holds 200 in one event and
"n/a" in the next), so the kind "text" converts row by row and gives nothing where it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "bool", "time", "json"]

MACROS = (
    # A number as a log writes it: it begins with a digit, a sign or a point, all of which are before the
    # colon. The cast alone would also take "nan" and "1_000".
    "CREATE MACRO to_num(s) AS CASE WHEN s < ':' AND NOT contains(s, '_') THEN TRY_CAST(s AS DOUBLE) END",
    # Shortest form: 3 for 3.0. Beyond 1e18 a double holds no exact whole numbers worth showing.
    "CREATE MACRO num_text(x) AS CASE WHEN NOT isfinite(x) THEN NULL WHEN x = trunc(x) AND abs(x) < 1e18"
    " THEN CAST(CAST(x AS BIGINT) AS VARCHAR) ELSE CAST(CAST(x AS DOUBLE) AS VARCHAR) END",
    "CREATE MACRO time_text(ms) AS CASE WHEN abs(ms) < 9e15"
    " THEN strftime(make_timestamp(CAST(ms AS BIGINT) * 1000), '%Y-%m-%d %H:%M:%S.%g') END",
    "CREATE MACRO to_json_or_null(s) AS CASE WHEN json_valid(s) THEN CAST(s AS JSON) END",
    # Natural order: digits by length, then by value. A chunk of digits stands where the digit 0 does.
    "CREATE MACRO natural_chunks(s) AS list_transform(regexp_extract_all(s, '\\d+|\\D+'), lambda c:"
    " CASE WHEN c[1] BETWEEN '0' AND '9' THEN '0' || lpad(CAST(length(c) AS VARCHAR), 8, '0') || c"
    " ELSE c END)",
)
"""Helpers that every connection gets; see `Value` for what they convert."""


@dataclass(frozen=True, slots=True)
class Value:
    """An expression.

    Attributes:
        sql: VARCHAR for text, DOUBLE for number, BOOLEAN for bool, BIGINT milliseconds since 1970 for time,
            JSON for json. NULL: the event has no such value.
        kind: Of `sql`.
        structured: SQL that says whether the value is a map or a list, of a text; "" where it never is.
        literal: The text of a string that stands in the query.
    """

    sql: str
    kind: Kind
    structured: str = ""
    literal: str | None = None

    @property
    def scalar(self) -> str:
        """VARCHAR: the text, NULL for a map or a list, which no function takes."""
        if self.kind == "text":
            if not self.structured:
                return self.sql
            # The first character decides for nearly every event; asking for the type reads the JSON again.
            is_open = f"({self.sql})[1] IN ('{{', '[')"
            return f"(CASE WHEN {is_open} AND {self.structured} THEN NULL ELSE {self.sql} END)"
        if self.kind == "json":
            return (
                f"(CASE WHEN json_type({self.sql}) IN ('OBJECT', 'ARRAY') THEN NULL"
                f" ELSE json_extract_string({self.sql}, '$') END)"
            )
        return self.printed

    @property
    def printed(self) -> str:
        """VARCHAR: as the service prints it."""
        if self.kind == "number":
            return f"num_text({self.sql})"
        if self.kind == "bool":
            return f"CAST(CAST({self.sql} AS INTEGER) AS VARCHAR)"
        if self.kind == "time":
            return f"time_text({self.sql})"
        if self.kind == "json":
            return f"json_extract_string({self.sql}, '$')"
        return self.sql

    @property
    def number(self) -> str:
        """DOUBLE: NULL where it is no number; a comparison is 1 or 0, a time its milliseconds."""
        if self.kind == "number":
            return self.sql
        if self.kind == "bool":
            return f"CAST({self.sql} AS DOUBLE)"
        if self.kind == "time":
            return f"CAST({self.sql} AS DOUBLE)"
        return f"to_num({self.scalar if self.kind == 'json' else self.sql})"

    @property
    def condition(self) -> str:
        """BOOLEAN: whether it holds."""
        if self.kind == "bool":
            return self.sql
        if self.kind in ("number", "time"):
            return f"({self.sql} <> 0)"
        text = self.scalar
        return f"(lower({text}) = 'true' OR coalesce(to_num({text}), 0) <> 0)"

    @property
    def milliseconds(self) -> str:
        """BIGINT: a moment; a number is milliseconds since 1970."""
        return self.sql if self.kind == "time" else f"TRY_CAST({self.number} AS BIGINT)"

    @property
    def json(self) -> str:
        """JSON: a text is parsed, NULL where it is none."""
        return self.sql if self.kind == "json" else f"to_json_or_null({self.printed})"

    @property
    def whole(self) -> str:
        """What `ispresent` and `coalesce` look at."""
        if self.kind == "json":
            return f"json_extract_string({self.sql}, '$')"
        return self.sql


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def text_of(literal: str) -> Value:
    """Return the value of a string in the query."""
    return Value(quoted(literal), "text", literal=literal)


def member(json: str, steps: tuple[str | int, ...]) -> Value:
    """Return what is found in a JSON value by keys and positions.

    Args:
        json: SQL of it.
        steps: Keys; a number is a position of a list or a key that is a number.
    """
    path = quoted(json_path(steps))
    found = f"json_extract_string({json}, {path})"
    return Value(
        found, "text", structured=f"coalesce(json_type({json}, {path}) IN ('OBJECT', 'ARRAY'), false)"
    )


def json_path(steps: tuple[str | int, ...]) -> str:
    """Return a path as DuckDB writes it: `$."a"[0]."b"`."""
    parts = (
        f"[{step}]" if isinstance(step, int) else '."' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for step in steps
    )
    return "$" + "".join(parts)
