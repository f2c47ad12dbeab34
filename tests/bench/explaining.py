"""Explain on the sandbox's incidents: the place of the planted cause over twenty seeds a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.results import Row
from tests.triage.sandboxdays import KINDS, configuration, explained, place, stands_out

NAME = "explain"
SEEDS = 20
NOT_FIRST = 20.0
NOT_IN_THREE = 5.0
"""Percent of the seeds."""


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the shares of seeds that fall short.

    Args:
        long: Forty seeds instead of twenty.
    """
    seeds = range(1, 1 + SEEDS * (2 if long else 1))
    config = configuration()
    for name in KINDS:
        days = (explained(name, seed, config) for seed in seeds)
        places = [place(found, incident) for incident, found in days]
        missed = [seed for seed, at in zip(seeds, places, strict=True) if at != 0]
        note = f"{len(seeds)} seeds" + (f"; not first: {missed}" if missed else "")
        first, three = _share(at != 0 for at in places), _share(at is None or at > 2 for at in places)
        yield Row(f"{name}, not first", first, NOT_FIRST, "%", note=note)
        yield Row(f"{name}, not in three", three, NOT_IN_THREE, "%", note=f"{len(seeds)} seeds")
    told = {seed: found for seed in seeds if (found := stands_out(seed, config))}
    note = f"{len(seeds)} seeds, each metric" + (f"; {sorted(told)}" if told else "")
    yield Row("calm, something stands out", _share(seed in told for seed in seeds), 0.0, "%", note=note)


def _share(flags: Iterator[bool]) -> float:
    known = list(flags)
    return 100 * sum(known) / len(known)
