"""What is wrong with a configuration: every problem with its place, its key and what to write instead."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the configuration.

    Attributes:
        file: The file's path; None for environment variables and options, which `key` names.
        line: 1-based; None where there is no line.
        key: Dotted key ("stack.services"), variable ("CWTOP_REGION") or option ("--region"); "" for
            the file as a whole.
        message: What is wrong.
        hint: What to write instead; "" where the message says it.
    """

    file: str | None
    line: int | None
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = "" if self.file is None else self.file if self.line is None else f"{self.file}:{self.line}"
        told = ": ".join(part for part in (place, self.key, self.message) if part)
        return f"{told} ({self.hint})" if self.hint else told


class ConfigError(Exception):
    """The configuration cannot be used.

    Attributes:
        problems: All of them, in order of file and line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(
            sorted(dict.fromkeys(problems), key=lambda one: (one.file or "", one.line or 0))
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` probably means, or None."""
    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def meant(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return a hint that names the nearest known word ('did you mean "region"?'), else `otherwise`."""
    name = nearest(word, known)
    return f"did you mean {shown(name)}?" if name is not None else otherwise


def is_steering(text: str) -> bool:
    """Whether text holds characters that could steer a terminal (control, format, line separators)."""
    return not text.isprintable() and any(unicodedata.category(char) in _STEERING for char in text)


def shown(value: Any) -> str:
    """Return a value as a message quotes it: in double quotes, escaped, at most 60 characters."""
    text = value if isinstance(value, str) else str(value)
    if is_steering(text):
        text = text.encode("unicode_escape").decode("ascii")
    return f'"{text[:59]}…"' if len(text) > 60 else f'"{text}"'


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: "a, b or c"."""
    *head, last = list(words)
    return f"{', '.join(head)} or {last}" if head else last


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as users read it: ("stack", "services", 0) is stack.services[0]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
