"""Severity and row text of log messages of every common format, hostile ones included."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level
from tui.domain.loglines import ROW_LIMIT, parse, severity
from widgets.text import sanitise


@pytest.mark.parametrize(
    ("message", "tag", "level"),
    [
        ("[ERROR] it broke", "ERROR", Level.CRITICAL),
        ("[error] nginx says so", "ERROR", Level.CRITICAL),
        ("time=12 level=error msg=x", "ERROR", Level.CRITICAL),
        ('ts=1 level="warn" msg=x', "WARN", Level.WARNING),
        ("2025-11-23 12:00:00 WARNING:root:careful", "WARN", Level.WARNING),
        ("2025-11-23 12:00:00 UTC:10.0.0.1(1):app@db:[7]:FATAL:  too many clients", "FATAL", Level.CRITICAL),
        ("2025-11-23 UTC [1] LOG:  duration: 1204.1 ms", "INFO", None),
        ("INFO retrying after ERROR", "INFO", None),
        ("Traceback (most recent call last):", "ERROR", Level.CRITICAL),
        ('10.0.0.1 - - [x] "GET / HTTP/1.1" 502 123', "ERROR", Level.CRITICAL),
        ('10.0.0.1 - - [x] "GET / HTTP/1.1" 404 -', "WARN", Level.WARNING),
        ('10.0.0.1 - - [x] "GET / HTTP/1.1" 200 123', "", None),
        ("an error nobody shouted about", "", None),
        ("TERROR and ERRORS are other words", "", None),
        ("", "", None),
        ('{"level": "error", "msg": "x"}', "ERROR", Level.CRITICAL),
        ('{"severity": "Warning", "msg": "x"}', "WARN", Level.WARNING),
        ('{"lvl": "debug", "msg": "x"}', "DEBUG", None),
        ('{"level": 50, "msg": "pino"}', "ERROR", Level.CRITICAL),
        ('{"level": 30, "msg": "pino"}', "INFO", None),
        ('{"level": 7, "msg": "x"}', "", None),
        ('{"level": true, "msg": "x"}', "", None),
        ('{"status_code": 503}', "ERROR", Level.CRITICAL),
        ('{"status_code": "404"}', "WARN", Level.WARNING),
        ('{"status_code": 200}', "", None),
        ('{"level": "info", "status_code": 500}', "ERROR", Level.CRITICAL),
        ('{"level": "fatal", "status_code": 404}', "FATAL", Level.CRITICAL),
        ('{"status": "running"}', "", None),
        ('{"msg": "level", "level": "error"}', "ERROR", Level.CRITICAL),
        ('{"user": {"level": "error"}, "level": "info"}', "INFO", None),
        ('{"user": {"level": "error"}}', "", None),
        ('{"http": {"status": 500}, "status": 404}', "WARN", Level.WARNING),
        ('{"msg": "an unbalanced {", "level": "warn"}', "WARN", Level.WARNING),
        ('{"msg": "\\"level\\": \\"error\\""}', "", None),
        ('{"level": null, "severity": "error"}', "ERROR", Level.CRITICAL),
        ('{"level": "error", "message": "cut in the midd', "ERROR", Level.CRITICAL),
        (' \n {"level": "error"}', "ERROR", Level.CRITICAL),
        ("x [error] then WARN", "ERROR", Level.CRITICAL),
        ("x WARN then [error]", "WARN", Level.WARNING),
        ("preTRACE TRACE", "TRACE", None),
    ],
)
def test_severity(message: str, tag: str, level: Level | None) -> None:
    parsed = parse(message)
    assert (parsed.tag, parsed.level) == (tag, level)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {
                "level": "info",
                "timestamp": "2025-11-23T12:00:00Z",
                "method": "GET",
                "endpoint": "/api/projects",
                "status_code": 200,
                "response_time": 1234.4,
            },
            "GET /api/projects 200 1234 ms",
        ),
        (
            {"message": "database query", "query": "SELECT 1", "duration": 3.25, "level": "info"},
            "database query · SELECT 1 3.25 ms",
        ),
        (
            {"msg": "boom", "error": {"message": "no route", "code": 7}, "request_id": "r-1", "tries": 3},
            "boom · no route · request_id=r-1 tries=3",
        ),
        ({"message": "안녕 🚀", "user": None, "note": ""}, "안녕 🚀"),
        ({"a": {"b": [1, 2]}}, 'a={"b":[1,2]}'),
        ({"status": "running", "msg": "task"}, "running · task"),
        ({"level": "info"}, '{"level": "info"}'),
    ],
)
def test_json_is_shown_as_message_and_chosen_fields(fields: dict[str, object], text: str) -> None:
    assert parse(json.dumps(fields)).text == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (("user.id", "trace"), 'user.id=7 trace=t · boom · user={"id":7}'),
        (("trace",), 'trace=t · boom · user={"id":7}'),
        (("msg", "a.b", "user.no", "msg.x"), 'msg=boom a.b=dotted · user={"id":7} trace=t'),
    ],
)
def test_chosen_fields_come_first(fields: tuple[str, ...], text: str) -> None:
    message = json.dumps(
        {"msg": "boom", "user": {"id": 7}, "trace": "t"} | ({"a.b": "dotted"} if "a.b" in fields else {})
    )
    assert parse(message, fields).text == text


def test_what_is_no_json_object_is_shown_as_it_is() -> None:
    for message in ('{"level": "error"', "{}", "[1, 2]", "{not json}", '"text"'):
        assert parse(message).text == message


def test_control_characters_spelled_as_json_escapes_do_not_reach_the_row() -> None:
    parsed = parse(r'{"message": "\u001b]52;c;aGk=\u0007 \u001b[31mred \u202e rev\nnext", "k\u0007": 1}')
    assert parsed.text == " red · rev⏎next · k·=1"


def test_markup_is_kept_as_text() -> None:
    assert parse('{"message": "[/x][bold]"}').text == "[/x][bold]"


def test_a_long_line_is_cut_and_says_so() -> None:
    text = parse("x" * 50_000).text
    assert len(text) < ROW_LIMIT + 12
    assert text.endswith("…+40KB")


def test_deep_nesting_is_no_crash() -> None:
    message = '{"a":' * 5000 + "1" + "}" * 5000
    assert parse(message).text.startswith('{"a":')


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    st.sampled_from(["level", "message", "endpoint", "status_code", "response_time", "query"]) | st.text()
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=6).map(json.dumps) | st.text())
def test_any_message_becomes_one_safe_line(message: str) -> None:
    text = parse(sanitise(message)).text
    assert "\n" not in text
    assert "\x1b" not in text
    assert text == sanitise(text, 10 * ROW_LIMIT)


@given(
    st.dictionaries(
        st.sampled_from(["level", "status", "msg", "severity", "in"]),
        _VALUES | st.sampled_from(["error", "info", "level", 503, 404]),
        max_size=4,
    )
)
def test_the_severity_is_that_of_the_parsed_object(fields: dict[str, object]) -> None:
    # The same keys one level down come first, and must not be taken for the object's own.
    message = json.dumps(fields)
    doubtful = json.dumps({"nest": {"level": "fatal", "status": 599}} | fields)
    assert severity(doubtful) == severity(message)


def test_half_a_surrogate_pair_can_be_written_to_a_terminal() -> None:
    # A writer that cuts "\\ud83d\\ude00" in two leaves valid JSON behind.
    assert parse('{"message": "cut \\ud83d"}').text.encode() == "cut ·".encode()
    assert parse('{"message": "whole \\ud83d\\ude00"}').text == "whole 😀"
    assert sanitise("\ud800") == "·"
