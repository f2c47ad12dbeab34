"""What a trend is: a climb or a fall that goes on, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from config.levels import Level
from tui.domain.findings import PaneId


class TrendKind(StrEnum):
    """What is judged; the value is the word that a fact is labelled with."""

    MEMORY = "memory"
    STORAGE = "storage"
    BALANCE = "balance"
    CREDITS = "credits"
    CONNECTIONS = "connections"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a trend rests on.

    Attributes:
        slope: Change an hour, in `unit`.
        low, high: 95 % confidence interval of the slope.
        unit: Of the metric: "percent", "bytes", "count", "credits".
        since_s: From when on points were used, epoch seconds.
        points: How many were used.
        confidence: How sure the direction is, 0 to 1.
    """

    slope: float
    low: float
    high: float
    unit: str
    since_s: float
    points: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Trend:
    """One trend of one metric of one resource.

    Attributes:
        kind: What is judged.
        metric: Metric id.
        resource: Name of the resource.
        pane: The pane that it belongs to.
        level: ELEVATED or WARNING where it needs attention; None where nothing goes on, or it is not known.
        sentence: What goes on, as one sentence without a full stop; "" where nothing does.
        evidence: None where there is too little data.
        eta_s: Seconds until the limit is reached at this rate; None where it is not approached.
        reason: Why nothing is said ("too little data: 3 of 6 hours", "steady"); "" where something is.
    """

    kind: TrendKind
    metric: str
    resource: str
    pane: PaneId
    level: Level | None = None
    sentence: str = ""
    evidence: Evidence | None = None
    eta_s: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the trend as JSON values."""
        evidence = self.evidence
        return {
            "kind": self.kind.value,
            "metric": self.metric,
            "resource": self.resource,
            "level": self.level.value if self.level else None,
            "sentence": self.sentence,
            "reason": self.reason,
            "eta_s": None if self.eta_s is None else round(self.eta_s),
            "evidence": None
            if evidence is None
            else {
                "slope_per_hour": evidence.slope,
                "low": evidence.low,
                "high": evidence.high,
                "unit": evidence.unit,
                "since_s": evidence.since_s,
                "points": evidence.points,
                "confidence": evidence.confidence,
            },
        }


@dataclass(frozen=True, slots=True)
class TrendsSnapshot:
    """All trends as they were judged last."""

    at_s: float
    """The endpoint's time of the reading."""
    trends: tuple[Trend, ...]
    """In the order of the panes, those that say nothing included."""
    notes: tuple[str, ...] = ()
    """Metrics that could not be read, as sentences."""
