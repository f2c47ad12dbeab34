"""The door to plotext: gaps, extremes, tiny sizes, limits."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content

from config.levels import Level
from tests.widgets.kit import START, chart
from widgets.chart import legend
from widgets.model import ChartLimit, ChartMark, ChartSeries
from widgets.plot import _ROLES, PALETTE, _Scale, _thinned, draw

_TAGGED = {role: f"${role}" for role in _ROLES}


def _styles(content: Content) -> set[str]:
    return {str(span.style) for span in content.spans}


def _braille(content: Content) -> int:
    return sum("\u2800" < one <= "\u28ff" for one in content.plain)


def test_a_line_with_its_axes_and_limit_is_drawn() -> None:
    drawn = draw(chart(), 60, 12)
    assert _braille(drawn) > 20
    assert "critical > 85 %" in drawn.plain
    assert "100┤" in drawn.plain
    assert "10:00" in drawn.plain
    assert len(drawn.plain.split("\n")) == 12
    assert all(len(line) <= 60 for line in drawn.plain.split("\n"))


def test_the_limit_has_its_level_s_colour_and_the_line_its_own() -> None:
    drawn = draw(chart(), 60, 12, _TAGGED)
    line = next(line for line in drawn.split("\n") if "critical >" in line.plain)
    assert "$critical" in _styles(line)
    assert "$main" in _styles(drawn)


def test_a_gap_is_not_bridged() -> None:
    whole = draw(chart([50.0] * 21), 60, 10)
    gapped = draw(chart([50.0] * 5 + [None] * 11 + [50.0] * 5), 60, 10)
    assert _braille(gapped) < 0.7 * _braille(whole)


def test_provisional_points_look_different() -> None:
    settled = draw(chart([50.0] * 10), 60, 10, _TAGGED)
    partly = draw(chart([50.0] * 10, provisional_from=START + 300), 60, 10, _TAGGED)
    assert "$provisional" not in _styles(settled)
    assert {"$provisional", "$main"} <= _styles(partly)


def test_yesterday_is_dotted_so_that_it_shows_without_colour() -> None:
    view = chart([50.0] * 10)
    other = ChartSeries("yesterday", view.series[0].xs, (20.0,) * 10, "compare")
    drawn = draw(dataclasses.replace(view, series=(*view.series, other)), 60, 12, _TAGGED)
    assert "·" in drawn.plain
    assert "$compare" in _styles(drawn)


def test_the_sentence_stands_where_there_is_no_point() -> None:
    assert "no traffic in this window" in draw(chart([], empty="no traffic in this window"), 60, 9).plain
    assert "no data" in draw(chart([None, math.nan]), 60, 9).plain


def test_a_single_point_is_marked() -> None:
    assert "•" in draw(chart([None, 50.0, None]), 60, 10).plain


def test_the_cursor_is_a_line_of_its_own_that_hides_no_point() -> None:
    whole, at = draw(chart([50.0] * 21), 60, 12, _TAGGED), START + 600
    marked = draw(chart([50.0] * 21, cursor=at), 60, 12, _TAGGED)
    assert "$cursor" not in _styles(whole)
    assert "$cursor" in _styles(marked)
    assert _braille(marked) == _braille(whole)
    rows = marked.plain.split("\n")
    column = rows[0].index("│", 4)
    assert [row[column] for row in rows[:4]] == ["│", "┼", "│", "│"]
    assert abs(column - 31) <= 1


def test_the_cursor_is_drawn_in_ascii() -> None:
    drawn = draw(chart(cursor=START + 60), 60, 12, ascii=True).plain
    assert drawn.isascii()
    assert drawn.split("\n")[0].count("|") == 2


@pytest.mark.parametrize("cursor", [START - 1.0, START + 1e6, math.nan])
def test_a_cursor_outside_the_axis_is_left_out(cursor: float) -> None:
    assert draw(chart(cursor=cursor), 60, 12).plain == draw(chart(), 60, 12).plain


def test_a_limit_outside_the_axis_is_left_out() -> None:
    view = chart(limits=(ChartLimit(500.0, Level.WARNING, "warning > 500"),))
    assert "warning" not in draw(view, 60, 10).plain


def test_of_two_limits_on_one_row_the_worst_is_labelled() -> None:
    limits = (ChartLimit(52.0, Level.CRITICAL, "> 52 %"), ChartLimit(50.0, Level.WARNING, "> 50 %"))
    low = draw(chart(limits=limits), 60, 8).plain
    assert "> 52 %" in low
    assert "> 50 %" not in low
    assert low.count(">") == 1
    high = draw(chart(limits=limits), 60, 60).plain
    assert "> 52 %" in high
    assert "> 50 %" in high


def test_ascii_is_ascii() -> None:
    assert draw(chart(), 60, 12, ascii=True).plain.isascii()


@pytest.mark.parametrize(("width", "height"), [(0, 0), (3, 2), (1, 1), (15, 4), (16, 3)])
def test_no_room_draws_nothing(width: int, height: int) -> None:
    assert draw(chart(), width, height).plain == ""


@given(
    st.lists(st.none() | st.floats(), max_size=50),
    st.integers(0, 70),
    st.integers(0, 20),
    st.floats(),
    st.floats(),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_no_value_size_or_range_breaks_it(
    ys: list[float | None], width: int, height: int, low: float, high: float, ascii: bool
) -> None:
    drawn = draw(chart(ys, y_min=low, y_max=high), width, height, ascii=ascii)
    assert "\x1b" not in drawn.plain
    assert len(drawn.plain.split("\n")) <= max(1, height)


def test_thinning_keeps_the_extremes_of_each_bucket() -> None:
    ys: list[float | None] = [50.0] * 1440
    ys[700], ys[701] = 99.0, 1.0
    line = list(zip(map(float, range(1440)), ys, strict=True))
    kept = _thinned(line, (_Scale.of(0, 1439), _Scale.of(0, 100)), 120)
    assert len(kept) <= 122
    assert {0.99, 0.01} <= {y for _, y in kept}
    assert kept == sorted(kept)


def test_the_same_view_is_drawn_once() -> None:
    assert draw(chart(), 61, 12) is draw(chart(), 61, 12)


def test_hostile_labels_are_text() -> None:
    view = chart([], empty="[/x]", title="[red]t")
    assert "[/x]" in draw(view, 60, 9).plain
    assert "[red]t" in legend(view, 60).plain


def test_the_legend_says_current_and_extremes_and_drops_them_first() -> None:
    view = replace(chart([10.0, 90.0, 50.0, None]), now="50 %", extremes="min 10 % · max 90 %")
    assert legend(view, 60).plain == "CPU  50 % · min 10 % · max 90 %"
    assert legend(view, 20).plain == "CPU  50 %"
    assert legend(view, 5).cell_length <= 5


def test_the_legend_keeps_what_the_cursor_tells_longest() -> None:
    view = chart([10.0, 90.0], now="50 %", extremes="min 10 % · max 90 %", cursor_text="at 10:01 90 %")
    assert legend(view, 60).plain == "CPU  50 %  at 10:01 90 % · min 10 % · max 90 %"
    assert legend(view, 30).plain == "CPU  50 %  at 10:01 90 %"
    assert legend(view, 20).plain == "CPU  at 10:01 90 %"
    assert legend(view, 10).plain == "CPU"


def test_the_palette_is_made_of_theme_colours_only() -> None:
    assert all("#" not in style for style in PALETTE.values())


@pytest.mark.parametrize("use_ascii", [False, True])
@pytest.mark.parametrize(("width", "height"), [(16, 4), (30, 6), (60, 12), (200, 40)])
def test_marks_stand_over_the_plot_at_their_times(width: int, height: int, use_ascii: bool) -> None:
    view = chart()
    span = view.end - view.start
    ends = (view.start, view.start + 0.4 * span, view.end)
    levels = (None, Level.CRITICAL, Level.WARNING)
    marks = tuple(ChartMark(at, glyph, level) for at, glyph, level in zip(ends, "DBO", levels, strict=True))
    drawn = draw(replace(view, marks=marks), width, height, _TAGGED, ascii=use_ascii)
    first, *rest = drawn.split("\n")
    assert [one for one in first.plain if one in "DBO"] == ["D", "B", "O"]
    assert not any(one in line.plain for line in rest for one in "DBO")
    assert {"$mark", "$critical", "$warning"} <= _styles(first)
    outside = draw(replace(view, marks=(ChartMark(view.end + 60, "D"),)), width, height, _TAGGED)
    assert "D" not in outside.plain
