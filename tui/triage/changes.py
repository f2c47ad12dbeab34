"""Which entries of the timeline changed something of what runs, and which was the last before a moment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tui.triage.entry import Kind, TimelineEntry

SKEW_S: Final = 120.0
"""Clocks of two sources may differ by a minute, and a point of a metric begins up to one before it shows."""
BEFORE_S: Final = 3600.0
"""A change counts as the last before the start when it is not older than this."""
CHANGES: Final = frozenset({Kind.DEPLOYMENT, Kind.CHANGE, Kind.ACTION, Kind.DATABASE, Kind.SCALING})
_SAME_S: Final = 300.0
_HARMLESS: Final = re.compile(
    r"PutMetricAlarm|DeleteAlarms|SetAlarmState|(?:Enable|Disable)AlarmActions|PutDashboard|PutQueryDefinition"
    r"|RegisterTaskDefinition|DeregisterTaskDefinition|CreateLog|PutRetentionPolicy|\bTag"
    r"|backup|Backing up|Finished|\bcompleted$|\bfailed$| refused: ",
    re.IGNORECASE,
)
"""Calls and events that change nothing of what runs, and what a change ends with."""


def ordered(entries: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """Return entries in order of time, the last of those with the same key only."""
    by_key = {one.key: one for one in entries}
    return tuple(sorted(by_key.values(), key=lambda one: one.at_s))


def is_change(one: TimelineEntry) -> bool:
    """Return whether an entry changed something of what runs."""
    return one.kind in CHANGES and not _HARMLESS.search(one.title)


def change_text(one: TimelineEntry) -> str:
    """Return what an entry changed in a line: its title, with what it was done to where that is not in it.

    A deployment is told by what it deploys: its beginning is what changed something.
    """
    if one.kind is Kind.DEPLOYMENT:
        title = one.title.removesuffix(" began")
        return title[:1].lower() + title[1:]
    return one.title if not one.resource or one.resource in one.title else f"{one.title} {one.resource}"


def last_change(
    entries: Sequence[TimelineEntry], start_s: float, span: tuple[float, float]
) -> TimelineEntry | None:
    """Return the last deployment or change before a moment, None without one in the hour before.

    Of what happened within five minutes of each other a deployment speaks for the calls that made it.

    Args:
        entries: In order of time.
        start_s: The moment.
        span: Between which moments it lies: clocks differ, and the beginning of a ramp is not known well.
    """
    early_s, late_s = span
    near = [one for one in entries if is_change(one) and early_s - BEFORE_S <= one.at_s <= late_s + SKEW_S]
    if not near:
        return None
    if late_s - early_s > _SAME_S:
        # Any of them may be the last before it: the nearest.
        return nearest(near, start_s, Kind.DEPLOYMENT)
    same = [one for one in near if near[-1].at_s - one.at_s <= _SAME_S]
    return next((one for one in reversed(same) if one.kind is Kind.DEPLOYMENT), near[-1])


def nearest(
    entries: Iterable[TimelineEntry], moment_s: float, preferred: Kind | None
) -> TimelineEntry | None:
    """Return the entry that is nearest to a moment; within five minutes one of a kind goes first."""
    return min(
        entries,
        key=lambda one: (abs(one.at_s - moment_s) // _SAME_S, one.kind is not preferred),
        default=None,
    )
