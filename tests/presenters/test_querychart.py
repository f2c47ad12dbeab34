"""The chart of an answer, by the service's rule."""

from __future__ import annotations

from tui.insights.parser import parse
from tui.presenters.querychart import MOST_BARS, Bars, query_chart
from widgets.model import ChartView

BINS = ("2026-09-03 14:00:00.000", "2026-09-03 14:05:00.000", "2026-09-03 14:15:00.000")


def test_an_aggregate_by_bin_is_a_line_with_gaps() -> None:
    rows = [{"bin(5m)": BINS[2], "n": "3"}, {"bin(5m)": BINS[0], "n": "1"}, {"bin(5m)": BINS[1], "n": "2"}]
    chart = query_chart(parse("stats count(*) as n by bin(5m)"), rows)
    assert isinstance(chart, ChartView)
    (series,) = chart.series
    assert series.xs == (1788444000.0, 1788444300.0, 1788444600.0, 1788444900.0)
    assert series.ys == (1.0, 2.0, None, 3.0)
    assert (chart.y_min, chart.y_max, series.role) == (0.0, 3.0, "main")


def test_groups_and_aggregates_are_lines_of_their_own() -> None:
    rows = [
        {"t": BINS[0], "status": "200", "n": "1", "m": "7"},
        {"t": BINS[0], "status": "500", "n": "2"},
        {"t": BINS[1], "status": "200", "n": "3"},
    ]
    chart = query_chart(parse("stats count(*) as n, max(a) as m by bin(5m) as t, status"), rows)
    assert isinstance(chart, ChartView)
    assert {one.label: one.ys for one in chart.series} == {
        "200 n": (1.0, 3.0),
        "200 m": (7.0, None),
        "500 n": (2.0, None),
    }


def test_an_aggregate_by_a_field_is_bars() -> None:
    rows = [{"e": f"/{number}", "n": str(number)} for number in range(MOST_BARS + 20)]
    chart = query_chart(parse("stats count(*) as n by e"), rows)
    assert isinstance(chart, Bars)
    assert (chart.title, len(chart.bars), chart.bars[1]) == ("n", MOST_BARS, ("/1", 1.0))


def test_what_is_no_aggregate_or_no_number_has_no_chart() -> None:
    assert query_chart(parse("fields a"), [{"a": "1"}]) is None
    assert query_chart(parse("stats count(*) as n"), [{"n": "1"}]) is None
    assert (
        query_chart(parse("stats latest(a) as a by b"), [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}]) is None
    )
    assert query_chart(parse("stats count(*) as n by bin(5m)"), [{"bin(5m)": "never", "n": "1"}]) is None
    assert query_chart(parse("stats count(*) as n by bin(5m)"), []) is None
