"""Runs of queries: three at once, a hundred remembered."""

from __future__ import annotations

from tui.domain.queryruns import AT_ONCE, KEPT, Runs


def test_three_may_begin_and_the_others_wait_in_order() -> None:
    runs = Runs()
    asked = [runs.add("", f"q{number}", (), "AWS", 0.0) for number in range(5)]
    assert runs.startable() == asked[:AT_ONCE]
    for run in asked[:AT_ONCE]:
        run.began_s = 1.0
    assert runs.startable() == []
    asked[1].ended_s = 2.0
    assert runs.startable() == [asked[3]]


def test_the_oldest_that_has_ended_is_forgotten_first() -> None:
    runs = Runs()
    first = runs.add("", "first", (), "AWS", 0.0)
    for number in range(KEPT):
        run = runs.add("", str(number), (), "AWS", 0.0)
        run.began_s = run.ended_s = 1.0
    kept = list(runs)
    assert len(kept) == KEPT
    assert kept[-1] is first, "it still runs"
    assert "0" not in [run.text for run in kept]
    assert runs.newest is kept[0]


def test_the_time_stands_still_when_a_run_has_ended() -> None:
    run = Runs().add("", "q", (), "AWS", 0.0)
    assert run.elapsed_s(9.0) == 0.0
    run.began_s = 10.0
    assert run.elapsed_s(12.5) == 2.5
    run.ended_s = 13.0
    assert run.elapsed_s(99.0) == 3.0
