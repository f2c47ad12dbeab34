"""The rows of a query as table, JSON and CSV."""

from __future__ import annotations

import json

from tui.domain.queries import QueryAnswer
from tui.presenters.answer import answer_csv, answer_json, answer_table, scan_text

ANSWER = QueryAnswer(
    "Complete",
    ({"endpoint": "/a,b", "count": "12", "@ptr": "x"}, {"endpoint": '한국 "x"', "p95": "1.5"}),
    records_matched=12.0,
    records_scanned=4000.0,
    bytes_scanned=2e9,
)


def test_the_table_is_aligned_with_numbers_on_the_right() -> None:
    assert answer_table(ANSWER).splitlines() == [
        "endpoint  count  p95",
        "/a,b         12",
        '한국 "x"         1.5',
    ]


def test_json_is_a_list_without_absent_columns_and_pointers() -> None:
    assert json.loads(answer_json(ANSWER)) == [
        {"endpoint": "/a,b", "count": "12"},
        {"endpoint": '한국 "x"', "p95": "1.5"},
    ]
    assert json.loads(answer_json(QueryAnswer("Complete"))) == []


def test_csv_quotes_what_needs_it() -> None:
    assert answer_csv(ANSWER).splitlines() == ["endpoint,count,p95", '"/a,b",12,', '"한국 ""x""",,1.5']


def test_without_rows_there_is_no_heading() -> None:
    assert answer_table(QueryAnswer()) == answer_csv(QueryAnswer()) == ""


def test_what_was_scanned_and_its_price() -> None:
    assert scan_text(ANSWER) == "2 rows, 12 of 4,000 events matched, 1.86 GiB scanned, $0.01"
    assert scan_text(QueryAnswer()).endswith("$0")
