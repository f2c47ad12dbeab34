"""Checks of the incident's keys in the console."""

from __future__ import annotations

from config.paths import state_dir
from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from widgets.picker import PickerDialog
from widgets.textview import TextDialog


async def _breached(seat: Seat) -> None:
    await seat.live("ecs", "rds", "alb", "metrics", "alarms")
    await seat.until(lambda: seat.app._incident.recorder.incident is not None, "an incident opens")


@check("incident")
async def _incident(seat: Seat, key: str, _: Control) -> None:
    await _breached(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the record is shown")
    folder = state_dir()
    assert folder is not None
    newest = max(folder.glob("incident-*.md"), key=lambda one: one.stat().st_mtime_ns)
    assert newest.stat().st_mode & 0o777 == 0o600
    assert "## Whether it helped" in newest.read_text(encoding="utf-8")
    assert newest.with_suffix(".json").is_file()
    assert any(str(newest) in one for one in seat.notices)


@check("acknowledge")
async def _acknowledge(seat: Seat, key: str, _: Control) -> None:
    await _breached(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "it is asked for how long")
    await seat.press("enter")
    await seat.until(lambda: bool(seat.board.muted), "the breach is muted")
    alerts = seat.board.views().status.alerts
    assert sum(one.text.endswith("acknowledged") for one in alerts) == 1
