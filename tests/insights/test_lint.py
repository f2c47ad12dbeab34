"""Lint: one query that is wrong and one that is right for each rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insights.test_any_text import PIECES
from tui.insights.lint import MOST_CHARACTERS, lint
from tui.insights.rules.findings import Surroundings

ERRORS = [
    ("syntax", "fields a | count()", "fields a | stats count()"),
    ("syntax", "stats sum(case when a > 1 then 1 else 0 end)", "stats sum(a > 1)"),
    ("syntax", "filter a between 1 and 2", "filter a >= 1 and a <= 2"),
    ("syntax", 'filter a = "open', 'filter a = "closed"'),
    ("dedup", "dedup a | sort b desc", "sort b desc | dedup a | limit 5"),
    ("pattern-first", "fields a | diff", "pattern @message | diff"),
    (
        "before-stats",
        "stats count(*) as n by a | limit 5 | stats max(n)",
        "stats count(*) as n by a | stats max(n)",
    ),
    ("estimate", "estimate | fields a", "fields a | estimate"),
    ("source", "fields a | SOURCE logGroups()", "SOURCE logGroups() | fields a"),
    ("limit", "limit 100001", "limit 100000"),
    ("topk", "stats topk(3, a) by b", "stats topk(3, a)"),
    ("topk", "stats topk(0, a)", "stats topk(1, a)"),
    ("glob", 'parse @message "a=* b=*" as a', 'parse @message "a=* b=*" as a, b'),
    ("regex", "filter a like /(x/", "filter a like /(x)/"),
    ("undeclared", "stats sum(a) as s by b | stats max(c)", "stats sum(a) as s by b | stats max(s)"),
    ("bin", "stats sum(a) as s by b | stats max(s) by bin(5m)", "stats sum(a) as s by bin(5m)"),
    (
        "shadowed",
        "fields a | fields if(a > 1, 1, 2) as a | stats count(*) by a",
        "fields a | stats count(*) by a",
    ),
    ("many-stats", "stats count(*) as n" + " | stats max(n) as n" * 10, "stats count(*) as n | stats max(n)"),
]

WARNINGS = [
    ("undeclared", "stats count(*) as n by a | sort m desc", "stats count(*) as n by a | sort n desc"),
    ("shadowed", "fields a | fields a + 1 as a", "fields a | fields a + 1 as b"),
    ("period", "stats count(*) by bin(300s)", "stats count(*) by bin(5m)"),
    ("dash", "filter detail-type = 1", "filter `detail-type` = 1"),
    ("equals", "filter a == 1", "filter a = 1"),
    ("direction", "sort a", "sort a asc"),
    ("deprecated", "head 5", "limit 5"),
    ("multi", "parse @message /(a)/ as b multi", "parse @message /(?<b>a)/ multi"),
    ("groups", "parse @message /a/", "parse @message /(?<b>a)/"),
    ("same-fields", "fields jsonParse(a) as j, j.b", "fields jsonParse(a) as j | fields j.b"),
    ("function", "fields nosuch(a)", "fields abs(a)"),
    ("arguments", "fields abs(a, b)", "fields abs(a)"),
    ("count-condition", "stats count(a > 1)", "stats sum(a > 1)"),
    ("timestamp", 'filter @timestamp > "2026-01-01"', "filter toMillis(@timestamp) > 5"),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), ERRORS)
def test_an_error_is_found_with_its_place(rule: str, wrong: str, right: str) -> None:
    found = [one for one in lint(wrong) if one.rule == rule]
    assert found, lint(wrong)
    assert found[0].severity == "error"
    assert 0 <= found[0].start < found[0].end <= len(wrong)
    assert not [one for one in lint(right) if one.severity == "error"], lint(right)


@pytest.mark.parametrize(("rule", "doubtful", "right"), WARNINGS)
def test_a_warning_does_not_block(rule: str, doubtful: str, right: str) -> None:
    found = lint(doubtful)
    assert [one.severity for one in found if one.rule == rule] == ["warning"], found
    assert not [one for one in found if one.severity == "error"], found
    assert not lint(right), lint(right)


def test_the_error_rate_as_it_is_often_written_gets_its_valid_form() -> None:
    text = (
        "fields @timestamp, status_code\n| stats count(*) as total_requests,\n"
        "  sum(case when status_code >= 400 then 1 else 0 end) as error_count by bin(5m)"
    )
    (found,) = lint(text)
    assert found.severity == "error"
    assert found.place(text) == (3, 7)
    repaired = found.repaired(text)
    assert "sum(status_code >= 400) as error_count" in repaired
    assert not lint(repaired)


def test_what_surrounds_the_query_counts() -> None:
    assert [one.rule for one in lint("fields a", Surroundings(start=1.7e12))] == ["milliseconds"]
    known = Surroundings(fields=frozenset({"a-b"}), indexed=frozenset({"id"}))
    (dash,) = lint("filter a-b = 1", known)
    assert dash.fix == "`a-b`"
    assert [one.rule for one in lint("filter id like 'x'", known)] == ["index"]
    assert not lint("filter c-d = 1", known)


def test_a_query_that_is_too_long_is_said() -> None:
    text = "fields a" + " " * MOST_CHARACTERS
    assert [one.rule for one in lint(text)] == ["length"]


def test_a_subquery_is_checked_where_it_stands() -> None:
    text = "filter a in (SOURCE 'g' | limit 100001 | fields a)"
    (found,) = [one for one in lint(text) if one.severity == "error"]
    assert text[found.start : found.end] == "limit 100001"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=60))
def test_any_text_is_checked_and_a_fix_goes_in(text: str) -> None:
    for found in lint(text):
        assert 0 <= found.start <= found.end <= len(text)
        assert found.message
        if found.fix:
            lint(found.repaired(text))
