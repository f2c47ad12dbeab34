"""The parts of a CloudWatch Logs filter pattern, as the parser finds them."""

from __future__ import annotations

from dataclasses import dataclass


class InvalidPattern(ValueError):
    """The pattern is not valid.

    Attributes:
        position: Index of the place in the pattern's text, from 0; its length for a missing end.
        message: One sentence: what to write instead.
    """

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of text, or a regular expression, that an event holds."""

    text: str
    is_regex: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Terms in any order.

    Attributes:
        wanted: All of them must be there.
        either: One of them must be there; the service ignores them where `wanted` is not empty.
        unwanted: None of them may be there.
    """

    wanted: tuple[Term, ...] = ()
    either: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition looks at: a JSON property, or a field of a space-delimited event.

    Attributes:
        text: As it is written, `$.a.b[0]` or the field's name.
        steps: Property names and array indexes; empty for a field.
    """

    text: str
    steps: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """What a subject is compared with.

    Attributes:
        text: Without quotes or percent signs.
        is_quoted: Whether it stood in quotes.
        is_regex: Whether it stood between percent signs.
        number: Its value where it is a number without quotes.
    """

    text: str
    is_quoted: bool = False
    is_regex: bool = False
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """`subject operator value`; the operator is one of = != < > <= >=."""

    subject: Subject
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Keyword:
    """`subject IS NULL` and the like; the word is one of IS NULL, IS TRUE, IS FALSE, NOT EXISTS."""

    subject: Subject
    word: str


@dataclass(frozen=True, slots=True)
class Junction:
    """Several conditions joined by one operator, && or ||."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Compare | Keyword | Junction


@dataclass(frozen=True, slots=True)
class Json:
    """`{ condition }`: events that are JSON objects."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a space-delimited event, with or without a condition."""

    name: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delimited:
    """`[a, b, ..., c]`: events of fields between spaces.

    Attributes:
        before: Fields from the start.
        after: Fields up to the end, those behind the dots.
        is_open: Whether there are dots, which stand for any number of fields.
    """

    before: tuple[Column, ...]
    after: tuple[Column, ...] = ()
    is_open: bool = False


Pattern = Words | Json | Delimited
