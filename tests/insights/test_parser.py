"""What is read and what is refused, with the place and what to write instead."""

from __future__ import annotations

import pytest

from config.queries import load_queries
from tui.insights.parser import QuerySyntaxError, parse
from tui.insights.problems import place
from tui.insights.tree import Binary, Call, Field, Filter, Limit, Number, Period, Sort, Stats, Text


@pytest.mark.parametrize("name", load_queries().queries)
def test_every_packaged_query_is_read(name: str) -> None:
    text = load_queries().queries[name].text.replace("{{endpoint}}", "/api")
    assert parse(text).commands


def test_a_query_becomes_its_tree() -> None:
    filtered, stats, sort, limit = parse(
        'filter status == 500 and `detail-type` != "x"'
        " | STATS count(*) as n by bin(5m) | sort n desc | limit 3"
    ).commands
    assert isinstance(filtered, Filter)
    assert filtered.condition == Binary(
        "and",
        Binary("=", Field(("status",)), Number(500)),
        Binary("!=", Field(("detail-type",)), Text("x")),
    )
    assert isinstance(stats, Stats)
    assert [(one.name, one.is_alias) for one in stats.aggregates] == [("n", True)]
    assert [(one.name, one.expr) for one in stats.groups] == [("bin(5m)", Call("bin", (Period(5, "m"),)))]
    assert isinstance(sort, Sort)
    assert [key.is_descending for key in sort.keys] == [True]
    assert limit == Limit(3)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("fields a | count()", (1, 12), "count"),
        ("fields a\n| filter b between 1 and 2", (2, 12), "between"),
        ('fields a | filter b = "x', (1, 23), ""),
        ("fields a | | limit 1", (1, 10), ""),
        ("stats sum(case when a >= 400 then 1 else 0 end) as errors by bin(5m)", (1, 11), "case"),
        ("fildz a", (1, 1), "fields"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, at: tuple[int, int], words: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    line, column = place(text, caught.value.start)
    assert line == at[0]
    assert abs(column - at[1]) <= 2
    assert words in caught.value.message
