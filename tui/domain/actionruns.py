"""A run of an action as this console sees it while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.domain.plan import Outcome, Status


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action that something on the screen leads to.

    Attributes:
        action: Its id.
        values: What its form holds at first.
        target: The resource that it is applied to; "" for the first of its kind.
    """

    action: str
    values: Mapping[str, str] = field(default_factory=dict)
    target: str = ""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """One application of a plan by this console, or one that it watches after it was cut off.

    Attributes:
        number: Counts from 1 within this console.
        action: The action's id.
        target: The resource's name.
        title: What is done to what.
        steps: What each step does.
        began_s: Epoch seconds.
        values: What the form held, to begin again from.
        run: Its number in the audit log; "" until the first step is sent.
        at: Number of the step under way, from 0.
        seen: What was told last.
        is_resumed: Whether it was begun by an earlier process.
        undo_of: The run that it takes back; "" otherwise.
        ended_s: Epoch seconds; None while it runs.
        outcome: How it ended; None while it runs.
    """

    number: int
    action: str
    target: str
    title: str
    steps: tuple[str, ...]
    began_s: float
    values: Mapping[str, str] = field(default_factory=dict)
    run: str = ""
    at: int = 0
    seen: str = ""
    is_resumed: bool = False
    undo_of: str = ""
    ended_s: float | None = None
    outcome: Outcome | None = None

    def state_of(self, number: int) -> str:
        """Return how a step stands: left, running, sent (not seen to be in force), verified or failed."""
        outcome = self.outcome
        if outcome is not None and outcome.status is Status.DONE:
            return "verified"
        if outcome is not None and not self.run:
            return "left"
        if number != self.at:
            return "verified" if number < self.at else "left"
        if outcome is None:
            return "running"
        return "sent" if outcome.status is Status.UNSTABLE else "failed"
