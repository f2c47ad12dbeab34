"""Filter patterns: the documentation's examples, and refusals."""

from __future__ import annotations

import pytest

from tui.sandbox.filter_pattern import InvalidPattern, compile_pattern

JSON = (
    '{"level":"ERROR","status":502,"path":"/api/x","who":{"id":"u1"},"tags":["a","b"],"note":null,"ok":true}'
)


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ('" "', "with space", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "timeout ERROR", True),
        ("ERROR timeout", "ERROR only", False),
        ("?ERROR ?WARN", "WARN", True),
        ("?ERROR ?WARN", "INFO", False),
        ("?ERROR needed", "needed only", True),
        ('"database connection"', "the database connection failed", True),
        ('"database connection"', "connection to the database", False),
        ("database connection", "connection to the database", True),
        ("ERROR -healthcheck", "ERROR in healthcheck", False),
        ("ERROR -healthcheck", "ERROR elsewhere", True),
        (r'"say \"hi\""', 'they say "hi" now', True),
        ("%ERR(OR)?|WARN%", "a WARN", True),
    ],
)
def test_words(pattern: str, message: str, expected: bool) -> None:
    assert compile_pattern(pattern)(message) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.level = "ERROR" }', True),
        ('{ $.level != "ERROR" }', False),
        ("{ $.status >= 500 }", True),
        ("{ $.status = 502 }", True),
        ("{ $.status < 500 }", False),
        ('{ $.status = 502 && $.path = "/api*" }', True),
        ("{ $.status = 1 || ($.who.id = u1 && $.status > 1) }", True),
        ('{ $.tags[1] = "b" }', True),
        ("{ $.note IS NULL }", True),
        ("{ $.none IS NULL }", False),
        ("{ $.none NOT EXISTS }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.path = %api/.$% }", True),
        ("{ $.level > 3 }", False),
    ],
)
def test_json(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern)(JSON) is expected


def test_json_pattern_skips_plain_lines() -> None:
    assert not compile_pattern("{ $.status = 502 }")("status 502")
    assert not compile_pattern("{ $.status = 502 }")("{ broken")


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a = ",
        "{ $.a = 1",
        "{ ($.a = 1 }",
        "{ a = 1 }",
        "{ $.a > word }",
        "{ $.a ~ 1 }",
        '"open',
        "[ip, user]",
        "%(%",
        "{ $.a = 1 $.b = 2 }",
    ],
)
def test_invalid_patterns_say_where(pattern: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        compile_pattern(pattern)
    assert str(caught.value)
