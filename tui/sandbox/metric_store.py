"""CloudWatch's data: one-minute buckets with their distribution, answered from sorted columns."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

BUCKET_S = 60
"""The finest period kept, seconds."""

STATISTICS = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})


class MetricKey(NamedTuple):
    """One metric: every distinct set of dimensions is a metric of its own."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Sorted pairs of name and value."""

    @classmethod
    def of(cls, namespace: str, name: str, **dimensions: str) -> MetricKey:
        """Build a key; the dimensions' order does not matter."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


def is_statistic(name: str) -> bool:
    """Whether `name` is a statistic that `MetricStore.query` answers, "p99.9" among them."""
    return name in STATISTICS or _percentile_of(name) is not None


def percentile(values: Sequence[float], weights: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` % of the weight does not exceed.

    Args:
        values: At least one value, in any order.
        weights: How often each value occurred, parallel to `values`.
        percent: 0 to 100.
    """
    pairs = sorted(zip(values, weights, strict=True))
    wanted = sum(weights) * percent / 100
    reached = 0.0
    for value, weight in pairs:
        reached += weight
        if reached >= wanted - 1e-9:
            return value
    return pairs[-1][0]


@dataclass(slots=True)
class _Columns:
    """The buckets of one metric in ascending order of time, one list per property."""

    unit: str = "None"
    times: list[int] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    weights: list[list[float]] = field(default_factory=list)

    def add(self, bucket: int, value: float, weight: float) -> None:
        index = self._index(bucket)
        self.counts[index] += weight
        self.totals[index] += value * weight
        self.lows[index] = min(self.lows[index], value)
        self.highs[index] = max(self.highs[index], value)
        self.values[index].append(value)
        self.weights[index].append(weight)

    def _index(self, bucket: int) -> int:
        if self.times and self.times[-1] == bucket:
            return len(self.times) - 1
        index = bisect_left(self.times, bucket)
        if index < len(self.times) and self.times[index] == bucket:
            return index
        for column, start in (
            (self.counts, 0.0),
            (self.totals, 0.0),
            (self.lows, math.inf),
            (self.highs, -math.inf),
        ):
            column.insert(index, start)
        self.times.insert(index, bucket)
        self.values.insert(index, [])
        self.weights.insert(index, [])
        return index


class MetricStore:
    """All metrics of the sandbox. Safe for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._metrics: dict[MetricKey, _Columns] = {}

    def add(self, key: MetricKey, at_s: float, value: float, weight: float = 1.0, unit: str = "None") -> None:
        """Record a value that occurred `weight` times at epoch second `at_s`."""
        with self._lock:
            columns = self._metrics.get(key)
            if columns is None:
                columns = self._metrics[key] = _Columns(unit)
            columns.add(int(at_s // BUCKET_S) * BUCKET_S, value, weight)

    def add_all(
        self, key: MetricKey, at_s: float, values: Iterable[tuple[float, float]], unit: str = "None"
    ) -> None:
        """Record (value, weight) pairs of one moment, so that readers see all or none of them."""
        with self._lock:
            for value, weight in values:
                self.add(key, at_s, value, weight, unit)

    def add_set(
        self,
        key: MetricKey,
        at_s: float,
        count: float,
        total: float,
        low: float,
        high: float,
        unit: str = "None",
    ) -> None:
        """Record a statistic set (PutMetricData's StatisticValues): its distribution is not known."""
        if count <= 0:
            return
        with self._lock:
            self.add(key, at_s, total / count, count, unit)
            columns = self._metrics[key]
            index = bisect_left(columns.times, int(at_s // BUCKET_S) * BUCKET_S)
            columns.lows[index] = min(columns.lows[index], low)
            columns.highs[index] = max(columns.highs[index], high)

    def query(
        self, key: MetricKey, start_s: float, end_s: float, period_s: int, statistic: str
    ) -> tuple[list[int], list[float]]:
        """Return bucket starts (aligned to the period, ascending) and values; empty for an unknown metric.

        Args:
            key: The metric.
            start_s: First moment, inclusive, rounded down to the minute.
            end_s: Last moment, exclusive.
            period_s: Bucket length, seconds; below 60 is taken as 60.
            statistic: Average, Sum, Minimum, Maximum, SampleCount or a percentile like p95.

        Raises:
            ValueError: The statistic is not known.
        """
        if not is_statistic(statistic):
            raise ValueError(f"statistic {statistic!r} is not known")
        with self._lock:
            columns = self._metrics.get(key)
            if columns is None:
                return [], []
            low = bisect_left(columns.times, math.floor(start_s / BUCKET_S) * BUCKET_S)
            high = bisect_left(columns.times, end_s)
            if period_s <= BUCKET_S:
                return columns.times[low:high], _values(columns, low, high, statistic)
            return _grouped(columns, low, high, period_s, statistic)

    def known(self) -> list[MetricKey]:
        """Return all metrics that have a value."""
        with self._lock:
            return sorted(self._metrics)

    def unit(self, key: MetricKey) -> str:
        """Return a metric's unit as CloudWatch names it, "None" for an unknown metric."""
        with self._lock:
            columns = self._metrics.get(key)
            return columns.unit if columns else "None"

    def forget_before(self, at_s: float) -> None:
        """Drop buckets before `at_s`."""
        with self._lock:
            for columns in self._metrics.values():
                count = bisect_left(columns.times, at_s)
                if count:
                    for name in ("times", "counts", "totals", "lows", "highs", "values", "weights"):
                        del getattr(columns, name)[:count]


def _percentile_of(statistic: str) -> float | None:
    if not statistic.startswith("p"):
        return None
    try:
        percent = float(statistic[1:])
    except ValueError:
        return None
    return percent if 0 <= percent <= 100 else None


def _values(columns: _Columns, low: int, high: int, statistic: str) -> list[float]:
    match statistic:
        case "Sum":
            return columns.totals[low:high]
        case "Minimum":
            return columns.lows[low:high]
        case "Maximum":
            return columns.highs[low:high]
        case "SampleCount":
            return columns.counts[low:high]
        case "Average":
            pairs = zip(columns.totals[low:high], columns.counts[low:high], strict=True)
            return [total / count for total, count in pairs]
    percent = _percentile_of(statistic) or 0.0
    return [percentile(columns.values[at], columns.weights[at], percent) for at in range(low, high)]


def _grouped(
    columns: _Columns, low: int, high: int, period_s: int, statistic: str
) -> tuple[list[int], list[float]]:
    times: list[int] = []
    results: list[float] = []
    at = low
    while at < high:
        bucket = columns.times[at] // period_s * period_s
        end = bisect_left(columns.times, bucket + period_s, at, high)
        times.append(bucket)
        results.append(_combined(columns, at, end, statistic))
        at = end
    return times, results


def _combined(columns: _Columns, low: int, high: int, statistic: str) -> float:
    match statistic:
        case "Sum":
            return sum(columns.totals[low:high])
        case "Minimum":
            return min(columns.lows[low:high])
        case "Maximum":
            return max(columns.highs[low:high])
        case "SampleCount":
            return sum(columns.counts[low:high])
        case "Average":
            return sum(columns.totals[low:high]) / sum(columns.counts[low:high])
    values = [value for bucket in columns.values[low:high] for value in bucket]
    weights = [weight for bucket in columns.weights[low:high] for weight in bucket]
    return percentile(values, weights, _percentile_of(statistic) or 0.0)
