"""Makes log events of what CloudWatch Logs answers: sanitised at ingest, quickly."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from tui.domain.snapshots import LogEvent
from tui.sources.parse import text
from widgets.text import sanitise

_MOST_NAMES: Final = 10_000
_LONGEST: Final = 1_100_000
"""Characters of a message: more than the 1 MB that CloudWatch Logs takes, so that each is kept whole."""


def event_id(raw: Mapping[str, Any], time_ms: int) -> str:
    """Return the id of an event, sanitised; one made of what it is where the service gives none.

    Args:
        raw: As FilterLogEvents gives it.
        time_ms: Its timestamp.
    """
    given = raw.get("eventId")
    if given:
        found = str(given)
        return found if found.isalnum() else text(found)
    what = f"{time_ms} {raw.get('logStreamName')} {raw.get('message')}"
    return blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class EventMaker:
    """Makes the events of one group.

    Args:
        group: Its name as the service gives it.
    """

    def __init__(self, group: str) -> None:
        self._group = text(group)
        self._streams: dict[str, str] = {}

    def make(self, raw: Mapping[str, Any], time_ms: int, event_id: str, *, is_late: bool) -> LogEvent:
        """Return an event of a response, which names a stream by `logStreamName`.

        Args:
            raw: As FilterLogEvents, GetLogEvents or Live Tail give it.
            time_ms: Its timestamp.
            event_id: Its id, as `event_id` gives it.
            is_late: Whether newer ones were handed out before.
        """
        message = raw.get("message", "")
        # The newline at the end first: without it most lines take the fast way through `sanitise`.
        message = sanitise(str(message).rstrip("\n"), _LONGEST).rstrip("\n")
        return LogEvent(
            event_id,
            time_ms,
            int(raw.get("ingestionTime", time_ms)),
            self._group,
            self.stream(raw.get("logStreamName")),
            message,
            is_late,
        )

    def stream(self, name: Any) -> str:
        """Return the name of a stream, sanitised."""
        if name is None:
            return ""
        found = self._streams.get(name)
        if found is None:
            if len(self._streams) >= _MOST_NAMES:
                self._streams.clear()
            found = self._streams[name] = text(name)
        return found
