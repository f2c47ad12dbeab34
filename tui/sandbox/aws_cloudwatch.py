"""CloudWatch as moto serves it, with metrics, alarm states and history from the sandbox."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from typing import Any

import moto.cloudwatch.urls
from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from tui.sandbox.alarms import AlarmBook, state_of
from tui.sandbox.metric_store import MetricKey, is_statistic
from tui.sandbox.world import World

_MAX_POINTS = 100_800
_LISTED = 500
_HISTORY_PAGE = 100


class SandboxCloudWatch(CloudWatchResponse):
    """Overrides of CloudWatch's operations; method names are the operations in snake case."""

    world: World
    book: AlarmBook

    def get_metric_data(self) -> Any:
        """Answer from the metric store, page by page."""
        start, end = self._range()
        queries = self._get_param("MetricDataQueries", []) or []
        limit = min(int(self._get_param("MaxDatapoints") or _MAX_POINTS), _MAX_POINTS)
        newest_first = (self._get_param("ScanBy") or "TimestampDescending") == "TimestampDescending"
        first = _decode(self._get_param("NextToken"))
        series = [self._series(query, start, end, newest_first) for query in queries]
        results, left = [], limit
        following: str | None = None
        skipped = 0
        for query, (times, values) in zip(queries, series, strict=True):
            if not query.get("ReturnData", True):
                continue
            begin = min(max(first - skipped, 0), len(times))
            skipped += len(times)
            take = min(left, len(times) - begin)
            left -= take
            is_cut = begin + take < len(times)
            if is_cut and following is None:
                following = _encode(first + limit)
            if begin and begin == len(times):
                continue
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query.get("Label") or _label(query),
                    "Timestamps": times[begin : begin + take],
                    "Values": values[begin : begin + take],
                    "StatusCode": "PartialData" if is_cut else "Complete",
                }
            )
        return self._data(results, following)

    def _series(
        self, query: dict[str, Any], start: float, end: float, newest_first: bool
    ) -> tuple[list[int], list[float]]:
        stat = query.get("MetricStat")
        if stat is None:
            raise ValidationError(
                "The sandbox answers MetricStat queries only; compute the expression from its metrics."
            )
        if not is_statistic(stat["Stat"]):
            raise ValidationError(f"The value {stat['Stat']} for parameter Stat is not supported.")
        metric = stat["Metric"]
        key = _key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))
        times, values = self.world.metrics.query(key, start, end, int(stat["Period"]), stat["Stat"])
        return (times[::-1], values[::-1]) if newest_first else (times, values)

    def _data(self, results: list[dict[str, Any]], following: str | None) -> Any:
        answer: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
        if following:
            answer["NextToken"] = following
        if "json" in self.headers.get("Content-Type", ""):
            # moto's serializer walks every point through the service's model: seconds for a day.
            self.response_headers["content-type"] = "application/x-amz-json-1.0"
            return json.dumps(answer)
        for result in results:
            result["Timestamps"] = [_utc(at) for at in result["Timestamps"]]
        return ActionResult(answer)

    def get_metric_statistics(self) -> ActionResult:
        """Answer from the same store as GetMetricData."""
        start, end = self._range()
        statistics = self._get_param("Statistics", []) or []
        extended = self._get_param("ExtendedStatistics", []) or []
        if not statistics and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        key = _key(self._get_param("Namespace"), self._get_param("MetricName"), self._get_param("Dimensions"))
        period = self._get_int_param("Period")
        unit = self.world.metrics.unit(key)
        points: dict[int, dict[str, Any]] = {}
        for name in (*statistics, *extended):
            if not is_statistic(name):
                raise InvalidParameterValue(f"The value {name} for a statistic is not supported.")
            for at, value in zip(*self.world.metrics.query(key, start, end, period, name), strict=True):
                point = points.setdefault(at, {"Timestamp": _utc(at), "Unit": unit})
                if name in extended:
                    point.setdefault("ExtendedStatistics", {})[name] = value
                else:
                    point[name] = value
        return ActionResult({"Label": key.name, "Datapoints": list(points.values())})

    def put_metric_data(self) -> EmptyResult:
        """Store what a client publishes beside the stack's own metrics."""
        namespace = self._get_param("Namespace")
        for datum in self._get_param("MetricData", []) or []:
            key = _key(namespace, datum["MetricName"], datum.get("Dimensions"))
            at = _epoch(datum["Timestamp"]) if datum.get("Timestamp") else self.world.clock.now()
            unit = datum.get("Unit") or "None"
            store = self.world.metrics
            if sets := datum.get("StatisticValues"):
                low, high = float(sets["Minimum"]), float(sets["Maximum"])
                store.add_set(key, at, float(sets["SampleCount"]), float(sets["Sum"]), low, high, unit)
                continue
            values = datum.get("Values") or [datum.get("Value", 0.0)]
            counts = datum.get("Counts") or [1.0] * len(values)
            pairs = zip(map(float, values), map(float, counts), strict=True)
            store.add_all(key, at, pairs, unit)
        return EmptyResult()

    def list_metrics(self) -> ActionResult:
        """List the metrics that have values, 500 a page."""
        namespace, name = self._get_param("Namespace"), self._get_param("MetricName")
        wanted = self._get_param("Dimensions", []) or []
        first = _decode(self._get_param("NextToken"))
        found = [
            key
            for key in self.world.metrics.known()
            if (not namespace or key.namespace == namespace)
            and (not name or key.name == name)
            and all(_has_dimension(key, one) for one in wanted)
        ]
        page = [
            {
                "Namespace": key.namespace,
                "MetricName": key.name,
                "Dimensions": [{"Name": one, "Value": value} for one, value in key.dimensions],
            }
            for key in found[first : first + _LISTED]
        ]
        following = _encode(first + _LISTED) if first + _LISTED < len(found) else None
        return ActionResult({"Metrics": page, "NextToken": following})

    def put_metric_alarm(self) -> EmptyResult:
        """Create an alarm without data, or replace one whose state stays, as the service does."""
        name = self._get_param("AlarmName")
        before = self.cloudwatch_backend.alarms.get(name)
        state = None if before is None else state_of(before)
        super().put_metric_alarm()
        self.book.configured(self.cloudwatch_backend.alarms[name], state)
        self.book.evaluate(self.cloudwatch_backend.alarms.values())
        return EmptyResult()

    put_composite_alarm = put_metric_alarm

    def describe_alarms(self) -> ActionResult:
        """Describe metric alarms, and composite ones only where they are asked for."""
        described: Any = super().describe_alarms().result
        answer: dict[str, Any] = dict(described)
        types = self._get_param("AlarmTypes", []) or ["MetricAlarm"]
        for kind in ("MetricAlarm", "CompositeAlarm"):
            if kind not in types:
                answer[f"{kind}s"] = []
        if state := self._get_param("StateValue"):
            for kind in ("MetricAlarms", "CompositeAlarms"):
                answer[kind] = [alarm for alarm in answer[kind] if alarm.state_value == state]
        return ActionResult(answer)

    def set_alarm_state(self) -> EmptyResult:
        """Set a state by hand, until the next evaluation."""
        name = self._get_param("AlarmName")
        super().set_alarm_state()
        alarm = self.cloudwatch_backend.alarms[name]
        alarm.state_value, state = "", alarm.state_value
        self.book.set_state(alarm, state, self._get_param("StateReason"))
        return EmptyResult()

    def describe_alarm_history(self) -> ActionResult:
        """List configuration changes and transitions, newest first, 100 a page."""
        start, end = self._get_param("StartDate"), self._get_param("EndDate")
        items = self.book.history(
            self._get_param("AlarmName"),
            self._get_param("HistoryItemType"),
            0.0 if start is None else _epoch(start),
            math.inf if end is None else _epoch(end),
        )
        types = self._get_param("AlarmTypes", []) or ["MetricAlarm"]
        if self._get_param("AlarmName") is None or self._get_param("AlarmTypes", []):
            items = [item for item in items if item.kind in types]
        if (self._get_param("ScanBy") or "TimestampDescending") == "TimestampAscending":
            items.reverse()
        limit = min(int(self._get_param("MaxRecords") or _HISTORY_PAGE), _HISTORY_PAGE)
        first = _decode(self._get_param("NextToken"))
        wire = [
            {
                "AlarmName": item.name,
                "AlarmType": item.kind,
                "Timestamp": _utc(item.at_s),
                "HistoryItemType": item.type,
                "HistorySummary": item.summary,
                "HistoryData": item.data,
            }
            for item in items[first : first + limit]
        ]
        following = _encode(first + limit) if first + limit < len(items) else None
        return ActionResult({"AlarmHistoryItems": wire, "NextToken": following})

    def _range(self) -> tuple[float, float]:
        start, end = _epoch(self._get_param("StartTime")), _epoch(self._get_param("EndTime"))
        if start >= end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        return start, end


def install(world: World) -> AlarmBook:
    """Put the overrides in moto's place; return the book that evaluates alarms."""
    SandboxCloudWatch.world = world
    SandboxCloudWatch.book = AlarmBook(world.metrics, world.clock)
    moto.cloudwatch.urls.url_paths["{0}/$"] = SandboxCloudWatch.dispatch
    return SandboxCloudWatch.book


def evaluate(world: World, book: AlarmBook) -> None:
    """Evaluate all alarms of the sandbox's account and region."""
    book.evaluate(cloudwatch_backends[world.settings.account][world.settings.region].alarms.values())


def _key(namespace: str, name: str, dimensions: list[dict[str, str]] | None) -> MetricKey:
    return MetricKey(namespace, name, tuple(sorted((one["Name"], one["Value"]) for one in dimensions or [])))


def _has_dimension(key: MetricKey, wanted: dict[str, str]) -> bool:
    value = wanted.get("Value")
    return any(name == wanted["Name"] and value in (None, found) for name, found in key.dimensions)


def _label(query: dict[str, Any]) -> str:
    return str(query["MetricStat"]["Metric"]["MetricName"])


def _epoch(moment: Any) -> float:
    if not isinstance(moment, dt.datetime):
        return float(moment)
    # moto's parsers hand out naive datetimes in UTC.
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _utc(at_s: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_s, tz=dt.UTC)


def _encode(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _decode(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except ValueError:
        raise ValidationError("The specified NextToken is invalid.") from None
