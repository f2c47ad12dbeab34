"""What the names of a query mean at one of its commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tui.insights.engine.values import Value

Discover = Callable[[tuple[str | int, ...]], Value]


@dataclass(slots=True)
class Moments:
    """The moments that functions can ask for, in milliseconds since 1970; None: no range is set."""

    now_ms: int
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(slots=True)
class Scope:
    """The names that an expression may use.

    Attributes:
        moments: Of the query.
        names: What commands have made, and the fields of the events that every event has.
        discover: Finds a field in the events; None behind the first stats, where only its columns are left.
        time: The events' time, which bin reads; None where it is gone.
    """

    moments: Moments
    discover: Discover | None = None
    names: Mapping[str, Value] = field(default_factory=dict)
    time: Value | None = None
