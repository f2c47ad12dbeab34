"""`pattern`: messages that say the same with other values become one line.

The service's own clustering is not published, so this is another one, and its result an approximation: what
looks like a value (numbers, times, addresses, identifiers) becomes `<*>`, and lines of as many words that
then differ in few of them become one, as in He et al., "Drain: An Online Log Parsing Approach with Fixed
Depth Tree" (ICWS 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui.insights import tree
from tui.insights.engine.expressions import compile_expr
from tui.insights.engine.pipeline import Pipeline
from tui.insights.engine.values import Value, quoted
from tui.insights.masks import MASKS, STAR

# What is alike in half of its words is one pattern.
_ALIKE = 0.5
# Of one number of words and one beginning; beyond them a line stays its own pattern.
_MOST_IN_GROUP = 200

SEVERITIES = ("FATAL", "CRITICAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
"""Words of a level, the worst first."""

COLUMNS = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")
"""Of the result."""


def masked(text: str) -> str:
    """Return SQL of a text in which what looks like a value is `<*>`."""
    for mask in MASKS:
        text = f"regexp_replace({text}, {quoted(mask)}, '{STAR}', 'g')"
    return text


def pattern(command: tree.Pattern, line: Pipeline, cluster: Callable[[Pipeline], None]) -> None:
    """Make the rows those of a pattern: one for each, the most frequent first."""
    value = compile_expr(command.expr, line.scope())
    line.count_matched()
    line.select(f"*, {value.scalar} AS text_")
    cluster(line)
    line.names = {
        "@pattern": Value("pattern", "text"),
        "@ratio": Value("ratio", "number"),
        "@sampleCount": Value("samples", "number"),
        "@severityLabel": Value("substr(severity, 2)", "text"),
    }
    line.is_events, line.displayed, line.shown = False, None, list(COLUMNS)
    line.groups, line.buckets = [], {}
    line.order = ["samples DESC", "pattern"]


def merge(lines: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return for each masked text the pattern to which it belongs.

    Args:
        lines: Masked texts and how often they are there, in an order that does not change between runs.
    """
    groups: dict[tuple[int, str], list[list[str]]] = {}
    members: list[tuple[str, list[str]]] = []
    for text, _ in lines:
        words = text.split(" ")
        group = groups.setdefault((len(words), words[0]), [])
        best = max(group, key=lambda each: _likeness(each, words), default=None)
        if best is None or (_likeness(best, words) < _ALIKE and len(group) < _MOST_IN_GROUP):
            best = list(words)
            group.append(best)
        elif _likeness(best, words) >= _ALIKE:
            best[:] = [old if old == new else STAR for old, new in zip(best, words, strict=True)]
        else:
            best = list(words)
        members.append((text, best))
    return {text: " ".join(words) for text, words in members}


def _likeness(words: list[str], others: list[str]) -> float:
    """Return the share of words that are the same; a place for any value is half alike."""
    same = sum(
        1.0 if one == other else 0.5 if STAR in (one, other) else 0.0
        for one, other in zip(words, others, strict=True)
    )
    return same / len(words)


def severity_sql(text: str) -> str:
    """Return SQL of the worst level that a text names, behind its rank: 0 the worst."""
    found = " ".join(
        f"WHEN regexp_matches({text}, '(?i)\\b{word}(?:ING)?\\b') THEN '{rank}{word}'"
        for rank, word in enumerate(SEVERITIES)
    )
    return f"(CASE {found} END)"
