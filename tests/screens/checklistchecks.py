"""The checks of the checklist's commands; nothing is applied to the shared sandbox."""

from __future__ import annotations

from textual.widgets import OptionList

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from tui.screens.actions import ActionsScreen
from tui.screens.checklist import ChecklistScreen
from widgets.dialogs import HelpDialog
from widgets.textview import TextDialog


def items(seat: Seat) -> OptionList:
    screen = next(one for one in seat.app.screen_stack if isinstance(one, ChecklistScreen))
    return screen.query_one(OptionList)


def shown(seat: Seat) -> str:
    """Return the id of the item under the cursor."""
    found = items(seat).highlighted_option
    return str(found.id) if found is not None else ""


async def opened(seat: Seat) -> None:
    """Open the checklist, and wait until all is verified."""
    await seat.live("ecs", "postgres")
    await seat.press("c")
    await seat.until(lambda: isinstance(seat.app.screen, ChecklistScreen), "the checklist opens")
    await seat.until(lambda: "verified" in seat.text(), "all is verified")


@check("checklist")
async def _checklist(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ChecklistScreen), "the checklist opens")
    await seat.until(lambda: "verified" in seat.text(), "all is verified")
    text = seat.text()
    for word in ("Monitoring", "ECS", "RDS", "Application", "Network", "FAIL    Indexes in place", "● pass"):
        assert word in text, word
    await seat.press(key)
    assert seat.app.screen is seat.console


@check("check-open")
async def _open(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat)
    items(seat).highlighted = items(seat).get_option_index("backups")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the action opens")
    await seat.until(lambda: "BackupRetentionPeriod" in seat.text(), "with the values that mend it")
    assert "→ 7" in seat.text()
    await seat.press("escape")
    await seat.until(lambda: isinstance(seat.app.screen, ChecklistScreen), "back at the checklist")
    # What no action can mend is told whole.
    items(seat).highlighted = items(seat).get_option_index("metrics")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the evidence opens")
    await seat.until(lambda: "metrics have a point" in seat.text(), "whole")
    await seat.press("y")
    await seat.until(lambda: "metrics have a point" in seat.app.clipboard, "it is copied")


@check("check-again")
async def _again(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat)
    gate.reset_calls()
    await seat.press(key)
    await seat.until(lambda: "cloudfront:ListDistributions" in gate.calls().counts, "it asks again")


@check("check-next")
async def _next(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    items(seat).highlighted = items(seat).get_option_index("metrics")
    await seat.press(key)
    assert shown(seat) == "alarms"
    items(seat).highlighted = items(seat).get_option_index("static-caching")
    await seat.press(key)
    assert shown(seat) == "dashboard"


@check("check-previous")
async def _previous(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    items(seat).highlighted = items(seat).get_option_index("alarms")
    await seat.press(key)
    assert shown(seat) == "dashboard"


@check("check-copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: seat.app.clipboard.startswith("# Checklist"), "it is copied")
    assert "| Backup policy | FAIL |" in seat.app.clipboard


@check("check-help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    assert isinstance(seat.app.screen, HelpDialog)
    assert "Verify everything again" in seat.text()


@check("check-leave")
async def _leave(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    assert seat.app.screen is seat.console
