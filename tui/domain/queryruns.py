"""Insights queries that were asked: what runs, what waits, what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from tui.domain.errors import SourceError
from tui.domain.queries import QueryAnswer

KEPT: Final = 100
"""Runs remembered."""

AT_ONCE: Final = 3
"""Queries that run at the same time; the account shares its limits with everybody else."""

Where = Literal["AWS", "local"]


@dataclass(slots=True)
class Run:
    """A query that was asked.

    Attributes:
        number: From 1.
        name: In the catalogue; "" for one that was written.
        text: As it was sent, parameters filled in.
        groups: Log groups.
        where: Who answers.
        asked_s: When, in epoch seconds.
        began_s: When it began to run, monotonic; None while it waits.
        ended_s: When it ended, monotonic.
        answer: So far.
        error: Why there is no answer.
        is_stopping: Whether somebody wants no more of it.
    """

    number: int
    name: str
    text: str
    groups: tuple[str, ...]
    where: Where
    asked_s: float
    began_s: float | None = None
    ended_s: float | None = None
    answer: QueryAnswer = field(default_factory=QueryAnswer)
    error: SourceError | None = None
    is_stopping: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.ended_s is not None

    def elapsed_s(self, now_s: float) -> float:
        """Return how long it has run, or ran; 0 while it waits.

        Args:
            now_s: Monotonic.
        """
        if self.began_s is None:
            return 0.0
        return (self.ended_s if self.ended_s is not None else now_s) - self.began_s


class Runs:
    """The newest runs, of which `AT_ONCE` may run at a time."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._count = 0

    def __iter__(self) -> Iterator[Run]:
        """Yield the runs, the newest first."""
        return reversed(self._runs)

    @property
    def newest(self) -> Run | None:
        """The last one asked."""
        return self._runs[-1] if self._runs else None

    def add(self, name: str, text: str, groups: tuple[str, ...], where: Where, now_s: float) -> Run:
        """Remember a query that is asked; the oldest that has ended is forgotten."""
        self._count += 1
        run = Run(self._count, name, text, groups, where, now_s)
        self._runs.append(run)
        if len(self._runs) > KEPT:
            self._runs.remove(next((each for each in self._runs if each.has_ended), self._runs[0]))
        return run

    def startable(self) -> list[Run]:
        """Return those that wait and may begin, the oldest first."""
        open_runs = [each for each in self._runs if not each.has_ended]
        running = sum(each.began_s is not None for each in open_runs)
        waiting = [each for each in open_runs if each.began_s is None]
        return waiting[: max(0, AT_ONCE - running)]
