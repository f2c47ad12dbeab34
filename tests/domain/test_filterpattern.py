"""Filter patterns: the documentation's examples, what they are said to select, and refusals."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.domain.filterpattern import InvalidPattern, check, compile_pattern

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
        ("%ERROR|WARN%", "a WARN", True),
        (r"%\d{3}\.\d%", "took 123.4 ms", True),
        ("%[[a-]x%", "[x", True),
        ("ERROR -%time.ut%", "ERROR timeout", False),
        ("-healthcheck", "anything", True),
        ('?"a b" ?c', "xa bx", True),
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
        ("{ $.level = E*R }", True),
        ("{ $.level = E*X }", False),
        ("{ $.ok = true }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $['who'].id = u1 }", True),
        ('{ $["who"]["id"] != "u*" }', False),
        ("{ $.status > 5e2 && ($.status<=502) }", True),
        ("{ $.none = 1 || $.none != 1 }", False),
        ("{ $.who = * }", True),
        ("{ $.path = %^/api% && $.level = %^ERR% }", True),
    ],
)
def test_json(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern)(JSON) is expected


def test_json_pattern_skips_plain_lines() -> None:
    assert not compile_pattern("{ $.status = 502 }")("status 502")
    assert not compile_pattern("{ $.status = 502 }")("{ broken")


APACHE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, id, user, ts, request, status, bytes]", True),
        ("[ip, id, user, ts, request, status=4*, bytes]", True),
        ("[ip, id, user, ts, request, status=5*, bytes]", False),
        ("[ip, user]", False),
        ("[..., request=*.html*, status_code=4*, bytes]", True),
        ("[..., status_code = 404 || status_code = 410, bytes]", True),
        ("[ip, ..., bytes > 1600]", False),
        ("[ip=127.0.*, ...]", True),
        ("[..., status!=%^5% && status != 403, bytes]", True),
        ('[ip, id, user="frank", ...]', True),
        ("[..., (status > 400 && status < 404) || status = 500, bytes]", False),
        ("[...]", True),
        ("[ip, id, user, ts, request, status, bytes, ..., more]", False),
    ],
)
def test_space_delimited(pattern: str, expected: bool) -> None:
    assert compile_pattern(pattern)(APACHE) is expected


@pytest.mark.parametrize(
    ("pattern", "position", "said"),
    [
        ("{ $.a = ", 8, "Write a value"),
        ("{ $.a = 1", 9, "End the JSON pattern with }."),
        ("{ ($.a = 1 }", 11, "Close the parenthesis with )."),
        ("{ a = 1 }", 2, "Begin a condition with a property"),
        ("{ $.a > word }", 8, "Write a number behind >."),
        ("{ $.a ~ 1 }", 6, "Compare $.a with one of"),
        ("{ $.a IS MISSING }", 6, "Write IS NULL"),
        ("{ $.a. = 1 }", 5, "Name a property"),
        ("{ $.a = 1 } x", 12, "nothing behind"),
        ("{}", 1, "Write a condition between the braces"),
        ("{ $.a = 1 $.b = 2 }", 10, "Join two conditions"),
        ("{ $.a = %1% || $.b = %2% || $.c = %3% }", 34, "at most 2 regular expressions"),
        ("{ " + "(" * 50, 42, "Nest at most 40"),
        ('"open', 0, 'Close the quoted phrase with ".'),
        ("ERROR -", 6, "Write a term right after -"),
        ("ERROR time-out", 10, 'Quote a term that holds more than letters, digits and _: "time-out".'),
        ("  오류", 2, 'Quote a term that holds more than letters, digits and _: "오류".'),
        ('"a"b', 3, "Put a space between two terms."),
        ("%ERROR", 0, "Close the regular expression with %"),
        ("%ERR(OR)?%", 4, "Leave out the parentheses"),
        ("%something!%", 10, "Leave out !"),
        ("%a b%", 2, r"Write \s for a space"),
        ("%오류%", 1, "Write ASCII only"),
        ("%[z%", 1, "Correct the regular expression"),
        ("%a{99999999999}%", 1, "Correct the regular expression"),
        ("[ip, user", 9, "Separate fields by commas"),
        ("[ip, , user]", 5, "Name the field"),
        ("[..., a, ...]", 9, "Use ... once"),
        ("[a = 1 || b = 2]", 10, "here a."),
        ("a" * 1025, 1024, "Shorten the pattern to 1,024 characters."),
    ],
)
def test_a_refusal_has_the_place_and_what_to_write(pattern: str, position: int, said: str) -> None:
    with pytest.raises(InvalidPattern, match=re.escape(said)) as caught:
        check(pattern)
    assert (caught.value.position, caught.value.message) == (position, str(caught.value))
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("pattern", "explanation"),
    [
        ("", "every event"),
        ('" "', "every event"),
        ("ERROR", "events that hold ERROR"),
        ("ERROR timeout -healthcheck", "events that hold ERROR and timeout, but not healthcheck"),
        ("?ERROR ?WARN", "events that hold ERROR or WARN"),
        ("-a -b", "events that do not hold a or b"),
        ('"database connection"', 'events that hold the phrase "database connection"'),
        ("%ERR|WARN%", "events that hold text like the regular expression ERR|WARN"),
        (
            "?ERROR needed",
            "events that hold needed (?ERROR ignored: terms with ? count only where no plain term stands"
            " beside them)",
        ),
        ("{ $.status >= 500 }", "JSON events whose $.status is at least 500"),
        (
            '{ $.a = "x*" && ($.b IS NULL || $.c NOT EXISTS) }',
            'JSON events whose $.a is like "x*" and ($.b is null or $.c does not exist)',
        ),
        ("{ $.a = * }", "JSON events whose $.a exists"),
        (
            "[ip, id, status = 5*, bytes > 10]",
            "events of 4 fields between spaces whose status is like 5* and bytes is above 10",
        ),
        ("[..., last]", "events of at least 1 field between spaces"),
        ("[...]", "every event"),
    ],
)
def test_a_pattern_is_explained(pattern: str, explanation: str) -> None:
    assert check(pattern).explanation == explanation


_PIECES = st.sampled_from(
    ['"', "%", "{", "}", "[", "]", "(", ")", "$", "$.a", ".b", "[0]", "=", "!=", "<", ">=", "&&", "||", "...",
     ",", "?", "-", " ", "\\", "IS", "NULL", "NOT EXISTS", "1e5", "5*", "오", "ERROR", "a-b", "{2}", "\n"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=25).map("".join)), st.text(max_size=40))
@example("{" + "(" * 1000, "{}")
@example("%[[a--b]&&[c]%", "x")
@example("{ $.a = " + "9" * 900 + " }", '{"a":1}')
@example("{ $.a[" + "9" * 900 + "] = 1 }", '{"a":1}')
@example("{ $.a = 1 }", "[" * 100_000)
def test_any_text_is_either_valid_or_refused_at_a_place(pattern: str, message: str) -> None:
    refusal = None
    try:
        explanation = check(pattern).explanation
    except InvalidPattern as problem:
        refusal = problem
    if refusal is None:
        assert explanation
        assert compile_pattern(pattern)(message) in (True, False)
        return
    assert 0 <= refusal.position <= len(pattern)
    assert refusal.message
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)
