"""What watching costs: API calls a minute and dollars an hour, counted from the calls really made."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

# aws.amazon.com/cloudwatch/pricing: GetMetricData by metrics requested, other requests of the
# CloudWatch API by the call. Describe calls of ECS, RDS and ELB, FilterLogEvents, CloudTrail's
# LookupEvents and STS are free of charge.
DOLLARS_PER_METRIC: Final = 0.01 / 1000
DOLLARS_PER_REQUEST: Final = 0.01 / 1000
STATISTICS_PER_METRIC: Final = 5
"""Up to this many statistics of one metric in one request are billed as one metric."""
CALLS_WINDOW_S: Final = 60.0
DOLLARS_WINDOW_S: Final = 600.0
"""Metrics are asked for once a minute: over ten minutes one more or less hardly shows."""


def metrics_requested(params: Mapping[str, Any]) -> int:
    """Return how many metrics AWS bills for one GetMetricData request.

    Args:
        params: The request's parameters; math expressions ask for no metric themselves.
    """
    statistics: dict[tuple[Any, ...], set[str]] = {}
    for query in params.get("MetricDataQueries", ()):
        stat = query.get("MetricStat")
        if not stat:
            continue
        metric = stat["Metric"]
        dimensions = sorted((one["Name"], one["Value"]) for one in metric.get("Dimensions", ()))
        identity = (metric.get("Namespace"), metric.get("MetricName"), tuple(dimensions), stat.get("Period"))
        statistics.setdefault(identity, set()).add(str(stat.get("Stat")))
    return sum(math.ceil(len(each) / STATISTICS_PER_METRIC) for each in statistics.values())


def dollars(service: str, operation: str, params: Mapping[str, Any]) -> float:
    """Return the price of one call, in dollars.

    Args:
        service: botocore's service name, for example "cloudwatch".
        operation: For example "GetMetricData".
        params: The request's parameters.
    """
    if service != "cloudwatch":
        return 0.0
    if operation == "GetMetricData":
        return metrics_requested(params) * DOLLARS_PER_METRIC
    return DOLLARS_PER_REQUEST


class Meter:
    """Counts calls as they are made; any thread may record."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Start counting.

        Args:
            now: Seconds of a clock that never goes back.
        """
        self._now = now
        self._start_s = now()
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, float]] = deque()
        self._calls = 0
        self._dollars = 0.0
        self._by_operation: dict[tuple[str, str], int] = {}

    def record(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Count one call (a page or a retry is a call of its own)."""
        price = dollars(service, operation, params)
        with self._lock:
            at_s = self._now()
            self._recent.append((at_s, price))
            self._prune(at_s)
            self._calls += 1
            self._dollars += price
            key = (service, operation)
            self._by_operation[key] = self._by_operation.get(key, 0) + 1

    def calls_per_minute(self) -> float:
        """Return the calls of the last minute; right after the start, those made so far."""
        with self._lock:
            from_s = self._now() - CALLS_WINDOW_S
            return float(sum(at_s > from_s for at_s, _ in self._recent))

    def dollars_per_hour(self) -> float:
        """Return what an hour costs at the rate of the last ten minutes.

        A first minute counts as a whole one: its calls are not repeated within it.
        """
        with self._lock:
            at_s = self._now()
            self._prune(at_s)
            spent = math.fsum(price for _, price in self._recent)
            return spent * 3600.0 / min(DOLLARS_WINDOW_S, max(60.0, at_s - self._start_s))

    @property
    def calls(self) -> int:
        """Calls since the start."""
        with self._lock:
            return self._calls

    @property
    def dollars(self) -> float:
        """Dollars since the start."""
        with self._lock:
            return self._dollars

    def by_operation(self) -> dict[tuple[str, str], int]:
        """Return the calls since the start by (service, operation)."""
        with self._lock:
            return dict(self._by_operation)

    def _prune(self, at_s: float) -> None:
        while self._recent and self._recent[0][0] <= at_s - DOLLARS_WINDOW_S:
            self._recent.popleft()
