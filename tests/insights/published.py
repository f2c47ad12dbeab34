"""Published queries with events that fit them, and the same questions in SQL written by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.insights.fitting import events_for
from tui.insights.engine import Event, Events, Result, run_query
from tui.insights.parser import parse

FOLDER = Path(__file__).parent / "corpus"
NOW_MS = 1_788_446_000_000

_SHORT = {
    r"\bs\('([^']+)'\)": r"TRY(json_extract_string(message, '$.\1'))",
    r"\bn\('([^']+)'\)": r"TRY_CAST(TRY(json_extract_string(message, '$.\1')) AS DOUBLE)",
    r"\btt\(\)": "strftime(ts, '%Y-%m-%d %H:%M:%S.%g')",
    r"\bb\((\d+)\)": r"strftime(time_bucket(INTERVAL \1 MINUTE, ts), '%Y-%m-%d %H:%M:%S.%g')",
    r"\bdur\(\)": r"TRY_CAST(regexp_extract(message, '\\tDuration: ([\\d.]+) ms', 1) AS DOUBLE)",
    r"\bbill\(\)": r"TRY_CAST(regexp_extract(message, 'Billed Duration: ([\\d.]+)', 1) AS DOUBLE)",
    r"\bmem\(\)": r"(TRY_CAST(regexp_extract(message, 'Memory Size: ([\\d.]+)', 1) AS DOUBLE) * 1e6)",
    r"\bused\(\)": r"(TRY_CAST(regexp_extract(message, 'Memory Used: ([\\d.]+)', 1) AS DOUBLE) * 1e6)",
    r"\brid\(\)": r"regexp_extract(message, 'RequestId: (\\S+)', 1)",
}
"""What sql.yaml writes short."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published query.

    Attributes:
        id: Its number.
        expect: valid, invalid, unverified or template.
        text: The query.
    """

    id: str
    expect: str
    text: str


def published() -> list[Published]:
    """Return all of them."""
    document = yaml.safe_load((FOLDER / "published.yaml").read_text("utf-8"))
    return [Published(one["id"], one["expect"], one["query"]) for one in document]


def by_hand() -> dict[str, str]:
    """Return SQL by the query's id."""
    found: dict[str, str] = yaml.safe_load((FOLDER / "sql.yaml").read_text("utf-8"))
    return found


def answered(text: str, events: Sequence[Event]) -> Result:
    """Return the local engine's answer to a query on events."""
    return run_query(parse(text), Events(events), now_ms=NOW_MS)


def rows_in_sql(sql: str, events: Sequence[Event]) -> list[tuple[str, ...]]:
    """Return what SQL gives on the events, in no order; a row without its missing values."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE e (ts TIMESTAMP, message VARCHAR, grp VARCHAR, stream VARCHAR)")
        connection.executemany(
            "INSERT INTO e VALUES (make_timestamp(CAST(? AS BIGINT) * 1000), ?, ?, ?)",
            [[one.time_ms, one.message, one.group, one.stream] for one in events],
        )
        for short, whole in _SHORT.items():
            sql = re.sub(short, whole, sql)
        found = connection.execute(sql).fetchall()
    return sorted(tuple(str(one) for one in row if one is not None) for row in found)


def rows_of(result: Result) -> list[tuple[str, ...]]:
    """Return the rows of an answer like `rows_in_sql`."""
    return sorted(tuple(row.values()) for row in result.rows)


def are_equal(left: Sequence[tuple[str, ...]], right: Sequence[tuple[str, ...]]) -> bool:
    """Whether two answers hold the same rows; numbers to a millionth."""
    if len(left) != len(right):
        return False
    if all(_are_same(one, other) for one, other in zip(left, right, strict=True)):
        return True
    rest = list(right)
    for row in left:
        match = next((other for other in rest if _are_same(row, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def _are_same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    return len(left) == len(right) and all(
        _is_same(one, other) for one, other in zip(left, right, strict=True)
    )


def _is_same(left: str, right: str) -> bool:
    if left == right:
        return True
    try:
        return math.isclose(float(left), float(right), rel_tol=1e-6, abs_tol=1e-9)
    except ValueError:
        return False


def fitted(text: str) -> list[Event]:
    """Return events that fit a query."""
    return events_for(parse(text))
