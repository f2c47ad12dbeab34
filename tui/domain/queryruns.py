"""Runs of Insights queries: what was asked, what has come of it, and the list of those that have ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

from tui.domain.queries import QueryAnswer

MOST_REMEMBERED: Final = 100
"""Runs in the history."""

ESTIMATE: Final = "\n| estimate"
"""Put behind a query, it gives the bytes that the query would scan; it runs nothing and is not billed.

docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Estimate.html
"""


def is_estimating(text: str) -> bool:
    """Whether a query ends in `estimate`."""
    return text.rstrip().lower().replace(" ", "").endswith("|estimate")


class Place(enum.Enum):
    """Who answers."""

    AWS = "AWS"
    LOCAL = "local"

    @property
    def other(self) -> Place:
        """The other one of the two."""
        return Place.LOCAL if self is Place.AWS else Place.AWS


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        text: The query, its parameters filled in.
        name: Its name in the catalogue; "" for one that was written by hand.
        groups: Names or globs of log groups.
        start_s: Epoch seconds.
        end_s: Epoch seconds.
        place: Who is asked.
    """

    text: str
    name: str
    groups: tuple[str, ...]
    start_s: float
    end_s: float
    place: Place = Place.AWS


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a run has failed.

    Attributes:
        message: Sentences: what failed and what to do.
        start: Offset in the query's text of the first character that is meant; None where no place is named.
        end: Offset behind the last one.
    """

    message: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a query.

    Attributes:
        number: Counts the runs of this process from 1.
        question: What is asked.
        answer: What has come so far.
        fault: Why it failed; None while it has not.
        asked_s: Epoch seconds at which it was asked for.
        began_s: The same at which it was sent; None while it waits for one of its own to end.
        ended_s: The same at which its last answer came; None until then.
        is_stopping: Whether it was told to stop.
    """

    number: int
    question: Question
    asked_s: float
    answer: QueryAnswer = field(default_factory=QueryAnswer)
    fault: Fault | None = None
    began_s: float | None = None
    ended_s: float | None = None
    is_stopping: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.ended_s is not None

    @property
    def estimated_bytes(self) -> float | None:
        """The bytes that an estimate tells; None for any other run, or before it has told them."""
        rows = self.answer.rows
        if not is_estimating(self.question.text) or len(rows) != 1:
            return None
        # The column has no documented name; its value is the only number.
        numbers = [number for number in map(_number, rows[0].values()) if number is not None]
        return numbers[0] if len(numbers) == 1 else None

    def elapsed_s(self, now_s: float) -> float:
        """Return how long it has been running, seconds; 0 while it waits."""
        if self.began_s is None:
            return 0.0
        return max(0.0, (now_s if self.ended_s is None else self.ended_s) - self.began_s)


@dataclass(frozen=True, slots=True)
class Past:
    """A run that has ended, without its rows.

    Attributes:
        at_s: Epoch seconds at which it was asked for.
        text: The query.
        name: Its name in the catalogue; "" for one written by hand.
        status: The service's last word, or "Refused".
        rows: How many came.
        dollars: What the scan cost.
        place: Who answered.
    """

    at_s: float
    text: str
    name: str
    status: str
    rows: int
    dollars: float
    place: Place = Place.AWS


def past_of(run: Run) -> Past:
    """Return what the history keeps of a run that has ended."""
    answer, question = run.answer, run.question
    status = answer.status if run.fault is None else "Refused"
    return Past(
        run.asked_s, question.text, question.name, status, len(answer.rows), answer.dollars, question.place
    )


def remembered(history: tuple[Past, ...], past: Past) -> tuple[Past, ...]:
    """Return the history with one more, the newest first, at most `MOST_REMEMBERED`."""
    return (past, *history)[:MOST_REMEMBERED]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e18 else None
