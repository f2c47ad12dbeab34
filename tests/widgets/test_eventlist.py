"""The list of events: only what is drawn is made, hostile text does no harm, the cursor stays in view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from config.levels import Level
from tests.widgets.kit import HOSTILE, Bench, shown
from widgets.eventlist import EventList
from widgets.model import EventRow


class Rows(Sequence[EventRow]):
    """Ten thousand rows that count how many were made."""

    def __init__(self, count: int) -> None:
        self.size = count
        self.made = 0

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        self.made += 1
        return EventRow("12:00:00", Level.CRITICAL, "B", "breach", f"{index} {HOSTILE}", "web", "mina")


async def test_only_the_rows_in_view_are_made_and_the_cursor_stays_in_view() -> None:
    events = EventList()
    rows = Rows(10_000)
    async with Bench(events).run_test(size=(100, 12)) as pilot:
        events.show(rows, 0, f"Timeline {HOSTILE}")
        events.focus()
        await pilot.pause()
        assert "0 [/x] [red]boo" in shown(pilot.app)
        rows.made = 0
        await pilot.press("end")
        await pilot.pause()
        assert events.cursor == 9_999
        assert "9999 [/x] [red]boo" in shown(pilot.app)
        assert rows.made < 100
        events.show(rows, 5_000, "Timeline")
        await pilot.pause()
        assert "5000 [/x] [red]boo" in shown(pilot.app)


@pytest.mark.parametrize("width", [20, 60, 80, 120, 200])
async def test_level_and_kind_are_told_without_colour_at_every_width(width: int) -> None:
    events = EventList(ascii=True)
    async with Bench(events).run_test(size=(width, 6)) as pilot:
        events.show(Rows(2), 0, "Timeline")
        await pilot.pause()
        lines = shown(pilot.app).splitlines()
        assert " X " in lines[1]
        assert all(len(line) <= width for line in lines)
        if width >= 60:
            assert "B breach" in lines[1]
        assert shown(pilot.app).isascii()


async def test_an_empty_list_says_so() -> None:
    events = EventList(empty="nothing yet")
    async with Bench(events).run_test(size=(40, 6)) as pilot:
        await pilot.pause()
        assert "nothing yet" in shown(pilot.app)
        events.focus()
        await pilot.press("down", "end", "home")
        assert events.cursor == 0
