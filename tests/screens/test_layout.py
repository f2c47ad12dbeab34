"""The console at its sizes: compared as text with files, each reviewed by eye."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.kit import runtime_of, seated
from tests.screens.outline import outline
from tui.sandbox.launcher import Sandbox
from widgets.hints import HintBar

pytestmark = pytest.mark.xdist_group("layout")

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A stack of this module's own: what other tests change would stand among the facts."""
    with Sandbox.start() as running:
        yield running


def compare(name: str, found: str) -> None:
    """Compare with the file of that name; a file that is missing is written, and has to be looked at."""
    path = SNAPSHOTS / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
        pytest.fail(f"{path} was written: look at it, then run again")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_structure_at_each_size(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with seated(runtime_of(sandbox), size=size) as seat:
        await seat.live()
        await seat.live("alarms", "changes", "postgres", "pg-activity", "load")
        await seat.until(lambda: "loading" not in seat.text(), "everything is drawn")
        compare(f"console-{size[0]}x{size[1]}", outline(seat))


async def test_without_a_database_the_others_share_the_place(sandbox: Sandbox) -> None:
    runtime = runtime_of(sandbox, stack={"databases": ()}, database_url=None)
    async with seated(runtime, size=(120, 40)) as seat:
        await seat.live()
        await seat.until(lambda: "loading" not in seat.text(), "everything is drawn")
        assert "rds" not in runtime.hub.scheduler.names
        assert not seat.console.query("#rds")
        assert seat.pane("ecs").region.width + seat.pane("alb").region.width == 120
        assert seat.pane("alb").number == 2
        await seat.press("2")
        assert seat.focus == "alb"
        compare("console-120x40-without-database", outline(seat))


async def test_only_a_log_group(sandbox: Sandbox) -> None:
    nothing = {"services": (), "databases": (), "load_balancers": ()}
    async with seated(runtime_of(sandbox, stack=nothing, database_url=None)) as seat:
        await seat.live("identity", "logs")
        assert set(seat.runtime.hub.scheduler.names) == {"identity", "logs"}
        assert seat.tail.region.height > 30
        assert seat.focus == "logs"


async def test_without_a_log_the_panes_have_the_whole_height(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, stack={"log_groups": ()})) as seat:
        await seat.live("ecs")
        hints = seat.console.query_one(HintBar)
        assert seat.pane("ecs").region.bottom == hints.region.y
        # Keys of the absent pane do nothing, and do no harm.
        await seat.press("f", "slash", "n", "N", "W", "T", "4", "escape")
        assert seat.app.is_running


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (20, 3), (1, 1)])
async def test_a_terminal_that_is_too_small_says_so(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with seated(runtime_of(sandbox), size=size) as seat:
        await seat.pilot.pause()
        assert not seat.console.query_one("#panes").display
        if size[0] >= 20:
            assert "60x15" in " ".join(seat.text().split())
        await seat.pilot.resize_terminal(80, 24)
        await seat.until(lambda: "1 ECS" in seat.text(), "the panes come with the room")


@pytest.mark.parametrize("size", [(60, 15), (250, 70)])
async def test_the_smallest_and_a_large_terminal_show_every_pane(
    sandbox: Sandbox, size: tuple[int, int]
) -> None:
    async with seated(runtime_of(sandbox), size=size) as seat:
        await seat.live()
        for title in ("1 ECS", "2 RDS", "3 ALB", "4 Logs"):
            assert title in seat.text()
        assert "✖ Response time" in seat.box("alb")


async def test_ascii_needs_no_character_beyond_ascii(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox), size=(120, 40), use_ascii=True) as seat:
        await seat.live()
        await seat.press("4", "g")
        foreign = {one for one in seat.text() if not one.isascii()}
        assert not foreign, f"{foreign}\n{seat.text()}"
        assert "X CRITICAL" in seat.text()
