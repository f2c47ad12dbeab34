"""Which entries of the timeline changed something of what runs, and which was the last before a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tui.triage.entry import Kind, TimelineEntry

SKEW_S: Final = 120.0
"""Clocks of two sources may differ by a minute, and a point of a metric begins up to one before it shows."""
RAMP_SKEW_S: Final = 1200.0
"""The beginning of a ramp is known to 20 minutes only."""
BEFORE_S: Final = 3600.0
"""A change counts as the last before the start when it is not older than this."""
CHANGES: Final = frozenset({Kind.DEPLOYMENT, Kind.CHANGE, Kind.ACTION, Kind.DATABASE, Kind.SCALING})
_SAME_S: Final = 300.0
_HARMLESS: Final = re.compile(
    r"PutMetricAlarm|DeleteAlarms|SetAlarmState|(?:Enable|Disable)AlarmActions|PutDashboard|PutQueryDefinition"
    r"|RegisterTaskDefinition|DeregisterTaskDefinition|CreateLog|PutRetentionPolicy|\bTag|backup",
    re.IGNORECASE,
)
"""Calls and events that change nothing of what runs."""


def ordered(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Return entries in order of time, the last of those with the same key only."""
    by_key = {one.key: one for one in entries}
    return tuple(sorted(by_key.values(), key=lambda one: one.at_s))


def is_change(one: TimelineEntry) -> bool:
    """Return whether an entry changed something of what runs."""
    return one.kind in CHANGES and not _HARMLESS.search(one.title)


def last_change(
    entries: Sequence[TimelineEntry], start_s: float, window_s: float, after_s: float = SKEW_S
) -> TimelineEntry | None:
    """Return the last deployment or change before a moment, None without one in the window.

    Of what happened within five minutes of each other a deployment speaks for the calls that made it.

    Args:
        entries: In order of time.
        start_s: The moment.
        window_s: How long before it.
        after_s: How long after it something may seem to have happened: clocks differ.
    """
    near = [one for one in entries if is_change(one) and -window_s <= one.at_s - start_s <= after_s]
    if not near:
        return None
    last = near[-1]
    same = [one for one in near if last.at_s - one.at_s <= _SAME_S]
    return next((one for one in reversed(same) if one.kind is Kind.DEPLOYMENT), last)
