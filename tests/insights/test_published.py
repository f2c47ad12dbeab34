"""Published queries: parser and lint, rows on events that fit them, and rows equal to those of SQL."""

from __future__ import annotations

import contextlib

import pytest

from tests.insights.published import answered, are_equal, by_hand, fitted, published, rows_in_sql, rows_of
from tui.insights.engine import NotCovered
from tui.insights.lint import lint
from tui.insights.parser import parse
from tui.insights.problems import QuerySyntaxError

ALL = {one.id: one for one in published()}
SQL = by_hand()


def test_every_valid_query_parses_and_no_invalid_one() -> None:
    for one in ALL.values():
        errors = [found for found in lint(one.text) if found.severity == "error"]
        if one.expect == "valid":
            parse(one.text)
            assert not errors, (one.id, errors)
        elif one.expect == "invalid":
            assert errors, one.id
            assert all(found.place(one.text) >= (1, 1) for found in errors)


def test_no_query_crashes_the_parser() -> None:
    for one in ALL.values():
        with contextlib.suppress(QuerySyntaxError):
            parse(one.text)


def test_nearly_all_valid_queries_give_rows_on_events_that_fit_them() -> None:
    with_rows: list[str] = []
    without: list[str] = []
    refused: list[str] = []
    for one in ALL.values():
        if one.expect != "valid":
            continue
        try:
            found = answered(one.text, fitted(one.text)[:60])
        except NotCovered as error:
            refused.append(str(error))
            continue
        (with_rows if found.rows else without).append(one.id)
    assert len(with_rows) >= 200, without
    assert all("not covered" in text for text in refused)


@pytest.mark.parametrize("number", sorted(SQL))
def test_rows_equal_those_of_sql_written_by_hand(number: str) -> None:
    text = ALL[number].text
    events = fitted(text)
    expected = rows_in_sql(SQL[number], events)
    assert expected, "the SQL has something to say"
    found = rows_of(answered(text, events))
    assert are_equal(found, expected), (found[:3], expected[:3])
