"""Reads all metrics of all resources with one aligned GetMetricData a tick, incrementally."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from config.schema import MetricSpec
from tui.domain import series as arithmetic
from tui.domain.snapshots import MetricsSnapshot, MetricTarget, Series, SeriesKey
from tui.domain.timespans import aligned
from tui.sources.metricdata import BASE_PERIOD_S, Answer, Query, Tally, plan, request, rounds
from tui.sources.parse import Aws

BASE_SPAN_S: Final = 3600
"""History kept of every series that is judged, seconds, however short the window."""

TAIL_S: Final = 300
TAIL_PERIODS: Final = 5
"""Late points arrive: at least this much is read again each time."""

AHEAD: Final = 0.25
"""Share of the window by which earlier days are read ahead, so that they are asked for seldom."""

REFUSED_S: Final = 600
"""A series that the service refuses is asked for again after this long, seconds."""

_FORGET_S = 900.0
_EARLY_S = 0.5


@dataclass(slots=True)
class _Known:
    """A series held, and what is known to be covered."""

    series: Series
    from_s: int = 0
    until_s: int = 0
    """Covered range; equal while nothing was read completely."""
    asked_at_s: float = 0.0
    due_s: float = 0.0
    """When it may be asked for again."""
    note: str = ""


class MetricsSource:
    """Keeps every series of the console up to date.

    A metric is never asked for more often than its period; failed series are asked again at the next
    tick. Thread-safe, though the scheduler never overlaps two fetches.

    Args:
        aws: The session.
        specs: The metrics of the configuration.
    """

    def __init__(self, aws: Aws, specs: Iterable[MetricSpec]) -> None:
        self._aws = aws
        self._specs = tuple(specs)
        self._lock = threading.Lock()
        self._known: dict[SeriesKey, _Known] = {}
        self._earlier: dict[tuple[int, SeriesKey], _Known] = {}
        self._tally = Tally()
        self._earlier_tally = Tally()
        self._asked_at_s = 0.0
        self._last: MetricsSnapshot | None = None

    def fetch(
        self, targets: Sequence[MetricTarget], window_s: int, period_s: int, split: bool, now: float
    ) -> MetricsSnapshot:
        """Return all series, after asking for what is due.

        Args:
            targets: The resources.
            window_s: Length of the window drawn, seconds.
            period_s: Period of the points drawn, a multiple of 60 seconds.
            split: Also per target group.
            now: Epoch seconds by the endpoint's clock.

        Returns:
            Base series (60 s, or the period of a metric that is published less often) of at least an
            hour, and series at `period_s` for the window. `at_s` is when something was last asked for;
            the very same snapshot comes back when nothing was due.

        Raises:
            SourceError: A request failed as a whole; what came before it is kept.
        """
        wanted = plan(self._specs, targets, period_s, split=split)
        due = []
        for query in wanted:
            start = self._start(query, _span(query, window_s, period_s), now)
            if start is not None:
                due.append((query, start))
        end = aligned(now, BASE_PERIOD_S, BASE_PERIOD_S)[1]
        for queries, start in rounds(due, end):
            answer = request(self._aws, queries, start, end, self._tally)
            with self._lock:
                self._asked_at_s = now
                for query in queries:
                    keep_s = now - _span(query, window_s, period_s) - 2 * query.key.period_s
                    known = self._known.get(query.key)
                    self._known[query.key] = _learned(known, query.key, answer, (start, end), now, keep_s)
        return self._snapshot(wanted, now, is_new=bool(due))

    def compare(
        self,
        targets: Sequence[MetricTarget],
        window_s: int,
        period_s: int,
        shift_s: int,
        split: bool,
        now: float,
    ) -> MetricsSnapshot:
        """Return the window's series as they were `shift_s` seconds ago, at their original times.

        Each stretch of the past is asked for once and kept while it covers the window.

        Raises:
            SourceError: A request failed as a whole.
        """
        judged = {spec.id: spec.statistic or "Average" for spec in self._specs}
        wanted = [
            query
            for query in plan(self._specs, targets, period_s, split=split)
            if query.key.statistic == judged[query.key.metric]
            and not (query.is_base and query.key.period_s < period_s)
        ]
        start, end = (at - shift_s for at in aligned(now, window_s, period_s))
        due = [query for query in wanted if not self._covers((shift_s, query.key), start, end)]
        until = min(end + int(window_s * AHEAD), aligned(now, period_s, period_s)[1])
        for queries, begin in rounds([(query, start) for query in due], until):
            answer = request(self._aws, queries, begin, until, self._earlier_tally)
            with self._lock:
                for query in queries:
                    known = _learned(None, query.key, answer, (begin, until), now, begin)
                    self._earlier[shift_s, query.key] = known
        series = {
            query.key: arithmetic.clip(self._earlier[shift_s, query.key].series, start, end)
            for query in wanted
            if (shift_s, query.key) in self._earlier
        }
        return MetricsSnapshot(now, series, {}, self._earlier_tally.requests, self._earlier_tally.metrics)

    def _start(self, query: Query, span_s: int, now: float) -> int | None:
        """Return from when on a series is to be asked for, None while it is not due."""
        period = query.key.period_s
        first = aligned(now, span_s, period)[0]
        known = self._known.get(query.key)
        if known is None:
            return first
        is_short = known.until_s == known.from_s or known.from_s > first
        if now < known.due_s and (known.note or not is_short):
            return None
        if is_short:
            return first
        tail = known.until_s - max(TAIL_S, TAIL_PERIODS * period)
        return max(first, tail - tail % period)

    def _covers(self, place: tuple[int, SeriesKey], start: int, end: int) -> bool:
        known = self._earlier.get(place)
        return known is not None and known.from_s <= start and end <= known.until_s

    def _snapshot(self, wanted: Sequence[Query], now: float, *, is_new: bool) -> MetricsSnapshot:
        held = {query.key: self._known[query.key] for query in wanted if query.key in self._known}
        last = self._last
        if last is not None and not is_new and last.series.keys() == held.keys():
            return last
        for key in [key for key, known in self._known.items() if key not in held]:
            if now - self._known[key].asked_at_s > _FORGET_S:
                del self._known[key]
        self._last = MetricsSnapshot(
            at_s=self._asked_at_s or now,
            series={key: known.series for key, known in held.items()},
            notes={key: known.note for key, known in held.items() if known.note},
            requests=self._tally.requests,
            metrics_requested=self._tally.metrics,
        )
        return self._last


def _span(query: Query, window_s: int, period_s: int) -> int:
    """Return how much history of a series is wanted, seconds."""
    base = BASE_SPAN_S if query.is_base else 0
    is_drawn = not query.is_base or query.key.period_s >= period_s
    return max(base, window_s if is_drawn else 0)


def _learned(
    known: _Known | None,
    key: SeriesKey,
    answer: Answer,
    covered: tuple[int, int],
    now: float,
    keep_from_s: float,
) -> _Known:
    """Return what is known of a series after an answer; what failed covers nothing and is due soon."""
    period = key.period_s
    new = arithmetic.from_points(period, answer.points[key])
    old = known or _Known(Series(period))
    note = answer.incomplete.get(key) or answer.refused.get(key) or answer.forbidden.get(key, "")
    wait = period
    if key in answer.refused:
        wait = max(period, REFUSED_S)
    elif key in answer.incomplete:
        wait = min(period, BASE_PERIOD_S)
    start, end = covered
    if key in answer.incomplete or key in answer.refused:
        start, end = old.from_s, old.until_s
    elif old.from_s < old.until_s and start <= old.until_s:
        start = min(start, old.from_s)
    return _Known(
        series=arithmetic.merge(old.series, new, keep_from_s),
        from_s=max(start, int(keep_from_s)) if end else start,
        until_s=end,
        asked_at_s=now,
        due_s=now + wait - _EARLY_S,
        note=note,
    )
