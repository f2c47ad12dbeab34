"""How far one log group has been read, and what to read next so that nothing is lost.

Events become readable out of order. Three things find those that come late: each poll starts an overlap
before the newest event read; a sweep reads every stretch once more when it is `sweep` old; a check does so
at `CHECK_MS`. Each stretch is marked as settled, or checked, only by a read that was drained, so that
throttling and outages delay the marks and leave no hole. Where senders' clocks run ahead and there is much
of it, polls end a little ahead, and a read of its own goes on through what lies beyond. No AWS in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.snapshots import LogEvent
from tui.sources.livematch import LiveMatch
from tui.sources.logevents import EventMaker, event_id
from tui.sources.seenids import SeenIds

CHECK_MS: Final = 120_000
"""Age at which the check reads a stretch for the last time; in a quiet group it reads twice as far back."""

CHECK_EVERY_MS: Final = 60_000

CHEAP_PAGES: Final = 4
"""A sweep of no more pages than this starts as a poll that reads from further back."""

QUIET_OVERLAP_MS: Final = 30_000
"""Overlap of a group in which that many milliseconds hold few events."""

FENCE_MS: Final = 10_000
"""How far ahead polls read where the future is crowded; each reads it again, so that it must not be much."""

MANY_AHEAD: Final = 1000
"""Events beyond the fence that make a crowd."""

AHEAD_EVERY_MS: Final = 5_000
"""How often a crowd of events of the future is read on, so that its sender's lines come soon too."""

MOST_AHEAD: Final = 100_000
"""Events beyond the fence whose ids are kept; the others wait until their time is near."""

_QUIET_EVENTS = 500
_MEASURED_MS = 10_000
_REST_MS = 1500
_PACK_MS = 10_000


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back is read again, milliseconds."""

    overlap_ms: int = 3_000
    sweep_every_ms: int = 20_000
    sweep_ms: int = 60_000


@dataclass(slots=True)
class Drain:
    """A read of a stretch, page by page, from its oldest event on."""

    start_ms: int
    end_ms: int | None
    """None: to the newest there is."""
    began_ms: int
    front_ms: int | None
    """Time of the newest event handed out when it began."""
    from_ms: int
    """Everything from here on is read when it is done, by it and what it continues."""
    position_ms: int
    token: str | None = None
    events: int = 0
    pages: int = 0
    is_wide: bool = False
    """A poll that also sweeps."""
    is_ahead: bool = False
    """It reads the future beyond the fence."""


class Cursor:
    """Where one group is, as three marks: polled up to here, settled up to here, checked up to here.

    Not safe for use from several threads.

    Args:
        name: The group.
        start_ms: From when on it is read.
        reach: How far back is read again.
        end_ms: Where it ends (inclusive); None follows.
    """

    def __init__(
        self,
        name: str,
        start_ms: int,
        reach: Reach,
        end_ms: int | None = None,
    ) -> None:
        self.name = name
        self.start_ms = start_ms
        self.late = 0
        self.missed = 0
        self.live: Drain | None = None
        self.back: Drain | None = None
        self.has_begun = False
        """Whether the first window has been read to its end."""
        self.reached_ms = start_ms
        """When the last poll that was read to its end began."""
        self.poll_wanted = True
        self._reach = reach
        self._end_ms = end_ms
        self._match: LiveMatch | None = None
        self._make = EventMaker(name)
        self._ids = SeenIds(start_ms)
        self._front_ms: int | None = None
        self._read_ms = start_ms
        self._live_start_ms = start_ms
        self._settled_ms = start_ms
        self._checked_ms = start_ms
        self._sweep_at_ms = self._check_at_ms = 0
        self._ahead_ms = 0
        self._ahead_at_ms: int | None = None
        """When the future is read on, from `_ahead_ms`; None: it is not crowded, and polls read it too."""
        self._pages_per_s = 0.0
        self._live_number = 0

    @property
    def has_ended(self) -> bool:
        """Whether a closed range has been read, at a time from which on no sweep finds a late event in it."""
        if self._end_ms is None or not self.has_begun:
            return False
        return self.reached_ms > self._end_ms + self._reach.sweep_ms

    @property
    def is_reading(self) -> bool:
        """Whether a read waits to be continued."""
        return self.live is not None or self.back is not None

    @property
    def position_ms(self) -> int:
        """Up to when the first window has been read."""
        return self.live.position_ms if self.live is not None else self._read_ms

    @property
    def remembered(self) -> int:
        """How many ids of events are kept."""
        return len(self._ids)

    @property
    def is_unchecked(self) -> bool:
        """Whether there is too much to read for finding what came later than the overlap."""
        return self.has_begun and self._settled_ms < self._ids.floor_ms

    def has_rested(self, now_ms: int) -> bool:
        """Whether it is worth a poll although other reads wait to be continued."""
        return self.is_reading or self.poll_wanted or now_ms - self.reached_ms >= _REST_MS

    def is_due(self, now_ms: int) -> bool:
        """Whether there is something to read beside what Live Tail brings."""
        return self.poll_wanted or self.is_reading or now_ms >= self._sweep_at_ms

    def expect_live(self, on: bool) -> None:
        """Be told, ahead, whether Live Tail may bring events too."""
        if self._match is not None:
            self._match.count(on)
        elif on:
            self._match = LiveMatch()

    def poll(self, now_ms: int) -> Drain | None:
        """Return the poll to go on with, a new one if none is open; None if it is not its turn."""
        if self.live is None:
            rests = self.back is not None and now_ms - self.reached_ms < _REST_MS and not self.poll_wanted
            if self.has_ended or rests:
                return None
            start_ms = self._wide_start(now_ms) if self.back is None else self._live_start_ms
            if self._end_ms is not None:
                start_ms = min(start_ms, self._end_ms)
            self.live = self._drain(start_ms, self._fence(now_ms), now_ms)
            self.live.is_wide = start_ms < self._live_start_ms
            self.poll_wanted = False
        return self.live

    def look_back(self, now_ms: int) -> Drain | None:
        """Return the sweep, check or read of the future to go on with, where it is too big for a poll."""
        if self.back is not None or not self.has_begun or self.has_ended:
            return self.back
        live_start_ms = self.live.start_ms if self.live is not None else self._live_start_ms
        if now_ms >= self._sweep_at_ms:
            self._sweep_at_ms = now_ms + self._reach.sweep_every_ms
            start_ms = max(self._settled_ms, self._ids.floor_ms)
            end_ms = live_start_ms if self._is_cheap(now_ms - start_ms) else now_ms - self._reach.sweep_ms
            if end_ms > start_ms:
                self.back = self._drain(start_ms, end_ms, now_ms)
        elif now_ms >= self._check_at_ms:
            self._check_at_ms = now_ms + CHECK_EVERY_MS
            if now_ms - CHECK_MS > self._checked_ms:
                self.back = self._drain(self._checked_ms, now_ms - CHECK_MS, now_ms)
        elif self._is_ahead_due(now_ms):
            self.back = self._drain(max(self._ahead_ms, now_ms + FENCE_MS), None, now_ms)
            self.back.is_ahead = True
        return self.back

    def split(self) -> None:
        """Let a poll that sweeps and turned out long go on as two: the newest events must not wait for it."""
        wide = self.live
        if wide is None or not wide.is_wide or self.back is not None:
            return
        if wide.position_ms >= self._live_start_ms:
            return
        self.back = wide
        self.live = self._drain(self._live_start_ms, wide.end_ms, wide.began_ms)
        wide.start_ms, wide.end_ms, wide.token = wide.position_ms, self._live_start_ms, None
        self.live.front_ms = wide.front_ms

    def take(
        self, drain: Drain, raw: Sequence[Mapping[str, Any]], token: str | None, now_ms: int
    ) -> list[LogEvent]:
        """Take a page of a read and return its new events.

        Args:
            drain: The read: `live` or `back`.
            raw: The page's events.
            token: Of the next page; None ends the read.
            now_ms: Epoch ms.
        """
        drain.pages += 1
        drain.events += len(raw)
        drain.token = token
        late_before = None if drain.front_ms is None else drain.front_ms - self._reach.overlap_ms
        found = self._new_events(drain, raw, late_before)
        newest_ms = min(drain.position_ms, now_ms)
        if drain is self.live:
            self._read_ms = max(self._read_ms, newest_ms)
        if found:
            self._front_ms = newest_ms if self._front_ms is None else max(self._front_ms, newest_ms)
        is_cut = token is not None and self._is_far_enough(drain, now_ms)
        if token is None or is_cut:
            self._finish(drain, now_ms)
            self._look_ahead(drain, now_ms, is_cut=is_cut)
        self._clean_up(now_ms)
        return found

    def take_live(self, raw: Mapping[str, Any], now_ms: int) -> LogEvent | None:
        """Take an event of Live Tail; return None for one that was polled before."""
        time_ms = int(raw.get("timestamp", 0))
        if self._match is None or not self._match.live(
            time_ms, str(raw.get("logStreamName", "")), str(raw.get("message", ""))
        ):
            return None
        is_late = self._front_ms is not None and time_ms < self._front_ms - self._reach.overlap_ms
        self.late += is_late
        newest_ms = min(time_ms, now_ms)
        self._front_ms = newest_ms if self._front_ms is None else max(self._front_ms, newest_ms)
        self._live_number += 1
        return self._make.make(raw, time_ms, f"live{time_ms}n{self._live_number}", is_late=is_late)

    def start_again(self) -> None:
        """Give up the service's page tokens: open reads go on from the time that they have reached."""
        for drain in (self.live, self.back):
            if drain is not None:
                drain.start_ms, drain.token = drain.position_ms, None

    def _new_events(
        self, drain: Drain, raw: Sequence[Mapping[str, Any]], late_before: int | None
    ) -> list[LogEvent]:
        found: list[LogEvent] = []
        add, make, match = self._ids.add, self._make.make, self._match
        floor_ms, end_ms = self._ids.floor_ms, self._end_ms
        for one in raw:
            time_ms = int(one.get("timestamp", 0))
            if time_ms < floor_ms:
                self._count_missed(one, time_ms)
                continue
            if time_ms > drain.position_ms:
                drain.position_ms = time_ms
            if end_ms is not None and time_ms > end_ms:
                continue
            found_id = event_id(one, time_ms)
            if not add(time_ms, found_id):
                continue
            if match is not None and not match.polled(
                time_ms, one.get("logStreamName", ""), one.get("message", "")
            ):
                continue
            is_late = late_before is not None and time_ms < late_before
            self.late += is_late
            found.append(make(one, time_ms, found_id, is_late=is_late))
        return found

    def _count_missed(self, one: Mapping[str, Any], time_ms: int) -> None:
        """Count what a check finds where ids are no longer known: it came after the sweep, if late enough."""
        lateness_ms = int(one.get("ingestionTime", time_ms)) - time_ms
        if time_ms >= self.start_ms and lateness_ms > self._reach.sweep_ms + self._reach.sweep_every_ms:
            self.missed += 1

    def _finish(self, drain: Drain, now_ms: int) -> None:
        is_first = not self.has_begun
        if drain is self.live:
            self.live = None
            self.has_begun = True
            self.reached_ms = drain.began_ms
            # A sender's clock may run ahead (`_read_ms` never does): the present must not be skipped.
            newest_ms = max(self._read_ms, drain.began_ms - self._reach.sweep_ms)
            self._live_start_ms = max(self._live_start_ms, newest_ms - self._overlap_ms(drain, now_ms))
        else:
            self.back = None
        top_ms = drain.began_ms if drain.end_ms is None else min(drain.end_ms - 1, drain.began_ms)
        if drain.from_ms <= max(self._settled_ms, self._ids.floor_ms):
            self._settled_ms = max(self._settled_ms, min(top_ms, drain.began_ms - self._reach.sweep_ms))
        if drain.from_ms <= self._checked_ms:
            self._checked_ms = max(self._checked_ms, min(top_ms, drain.began_ms - CHECK_MS))
        span_ms = (now_ms if drain.end_ms is None else min(drain.end_ms, now_ms)) - drain.start_ms
        if span_ms >= _MEASURED_MS:
            self._pages_per_s = (drain.pages - 0.5) * 1000 / span_ms
        if is_first:
            self._go_on_after_first(drain, now_ms)

    def _go_on_after_first(self, first: Drain, now_ms: int) -> None:
        # The first window was a sweep of all there was when it began.
        self._sweep_at_ms = first.began_ms + self._reach.sweep_every_ms
        self._check_at_ms = first.began_ms + CHECK_EVERY_MS
        if now_ms - first.began_ms >= _REST_MS and not self.has_ended:
            # It ended where it began; what came while it was read is owed at once.
            self.live = self._drain(self._live_start_ms, self._fence(now_ms), now_ms)

    def _overlap_ms(self, drain: Drain, now_ms: int) -> int:
        overlap_ms = self._reach.overlap_ms
        span_ms = max(1000, now_ms - drain.start_ms)
        if drain.events * QUIET_OVERLAP_MS / span_ms <= _QUIET_EVENTS:
            return max(overlap_ms, QUIET_OVERLAP_MS)
        # A group that is hard to keep up with must not be read twice; its sweeps find what comes late.
        return overlap_ms if drain.pages <= CHEAP_PAGES else overlap_ms // 6

    def _wide_start(self, now_ms: int) -> int:
        """Return where the next poll starts, further back if a sweep or check is due and cheap."""
        start_ms, floor_ms = self._live_start_ms, self._ids.floor_ms
        if not self.has_begun or now_ms < self._sweep_at_ms:
            return start_ms
        sweep_ms = max(floor_ms, min(start_ms, self._settled_ms))
        if not self._is_cheap(now_ms - sweep_ms):
            return start_ms
        self._sweep_at_ms = now_ms + self._reach.sweep_every_ms
        check_ms = max(floor_ms, min(self._checked_ms, now_ms - 2 * CHECK_MS))
        is_known = self._checked_ms >= floor_ms
        if now_ms < self._check_at_ms or not is_known or not self._is_cheap(now_ms - check_ms):
            return sweep_ms
        self._check_at_ms = now_ms + CHECK_EVERY_MS
        return min(sweep_ms, check_ms)

    def _is_cheap(self, stretch_ms: int) -> bool:
        return self._pages_per_s * stretch_ms / 1000 <= CHEAP_PAGES

    def _fence(self, now_ms: int) -> int | None:
        """Return where a poll ends: before a crowd of events of the future, which has a read of its own."""
        if self._end_ms is not None:
            return self._end_ms + 1 if self.has_begun else max(self.start_ms, min(self._end_ms + 1, now_ms))
        if not self.has_begun:
            # Were it to go on to the newest there is, that of a busy group would never end.
            return max(self.start_ms, now_ms)
        return None if self._ahead_at_ms is None else now_ms + FENCE_MS

    def _is_ahead_due(self, now_ms: int) -> bool:
        if self._ahead_at_ms is None or now_ms < self._ahead_at_ms:
            return False
        return self._ids.count_after(now_ms + FENCE_MS) < MOST_AHEAD

    def _is_far_enough(self, drain: Drain, now_ms: int) -> bool:
        """Whether a read that could go on ends here: what is left belongs to the future's, or is too much."""
        if drain.is_ahead:
            return self._ids.count_after(now_ms + FENCE_MS) >= MOST_AHEAD
        return drain is self.live and drain.end_ms is None and drain.position_ms > drain.began_ms + FENCE_MS

    def _look_ahead(self, drain: Drain, now_ms: int, *, is_cut: bool) -> None:
        """Decide, after a read that has ended, whether and when the future is read apart from the polls."""
        if drain.end_ms is not None:
            return
        is_crowded = is_cut or self._ids.count_after(now_ms + FENCE_MS) >= MANY_AHEAD
        self._ahead_ms = drain.position_ms
        # From the end of the last one: a read that takes long must not be followed by the next at once.
        at_ms = now_ms if is_cut and not drain.is_ahead else now_ms + AHEAD_EVERY_MS
        self._ahead_at_ms = at_ms if is_crowded else None

    def _drain(self, start_ms: int, end_ms: int | None, now_ms: int) -> Drain:
        start_ms = max(0, start_ms)
        return Drain(start_ms, end_ms, now_ms, self._front_ms, start_ms, start_ms)

    def _clean_up(self, now_ms: int) -> None:
        """Forget what will not be read again, and pack what hardly grows."""
        keep_ms = min(self._checked_ms, now_ms - CHECK_MS) - CHECK_MS
        if self.live is not None and self.live.from_ms <= self._checked_ms:
            # A long first window re-reads nothing behind the point that it has reached.
            keep_ms = min(self.live.position_ms, self.live.began_ms - 2 * CHECK_MS)
        self._ids.forget(keep_ms)
        self._ids.pack(now_ms - _PACK_MS, self._live_start_ms if self.has_begun else self.position_ms)
        if self._match is not None:
            self._match.forget(self._ids.floor_ms, now_ms)
