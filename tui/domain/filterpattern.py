"""CloudWatch Logs filter patterns: check one, say in words what it selects, and match messages with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tui.domain.patternparser import parse
from tui.domain.patterntext import readable
from tui.domain.patterntree import (
    Column,
    Compare,
    Condition,
    Delimited,
    InvalidPattern,
    Junction,
    Keyword,
    Subject,
    Term,
    Value,
    Words,
)
from tui.domain.patternwords import explain

__all__ = ["Checked", "InvalidPattern", "check", "compile_pattern"]

Predicate = Callable[[str], bool]
_Test = Callable[[Any], bool]
_Read = Callable[[Any], Any]

_MISSING = object()
_FIELD = re.compile(r'"[^"]*"|\[[^\]]*\]|\S+')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_KEYWORD_TESTS: dict[str, _Test] = {
    "IS NULL": lambda value: value is None,
    "IS TRUE": lambda value: value is True,
    "IS FALSE": lambda value: value is False,
    "NOT EXISTS": lambda value: value is _MISSING,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A pattern that the service takes."""

    explanation: str
    """What it selects, in plain words without a full stop, for example "events that hold ERROR"."""


def check(text: str) -> Checked:
    """Check a filter pattern's syntax without asking the service.

    Raises:
        InvalidPattern: It is not valid; the exception has the place and what to write instead.
    """
    return Checked(explain(parse(text)))


def compile_pattern(text: str) -> Predicate:
    """Return a function that tells whether a message matches a filter pattern.

    Raises:
        InvalidPattern: It is not valid.
    """
    tree = parse(text)
    if isinstance(tree, Words):
        return _match_words(tree)
    if isinstance(tree, Delimited):
        return _match_delimited(tree)
    return _match_json(_test(tree.condition, _property, _json_number))


def _match_words(words: Words) -> Predicate:
    wanted, either, unwanted = (
        [_holds(term) for term in terms] for terms in (words.wanted, words.either, words.unwanted)
    )
    if len(wanted) == 1 and not unwanted:
        return wanted[0]

    def matches(message: str) -> bool:
        if wanted:
            chosen = all(term(message) for term in wanted)
        else:
            chosen = not either or any(term(message) for term in either)
        return chosen and not any(term(message) for term in unwanted)

    return matches


def _holds(term: Term) -> Predicate:
    if term.is_regex:
        return _search(term.text)
    text = term.text
    # The service takes a phrase of spaces for "all events".
    return (lambda message: text in message) if text.strip() else (lambda _message: True)


def _search(regex: str) -> Predicate:
    search = re.compile(readable(regex)).search
    return lambda text: search(text) is not None


def _match_json(test: _Test) -> Predicate:
    def matches(message: str) -> bool:
        if not message.lstrip().startswith(("{", "[")):
            return False
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return False
        return test(document)

    return matches


def _match_delimited(tree: Delimited) -> Predicate:
    least = len(tree.before) + len(tree.after)
    tests = [
        (place, _test(column.condition, _whole, _text_number))
        for place, column in _placed(tree)
        if column.condition is not None
    ]

    def matches(message: str) -> bool:
        fields = [_bare(field) for field in _FIELD.findall(message)]
        if len(fields) < least or (len(fields) > least and not tree.is_open):
            return False
        return all(test(fields[place]) for place, test in tests)

    return matches


def _placed(tree: Delimited) -> Iterable[tuple[int, Column]]:
    """Return the columns with their index among an event's fields, counted from the end behind the dots."""
    yield from enumerate(tree.before)
    yield from ((number - len(tree.after), column) for number, column in enumerate(tree.after))


def _bare(field: str) -> str:
    is_wrapped = len(field) > 1 and field[0] + field[-1] in ('""', "[]")
    return field[1:-1] if is_wrapped else field


def _whole(_subject: Subject) -> _Read:
    return lambda field: field


def _test(
    condition: Condition, reader: Callable[[Subject], _Read], number: Callable[[Any], float | None]
) -> _Test:
    if isinstance(condition, Junction):
        parts = [_test(part, reader, number) for part in condition.parts]
        if condition.operator == "&&":
            return lambda document: all(part(document) for part in parts)
        return lambda document: any(part(document) for part in parts)
    read = reader(condition.subject)
    if isinstance(condition, Keyword):
        keyword = _KEYWORD_TESTS[condition.word]
        return lambda document: keyword(read(document))
    if condition.operator in ("=", "!="):
        equal = _equality(condition.value, number)
        wanted = condition.operator == "="

        def compare(document: Any) -> bool:
            value = read(document)
            return value is not _MISSING and value is not None and equal(value) == wanted

        return compare
    return _order(condition, read, number)


def _property(subject: Subject) -> _Read:
    steps = subject.steps

    def read(document: Any) -> Any:
        for step in steps:
            if isinstance(step, int):
                if not isinstance(document, list) or step >= len(document):
                    return _MISSING
                document = document[step]
            elif isinstance(document, dict) and step in document:
                document = document[step]
            else:
                return _MISSING
        return document

    return read


def _equality(value: Value, number: Callable[[Any], float | None]) -> _Test:
    if value.is_regex:
        search = _search(value.text)
        return lambda found: search(_text(found))
    if value.number is not None:
        limit = value.number
        return lambda found: number(found) == limit or found == value.text
    if "*" in value.text:
        glob = re.compile(".*".join(re.escape(part) for part in value.text.split("*")), re.DOTALL)
        return lambda found: glob.fullmatch(_text(found)) is not None
    return lambda found: _text(found) == value.text


def _order(condition: Compare, read: _Read, number: Callable[[Any], float | None]) -> _Test:
    limit, operator = condition.value.number, condition.operator

    def test(document: Any) -> bool:
        value = number(read(document))
        if value is None or limit is None:
            return False
        if operator == "<":
            return value < limit
        if operator == ">":
            return value > limit
        return value <= limit if operator == "<=" else value >= limit

    return test


def _json_number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text_number(value: Any) -> float | None:
    return float(value) if _NUMBER.fullmatch(value) else None


def _text(value: Any) -> str:
    """Return a JSON value as the event writes it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
