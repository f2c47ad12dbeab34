"""Regular expressions as people type them: compiled or refused with a sentence, tried for a bounded time."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from itertools import islice
from typing import Any, Final

Span = tuple[int, int]
"""(start, end) of a match in characters, the end exclusive."""

SLOW: Final = (TimeoutError, ValueError)
"""What `LogBuffer.find` raises for a pattern that takes too long."""
_LIMIT_S: Final = 0.02
"""Longest time that one row's matches are looked for."""
_MAX_SPANS: Final = 200
_FUZZY: Final = re.compile(r"(?<!\\)\{(?![\d,}])")
"""An opening brace that `re` takes as itself, and `regex` as an approximate match."""


def compile_search(text: str) -> re.Pattern[str]:
    """Return the pattern; without an upper-case letter it ignores case, as less and vim do.

    Raises:
        ValueError: Not a regular expression; the message says where.
    """
    flags = 0 if any(one.isupper() for one in text) else re.IGNORECASE
    try:
        with warnings.catch_warnings():
            # What another version of Python may take otherwise is no news to whoever types it.
            warnings.simplefilter("ignore")
            return re.compile(text, flags)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise ValueError(
            f"“{text}” is not a regular expression: {error.msg}{where}. Escape signs such as ( [ * with \\."
        ) from error
    except (OverflowError, RecursionError) as error:
        raise ValueError("This regular expression is too large; use fewer or smaller repetitions.") from error


def spans(pattern: re.Pattern[str], text: str) -> list[Span]:
    """Return where a pattern matches, empty matches left out, in bounded time.

    A pattern that once took too long matches nothing any more: a screen has fifty rows to draw.
    """
    return _matcher(pattern).spans(text)


class _Matcher:
    """A pattern for the engine that can be stopped."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        # Imported when something is marked first: it takes longer than everything else here.
        import regex

        self._pattern: Any = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._pattern = regex.compile(_FUZZY.sub(r"\\{", pattern.pattern), pattern.flags)
        except regex.error:
            # `re` knows it and `regex` does not: it is found, but not marked.
            return

    def spans(self, text: str) -> list[Span]:
        if self._pattern is None:
            return []
        try:
            matches = islice(self._pattern.finditer(text, timeout=_LIMIT_S), _MAX_SPANS)
            return [(start, end) for start, end in (match.span() for match in matches) if start < end]
        except TimeoutError:
            self._pattern = None
            return []


@lru_cache(maxsize=32)
def _matcher(pattern: re.Pattern[str]) -> _Matcher:
    return _Matcher(pattern)
