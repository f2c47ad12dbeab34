"""The last day of the stack: alarms that changed state, events of DB instances, scaling activities.

All of the last day is read once, then what is new with an overlap; an entry that comes again is the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import (
    AlarmHistorySnapshot,
    AlarmTransition,
    DbEvent,
    DbEventsSnapshot,
    ScalingActivity,
    ScalingSnapshot,
)
from tui.sources.parse import Aws, epoch, pages, tail, text

LOOK_BACK_S: Final = 24 * 3600.0
OVERLAP_S: Final = 600.0
"""Read again each time: histories are eventually consistent."""
MAX_KEPT: Final = 2_000
"""Of each history, the newest."""
_PAGES: Final = 10
_BOTH: Final = ("MetricAlarm", "CompositeAlarm")

T = TypeVar("T", AlarmTransition, DbEvent)


class AlarmHistorySource:
    """Follows the state changes of all alarms of the Region.

    Args:
        aws: The session.
        clock: For the stretch asked and the snapshot's time.
    """

    def __init__(self, aws: Aws, clock: Clock) -> None:
        self._aws = aws
        self._clock = clock
        self._known: dict[tuple[str, float, str], AlarmTransition] = {}
        self._until_s: float | None = None

    def fetch(self) -> AlarmHistorySnapshot:
        """Return the transitions of the last day, newest first, at most `MAX_KEPT`.

        Raises:
            SourceError: They cannot be read.
        """
        now = self._clock.now()
        try:
            found = self._read(_BOTH, now)
        except SourceError as error:
            # As for the alarms themselves: composite ones need permission on every alarm.
            if error.kind is not ErrorKind.ACCESS_DENIED:
                raise
            found = self._read(_BOTH[:1], now)
        self._known |= {(one.alarm, one.at_s, one.after): one for one in found}
        self._until_s = now
        kept = _newest(self._known.values(), now)
        self._known = {(one.alarm, one.at_s, one.after): one for one in kept}
        return AlarmHistorySnapshot(now, tuple(kept))

    def _read(self, types: Sequence[str], now: float) -> list[AlarmTransition]:
        asked = {
            "AlarmTypes": list(types),
            "HistoryItemType": "StateUpdate",
            "StartDate": _start(self._until_s, now),
            "EndDate": datetime.fromtimestamp(now, UTC),
            "ScanBy": "TimestampDescending",
            "MaxRecords": 100,
        }
        # Newest first: where there are too many the oldest are given up.
        listing = pages(
            self._aws, "cloudwatch", "describe_alarm_history", asked, cursor="NextToken", limit=_PAGES
        )
        return [_transition(raw) for page in listing for raw in page.get("AlarmHistoryItems", ())]


class DbEventsSource:
    """Follows the events of the configured DB instances.

    Args:
        aws: The session.
        databases: DB instance identifiers.
        clock: For the stretch asked and the snapshot's time.
    """

    def __init__(self, aws: Aws, databases: Sequence[str], clock: Clock) -> None:
        self._aws = aws
        self._databases = tuple(databases)
        self._clock = clock
        self._known: dict[DbEvent, None] = {}
        self._until_s: float | None = None

    def fetch(self) -> DbEventsSnapshot:
        """Return the events of the last day, newest first, at most `MAX_KEPT`.

        Raises:
            SourceError: They cannot be read; an instance that does not exist has none.
        """
        now = self._clock.now()
        for name in self._databases:
            asked = {
                "SourceType": "db-instance",
                "SourceIdentifier": name,
                "StartTime": _start(self._until_s, now),
                "EndTime": datetime.fromtimestamp(now, UTC),
                "MaxRecords": 100,
            }
            try:
                for page in pages(self._aws, "rds", "describe_events", asked, cursor="Marker", limit=_PAGES):
                    self._known |= dict.fromkeys(_db_event(raw) for raw in page.get("Events", ()))
            except SourceError as error:
                if error.kind is not ErrorKind.NOT_FOUND:
                    raise
        self._until_s = now
        kept = _newest(self._known, now)
        self._known = dict.fromkeys(kept)
        return DbEventsSnapshot(now, tuple(kept))


class ScalingSource:
    """Follows what Application Auto Scaling does to the configured services.

    Args:
        aws: The session.
        cluster: Name or ARN of the cluster.
        services: Names of services.
        clock: For the snapshot's time.
    """

    def __init__(self, aws: Aws, cluster: str, services: Sequence[str], clock: Clock) -> None:
        self._aws = aws
        self._cluster = tail(cluster)
        self._services = tuple(services)
        self._clock = clock
        self._known: dict[str, ScalingActivity] = {}

    def fetch(self) -> ScalingSnapshot:
        """Return the activities of the last day, newest first, at most `MAX_KEPT`.

        Raises:
            SourceError: They cannot be read.
        """
        now = self._clock.now()
        for name in self._services:
            asked = {
                "ServiceNamespace": "ecs",
                "ResourceId": f"service/{self._cluster}/{name}",
                "ScalableDimension": "ecs:service:DesiredCount",
                "MaxResults": 50,
            }
            limit = _PAGES if not self._known else 1
            # It cannot be asked for a stretch of time; it answers newest first.
            for page in pages(
                self._aws,
                "application-autoscaling",
                "describe_scaling_activities",
                asked,
                cursor="NextToken",
                limit=limit,
            ):
                found = [_activity(raw, name) for raw in page.get("ScalingActivities", ())]
                self._known |= {one.id: one for one in found}
                if found and found[-1].started_s < now - LOOK_BACK_S:
                    break
        kept = sorted(
            (one for one in self._known.values() if one.started_s >= now - LOOK_BACK_S),
            key=lambda one: one.started_s,
            reverse=True,
        )[:MAX_KEPT]
        self._known = {one.id: one for one in kept}
        return ScalingSnapshot(now, tuple(kept))


def _newest(found: Iterable[T], now: float) -> list[T]:
    fresh = [one for one in found if one.at_s >= now - LOOK_BACK_S]
    return sorted(fresh, key=lambda one: one.at_s, reverse=True)[:MAX_KEPT]


def _start(until_s: float | None, now: float) -> datetime:
    start = now - LOOK_BACK_S
    return datetime.fromtimestamp(start if until_s is None else max(start, until_s - OVERLAP_S), UTC)


def _transition(raw: Mapping[str, Any]) -> AlarmTransition:
    data = _json(raw.get("HistoryData"))
    before, after = _part(data, "oldState"), _part(data, "newState")
    return AlarmTransition(
        alarm=text(raw.get("AlarmName")),
        at_s=epoch(raw.get("Timestamp")) or 0.0,
        before=text(before.get("stateValue")),
        after=text(after.get("stateValue")),
        reason=text(after.get("stateReason")) or text(raw.get("HistorySummary")),
    )


def _db_event(raw: Mapping[str, Any]) -> DbEvent:
    return DbEvent(
        database=text(raw.get("SourceIdentifier")),
        at_s=epoch(raw.get("Date")) or 0.0,
        message=text(raw.get("Message")),
        categories=tuple(text(one) for one in raw.get("EventCategories") or ()),
    )


def _activity(raw: Mapping[str, Any], service: str) -> ScalingActivity:
    return ScalingActivity(
        id=text(raw.get("ActivityId")),
        service=service,
        started_s=epoch(raw.get("StartTime")) or 0.0,
        ended_s=epoch(raw.get("EndTime")),
        description=text(raw.get("Description")),
        cause=text(raw.get("Cause")),
        status=text(raw.get("StatusCode")),
        message=text(raw.get("StatusMessage")),
    )


def _json(data: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(data or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
