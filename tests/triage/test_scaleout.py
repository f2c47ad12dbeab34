"""How many tasks a load wants."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.triage.movement import Move
from tui.triage.scaleout import AIM, load_of, tasks_for


def move(before: float, after: float) -> Move:
    return Move(0.0, before, after, 10.0, 1.0, 600.0, -60.0, 0.0)


def test_cpu_that_is_used_up_is_told_by_the_requests() -> None:
    assert load_of(move(31.0, 99.0), move(120.0, 480.0)) == 124.0
    assert load_of(move(31.0, 60.0), move(120.0, 180.0)) == 60.0
    assert load_of(move(31.0, 60.0), None) == 60.0
    assert load_of(move(31.0, 60.0), move(0.0, 180.0)) == 60.0
    assert load_of(None, move(120.0, 480.0)) is None


def test_four_tasks_serve_the_surge_of_the_sandbox() -> None:
    assert tasks_for(124.0, 2, connections=17, max_connections=80) == 4


def test_the_connections_of_the_database_limit_it() -> None:
    assert tasks_for(600.0, 2, connections=17, max_connections=80) == 6
    assert tasks_for(600.0, 2) == 18
    assert tasks_for(124.0, 2, connections=60, max_connections=80) == 2, "there is no room for another"


@given(
    load=st.floats(1, 2000),
    running=st.integers(1, 50),
    connections=st.none() | st.floats(0, 500),
    most=st.none() | st.integers(1, 5000),
)
def test_it_never_takes_tasks_away_and_leaves_a_task_room(
    load: float, running: int, connections: float | None, most: int | None
) -> None:
    wanted = tasks_for(load, running, connections=connections, max_connections=most)
    assert wanted >= running
    if not connections or connections < 1 or not most:
        assert wanted > running
        assert running * load / wanted <= AIM + 0.1 * AIM
