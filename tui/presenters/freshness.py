"""How fresh a pane's data is, and what is wrong with the sources behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.units import coarse_age
from widgets.model import SourceState

Kind = Literal["loading", "live", "stale", "error", "throttled", "expired", "paused"]

_BADNESS: tuple[Kind, ...] = ("live", "paused", "loading", "stale", "throttled", "error", "expired")
_LATE_PERIODS = 3.0
_LATE_AT_LEAST_S = 60.0


def error_text(error: SourceError) -> str:
    """Return what failed and what to do next, as one text."""
    key = "Then press r." if error.kind is ErrorKind.EXPIRED_CREDENTIALS else ""
    return " ".join(part for part in (error.summary, error.hint, key) if part)


def permission_text(error: SourceError) -> str:
    """Return "no permission: rds:DescribeDBInstances" for a refused action, else what failed."""
    if error.kind is ErrorKind.ACCESS_DENIED and error.action:
        return f"no permission: {error.action}"
    return error.summary


def age_of(entry: Entry[Any], now_s: float) -> float | None:
    """Return the seconds since the last good snapshot arrived; None while there is none."""
    return None if entry.at_s is None else max(0.0, now_s - entry.at_s)


def is_late(entry: Entry[Any], now_s: float) -> bool:
    """Return whether a snapshot is older than its cadence explains."""
    age = age_of(entry, now_s)
    return age is not None and age > max(_LATE_PERIODS * entry.period_s, entry.period_s + _LATE_AT_LEAST_S)


def kind_of(entry: Entry[Any], now_s: float) -> Kind:
    """Return the condition of one source."""
    if entry.error is not None:
        if entry.error.kind is ErrorKind.EXPIRED_CREDENTIALS:
            return "expired"
        if entry.error.kind is ErrorKind.THROTTLED:
            return "throttled"
        return "error" if entry.snapshot is None else "stale"
    if entry.paused:
        return "paused"
    if entry.snapshot is None:
        return "loading"
    return "stale" if is_late(entry, now_s) else "live"


def source_state(entries: Sequence[Entry[Any]], now_s: float, problems: Iterable[str] = ()) -> SourceState:
    """Return the state of a pane that draws on several sources: the worst of theirs.

    A live pane tells no age, so that it stays equal, and unpainted, while nothing changes.

    Args:
        entries: The sources of the pane, at least one.
        now_s: Epoch seconds.
        problems: Parts that could not be read although the source answered, as sentences.
    """
    kinds = [kind_of(entry, now_s) for entry in entries]
    worst = max(kinds, key=_BADNESS.index)
    concerned = [entry for entry, kind in zip(entries, kinds, strict=True) if kind == worst]
    messages = list(dict.fromkeys(error_text(one.error) for one in entries if one.error is not None))
    if worst == "stale" and not messages:
        messages.append("No fresh data: the last request has not been answered yet.")
    messages.extend(one for one in problems if one not in messages)
    ages = [age for entry in concerned if (age := age_of(entry, now_s)) is not None]
    told = coarse_age(max(ages)) if ages and worst not in ("live", "loading") else ""
    return SourceState(worst, told, " ".join(messages))
