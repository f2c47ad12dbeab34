"""Which commands may stand where, and how often.

Sources: CWL_QuerySyntax-Dedup, -Stats, -Limit, -Sort, -Join, -Diff, -Estimate, -Source.html in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/, and answers of the service that were made public:
"unexpected symbol found sort" behind dedup, "Diff operation has to be used after Pattern".
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.insights.rules.findings import Report
from tui.insights.tree import (
    Command,
    Dedup,
    Display,
    Fields,
    Limit,
    Other,
    Pattern,
    Query,
    Sort,
    Stats,
)
from tui.insights.walk import subqueries

MAX_ROWS = 100_000
_MAX_STATS = 10


def check(query: Query, report: Report) -> None:
    """Report the commands that stand where they may not."""
    _behind_dedup(query.commands, report)
    _behind_pattern(query.commands, report)
    _stats(query.commands, report)
    for index, command in enumerate(query.commands):
        if isinstance(command, Other):
            _other(query.commands, index, report)
        elif isinstance(command, Limit):
            _limit(command, report)
        elif isinstance(command, Sort):
            _directions(command, report)


def check_inner(query: Query, report: Report) -> None:
    """Report what a subquery may not hold."""
    for inner in subqueries(query):
        report.error(
            "subquery",
            "A subquery holds no other subquery: run them one after the other.",
            inner.commands[0].span,
        )


def word_of(command: Command, report: Report) -> str:
    """Return the word that a command begins with, in lower case."""
    return report.written(command.span).split(None, 1)[0].lower()


def _behind_dedup(commands: Sequence[Command], report: Report) -> None:
    deduped: Dedup | None = None
    for index, command in enumerate(commands):
        if isinstance(command, Dedup) and deduped is None:
            deduped = command
        elif deduped is None or isinstance(command, Limit) or _is(command, "estimate"):
            continue
        elif isinstance(command, Fields | Display):
            report.warn(
                "dedup",
                f"Only limit is sure to work behind dedup: put {_word(command)} first.",
                command.span,
            )
        else:
            fix, replaces = "", None
            if isinstance(command, Sort) and commands[index - 1] is deduped:
                fix = f"{report.written(command.span)} | {report.written(deduped.span)}"
                replaces = (deduped.span.start, command.span.end)
            word = word_of(command, report)
            report.error(
                "dedup",
                f"Only limit may stand behind dedup: put {word} first.",
                command.span,
                fix,
                replaces,
            )


def _behind_pattern(commands: Sequence[Command], report: Report) -> None:
    has_pattern = False
    for command in commands:
        has_pattern = has_pattern or isinstance(command, Pattern)
        if isinstance(command, Other) and command.word in ("diff", "anomaly") and not has_pattern:
            report.error(
                "pattern-first",
                f"{command.word} works on patterns: write pattern @message | {command.word}",
                command.span,
                f"pattern @message | {command.text}",
            )


def _stats(commands: Sequence[Command], report: Report) -> None:
    places = [index for index, command in enumerate(commands) if isinstance(command, Stats)]
    if len(places) > _MAX_STATS:
        report.error("many-stats", f"Write at most {_MAX_STATS} stats.", commands[places[_MAX_STATS]].span)
    if len(places) < 2:
        return
    for command in commands[: places[-1]]:
        if isinstance(command, Sort | Limit):
            word = word_of(command, report)
            report.error(
                "before-stats", f"Where stats stands twice, {word} follows the last one.", command.span
            )


def _other(commands: Sequence[Command], index: int, report: Report) -> None:
    command = commands[index]
    word = command.word if isinstance(command, Other) else ""
    if word == "estimate" and index != len(commands) - 1:
        report.error("estimate", "Write estimate as the last command.", command.span)
    if word == "source" and index != 0:
        report.error("source", "Write SOURCE as the first command.", command.span)
    if word == "join" and any(_is(earlier, "join") for earlier in commands[:index]):
        report.error("join", "A query has at most one join.", command.span)


def _limit(command: Limit, report: Report) -> None:
    how = f"{command.word} any" if command.is_any else command.word
    if command.count > MAX_ROWS:
        report.error(
            "limit", f"Write a limit of at most {MAX_ROWS:,} rows.", command.span, f"{how} {MAX_ROWS}"
        )
    elif command.count == 0:
        report.error("limit", f"Write a limit of 1 to {MAX_ROWS:,} rows.", command.span)
    if command.word != "limit":
        report.warn(
            "deprecated",
            f"{command.word} is deprecated: write limit.",
            command.span,
            f"limit {command.count}" if command.word == "head" else "",
        )


def _directions(command: Sort, report: Report) -> None:
    for key in command.keys:
        if key.is_descending is None:
            fix = f"{report.written(key.span)} asc"
            report.warn("direction", "Write asc or desc: AWS does not state the default.", key.span, fix)


def _is(command: Command, word: str) -> bool:
    return isinstance(command, Other) and command.word == word


def _word(command: Command) -> str:
    return type(command).__name__.lower()
