"""Reads what stands around an event in its stream (GetLogEvents).

See docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html.
"""

from __future__ import annotations

from typing import Any, Final

from tui.domain.snapshots import LogEvent
from tui.sources.logevents import EventMaker
from tui.sources.parse import Aws

MOST_SAME: Final = 1000
"""Events of the very millisecond that are shown."""

_PAGES: Final = 5
"""Pages tried in one direction: they may be empty although there is more."""


def read_context(
    aws: Aws, group: str, stream: str, time_ms: int, before: int, after: int
) -> tuple[LogEvent, ...]:
    """Return events of a stream around a time, oldest first; they have no id.

    Args:
        aws: The session.
        group: Name of the log group.
        stream: Name of the stream.
        time_ms: Of the event in the middle, epoch ms.
        before: Events older than that, at most.
        after: Events younger than that, at most; those of the time itself are returned beside them.

    Raises:
        SourceError: As the session's call.
    """
    asked = {"logGroupName": group, "logStreamName": stream}
    # endTime is exclusive, startTime inclusive: no event is in both.
    older = _read(aws, {**asked, "endTime": time_ms, "startFromHead": False}, before, "nextBackwardToken")
    same = _read(
        aws,
        {**asked, "startTime": time_ms, "endTime": time_ms + 1, "startFromHead": True},
        MOST_SAME,
        "nextForwardToken",
    )
    younger = _read(
        aws, {**asked, "startTime": time_ms + 1, "startFromHead": True}, after, "nextForwardToken"
    )
    make = EventMaker(group).make
    return tuple(
        make({**one, "logStreamName": stream}, int(one.get("timestamp", 0)), "", is_late=False)
        for one in [*older, *same, *younger]
    )


def _read(aws: Aws, asked: dict[str, Any], count: int, cursor: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(_PAGES):
        if len(found) >= count:
            break
        page = aws.call("logs", "get_log_events", **asked, limit=min(10_000, count - len(found)))
        events = list(page.get("events", ()))
        found = events + found if cursor == "nextBackwardToken" else found + events
        token = page.get(cursor)
        if not token or token == asked.get("nextToken"):
            break
        asked = {**asked, "nextToken": token}
    return found[-count:] if cursor == "nextBackwardToken" else found[:count]
