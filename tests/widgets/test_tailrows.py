"""A log line as rows: columns, wrapping by cells, marks, hostile text."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip

from config.levels import Level
from widgets.cells import cell_len
from widgets.model import LogLine
from widgets.tailrows import RowSpec, age_text, drawable, make_rows, on_base, prefix_width, time_text

_NAMES = (
    "time source message late gap match -ok -elevated -unknown -warning -critical "
    "highlight-1 highlight-2 highlight-3 highlight-4 highlight-5"
)
_COLOURS = {"match": "red", "highlight-1": "green", "highlight-2": "blue"}
STYLES = {name: Style(color=_COLOURS.get(name)) for name in _NAMES.split()}
LINE = LogLine(1, 1_700_000_000_123, Level.CRITICAL, "ERROR", "app", "boom 한글 at line 7")


def _texts(line: LogLine, spec: RowSpec) -> list[str]:
    return [strip.text for strip in make_rows(line, "10:00:00.123", spec, STYLES)]


def test_the_columns_are_time_level_and_message() -> None:
    assert _texts(LINE, RowSpec(80)) == [" 10:00:00.123 ✖ ERROR boom 한글 at line 7"]


def test_ascii_glyphs() -> None:
    assert " X ERROR " in _texts(LINE, RowSpec(80, ascii=True))[0]


def test_the_source_has_its_column_where_asked() -> None:
    assert "ERROR app      boom" in _texts(LINE, RowSpec(80, source_width=8))[0]


def test_the_message_scrolls_and_its_columns_stay() -> None:
    text = _texts(LINE, RowSpec(80, offset=5))[0]
    assert text == " 10:00:00.123 ✖ ERROR 한글 at line 7"


_TEXT = st.text(max_size=300) | st.text("a 한글\u1112\u1161é\u0301\u200d\U0001f468🚀🇰❤\ufe0f\t", max_size=120)


@given(_TEXT, st.integers(3, 120), st.booleans(), st.integers(0, 40))
def test_no_row_is_wider_than_the_window(message: str, width: int, wrap: bool, offset: int) -> None:
    line = dataclasses.replace(LINE, message="".join(one for one in message if one.isprintable()))
    marks = (re.compile("a."), re.compile("[글🚀]"))
    spec = RowSpec(width, wrap=wrap, offset=offset, search=marks[0], highlights=marks)
    for strip in make_rows(line, "10:00:00.123", spec, STYLES):
        assert strip.cell_length <= width
        assert cell_len(strip.text) == strip.cell_length


def test_wrapped_rows_hold_the_whole_message() -> None:
    message = "한글 wide and narrow " * 8
    spec = RowSpec(60, wrap=True)
    rows = _texts(dataclasses.replace(LINE, message=message), spec)
    assert len(rows) > 2
    indent = prefix_width(spec)
    assert "".join(row[indent:] for row in rows) == message
    assert all(row[:indent].isspace() for row in rows[1:])


def test_a_row_is_bounded_and_says_what_it_left_out() -> None:
    rows = _texts(dataclasses.replace(LINE, message="x" * 100_000), RowSpec(100, wrap=True))
    assert sum(row.count("x") for row in rows) == 8192
    assert "KB" in rows[-1]


def test_escape_sequences_and_newlines_do_not_reach_the_row() -> None:
    text = _texts(dataclasses.replace(LINE, message="a\x1b]0;evil\x07\nb [/x]"), RowSpec(80))[0]
    assert "\x1b" not in text
    assert text.endswith("a⏎b [/x]")


def _coloured(strip: Strip, colour: str) -> list[str]:
    return [one.text for one in strip if one.style and one.style.color and one.style.color.name == colour]


def test_matches_are_marked_and_the_search_wins_over_the_highlights() -> None:
    spec = RowSpec(80, search=re.compile("line"), highlights=(re.compile("at line 7"), re.compile("7")))
    strip = make_rows(LINE, "10:00:00.123", spec, STYLES)[0]
    assert _coloured(strip, "red") == ["line"]
    assert _coloured(strip, "green") == ["at ", " "]
    assert _coloured(strip, "blue") == ["7"]


@pytest.mark.parametrize(
    ("spec", "is_hit", "marked"),
    [
        (RowSpec(80, search=re.compile("elsewhere")), True, ["10:00:00.123"]),
        (RowSpec(80, search=re.compile("elsewhere")), False, []),
        (RowSpec(80, search=re.compile("boom")), True, ["boom"]),
        (RowSpec(80, search=re.compile("boom"), offset=10), True, ["10:00:00.123"]),
        (RowSpec(34, search=re.compile("line 7")), True, ["10:00:00.123"]),
        (RowSpec(34, search=re.compile("line 7"), wrap=True), True, ["line 7"]),
    ],
)
def test_a_match_that_is_out_of_view_marks_the_time(spec: RowSpec, is_hit: bool, marked: list[str]) -> None:
    rows = make_rows(LINE, "10:00:00.123", spec, STYLES, lambda: is_hit)
    assert "".join(text for row in rows for text in _coloured(row, "red")) == "".join(marked)


def test_a_late_line_has_a_mark_before_its_level() -> None:
    late = dataclasses.replace(LINE, is_late=True)
    assert " 10:00:00.123↩✖ ERROR boom" in _texts(late, RowSpec(80))[0]
    assert " 10:00:00.123<X ERROR boom" in _texts(late, RowSpec(80, ascii=True))[0]


@pytest.mark.parametrize("width", [1, 5, 20, 80])
@pytest.mark.parametrize("wrap", [True, False])
def test_a_gap_is_one_rule_across_the_row(width: int, wrap: bool) -> None:
    gap = dataclasses.replace(LINE, message="gap 12:01:10 - 12:01:40", is_gap=True)
    rows = make_rows(gap, "10:00:00.123", RowSpec(width, wrap=wrap), STYLES)
    assert [row.cell_length for row in rows] == [width]
    assert rows[0].text == " ── gap 12:01:10 - 12:01:40 ".ljust(80, "─") if width == 80 else True
    assert _texts(gap, RowSpec(80, ascii=True))[0].isascii()


def test_a_wide_character_that_is_cut_in_half_leaves_a_space() -> None:
    line = dataclasses.replace(LINE, message="한글 로그입니다 end")
    text = _texts(line, RowSpec(80, offset=1))[0]
    assert text == " 10:00:00.123 ✖ ERROR  글 로그입니다 end"
    width = prefix_width(RowSpec(80)) + 10
    right = make_rows(line, "10:00:00.123", RowSpec(width), STYLES)[0]
    assert right.text.endswith("한글 로그 ")
    assert right.cell_length == width


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467|", 7),
        ("\u2764\ufe0f|", 2),
        ("\U0001f44d\U0001f3fd|", 3),
        ("e\u0301|", 2),
        ("a\u200bb|", 3),
        ("\u1112\u1161\u11ab|", 3),
        ("a\tb|", 4),
    ],
)
def test_joined_and_zero_width_characters_keep_the_columns(text: str, cells: int) -> None:
    drawn = drawable(text)
    assert sum(map(cell_len, drawn)) == cell_len(drawn) == cells, "every terminal counts the same"


def test_an_empty_match_marks_nothing() -> None:
    assert _texts(LINE, RowSpec(80, search=re.compile("x*"))) == _texts(LINE, RowSpec(80))


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0s"), (59.9, "59s"), (60, "1m"), (7200, "2h"), (200_000, "2d")]
)
def test_ages_are_coarse(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_times_are_utc_local_or_age() -> None:
    assert time_text(1_700_000_000_123, "utc", 0) == "22:13:20.123Z"
    assert len(time_text(1_700_000_000_123, "local", 0)) == 12
    assert time_text(1_700_000_000_000, "age", 1_700_000_030) == "  30s"
    assert time_text(10**20, "utc", 0).startswith("?")


@given(_TEXT, st.integers(12, 120), st.integers(0, 9))
def test_a_row_fills_its_width_on_the_base_with_no_two_neighbours_alike(
    message: str, width: int, offset: int
) -> None:
    line = dataclasses.replace(LINE, message="".join(one for one in message if one.isprintable()))
    (strip,) = make_rows(line, "10:00:00.123", RowSpec(width, offset=offset), STYLES)
    base = Style(bgcolor="blue", bold=True)
    filled = on_base(strip, width, base)
    assert filled.text == strip.text + " " * (width - strip.cell_length)
    assert filled.cell_length == width == cell_len(filled.text)
    assert _looks(filled) == _looks(strip.adjust_cell_length(width).apply_style(base))
    styles = [one.style for one in filled]
    assert all(one != other for one, other in itertools.pairwise(styles))


def _looks(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(sign, segment.style) for segment in strip for sign in segment.text]
