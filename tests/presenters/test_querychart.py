"""The chart rule: lines over time, bars for groups, else nothing; gaps stay gaps."""

from __future__ import annotations

import pytest

from tui.domain.queries import QueryAnswer
from tui.insights.parser import parse
from tui.presenters.querychart import MOST_BARS, MOST_LINES, NoChart, chart_of, is_over_time
from widgets.model import BarsView, ChartView

START = 1_795_514_700.0


def at(minutes: int) -> str:
    return f"2026-11-24 10:{5 + minutes:02}:00.000"


def lines_of(text: str, *rows: dict[str, str]) -> ChartView:
    view = chart_of(parse(text), QueryAnswer("Complete", rows))
    assert isinstance(view, ChartView)
    return view


def bars_of(text: str, *rows: dict[str, str]) -> BarsView:
    view = chart_of(parse(text), QueryAnswer("Complete", rows))
    assert isinstance(view, BarsView)
    return view


def test_rows_in_any_order_make_a_line_with_its_gaps() -> None:
    text = "stats count(*) as n by bin(5m)"
    view = lines_of(text, {"bin(5m)": at(15), "n": "4"}, {"bin(5m)": at(0), "n": "1.5"})
    (series,) = view.series
    assert series.xs == (START, START + 300, START + 600, START + 900)
    assert series.ys == (1.5, None, None, 4.0)
    assert series.role == "main"
    assert (view.start, view.end) == (START, START + 1200)
    assert view.y_max > 4.0


def test_each_aggregate_and_each_further_group_is_a_line() -> None:
    text = "stats count(*) as n, max(d) as m by bin(5m) as t, level"
    view = lines_of(
        text,
        {"t": at(0), "level": "INFO", "n": "1", "m": "2"},
        {"t": at(0), "level": "ERROR", "n": "3", "m": "4"},
        {"t": at(5), "n": "5", "m": "6"},
    )
    assert [series.label for series in view.series] == [
        "n INFO", "m INFO", "n ERROR", "m ERROR", "n -", "m -",
    ]  # fmt: skip
    assert {series.role for series in view.series} == {"part"}
    assert view.series[0].ys == (1.0, None)


def test_of_many_lines_the_highest_are_drawn() -> None:
    rows = [{"t": at(0), "u": f"u{number}", "n": str(number)} for number in range(20)]
    view = lines_of("stats count(*) as n by bin(5m) as t, u", *rows)
    assert [series.label for series in view.series] == [f"u{number}" for number in range(12, 20)]
    assert f"({MOST_LINES} highest of 20 lines)" in view.title


def test_values_below_zero_have_room() -> None:
    view = lines_of("stats min(x) as n by bin(5m) as t", {"t": at(0), "n": "-3"}, {"t": at(5), "n": "2"})
    assert view.y_min < -3 < 2 < view.y_max


@pytest.mark.parametrize("value", ["inf", "nan", "1e999", "many"])
def test_what_is_no_number_is_not_drawn(value: str) -> None:
    with pytest.raises(NoChart):
        lines_of("stats max(x) as n by bin(5m) as t", {"t": at(0), "n": value})


def test_a_hundred_bars_by_what_the_query_sorts_by() -> None:
    rows = [{"u": f"u{number}", "n": "1", "d": str(number)} for number in range(150)]
    view = bars_of("stats count(*) as n, max(x) as d by u | sort d desc", *rows)
    assert view.title == "d by u"
    assert len(view.bars) == MOST_BARS
    assert view.note == "the first 100 of 150"
    assert (view.bars[3].label, view.bars[3].value, view.bars[3].text) == ("u3", 3.0, "3")


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("fields @message", {"@message": "1"}, "stats count"),
        ("stats count(*) as n", {"n": "1"}, "no group"),
        ("stats values(x) as v by u", {"u": "a", "v": "[1, 2]"}, "numbers only"),
        ("stats count(*) as n by bin(5m) as t", {"t": "never", "n": "1"}, "holds no time"),
    ],
)
def test_what_makes_no_chart_says_why(text: str, row: dict[str, str], said: str) -> None:
    with pytest.raises(NoChart, match=said):
        chart_of(parse(text), QueryAnswer("Complete", (row,)))


def test_which_queries_are_over_time() -> None:
    assert is_over_time(parse("stats count(*) by bin(5m)"))
    assert not is_over_time(parse("stats count(*) by level"))
    assert not is_over_time(parse("fields @timestamp"))
