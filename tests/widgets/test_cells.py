"""Cutting, padding and sparklines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.cells import cell_len, clip, fit, single
from widgets.sparkline import spark


@given(st.text(), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, align: str) -> None:
    # What passes the ingest has no control characters; those have no width to speak of.
    printable = "".join(one for one in text if one.isprintable())
    assert cell_len(fit(printable, width, align)) == width  # type: ignore[arg-type]


def test_clip_marks_what_was_cut_and_never_halves_a_wide_character() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcdef", 4, ascii=True) == "abc~"
    assert clip("한글로그", 4) == "한…"
    assert clip("abc", 3) == "abc"
    assert clip("abc", 0) == ""


def test_single_keeps_data_on_one_line() -> None:
    assert single("a\nb\tc") == "a⏎b c"


def test_spark_is_scaled_by_floor_and_ceiling_not_by_its_own_range() -> None:
    assert spark([99, 99, 99], 3, 0, 100) == "███"
    assert spark([1, 1, 1], 3, 0, 100) == "▁▁▁"


def test_spark_leaves_a_gap_where_a_value_is_missing() -> None:
    assert spark([0, None, 100], 3, 0, 100) == "▁ █"
    assert spark([math.nan, math.inf, 50], 3, 0, 100) == "  ▅"


def test_spark_keeps_the_peak_when_values_share_a_cell() -> None:
    assert spark([0, 100, 0, 0], 2, 0, 100) == "█▁"


def test_spark_in_ascii_has_no_block() -> None:
    assert spark([0, 50, 100], 3, 0, 100, ascii=True).isascii()


@given(
    st.lists(st.none() | st.floats(), max_size=80),
    st.integers(-1, 40),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
)
def test_spark_never_fails_nor_overflows(
    values: list[float | None], width: int, floor: float, ceiling: float
) -> None:
    assert len(spark(values, width, floor, ceiling)) == max(0, min(width, len(values)))


@pytest.mark.parametrize("ceiling", [0.0, -5.0])
def test_spark_without_a_range_is_flat(ceiling: float) -> None:
    assert spark([0, 1], 2, 0, ceiling) == "▁▁"
