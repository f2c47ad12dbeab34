"""Follows log groups with FilterLogEvents: new events once each, in order of time within a batch.

See docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogEvent
from tui.sources.limiter import Limiter
from tui.sources.parse import Aws, text
from widgets.text import sanitise

SINCE_S: Final = 900.0
"""How far back a follow starts."""

PAGES_PER_FETCH: Final = 4
"""Pages read of a group before the others have their turn; the rest follows with the next fetch."""

MAX_EVENTS: Final = 5000
"""Events handed out at once: the console takes them on its event loop."""

OVERLAP_S: Final = 5.0
"""Read again each time, because events arrive out of order."""

QUIET_OVERLAP_S: Final = 30.0
"""The same for a group of few events, where reading more costs nothing."""

LATE_S: Final = 60.0
"""An event that arrives later than this in a quiet group is lost."""

_QUIET_EVENTS = 500
_REQUESTS_PER_S = 2.0
_RETRY_CLASS_S = 60.0
_PASSED_ON = frozenset(
    {ErrorKind.EXPIRED_CREDENTIALS, ErrorKind.THROTTLED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE}
)


@dataclass(slots=True)
class _Group:
    """How far one group has been read."""

    name: str
    start_ms: int
    token: str | None = None
    """Of the next page of a drain that goes on."""
    drain_began_ms: int = 0
    drained_events: int = 0
    newest_ms: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """eventId to time in ms, of the events that may be read again."""
    refusal: str = ""
    """Why it cannot be tailed."""
    check_at_s: float = 0.0
    """When its class is to be read; infinite once it is known."""


@dataclass(slots=True)
class _Follow:
    """One follow: replaced whole when the filter changes, so that a running fetch does no harm."""

    pattern: str
    groups: list[_Group]
    ready: list[LogEvent] = field(default_factory=list)
    """Read, but not handed out yet."""
    problems: tuple[str, ...] = ()


class LogsSource:
    """Follows groups from a while ago to now.

    Args:
        aws: The session.
        groups: Names of log groups.
        clock: For the start and the batch's time.
        since_s: How far back to start, seconds.
        pattern: Filter pattern of CloudWatch Logs; "" takes everything.
        limiter: The quota of FilterLogEvents is per account and Region (5/s in small ones): all
            followers share one.
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
    ) -> None:
        self._aws = aws
        self._names = tuple(groups)
        self._clock = clock
        self._since_s = since_s
        self._limiter = limiter or Limiter(_REQUESTS_PER_S, burst=PAGES_PER_FETCH)
        self._lock = threading.Lock()
        self._pattern = pattern
        self._follow: _Follow | None = None

    @property
    def pattern(self) -> str:
        """The filter pattern in force."""
        return self._pattern

    @property
    def has_more(self) -> bool:
        """Whether the next fetch has something to go on with at once."""
        follow = self._follow
        return follow is not None and (bool(follow.ready) or any(group.token for group in follow.groups))

    def set_pattern(self, pattern: str) -> None:
        """Start over with another filter pattern; a fetch that runs gives the old one's events."""
        with self._lock:
            self._pattern = pattern
            self._follow = None

    def fetch(self) -> LogBatch:
        """Return what is new.

        Returns:
            The events since the last batch; groups that cannot be read are told as problems.

        Raises:
            SourceError: No group can be read, or the failure concerns them all (credentials,
                throttling, network). Events read before it come with the next batch.
        """
        with self._lock:
            follow = self._follow
            if follow is None:
                self._follow = follow = self._begin()
        problems = self._read(follow) if len(follow.ready) < MAX_EVENTS else follow.problems
        follow.ready.sort(key=lambda event: (event.time_ms, event.ingested_ms))
        batch, follow.ready = follow.ready[:MAX_EVENTS], follow.ready[MAX_EVENTS:]
        return LogBatch(self._clock.now(), tuple(batch), problems)

    def _read(self, follow: _Follow) -> tuple[str, ...]:
        """Read some pages of each group; return the problems met."""
        problems: list[str] = []
        failures: list[SourceError] = []
        for group in follow.groups:
            try:
                self._read_group(follow, group)
            except SourceError as error:
                if error.kind in _PASSED_ON:
                    raise
                group.token = None
                failures.append(error)
                problems.append(f"{text(group.name)}: {error.summary} {error.hint}".strip())
            if group.refusal:
                problems.append(group.refusal)
        if failures and len(failures) == len(follow.groups):
            raise failures[0]
        follow.problems = tuple(problems)
        return follow.problems

    def _begin(self) -> _Follow:
        start_ms = int((self._clock.now() - self._since_s) * 1000)
        return _Follow(self._pattern, [_Group(name, start_ms) for name in self._names])

    def _read_group(self, follow: _Follow, group: _Group) -> None:
        self._check_class(group)
        if group.refusal:
            return
        if group.token is None:
            group.drain_began_ms = int(self._clock.now() * 1000)
            group.drained_events = 0
        for _ in range(PAGES_PER_FETCH):
            page = self._page(follow, group)
            self._keep(follow, group, page.get("events", ()))
            group.token = page.get("nextToken") or None
            if group.token is None:
                _advance(group)
                return

    def _page(self, follow: _Follow, group: _Group) -> dict[str, Any]:
        asked: dict[str, Any] = {"logGroupName": group.name, "startTime": max(0, group.start_ms)}
        if follow.pattern:
            asked["filterPattern"] = follow.pattern
        if group.token:
            asked["nextToken"] = group.token
        self._limiter.wait()
        return self._aws.call("logs", "filter_log_events", **asked)

    def _keep(self, follow: _Follow, group: _Group, raw: Sequence[Mapping[str, Any]]) -> None:
        for one in raw:
            event_id = str(one.get("eventId", ""))
            if event_id in group.seen:
                continue
            event = _event(group.name, one)
            group.seen[event_id] = event.time_ms
            group.newest_ms = max(group.newest_ms, event.time_ms)
            group.drained_events += 1
            follow.ready.append(event)

    def _check_class(self, group: _Group) -> None:
        """Find out once whether the group can be tailed at all."""
        now = self._clock.now()
        if now < group.check_at_s:
            return
        group.check_at_s = now + _RETRY_CLASS_S
        try:
            page = self._aws.call("logs", "describe_log_groups", logGroupNamePrefix=group.name, limit=50)
        except SourceError as error:
            # Without this permission FilterLogEvents itself will tell what is wrong.
            if error.kind in _PASSED_ON:
                group.check_at_s = 0.0
                raise
            return
        found = [one for one in page.get("logGroups", ()) if one.get("logGroupName") == group.name]
        if found:
            group.check_at_s = float("inf")
            group.refusal = _refusal(group.name, str(found[0].get("logGroupClass", "STANDARD")))


def _advance(group: _Group) -> None:
    """Move the start after a complete drain, and forget the ids that cannot be read again."""
    overlap_s = QUIET_OVERLAP_S if group.drained_events < _QUIET_EVENTS else OVERLAP_S
    newest_ms = max(group.newest_ms, group.drain_began_ms - int(LATE_S * 1000))
    # A sender's clock may run ahead: events of the present must not be skipped for it.
    start_ms = min(newest_ms, group.drain_began_ms) - int(overlap_s * 1000)
    group.start_ms = max(group.start_ms, start_ms)
    group.seen = {event_id: at_ms for event_id, at_ms in group.seen.items() if at_ms >= group.start_ms}


def _refusal(name: str, log_class: str) -> str:
    if log_class == "INFREQUENT_ACCESS":
        return f"{text(name)} cannot be tailed: its class is INFREQUENT_ACCESS. Query it with Insights."
    if log_class == "DELIVERY":
        return f"{text(name)} cannot be read in CloudWatch: its class is DELIVERY."
    return ""


def _event(group: str, raw: Mapping[str, Any]) -> LogEvent:
    time_ms = int(raw.get("timestamp", 0))
    return LogEvent(
        id=text(raw.get("eventId")),
        time_ms=time_ms,
        ingested_ms=int(raw.get("ingestionTime", time_ms)),
        group=text(group),
        stream=text(raw.get("logStreamName")),
        message=sanitise(str(raw.get("message", ""))).rstrip("\n"),
    )
