"""The calm scenario: an hour of its time passes at the console without a breach, and nothing stands out."""

from __future__ import annotations

from typing import Final

import pytest

from config.schema import Cadences
from tests.gamedays.kit import watching

HOUR_S: Final = 3600
SPEED: Final = 300.0
BRISK: Final = Cadences().model_copy(update=dict.fromkeys(Cadences.model_fields, 120.0))


@pytest.mark.xdist_group("gameday-calm")
async def test_an_hour_passes_without_a_breach_and_nothing_stands_out() -> None:
    async with watching("calm", speed=SPEED, seed=11, cadences=BRISK) as watch:
        seat = watch.seat
        await seat.live()
        begun, seen, judged = watch.sandbox.clock.now(), set[str](), set[float]()

        def is_over() -> bool:
            seen.update(one.id for one in seat.board.findings() if one.level.is_breach)
            if seat.board.assessment is not None:
                judged.add(seat.board.assessment.at_s // 300)
            return watch.sandbox.clock.now() - begun > HOUR_S

        await seat.until(is_over, "an hour passes", 60)
        assert seen == set()
        assert len(judged) >= 12, "it was judged all the while"
        assert seat.app._incident.recorder.incident is None
        await seat.press("3")
        found = await watch.explain()
        assert found.causes == ()
        assert found.nothing.startswith("Nothing stands out")
