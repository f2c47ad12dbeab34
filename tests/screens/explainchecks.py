"""The checks of the explanation's commands; nothing is applied to the shared sandbox."""

from __future__ import annotations

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.explainboard import ExplainBoard
from tui.sandbox.control import Control
from tui.screens.actions import ActionsScreen
from tui.screens.database import DatabaseScreen
from tui.screens.explain import ExplainScreen
from tui.screens.insights import InsightsScreen
from widgets.dialogs import HelpDialog


def screen(seat: Seat) -> ExplainScreen:
    return next(one for one in seat.app.screen_stack if isinstance(one, ExplainScreen))


def board(seat: Seat) -> ExplainBoard:
    found = seat.app.windows.explained
    assert found is not None
    return found


async def opened(seat: Seat) -> None:
    """Open the explanation of the ALB's response time."""
    await seat.live()
    await seat.until(lambda: bool(seat.board.findings()), "something is breached")
    seat.pane("alb").focus()
    await seat.press("3", "j", "e")
    await seat.until(lambda: isinstance(seat.app.screen, ExplainScreen), "the screen opens")
    await seat.until(lambda: bool(screen(seat).view.steps), "the runbook is there")


async def settled(seat: Seat) -> None:
    """Wait until everything is read."""
    await seat.until(lambda: "WHAT PROBABLY" in seat.text() and not screen(seat)._reading, "all is read")


@check("explain")
async def _explain(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    assert seat.console.focused_pane is not None
    await settled(seat)
    await seat.until(lambda: "Runbook" in seat.text(), "steps are there")
    await seat.press("escape", key)
    await seat.until(lambda: isinstance(seat.app.screen, ExplainScreen), "it opens again")


def _step_check(number: int) -> None:
    @check(f"explain-step-{number}")
    async def _step(seat: Seat, key: str, _: Control) -> None:
        await opened(seat)
        view = screen(seat).view
        if number > len(view.steps):
            await seat.press(key)
            assert not board(seat).steps_done()
            return
        opens = view.steps[number - 1].opens
        await seat.press(key)
        assert [one.number for one in board(seat).steps_done()] == [number - 1]
        kinds = {"query": InsightsScreen, "action": ActionsScreen, "screen": DatabaseScreen}
        kind = kinds.get(opens.split()[0], ExplainScreen)
        await seat.until(lambda: isinstance(seat.app.screen, kind), f"{opens} opens")


for _number in range(1, 10):
    _step_check(_number)


@check("explain-open")
async def _open(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press("j", key)
    await seat.until(lambda: isinstance(seat.app.screen, DatabaseScreen), "the second step opens")
    assert seat.app.windows.database is not None
    assert seat.app.windows.database.tab == "statements"


@check("explain-tick")
async def _tick(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    assert [one.is_done for one in screen(seat).view.steps][:2] == [True, False]
    await seat.press(key)
    assert not board(seat).steps_done()


@check("explain-down")
async def _down(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key, key)
    assert screen(seat)._row == 2


@check("explain-up")
async def _up(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press("j", "j", key)
    assert screen(seat)._row == 1


@check("explain-page-down")
async def _page_down(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await settled(seat)
    await seat.pilot.resize_terminal(80, 24)
    body = screen(seat).query_one("#explain-body")
    await seat.until(lambda: body.max_scroll_y > 0, "there is more than fits")
    await seat.press(key)
    await seat.until(lambda: body.scroll_y > 0, "it scrolls")


@check("explain-page-up")
async def _page_up(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await settled(seat)
    await seat.pilot.resize_terminal(80, 24)
    body = screen(seat).query_one("#explain-body")
    await seat.until(lambda: body.max_scroll_y > 0, "there is more than fits")
    await seat.press("pagedown")
    await seat.until(lambda: body.scroll_y > 0, "it scrolls")
    await seat.press(key)
    await seat.until(lambda: body.scroll_y == 0, "and back")


@check("explain-book")
async def _book(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await settled(seat)
    first = screen(seat).view.book
    assert "1 of " in first
    await seat.press(key)
    assert "2 of " in screen(seat).view.book


@check("explain-copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await settled(seat)
    await seat.press(key)
    await seat.until(lambda: "WHAT PROBABLY" in seat.app.clipboard, "it is copied")
    assert "[ ] 1. " in seat.app.clipboard


@check("explain-again")
async def _again(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat)
    await settled(seat)
    before = board(seat).fetched
    await seat.press(key)
    await seat.until(lambda: board(seat).fetched is not before, "it is read again")


@check("explain-help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    assert isinstance(seat.app.screen, HelpDialog)


@check("explain-leave")
async def _leave(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: seat.app.screen is seat.console, "the console is back")
