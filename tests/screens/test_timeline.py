"""The timeline in the console: charts and log go along, words narrow it, esc is live again; at every size."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.screens.kit import RARE, Seat, runtime_of, seated
from tests.screens.timelinechecks import entry, events_of, put
from tui.sandbox.launcher import Sandbox
from tui.triage.entry import Kind
from widgets.promptline import PromptLine
from widgets.textview import TextDialog


def cursors(seat: Seat) -> list[float | None]:
    views = [seat.pane(name).view for name in ("ecs", "rds", "alb")]
    return [view.chart.cursor for view in views if view is not None and view.chart is not None]


async def test_moving_through_it_moves_charts_and_log_and_esc_is_live_again(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live(
            "ecs", "rds", "alb", "metrics", "logs", "changes", "scaling", "rds-events", "alarm-history"
        )
        now = seat.board.now_s
        oldest = seat.board.hub.lines.lines(0, 1)[0].time_ms / 1000
        put(
            seat,
            entry(1, now + 5),
            entry(2, (oldest + now) / 2, Kind.DEPLOYMENT, resource="web"),
            entry(3, now - 1500),
        )
        await seat.press("v")
        assert seat.board.ui.moment_s is None
        # What other tests changed on the shared stack is listed too.
        while seat.board.timeline.listed()[events_of(seat).cursor].key != "test:2":
            await seat.press("down")
        second = seat.board.timeline.listed()[events_of(seat).cursor]
        await seat.until(lambda: not seat.tail.following, "the log jumps there")
        assert seat.tail.current_line is not None
        assert seat.tail.current_line.time_ms >= second.at_s * 1000
        assert len({*cursors(seat)} - {None}) == 1
        chart = seat.pane("ecs").view.chart  # type: ignore[union-attr]
        assert chart is not None
        assert "D" in [one.glyph for one in chart.marks]
        while seat.board.timeline.listed()[events_of(seat).cursor].key != "test:3":
            await seat.press("j")
        assert "not among the log lines" in seat.box("timeline").splitlines()[-1]
        assert cursors(seat)[0] is not None
        # Something newer comes in: the cursor stays on its entry.
        put(seat, entry(9, now + 6))
        await seat.pilot.pause()
        assert seat.board.timeline.listed()[events_of(seat).cursor].key == "test:3"
        await seat.press("escape")
        assert not events_of(seat).display
        assert seat.board.ui.moment_s is None
        assert seat.tail.following
        assert cursors(seat) == [None, None, None]


async def test_words_narrow_it_and_enter_opens_an_entry_whole(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("ecs", "metrics")
        put(
            seat,
            entry(1, seat.board.now_s - 5, who="mina", detail="[/x] all of it"),
            entry(2, seat.board.now_s),
        )
        await seat.press("v", "slash")
        seat.console.query_one(PromptLine).query_one(Input).value = "MINA 1"
        await seat.press("enter")
        assert [one.key for one in seat.board.timeline.listed()] == ["test:1"]
        assert seat.focus == "timeline"
        await seat.press("y")
        await seat.until(lambda: "[/x] all of it" in seat.app.clipboard, "it is copied")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the entry opens")
        assert "[/x] all of it" in seat.text()
        await seat.press("escape", "escape")
        assert seat.board.timeline.words == ""
        assert events_of(seat).display
        await seat.press("slash", "x", "escape")
        assert events_of(seat).display, "esc leaves the prompt first"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50), (60, 15)])
@pytest.mark.parametrize("use_ascii", [False, True])
async def test_it_fits_every_size(sandbox: Sandbox, size: tuple[int, int], use_ascii: bool) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE), size=size, use_ascii=use_ascii) as seat:
        await seat.live("ecs", "metrics", "logs")
        put(seat, entry(1, seat.board.now_s, resource="web", who="mina"))
        await seat.press("v")
        box = seat.box("timeline")
        assert "O change" in box
        assert "event number 1" in box
        assert seat.tail.region.height >= 3, "the log is in view beside it"
        if use_ascii:
            assert box.isascii()
        await seat.press("1")
        assert seat.focus == "ecs"
        assert seat.pane("ecs").region.area > 0


async def test_it_works_without_a_log(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE, stack={"log_groups": ()})) as seat:
        await seat.live("ecs", "metrics")
        put(seat, entry(1, seat.board.now_s))
        await seat.press("v", "up")
        assert seat.board.ui.moment_s == seat.board.timeline.listed()[0].at_s
        await seat.press("escape")
        assert seat.focus == "ecs"
