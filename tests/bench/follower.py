"""The console's follower and line buffer without a screen, counted: a process of its own.

`python -P -m tests.bench.follower GROUP EVENTS` follows until standard input closes, then prints what it has.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys
import time
from collections import Counter

from config.schema import Config, StackConfig
from tests.bench.logfeed import REGION
from tui.collect.hub import connect
from tui.domain.clock import Clock
from tui.domain.logbuffer import LineBuffer
from tui.domain.snapshots import LogBatch

NUMBER = re.compile(r'"e(\d{9})')


@dataclasses.dataclass(frozen=True, slots=True)
class Followed:
    """What a follower had at the end.

    Attributes:
        absent: Numbers of the events that were not handed out.
        twice: Events handed out again.
        late: Events marked late.
        missed: Events counted as missed.
        kept: Numbers of the events in the buffer, in its order.
        cpu_s: Processor time used.
    """

    absent: tuple[int, ...]
    twice: int
    late: int
    missed: int
    kept: tuple[int, ...]
    cpu_s: float


def main(group: str, events: int) -> None:
    """Follow a group, then print a `Followed` as JSON.

    Args:
        group: The log group.
        events: How many there will be.
    """
    config = Config(region=REGION, stack=StackConfig(log_groups=(group,)))
    seen: Counter[int] = Counter()
    told = {"late": 0, "missed": 0}

    def take(batch: LogBatch) -> None:
        seen.update(int(found.group(1)) for one in batch.events if (found := NUMBER.search(one.message)))
        told.update(late=batch.late, missed=batch.missed)

    async def follow() -> LineBuffer:
        hub = connect(config, Clock(), on_logs=take)
        hub.start()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        hub.stop()
        return hub.lines

    lines = asyncio.run(follow())
    cpu_s = time.process_time()
    result = Followed(
        absent=tuple(number for number in range(events) if number not in seen),
        twice=sum(count - 1 for count in seen.values()),
        late=told["late"],
        missed=told["missed"],
        kept=_kept(lines),
        cpu_s=cpu_s,
    )
    print(json.dumps(dataclasses.asdict(result)), flush=True)


def _kept(lines: LineBuffer) -> tuple[int, ...]:
    numbers = []
    for line in lines.lines(0, len(lines)):
        event = None if line.is_gap else lines.event(line.time_ms, line.key)
        found = NUMBER.search(event.message) if event is not None else None
        if found:
            numbers.append(int(found.group(1)))
    return tuple(numbers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
