"""The timeline as rows of a list, as marks on charts, and one entry whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, overload

from tui.domain.findings import PaneId
from tui.domain.health import lasting
from tui.presenters.inputs import Inputs
from tui.triage.entry import Kind, TimelineEntry
from widgets.model import WORDS, ChartMark, EventRow

GLYPHS: Final[Mapping[Kind, str]] = {
    Kind.BREACH: "B",
    Kind.ALARM: "A",
    Kind.DEPLOYMENT: "D",
    Kind.SERVICE: "S",
    Kind.DATABASE: "R",
    Kind.SCALING: "C",
    Kind.LOG: "L",
    Kind.ACTION: "T",
    Kind.CHANGE: "O",
    Kind.GAP: "G",
}
"""A letter a kind, the same in the list and on the charts: RDS, capacity, tuning action, change by others."""
MARKED: Final = frozenset({Kind.BREACH, Kind.ALARM, Kind.DEPLOYMENT, Kind.ACTION, Kind.CHANGE})
MOST_MARKS: Final = 24
"""On one chart, the newest."""
_OF_THE_PANE: Final = frozenset({Kind.BREACH, Kind.ALARM})
"""Marked only where they belong; what changed one resource may show in any."""
_FIRST: Final = (Kind.DEPLOYMENT, Kind.ACTION, Kind.CHANGE, Kind.BREACH, Kind.ALARM)
"""Of two in one column, which is drawn."""
_DAY_S: Final = 86_400.0


class TimelineRows(Sequence[EventRow]):
    """Rows of the list, made when they are looked at.

    Args:
        entries: Newest first; must not change.
        now_s: Epoch seconds: entries of another day tell their date.
    """

    def __init__(self, entries: Sequence[TimelineEntry], now_s: float, *, ascii: bool = False) -> None:
        self._entries = entries
        self._now_s = now_s
        self._ascii = ascii

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> EventRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[EventRow]: ...
    def __getitem__(self, index: int | slice) -> EventRow | list[EventRow]:
        if isinstance(index, slice):
            return [self._row(one) for one in self._entries[index]]
        return self._row(self._entries[index])

    def _row(self, one: TimelineEntry) -> EventRow:
        title = one.title
        if one.until_s is not None and one.kind in (Kind.BREACH, Kind.LOG):
            title = (
                f"{title}, over after {lasting(one.until_s - one.at_s)}" if one.kind is Kind.BREACH else title
            )
        return EventRow(
            moment_text(one.at_s, self._now_s),
            one.level,
            GLYPHS[one.kind],
            one.kind.value,
            title,
            one.resource,
            one.who,
        )


def moment_text(at_s: float, now_s: float) -> str:
    """Return local wall time to the second: "14:05:10" within a day of now, else "11-23 14:05"."""
    moment = datetime.fromtimestamp(at_s).astimezone()
    return moment.strftime("%H:%M:%S" if abs(now_s - at_s) < _DAY_S else "%m-%d %H:%M")


def heading(shown: int, known: int, kinds: str, words: str, problems: str) -> str:
    """Return what stands over the list: how many, of what, and what could not be read."""
    count = f"{known:,}" if shown == known else f"{shown:,} of {known:,}"
    parts = [f"Timeline {count}", kinds if kinds != "all" else "", f"/{words}" if words else "", problems]
    return " · ".join(part for part in parts if part)


def entry_text(one: TimelineEntry, now_s: float) -> str:
    """Return an entry whole, for a dialog and for the clipboard."""
    end = f" to {moment_text(one.until_s, now_s)}" if one.until_s is not None else ""
    level = WORDS[one.level] if one.level is not None else ""
    facts = (
        ("when", f"{datetime.fromtimestamp(one.at_s).astimezone():%Y-%m-%d %H:%M:%S %Z}{end}"),
        ("kind", one.kind.value),
        ("level", level),
        ("resource", one.resource),
        ("who", one.who),
        ("metric", one.metric),
    )
    lines = [one.title, "", *(f"{name:10}{value}" for name, value in facts if value)]
    return "\n".join([*lines, "", one.detail] if one.detail and one.detail != one.title else lines)


def marks_of(
    inputs: Inputs, pane: PaneId, resource: str, window: tuple[float, float]
) -> tuple[ChartMark, ...]:
    """Return the marks of a chart, oldest first: one a point, the weightiest, and not too many.

    Args:
        inputs: What the console shows.
        pane: Where the chart is.
        resource: Whose chart it is.
        window: Start and end of its axis, epoch seconds.
    """
    assessment = inputs.assessment
    if assessment is None:
        return ()
    start, end = window
    found: dict[int, TimelineEntry] = {}
    for one in inputs.marks:
        if start <= one.at_s < end and _belongs(one, pane, resource):
            bucket = math.floor(one.at_s / assessment.period_s)
            if bucket not in found or _weight(one) > _weight(found[bucket]):
                found[bucket] = one
    newest = sorted(found.items())[-MOST_MARKS:]
    return tuple(
        ChartMark(max(start, float(bucket * assessment.period_s)), GLYPHS[one.kind], one.level)
        for bucket, one in newest
    )


def _belongs(one: TimelineEntry, pane: PaneId, resource: str) -> bool:
    if one.kind not in _OF_THE_PANE:
        return True
    return one.pane in (pane, None) and (one.kind is Kind.ALARM or one.resource in (resource, ""))


def _weight(one: TimelineEntry) -> int:
    return -_FIRST.index(one.kind) if one.kind in _FIRST else -len(_FIRST)
