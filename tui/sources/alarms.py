"""Reads the Region's metric and composite alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import Alarm, AlarmsSnapshot
from tui.sources.parse import Aws, epoch, pages, pairs, text

_BOTH = ("MetricAlarm", "CompositeAlarm")


class AlarmsSource:
    """Reads all alarms.

    Args:
        aws: The session.
        clock: For the snapshot's time.
    """

    def __init__(self, aws: Aws, clock: Clock) -> None:
        self._aws = aws
        self._clock = clock

    def fetch(self) -> AlarmsSnapshot:
        """Return the alarms.

        Raises:
            SourceError: They cannot be read.
        """
        try:
            alarms = self._read(_BOTH)
        except SourceError as error:
            # Listing composite alarms needs permission on every alarm ("*"); metric alarms may do without.
            if error.kind is not ErrorKind.ACCESS_DENIED:
                raise
            alarms = self._read(_BOTH[:1])
        return AlarmsSnapshot(self._clock.now(), tuple(alarms))

    def _read(self, types: Sequence[str]) -> list[Alarm]:
        alarms: list[Alarm] = []
        # By default only metric alarms are returned.
        asked = {"AlarmTypes": list(types), "MaxRecords": 100}
        for page in pages(self._aws, "cloudwatch", "describe_alarms", asked, cursor="NextToken"):
            alarms.extend(_alarm(raw, "metric") for raw in page.get("MetricAlarms", ()))
            alarms.extend(_alarm(raw, "composite") for raw in page.get("CompositeAlarms", ()))
        return alarms


def _alarm(raw: Mapping[str, Any], kind: Literal["metric", "composite"]) -> Alarm:
    name = raw.get("MetricName")
    return Alarm(
        name=text(raw.get("AlarmName")),
        kind=kind,
        state=text(raw.get("StateValue")),
        reason=text(raw.get("StateReason")),
        since_s=epoch(raw.get("StateTransitionedTimestamp")) or epoch(raw.get("StateUpdatedTimestamp")),
        metric=f"{text(raw.get('Namespace'))}/{text(name)}" if name else "",
        dimensions=pairs(raw.get("Dimensions", ()), "Name", "Value"),
        actions_enabled=bool(raw.get("ActionsEnabled", False)),
    )
