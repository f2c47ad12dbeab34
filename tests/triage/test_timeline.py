"""The timeline against a plain model: whatever comes, in whatever order, twice or late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.triage.entry import Kind, TimelineEntry
from tui.triage.timeline import Timeline, locate


def entry(key: str, at_s: float, kind: Kind = Kind.SERVICE, title: str = "", **more: object) -> TimelineEntry:
    return TimelineEntry(key, at_s, kind, title or key, **more)  # type: ignore[arg-type]


ENTRIES = st.lists(
    st.builds(entry, st.sampled_from("abcdefgh"), st.integers(0, 9).map(float), st.sampled_from(Kind)),
    max_size=40,
)


@given(ENTRIES, st.integers(0, 9), st.integers(0, 9))
def test_it_is_what_a_dictionary_sorted_by_time_would_be(
    entries: list[TimelineEntry], start: int, end: int
) -> None:
    timeline = Timeline()
    timeline.put(entries)
    model = {one.key: one for one in entries}
    ordered = sorted(model.values(), key=lambda one: (one.at_s, one.key), reverse=True)
    assert timeline.newest() == ordered
    assert timeline.between(start, end) == [one for one in ordered if start <= one.at_s <= end]
    assert timeline.newest({Kind.ALARM}) == [one for one in ordered if one.kind is Kind.ALARM]
    assert locate(ordered, start) == sum(one.at_s > start for one in ordered)


@given(ENTRIES, st.integers(1, 5))
def test_it_never_keeps_more_than_it_may_and_the_newest_stay(entries: list[TimelineEntry], most: int) -> None:
    timeline = Timeline(most)
    unique = list({one.key: one for one in entries}.values())
    timeline.put(unique)
    ordered = sorted(unique, key=lambda one: (one.at_s, one.key), reverse=True)
    assert timeline.newest() == ordered[:most]


def test_equal_entries_change_nothing_and_gone_ones_are_gone() -> None:
    timeline = Timeline()
    assert timeline.put([entry("a", 1.0), entry("b", 2.0)]) == 2
    version = timeline.version
    assert timeline.put([entry("a", 1.0)]) == 0
    assert timeline.version == version
    assert timeline.discard(["a", "unknown"]) == 1
    assert [one.key for one in timeline.newest()] == ["b"]
    assert timeline.entry("a") is None


def test_every_word_must_be_somewhere_in_the_entry_as_it_is_now() -> None:
    timeline = Timeline()
    timeline.put([entry("a", 1.0, title="Deployment web:42", who="mina"), entry("b", 2.0, title="Reboot")])
    assert [one.key for one in timeline.newest(words="MINA web")] == ["a"]
    timeline.put([entry("a", 1.0, title="Deployment web:43", who="mina")])
    assert timeline.newest(words="web:42") == []


def test_what_reaches_into_a_stretch_counts_when_asked_for() -> None:
    timeline = Timeline()
    timeline.put(
        [
            entry("over", 1.0, until_s=4.0),
            entry("before", 1.0, until_s=2.0),
            entry("moment", 1.0),
            entry("open", 1.0, Kind.BREACH),
        ]
    )
    assert timeline.between(3.0, 9.0) == []
    found = timeline.between(3.0, 9.0, overlapping=True)
    assert {one.key for one in found} == {"over", "open"}
