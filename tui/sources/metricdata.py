"""GetMetricData on the wire: which queries are sent, in how many requests, and what came back.

See docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from config.schema import MetricSpec
from tui.domain.costs import metrics_requested
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import MetricTarget, SeriesKey
from tui.sources.parse import Aws, chunks, text

MAX_QUERIES: Final = 500
"""Queries per request."""

MAX_POINTS: Final = 100_800
"""Points per request; beyond, the answer comes in pages."""

BASE_PERIOD_S: Final = 60
MAX_DIVISIONS: Final = 12
"""Requests spent at most to find out which series of a refused request are at fault."""
PLAIN_STATISTICS: Final = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})
_MAX_PAGES = 50

Points = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Query:
    """One series to ask for."""

    key: SeriesKey
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    scale: float
    is_base: bool
    """Whether levels are judged on it: asked at the period at which CloudWatch publishes."""


@dataclass(slots=True)
class Answer:
    """What one round of requests gave. Values are scaled; times are multiples of the period."""

    points: dict[SeriesKey, Points] = field(default_factory=dict)
    forbidden: dict[SeriesKey, str] = field(default_factory=dict)
    """Series that are not allowed, with the sentence."""
    incomplete: dict[SeriesKey, str] = field(default_factory=dict)
    """Series to be asked again, with the sentence."""
    refused: dict[SeriesKey, str] = field(default_factory=dict)
    """Series that the service refuses or fails on, with the sentence: not to be asked again soon."""


@dataclass(slots=True)
class Tally:
    """What was asked for since the start."""

    requests: int = 0
    metrics: int = 0


def plan(
    specs: Iterable[MetricSpec], targets: Iterable[MetricTarget], period_s: int, *, split: bool
) -> list[Query]:
    """Return all series that the console wants.

    Args:
        specs: The metrics of the configuration.
        targets: The resources.
        period_s: Period of the points drawn, seconds.
        split: Also per target group, where a metric has that.

    Returns:
        For each metric and statistic its base series, and the one to be drawn where its period differs.
    """
    wanted: dict[SeriesKey, Query] = {}
    specs = tuple(specs)
    for target in targets:
        for spec in specs:
            if spec.source == "cloudwatch" and spec.name and _is_published(spec, target):
                for query in _queries(spec, target, period_s, split=split):
                    wanted.setdefault(query.key, query)
    return list(wanted.values())


def rounds(asked: Sequence[tuple[Query, int]], end_s: int) -> Iterator[tuple[list[Query], int]]:
    """Group queries into requests: one where its points fit, else one for each start.

    Args:
        asked: Queries with the time from which each is wanted.
        end_s: End of all ranges, exclusive.

    Yields:
        At most `MAX_QUERIES` queries and the start of their common range.
    """
    if not asked:
        return
    earliest = min(start for _, start in asked)
    total = sum((end_s - earliest) // query.key.period_s + 1 for query, _ in asked)
    starts = {earliest} if total <= MAX_POINTS else {start for _, start in asked}
    for start in sorted(starts):
        group = [query for query, wanted in asked if len(starts) == 1 or wanted == start]
        for some in chunks(group, MAX_QUERIES):
            yield list(some), start


def request(aws: Aws, queries: Sequence[Query], start_s: int, end_s: int, tally: Tally) -> Answer:
    """Ask for at most `MAX_QUERIES` series, all pages.

    A request that the service refuses is divided until the series at fault is found: one bad metric
    of the configuration must not blank all the others.

    Args:
        aws: The session.
        queries: What to ask for.
        start_s: First time wanted; moved back to a common multiple of the periods.
        end_s: End, exclusive.
        tally: Counts requests and metrics.

    Raises:
        SourceError: The request failed as a whole.
    """
    try:
        return _whole(aws, queries, start_s, end_s, tally)
    except SourceError as error:
        if not _is_answer(error):
            raise
        divided = _Division(aws, start_s, end_s, tally, Answer(points={query.key: [] for query in queries}))
        if not divided.ask(queries, error):
            raise
        return divided.answer


class _Division:
    """Finds which series of a refused request are at fault, with a bounded number of requests."""

    def __init__(self, aws: Aws, start_s: int, end_s: int, tally: Tally, answer: Answer) -> None:
        self._aws = aws
        self._span = (start_s, end_s)
        self._tally = tally
        self._left = MAX_DIVISIONS
        self.answer = answer

    def ask(self, queries: Sequence[Query], error: SourceError) -> bool:
        """Ask for parts of a refused request; return whether any series was answered."""
        if len(queries) == 1:
            self.answer.refused[queries[0].key] = error.summary
            return False
        has_worked = False
        for part in _parts(queries):
            if self._left <= 0:
                self.answer.incomplete.update(dict.fromkeys((one.key for one in part), error.summary))
                continue
            self._left -= 1
            try:
                found = _whole(self._aws, part, *self._span, self._tally)
            except SourceError as again:
                if not _is_answer(again):
                    raise
                has_worked |= self.ask(part, again)
            else:
                has_worked = True
                self.answer.points.update(found.points)
                self.answer.incomplete.update(found.incomplete)
                self.answer.forbidden.update(found.forbidden)
        return has_worked


def _parts(queries: Sequence[Query]) -> tuple[Sequence[Query], ...]:
    """Divide percentiles from plain statistics first, then by halves."""
    plain = [query for query in queries if query.key.statistic in PLAIN_STATISTICS]
    if 0 < len(plain) < len(queries):
        return plain, [query for query in queries if query.key.statistic not in PLAIN_STATISTICS]
    return queries[: len(queries) // 2], queries[len(queries) // 2 :]


def _is_answer(error: SourceError) -> bool:
    """Return whether the service answered and found fault with what was asked, or failed on it."""
    has_response = isinstance(getattr(error.__cause__, "response", None), Mapping)
    return has_response and error.kind in (ErrorKind.INVALID, ErrorKind.NOT_FOUND, ErrorKind.UNREACHABLE)


def _whole(aws: Aws, queries: Sequence[Query], start_s: int, end_s: int, tally: Tally) -> Answer:
    by_id = {f"m{index}": query for index, query in enumerate(queries)}
    step = math.lcm(*(query.key.period_s for query in queries))
    asked: dict[str, Any] = {
        "MetricDataQueries": [_wire(name, query) for name, query in by_id.items()],
        "StartTime": datetime.fromtimestamp(start_s - start_s % step, UTC),
        "EndTime": datetime.fromtimestamp(end_s, UTC),
        "ScanBy": "TimestampAscending",
    }
    answer = Answer(points={query.key: [] for query in queries})
    answered: set[str] = set()
    price = metrics_requested(asked)
    for _ in range(_MAX_PAGES):
        tally.requests += 1
        tally.metrics += price
        page = aws.call("cloudwatch", "get_metric_data", **asked)
        for result in page.get("MetricDataResults", ()):
            name = str(result.get("Id", ""))
            if name in by_id:
                answered.add(name)
                _take(by_id[name], result, answer, has_more=bool(page.get("NextToken")))
        if not page.get("NextToken"):
            break
        asked["NextToken"] = page["NextToken"]
    else:
        _unfinished(by_id.values(), answer)
    _unfinished((query for name, query in by_id.items() if name not in answered), answer)
    return answer


def _unfinished(queries: Iterable[Query], answer: Answer) -> None:
    for query in queries:
        answer.incomplete.setdefault(query.key, "CloudWatch did not send all points; asked again.")


def _take(query: Query, result: Mapping[str, Any], answer: Answer, *, has_more: bool) -> None:
    key, period = query.key, query.key.period_s
    for at, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=False):
        seconds = int(at.timestamp())
        answer.points[key].append((seconds - seconds % period, value * query.scale))
    status = result.get("StatusCode", "Complete")
    said = "; ".join(text(one.get("Value")) for one in result.get("Messages", ()))
    if status == "Forbidden":
        answer.forbidden[key] = said or "not permitted: cloudwatch:GetMetricData"
    elif status == "InternalError":
        answer.incomplete[key] = said or "CloudWatch failed on this metric; asked again."
    elif status == "PartialData" and not has_more:
        answer.incomplete[key] = said or "CloudWatch did not send all points; asked again."


def _is_published(spec: MetricSpec, target: MetricTarget) -> bool:
    return spec.resource == target.kind and (spec.only is None or spec.only in target.traits)


def _queries(spec: MetricSpec, target: MetricTarget, period_s: int, *, split: bool) -> Iterator[Query]:
    published = max(BASE_PERIOD_S, int(spec.period))
    drawn = max(published, period_s)
    judged = spec.statistic or "Average"

    def query(statistic: str, period: int, part: str = "", dimension: str = "") -> Query:
        extra = (("TargetGroup", dimension),) if dimension else ()
        key = SeriesKey(spec.id, target.name, statistic, period, part)
        dimensions = target.dimensions + extra
        is_base = period == published and not part
        return Query(key, spec.namespace or "", spec.name or "", dimensions, spec.scale, is_base)

    for statistic in dict.fromkeys((judged, spec.peak or judged)):
        for period in dict.fromkeys((published, drawn)):
            yield query(statistic, period)
    if split and spec.split:
        for part, dimension in target.parts:
            yield query(judged, drawn, part, dimension)


def _wire(name: str, query: Query) -> dict[str, Any]:
    dimensions = [{"Name": label, "Value": value} for label, value in query.dimensions]
    metric = {"Namespace": query.namespace, "MetricName": query.name, "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": query.key.period_s, "Stat": query.key.statistic}
    return {"Id": name, "MetricStat": stat, "ReturnData": True}
