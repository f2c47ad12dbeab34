"""How many leaks are found, how soon, and how often a healthy service is called leaking.

Each series is a week by the hour, judged after each hour on what was there by then: 168 judgements. A leak
lasts 12 hours and begins at any hour with a day of history or more, unless a row says otherwise; it is found
if a judgement made within those 12 hours says so. A false alarm is a series without a leak on which any of
the 168 judgements says leak; beside it stand the looser counts: single judgements, and series with three or
more. The hours before a leak begins are judged, too: an alarm then is "too early".
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Final

from tests.bench.leakseries import HOUR, LEAK_H, MOST_CYCLE, START_S, WEEK_H, Case, Recipe, make
from tests.bench.results import Row
from tui.domain.snapshots import Series
from tui.triage.leaks import judge_leak

NAME = "leaks"
SERIES: Final = 500
FIRST_SEED: Final = 20_000
"""Not the seeds that the judgement's constants were chosen on."""
MOST_MISSED: Final = 5.0
MOST_FALSE: Final = 2.0
"""Percent."""
_BESIDE = 0.3
"""Rows without a bar take this share of the series."""
RATES: Final = (1.0, 1.5, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the judgements of one series were.

    Attributes:
        alarms: Judgements that said leak though there was none (yet).
        judged: Judgements made.
        found_h: Hours from the onset until the leak was found; None if it was not.
    """

    alarms: int
    judged: int
    found_h: int | None


def judge_case(case: Case, first_h: int = 1) -> Outcome:
    """Judge a series hour by hour from some hour on, until its leak is found or over."""
    alarms = judged = 0
    for hour in range(first_h, WEEK_H + 1):
        if case.onset_h is not None and hour > case.onset_h + case.leaked_h:
            break
        now = START_S + hour * HOUR
        count = bisect_right(case.series.times, now - HOUR)
        series = Series(HOUR, case.series.times[:count], case.series.values[:count])
        is_leak = judge_leak(series, now, case.known_s).is_leak
        judged += 1
        if is_leak and case.onset_h is not None and hour > case.onset_h:
            return Outcome(alarms, judged, hour - case.onset_h)
        alarms += is_leak
    return Outcome(alarms, judged, None)


def judge_seed(recipe: Recipe, seed: int) -> Outcome:
    """Make a series and judge it."""
    return judge_case(make(recipe, seed))


def measure(*, long: bool) -> Iterator[Row]:
    """Judge all series; `long` takes four times as many."""
    count = SERIES * (4 if long else 1)
    with ProcessPoolExecutor(os.cpu_count()) as pool:

        def judged(recipe: Recipe, share: float = 1.0) -> list[Outcome]:
            seeds = range(FIRST_SEED, FIRST_SEED + round(count * share))
            return list(pool.map(partial(judge_seed, recipe), seeds, chunksize=10))

        yield from _calm("no leak, cycle of 0 to 3 points", judged(Recipe()), MOST_FALSE)
        yield from _calm("no leak, cycle of 3 points", judged(Recipe(cycle=MOST_CYCLE)), MOST_FALSE)
        mixed: list[Outcome] = []
        for rate in RATES:
            found = judged(Recipe(rate=rate))
            mixed += found
            yield from _leaks(f"{rate:g} %/h", found)
        yield from _leaks("1 %/h or more, all of these", mixed, MOST_MISSED)
        base = Recipe(rate=1.0)
        for name, recipe in (
            ("1 %/h, no cycle", replace(base, cycle=0.0)),
            ("1 %/h, cycle of 3 points", replace(base, cycle=MOST_CYCLE)),
            ("1 %/h, brought by a deployment", replace(base, at_deployment=True)),
            ("1 %/h, without a deployment", replace(base, at_deployment=False)),
            ("1 %/h, two days of history", replace(base, first_onset_h=48)),
            ("1 %/h, metric starts at hour 72, leak then", replace(base, starts_at_h=72)),
        ):
            yield from _leaks(name, judged(recipe, _BESIDE))
    yield _speed()


def _calm(name: str, found: Sequence[Outcome], limit: float) -> Iterator[Row]:
    false = [one for one in found if one.alarms]
    again = sum(one.alarms >= 3 for one in found)
    total = sum(one.judged for one in found)
    note = (
        f"{len(found)} series; {sum(one.alarms for one in found)} of {total:,} judgements, "
        f"{again} series with 3 or more"
    )
    yield Row(f"false alarms: {name}", 100.0 * len(false) / len(found), limit, "%", note=note)


def _leaks(name: str, found: Sequence[Outcome], limit: float | None = None) -> Iterator[Row]:
    hours = [one.found_h for one in found if one.found_h is not None]
    early = sum(one.alarms > 0 for one in found)
    soon = f"median {median(hours):.0f} h until found" if hours else "none found"
    note = f"{len(hours)} of {len(found)} found within {LEAK_H} h, {soon}; too early on {early}"
    yield Row(f"missed: {name}", 100.0 - 100.0 * len(hours) / len(found), limit, "%", note=note)


def _speed() -> Row:
    case = make(Recipe(rate=1.0), FIRST_SEED)
    now = START_S + WEEK_H * HOUR
    times = []
    for _ in range(50):
        started = time.perf_counter()
        judge_leak(case.series, now, case.known_s)
        times.append((time.perf_counter() - started) * 1000)
    return Row("one judgement of a week", median(times), None, "ms")
