"""A week of a service's memory by the hour, with or without a leak; the same seed gives the same series.

What varies from series to series: the level (30 to 60 %), the noise (standard deviation 0.2 to 1.0 points
of an hour's average, a third of the series with correlated noise), the daily cycle (up to 3 points either
way, at any phase; a sine, a skewed or a flat-topped one), deployments (0 to 7, half of them with a known
time) that start memory anew, at a level of their own or not, a third of them with some hours of warming up,
single bad hours, and gaps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from tui.domain.series import from_points
from tui.domain.snapshots import Series

HOUR: Final = 3600
WEEK_H: Final = 168
START_S: Final = 1_764_000_000 - 1_764_000_000 % 86_400
MOST_CYCLE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Case:
    """A series and what is true of it.

    Attributes:
        series: Hourly averages, percent.
        known_s: Times of the deployments that the judge is told of.
        onset_h: Hour at which a leak begins; None for none.
        leaked_h: Hours that it lasts; a deployment ends it.
    """

    series: Series
    known_s: tuple[float, ...]
    onset_h: int | None = None
    leaked_h: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a family of series has.

    Attributes:
        rate: Points an hour; 0 is no leak.
        cycle: Daily cycle, points either way at most; None draws up to 3.
        first_onset_h: Earliest hour of the onset: how much history there is at least.
        at_deployment: Whether a deployment brings the leak; None draws.
        starts_at_h: Hour at which the metric starts; 0 has the whole week.
        gaps: Whether hours are missing.
    """

    rate: float = 0.0
    cycle: float | None = None
    first_onset_h: int = 24
    at_deployment: bool | None = None
    starts_at_h: int = 0
    gaps: bool = True


LEAK_H: Final = 12


def make(recipe: Recipe, seed: int) -> Case:
    """Return the series of a recipe and a seed."""
    random = Random(f"{recipe}/{seed}")  # noqa: S311
    cycle = _cycle(random, random.uniform(0.0, MOST_CYCLE) if recipe.cycle is None else recipe.cycle)
    resets = sorted(random.sample(range(6, WEEK_H - 2), random.choice((0, 1, 1, 2, 3, 5, 7))))
    onset = None
    if recipe.rate:
        first = max(recipe.first_onset_h, recipe.starts_at_h)
        onset = random.randint(first, WEEK_H - LEAK_H)
        resets = [at for at in resets if not onset - 1 <= at <= onset + LEAK_H]
        is_deployed = random.random() < 0.6 if recipe.at_deployment is None else recipe.at_deployment
        if is_deployed and onset > 0:
            resets = sorted([*resets, onset])
        if onset + LEAK_H < WEEK_H:
            resets = sorted([*resets, onset + LEAK_H])
    levels = _levels(random, resets)
    noise = _noise(random)
    points = []
    for hour in range(WEEK_H):
        value = levels[hour] + cycle[hour % 24] + noise[hour]
        if onset is not None and onset <= hour < onset + LEAK_H:
            value += recipe.rate * (hour - onset + 0.5)
        if random.random() < 0.01:
            value += random.uniform(3.0, 8.0)
        points.append(min(100.0, max(1.0, value)))
    missing = _missing(random) if recipe.gaps else set()
    kept = [
        (START_S + hour * HOUR, value)
        for hour, value in enumerate(points)
        if hour >= recipe.starts_at_h and hour not in missing
    ]
    known = tuple(START_S + at * HOUR + random.uniform(0, 1800) for at in resets if random.random() < 0.5)
    return Case(from_points(HOUR, kept), known, onset, LEAK_H if onset is not None else 0)


def _cycle(random: Random, size: float) -> list[float]:
    """Return the cycle by the hour, at most `size` either way."""
    phase = random.uniform(0.0, 24.0)
    shape = random.choice(("sine", "skewed", "flat"))
    found = []
    for hour in range(24):
        angle = 2 * math.pi * (hour + 0.5 - phase) / 24
        if shape == "sine":
            found.append(math.sin(angle))
        elif shape == "skewed":
            found.append((math.sin(angle) + 0.35 * math.sin(2 * angle)) / 1.14)
        else:
            found.append(math.tanh(2 * math.sin(angle)) / math.tanh(2))
    return [size * one for one in found]


def _levels(random: Random, resets: list[int]) -> list[float]:
    """Return the level by the hour: every deployment starts anew, warming up or not."""
    base = random.uniform(30.0, 60.0)
    found: list[float] = []
    level, warm, age = base, 0.0, 99
    for hour in range(WEEK_H):
        if hour in resets:
            level = base + random.uniform(-6.0, 6.0) * (random.random() < 0.6)
            warm, age = random.choice((0.0, 0.0, random.uniform(2.0, 6.0))), 0
        found.append(level - warm * math.exp(-(age + 0.5) / 1.2))
        age += 1
    return found


def _noise(random: Random) -> list[float]:
    sigma = random.uniform(0.2, 1.0)
    correlation = random.choice((0.0, 0.0, 0.5))
    found, last = [], 0.0
    for _ in range(WEEK_H):
        last = correlation * last + random.gauss(0.0, sigma * math.sqrt(1 - correlation**2))
        found.append(last)
    return found


def _missing(random: Random) -> set[int]:
    """Return hours without a point: single ones, and in a third of the series a stretch of up to 8."""
    lost = {hour for hour in range(WEEK_H) if random.random() < 0.01}
    if random.random() < 0.33:
        start = random.randrange(WEEK_H)
        lost |= set(range(start, min(WEEK_H, start + random.randint(2, 8))))
    return lost
