"""Rules of the gate: which calls are delayed, refused or cut off, how often and for how long."""

from __future__ import annotations

import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.calls import Call


@dataclass(slots=True)
class Rule:
    """What shall happen to matching calls.

    Attributes:
        id: Handle for removal.
        service: As boto3 names it; "*" for all.
        operation: Operation name; "*" for all.
        delay_s: Real seconds to wait before the call is served.
        code: AWS error code to fail with, "" to serve the call.
        status: HTTP status of the failure.
        message: The failure's text.
        drop: Whether the connection is cut instead of answered.
        remaining: How many calls it still applies to; None for no limit.
        share: The part of the calls that it applies to, above 0 and up to 1.
        seed: The same seed picks the same calls.
        seconds: Real seconds from its making on that it applies for; None for no limit.
    """

    id: int
    service: str = "*"
    operation: str = "*"
    delay_s: float = 0.0
    code: str = ""
    status: int = 400
    message: str = ""
    drop: bool = False
    remaining: int | None = None
    share: float = 1.0
    seed: int = 1
    seconds: float | None = None
    _random: random.Random = field(init=False, repr=False)
    _made: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share}; give a number above 0 and up to 1")
        self._random = random.Random(self.seed)  # noqa: S311
        self._made = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether its calls are used up or its time has passed."""
        if self.remaining is not None and self.remaining <= 0:
            return True
        return self.seconds is not None and time.monotonic() >= self._made + self.seconds

    def draw(self, call: Call) -> bool:
        """Whether the rule applies to the call; one that it applies to is counted."""
        if self.service not in ("*", call.service) or self.operation not in ("*", call.operation):
            return False
        if self.is_over or (self.share < 1 and self._random.random() >= self.share):
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True


class RuleBook:
    """The rules in force. Safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rules: list[Rule] = []

    def add(self, **wanted: Any) -> int:
        """Add a rule of these fields; return its id.

        Raises:
            TypeError: There is no such field.
            ValueError: The share is out of range.
        """
        rule = Rule(id=next(self._ids), **wanted)
        with self._lock:
            self._rules.append(rule)
        return rule.id

    def remove(self, number: int) -> None:
        """Remove a rule; one that is gone already is no error."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule.id != number]

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()

    def take(self, call: Call) -> list[Rule]:
        """Return the rules that apply to a call, in the order of their making."""
        with self._lock:
            chosen = [rule for rule in self._rules if rule.draw(call)]
            self._rules = [rule for rule in self._rules if not rule.is_over]
            return chosen
