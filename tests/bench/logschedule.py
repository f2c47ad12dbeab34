"""A seeded schedule of log events: when each was written, when it became readable, and pages of them."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

PAGE_EVENTS = 10_000
PAGE_BYTES = 1_000_000
"""FilterLogEvents hands out at most this many events and bytes of messages a page."""

_TEXT = (
    '{{"id":"e{number:09d}","level":"{level}","status_code":{status},"response_time":{ms},"path":"/api/x"}}'
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule is made from; equal plans make equal schedules.

    Attributes:
        start_ms: Time of the first event, epoch milliseconds.
        events: How many.
        seconds: From the first event to the last.
        streams: Over how many streams they are spread.
        late_share: Share of the events that become readable up to `late_s` seconds after their time.
        late_s: At most so late.
        very_late: How many events become readable only after `very_late_s`.
        very_late_s: So late are these.
        seed: Of everything random.
        group: Name of the log group.
    """

    start_ms: int
    events: int
    seconds: float
    streams: int = 20
    late_share: float = 0.0
    late_s: float = 50.0
    very_late: int = 0
    very_late_s: float = 90.0
    seed: int = 1
    group: str = "/bench/feed"

    @property
    def end_ms(self) -> int:
        """When the last event has become readable, epoch milliseconds."""
        late_s = self.very_late_s if self.very_late else self.late_s if self.late_share else 0.0
        return self.start_ms + int((self.seconds + late_s) * 1000) + 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page of FilterLogEvents.

    Attributes:
        body: The events as JSON objects, separated by commas.
        count: How many.
        position: Where the next page begins; None when nothing readable follows.
    """

    body: bytes
    count: int
    position: int | None


class Schedule:
    """All events of a plan, in the service's order (time, ingestion, id), serialised once.

    Args:
        plan: What to make.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.streams = tuple(f"app/web/{number:032x}" for number in range(plan.streams))
        delays = _delays_ms(plan)
        self._step_ms = plan.seconds * 1000 / max(1, plan.events)
        rows = sorted(
            (self.time_of(number), self.time_of(number) + delays[number], number)
            for number in range(plan.events)
        )
        self._numbers = array("L", (row[2] for row in rows))
        self._times = array("q", (row[0] for row in rows))
        self._readable = array("q", (row[1] for row in rows))
        self._streams = array("H", (row[2] % plan.streams for row in rows))
        self._sizes = array("I")
        parts = []
        for at, readable, number in rows:
            message = message_of(number)
            self._sizes.append(len(message))
            quoted = message.replace('"', '\\"')
            parts.append(
                f'{{"eventId":"{number:056d}","ingestionTime":{readable},"logStreamName":'
                f'"{self.streams[number % plan.streams]}","message":"{quoted}","timestamp":{at}}},'.encode()
            )
        self._ends = array("Q", itertools.accumulate(map(len, parts)))
        self._blob = b"".join(parts)

    def __len__(self) -> int:
        return len(self._times)

    def numbers(self) -> list[int]:
        """Return the events' numbers in the service's order."""
        return list(self._numbers)

    def time_of(self, number: int) -> int:
        """Return when an event was written, epoch milliseconds."""
        return self.plan.start_ms + int(number * self._step_ms)

    def readable(self, now_ms: int) -> int:
        """Return how many events can be read at a moment."""
        return sum(at <= now_ms for at in self._readable)

    def late(self, seconds: float) -> frozenset[int]:
        """Return the numbers of the events that become readable later than this after their time."""
        delays = _delays_ms(self.plan)
        return frozenset(number for number, delay in enumerate(delays) if delay > seconds * 1000)

    def span(self, stream: int) -> tuple[int, int]:
        """Return the times of the first and the last event of a stream, epoch milliseconds."""
        times = [self._times[index] for index in range(len(self)) if self._streams[index] == stream]
        return (times[0], times[-1]) if times else (0, 0)

    def page(
        self,
        now_ms: int,
        start_ms: int,
        end_ms: int | None,
        position: int = 0,
        *,
        streams: frozenset[int] | None = None,
        limit: int = PAGE_EVENTS,
    ) -> Page:
        """Return the events of a range that can be read at a moment.

        Args:
            now_ms: The moment; what is ingested later is not there.
            start_ms: Earliest time.
            end_ms: Latest time, inclusive; None: no end.
            position: Where to go on, of an earlier page.
            streams: Only of these; None: of all.
            limit: Most events.
        """
        first = max(position, bisect.bisect_left(self._times, start_ms))
        last = len(self) if end_ms is None else bisect.bisect_right(self._times, end_ms)
        # Nothing is readable before its time.
        last = min(last, bisect.bisect_right(self._times, now_ms))
        chosen: list[int] = []
        size = 0
        for index in range(first, last):
            if self._readable[index] > now_ms:
                continue
            if streams is not None and self._streams[index] not in streams:
                continue
            size += self._sizes[index]
            if len(chosen) == limit or size > PAGE_BYTES:
                return Page(self._joined(chosen), len(chosen), index)
            chosen.append(index)
        return Page(self._joined(chosen), len(chosen), None)

    def _joined(self, chosen: Sequence[int]) -> bytes:
        """Return the chosen events; neighbours are one slice."""
        parts = []
        view, ends = memoryview(self._blob), self._ends
        run = 0
        for place, index in enumerate(chosen):
            if place + 1 == len(chosen) or chosen[place + 1] != index + 1:
                first = chosen[run]
                parts.append(view[ends[first - 1] if first else 0 : ends[index]])
                run = place + 1
        return b"".join(parts)[:-1]


def message_of(number: int) -> str:
    """Return the text of an event; `e` and its number stand in it once."""
    is_bad = number % 50 == 0
    return _TEXT.format(
        number=number, level="ERROR" if is_bad else "INFO", status=500 if is_bad else 200, ms=number % 400
    )


def _delays_ms(plan: Plan) -> list[int]:
    """Return how long after its time each event becomes readable."""
    source = random.Random(plan.seed)  # noqa: S311 - a schedule, no secret
    delays = [
        int(source.uniform(0, plan.late_s * 1000)) if source.random() < plan.late_share else 0
        for _ in range(plan.events)
    ]
    for number in source.sample(range(plan.events), min(plan.very_late, plan.events)):
        delays[number] = int(plan.very_late_s * 1000)
    return delays


def to_words(plan: Plan) -> dict[str, object]:
    """Return a plan as JSON can hold it."""
    return dataclasses.asdict(plan)
