"""CloudWatch Logs' events: per group in order of time, bounded, found by bisection."""

from __future__ import annotations

import heapq
import random
import threading
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.domain.clock import Clock

MAX_EVENTS = 300_000
"""Events kept per group."""
PAGE_EVENTS = 10_000
PAGE_BYTES = 1_048_576
FEED_EVENTS = 5_000
"""Events that wait for a slow reader of a feed."""
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


@dataclass(frozen=True, slots=True)
class Lateness:
    """Which events are ingested late, and how late.

    Attributes:
        share: The part of the events, 0 to 1.
        seconds: The longest delay, in the sandbox's time.
        at_least: The shortest one; delays lie evenly between the two.
        stream_prefix: Only events of streams that begin with it.
        seed: The same seed delays the same events.
    """

    share: float
    seconds: float
    at_least: float
    stream_prefix: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}; give a number from 0 to 1")
        if not 0 <= self.at_least <= self.seconds:
            raise ValueError("at_least must lie between 0 and seconds")


class Feed:
    """Events of some groups as they are ingested; the oldest are dropped when nobody takes them."""

    def __init__(self, store: LogStore, groups: Iterable[str]) -> None:
        self.groups = frozenset(groups)
        self._store = store
        self._waiting: deque[tuple[str, StoredEvent]] = deque(maxlen=FEED_EVENTS)

    def put(self, group: str, event: StoredEvent) -> None:
        """Take an event that was ingested; the store calls it."""
        self._waiting.append((group, event))

    def take(self) -> list[tuple[str, StoredEvent]]:
        """Return the events since the last call, each with its group, in the order of ingestion."""
        self._store.release()
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def close(self) -> None:
        """Get no more events."""
        self._store.unfollow(self)


class LogStore:
    """All log events of the sandbox. Safe for use by several threads.

    An event that is ingested late is not to be seen before its ingestion time.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._groups: dict[str, _Group] = {}
        self._number = 0
        self._pending: list[tuple[int, int, str, StoredEvent]] = []
        self._feeds: list[Feed] = []
        self._lateness: Lateness | None = None
        self._random = random.Random()  # noqa: S311 (seeded by delay)

    def delay(self, lateness: Lateness | None) -> None:
        """Let events that come from here on be late; None ends it, and what is late already stays so."""
        with self._lock:
            self._lateness = lateness
            self._random = random.Random(lateness.seed if lateness else 0)  # noqa: S311

    def add(self, group: str, stream: str, time_ms: int, message: str, ingested_ms: int) -> None:
        """Store an event, or let it wait for its ingestion if it is to be late."""
        with self._lock:
            self._number += 1
            late_ms = self._draw(stream)
            event = StoredEvent(time_ms, ingested_ms + late_ms, self._number, stream, message)
            if late_ms:
                heapq.heappush(self._pending, (event.ingested_ms, event.number, group, event))
            else:
                self._keep(group, event)

    def release(self) -> None:
        """Ingest the late events that are due."""
        if not self._pending:
            return
        now_ms = self._clock.now() * 1000
        with self._lock:
            while self._pending and self._pending[0][0] <= now_ms:
                _due, _number, group, event = heapq.heappop(self._pending)
                self._keep(group, event)

    def follow(self, groups: Iterable[str]) -> Feed:
        """Return a feed of what these groups ingest from here on."""
        feed = Feed(self, groups)
        with self._lock:
            self._feeds.append(feed)
        return feed

    def unfollow(self, feed: Feed) -> None:
        """End a feed."""
        with self._lock:
            self._feeds = [one for one in self._feeds if one is not feed]

    def _draw(self, stream: str) -> int:
        late = self._lateness
        if late is None or not stream.startswith(late.stream_prefix) or self._random.random() >= late.share:
            return 0
        return round(self._random.uniform(late.at_least, late.seconds) * 1000)

    def _keep(self, group: str, event: StoredEvent) -> None:
        kept = self._groups.setdefault(group, _Group())
        if not kept.events or event > kept.events[-1]:
            kept.events.append(event)
        else:
            insort(kept.events, event)
        size = len(event.message)
        kept.bytes += size
        facts = kept.streams.get(event.stream)
        if facts is None:
            facts = kept.streams[event.stream] = StreamFacts(event.time_ms, event.time_ms, event.ingested_ms)
        facts.first_ms, facts.last_ms = min(facts.first_ms, event.time_ms), max(facts.last_ms, event.time_ms)
        facts.ingested_ms = max(facts.ingested_ms, event.ingested_ms)
        facts.bytes += size
        for feed in self._feeds:
            if group in feed.groups:
                feed.put(group, event)
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
        self.release()
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

    def between(self, group: str, start_ms: int, end_ms: int) -> list[StoredEvent]:
        """Return a group's events of a range of time, both ends inclusive, in order of time."""
        with self._lock:
            kept = self._groups.get(group)
            if kept is None:
                return []
            first = bisect_left(kept.events, (start_ms,))
            return kept.events[first : bisect_left(kept.events, (end_ms + 1,))]

    def stream_events(self, group: str, stream: str, start_ms: int, end_ms: int | None) -> list[StoredEvent]:
        """Return the events of one stream in order of time."""
        self.release()
        with self._lock:
            events = self._groups[group].events if group in self._groups else []
            low = bisect_left(events, (start_ms,))
            high = len(events) if end_ms is None else bisect_left(events, (end_ms,))
            return [event for event in events[low:high] if event.stream == stream]

    def streams(self, group: str) -> dict[str, StreamFacts]:
        """Return the facts of the group's streams by name."""
        self.release()
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
            self._pending = [one for one in self._pending if one[2] != group]
            heapq.heapify(self._pending)


def _token(event: StoredEvent) -> str:
    return f"{event.time_ms}.{event.ingested_ms}.{event.number}"


def _position(token: str) -> tuple[int, int, int]:
    try:
        time_ms, ingested_ms, number = token.split(".")
        return int(time_ms), int(ingested_ms), int(number)
    except ValueError:
        raise ValueError("The specified nextToken is invalid.") from None
