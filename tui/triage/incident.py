"""An incident as data: its breaches from the first edge until all have been closed for a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from config.levels import Level

QUIET_S: Final = 300.0
"""An incident is over once everything has been closed for this long, seconds."""
LEAD_S: Final = 1800.0
"""The record tells what happened from this long before the first breach, seconds."""
UNSEEN_S: Final = 300.0
"""Without a judgement for longer than this, seconds, nobody has seen what closed meanwhile."""
MOST_BREACHES: Final = 200
"""Breaches kept of one incident; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A breach as one judgement sees it.

    Attributes:
        id: Metric id or state rule.
        resource: Name of the resource.
        level: Of now.
        sentence: Of now, sanitised.
        since_s: When it opened, epoch seconds; None where it is not known.
        title: Name of the metric; "" for a state rule.
        unit: The metric's unit; "" for a state rule.
        value: Newest settled value, or None.
        limit: The limit that is broken, or None.
        below: Whether low values are the bad ones.
        is_from_start: It holds the first point at hand, or nobody knows since when: it may have opened
            earlier.
    """

    id: str
    resource: str
    level: Level
    sentence: str
    since_s: float | None = None
    title: str = ""
    unit: str = ""
    value: float | None = None
    limit: float | None = None
    below: bool = False
    is_from_start: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What is breached: (id, resource)."""
        return self.id, self.resource


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of an incident, from opening to closing.

    Attributes:
        worst: As it was seen at its worst.
        level: As it was seen last.
        opened_s: Epoch seconds.
        closed_s: Epoch seconds; None while it goes on.
        is_opening_known: False: it was there already when it was first looked at.
        unseen_s: Nobody looked from then until `closed_s`, epoch seconds: it closed in between. None where
            the closing was seen.
    """

    worst: Sighting
    level: Level
    opened_s: float
    closed_s: float | None = None
    is_opening_known: bool = True
    unseen_s: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What is breached: (id, resource)."""
        return self.worst.key


@dataclass(frozen=True, slots=True)
class Tick:
    """A runbook step that is done.

    Attributes:
        id: Of the step: `tick_id`.
        at_s: When, epoch seconds.
    """

    id: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Incident:
    """Breaches that belong together by time.

    Attributes:
        id: Made of the time of the first breach.
        opened_s: Of the first breach, epoch seconds.
        breaches: In order of their opening as they were seen.
        seen_s: The last judgement that was taken in, epoch seconds.
        ticked: The runbook steps that are done, in order of time.
        left_out: Breaches beyond `MOST_BREACHES`.
    """

    id: str
    opened_s: float
    breaches: tuple[Breach, ...]
    seen_s: float
    ticked: tuple[Tick, ...] = ()
    left_out: int = 0

    @property
    def closed_s(self) -> float | None:
        """When the last breach closed, epoch seconds; None while one goes on."""
        ends = [one.closed_s for one in self.breaches]
        known = [one for one in ends if one is not None]
        return max(known) if known and len(known) == len(ends) else None

    def is_over(self, now_s: float) -> bool:
        """Whether everything has been closed for `QUIET_S`."""
        return self.closed_s is not None and now_s - self.closed_s >= QUIET_S

    @property
    def worst(self) -> Breach:
        """The worst breach: by level, then the earliest."""
        return min(self.breaches, key=lambda one: (-one.worst.level.rank, one.opened_s, one.key))


def incident_id(opened_s: float) -> str:
    """Return an incident's id: the time of its first breach in UTC."""
    return datetime.fromtimestamp(opened_s, UTC).strftime("%Y%m%dT%H%M%SZ")


def tick_id(key: tuple[str, str], book: str, number: int) -> str:
    """Return a step's id: of the breach, the runbook and the number in it, from 0."""
    return "|".join((key[0], key[1], book, str(number)))


def observe(incident: Incident | None, seen: Iterable[Sighting], at_s: float) -> Incident | None:
    """Return the incident after one more judgement.

    The whole state is taken in, not its edges: one that comes twice changes nothing, and one older
    than the last is left out.

    Args:
        incident: What is known; None for none.
        seen: All that is breached.
        at_s: When it was judged, epoch seconds.
    """
    current = {one.key: one for one in seen}
    if incident is not None and at_s < incident.seen_s:
        return incident
    if incident is None or (incident.is_over(at_s) and current):
        return _opened(current.values(), at_s) if current else incident
    # A console that was shut, paused or asleep has not seen the end.
    unseen_s = incident.seen_s if at_s - incident.seen_s > UNSEEN_S else None
    kept: list[Breach] = []
    for breach in incident.breaches:
        now = current.pop(breach.key, None) if breach.closed_s is None else None
        if breach.closed_s is None:
            ended = replace(breach, closed_s=at_s, unseen_s=unseen_s)
            breach = ended if now is None else _gone_on(breach, now)
        kept.append(breach)
    room = max(0, MOST_BREACHES - len(kept))
    fresh = [_breach(one, max(incident.opened_s, one.since_s or at_s), at_s) for one in current.values()]
    # Those left out are counted once: they are seen again by every judgement.
    left_out = max(incident.left_out, len(fresh[room:]))
    return replace(incident, breaches=(*kept, *fresh[:room]), seen_s=at_s, left_out=left_out)


def _opened(seen: Iterable[Sighting], at_s: float) -> Incident:
    ordered = sorted(seen, key=lambda one: (-one.level.rank, one.since_s or at_s, one.key))
    breaches = [_breach(one, one.since_s or at_s, at_s) for one in ordered[:MOST_BREACHES]]
    start = min(one.opened_s for one in breaches)
    return Incident(incident_id(start), start, tuple(breaches), at_s, left_out=len(ordered[MOST_BREACHES:]))


def _breach(one: Sighting, opened_s: float, at_s: float) -> Breach:
    return Breach(one, one.level, min(opened_s, at_s), is_opening_known=not one.is_from_start)


def _gone_on(breach: Breach, now: Sighting) -> Breach:
    return replace(breach, level=now.level, worst=now if _is_worse(now, breach.worst) else breach.worst)


def _is_worse(now: Sighting, worst: Sighting) -> bool:
    if now.level.rank != worst.level.rank:
        return now.level.rank > worst.level.rank
    if now.value is None or worst.value is None:
        return worst.value is None and now.value is not None
    return now.value < worst.value if now.below else now.value > worst.value
