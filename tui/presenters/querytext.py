"""The words of the Insights modal: state of a run, colours of a query, what to do with a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from config.queries import SavedQuery
from tui.domain.queryruns import Run
from tui.insights.functions import FUNCTIONS
from tui.insights.tokens import tokenize
from tui.insights.words import COMMANDS, RESERVED
from tui.presenters.answer import scan_text
from widgets.text import one_line

SYSTEM_FIELDS: Final = ("@timestamp", "@message", "@logStream", "@log", "@ingestionTime")

FIRST: Final[Mapping[str, str]] = {
    "alb": "slow-endpoints",
    "rds": "database-queries",
    "ecs": "error-rate",
    "logs": "error-rate",
}
"""The query that a pane begins with."""

_WORDS = frozenset(COMMANDS.values()) | {
    "AS", "BY", "OFFSET", "DIRECTION", "LOGFMT", "CSV", "XML", "MULTI", "INTO", "FOR", "ANY", "WITH",
}  # fmt: skip
_KINDS: Mapping[str, str] = {
    "STRING": "string",
    "REGEX": "string",
    "NUMBER": "number",
    "PERIOD": "number",
    "FUNCTION": "function",
}


def colours(text: str) -> list[tuple[int, int, str]]:
    """Return the coloured parts of a query, each as start, end and kind; whatever the text is."""
    tokens, _ = tokenize(text)
    parts = []
    for token in tokens:
        kind = _KINDS.get(token.type, "")
        if token.type in _WORDS or (token.type in ("INFIX", "PREFIX") and token.text[:1].isalpha()):
            kind = "keyword"
        if kind:
            parts.append((token.start, token.end, kind))
    return parts


def words(columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what can complete a word: fields first, then commands and functions."""
    functions = [function.name for function in FUNCTIONS.values()]
    return tuple(dict.fromkeys((*columns, *SYSTEM_FIELDS, *COMMANDS, *functions, *sorted(RESERVED))))


def state_text(run: Run | None, now_s: float) -> str:
    """Return "complete  3 rows, 120 of 4,000 events matched, 1.2 MB scanned, $0.000006, 2.1 s".

    Args:
        run: The run that is shown.
        now_s: Monotonic.
    """
    if run is None:
        return "enter on a name runs it; f5 runs what is written"
    if run.began_s is None:
        return "waiting: three queries run already"
    word = "stopping" if run.is_stopping and not run.has_ended else run.answer.status.lower()
    if run.error is not None:
        word = "failed"
    elif run.answer.status == "Queued":
        word = "starting" if not run.has_ended else "cancelled"
    return f"{word}  {scan_text(run.answer)}, {run.elapsed_s(now_s):.1f} s"


def trouble_text(run: Run | None) -> str:
    """Return why there are no rows, and what to do about it; "" where there are some, or may still be."""
    if run is None or not run.has_ended:
        return ""
    if run.error is not None:
        return f"{run.error.summary} {run.error.hint}".strip()
    if run.answer.rows or run.answer.status != "Complete":
        return "" if run.answer.rows else f"The query ended as {run.answer.status}; f5 runs it again."
    scanned = f"{run.answer.records_scanned:,.0f} events"
    return f"Nothing was found in {scanned}: f3 sets a longer range, f2 other log groups."


def follow_ups(
    catalogue: Mapping[str, SavedQuery], name: str, row: Mapping[str, str]
) -> list[tuple[str, Mapping[str, str]]]:
    """Return the queries that go on from a row: their names, and the values of their parameters."""
    found: list[tuple[str, Mapping[str, str]]] = [
        (other, {asked: row[asked] for asked in query.parameters})
        for other, query in catalogue.items()
        if query.parameters and all(asked in row for asked in query.parameters)
    ]
    own = catalogue.get(name)
    return found + [(other, {}) for other in (own.then if own is not None else ()) if other in catalogue]


def with_filter(text: str, column: str, value: str) -> str:
    """Return a query that begins with a filter of one value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    field = column if column.replace(".", "").replace("_", "").replace("@", "").isalnum() else f"`{column}`"
    return f'filter {field} = "{escaped}"\n| {text.strip()}'


def history_text(run: Run, now_s: float) -> tuple[str, str]:
    """Return name or text of a run, and what it took."""
    title = run.name or one_line(" ".join(run.text.split()), 60)
    return title, f"{run.where} · {state_text(run, now_s)}"


def whole_row(row: Mapping[str, str]) -> str:
    """Return a row with a line for each column."""
    return "\n".join(f"{name}: {value}" for name, value in row.items())
