"""What can be wrong with a query's text, at which place, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


class QuerySyntaxError(ValueError):
    """The text is no query.

    Attributes:
        message: Sentences: what is wrong, and what to write instead.
        start: Offset of the first wrong character; at most the text's length.
        end: Offset behind the last one; beyond `start` unless the text is empty.
        fix: What to write instead of the characters of `replaces`; "" where nothing is sure.
        replaces: Offsets of the characters that `fix` stands for.
    """

    def __init__(
        self, message: str, start: int, end: int, fix: str = "", replaces: tuple[int, int] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.fix = fix
        self.replaces = replaces or (start, end)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that lint says about a query.

    Attributes:
        severity: "error": the service would refuse the query; "warning": it may answer another question.
        message: Sentences: what is wrong, and what to write instead.
        start: Offset of the first character meant.
        end: Offset behind the last one.
        fix: What to write instead of the characters of `replaces`; "" where nothing is sure.
        replaces: Offsets of the characters that `fix` stands for; None: `start` and `end`.
        rule: The name of the rule, "syntax" for what the parser refuses.
    """

    severity: Severity
    message: str
    start: int
    end: int
    fix: str = ""
    replaces: tuple[int, int] | None = None
    rule: str = ""

    def place(self, text: str) -> tuple[int, int]:
        """Return line and column of the first character meant, both from 1."""
        return place(text, self.start)

    def repaired(self, text: str) -> str:
        """Return the query with the fix in place; the query itself where there is none."""
        if not self.fix:
            return text
        start, end = self.replaces or (self.start, self.end)
        return text[:start] + self.fix + text[end:]


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1, the column in characters."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
