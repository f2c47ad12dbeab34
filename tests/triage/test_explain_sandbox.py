"""Explain on the sandbox's own incidents: the planted cause leads, and on calm nothing stands out.

A day takes a second and a half to make: two seeds a scenario here, twenty by `make bench ARGS=explain`.
"""

from __future__ import annotations

import pytest

from tests.triage.sandboxdays import KINDS, configuration, explained, place, stands_out

SEEDS = (1, 2)
CONFIG = configuration()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KINDS)
def test_the_planted_cause_leads(name: str, seed: int) -> None:
    incident, found = explained(name, seed, CONFIG)
    assert place(found, incident) == 0, [(one.points, one.title) for one in found.causes]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_stands_out_on_calm(seed: int) -> None:
    assert stands_out(seed, CONFIG) == {}
