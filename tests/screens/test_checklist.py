"""The checklist at three sizes, in ASCII, while it reads, with a revoked permission; kept with its age."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.screens.checklistchecks import items, opened
from tests.screens.kit import RARE, runtime_of, seated
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.screens.checklist import ChecklistScreen


@pytest.fixture
def gate(sandbox: Sandbox) -> Iterator[Control]:
    control = Control(sandbox.endpoint_url)
    yield control
    control.clear()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)
async def test_every_item_has_glyph_word_and_evidence(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE), size=size) as seat:
        await opened(seat)
        lines = seat.text().splitlines()
        assert any("✖ FAIL    Alarms for CPU, memory, storage" in one for one in lines)
        assert any("✖ FAIL    Backup policy" in one and "Kept 1" in one for one in lines)
        assert "enter → Publish the console" in seat.text()
        assert "verify again" in lines[-1]
        assert all(len(one) <= size[0] for one in lines)
        await seat.press("end")
        assert "Static-asset caching: " in seat.text()


async def test_ascii_needs_no_other_characters(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE), use_ascii=True) as seat:
        await opened(seat)
        assert seat.text().isascii(), sorted({one for one in seat.text() if not one.isascii()})
        assert "X FAIL    Backup policy" in seat.text()


async def test_progress_is_told_item_by_item(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("ecs", "postgres")
        gate.delay(20.0, "cloudfront")
        await seat.press("c")
        await seat.until(lambda: "verifying, 15 of 18" in seat.text(), "three wait for CloudFront")
        assert "… reading CDN considered" in seat.text()
        assert "pass    Connection pool" in seat.text()
        await seat.press("escape")
        assert seat.app.screen is seat.console
    gate.clear()


async def test_a_revoked_permission_is_told(sandbox: Sandbox, gate: Control) -> None:
    gate.fail("AccessDeniedException", "cloudwatch", "GetDashboard")
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await opened(seat)
        assert "? unknown Dashboard exists" in seat.text()
        assert "cloudwatch:GetDashboard" in seat.text()


async def test_results_stay_with_their_age(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await opened(seat)
        await seat.press("escape")
        gate.reset_calls()
        await seat.press("c")
        assert isinstance(seat.app.screen, ChecklistScreen)
        assert "verified" in seat.text()
        assert "FAIL    Backup policy" in seat.text()
        assert items(seat).option_count == 23
        assert "cloudfront:ListDistributions" not in gate.calls().counts
