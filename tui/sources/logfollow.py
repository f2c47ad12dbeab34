"""The state of one follow: its groups with their cursors and troubles, and what waits to be handed out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Final

from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogEvent, LogGap
from tui.sources.livefeed import LiveFeed
from tui.sources.logcursor import Cursor, Reach
from tui.sources.loggroups import Spec, Target, chosen, describe, expand, is_covered, parse_spec
from tui.sources.parse import Aws, text

RESOLVE_S: Final = 60.0
"""How often a glob, and the class of a group that was not found, are looked up."""

RETRY_S: Final = 15.0
"""Until a group that was refused is asked for again, while others can be read."""

SILENT_S: Final = 5.0
"""Until a group that did not answer is asked for again, while others can be read."""

FOR_ALL: Final = frozenset({ErrorKind.EXPIRED_CREDENTIALS, ErrorKind.THROTTLED})
"""Failures that concern all groups."""

PASSED_ON: Final = FOR_ALL | {ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE}
"""Failures that concern all groups, unless another one answers meanwhile."""

_REASONS = {
    ErrorKind.EXPIRED_CREDENTIALS: "credentials expired",
    ErrorKind.THROTTLED: "throttled",
    ErrorKind.TIMEOUT: "no answer",
    ErrorKind.UNREACHABLE: "unreachable",
}
_gap_ids = count(1)


@dataclass(slots=True, eq=False)
class Member:
    """A group that is followed.

    Attributes:
        target: The group.
        cursor: How far it has been read.
        error: Why it cannot be read at present.
        retry_at_s: When it is asked for again, endpoint's time.
        check_at_s: When its class is to be looked up; infinite once it is known.
        gap: What could not be read up to now.
    """

    target: Target
    cursor: Cursor
    error: SourceError | None = None
    retry_at_s: float = 0.0
    check_at_s: float = 0.0
    gap: LogGap | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be tailed, as far as is known."""
        return not self.target.refusal and self.error is None

    def fail(self, error: SourceError, now_s: float) -> None:
        """Take a failure that concerns this group alone."""
        if error.kind in PASSED_ON:
            self.widen_gap(int(now_s * 1000), error.kind)
            self.retry_at_s = now_s + SILENT_S
        else:
            # The error tells it all; nothing will fill the gap of a group that is refused or gone.
            self.gap = None
            self.retry_at_s = now_s + RETRY_S
        self.error = error
        self.cursor.start_again()

    def widen_gap(self, now_ms: int, kind: ErrorKind) -> None:
        """Nothing could be read until now: the gap opens, or grows."""
        cursor = self.cursor
        is_refused = self.error is not None and self.error.kind not in PASSED_ON
        if not cursor.has_begun or is_refused or self.target.refusal or now_ms <= cursor.reached_ms:
            return
        reason = _REASONS[kind]
        if self.gap is None:
            self.gap = LogGap(next(_gap_ids), cursor.reached_ms, now_ms, text(cursor.name), reason)
        else:
            self.gap = LogGap(self.gap.id, self.gap.start_ms, now_ms, self.gap.group, reason)

    def fill_gap(self) -> None:
        """Something was read: the gap shrinks to what is still missing, or closes."""
        if self.gap is None:
            return
        poll = self.cursor.live
        if poll is None or poll.position_ms >= self.gap.end_ms:
            self.gap = None
        elif poll.position_ms > self.gap.start_ms:
            gap = self.gap
            self.gap = LogGap(gap.id, poll.position_ms, gap.end_ms, gap.group, gap.reason)


class Ready:
    """Events read but not handed out yet, in order of time."""

    def __init__(self) -> None:
        self._events: list[LogEvent] = []
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._events)

    def add(self, events: Iterable[LogEvent]) -> None:
        """Take events in any order."""
        self._events.extend(events)
        self._is_sorted = False

    def holds(self, most: int, before_ms: int | None) -> bool:
        """Return whether `take` would give as many events as it may."""
        if len(self._events) < most:
            return False
        self._sort()
        return before_ms is None or self._events[-most].time_ms < before_ms

    def take(self, most: int, before_ms: int | None) -> tuple[LogEvent, ...]:
        """Return the oldest events, and keep the rest.

        Args:
            most: How many at most.
            before_ms: Events from this time on wait; None: none does.
        """
        self._sort()
        events = self._events
        low = max(0, len(events) - most)
        if before_ms is not None:
            while low < len(events) and events[low].time_ms >= before_ms:
                low += 1
        taken = events[low:]
        del events[low:]
        taken.reverse()
        return tuple(taken)

    def _sort(self) -> None:
        if not self._is_sorted:
            # The oldest at the end, from where they are taken without moving the others.
            self._events.sort(key=_order, reverse=True)
            self._is_sorted = True


class Follow:
    """One follow; replaced whole when pattern or range change, so that a running fetch does no harm.

    Args:
        pattern: Filter pattern; "" takes everything.
        start_ms: From when on.
        end_ms: Until when (inclusive); None follows.
        reach: How far back is read again.
    """

    def __init__(self, pattern: str, start_ms: int, end_ms: int | None, reach: Reach) -> None:
        self.pattern = pattern
        self.start_ms = start_ms
        self.end_ms = end_ms
        self.lock = threading.Lock()
        """Held by the one fetch that may run."""
        self.ready = Ready()
        self.members: dict[tuple[str, str], Member] = {}
        self.waiting: deque[Member] = deque()
        """Whose turn is still to come in this round."""
        self.live: LiveFeed | None = None
        self.gaps: tuple[LogGap, ...] = ()
        self.is_backlog = True
        """Whether the first window is still being read: it is handed out in order over all groups."""
        self._reach = reach
        self._names: tuple[str, ...] = ()
        self._globs: dict[Spec, tuple[float, list[Target], str]] = {}

    @property
    def open_members(self) -> list[Member]:
        """The groups that can be tailed, as far as is known."""
        return [member for member in self.members.values() if member.is_open]

    @property
    def has_ended(self) -> bool:
        """Whether a closed range has been read and handed out."""
        if self.end_ms is None or not self.members or self.ready or self.waiting:
            return False
        return all(member.cursor.has_ended for member in self.open_members)

    @property
    def backlogged(self) -> list[Member]:
        """The groups whose first window is still being read, at the beginning of the follow."""
        if not self.is_backlog:
            return []
        return [member for member in self.open_members if not member.cursor.has_begun]

    def horizon_ms(self) -> int | None:
        """Return from when on events wait, as older ones of another group may come; None: none waits."""
        behind = self.backlogged
        if behind:
            return min(member.cursor.position_ms for member in behind)
        if self.members:
            self.is_backlog = False
        return None

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong, as sentences."""
        found = [said for _, _, said in self._globs.values() if said]
        for member in self.members.values():
            if member.target.refusal:
                found.append(member.target.refusal)
            elif member.error is not None:
                error = member.error
                found.append(f"{text(member.target.name)}: {error.summary} {error.hint}".strip())
            elif member.cursor.is_unchecked:
                found.append(
                    f"{text(member.target.name)} is too busy to look for events that came late. "
                    "Raise logs.requests_per_second, or set a filter pattern."
                )
        if self.live is not None and self.live.problem:
            found.append(self.live.problem)
        return tuple(found)

    def resolve(self, aws: Aws, names: tuple[str, ...], now_s: float) -> None:
        """Bring the members up to date with the names wanted; globs are looked up each minute.

        Raises:
            SourceError: A glob cannot be looked up for the first time, for a reason that concerns all.
        """
        specs = [parse_spec(name) for name in names]
        due = [spec for spec in specs if spec.is_glob and now_s >= self._globs.get(spec, (0.0,))[0]]
        if names == self._names and not due:
            return
        for spec in due:
            self._look_up(aws, spec, now_s)
        self._globs = {spec: known for spec, known in self._globs.items() if spec in specs}
        wanted: dict[tuple[str, str], Target] = {}
        for spec in specs:
            for target in self._globs[spec][1] if spec.is_glob else [Target(spec.name, spec.prefix)]:
                wanted.setdefault((target.name, target.prefix), target)
        self._settle(wanted)
        self._names = names

    def end_live(self) -> None:
        """Close the session of Live Tail, if there is one."""
        if self.live is not None:
            self.live.close()

    def next_round(self, must_poll: bool, now_s: float) -> None:
        """Line up whose turn it is, unless some are still waiting.

        Args:
            must_poll: All are polled; else those alone that are due beside Live Tail.
            now_s: The endpoint's time.
        """
        if self.waiting:
            return
        able = [member for member in self.members.values() if not member.target.refusal]
        if any(member.error is None for member in able):
            able = [one for one in able if one.error is None or now_s >= one.retry_at_s]
        behind = self.backlogged
        if behind:
            begun = [one for one in behind if one.cursor.live is not None]
            # The one that is furthest behind, so that little has to wait for it.
            self.waiting.extend(
                [min(behind, key=lambda one: one.cursor.position_ms)] if len(begun) == len(behind) else behind
            )
            self.waiting.extend(one for one in able if one.error is not None)
        else:
            now_ms = int(now_s * 1000)
            # While one has more to read, the others must not be polled over and over.
            is_continued = any(one.cursor.is_reading for one in able)
            for one in able:
                is_due = must_poll or one.cursor.is_due(now_ms)
                if one.error is not None or (is_due and (not is_continued or one.cursor.has_rested(now_ms))):
                    self.waiting.append(one)

    def fail(self, error: SourceError, began_ms: int, now_ms: int) -> None:
        """Take a failure that concerns all groups.

        Args:
            error: The failure.
            began_ms: When the fetch began: a group that was read since has no gap.
            now_ms: Until when nothing could be read.
        """
        if self.live is None or self.live.transport == "polling":
            for member in self.members.values():
                if member.cursor.reached_ms < began_ms:
                    member.widen_gap(now_ms, error.kind)
        self.tell_gaps()

    def tell_gaps(self) -> None:
        """Publish the gaps for other threads."""
        self.gaps = tuple(one.gap for one in self.members.values() if one.gap is not None)

    def check_class(self, aws: Aws, member: Member, now_s: float) -> None:
        """Find out once whether a group can be tailed at all, and its ARN.

        Raises:
            SourceError: A failure that concerns all groups.
        """
        if now_s < member.check_at_s:
            return
        try:
            found = describe(aws, Spec(member.target.name, member.target.prefix))
        except SourceError as error:
            # Without this permission FilterLogEvents itself will tell what is wrong.
            if error.kind in PASSED_ON:
                raise
            member.check_at_s = now_s + RESOLVE_S
            return
        member.check_at_s = float("inf") if found else now_s + RESOLVE_S
        member.target = found or member.target

    def _look_up(self, aws: Aws, spec: Spec, now_s: float) -> None:
        known = self._globs.get(spec)
        try:
            targets, problem = chosen(spec, expand(aws, spec))
        except SourceError as error:
            if error.kind in PASSED_ON and known is None:
                raise
            targets = known[1] if known else []
            problem = f"{text(spec.name)}: {error.summary} {error.hint}".strip()
        self._globs[spec] = (now_s + RESOLVE_S, targets, problem)

    def _settle(self, wanted: dict[tuple[str, str], Target]) -> None:
        """Add and drop members; a group's part that another member holds too is not followed twice."""
        kept: dict[tuple[str, str], Member] = {}
        for key, target in wanted.items():
            if is_covered(key, wanted):
                continue
            member = self.members.get(key)
            if member is None:
                member = Member(target, Cursor(target.name, self.start_ms, self._reach, self.end_ms))
            if target.log_class:
                member.target, member.check_at_s = target, float("inf")
            kept[key] = member
        gone = [member for key, member in self.members.items() if key not in kept]
        self.members = kept
        self.waiting = deque(member for member in self.waiting if all(member is not one for one in gone))
        self.tell_gaps()


def _order(event: LogEvent) -> tuple[int, int, str]:
    return event.time_ms, event.ingested_ms, event.id
