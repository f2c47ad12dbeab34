"""Reads a closed stretch of log groups by slices of time side by side, handed out in order of time.

FilterLogEvents gives one page after another, and waiting for each takes most of the time. Once a group's
first page has told how dense its events are, what remains is cut into slices that are read at once.
"""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Protocol

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogEvent
from tui.sources.logevents import EventMaker, event_id
from tui.sources.loggroups import Target
from tui.sources.parse import Aws

WORKERS: Final = 4
"""Requests in flight."""

READ_AHEAD: Final = 12
"""Pages of one group, of 1 MB at most, that are kept while earlier ones are awaited or printed."""

PAGES_PER_SLICE: Final = 3
"""Estimated pages of a slice: fewer would ask more often in vain, more would be handed out later."""

_HEAD_PAGES: Final = 2
_SHORTEST_MS: Final = 2
_TRIES: Final = 3
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_PASSING = frozenset({ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE})


class Pacer(Protocol):
    """What paces the requests: a limiter, told how the service took them."""

    def wait(self) -> None:
        """Block until the next request may be sent."""
        ...

    def throttled(self) -> None:
        """Be told that the service refused a request as one too many."""
        ...

    def succeeded(self) -> None:
        """Be told that the service answered."""
        ...


@dataclass(slots=True, eq=False)
class _Slice:
    """A part of a group's stretch, read page by page by one worker at a time."""

    start_ms: int
    end_ms: int | None
    """Exclusive; None: as late as there are events."""
    repeats: frozenset[str] = frozenset()
    """Ids of the events at the start that the slice before has given already."""
    first_ms: int | None = None
    """Time of the first event read: a stretch may begin long before its events do."""
    reached_ms: int = 0
    """Time of the newest event read."""
    edge: frozenset[str] = frozenset()
    """Ids of the events read of that very millisecond."""
    token: str | None = None
    full: int = 0
    """Pages that held events."""
    pages: deque[list[LogEvent]] = field(default_factory=deque)
    """Read, not handed out yet."""
    is_busy: bool = False
    is_done: bool = False
    tries: int = 0

    def __post_init__(self) -> None:
        self.reached_ms = max(self.reached_ms, self.start_ms)


@dataclass(slots=True, eq=False)
class _Group:
    """One group's slices, in order of time; the first is the head."""

    target: Target
    maker: EventMaker
    slices: deque[_Slice]

    def buffered(self) -> int:
        return sum(len(one.pages) for one in self.slices)


class SlicedRead:
    """Reads groups between two times, merged in order of time.

    Args:
        aws: The session.
        targets: What to read, each part of a group once.
        start_ms: First moment, epoch milliseconds.
        end_ms: End, exclusive; None reads as late as there are events.
        now_ms: The present: where an open end is cut.
        pattern: Filter pattern of CloudWatch Logs; "" takes everything.
        pacer: Limits the requests.
        on_wait: Told why and for how many seconds the reading pauses; called by worker threads.
        monotonic: Source of time for pauses, seconds.

    Attributes:
        failures: Groups that could not be read to their end, with the reason.
    """

    def __init__(
        self,
        aws: Aws,
        targets: Sequence[Target],
        start_ms: int,
        end_ms: int | None,
        now_ms: int,
        *,
        pattern: str = "",
        pacer: Pacer,
        on_wait: Callable[[SourceError, float], None] = lambda error, seconds: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures: dict[str, SourceError] = {}
        self._aws = aws
        self._now_ms = now_ms
        self._pattern = pattern
        self._pacer = pacer
        self._on_wait = on_wait
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._groups = [
            _Group(one, EventMaker(one.name), deque([_Slice(start_ms, end_ms)])) for one in targets
        ]
        self._idle = 0
        self._pause_until = float("-inf")
        self._pause_s = _FIRST_PAUSE_S
        self._fatal: BaseException | None = None
        self._is_closed = False

    def __iter__(self) -> Iterator[list[LogEvent]]:
        """Yield lists of events, in order of time within and among them.

        Raises:
            SourceError: The failure concerns all groups: credentials, or a network that stays away.
        """
        for number in range(WORKERS):
            threading.Thread(target=self._work, name=f"slice-{number}", daemon=True).start()
        try:
            yield from self._merged()
        finally:
            self.close()

    def close(self) -> None:
        """Stop reading; calls that run end by themselves. Never blocks for them."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    # ------------------------------------------------------------ handing out

    def _merged(self) -> Iterator[list[LogEvent]]:
        heads: dict[_Group, list[LogEvent]] = {}
        while True:
            for group in self._groups:
                if not heads.get(group):
                    page = self._next_page(group)
                    if page is None:
                        heads.pop(group, None)
                    else:
                        heads[group] = page
            if not heads:
                return
            if len(heads) == 1:
                (group, page), *_ = heads.items()
                heads[group] = []
                yield page
                continue
            # Beyond the earliest last event, another group's next page may still have something before.
            cut_ms = min(page[-1].time_ms for page in heads.values())
            block: list[LogEvent] = []
            for group, page in heads.items():
                position = bisect_right(page, cut_ms, key=_time)
                block += page[:position]
                heads[group] = page[position:]
            block.sort(key=_time)
            yield block

    def _next_page(self, group: _Group) -> list[LogEvent] | None:
        """Wait for the next page that holds events; None at the group's end."""
        with self._changed:
            while True:
                if self._fatal is not None:
                    raise self._fatal
                while group.slices and group.slices[0].is_done and not group.slices[0].pages:
                    group.slices.popleft()
                if not group.slices:
                    self._changed.notify_all()
                    return None
                if group.slices[0].pages:
                    page = group.slices[0].pages.popleft()
                    self._changed.notify_all()
                    return page
                self._changed.wait()

    # ------------------------------------------------------------ reading

    def _work(self) -> None:
        try:
            while (job := self._pick()) is not None:
                self._read(*job)
        except BaseException as error:  # noqa: BLE001 - raised again where the events are taken
            with self._changed:
                self._fatal = error
                self._changed.notify_all()

    def _pick(self) -> tuple[_Group, _Slice] | None:
        """Wait for a slice to read a page of; None when all is read or nobody wants more."""
        with self._changed:
            self._idle += 1
            try:
                while not self._is_closed and self._fatal is None:
                    pause_s = self._pause_until - self._monotonic()
                    if pause_s > 0:
                        self._changed.wait(pause_s)
                        continue
                    if all(one.is_done for group in self._groups for one in group.slices):
                        return None
                    found = self._waiting()
                    if found is not None:
                        group, one = found
                        if one.token and self._idle > 1:
                            one = self._cut(group, one)
                        one.is_busy = True
                        return group, one
                    self._changed.wait()
                return None
            finally:
                self._idle -= 1
                self._changed.notify_all()

    def _waiting(self) -> tuple[_Group, _Slice] | None:
        """Return the earliest slice that nobody reads: heads first, then what may be read ahead."""
        free = [
            (position, number)
            for number, group in enumerate(self._groups)
            for position, one in enumerate(group.slices)
            if not one.is_busy and not one.is_done and self._may_read(group, position)
        ]
        if not free:
            return None
        position, number = min(free)
        return self._groups[number], self._groups[number].slices[position]

    def _may_read(self, group: _Group, position: int) -> bool:
        if position == 0 and len(group.slices[0].pages) < _HEAD_PAGES:
            return True
        return group.buffered() < max(_HEAD_PAGES, READ_AHEAD // len(self._groups))

    def _cut(self, group: _Group, whole: _Slice) -> _Slice:
        """Cut what is left of a slice for the workers that have nothing to do; return the first part.

        The first part is asked for anew: going on with the token would give a page that reaches far into
        the next part.
        """
        end_ms = self._now_ms if whole.end_ms is None else whole.end_ms
        rest_ms = end_ms - whole.reached_ms
        length_ms = rest_ms // self._idle
        if whole.first_ms is not None:
            page_ms = max(1, (whole.reached_ms - whole.first_ms) // whole.full)
            if rest_ms < 2 * page_ms:
                return whole
            length_ms = max(page_ms, min(length_ms, page_ms * PAGES_PER_SLICE))
        position = group.slices.index(whole)
        if length_ms < _SHORTEST_MS or not self._may_read(group, position + 1):
            return whole
        starts = range(whole.reached_ms, end_ms, length_ms)[: self._idle]
        if len(starts) < 2:
            return whole
        parts = [_Slice(start, end) for start, end in pairwise(starts)]
        parts.append(_Slice(starts[-1], whole.end_ms))
        parts[0].repeats = whole.edge if whole.full else whole.repeats
        whole.is_done = True
        for offset, one in enumerate(parts, position + 1):
            group.slices.insert(offset, one)
        return parts[0]

    def _read(self, group: _Group, one: _Slice) -> None:
        try:
            self._pacer.wait()
            page = self._aws.call("logs", "filter_log_events", **self._asked(group.target, one))
            self._pacer.succeeded()
        except SourceError as error:
            self._failed(group, one, error)
            return
        make, end_ms = group.maker.make, one.end_ms
        events = [
            make(raw, time_ms, found_id, is_late=False)
            for raw in page.get("events", ())
            # Whether the service includes the end is not the same everywhere.
            if (time_ms := int(raw["timestamp"])) != end_ms
            and (found_id := event_id(raw, time_ms)) not in one.repeats
        ]
        with self._changed:
            self._take(one, events, page.get("nextToken") or None)
            self._pause_s = _FIRST_PAUSE_S
            self._changed.notify_all()

    def _asked(self, target: Target, one: _Slice) -> dict[str, Any]:
        asked: dict[str, Any] = {"logGroupName": target.name, "startTime": max(0, one.start_ms)}
        if one.end_ms is not None:
            asked["endTime"] = one.end_ms
        if target.prefix:
            asked["logStreamNamePrefix"] = target.prefix
        if self._pattern:
            asked["filterPattern"] = self._pattern
        if one.token:
            asked["nextToken"] = one.token
        return asked

    def _take(self, one: _Slice, events: list[LogEvent], token: str | None) -> None:
        one.tries = 0
        one.token = token
        one.is_busy = False
        one.is_done = token is None
        if events:
            newest_ms = events[-1].time_ms
            if one.first_ms is None:
                one.first_ms = events[0].time_ms
            edge = frozenset(event.id for event in events[bisect_left(events, newest_ms, key=_time) :])
            before = one.edge | one.repeats if newest_ms == one.reached_ms else frozenset()
            one.edge, one.reached_ms = edge | before, newest_ms
            one.full += 1
            one.pages.append(events)

    def _failed(self, group: _Group, one: _Slice, error: SourceError) -> None:
        with self._changed:
            one.is_busy = False
            one.tries += 1
            if error.kind is ErrorKind.THROTTLED or (error.kind in _PASSING and one.tries < _TRIES):
                if error.kind is ErrorKind.THROTTLED:
                    self._pacer.throttled()
                # Jitter, so that engineers who were throttled together do not come back together.
                pause_s = self._pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
                self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
                self._pause_until = max(self._pause_until, self._monotonic() + pause_s)
                self._on_wait(error, pause_s)
            elif error.kind in _PASSING or error.kind is ErrorKind.EXPIRED_CREDENTIALS:
                self._fatal = error
            else:
                self.failures.setdefault(group.target.name, error)
                for rest in group.slices:
                    rest.is_done = True
            self._changed.notify_all()


def _time(event: LogEvent) -> int:
    return event.time_ms
