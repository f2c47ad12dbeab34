"""The anchor of the tail: what the reader reads stays, whatever arrives and is pruned."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.tailview import TailViewport

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 60)),
        st.tuples(st.just("prune"), st.integers(0, 60)),
        st.tuples(st.just("scroll"), st.integers(-30, 30)),
        st.tuples(st.just("move"), st.integers(-3, 3)),
        st.tuples(st.just("show"), st.integers(0, 300)),
        st.tuples(st.just("resize"), st.integers(1, 30)),
        st.tuples(st.sampled_from(["home", "follow", "freeze"]), st.just(0)),
    ),
    max_size=40,
)


def _view(heights: list[int]) -> TailViewport:
    return TailViewport(lambda line: heights[line % len(heights)])


def _play(view: TailViewport, name: str, by: int) -> None:
    if name == "append":
        view.update(view.first, view.end + by, view.height)
    elif name == "prune":
        view.update(min(view.end, view.first + by), view.end, view.height)
    elif name == "resize":
        view.update(view.first, view.end, by)
    elif name in ("scroll", "move", "show"):
        getattr(view, name)(by)
    else:
        getattr(view, name)()


@given(_STEPS, st.lists(st.integers(1, 5), min_size=1, max_size=7))
@settings(deadline=None)
def test_invariants_hold_after_any_history(steps: list[tuple[str, int]], heights: list[int]) -> None:
    view = _view(heights)
    view.update(0, 100, 10)
    for name, by in steps:
        _play(view, name, by)
        rows = view.rows()
        total = sum(heights[line % len(heights)] for line in range(view.first, view.end))
        assert len(rows) == min(view.height, total), "no blank row while there are lines"
        assert rows == sorted(set(rows))
        if rows:
            assert view.first <= rows[0][0]
            assert view.first <= view.cursor < view.end
        if view.following and rows:
            last = view.end - 1
            assert rows[-1] == (last, heights[last % len(heights)] - 1)
            assert view.unseen() == 0


@given(
    st.integers(1, 200),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=20),
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
)
@settings(deadline=None)
def test_a_frozen_window_stays_while_its_lines_exist(
    up: int, changes: list[tuple[int, int]], heights: list[int]
) -> None:
    view = _view(heights)
    view.update(0, 300, 10)
    view.scroll(-up)
    before, first, end = view.rows(), 0, 300
    for appended, pruned in changes:
        end += appended
        first = min(end, first + pruned)
        view.update(first, end, 10)
        if first <= before[0][0]:
            assert view.rows() == before
        assert not view.following


def test_reaching_the_end_follows_again() -> None:
    view = _view([1])
    view.update(0, 100, 10)
    view.scroll(-5)
    assert not view.following
    view.scroll(4)
    assert not view.following
    view.scroll(1)
    assert view.following


def test_new_lines_are_counted_until_they_were_on_the_screen() -> None:
    view = _view([1])
    view.update(0, 100, 10)
    view.scroll(-3)
    view.update(0, 120, 10)
    assert view.unseen() == 20
    view.scroll(13)
    assert view.unseen() == 10
    view.scroll(-5)
    assert view.unseen() == 10
    view.follow()
    assert view.unseen() == 0


def test_pruning_under_the_reader_leaves_the_oldest_lines() -> None:
    view = _view([1])
    view.update(0, 100, 10)
    view.home()
    view.update(40, 140, 10)
    assert view.rows()[0] == (40, 0)
    assert view.cursor == 40


def test_the_cursor_walks_and_scrolls_the_window_no_further_than_needed() -> None:
    view = _view([1])
    view.update(0, 100, 10)
    view.move(-1)
    assert (view.cursor, view.following) == (99, False)
    for _ in range(9):
        view.move(-1)
    assert (view.cursor, view.top) == (90, (90, 0))
    view.move(-1)
    assert (view.cursor, view.top) == (89, (89, 0))
    view.move(1)
    assert view.top == (89, 0)


def test_moving_beyond_the_newest_line_follows() -> None:
    view = _view([1])
    view.update(0, 5, 10)
    view.move(-1)
    assert not view.following
    view.move(1)
    assert view.following


def test_a_hit_off_the_screen_comes_to_the_middle() -> None:
    view = _view([1])
    view.update(0, 100, 11)
    view.show(50, is_centred=True)
    assert view.top == (45, 0)
    view.show(52, is_centred=True)
    assert view.top == (45, 0), "on the screen already"


def test_a_line_taller_than_the_window_can_be_shown() -> None:
    view = _view([1, 9])
    view.update(0, 10, 4)
    view.show(5)
    assert view.rows()[0] == (5, 0)


def test_a_cleared_list_starts_anew() -> None:
    view = _view([1])
    view.update(0, 100, 10)
    view.scroll(-5)
    view.update(0, 3, 10)
    assert view.rows() == [(0, 0), (1, 0), (2, 0)]
    assert view.unseen() == 0
