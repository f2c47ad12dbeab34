"""StartLiveTail: sessions that stream what is ingested, each on the thread of its own request."""

from __future__ import annotations

import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.logs.models import logs_backends

from tui.domain.filterpattern import InvalidPattern, compile_pattern
from tui.sandbox.calls import Call, read_call
from tui.sandbox.eventstream import CONTENT_TYPE, event, exception
from tui.sandbox.log_groups import is_standard, unsupported
from tui.sandbox.log_store import Feed, StoredEvent
from tui.sandbox.replies import Application, StartResponse, connection_of, refuse
from tui.sandbox.world import World

MAX_SESSIONS = 15
UPDATE_EVENTS = 500
"""Events of one update; of more, a sample is sent."""
SESSION_S = 3 * 3600.0
_TARGET = ".StartLiveTail"
_UPDATE_S = 1.0
_LOOK_S = 0.2
_MAX_GROUPS = 10


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Session:
    asked: Mapping[str, Any]
    arns: Mapping[str, str]
    """The group's ARN as it was asked for, by the group's name."""
    chosen: Callable[[StoredEvent], bool]
    feed: Feed
    started_s: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    ending: tuple[str, str] | None = None
    """Exception and text that end it on request."""


class LiveTail:
    """A WSGI application that answers StartLiveTail and leaves other calls to the one behind it."""

    def __init__(self, behind: Application, world: World) -> None:
        self._behind = behind
        self._world = world
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sessions: list[_Session] = []

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if not environ.get("HTTP_X_AMZ_TARGET", "").endswith(_TARGET):
            return self._behind(environ, start_response)
        call = read_call(environ)
        try:
            session = self._open(call)
        except _Refused as refusal:
            return refuse(call, start_response, refusal.code, str(refusal))
        # Without a length the server sends chunks, one per message.
        start_response("200 OK", [("Content-Type", CONTENT_TYPE), ("x-amzn-RequestId", session.id)])
        return self._stream(session, connection_of(environ))

    def close(self) -> None:
        """End all sessions."""
        self._closing.set()

    def count(self) -> int:
        """Return how many sessions are open."""
        with self._lock:
            return len(self._sessions)

    def end(self, code: str, message: str) -> int:
        """End all sessions with an exception; return how many there were."""
        with self._lock:
            for session in self._sessions:
                session.ending = (code, message)
            return len(self._sessions)

    def _open(self, call: Call) -> _Session:
        asked = call.parameters
        arns = self._groups(asked.get("logGroupIdentifiers") or [])
        names, prefixes = asked.get("logStreamNames") or [], asked.get("logStreamNamePrefixes") or []
        if (names or prefixes) and len(arns) > 1:
            raise _Refused(
                "InvalidParameterException", "Log streams can only be chosen with a single log group."
            )
        if names and prefixes:
            raise _Refused(
                "InvalidParameterException",
                "logStreamNames and logStreamNamePrefixes are mutually exclusive.",
            )
        try:
            matches = compile_pattern(asked.get("logEventFilterPattern") or "")
        except InvalidPattern as problem:
            raise _Refused("InvalidParameterException", f"Invalid filter pattern: {problem}") from None
        starts = tuple(prefixes)

        def chosen(one: StoredEvent) -> bool:
            is_stream = (not names or one.stream in names) and (not starts or one.stream.startswith(starts))
            return is_stream and matches(one.message)

        with self._lock:
            if len(self._sessions) >= MAX_SESSIONS:
                raise _Refused("LimitExceededException", "The maximum number of Live Tail sessions is open.")
            feed = self._world.logs.follow(arns)
            session = _Session(asked, arns, chosen, feed, self._world.clock.now())
            self._sessions.append(session)
            return session

    def _groups(self, identifiers: list[str]) -> dict[str, str]:
        settings = self._world.settings
        known = logs_backends[settings.account][settings.region].groups
        if not 1 <= len(identifiers) <= _MAX_GROUPS:
            raise _Refused("InvalidParameterException", "Give 1 to 10 logGroupIdentifiers.")
        arns: dict[str, str] = {}
        for identifier in identifiers:
            _, found, name = identifier.partition(":log-group:")
            if not identifier.startswith("arn:") or not found or name.endswith("*"):
                raise _Refused(
                    "InvalidParameterException", "logGroupIdentifiers must be ARNs that do not end in *."
                )
            if name not in known:
                raise _Refused("ResourceNotFoundException", "The specified log group does not exist.")
            if not is_standard(known[name]):
                raise _Refused("InvalidOperationException", unsupported(known[name], "StartLiveTail"))
            arns[name] = identifier
        return arns

    def _stream(self, session: _Session, connection: socket.socket | None) -> Iterator[bytes]:
        try:
            yield event("initial-response", {})
            yield event("sessionStart", _start(session))
            while True:
                if not self._wait(session, connection):
                    return
                ending = session.ending
                if ending is None and self._world.clock.now() - session.started_s >= SESSION_S:
                    ending = ("SessionTimeoutException", "The session has timed out after 3 hours.")
                if ending is not None:
                    yield exception(*ending)
                    return
                yield event("sessionUpdate", _update(session))
        finally:
            session.feed.close()
            with self._lock:
                self._sessions = [one for one in self._sessions if one is not session]

    def _wait(self, session: _Session, connection: socket.socket | None) -> bool:
        """Wait for the next update; return whether the client is still there."""
        due = time.monotonic() + _UPDATE_S
        while time.monotonic() < due and session.ending is None:
            if self._closing.wait(_LOOK_S) or (connection is not None and _is_gone(connection)):
                return False
        return True


def _is_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its side; while it listens it sends nothing."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


def _start(session: _Session) -> dict[str, Any]:
    asked = session.asked
    return {
        "requestId": session.id,
        "sessionId": session.id,
        "logGroupIdentifiers": list(session.arns.values()),
        "logStreamNames": asked.get("logStreamNames") or [],
        "logStreamNamePrefixes": asked.get("logStreamNamePrefixes") or [],
        "logEventFilterPattern": asked.get("logEventFilterPattern") or "",
    }


def _update(session: _Session) -> dict[str, Any]:
    found = [(group, one) for group, one in session.feed.take() if session.chosen(one)]
    is_sampled = len(found) > UPDATE_EVENTS
    if is_sampled:
        found = [found[number * len(found) // UPDATE_EVENTS] for number in range(UPDATE_EVENTS)]
    results = [
        {
            "logStreamName": one.stream,
            "logGroupIdentifier": session.arns[group],
            "message": one.message,
            "timestamp": one.time_ms,
            "ingestionTime": one.ingested_ms,
        }
        for group, one in found
    ]
    return {"sessionMetadata": {"sampled": is_sampled}, "sessionResults": results}
