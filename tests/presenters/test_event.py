"""The text of one event: its times and its content, whatever that is."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.snapshots import LogEvent
from tui.presenters.event import body_text, context_text, event_text
from widgets.text import sanitise

SEOUL = timezone(timedelta(hours=9))


def event(message: str, *, time_ms: int = 1_763_899_200_123, delay_ms: int = 12_300) -> LogEvent:
    return LogEvent("", time_ms, time_ms + delay_ms, "/ecs/app", "ecs/app/abc", message)


def test_an_event_says_when_and_where() -> None:
    assert event_text(event("it broke"), zone=SEOUL) == (
        "time      2025-11-23 21:00:00.123 +0900  ·  2025-11-23 12:00:00.123 UTC\n"
        "ingested  arrived 12.3 s later\n"
        "group     /ecs/app\n"
        "stream    ecs/app/abc\n"
        "\n"
        "it broke"
    )


def test_a_clock_that_is_ahead_is_told() -> None:
    assert "arrived 3,600.0 s before its own time" in event_text(event("x", delay_ms=-3_600_000))


def test_an_event_that_was_never_told_its_ingestion_says_so() -> None:
    assert "ingested  not told" in event_text(LogEvent("", 5, 0, "g", "s", "x"))


@pytest.mark.parametrize("time_ms", [10**18, -(10**18), 0, -1])
def test_impossible_times_are_no_crash(time_ms: int) -> None:
    assert event_text(event("x", time_ms=time_ms)).endswith("\n\nx")


def test_json_is_indented_and_keeps_its_letters() -> None:
    assert body_text('{"a": "안녕", "b": [1]}') == '{\n  "a": "안녕",\n  "b": [\n    1\n  ]\n}'


def test_json_within_a_string_is_shown_below() -> None:
    inner = json.dumps({"deep": json.dumps({"x": 1})})
    text = body_text(json.dumps({"request": {"body": inner}}))
    assert 'request.body:\n{\n  "deep": ' in text
    assert text.endswith('request.body.deep:\n{\n  "x": 1\n}')


def test_a_stack_trace_within_json_is_shown_as_lines() -> None:
    text = body_text(json.dumps({"msg": "boom", "stack": ["at a\n  at b\n"]}))
    assert text.endswith("\n\nstack[0]:\nat a\n  at b")


@pytest.mark.parametrize("message", ["plain", "{}", "{broken", "[", '"text"', "", "1\n 2\n  3", "[" * 60_000])
def test_other_text_is_shown_as_it_is(message: str) -> None:
    assert body_text(message) == sanitise(message)


def test_escapes_spelled_in_json_do_not_come_back_to_life() -> None:
    text = body_text(r'{"a\u001b[2J": "\u001b]52;c;aGk=\u0007x\n\u202ey"}')
    assert "\x1b" not in text
    assert "\u202e" not in text


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | inner.map(json.dumps)
    ),
    max_leaves=8,
)


@given(_VALUES.map(json.dumps) | st.text(), st.integers(), st.integers(-(10**13), 10**13))
def test_no_event_is_a_crash_or_reaches_the_terminal_raw(message: str, time_ms: int, delay_ms: int) -> None:
    text = event_text(event(sanitise(message), time_ms=time_ms, delay_ms=delay_ms))
    assert text == sanitise(text, len(text))


def test_of_a_very_long_event_the_beginning_is_shown() -> None:
    text = body_text('{"a": "' + "x" * 1_000_000 + '"}')
    assert len(text) < 70_000
    assert "s in the log pane saves it whole" in text


def test_the_context_marks_the_event_itself() -> None:
    around = [
        LogEvent("", 1_000, 0, "/g", "s", '{"level": "WARN", "message": "before", "duration": 3}'),
        LogEvent("", 2_000, 0, "/g", "s", "it\nhas lines"),
        LogEvent("", 3_250, 0, "/g", "s", "after"),
    ]
    text, marked = context_text(around[1], [*around, around[1]], zone=UTC)
    assert text.splitlines() == [
        "  00:00:01.000 WARN  before · 3 ms",
        "> 00:00:02.000       it⏎has lines",
        "  00:00:03.250       after",
        "  00:00:02.000       it⏎has lines",
    ]
    assert marked == 1
    text, marked = context_text(around[0], [])
    assert "nothing around" in text
    assert marked is None
