"""A filtered view against filtering the buffer's lines afresh, whatever comes and goes in between."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.test_logbuffer import event, give, texts
from tui.domain.logbuffer import LineBuffer
from tui.domain.logsearch import SlowPatternError
from tui.domain.logview import Floor, LogFilter, LogView
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from widgets.model import LogBuffer, LogLine

_MESSAGES = ["ERROR a", "WARN ab", "INFO b", "DEBUG b", "a plain", "b plain"]
_EVENTS = st.lists(
    st.builds(
        lambda at, text, group, stream: event(0, text, time_ms=at, group=group, stream=stream),
        st.integers(0, 40),
        st.sampled_from(_MESSAGES),
        st.sampled_from(["g1", "g2"]),
        st.sampled_from(["s1", "s2"]),
    ),
    max_size=6,
)
_GAPS = st.dictionaries(st.integers(0, 2), st.integers(0, 30), max_size=2).map(
    lambda found: tuple(LogGap(number, at, at + 5, "g1") for number, at in found.items())
)
_FILTERS = st.builds(
    LogFilter,
    level=st.sampled_from(Floor),
    text=st.sampled_from([None, re.compile("a"), re.compile("(?!x)b"), re.compile("plain$")]),
    inverted=st.booleans(),
    hidden=st.sampled_from([frozenset[str](), frozenset({"g1"}), frozenset({"g2", "other"})]),
    stream=st.sampled_from(["", "s1"]),
)
_STEPS = st.lists(
    st.one_of(st.tuples(_EVENTS, _GAPS), _FILTERS, st.just("clear"), st.just("look")), min_size=1, max_size=12
)


def _passes(line: LogLine, one: LogEvent | None, wanted: LogFilter) -> bool:
    if one is None:
        return line.is_gap
    if wanted.level >= Floor.WARN and line.tag not in ("WARN", "ERROR"):
        return False
    if wanted.level == Floor.ERROR and line.tag != "ERROR":
        return False
    if wanted.level == Floor.INFO and line.tag == "DEBUG":
        return False
    if one.group in wanted.hidden or (wanted.stream and one.stream != wanted.stream):
        return False
    return wanted.text is None or bool(wanted.text.search(one.message)) != wanted.inverted


@settings(max_examples=400)
@given(st.integers(1, 12), _STEPS)
def test_it_shows_what_filtering_afresh_would(
    capacity: int, steps: list[tuple[list[LogEvent], tuple[LogGap, ...]] | LogFilter | str]
) -> None:
    buffer = LineBuffer(capacity)
    view = LogView(buffer)
    before: list[int] = []
    seen = (view.dropped, view.edits, view.version)
    for step in steps:
        if isinstance(step, LogFilter):
            view.set_filter(step)
        elif step == "clear":
            buffer.clear()
        elif not isinstance(step, str):
            # The view is not told: it may look much later.
            buffer.take(LogBatch(0.0, tuple(step[0]), gaps=step[1]))
            continue
        lines = buffer.lines(0, len(buffer))
        wanted = [one for one in lines if _passes(one, buffer.event(one.time_ms, one.key), view.filter)]
        assert view.lines(0, 99) == wanted
        assert view.kept_of == (len(wanted), len(lines))
        for index, line in enumerate(wanted):
            assert view.locate(line.time_ms, line.key) == index
        finder = re.compile("A", re.IGNORECASE)
        hits = [index for index, one in enumerate(wanted) if not one.is_gap and finder.search(one.message)]
        assert view.find(finder, 0, 99) == hits
        keys = [one.key for one in wanted]
        dropped, edits, version = seen
        seen = (view.dropped, view.edits, view.version)
        assert all(new >= old for new, old in zip(seen, (dropped, edits, version), strict=True))
        if view.edits == edits:
            gone = view.dropped - dropped
            assert keys[: max(0, len(before) - gone)] == before[gone:]
        if keys != before:
            assert view.version > version
        before = keys


def test_it_is_what_the_tail_widget_needs() -> None:
    view: LogBuffer = LogView(LineBuffer())
    assert (len(view), view.dropped, view.edits, list(view.lines(0, 10))) == (0, 0, 0, [])


def test_lines_that_do_not_pass_change_nothing() -> None:
    buffer = LineBuffer()
    give(buffer, event(1, "ERROR one"), event(5, "ERROR five"))
    view = LogView(buffer)
    view.set_filter(LogFilter(Floor.ERROR))
    before = view.version, view.edits
    give(buffer, event(3, "INFO late"), event(6, "INFO new"))
    assert (view.version, view.edits) == before
    give(buffer, event(4, "ERROR late"))
    assert view.edits > before[1]
    assert texts(view) == ["ERROR one", "ERROR late", "ERROR five"]


def test_a_text_that_takes_too_long_leaves_the_filter_as_it_was() -> None:
    buffer = LineBuffer()
    give(buffer, event(1, "ab" * 40 + "!"))
    view = LogView(buffer)
    shown = LogFilter(text=re.compile("!"))
    view.set_filter(shown)
    with pytest.raises(SlowPatternError):
        view.set_filter(replace(shown, text=re.compile(r"(\w|a|b|ab)+$")))
    assert view.filter is shown
    assert len(view) == 1


def test_a_text_that_takes_too_long_later_hides_nothing_and_says_so() -> None:
    buffer = LineBuffer()
    view = LogView(buffer)
    view.set_filter(LogFilter(text=re.compile(r"(\w|a|b|ab)+$")))
    give(buffer, event(1, "ab" * 40 + "!"))
    assert len(view) == 1
    assert "takes too long" in view.problem
    view.set_filter(LogFilter())
    assert view.problem == ""
