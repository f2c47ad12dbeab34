"""Strict YAML with the line of every key: no duplicates, no silent conversions, no tags, bounded size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.problems import Problem, dotted, is_steering, shown
from config.scalars import Trap, read_plain

Path = tuple[str | int, ...]
"""Keys and list indices from the root."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 20_000
"""Values of a file with its aliases spelt out; a console's configuration has a few hundred."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_DROPPED: Any = object()
"""Stands for a value whose problem is told already, so that nothing else is said about it."""

_HINTS = (
    ("tab character", "indent with spaces, not tabs"),
    (
        "cannot start any token",
        "indent with spaces, not tabs, and quote text that begins with @ ` % & * ! or |",
    ),
    ("mapping values are not allowed", "check the indentation, and quote text that has a colon in it"),
    ("simple key", "a key needs a colon and a space after it"),
    ("undefined alias", "quote text that begins with *"),
    ("found unexpected end of stream", "close the quotation mark"),
    ("", "check indentation, brackets and quotation marks on this line and the one above"),
)

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    Attributes:
        data: The mapping at the root; values with a problem are left out.
        lines: 1-based line of each key and list item by path.
        problems: Everything that is wrong with the file as YAML.
    """

    data: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[Path, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read(raw: bytes, file: str, *, lines_in: frozenset[str] = frozenset()) -> Document:
    """Return what YAML in UTF-8 says; every problem that can be told at once is in `problems`.

    Args:
        raw: The file's bytes.
        file: Its path, for the problems.
        lines_in: Keys whose text may have several lines.
    """
    if len(raw) > MAX_BYTES:
        return Document(
            problems=(
                Problem(file, None, "", f"larger than {MAX_BYTES // 1000} kB", "is it the right file?"),
            )
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Document(problems=(Problem(file, line, "", "not UTF-8 text", "save the file as UTF-8"),))
    unprintable = tuple(
        Problem(file, number, "", "holds a control character", "delete it")
        for number, line in enumerate(text.split("\n"), 1)
        if _CONTROL.search(line)
    )
    if unprintable:
        return Document(problems=unprintable)
    return _Builder(text, file, lines_in).document()


class _Builder:
    """Turns the parser's events into values, noting lines and collecting problems."""

    def __init__(self, text: str, file: str, lines_in: frozenset[str]) -> None:
        self._file = file
        self._lines_in = lines_in
        self._last_line = text.count("\n", 0, len(text) - 1) + 1
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_Parser))
        self._lines: dict[Path, int] = {}
        self._problems: list[Problem] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0

    def document(self) -> Document:
        """Return the only document of the stream."""
        data: Any = None
        try:
            documents = 0
            for event in self._events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._say(event, (), "a second document begins", "remove the line ---")
                        break
                    data = self._value(next(self._events), ())
        except yaml.MarkedYAMLError as error:
            return self._broken(error)
        except _HopelessError:
            return Document(problems=tuple(self._problems))
        if data is None or data is _DROPPED:
            data = {}
        elif not isinstance(data, dict):
            self._problems.append(
                Problem(
                    self._file,
                    1,
                    "",
                    "has no keys at its top",
                    "write settings such as region: ap-northeast-2",
                )
            )
            data = {}
        return Document(data, self._lines, tuple(self._problems))

    def _broken(self, error: yaml.MarkedYAMLError) -> Document:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, self._last_line) if mark is not None else None
        told = error.problem or error.context or "cannot be read"
        hint = next(hint for fragment, hint in _HINTS if fragment in told)
        self._problems.append(Problem(self._file, line, "", f"not valid YAML: {told}", hint))
        return Document(problems=tuple(self._problems))

    def _say(self, event: Any, path: Path, message: str, hint: str) -> Any:
        line = event.start_mark.line + 1
        self._problems.append(Problem(self._file, line, dotted(path), message, hint))
        return _DROPPED

    def _count(self, event: Any, path: Path, nodes: int = 1) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            self._say(event, path[:1], "too large or too deep for a configuration", "is it the right file?")
            raise _HopelessError

    def _value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        self._count(event, path)
        before = self._nodes
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!", 1)
            self._say(event, path, "has a tag", f"remove {shown(tag)}; quote the value to keep it text")
            value = _DROPPED
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before + 1)
        return value

    def _alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self._anchors:
            return self._say(
                event, path, f"*{event.anchor} names no anchor above", "quote text that begins with *"
            )
        value, nodes = self._anchors[event.anchor]
        self._count(event, path, nodes)
        return value

    def _scalar(self, event: Any, path: Path) -> Any:
        has_lines = bool(path) and path[-1] in self._lines_in
        if is_steering(event.value.replace("\n", "") if has_lines else event.value):
            return self._say(
                event, path, "holds line breaks or control characters", "write it on one line without them"
            )
        if event.style or not event.implicit[0]:
            return event.value
        value = read_plain(event.value)
        return self._say(event, path, value.message, value.hint) if isinstance(value, Trap) else value

    def _sequence(self, path: Path) -> tuple[Any, ...]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            # A dropped item's index goes to the next one, so that lines stay those of what is kept.
            here = (*path, len(items))
            self._lines[here] = event.start_mark.line + 1
            item = self._value(event, here)
            if item is not _DROPPED:
                items.append(item)
        return tuple(items)

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            here = (*path, key) if key is not None else path
            is_new = key is not None and here not in self._lines
            if key is not None and not is_new:
                self._say(
                    event, here, f"written twice, first in line {self._lines[here]}", "keep one of them"
                )
            if is_new:
                self._lines[here] = event.start_mark.line + 1
            value = self._value(next(self._events), here)
            if is_new and key is not None and value is not _DROPPED:
                values[key] = value
        return values

    def _key(self, event: Any, path: Path) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            self._value(event, path)
            self._say(event, path, "has a key that is not a word", "write key: value")
            return None
        if event.value == "<<" and not event.style:
            self._say(
                event, path, "merge keys (<<) are not supported", "repeat the settings, or use a profile"
            )
            return None
        value = self._scalar(
            event, (*path, shown(event.value)) if is_steering(event.value) else (*path, event.value)
        )
        if value is _DROPPED:
            return None
        if not isinstance(value, str):
            self._say(
                event,
                path,
                f"has the key {event.value or 'nothing'}, which is not text",
                f"quote it: {shown(event.value)}",
            )
            return None
        return value


class _HopelessError(Exception):
    """Going on would be dangerous; the problem is told."""
