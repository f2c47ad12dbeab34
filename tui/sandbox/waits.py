"""What the database's sessions wait for, as the gauges tell it and Performance Insights is asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.sandbox.metric_store import MetricKey, MetricStore

WAITS: Final = (("CPU", "CPU"), ("IO", "DataFileRead"), ("Client", "ClientRead"))
"""Wait events that are told, as (type, name)."""
WHOLE: Final = ""
"""In place of a name: all together."""


def record(store: MetricStore, at_s: float, sessions: Mapping[str, float], samples: int) -> None:
    """Take the average active sessions by name of wait event at a moment.

    Args:
        store: Where the load is kept, apart from CloudWatch's metrics.
        at_s: Epoch seconds.
        sessions: By the names of `WAITS`.
        samples: How many samples this one stands for.
    """
    for name, value in sessions.items():
        store.add(key_of(name), at_s, value, samples)
    store.add(key_of(WHOLE), at_s, sum(sessions.values()), samples)


def key_of(name: str) -> MetricKey:
    """Return where the load of a wait event is kept."""
    return MetricKey.of("pi", "db.load", wait=name)
