"""The checks of the timeline's commands."""

from __future__ import annotations

from typing import Any

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from tui.triage.entry import Kind, TimelineEntry
from widgets.eventlist import EventList


def events_of(seat: Seat) -> EventList:
    return seat.console.query_one(EventList)


def put(seat: Seat, *entries: TimelineEntry) -> None:
    """Put entries on the timeline and draw."""
    seat.board.timeline.timeline.put(entries)
    seat.console.show()


def entry(number: int, at_s: float, kind: Kind = Kind.CHANGE, **more: Any) -> TimelineEntry:
    return TimelineEntry(f"test:{number}", at_s, kind, f"event number {number}", **more)


@check("timeline")
async def _timeline(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics", "changes")
    assert not events_of(seat).display
    await seat.press(key)
    assert seat.focus == "timeline"
    listed = seat.board.timeline.listed
    await seat.until(lambda: any(one.kind is Kind.DEPLOYMENT for one in listed()), "what ECS tells is listed")
    assert "Timeline" in seat.box("timeline").splitlines()[0]
    await seat.press("1", key)
    assert seat.focus == "timeline", "it is gone to before it is closed"
    await seat.press(key)
    assert not events_of(seat).display
    assert seat.focus == "logs"


@check("timeline-kinds")
async def _kinds(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics")
    now = seat.board.now_s
    put(seat, entry(1, now - 10), entry(2, now - 20, Kind.BREACH))
    await seat.press(key)
    assert "breaches and alarms" in seat.box("timeline")
    assert {one.kind for one in seat.board.timeline.listed()} <= {Kind.BREACH, Kind.ALARM}
    for _step in range(4):
        await seat.press(key)
    assert {Kind.CHANGE, Kind.BREACH} <= {one.kind for one in seat.board.timeline.listed()}
