"""Levels of health and the thresholds that decide them."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass


class Level(enum.Enum):
    """How well a value is. The order of badness is given by `rank`: worst wins."""

    OK = "ok"
    ELEVATED = "elevated"
    UNKNOWN = "unknown"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Badness, 0 (ok) to 4 (critical): critical > warning > unknown > elevated > ok."""
        return _RANKS[self]

    @property
    def is_breach(self) -> bool:
        """Whether this level is a breach (warning or critical)."""
        return self in (Level.WARNING, Level.CRITICAL)


_RANKS = {level: rank for rank, level in enumerate(Level)}


def worst(levels: Iterable[Level | None]) -> Level | None:
    """Return the worst level; None (no threshold) does not count; None when nothing counts."""
    present = [level for level in levels if level is not None]
    return max(present, key=lambda level: level.rank, default=None)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Limits of one metric in the metric's own unit.

    `goal` is the bound of "ok"; between it and `warning` a value is elevated. With `below` true
    small values are bad (free storage), so goal > warning > critical. Comparisons with warning and
    critical are strict (> 70 %), as the guide writes them.
    """

    warning: float | None = None
    critical: float | None = None
    goal: float | None = None
    below: bool = False

    def judge(self, value: float | None) -> Level:
        """Return the level of one value; UNKNOWN for None or NaN."""
        if value is None or math.isnan(value):
            return Level.UNKNOWN
        if self._beyond(value, self.critical):
            return Level.CRITICAL
        if self._beyond(value, self.warning):
            return Level.WARNING
        if self.goal is not None and (value <= self.goal if self.below else value >= self.goal):
            return Level.ELEVATED
        return Level.OK

    def _beyond(self, value: float, limit: float | None) -> bool:
        if limit is None:
            return False
        return value < limit if self.below else value > limit
