"""Follows log groups: every event once, late ones too, merged by time; polling or Live Tail.

See docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from tui.sources.limiter import AdaptiveLimiter, Limiter, shared_limiter
from tui.sources.livefeed import LiveFeed
from tui.sources.logcontext import read_context
from tui.sources.logcursor import Drain, Reach
from tui.sources.logfollow import FOR_ALL, PASSED_ON, Follow, Member
from tui.sources.parse import Aws

SINCE_S: Final = 900.0
"""How far back a follow starts."""

PAGES_PER_FETCH: Final = 4
"""Pages read of a group before the others have their turn; the rest follows with the next fetch."""

MAX_EVENTS: Final = 5000
"""Events handed out at once: the console takes them on its event loop."""

OVERLAP_S: Final = 3.0
"""Read again by each poll, because events arrive out of order."""

SWEEP_EVERY_S: Final = 20.0
"""How often everything of the last `SWEEP_S` is read again."""

SWEEP_S: Final = 60.0
"""An event that becomes readable no later than this is found by a sweep."""

REQUESTS_PER_S: Final = 2.0
"""Of all followers together: the quota, 5 a second in small Regions, is for all engineers together."""

BUDGET_S: Final = 8.0
"""Real seconds after which a fetch returns what it has: well before the scheduler calls it late."""

HASTE_S: Final = 2.0
"""Real seconds after which a fetch that has found something does not go on to the next group."""

LOCK_S: Final = 1.0
ABANDONED_S: Final = 100.0
"""A fetch that took longer keeps its events for the next one: nobody may be waiting for it any more."""

_BACK_PAGES = 2


class _OutOfTime(Exception):
    """The limiter's turn comes after the fetch's budget."""


class LogsSource:
    """Follows groups from a while ago to now, or reads a closed stretch.

    `fetch` runs in one thread at a time; everything else may be called from any thread and never blocks,
    but for `context`.

    Args:
        aws: The session.
        groups: Log groups: names, globs (`/ecs/*`, with `*` and `?`) or `name:stream-prefix`.
        clock: The endpoint's time.
        since_s: How far back to start, seconds.
        pattern: Filter pattern of CloudWatch Logs; "" takes everything.
        limiter: Instead of the one that all followers of the same account and Region share.
        overlap_s: Read again by each poll, seconds.
        sweep_every_s: Seconds between sweeps.
        sweep_s: Every event that becomes readable within this is found by a sweep, seconds.
        requests_per_s: Rate of the shared limiter.
        monotonic: Real time, seconds.
    """

    def __init__(
        self,
        aws: Aws,
        groups: Sequence[str],
        clock: Clock,
        *,
        since_s: float = SINCE_S,
        pattern: str = "",
        limiter: Limiter | None = None,
        overlap_s: float = OVERLAP_S,
        sweep_every_s: float = SWEEP_EVERY_S,
        sweep_s: float = SWEEP_S,
        requests_per_s: float = REQUESTS_PER_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._aws = aws
        self._names = tuple(groups)
        self._clock = clock
        self._since_s = since_s
        self._pattern = pattern
        self._limiter = limiter
        self._rate = requests_per_s
        self._reach = Reach(int(overlap_s * 1000), int(sweep_every_s * 1000), int(sweep_s * 1000))
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._range: tuple[int | None, int | None] = (None, None)
        self._follow: Follow | None = None
        self._wants_live = self._is_closed = False

    @property
    def pattern(self) -> str:
        """The filter pattern in force."""
        return self._pattern

    @property
    def has_more(self) -> bool:
        """Whether the next fetch has something to go on with at once."""
        follow = self._follow
        if follow is None:
            return False
        if follow.ready.holds(1, follow.horizon_ms()):
            return True
        is_waiting = follow.waiting or any(member.cursor.is_reading for member in follow.open_members)
        # Whoever asks again before the limiter's turn comes would ask for nothing, over and over.
        return bool(is_waiting) and self._paced().wait_s() <= BUDGET_S

    @property
    def has_ended(self) -> bool:
        """Whether a closed range has been read and handed out."""
        follow = self._follow
        return follow is not None and follow.has_ended

    @property
    def is_live_tail(self) -> bool:
        """Whether Live Tail is wanted; a batch's `transport` tells how events really come."""
        return self._wants_live

    def gaps(self) -> tuple[LogGap, ...]:
        """Return the stretches that could not be read and are not filled yet."""
        follow = self._follow
        return follow.gaps if follow is not None else ()

    def set_pattern(self, pattern: str) -> None:
        """Start over with another filter pattern; a fetch that runs gives the old one's events."""
        with self._lock:
            self._pattern = pattern
            self._drop_follow()

    def set_groups(self, groups: Sequence[str]) -> None:
        """Follow other groups from the next fetch on; those that stay go on where they are."""
        with self._lock:
            self._names = tuple(groups)

    def set_range(self, start_ms: int | None, end_ms: int | None) -> None:
        """Start over with another range.

        Args:
            start_ms: From when on, epoch ms; None: from `since_s` ago.
            end_ms: Until when, inclusive; None follows.
        """
        with self._lock:
            self._range = (start_ms, end_ms)
            self._drop_follow()

    def set_live_tail(self, on: bool) -> None:
        """Let events come over Live Tail (billed by the minute), or not, from the next fetch on."""
        self._wants_live = on
        follow = self._follow
        if not on and follow is not None:
            follow.end_live()

    def rest(self) -> None:
        """End a session of Live Tail, which is billed by the minute, until the next fetch; never blocks."""
        follow = self._follow
        if follow is not None:
            follow.end_live()

    def close(self) -> None:
        """End a session of Live Tail for good; never blocks."""
        self._is_closed = True
        self.set_live_tail(False)

    def context(
        self, group: str, stream: str, time_ms: int, before: int = 30, after: int = 30
    ) -> tuple[LogEvent, ...]:
        """Return what stands around an event in its stream, oldest first, without ids; blocks.

        Args:
            group: Name of the log group.
            stream: Name of the stream.
            time_ms: Of the event, epoch ms.
            before: Older events, at most.
            after: Younger events, at most; those of the same millisecond are returned too.

        Raises:
            SourceError: The stream cannot be read.
        """
        return read_context(self._aws, group, stream, time_ms, before, after)

    def fetch(self) -> LogBatch:
        """Return what is new.

        Returns:
            The events since the last batch; groups that cannot be read are told as problems.

        Raises:
            SourceError: There is nothing to return and no group can be read, or the failure concerns
                them all (credentials, throttling, network). Where there are events it is a problem of
                their batch.
        """
        with self._lock:
            follow, names = self._follow or self._begin(), self._names
            self._follow = follow
        if not follow.lock.acquire(timeout=LOCK_S):
            raise SourceError(
                ErrorKind.TIMEOUT,
                "CloudWatch Logs has not answered the last request yet.",
                "cwtop goes on when it does; check the network and the proxy.",
            )
        try:
            return self._new_batch(follow, names)
        finally:
            if self._is_closed or self._follow is not follow:
                # Dropped while this fetch ran, perhaps before it opened a session: that is billed.
                follow.end_live()
            follow.lock.release()

    def _new_batch(self, follow: Follow, names: tuple[str, ...]) -> LogBatch:
        began = self._monotonic()
        failure: SourceError | None = None
        if not follow.ready.holds(MAX_EVENTS, follow.horizon_ms()):
            try:
                self._read(follow, names, began)
            except SourceError as error:
                failure = error
        is_abandoned = self._monotonic() - began > ABANDONED_S
        events = () if is_abandoned else follow.ready.take(MAX_EVENTS, follow.horizon_ms())
        if failure is None:
            return self._batch(follow, events)
        if not events:
            raise failure
        return self._batch(follow, events, f"{failure.summary} {failure.hint}".strip())

    def _batch(self, follow: Follow, events: tuple[LogEvent, ...], *problems: str) -> LogBatch:
        members = list(follow.members.values())
        return LogBatch(
            self._clock.now(),
            events,
            (*follow.problems(), *problems),
            gaps=follow.gaps,
            late=sum(member.cursor.late for member in members),
            missed=sum(member.cursor.missed for member in members),
            groups=tuple(dict.fromkeys(one.target.name for one in follow.open_members)),
            listening_since_ms=follow.start_ms,
            transport=follow.live.transport if follow.live is not None else "polling",
        )

    def _begin(self) -> Follow:
        start_ms, end_ms = self._range
        if start_ms is None:
            start_ms = int((self._clock.now() - self._since_s) * 1000)
        return Follow(self._pattern, start_ms, end_ms, self._reach)

    def _drop_follow(self) -> None:
        follow, self._follow = self._follow, None
        if follow is not None:
            follow.end_live()

    def _read(self, follow: Follow, names: tuple[str, ...], began: float) -> None:
        """Read some pages of each group whose turn it is."""
        now_s = self._clock.now()
        try:
            follow.resolve(self._aws, names, now_s)
            must_poll = self._take_live(follow, int(now_s * 1000))
            follow.next_round(must_poll, now_s)
            self._go_round(follow, began)
        except SourceError as error:
            if error.kind in PASSED_ON:
                follow.fail(error, int(now_s * 1000), self._now_ms())
            raise
        follow.tell_gaps()
        errors = [member.error for member in follow.members.values() if member.error is not None]
        if errors and len(errors) == len(follow.members):
            raise errors[0]

    def _go_round(self, follow: Follow, began: float) -> None:
        """Give each group its turn; one that fails or does not answer holds up no other."""
        while follow.waiting and not self._is_over(follow, began):
            member = follow.waiting.popleft()
            try:
                self._turn(follow, member, began + BUDGET_S)
                member.error = None
            except _OutOfTime:
                follow.waiting.appendleft(member)
                return
            except SourceError as error:
                if error.kind in FOR_ALL:
                    # So that its gap opens; the round is over.
                    follow.waiting.appendleft(member)
                    raise
                member.fail(error, self._clock.now())

    def _is_over(self, follow: Follow, began: float) -> bool:
        elapsed = self._monotonic() - began
        return elapsed > BUDGET_S or (
            elapsed > HASTE_S and bool(follow.ready) and follow.horizon_ms() is None
        )

    def _turn(self, follow: Follow, member: Member, until: float) -> None:
        follow.check_class(self._aws, member, self._clock.now())
        if member.target.refusal:
            return
        cursor = member.cursor
        drain = cursor.poll(self._now_ms())
        if drain is not None:
            pages = max(1, PAGES_PER_FETCH // max(1, len(follow.backlogged)))
            while pages and cursor.live is drain:
                self._page(follow, member, drain, until)
                pages -= 1
            cursor.split()
            member.fill_gap()
        back = cursor.look_back(self._now_ms())
        pages = _BACK_PAGES if cursor.live is None else 1
        while back is not None and pages and cursor.back is back:
            self._page(follow, member, back, until)
            pages -= 1

    def _page(self, follow: Follow, member: Member, drain: Drain, until: float) -> None:
        """Read one page of a drain."""
        asked: dict[str, Any] = {"logGroupName": member.target.name, "startTime": drain.start_ms}
        if drain.end_ms is not None:
            asked["endTime"] = drain.end_ms
        if member.target.prefix:
            asked["logStreamNamePrefix"] = member.target.prefix
        if follow.pattern:
            asked["filterPattern"] = follow.pattern
        if drain.token:
            asked["nextToken"] = drain.token
        limiter = self._paced()
        if not limiter.acquire(max(0.0, until - self._monotonic())):
            raise _OutOfTime
        try:
            page = self._aws.call("logs", "filter_log_events", **asked)
        except SourceError as error:
            if error.kind is ErrorKind.THROTTLED:
                limiter.throttled()
            elif error.kind is ErrorKind.INVALID and drain.token:
                # A token lives for a day: the read goes on without it.
                member.cursor.start_again()
                return
            raise
        limiter.succeeded()
        token = page.get("nextToken") or None
        follow.ready.add(member.cursor.take(drain, page.get("events", ()), token, self._now_ms()))

    def _take_live(self, follow: Follow, now_ms: int) -> bool:
        """Take what Live Tail brought; return whether all groups are to be polled all the same."""
        is_wanted = self._wants_live and follow.end_ms is None and not self._is_closed
        if not is_wanted:
            if follow.live is not None:
                follow.live.close()
                follow.live = None
                for member in follow.members.values():
                    member.cursor.expect_live(False)
            return True
        if follow.live is None or follow.live.is_closed:
            follow.live = LiveFeed(self._aws, follow.pattern, self._monotonic)
        members = follow.open_members
        for member in members:
            member.cursor.expect_live(True)
        is_known = all(member.check_at_s > 0 for member in members)
        brought = follow.live.bring([member.target for member in members] if is_known else [])
        for raw in brought.events:
            name = str(raw.get("logGroupIdentifier", "")).removesuffix(":*").rsplit(":", 1)[-1]
            stream = str(raw.get("logStreamName", ""))
            for member in members:
                if member.target.name == name and stream.startswith(member.target.prefix):
                    event = member.cursor.take_live(raw, now_ms)
                    follow.ready.add(() if event is None else (event,))
        return brought.must_poll

    def _paced(self) -> Limiter:
        if self._limiter is None:
            self._limiter = _limiter_of(self._aws, self._rate)
        return self._limiter

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)


def _limiter_of(aws: Aws, rate: float) -> Limiter:
    """Return the limiter of the session's account and Region; the profile stands for the account."""
    region, endpoint_url = getattr(aws, "region", None), getattr(aws, "endpoint_url", None)
    if region is None or endpoint_url is None:
        return AdaptiveLimiter(rate, PAGES_PER_FETCH)
    place = (getattr(aws, "profile", None), region(), endpoint_url())
    return shared_limiter(place, rate, PAGES_PER_FETCH)
