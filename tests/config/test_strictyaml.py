"""Strict YAML: the traps of YAML 1.1, duplicates, tags, bombs, and the line of everything."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.strictyaml import MAX_BYTES, MAX_DEPTH, read


def told(text: str) -> list[str]:
    return [str(problem) for problem in read(text.encode(), "f").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-12", -12), ("+3", 3),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("5m", "5m"), ("prod-db", "prod-db"), ("/ecs/app", "/ecs/app"),
        ('"on"', "on"), ("'12:30'", "12:30"), ('"012345678901"', "012345678901"), ('""', ""), ("1.2.3", "1.2.3"),
        ("[a, 1, true]", ("a", 1, True)), ("{b: c}", {"b": "c"}), ("yesterday", "yesterday"), ("a:b", "a:b"),
    ],
)  # fmt: skip
def test_reads_the_few_types_of_yaml_1_2(text: str, value: Any) -> None:
    document = read(f"k: {text}\n".encode(), "f")
    assert document.problems == ()
    assert document.data == {"k": value}
    assert type(document.data["k"]) is type(value)


QUOTE = 'write true or false, or quote it: "{0}"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((word, f"unquoted {word} is true to some YAML readers ({QUOTE.format(word)})") for word in ("on", "yes", "y", "On", "YES")),
        *((word, f"unquoted {word} is false to some YAML readers ({QUOTE.format(word)})") for word in ("off", "no", "n", "OFF")),
        ("True", 'unquoted True is not the same to all YAML readers (write true, or quote it: "True")'),
        ("NULL", 'unquoted NULL is nothing to some YAML readers (write null, or quote it: "NULL")'),
        ("1_000", 'unquoted 1_000 is the number 1000 to some YAML readers (write 1000, or quote it: "1_000")'),
        ("0755", 'unquoted 0755 begins with 0: octal to some YAML readers (quote it: "0755")'),
        ("012345678901", 'unquoted 012345678901 begins with 0: octal to some YAML readers (quote it: "012345678901")'),
        ("0x1F", 'unquoted 0x1F is a number in another base to some YAML readers (write it in decimal, or quote it: "0x1F")'),
        ("2024-01-01", 'unquoted 2024-01-01 is a date to some YAML readers (quote it: "2024-01-01")'),
        (".inf", ".inf is no limit that can be compared with (leave the key out, or write null)"),
        ("1e999", "1e999 is too large a number (write a smaller one)"),
        ("!!str 5", 'has a tag (remove "!!str"; quote the value to keep it text)'),
        ("!!python/object/apply:os.system [x]", 'has a tag (remove "!!python/object/apply:os.system"; quote the value to keep it text)'),
        ('"a\\e[31mb"', "holds line breaks or control characters (write it on one line without them)"),
        ("*nowhere", "*nowhere names no anchor above (quote text that begins with *)"),
    ],
)  # fmt: skip
def test_refuses_what_readers_disagree_about(text: str, message: str) -> None:
    document = read(f"a: 1\nk: {text}\n".encode(), "f")
    assert [str(problem) for problem in document.problems] == [f"f:2: k: {message}"]
    assert "k" not in document.data


@pytest.mark.parametrize(
    ("text", "number"), [("12:30", "750"), ("1:02:03", "3723"), ("-1:30", "-90"), ("1:30.5", "90.5")]
)
def test_refuses_sexagesimal_numbers(text: str, number: str) -> None:
    (problem,) = told(f"k: {text}\n")
    assert problem.startswith(
        f'f:1: k: unquoted {text} is the number {number} to some YAML readers (quote it: "{text}"; for a duration'
    )


def test_duplicates_are_refused_with_both_lines_and_the_first_is_kept() -> None:
    document = read(b"a: 1\nb:\n  c: 2\n  c: 3\na: 4\n", "f")
    assert [str(one) for one in document.problems] == [
        "f:4: b.c: written twice, first in line 3 (keep one of them)",
        "f:5: a: written twice, first in line 1 (keep one of them)",
    ]
    assert document.data == {"a": 1, "b": {"c": 2}}


def test_keys_must_be_text() -> None:
    assert told("on: 1\n") == [
        'f:1: on: unquoted on is true to some YAML readers (write true or false, or quote it: "on")'
    ]
    assert told("1: x\n") == ['f:1: has the key 1, which is not text (quote it: "1")']
    assert told("? [a]\n: 1\n") == ["f:1: has a key that is not a word (write key: value)"]
    assert told("b: {x: 1}\na:\n  <<: {z: 1}\n") == [
        "f:3: a: merge keys (<<) are not supported (repeat the settings, or use a profile)"
    ]


def test_lines_of_keys_and_items() -> None:
    document = read(b"# top\na: 1\n\nb:\n  - x\n  - off\n  - z\nc: {d: {e: 2}}\n", "f")
    assert document.data == {"a": 1, "b": ("x", "z"), "c": {"d": {"e": 2}}}
    assert document.lines == {
        ("a",): 2, ("b",): 4, ("b", 0): 5, ("b", 1): 7, ("c",): 8, ("c", "d"): 8, ("c", "d", "e"): 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"a: [1\nb: 2\n", "f:2: not valid YAML: did not find expected ',' or ']' (check indentation, brackets and quotation marks on this line and the one above)"),
        (b"a: b: c\n", "f:1: not valid YAML: mapping values are not allowed in this context (check the indentation, and quote text that has a colon in it)"),
        (b"a: 1\n\tb: 2\n", "f:2: not valid YAML: found a tab character that violates indentation (indent with spaces, not tabs)"),
        (b"a: 1\nb: @x\n", "f:2: not valid YAML: found character that cannot start any token (indent with spaces, not tabs, and quote text that begins with @ ` % & * ! or |)"),
        (b'a: 1\nb: "x\n', "f:2: not valid YAML: found unexpected end of stream (close the quotation mark)"),
        (b"- a\n", "f:1: has no keys at its top (write settings such as region: ap-northeast-2)"),
        (b"just text\n", "f:1: has no keys at its top (write settings such as region: ap-northeast-2)"),
        (b"a: 1\n---\nb: 2\n", "f:2: a second document begins (remove the line ---)"),
        (b"a: 1\nb: \xff\n", "f:2: not UTF-8 text (save the file as UTF-8)"),
        (b"a: 1\nb: \x1b[31m\n", "f:2: holds a control character (delete it)"),
        (b"#" * (MAX_BYTES + 1), "f: larger than 1000 kB (is it the right file?)"),
    ],
)  # fmt: skip
def test_broken_files_have_a_line_and_a_hint(raw: bytes, problem: str) -> None:
    assert [str(one) for one in read(raw, "f").problems] == [problem]


@pytest.mark.parametrize("raw", [b"", b"# nothing\n", b"---\n", b"null\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_nothing(raw: bytes) -> None:
    document = read(raw, "f")
    assert (document.data, document.problems) == ({}, ())


def test_aliases_repeat_values_but_cannot_explode() -> None:
    assert read(b"a: &x {b: 1}\nc: *x\n", "f").data == {"a": {"b": 1}, "c": {"b": 1}}
    assert told("a: &x [*x]\n") == ["f:1: a[0]: *x names no anchor above (quote text that begins with *)"]
    bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert told(bomb) == ["f:5: a4: too large or too deep for a configuration (is it the right file?)"]


def test_depth_is_bounded() -> None:
    assert "too deep" in told("[" * 50_000)[0]
    assert told("a: " + "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))[0].endswith("(is it the right file?)")
    assert told("a: " + "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)) == []


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_read_or_refused_with_printable_problems(text: str) -> None:
    for problem in read(text.encode(), "f").problems:
        assert str(problem).isprintable()
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    document = read(raw, "f")
    assert isinstance(document.data, dict)
