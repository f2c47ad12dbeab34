"""The hits of a search: right whatever arrives, comes late, is pruned or hidden, and never in the way."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.widgets.kit import START, Lines
from widgets.matching import compile_search, spans
from widgets.tailsearch import BLOCK, HitIndex


def test_hits_are_found_in_slices_newest_first() -> None:
    buffer = Lines(capacity=10_000)
    size = 3 * BLOCK
    buffer.add(*(f"n{number}" + (" hit" if number % 1000 == 0 else "") for number in range(size)))
    hits = HitIndex(compile_search("hit"), buffer)
    hits.scan(BLOCK + 10)
    assert hits.hits == [3000]
    assert not hits.is_complete
    assert hits.status(3000) == "[1/1+]"
    assert hits.is_settled_from(2 * BLOCK, size)
    assert not hits.is_settled_from(2 * BLOCK - 1, size)
    while not hits.is_complete:
        hits.scan(15)
    assert hits.hits == [0, 1000, 2000, 3000]
    assert hits.status(2000) == "[3/4]"
    assert hits.status(2001) == "[4]"
    assert (hits.after(3000), hits.before(0), hits.after(55), hits.before(1001)) == (0, 3000, 1000, 1000)


def test_a_slice_ends_when_its_time_is_over_and_pays_by_what_a_call_cost() -> None:
    buffer = Lines(capacity=10_000)
    buffer.add(*("x" for _ in range(5000)))
    hits = HitIndex(compile_search("x"), buffer)
    # A clock by which every line costs 50 microseconds.
    assert not hits.scan_for(0.004, clock=lambda: buffer.looked_at * 50e-6)
    assert 80 <= buffer.looked_at <= 600, "one portion beyond the time, at most"
    slices = 1
    while not hits.scan_for(0.004, clock=lambda: buffer.looked_at * 50e-6):
        slices += 1
    assert buffer.looked_at == 5000, "each line once"
    assert slices >= 5000 * 50e-6 / 0.008


class _SlowLines(Lines):
    def find(self, pattern: re.Pattern[str], start: int, stop: int) -> list[int]:
        raise TimeoutError


def test_a_pattern_that_takes_too_long_is_told() -> None:
    buffer = _SlowLines()
    buffer.add("a")
    with pytest.raises(TimeoutError):
        HitIndex(compile_search("(a+)+$"), buffer).scan_for()


_EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "late", "prune", "hide", "scan"]), st.integers(0, 60)), max_size=25
)


@given(_EDITS, st.sampled_from([4, 16]))
@settings(deadline=None)
def test_hits_stay_right_whatever_is_inserted_pruned_and_hidden(
    steps: list[tuple[str, int]], size: int
) -> None:
    buffer = Lines(capacity=120)
    buffer.add(*("hit" if number % 3 == 0 else "other" for number in range(90)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("widgets.tailsearch.BLOCK", size)
        hits = HitIndex(compile_search("hit"), buffer)
        for name, value in steps:
            if name == "add":
                buffer.add(*("hit" if number % 4 == 0 else "other" for number in range(value)))
            elif name == "late":
                buffer.insert((START + value * 2) * 1000, "hit" if value % 2 else "other")
            elif name == "prune":
                buffer.capacity = max(20, 120 - value)
            elif name == "hide":
                buffer.keep(lambda line, value=value: line.key % 60 != value)  # type: ignore[misc]
            # An edit that leaves the length of a block as it was is what `doubt` is for.
            hits.scan(value if name == "scan" else 0)
        while not hits.is_complete:
            hits.scan(7)
        found = [buffer.dropped + at for at, line in enumerate(buffer.kept) if line.message == "hit"]
        assert hits.hits == found
        assert hits.count == len(found)


def test_a_late_line_costs_a_look_at_its_neighbours_only() -> None:
    buffer = Lines(capacity=200_000)
    buffer.add(*("hit" if number % 100 == 0 else "other" for number in range(50_000)))
    hits = HitIndex(compile_search("hit"), buffer)
    while not hits.is_complete:
        hits.scan(10_000)
    buffer.looked_at = 0
    buffer.insert((START + 25_000) * 1000, "a late hit")
    while not hits.is_complete:
        hits.scan(10_000)
    assert hits.count == 501
    assert buffer.looked_at <= 3 * BLOCK


def test_a_doubted_hit_is_looked_at_again() -> None:
    buffer = Lines()
    buffer.add("hit", "other")
    hits = HitIndex(compile_search("hit"), buffer)
    hits.scan(10)
    # Gone and come at one place: neither the number of lines nor the ends of the block tell.
    buffer.kept[0], buffer.kept[1] = buffer.kept[1], buffer.kept[0]
    assert hits.hits == [0]
    hits.doubt(0)
    hits.scan(10)
    assert hits.hits == [1]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 50)), max_size=15))
def test_hits_stay_right_while_lines_come_and_go(steps: list[tuple[int, int]]) -> None:
    buffer = Lines(capacity=40)
    buffer.add(*(f"hit {number}" if number % 3 == 0 else "other" for number in range(30)))
    hits = HitIndex(compile_search("hit"), buffer)
    for added, looked_at in steps:
        start = buffer.dropped + len(buffer)
        buffer.add(*("hit" if number % 3 == 0 else "other" for number in range(start, start + added)))
        hits.scan(looked_at)
    while not hits.is_complete:
        hits.scan(7)
    end = buffer.dropped + len(buffer)
    assert hits.hits == [number for number in range(buffer.dropped, end) if number % 3 == 0]


def test_no_hit_is_none() -> None:
    buffer = Lines()
    buffer.add("a")
    hits = HitIndex(compile_search("zzz"), buffer)
    hits.scan(10)
    assert hits.after(0) is None
    assert hits.before(0) is None


def test_the_search_ignores_case_unless_it_has_upper_case() -> None:
    assert compile_search("error").search("ERROR")
    assert not compile_search("Error").search("ERROR")


def test_a_bad_pattern_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"“\(a” is not a regular expression: .* Escape"):
        compile_search("(a")


@pytest.mark.parametrize("text", ["a{99999999999}", "(" * 5000 + ")" * 5000])
def test_a_pattern_that_is_too_large_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        compile_search(text)


def test_a_pattern_whose_meaning_may_change_is_taken_without_a_warning() -> None:
    assert compile_search("[[a]").search("[")


def test_marks_are_where_the_pattern_matches() -> None:
    assert spans(compile_search("b+"), "abbcB") == [(1, 3), (4, 5)]
    assert spans(compile_search("x*"), "abc") == []
    assert spans(compile_search('{"a"'), '{"a": 1}') == [(0, 4)]
    assert len(spans(compile_search("a"), "a" * 1000)) == 200


def test_a_pattern_without_end_marks_nothing_and_is_not_tried_again() -> None:
    pattern = compile_search("(a+)+(b+)+c$")
    text = ("a" * 40 + "b" * 40) * 20
    began = time.process_time()
    for _ in range(100):
        assert spans(pattern, text) == []
    assert time.process_time() - began < 1.0
