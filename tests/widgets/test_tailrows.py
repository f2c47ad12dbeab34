"""A log line as rows: columns, wrapping by cells, marks, hostile text."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from config.levels import Level
from tests.widgets.kit import Lines
from widgets.cells import cell_len
from widgets.model import LogLine
from widgets.tailrows import RowSpec, age_text, make_rows, prefix_width, time_text
from widgets.tailsearch import HitIndex, compile_search

_NAMES = "time source message match highlight -ok -elevated -unknown -warning -critical"
STYLES = {name: Style(color="red") if name == "match" else Style() for name in _NAMES.split()}
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


@given(st.text(max_size=300), st.integers(3, 120), st.booleans(), st.integers(0, 40))
def test_no_row_is_wider_than_the_window(message: str, width: int, wrap: bool, offset: int) -> None:
    line = dataclasses.replace(LINE, message="".join(one for one in message if one.isprintable()))
    spec = RowSpec(width, wrap=wrap, offset=offset)
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


def test_matches_are_marked_and_the_search_wins_over_the_highlight() -> None:
    spec = RowSpec(80, search=re.compile("line"), highlight=re.compile("at line 7"))
    strip = make_rows(LINE, "10:00:00.123", spec, STYLES)[0]
    marked = [one.text for one in strip if one.style and one.style.color and one.style.color.name == "red"]
    assert marked == ["line"]


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


def test_hits_are_found_in_slices_newest_first() -> None:
    buffer = Lines()
    buffer.add(*(f"n{number}" + (" hit" if number % 10 == 0 else "") for number in range(100)))
    hits = HitIndex(compile_search("hit"), buffer)
    hits.scan(15)
    assert hits.hits == [90]
    assert not hits.is_complete
    assert hits.status(90) == "[1/1+]"
    while not hits.is_complete:
        hits.scan(15)
    assert hits.hits == list(range(0, 100, 10))
    assert hits.status(90) == "[10/10]"
    assert (hits.after(90), hits.before(0), hits.after(55), hits.before(55)) == (0, 90, 60, 50)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 50)), max_size=15))
def test_hits_stay_right_while_lines_come_and_go(steps: list[tuple[int, int]]) -> None:
    buffer = Lines(capacity=40)
    buffer.add(*(f"hit {number}" if number % 3 == 0 else "other" for number in range(30)))
    hits = HitIndex(compile_search("hit"), buffer)
    for added, looked_at in steps:
        start = buffer.dropped + len(buffer)
        buffer.add(*("hit" if number % 3 == 0 else "other" for number in range(start, start + added)))
        hits.scan(looked_at)
    while not hits.is_complete:
        hits.scan(7)
    end = buffer.dropped + len(buffer)
    assert hits.hits == [number for number in range(buffer.dropped, end) if number % 3 == 0]


def test_no_hit_is_none() -> None:
    buffer = Lines()
    buffer.add("a")
    hits = HitIndex(compile_search("zzz"), buffer)
    hits.scan(10)
    assert hits.after(0) is None
    assert hits.before(0) is None


def test_the_search_ignores_case_unless_it_has_upper_case() -> None:
    assert compile_search("error").search("ERROR")
    assert not compile_search("Error").search("ERROR")


def test_a_bad_pattern_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"“\(a” is not a regular expression: .* Escape"):
        compile_search("(a")
