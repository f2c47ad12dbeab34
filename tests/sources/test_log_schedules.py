"""Any schedule of late events, pages, throttling and outages: every event once, or counted as missed."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.sources.doubles import FakeClock
from tests.sources.scripted_logs import ScriptedLogs
from tui.domain.errors import SourceError
from tui.domain.snapshots import LogBatch, LogEvent
from tui.sources.limiter import Limiter
from tui.sources.logs import LogsSource

CHECK_S = 120.0


def follower(logs: ScriptedLogs, *groups: str) -> LogsSource:
    return LogsSource(logs, groups or ("g",), logs.clock, limiter=Limiter(1e9), monotonic=lambda: 0.0)


def fetch_all(source: LogsSource, got: list[LogEvent]) -> LogBatch | None:
    """Fetch until there is nothing more, or a failure; return the last batch."""
    batch = None
    with contextlib.suppress(SourceError):
        for _ in range(10_000):
            batch = source.fetch()
            got += batch.events
            if not source.has_more:
                return batch
        raise AssertionError("it never ends")
    return batch


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    seed=st.integers(0, 1_000_000),
    page=st.sampled_from([1, 3, 10, 1000]),
    empty=st.sampled_from([0.0, 0.3]),
    throttle=st.sampled_from([0.0, 0.1, 0.4]),
    is_end_inclusive=st.booleans(),
    crowd=st.sampled_from([(1000, 100_000), (2, 100_000), (2, 5)]),
)
def test_every_event_once_whatever_the_schedule(
    seed: int, page: int, empty: float, throttle: float, is_end_inclusive: bool, crowd: tuple[int, int]
) -> None:
    with patch.multiple("tui.sources.logcursor", MANY_AHEAD=crowd[0], MOST_AHEAD=crowd[1]):
        play(seed, page, empty, throttle, is_end_inclusive=is_end_inclusive)


def play(seed: int, page: int, empty: float, throttle: float, *, is_end_inclusive: bool) -> None:
    dice = random.Random(seed)  # noqa: S311
    clock = FakeClock()
    logs = ScriptedLogs(clock, page, dice, empty, throttle, is_end_inclusive=is_end_inclusive)
    names = ["g", "h"][: dice.choice([1, 2])]
    logs.groups = {name: [] for name in names}
    for _ in range(dice.randrange(40)):
        logs.put(ago_s=dice.uniform(0, 1500), group=dice.choice(names))
    outage_s = clock.now() + dice.uniform(0, 100)
    logs.outages = [(outage_s, outage_s + dice.choice([0, 10, 40]))]
    source = follower(logs, *names)
    since_ms = int((clock.now() - 900) * 1000)
    got: list[LogEvent] = []
    for _ in range(dice.randrange(20, 120)):
        for _ in range(dice.choice([0, 1, 3, 8])):
            late_s = dice.choice([0, 0, 0, 0, 1, 2.9, 7, 25, 50, 59.9, 90, CHECK_S - 0.1])
            logs.put(
                ago_s=dice.choice([0, 0, 0, 0.5, -3, -40, -4000]),
                late_s=late_s,
                group=dice.choice(names),
                stream=dice.choice("ab"),
            )
        fetch_all(source, got)
        clock.at_s += dice.choice([0.2, 1, 1, 2, 5])
    logs.throttle = 0.0
    batch = None
    # Until the last of the future is the present.
    for _ in range(500):
        clock.at_s += 10
        batch = fetch_all(source, got)
    assert batch is not None
    assert batch.gaps == ()
    assert batch.missed == 0
    sent = [one for name in names for one in logs.groups[name] if one.time_ms >= since_ms]
    twice = [one for one, count in Counter(event.id for event in got).items() if count > 1]
    assert twice == []
    lost = {one.id for one in sent} - {event.id for event in got}
    assert lost == set()
    assert batch.late == sum(event.is_late for event in got)
