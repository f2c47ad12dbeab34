"""CloudWatch Logs' events: per group in order of time, bounded, found by bisection."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_EVENTS = 300_000
"""Events kept per group."""
PAGE_EVENTS = 10_000
PAGE_BYTES = 1_048_576
_SCAN_EVENTS = 100_000
"""Events looked at for one page: a page may be empty and still have a token, as on the service."""


class StoredEvent(NamedTuple):
    """One event; the order of the fields is the order of events."""

    time_ms: int
    ingested_ms: int
    number: int
    stream: str
    message: str

    @property
    def id(self) -> str:
        """CloudWatch's eventId."""
        return f"{self.time_ms:020d}{self.number:036d}"


class Page(NamedTuple):
    """A page of events."""

    events: list[StoredEvent]
    token: str | None
    """Where the next page begins; None at the end."""


@dataclass(slots=True)
class StreamFacts:
    """What DescribeLogStreams tells of a stream, milliseconds and bytes."""

    first_ms: int
    last_ms: int
    ingested_ms: int
    bytes: int = 0


@dataclass(slots=True)
class _Group:
    events: list[StoredEvent] = field(default_factory=list)
    streams: dict[str, StreamFacts] = field(default_factory=dict)
    bytes: int = 0


class LogStore:
    """All log events of the sandbox. Safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._groups: dict[str, _Group] = {}
        self._number = 0

    def add(self, group: str, stream: str, time_ms: int, message: str, ingested_ms: int) -> None:
        """Store an event."""
        with self._lock:
            self._number += 1
            kept = self._groups.setdefault(group, _Group())
            event = StoredEvent(time_ms, ingested_ms, self._number, stream, message)
            if not kept.events or event > kept.events[-1]:
                kept.events.append(event)
            else:
                insort(kept.events, event)
            kept.bytes += len(message)
            facts = kept.streams.get(stream)
            if facts is None:
                facts = kept.streams[stream] = StreamFacts(time_ms, time_ms, ingested_ms)
            facts.first_ms, facts.last_ms = min(facts.first_ms, time_ms), max(facts.last_ms, time_ms)
            facts.ingested_ms = max(facts.ingested_ms, ingested_ms)
            facts.bytes += len(message)
            if len(kept.events) > MAX_EVENTS * 1.1:
                del kept.events[: len(kept.events) - MAX_EVENTS]

    def page(
        self,
        group: str,
        start_ms: int,
        end_ms: int | None,
        matches: Callable[[StoredEvent], bool],
        limit: int = PAGE_EVENTS,
        token: str | None = None,
    ) -> Page:
        """Return events from `start_ms` to before `end_ms` (FilterLogEvents' endTime is exclusive).

        Raises:
            ValueError: The token is none of ours.
        """
        first: tuple[int, ...] = (start_ms,) if token is None else _position(token)
        with self._lock:
            events = self._groups[group].events if group in self._groups else []
            low = bisect_left(events, first)
            high = len(events) if end_ms is None else bisect_left(events, (end_ms,))
            scanned = events[low : min(high, low + _SCAN_EVENTS)]
            is_cut = low + _SCAN_EVENTS < high
        found: list[StoredEvent] = []
        size = 0
        for event in scanned:
            if not matches(event):
                continue
            size += len(event.message) + 26
            if len(found) == limit or (size > PAGE_BYTES and found):
                return Page(found, _token(event))
            found.append(event)
        return Page(found, _token(events[low + _SCAN_EVENTS]) if is_cut else None)

    def stream_events(self, group: str, stream: str, start_ms: int, end_ms: int | None) -> list[StoredEvent]:
        """Return the events of one stream in order of time."""
        with self._lock:
            events = self._groups[group].events if group in self._groups else []
            low = bisect_left(events, (start_ms,))
            high = len(events) if end_ms is None else bisect_left(events, (end_ms,))
            return [event for event in events[low:high] if event.stream == stream]

    def streams(self, group: str) -> dict[str, StreamFacts]:
        """Return the facts of the group's streams by name."""
        with self._lock:
            return dict(self._groups[group].streams) if group in self._groups else {}

    def stored_bytes(self, group: str) -> int:
        """Return how many bytes were ever ingested into the group."""
        with self._lock:
            return self._groups[group].bytes if group in self._groups else 0

    def remove(self, group: str) -> None:
        """Forget a group."""
        with self._lock:
            self._groups.pop(group, None)


def _token(event: StoredEvent) -> str:
    return f"{event.time_ms}.{event.ingested_ms}.{event.number}"


def _position(token: str) -> tuple[int, int, int]:
    try:
        time_ms, ingested_ms, number = token.split(".")
        return int(time_ms), int(ingested_ms), int(number)
    except ValueError:
        raise ValueError("The specified nextToken is invalid.") from None
