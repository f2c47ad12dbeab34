"""Explain finds what was planted among decoys, and finds nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.triage.stories import STORIES, Story, story
from tui.triage.explain import explain
from tui.triage.material import Cause, Explanation

SEEDS = 20
FIRST, AMONG_THREE = 0.80, 0.95


def is_right(cause: Cause, made: Story) -> bool:
    """Whether a cause is of the right sort and begins with what was planted."""
    if cause.kind.value not in made.kinds:
        return False
    return not made.culprit or (cause.change is not None and cause.change.key == made.culprit)


def place(found: Explanation, made: Story) -> int | None:
    """Return the place of the planted cause from 0; None where it is not there."""
    hits: Sequence[int] = [at for at, one in enumerate(found.causes) if is_right(one, made)]
    return hits[0] if hits else None


@pytest.mark.parametrize("name", STORIES)
def test_the_planted_cause_leads(name: str) -> None:
    places = []
    for seed in range(SEEDS):
        material, made = story(name, seed)
        places.append(place(explain(material), made))
    assert sum(one == 0 for one in places) >= FIRST * SEEDS, places
    assert sum(one is not None and one < 3 for one in places) >= AMONG_THREE * SEEDS, places


def test_nothing_stands_out_on_calm() -> None:
    for seed in range(SEEDS):
        material, _ = story("calm", seed)
        found = explain(material)
        assert found.causes == (), (seed, material.metric, found.causes)
        assert found.nothing.startswith("Nothing stands out")
