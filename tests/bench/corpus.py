"""Published queries: how many parse, how many are answered locally, how many answers equal those of SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.bench.results import Row
from tests.insights.published import (
    Published,
    answered,
    are_equal,
    by_hand,
    fitted,
    published,
    rows_in_sql,
    rows_of,
)
from tui.insights.engine import EngineError, NotCovered
from tui.insights.lint import lint
from tui.insights.parser import parse
from tui.insights.problems import QuerySyntaxError

NAME = "corpus"
_ANSWERED = 200
_EQUAL = 60


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Name the queries that give no rows.
    """
    queries = published()
    valid = [one for one in queries if one.expect == "valid"]
    invalid = [one for one in queries if one.expect == "invalid"]
    unread = [one.id for one in valid if not _parses(one)]
    yield Row(
        "valid queries that do not parse",
        len(unread),
        0,
        note=f"of {len(valid)}; {len(queries)} published queries, none crashes the parser",
    )
    accepted = [one.id for one in invalid if not any(each.severity == "error" for each in lint(one.text))]
    yield Row("invalid queries that pass", len(accepted), 0, note=f"of {len(invalid)}")
    ends = {one.id: _end(one) for one in valid}
    kinds = Counter(ends.values())
    rows, silent = kinds.pop("rows", 0), kinds.pop("no rows", 0)
    named = sum(kinds.values())
    yield Row(
        "valid queries without rows",
        len(valid) - rows,
        len(valid) - _ANSWERED,
        note=f"{rows} of {len(valid)} give rows on events that fit, {named} name what is not covered,"
        f" {silent} give none",
    )
    if long:
        yield Row("without rows", None, note=" ".join(one for one, end in ends.items() if end == "no rows"))
    sql = by_hand()
    text = {one.id: one.text for one in valid}
    differ = [one for one in sql if not _equals(text[one], sql[one])]
    equal = len(sql) - len(differ)
    yield Row(
        "answers that differ from SQL",
        len(differ),
        0 if equal >= _EQUAL else -1,
        note=f"{equal} answers equal those of SQL by hand {' '.join(differ)}".rstrip(),
    )


def _parses(query: Published) -> bool:
    try:
        parse(query.text)
    except QuerySyntaxError:
        return False
    return True


def _end(query: Published) -> str:
    """Return "rows", "no rows" or what is not covered."""
    try:
        return "rows" if answered(query.text, fitted(query.text)).rows else "no rows"
    except NotCovered as error:
        return str(error)
    except (EngineError, QuerySyntaxError) as error:
        return f"refused: {error}"


def _equals(text: str, sql: str) -> bool:
    events = fitted(text)
    return are_equal(rows_of(answered(text, events)), rows_in_sql(sql, events))
