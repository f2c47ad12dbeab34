"""Fits a climb and a daily cycle to a memory series at once, robustly, and says how sure the climb is.

One cannot tell half a daily cycle from a climb within twelve hours. So both are fitted together: the cycle
(three harmonics of a day, each expected to be small) to the whole history, every stretch between two resets
with a level and a slope of its own, and the climb to the newest stretch. What the history does not say of the
cycle widens the climb's interval instead of being guessed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from statistics import median
from typing import Final

HARMONICS: Final = ((1, 2.2), (2, 0.9), (3, 0.6))
"""Of a day: number, and how large its two coefficients are expected to be, points."""
LEAST_SIGMA: Final = 0.12
"""Noise is taken to be at least this, points: a fit of few points can be too good."""
_HUBER = 1.5
_ROUNDS = 3
_NORMAL = 1.4826
_CLIMB = 2 * len(HARMONICS)
_MOST_CORRELATION = 0.7

Column = list[float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of the series with a level, and but for the newest a slope, of its own; `last` is exclusive."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LeakFit:
    """A fitted climb.

    Attributes:
        slope: Points an hour.
        error: Standard error of it, correlation of the noise and what is not known of the cycle included.
        freedom: Degrees of freedom of the error.
        sigma: Noise of a point, standard deviation.
        course: Values of the newest stretch with the cycle taken out.
    """

    slope: float
    error: float
    freedom: float
    sigma: float
    course: tuple[float, ...]


@lru_cache(maxsize=4096)
def _waves(hour: float) -> tuple[float, ...]:
    found: list[float] = []
    for number, _ in HARMONICS:
        angle = 2.0 * math.pi * number * (hour % 24.0) / 24.0
        found += (math.cos(angle), math.sin(angle))
    return tuple(found)


def fit(
    hours: Sequence[float],
    values: Sequence[float],
    stretches: Sequence[Stretch],
    from_hour: float,
    cycle: float = 1.0,
) -> LeakFit | None:
    """Fit a climb from `from_hour` on to the newest stretch.

    Args:
        hours: Ascending times, hours since the epoch: the cycle is one of the day.
        values: Percent.
        stretches: Oldest first; points outside all of them do not count.
        from_hour: When the climb began, within the newest stretch; before it that is level.
        cycle: How many times larger than a memory's the daily cycle is expected to be.

    Returns:
        The fit; None where the points cannot decide (too few, or all at one time).
    """
    newest = stretches[-1]
    columns = [list(column) for column in zip(*(_waves(hour) for hour in hours), strict=True)]
    climb = [0.0] * len(hours)
    for index in range(newest.first, newest.last):
        climb[index] = max(0.0, hours[index] - from_hour)
    problem = _Problem(hours, values, [*columns, climb], stretches, cycle)
    return problem.solve()


class _Problem:
    """Iteratively reweighted least squares; levels and slopes of stretches are projected out."""

    def __init__(
        self,
        hours: Sequence[float],
        values: Sequence[float],
        columns: list[Column],
        stretches: Sequence[Stretch],
        cycle: float,
    ) -> None:
        self._expected = [size * cycle for _, size in HARMONICS for _ in range(2)]
        self._columns = columns
        self._newest = stretches[-1]
        parts = [one for one in stretches if one.last > one.first]
        self._parts = [
            (slice(one.first, one.last), one is not self._newest and one.last - one.first > 2)
            for one in parts
        ]
        self._hours = hours
        self._data = [*columns, list(values)]
        self._count = sum(one.last - one.first for one in parts)
        self._levels = sum(1 + has_slope for _, has_slope in self._parts)
        self._weights = [1.0] * len(values)

    def solve(self) -> LeakFit | None:
        if self._count - self._levels < 3:
            return None
        sigma = None
        for _ in range(_ROUNDS):
            reduced = self._reduced()
            solved = _ridge(reduced, self._weights, sigma or 1.0, self._expected)
            if solved is None:
                return None
            coefficients, variance, effective = solved
            rests = self._rests(reduced, coefficients)
            freedom = max(1.0, self._count - self._levels - effective)
            sigma = self._sigma(rests, freedom)
            self._weights = [
                1.0 if abs(one) <= _HUBER * sigma else _HUBER * sigma / abs(one) for one in rests
            ]
        correlation = self._correlation(rests)
        error = math.sqrt(variance * (1.0 + correlation) / (1.0 - correlation))
        return LeakFit(coefficients[_CLIMB], error, freedom, sigma or LEAST_SIGMA, self._course(coefficients))

    def _reduced(self) -> list[Column]:
        """Return columns and values without what levels and slopes of the stretches explain."""
        found = [[0.0] * len(self._weights) for _ in self._data]
        for part, has_slope in self._parts:
            weights = self._weights[part]
            total = math.fsum(weights)
            hours = self._hours[part]
            if has_slope:
                centre = sum(map(mul, weights, hours)) / total
                lean = [hour - centre for hour in hours]
                weighed = list(map(mul, weights, lean))
                spread = sum(map(mul, weighed, lean))
            for source, target in zip(self._data, found, strict=True):
                column = source[part]
                mean = sum(map(mul, weights, column)) / total
                if has_slope and spread > 0:
                    slope = sum(map(mul, weighed, column)) / spread
                    target[part] = [
                        one - mean - slope * where for one, where in zip(column, lean, strict=True)
                    ]
                else:
                    target[part] = [one - mean for one in column]
        return found

    def _rests(self, reduced: list[Column], coefficients: Sequence[float]) -> Column:
        rests = list(reduced[-1])
        for column, coefficient in zip(reduced[:-1], coefficients, strict=True):
            rests = [rest - coefficient * one for rest, one in zip(rests, column, strict=True)]
        return rests

    def _inside(self, column: Column) -> Column:
        return [one for part, _ in self._parts for one in column[part]]

    def _sigma(self, rests: Column, freedom: float) -> float:
        inside = self._inside(rests)
        square = sum(
            weight * rest * rest for weight, rest in zip(self._inside(self._weights), inside, strict=True)
        )
        plain = math.sqrt(square / freedom)
        middle: float = _NORMAL * median(abs(one) for one in inside) * math.sqrt(self._count / freedom)
        return max(LEAST_SIGMA, min(plain, 1.5 * middle) if middle > 0 else plain)

    def _correlation(self, rests: Column) -> float:
        """Return the correlation of neighbours: noise that lingers looks like a trend."""
        inside = list(map(mul, self._inside(rests), self._inside(self._weights)))
        square = math.fsum(map(mul, inside, inside))
        if square <= 0:
            return 0.0
        # A fit takes some correlation out of its residuals; few points take more.
        lag = math.fsum(map(mul, inside, inside[1:])) / square + (self._levels + 4.0) / self._count
        return min(_MOST_CORRELATION, max(0.0, lag))

    def _course(self, coefficients: Sequence[float]) -> tuple[float, ...]:
        part = slice(self._newest.first, self._newest.last)
        course = list(self._data[-1][part])
        for column, coefficient in zip(self._columns[:_CLIMB], coefficients, strict=False):
            course = [one - coefficient * wave for one, wave in zip(course, column[part], strict=True)]
        return tuple(course)


def _ridge(
    reduced: list[Column], weights: Sequence[float], sigma: float, expected: Sequence[float]
) -> tuple[list[float], float, float] | None:
    """Return coefficients, the climb's variance, and the parameters in effect; None if undecided."""
    columns, values = reduced[:-1], reduced[-1]
    size = len(columns)
    weighed = [list(map(mul, weights, column)) for column in columns]
    precision = 1.0 / (sigma * sigma)
    matrix = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row, size):
            matrix[row][column] = matrix[column][row] = precision * sum(
                map(mul, weighed[row], columns[column])
            )
    data = [matrix[index][index] for index in range(size)]
    for index in range(_CLIMB):
        matrix[index][index] += 1.0 / (expected[index] * expected[index])
    right = [precision * sum(map(mul, one, values)) for one in weighed]
    unit = [0.0] * size
    unit[_CLIMB] = 1.0
    solved = _solve(matrix, right, unit)
    if solved is None:
        return None
    coefficients, inverse = solved
    # How much of each harmonic the data decide, roughly: 0 while only the expectation does, 1 with many days.
    effective = 1.0 + sum(data[index] / matrix[index][index] for index in range(_CLIMB))
    return coefficients, inverse[_CLIMB], effective


def _solve(matrix: list[list[float]], *rights: list[float]) -> tuple[list[float], ...] | None:
    """Solve a symmetric positive system by elimination; None where it is singular."""
    size = len(matrix)
    rows = [[*matrix[index], *(right[index] for right in rights)] for index in range(size)]
    for pivot in range(size):
        head = rows[pivot][pivot]
        if not head > 1e-9:
            return None
        for below in range(pivot + 1, size):
            factor = rows[below][pivot] / head
            if factor:
                rows[below] = [
                    one - factor * other for one, other in zip(rows[below], rows[pivot], strict=True)
                ]
    answers = [[0.0] * size for _ in rights]
    for place, answer in enumerate(answers):
        for index in reversed(range(size)):
            known = sum(map(mul, rows[index][index + 1 : size], answer[index + 1 :]))
            answer[index] = (rows[index][size + place] - known) / rows[index][index]
    return tuple(answers)
