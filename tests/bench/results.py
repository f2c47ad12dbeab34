"""One figure a row: what was seen, what was promised, what a peer does; printed as a table."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: What was measured.
        seen: The figure; None where it could not be measured.
        limit: What it may be at most; None where nothing is promised.
        unit: Of `seen`, `limit` and `peer`.
        peer: The same figure of a peer; None where there is none.
        note: Which peer, how many samples, or why it was not measured.
        is_exact: Whether the figure must equal the limit instead of staying below it.
    """

    what: str
    seen: float | None
    limit: float | None = None
    unit: str = ""
    peer: float | None = None
    note: str = ""
    is_exact: bool = False

    @property
    def verdict(self) -> str:
        """ok, SHORT, or "" where nothing is promised or nothing was measured."""
        if self.seen is None:
            return "not measured"
        if self.limit is None:
            return ""
        is_kept = self.seen == self.limit if self.is_exact else self.seen <= self.limit
        return "ok" if is_kept else "SHORT"


_HEAD = ("", "seen", "limit", "unit", "peer", "ratio", "", "note")
_RIGHT = (1, 2, 4, 5)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as an aligned table; the ratio is ours to the peer's."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    lines = []
    for line in cells:
        parts = [
            text.rjust(width) if column in _RIGHT else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.seen / row.peer:.2f}" if row.seen is not None and row.peer else ""
    bound = "" if row.limit is None else ("= " if row.is_exact else "<= ") + _number(row.limit)
    return (row.what, _number(row.seen), bound, row.unit, _number(row.peer), ratio, row.verdict, row.note)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) >= 10:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """Return how far the samples lie apart: a median alone hides a sample that went wrong."""
    return f"{len(values)} runs, {min(values):.2f} to {max(values):.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` from 0 to 1."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def load() -> str:
    """Return the machine's load, for the reader to judge the figures by."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (1 min), {five:.1f} (5 min) on {os.cpu_count()} cores"
