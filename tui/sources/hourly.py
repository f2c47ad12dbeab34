"""Reads a week of hourly points of a few metrics, for the judgement of trends: one GetMetricData."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from config.schema import MetricSpec
from tui.domain.series import from_points
from tui.domain.snapshots import MetricsSnapshot, MetricTarget
from tui.domain.timespans import aligned
from tui.sources.metricdata import Tally, plan, request, rounds
from tui.sources.parse import Aws

PERIOD_S: Final = 3600
SPAN_S: Final = 7 * 86_400


class HourlySource:
    """Reads the judged statistic of some metrics by the hour.

    Everything is read anew each time: CloudWatch bills metrics, not points, and late points are taken in.

    Args:
        aws: The session.
        specs: The metrics wanted.
    """

    def __init__(self, aws: Aws, specs: Iterable[MetricSpec]) -> None:
        self._aws = aws
        self._specs = tuple(specs)
        self._tally = Tally()

    def fetch(self, targets: Sequence[MetricTarget], now: float) -> MetricsSnapshot:
        """Return a week of points up to the hour that `now` is in.

        Args:
            targets: The resources.
            now: Epoch seconds by the endpoint's clock.

        Raises:
            SourceError: A request failed as a whole.
        """
        judged = {spec.id: spec.statistic or "Average" for spec in self._specs}
        wanted = [
            query
            for query in plan(self._specs, targets, PERIOD_S, split=False)
            if query.key.period_s == PERIOD_S and query.key.statistic == judged[query.key.metric]
        ]
        start, end = aligned(now, SPAN_S, PERIOD_S)
        series, notes = {}, {}
        for queries, begin in rounds([(query, start) for query in wanted], end):
            answer = request(self._aws, queries, begin, end, self._tally)
            for query in queries:
                key = query.key
                series[key] = from_points(PERIOD_S, answer.points[key])
                note = answer.forbidden.get(key) or answer.refused.get(key) or answer.incomplete.get(key)
                if note:
                    notes[key] = note
        return MetricsSnapshot(now, series, notes, self._tally.requests, self._tally.metrics)
