"""CloudWatch Logs filter patterns: words, phrases, minus, either-or, JSON conditions, regular expressions."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable
from typing import Any

Predicate = Callable[[str], bool]
_Condition = Callable[[Any], bool]

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([A-Za-z0-9_.:/@#$*,\u0080-\uffff-]+))')
_TOKEN = re.compile(
    r"""\s*(?:(?P<op>&&|\|\||!=|<=|>=|=|<|>|\(|\))|"(?P<text>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%"""
    r"""|(?P<path>\$(?:\.[A-Za-z0-9_@-]+|\[\d+\]|\["[^"]+"\])*)|(?P<word>[^\s()&|=<>!"]+))"""
)
_MISSING = object()


class InvalidPattern(ValueError):
    """The pattern is not valid; the text says near what."""


def compile_pattern(pattern: str) -> Predicate:
    """Return a function that tells whether a message matches.

    Raises:
        InvalidPattern: The pattern is not valid.
    """
    text = pattern.strip()
    if not text:
        return lambda _message: True
    if text.startswith("{"):
        return _json_pattern(text)
    if text.startswith("["):
        raise InvalidPattern("space-delimited patterns are not part of the sandbox; filter by words or JSON")
    return _words(text)


def _words(text: str) -> Predicate:
    wanted: list[Predicate] = []
    either: list[Predicate] = []
    unwanted: list[Predicate] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise InvalidPattern(f"near {text[position : position + 20].strip()!r}")
        sign, phrase, regex, word = found.groups()
        term = _contains(phrase, regex, word)
        {"": wanted, "?": either, "-": unwanted}[sign].append(term)
        position = found.end()
        if not text[position:].strip():
            break

    def matches(message: str) -> bool:
        # The service ignores ?terms when they are mixed with plain ones.
        if wanted:
            chosen = all(term(message) for term in wanted)
        else:
            chosen = not either or any(term(message) for term in either)
        return chosen and not any(term(message) for term in unwanted)

    return matches


def _contains(phrase: str | None, regex: str | None, word: str | None) -> Predicate:
    if regex is not None:
        return _search(regex)
    if phrase is not None:
        exact = re.sub(r"\\(.)", r"\1", phrase)
        return lambda message: exact in message
    text = word or ""
    return lambda message: text in message


def _search(regex: str) -> Predicate:
    try:
        compiled = re.compile(regex)
    except re.error as problem:
        raise InvalidPattern(f"regular expression {regex!r}: {problem}") from None
    return lambda message: compiled.search(message) is not None


def _json_pattern(text: str) -> Predicate:
    if not text.endswith("}"):
        raise InvalidPattern("a JSON pattern ends with }")
    parser = _Parser(text[1:-1])
    condition = parser.parse()

    def matches(message: str) -> bool:
        if not message.startswith("{"):
            return False
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return condition(document)

    return matches


class _Parser:
    """Recursive descent over `a && (b || c)`."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None:
                raise InvalidPattern(f"near {text[position : position + 20].strip()!r}")
            kind = found.lastgroup or ""
            self._tokens.append((kind, found.group(kind)))
            position = found.end()
        self._at = 0

    def parse(self) -> _Condition:
        condition = self._either()
        if self._peek() != ("", ""):
            raise InvalidPattern(f"near {self._peek()[1]!r}")
        return condition

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _either(self) -> _Condition:
        parts = [self._both()]
        while self._peek() == ("op", "||"):
            self._next()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda document: any(part(document) for part in parts)

    def _both(self) -> _Condition:
        parts = [self._single()]
        while self._peek() == ("op", "&&"):
            self._next()
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda document: all(part(document) for part in parts)

    def _single(self) -> _Condition:
        kind, text = self._next()
        if (kind, text) == ("op", "("):
            inner = self._either()
            if self._next() != ("op", ")"):
                raise InvalidPattern("a bracket is not closed")
            return inner
        if kind != "path":
            raise InvalidPattern(f"near {text!r}: a condition begins with $.")
        return self._comparison(_path(text))

    def _comparison(self, read: Callable[[Any], Any]) -> _Condition:
        kind, operator = self._next()
        if kind == "word":
            return self._keyword(read, operator.upper())
        if kind != "op" or operator in ("(", ")", "&&", "||"):
            raise InvalidPattern(f"near {operator!r}: a comparison was expected")
        kind, text = self._next()
        if kind == "regex":
            search = _search(text)
            return lambda document: (
                isinstance(value := read(document), str) and search(value) == (operator == "=")
            )
        if kind not in ("text", "word"):
            raise InvalidPattern(f"near {text!r}: a value was expected")
        if operator in ("=", "!="):
            return _equality(read, text, kind == "text", operator == "!=")
        return _order(read, operator, text)

    def _keyword(self, read: Callable[[Any], Any], first: str) -> _Condition:
        second = self._next()[1].upper()
        tests: dict[tuple[str, str], _Condition] = {
            ("IS", "NULL"): lambda value: value is None,
            ("IS", "TRUE"): lambda value: value is True,
            ("IS", "FALSE"): lambda value: value is False,
            ("NOT", "EXISTS"): lambda value: value is _MISSING,
        }
        test = tests.get((first, second))
        if test is None:
            raise InvalidPattern(f"near {first} {second}")
        return lambda document: test(read(document))


def _path(text: str) -> Callable[[Any], Any]:
    steps = [name or quoted or int(index) for name, index, quoted in
             re.findall(r'\.([A-Za-z0-9_@-]+)|\[(\d+)\]|\["([^"]+)"\]', text)]  # fmt: skip

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


def _equality(read: Callable[[Any], Any], text: str, is_quoted: bool, is_negated: bool) -> _Condition:
    number = _number(text) if not is_quoted else None
    glob = re.compile(fnmatch.translate(text)) if "*" in text else None

    def test(document: Any) -> bool:
        value = read(document)
        if value is _MISSING or value is None:
            return False
        if number is not None and isinstance(value, int | float) and not isinstance(value, bool):
            equal = value == number
        elif glob is not None:
            equal = glob.match(str(value)) is not None
        else:
            equal = str(value) == text
        return equal != is_negated

    return test


def _order(read: Callable[[Any], Any], operator: str, text: str) -> _Condition:
    limit = _number(text)
    if limit is None:
        raise InvalidPattern(f"near {text!r}: {operator} compares numbers")

    def test(document: Any) -> bool:
        value = read(document)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        results = {"<": value < limit, ">": value > limit, "<=": value <= limit, ">=": value >= limit}
        return results[operator]

    return test


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
