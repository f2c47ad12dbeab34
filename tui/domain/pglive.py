"""What PostgreSQL says of its connections beside what CloudWatch says. Pure."""

from __future__ import annotations

from typing import Final

from tui.domain.pghistory import WaitHistory
from tui.domain.snapshots import Series
from tui.domain.units import clock_text

SLACK: Final = 3
"""Connections by which both may differ: monitoring of the service's own, and cwtop's."""
SHARE: Final = 0.2
"""Share by which both may differ: CloudWatch averages a minute."""
_AROUND_S: Final = 60.0


def disagreement(series: Series | None, waits: WaitHistory, now_s: float) -> str:
    """Return how CloudWatch's newest DatabaseConnections differs from what PostgreSQL had at that time.

    The delay of CloudWatch is taken out by comparing with what was connected around the point's own minute;
    "" where they agree, or where nothing was read at that time.

    Args:
        series: DatabaseConnections of the instance.
        waits: What was connected in the last half hour.
        now_s: Epoch seconds.
    """
    if series is None or not series.times:
        return ""
    at, value = series.times[-1], series.values[-1]
    seen = waits.clients_between(at - _AROUND_S, at + series.period_s + _AROUND_S)
    if seen is None:
        return ""
    low, high = seen
    slack = max(SLACK, SHARE * value)
    if low - slack <= value <= high + slack:
        return ""
    had = f"{low}" if low == high else f"{low} to {high}"
    return (
        f"CloudWatch says {value:,.0f} for {clock_text(at, now_s)}, PostgreSQL had {had}: "
        "does database_url lead to this instance?"
    )
