"""Finds a pattern in the texts of the log buffer, in bounded time."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from tui.domain.logtext import TextStore, runs

_BUDGET_S: Final = 0.25
_BUDGET_PER_LINE_S: Final = 10e-6
"""Processor time of one call: any sane pattern needs a fraction of it."""
_LINE_S: Final = 0.05
_STEP: Final = 16

_TOKEN: Final = re.compile(
    r"(?P<same>\\[bdwS]|\\[^\w\s]|\((?:\?:|(?!\?))|[|)^$.*+?}\]]|\{\d+(?:,\d*)?\}|\{,\d+\}"
    r"|[^\\\[\](){}|^$.*+?\n])"
    r"|\\(?P<wide>[sWD])"
    r"|(?P<brace>\{(?!,))"
    r"|\[(?P<negated>\^?)(?P<body>(?:[^\\\[\]^\x00-\x1f]|\\[dwsDWS]|\\[^\w\s])+)\]"
)
_WIDE_CLASS: Final = re.compile(r"\\[sWD]")
_FUZZY: Final = re.compile(r"(?<!\\)\{(?![\d,}])")
"""An opening brace that `re` takes as itself, and `regex` as an approximate match."""
_NARROW: Final = {"s": r"[^\S\n]", "W": r"[^\w\n]", "D": r"[^\d\n]"}


class SlowPatternError(ValueError):
    """A pattern backtracks without end, as `(a+)+$` does; the message says what to do."""


def find_in(
    store: TextStore, pattern: re.Pattern[str], positions: Sequence[int], sizes: Sequence[int]
) -> list[int]:
    """Return the indices, ascending, of the texts that match; a position of -1 never does.

    Args:
        store: Holds the texts.
        pattern: Means what it means on each text alone; a newline within one is `logtext.NEWLINE`, which
            `.` matches.
        positions: Where the texts lie.
        sizes: Their sizes.

    Raises:
        SlowPatternError: It took longer than 0.25 s and 10 µs a line of processor time.
    """
    joined = _joined(pattern)
    single = _single(pattern)
    deadline = time.thread_time() + _BUDGET_S + _BUDGET_PER_LINE_S * len(positions)
    hits: list[int] = []
    try:
        for start, stop in runs(positions, sizes):
            if positions[start] < 0:
                continue
            text = store.run(positions[start], sum(sizes[start:stop]))
            found = (
                _each(single, text, deadline)
                if joined is None
                else _together(joined, text, sizes[start:stop])
            )
            hits += [start + line for line in found]
            if time.thread_time() > deadline:
                raise TimeoutError
    except TimeoutError as error:
        raise SlowPatternError(
            f"“{pattern.pattern}” takes too long to try. Avoid a repetition within a repetition, as in (a+)+."
        ) from error
    return hits


def joined_source(source: str) -> str | None:
    """Return a regular expression that matches within one line of many what `source` matches alone.

    None for what cannot be told from its text: look-around, references, anchors of the whole text.
    """
    parts: list[str] = []
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:
            return None
        if token["wide"]:
            parts.append(_NARROW[token["wide"]])
        elif token["brace"]:
            parts.append(r"\{")
        elif token["body"] is None or not (token["negated"] or _WIDE_CLASS.search(token["body"])):
            parts.append(token[0])
        else:
            parts.append(f"[^\\n{token['body']}]" if token["negated"] else f"(?:(?!\\n){token[0]})")
        at = token.end()
    return "".join(parts)


@lru_cache(maxsize=64)
def _joined(pattern: re.Pattern[str]) -> Any:
    """Return the pattern for many lines at once, each of which it matches at most once; None if unsafe."""
    import regex

    source = joined_source(pattern.pattern) if not pattern.flags & (re.DOTALL | re.VERBOSE) else None
    if source is None:
        return None
    return regex.compile(f"(?:{source}).*\\n?", pattern.flags | re.MULTILINE)


@lru_cache(maxsize=64)
def _single(pattern: re.Pattern[str]) -> Any:
    """Return the pattern for the engine that is several times faster without case, and can be stopped."""
    import regex

    return regex.compile(_FUZZY.sub(r"\\{", pattern.pattern), pattern.flags)


def _together(pattern: Any, text: str, sizes: Sequence[int]) -> list[int]:
    starts: list[int] = []
    hits: list[int] = []
    for match in pattern.finditer(text, timeout=_BUDGET_S):
        if not starts:
            # Without other letters than ASCII, sizes in bytes are lengths.
            ends = sizes if text.isascii() else [len(one) + 1 for one in text.split("\n")]
            starts = list(accumulate(ends, initial=0))
        line = bisect_right(starts, match.start()) - 1
        if not hits or hits[-1] != line:
            hits.append(line)
    return hits


def _each(pattern: Any, text: str, deadline: float) -> list[int]:
    hits: list[int] = []
    texts = text.split("\n")
    for low in range(0, len(texts), _STEP):
        step = texts[low : low + _STEP]
        hits += [line for line, one in enumerate(step, low) if pattern.search(one, timeout=_LINE_S)]
        if time.thread_time() > deadline:
            raise TimeoutError
    return hits
