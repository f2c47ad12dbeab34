"""Reads the load of RDS instances by wait event: Performance Insights, where it is switched on.

https://docs.aws.amazon.com/performance-insights/latest/APIReference/API_GetResourceMetrics.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.domain.clock import Clock
from tui.domain.errors import SourceError
from tui.domain.snapshots import DatabaseLoad, DbInstance, LoadSnapshot, RdsSnapshot
from tui.sources.parse import Aws, epoch, text

WAITS: Final = 7
"""Wait events that are asked for, those with the most load."""
BACK_S: Final = 600.0
"""How far back is read: the newest minutes are not there yet."""
_PERIOD_S: Final = 60
_METRIC: Final = "db.load.avg"


class LoadSource:
    """Reads the load of the described instances.

    Args:
        aws: The session.
        described: Returns the latest description of the instances; None before the first.
        clock: For the stretch of time that is asked for.
    """

    def __init__(self, aws: Aws, described: Callable[[], RdsSnapshot | None], clock: Clock) -> None:
        self._aws = aws
        self._described = described
        self._clock = clock

    def is_wanted(self) -> bool:
        """Whether an instance has Performance Insights."""
        return bool(self._instances())

    def fetch(self) -> LoadSnapshot:
        """Return the newest load of each instance that has Performance Insights.

        Raises:
            SourceError: None of them can be read.
        """
        loads: list[DatabaseLoad] = []
        first: SourceError | None = None
        for one in self._instances():
            try:
                found = self._load(one)
            except SourceError as error:
                first = first or error
            else:
                loads += [found] if found is not None else []
        if first is not None and not loads:
            raise first
        return LoadSnapshot(self._clock.now(), tuple(loads))

    def _instances(self) -> list[DbInstance]:
        snapshot = self._described()
        instances = snapshot.instances if snapshot is not None else ()
        return [one for one in instances if one.has_performance_insights and one.resource_id]

    def _load(self, instance: DbInstance) -> DatabaseLoad | None:
        end = self._clock.now() // _PERIOD_S * _PERIOD_S
        found = self._aws.call(
            "pi",
            "get_resource_metrics",
            ServiceType="RDS",
            Identifier=instance.resource_id,
            MetricQueries=[{"Metric": _METRIC, "GroupBy": {"Group": "db.wait_event", "Limit": WAITS}}],
            StartTime=datetime.fromtimestamp(end - BACK_S, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            PeriodInSeconds=_PERIOD_S,
        )
        return _newest(instance.id, found.get("MetricList") or ())


def _newest(database: str, metrics: Any) -> DatabaseLoad | None:
    """Return the newest minute for which the load as a whole is known; None without one."""
    whole: dict[float, float] = {}
    waits: dict[str, dict[float, float]] = {}
    for one in metrics:
        dimensions: Mapping[str, Any] = (one.get("Key") or {}).get("Dimensions") or {}
        series = waits.setdefault(_name(dimensions), {}) if dimensions else whole
        for point in one.get("DataPoints") or ():
            at = epoch(point.get("Timestamp"))
            # A minute that is not complete yet has no value.
            if at is not None and point.get("Value") is not None:
                series[at] = float(point["Value"])
    if not whole:
        return None
    at = max(whole)
    parts = sorted(
        ((name, series[at]) for name, series in waits.items() if series.get(at, 0.0) > 0),
        key=lambda part: (-part[1], part[0]),
    )
    return DatabaseLoad(database, at, whole[at], tuple(parts))


def _name(dimensions: Mapping[str, Any]) -> str:
    event = text(dimensions.get("db.wait_event.name"))
    kind = text(dimensions.get("db.wait_event.type"))
    return event if not kind or kind == event else f"{kind}:{event}"
