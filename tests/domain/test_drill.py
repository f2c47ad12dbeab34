"""Where rows lead: filters, events, stretches of time, the next question."""

from __future__ import annotations

import pytest

from tui.domain.drill import (
    events_of,
    follow_ups,
    grouped,
    literal,
    moment,
    narrowed,
    row_moment,
    stretch,
)
from tui.insights.parser import parse

TEXT = "filter a = 1\n| stats count(*) as n by endpoint, bin(5m)\n| sort n desc"


def test_a_group_becomes_a_filter_before_its_stats() -> None:
    row = {"endpoint": "/a", "bin(5m)": "2026-11-24 10:05:00.000", "n": "3"}
    text = narrowed(parse(TEXT), row)
    assert text.startswith('filter a = 1\n| filter endpoint = "/a"\n| stats count(*)')
    assert text.endswith("| sort n desc")
    parse(text)


def test_its_events_are_asked_without_what_counts() -> None:
    text = events_of(parse(TEXT), {"endpoint": "/a"})
    assert text == (
        'filter a = 1\n| filter endpoint = "/a"\n| fields @timestamp, @message\n| sort @timestamp desc\n'
        "| limit 200"
    )
    parse(text)


def test_an_alias_of_a_group_is_written_as_what_it_stands_for() -> None:
    query = parse("stats count(*) by srcAddr as source")
    assert 'filter srcAddr = "10.0.0.1"' in narrowed(query, {"source": "10.0.0.1"})


def test_a_group_without_a_value_is_one_that_lacks_the_field() -> None:
    assert "filter not ispresent(endpoint)\n" in narrowed(parse(TEXT), {"n": "1"})


def test_the_last_of_several_stats_makes_the_groups() -> None:
    query = parse("stats count(*) as n by a, b | stats max(n) as m by a")
    text = narrowed(query, {"a": "x", "m": "2"})
    assert text == 'stats count(*) as n by a, b | filter a = "x"\n| stats max(n) as m by a'
    # Which events a group of groups consists of cannot be told in one filter.
    assert events_of(query, {"a": "x"}) == ""


@pytest.mark.parametrize("text", ["fields @message", "stats count(*)", "stats count(*) by bin(5m)"])
def test_without_a_group_that_is_a_value_there_is_no_filter(text: str) -> None:
    assert narrowed(parse(text), {"count(*)": "1", "bin(5m)": "2026-11-24 10:05:00.000"}) == ""


def test_rows_without_groups_are_events() -> None:
    assert grouped(parse("fields @message")) is None
    assert grouped(parse("stats count(*)")) is None
    assert grouped(parse("stats count(*) by a")) is not None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("500", "500"),
        ("-1.5", "-1.5"),
        ("007", '"007"'),
        ("1e5", '"1e5"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("", '""'),
    ],
)
def test_values_as_a_query_writes_them(value: str, written: str) -> None:
    assert literal(value) == written
    parse(f"filter a = {written}")


@pytest.mark.parametrize(
    ("group", "length_s"),
    [("bin(5m)", 300), ("bin(1h)", 3600), ("bin(300s)", 60), ("datefloor(@timestamp, 1d)", 86_400)],
)
def test_a_row_that_is_a_stretch_of_time(group: str, length_s: float) -> None:
    query = parse(f"stats count(*) by {group} as t")
    assert stretch(query, {"t": "2026-11-24 10:05:00.000"}) == (1_795_514_700.0, 1_795_514_700.0 + length_s)
    assert stretch(query, {"t": "later"}) is None


def test_a_month_has_no_length() -> None:
    assert stretch(parse("stats count(*) by bin(1mo) as t"), {"t": "2026-11-01 00:00:00.000"}) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24 10:05:00.000", 1_795_514_700.0),
        ("2026-11-24 10:05:00.250", 1_795_514_700.25),
        ("2026-11-24T10:05:00Z", 1_795_514_700.0),
        ("2026-13-24 10:05:00.000", None),
        ("10:05", None),
        ("", None),
    ],
)
def test_times_are_utc(text: str, at: float | None) -> None:
    assert moment(text) == at
    assert row_moment({"@timestamp": text}) == at


def test_only_queries_whose_every_parameter_a_row_fills_are_offered() -> None:
    wanted = {"none": (), "one": ("endpoint",), "two": ("endpoint", "user")}
    (found,) = follow_ups(wanted, {"endpoint": "/a", "n": "1"})
    assert (found.name, found.values) == ("one", {"endpoint": "/a"})
    assert follow_ups(wanted, {"endpoint": ""}) == ()
    assert len(follow_ups(wanted, {"endpoint": "/a", "user": "u"})) == 2
