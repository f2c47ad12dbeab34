"""Live Tail as a transport of a follow: when a session is open, when polling steps in, and what to say."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.errors import ErrorKind, SourceError
from tui.sources.livetail import MOST_GROUPS, LiveSession
from tui.sources.loggroups import Target
from tui.sources.parse import Aws

RETRY_S: Final = 60.0
"""Until a session that broke or was refused as one too many is tried again, real seconds."""

_JOINT_S = 5.0
"""After a session has opened, polling goes on this long: what is being ingested just then is on no side."""

_FINAL = frozenset({ErrorKind.ACCESS_DENIED, ErrorKind.INVALID, ErrorKind.NOT_FOUND, ErrorKind.BUG})


@dataclass(frozen=True, slots=True)
class Brought:
    """What Live Tail brought.

    Attributes:
        events: Raw events.
        must_poll: They may not be all: polling reads the stretch again.
    """

    events: Sequence[Mapping[str, Any]] = ()
    must_poll: bool = True


class LiveFeed:
    """Keeps one session open while it is wanted; not safe for use from several threads, except `close`.

    Args:
        aws: The session with AWS.
        pattern: Filter pattern; "" takes everything.
        monotonic: Real time, seconds.
    """

    def __init__(self, aws: Aws, pattern: str = "", monotonic: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""
        """Why events are polled although Live Tail is wanted, as a sentence."""
        self._aws = aws
        self._pattern = pattern
        self._monotonic = monotonic
        self._session: LiveSession | None = None
        self._targets: tuple[Target, ...] = ()
        self._retry_at_s = float("-inf")
        self._opened_at_s: float | None = None
        self._is_sampled = False
        self._is_closed = False

    @property
    def transport(self) -> str:
        """How events come: "polling", "live tail" or "live tail, sampled"."""
        if self._session is None or not self._session.is_open:
            return "polling"
        return "live tail, sampled" if self._is_sampled else "live tail"

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    def close(self) -> None:
        """End the session for good; never blocks, may be called from any thread."""
        self._is_closed = True
        session = self._session
        if session is not None:
            session.close()

    def bring(self, targets: Sequence[Target]) -> Brought:
        """Open a session for these groups if none is, and return what it brought.

        Args:
            targets: The groups that are followed.
        """
        wanted = tuple(targets)
        if wanted != self._targets:
            self._end()
            self._targets, self._retry_at_s, self.problem = wanted, float("-inf"), ""
        if self._session is None:
            self._open()
        session = self._session
        if session is None:
            return Brought()
        # Before the news: what came until the end must not be left behind.
        has_ended = session.has_ended
        news = session.take()
        self._is_sampled = news.is_sampled or (self._is_sampled and not news.events)
        if has_ended:
            self._after(session)
            return Brought(news.events)
        must_poll = self._is_joining(session) or news.has_dropped or self._is_sampled
        return Brought(news.events, must_poll)

    def _open(self) -> None:
        if self._is_closed or not self._targets or self._monotonic() < self._retry_at_s:
            return
        self.problem = _unfit(self._targets)
        if self.problem:
            self._retry_at_s = float("inf")
            return
        asked: dict[str, Any] = {"logGroupIdentifiers": list(dict.fromkeys(one.arn for one in self._targets))}
        if len(self._targets) == 1 and self._targets[0].prefix:
            asked["logStreamNamePrefixes"] = [self._targets[0].prefix]
        if self._pattern:
            asked["logEventFilterPattern"] = self._pattern
        self._opened_at_s, self._is_sampled = None, False
        self._session = LiveSession(self._aws, asked)
        if self._is_closed:
            self._session.close()

    def _is_joining(self, session: LiveSession) -> bool:
        if not session.is_open:
            return True
        if self._opened_at_s is None:
            self._opened_at_s = self._monotonic()
            self.problem = ""
        return self._monotonic() - self._opened_at_s < _JOINT_S

    def _after(self, session: LiveSession) -> None:
        """Decide what to do when a session has ended."""
        self._session = None
        if session.has_timed_out or self._is_closed:
            # Each session ends after three hours; polling covers the joint.
            self._open()
            return
        error = session.error or SourceError(ErrorKind.UNREACHABLE, "The stream of Live Tail has ended.")
        is_final = error.kind in _FINAL and not session.has_opened
        self._retry_at_s = float("inf") if is_final else self._monotonic() + RETRY_S
        rest = "" if is_final else " Live Tail is tried again in a minute."
        self.problem = f"Live Tail is off, events are polled: {error.summary} {error.hint}".strip() + rest

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _unfit(targets: Sequence[Target]) -> str:
    if len(targets) > MOST_GROUPS:
        return (
            f"Live Tail takes {MOST_GROUPS} log groups at most, and {len(targets)} are followed: "
            "events are polled."
        )
    if not all(target.arn for target in targets):
        return (
            "Live Tail needs the ARNs of the log groups, and DescribeLogGroups does not give them: "
            "events are polled."
        )
    return ""
