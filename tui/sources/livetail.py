"""One session of Live Tail, read in a thread of its own into a bounded queue.

See docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html. A reader that is
slow loses events at the service, so nothing is done in the thread but to queue them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.errors import SourceError
from tui.sources.errors import translate
from tui.sources.parse import Aws

MOST_GROUPS: Final = 10
"""Groups that one session takes."""

MOST_QUEUED: Final = 20_000
"""Events that wait to be fetched; beyond, the oldest go, and polling brings them."""

TIMED_OUT: Final = "SessionTimeoutException"
"""How a session ends after three hours."""


@dataclass(frozen=True, slots=True)
class LiveNews:
    """What a session brought since it was last asked.

    Attributes:
        events: As the service gives them: logGroupIdentifier, logStreamName, message, timestamp.
        is_sampled: The service thinned events out.
        has_dropped: Events were dropped here, as nobody fetched them.
    """

    events: tuple[Mapping[str, Any], ...] = ()
    is_sampled: bool = False
    has_dropped: bool = False


class LiveSession:
    """A session that starts at once and ends with `close`, or by itself.

    Attributes:
        is_open: The service has confirmed the session and it has not ended.
        has_opened: It was open at some time.
        has_ended: Nothing more comes.
        has_timed_out: It ended because the service ends each after three hours.
        error: Why it could not start, or broke; None while it runs and after `close`.

    Args:
        aws: The session with AWS.
        asked: Parameters of StartLiveTail.
        most: Events kept in the queue.
    """

    def __init__(self, aws: Aws, asked: Mapping[str, Any], most: int = MOST_QUEUED) -> None:
        self.is_open = False
        self.has_opened = False
        self.has_ended = False
        self.has_timed_out = False
        self.error: SourceError | None = None
        self._aws = aws
        self._asked = asked
        self._most = most
        self._lock = threading.Lock()
        self._queue: deque[Mapping[str, Any]] = deque()
        self._is_sampled = False
        self._has_dropped = False
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-tail", daemon=True)
        self._thread.start()

    def take(self) -> LiveNews:
        """Return what came since the last time."""
        with self._lock:
            news = LiveNews(tuple(self._queue), self._is_sampled, self._has_dropped)
            self._queue.clear()
            self._is_sampled = self._has_dropped = False
        return news

    def close(self) -> None:
        """Have the session ended; never blocks.

        The thread closes the stream itself after the next update, which comes each second: closing it
        from elsewhere waits for the read that it is in.
        """
        self._is_closing.set()
        self.is_open = False

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of the thread; return whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            stream = self._aws.call("logs", "start_live_tail", **self._asked)["responseStream"]
            try:
                self._read(stream)
            finally:
                stream.close()
        except Exception as error:  # noqa: BLE001 - kept for the one who asks
            if not self._is_closing.is_set():
                self._fail(error)
        self.is_open = False
        self.has_ended = True

    def _read(self, stream: Any) -> None:
        for message in stream:
            if self._is_closing.is_set():
                return
            if "sessionStart" in message:
                self.is_open = self.has_opened = True
            update = message.get("sessionUpdate")
            if update is not None:
                self._queue_up(update)

    def _queue_up(self, update: Mapping[str, Any]) -> None:
        with self._lock:
            self._queue.extend(update.get("sessionResults", ()))
            self._is_sampled |= bool(update.get("sessionMetadata", {}).get("sampled"))
            while len(self._queue) > self._most:
                self._queue.popleft()
                self._has_dropped = True

    def _fail(self, error: Exception) -> None:
        response = getattr(error, "response", None)
        code = response.get("Error", {}).get("Code", "") if isinstance(response, Mapping) else ""
        self.has_timed_out = code == TIMED_OUT or TIMED_OUT in str(error)
        if not self.has_timed_out:
            self.error = translate(error, service="logs", operation="StartLiveTail")
