"""Reads who changed the stack lately, from CloudTrail's event history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.snapshots import Change, ChangesSnapshot
from tui.sources.limiter import Limiter
from tui.sources.parse import Aws, epoch, pages, text

LOOK_BACK_S: Final = 3 * 3600.0
LATE_S: Final = 20 * 60.0
"""CloudTrail delivers within about 15 minutes: this far back is read again each time."""

MAX_CHANGES: Final = 200
_PAGES_PER_FETCH = 6
_SERVICES = frozenset(
    f"{name}.amazonaws.com"
    for name in ("ecs", "rds", "elasticloadbalancing", "application-autoscaling", "logs", "monitoring")
)
# Written by agents and by the services themselves all day long, and by nobody who changed anything.
_NOISE = frozenset(
    {
        "CreateLogStream", "DiscoverPollEndpoint", "SubmitTaskStateChange", "SubmitContainerStateChange",
        "SubmitAttachmentStateChanges", "UpdateContainerInstancesState",
    }
)  # fmt: skip


class ChangesSource:
    """Follows write calls to the services of the stack.

    Args:
        aws: The session.
        clock: For the window asked and the snapshot's time.
        limiter: CloudTrail allows two LookupEvents a second for an account and Region.
    """

    def __init__(self, aws: Aws, clock: Clock, limiter: Limiter | None = None) -> None:
        self._aws = aws
        self._clock = clock
        self._limiter = limiter or Limiter(2.0, burst=2)
        self._known: dict[str, Change] = {}
        self._read_until_s: float | None = None

    def fetch(self) -> ChangesSnapshot:
        """Return the changes of the last hours, newest first, at most `MAX_CHANGES`.

        Raises:
            SourceError: They cannot be read.
        """
        now = self._clock.now()
        oldest = now - LOOK_BACK_S
        start = oldest if self._read_until_s is None else max(oldest, self._read_until_s - LATE_S)
        for event in self._events(start, now):
            change = _change(event)
            if change.service in _SERVICES and change.event not in _NOISE:
                self._known[change.id] = change
        self._read_until_s = now
        newest = sorted(self._known.values(), key=lambda change: change.at_s, reverse=True)
        kept = [change for change in newest if change.at_s >= oldest][:MAX_CHANGES]
        self._known = {change.id: change for change in kept}
        return ChangesSnapshot(now, tuple(kept))

    def _events(self, start_s: float, end_s: float) -> list[Mapping[str, Any]]:
        events: list[Mapping[str, Any]] = []
        asked = {
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
            "StartTime": datetime.fromtimestamp(start_s, UTC),
            "EndTime": datetime.fromtimestamp(end_s, UTC),
            "MaxResults": 50,
        }
        # Pages come newest first: in a busy account the oldest are given up.
        listing = pages(
            _Paced(self._aws, self._limiter),
            "cloudtrail",
            "lookup_events",
            asked,
            cursor="NextToken",
            limit=_PAGES_PER_FETCH,
        )
        for page in listing:
            events.extend(page.get("Events", ()))
        return events


class _Paced:
    def __init__(self, aws: Aws, limiter: Limiter) -> None:
        self._aws = aws
        self._limiter = limiter

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        self._limiter.wait()
        return self._aws.call(service, method, **params)


def _change(raw: Mapping[str, Any]) -> Change:
    details = _details(raw.get("CloudTrailEvent"))
    identity = details.get("userIdentity")
    arn = identity.get("arn") if isinstance(identity, Mapping) else None
    who = text(raw.get("Username")) or text(arn).rsplit("/", 1)[-1]
    invoker = identity.get("invokedBy") if isinstance(identity, Mapping) else None
    return Change(
        id=text(raw.get("EventId")),
        at_s=epoch(raw.get("EventTime")) or 0.0,
        who=who or text(invoker) or "unknown",
        event=text(raw.get("EventName")),
        service=text(raw.get("EventSource")),
        resources=tuple(text(one.get("ResourceName")) for one in raw.get("Resources", ())),
        error=text(details.get("errorCode")),
        request_id=text(details.get("requestID")),
        agent=text(details.get("userAgent"), 256),
    )


def _details(event: Any) -> Mapping[str, Any]:
    try:
        details = json.loads(event or "{}")
    except (TypeError, ValueError):
        return {}
    return details if isinstance(details, dict) else {}
