"""The timeline with 10,000 entries: from a move of the cursor to the painted screen, and its parts."""

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
from widgets.eventlist import EventList

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
        for (count, key), found in asyncio.run(_move(sandbox, _PRESSES * (4 if long else 1))).items():
            note = f"{len(found)} times, worst {max(found):.0f} ms"
            what = f"move {key} and draw, {count:,} entries, p95 of CPU"
            yield Row(what, percentile(found, 0.95), 50.0, "ms", note=note)


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


async def _move(sandbox: Sandbox, times: int) -> dict[tuple[int, str], list[float]]:
    """Return the CPU milliseconds from a move of the cursor to the painted screen, charts and log included.

    CPU, because the sandbox, the console and whatever else runs share the machine.
    """
    found: dict[tuple[int, str], list[float]] = {}
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("ecs", "rds", "alb", "metrics", "logs")
        await seat.press("v")
        desk = seat.console._timeline
        assert desk is not None
        for count in (0, MOST):
            seat.board.timeline.timeline.put(made(count, seat.board.now_s))
            seat.console.show()
            await seat.pilot.pause()
            for key in ("down", "pagedown", "end", "home"):
                spent = found[count, key] = []
                for _ in range(times // 4):
                    began = time.process_time()
                    seat.console.query_one(EventList).action_move(key)
                    desk.moved()
                    seat.text()
                    spent.append((time.process_time() - began) * 1000)
    return found


def _ms(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000
