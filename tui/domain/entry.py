"""The latest that is known from one source: its snapshot, its age, and what went wrong since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.domain.errors import SourceError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A source's place in the store. Times are epoch seconds of the console's clock.

    A failing source keeps its last good snapshot: `error` then says what failed since.
    """

    snapshot: T | None = None
    at_s: float | None = None
    """When the snapshot arrived."""
    error: SourceError | None = None
    """None after a success."""
    error_at_s: float | None = None
    duration_s: float = 0.0
    """Of the last fetch."""
    next_at_s: float | None = None
    """When the next fetch starts; None while one runs or while suspended."""
    period_s: float = 0.0
    paused: bool = False
