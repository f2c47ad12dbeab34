"""All four panes live on the sandbox, and its incident told at a glance."""

from __future__ import annotations

from config.levels import Level
from tests.screens.kit import QUICK, runtime_of, seated
from tui.sandbox.launcher import Sandbox
from widgets.alertbar import AlertBar


async def test_all_four_panes_live_and_the_incident_critical(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox)) as seat:
        await seat.live()
        for name in ("ecs", "rds", "alb"):
            view = seat.pane(name).view
            assert view is not None
            assert view.state.kind == "live"
            assert not view.state.message
            assert all(tile.value != "–" for tile in view.tiles), [
                tile.title for tile in view.tiles if tile.value == "–"
            ]
        alb = seat.pane("alb").view
        assert alb is not None
        assert alb.level is Level.CRITICAL
        assert "✖ CRITICAL" in seat.box("alb").splitlines()[0]
        slow = next(line for line in seat.box("alb").splitlines() if "Response time" in line)
        assert "✖" in slow
        assert "CRITICAL" in slow
        assert "Response time" in str(seat.console.query_one(AlertBar).render())
        assert "critical" in seat.status
        assert "slow database query" in seat.box("logs")


async def test_the_log_grows_by_itself(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK)) as seat:
        await seat.live("logs")
        before = seat.runtime.hub.lines.added
        await seat.until(lambda: seat.runtime.hub.lines.added > before, "more lines arrive")
        assert "following" in seat.box("logs").splitlines()[0]


async def test_a_snapshot_that_comes_while_the_console_ends_is_no_crash(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox)) as seat:
        await seat.live("ecs")
        await seat.console.query("StatusBar, AlertBar, #panes").remove()
        seat.console.show()
        seat.console.flash()
        await seat.pilot.pause()
        assert seat.app.is_running
