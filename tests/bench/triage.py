"""Explain: a day of all metrics in pure Python, log lines and events included."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace

from tests.bench.results import Row, median, percentile
from tests.triage.stories import NOW_S, STORIES, story
from tui.domain.loglines import RANKS
from tui.domain.snapshots import Series
from tui.triage.explain import explain
from tui.triage.logpatterns import MOST_BAD, MOST_OTHER, LogSample
from tui.triage.material import Material

NAME = "triage"
LIMIT_MS = 300.0
SERIES = 40
_TIMES = 3


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Explain more often.
    """
    took: list[float] = []
    used: list[float] = []
    for name in STORIES:
        material = _full(story(name, 1)[0])
        for _ in range(_TIMES * (3 if long else 1)):
            began, busy = time.perf_counter(), time.thread_time()
            explain(material)
            used.append(1000 * (time.thread_time() - busy))
            took.append(1000 * (time.perf_counter() - began))
    note = f"{SERIES} series of 1,440 points, {len(material.lines):,} lines, {len(took)} times"
    yield Row("explain, median", median(took), LIMIT_MS, "ms", note=note)
    yield Row("explain, p95", percentile(took, 0.95), LIMIT_MS, "ms", note=note)
    # What it takes of a core, whatever else the machine does.
    yield Row("explain, processor time, p95", percentile(used, 0.95), LIMIT_MS, "ms", note=note)


def _full(material: Material) -> Material:
    """Return a story with forty series, and as many log lines as are ever looked at."""
    series = dict(material.series)
    dice = random.Random(1)  # noqa: S311 - a benchmark's dice
    known = list(series.items())
    while len(series) < SERIES:
        (metric, _), one = known[len(series) % len(known)]
        values = tuple(value * dice.uniform(0.95, 1.05) for value in one.values)
        series[metric, f"other-{len(series)}"] = Series(one.period_s, one.times, values)
    lines = []
    for number in range(2 * (MOST_BAD + MOST_OTHER)):
        rank = RANKS["ERROR" if number % 4 else "INFO"]
        said = f"request {number} of user {dice.random()} failed"
        text = f'{{"level": "ERROR", "message": "{said}", "endpoint": "/api/{number}"}}'
        lines.append(LogSample(int(1000 * (NOW_S - 7200 + 0.9 * number)), rank, text))
    return replace(material, series=series, lines=tuple(lines))
