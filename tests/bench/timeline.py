"""The timeline with 10,000 entries: from a key press to the painted frame, and what its parts cost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from tests.bench.results import Row, percentile
from tests.screens.kit import RARE, runtime_of, seated
from tui.sandbox.launcher import Sandbox
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.timeline import MOST, Timeline

NAME = "timeline"
_PRESSES = 120
_DAY_S = 86_400.0


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Press more often.
    """
    timeline = Timeline()
    entries = made(MOST, time.time())
    yield Row("take 10,000 in any order", _ms(lambda: timeline.put(entries)), None, "ms")
    yield Row("take the same again", _ms(lambda: timeline.put(entries)), None, "ms")
    one = TimelineEntry("late", time.time() - _DAY_S / 2, Kind.LOG, "late")
    yield Row("take one that is late", _ms(lambda: timeline.put([one])), 1.0, "ms")
    yield Row("words, the first time", _ms(lambda: timeline.newest(words="web 77")), 50.0, "ms")
    yield Row("words, again", _ms(lambda: timeline.newest(words="web 778")), 25.0, "ms")
    with Sandbox.start("calm") as sandbox:
        delays = asyncio.run(_press(sandbox, _PRESSES * (4 if long else 1)))
    for key, found in delays.items():
        note = f"{len(found)} presses, worst {max(found):.0f} ms"
        yield Row(f"key to frame, p95, {key}", percentile(found, 0.95), 50.0, "ms", note=note)


def made(count: int, now_s: float) -> list[TimelineEntry]:
    """Return entries of a day in no order."""
    chance = random.Random(7)  # noqa: S311 - no secret
    kinds = list(Kind)
    return [
        TimelineEntry(
            f"bench:{number}",
            now_s - chance.random() * _DAY_S,
            chance.choice(kinds),
            f"event {number} of web",
            resource="prod-llmops-service",
            who="mina",
            detail="a line of detail " * 8,
        )
        for number in range(count)
    ]


async def _press(sandbox: Sandbox, presses: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("ecs", "rds", "alb", "metrics", "logs")
        seat.board.timeline.timeline.put(made(MOST, seat.board.now_s))
        await seat.press("v")
        for key in ("down", "pagedown", "up", "end", "home"):
            delays = found[key] = []
            for _ in range(presses // 5):
                began = time.perf_counter()
                await seat.press(key)
                seat.text()
                delays.append((time.perf_counter() - began) * 1000)
    return found


def _ms(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000
