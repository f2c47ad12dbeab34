"""Durations: every spelling reads back, and nothing without a unit is taken."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.durations import LONGEST, format_duration, parse_duration
from config.schema import Cadences


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604_800), ("1h30m", 5400), ("1d2h3m4s", 93_784),
        ("0s", 0), ("0.5s", 0.5), ("1.5h", 5400), (" 90m ", 5400), ("366d", LONGEST),
    ],
)  # fmt: skip
def test_reads_number_and_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (30, "needs a unit"), (1.5, "needs a unit"), ("30", "needs a unit"), ("1.5", "needs a unit"),
        ("", "not a duration"), ("   ", "not a duration"), ("m", "not a duration"), ("-5m", "not a duration"),
        ("12:30", "not a duration"), ("5 m", "not a duration"), ("1m1h", "not a duration"), ("5M", "not a duration"),
        ("100ms", "not a duration"), ("٣s", "not a duration"), (True, "not a duration"), (None, "not a duration"),
        ("367d", "at most 366 days"), ("999999999d", "at most 366 days"), ("9" * 400 + "s", "not a duration"),
    ],
)  # fmt: skip
def test_refuses_what_is_no_duration(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_duration(value)


@given(st.integers(min_value=0, max_value=LONGEST * 1000))
def test_what_is_formatted_reads_back(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds <= LONGEST


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (90, "1m30s"), (3600, "1h"), (0.1, "0.1s"), (86_401, "1d1s")]
)
def test_formats_shortest(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_the_schema_reads_durations() -> None:
    assert Cadences.model_validate({"logs": "5s"}).logs == 5
