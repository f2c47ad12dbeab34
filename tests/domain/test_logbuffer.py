"""The bounded buffer against a sorted list: appends, late lines, gaps, bounds; its counters and its texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.logbuffer import LineBuffer
from tui.domain.loggaps import gap_text
from tui.domain.lograte import RATE_SPAN_S
from tui.domain.logtext import CHUNK_BYTES
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from widgets.model import LogBuffer


def event(
    number: int,
    message: str = "",
    *,
    group: str = "/ecs/app",
    stream: str = "ecs/app/abc",
    time_ms: int | None = None,
) -> LogEvent:
    at = number * 1000 if time_ms is None else time_ms
    return LogEvent(str(number), at, at + 500, group, stream, message or f"line {number}")


def give(buffer: LineBuffer, *events: LogEvent, at_s: float = 0.0, gaps: tuple[LogGap, ...] = ()) -> int:
    return buffer.take(LogBatch(at_s, events, gaps=gaps))


def texts(buffer: LogBuffer, start: int = 0, stop: int = 1_000_000) -> list[str]:
    return [line.message for line in buffer.lines(start, stop)]


@dataclass
class Model:
    """What the buffer should hold, kept the slow way."""

    capacity: int
    rows: list[tuple[int, int, str]] = field(default_factory=list)
    key: int = 0
    dropped: int = 0
    floor: int | None = None
    gaps: dict[int, tuple[LogGap, int]] = field(default_factory=dict)

    def take(self, events: list[LogEvent], gaps: list[LogGap]) -> None:
        kept = sorted(events, key=lambda one: one.time_ms)
        self._insert([(one.time_ms, one.message) for one in kept])
        for gap, key in list(self.gaps.values()):
            if gap not in gaps:
                self.rows.remove((gap.start_ms, key, gap_text(gap)))
                del self.gaps[gap.id]
        for gap in gaps:
            if gap.id not in self.gaps and (self.floor is None or gap.start_ms >= self.floor):
                self.gaps[gap.id] = gap, self.key
                self._insert([(gap.start_ms, gap_text(gap))], prune=False)
        self._prune()

    def _insert(self, rows: list[tuple[int, str]], *, prune: bool = True) -> None:
        for time_ms, text in rows:
            if self.floor is None or time_ms >= self.floor:
                self.rows.append((time_ms, self.key, text))
                self.key += 1
        self.rows.sort()
        if prune:
            self._prune()

    def _prune(self) -> None:
        while len(self.rows) > self.capacity:
            time_ms, key, _ = self.rows.pop(0)
            self.dropped += 1
            self.floor = time_ms
            self.gaps = {number: one for number, one in self.gaps.items() if one[1] != key}


_EVENTS = st.lists(
    st.builds(
        lambda at, text: event(0, text, time_ms=at),
        st.integers(0, 40),
        st.text("ab\nÄ🚀", min_size=1, max_size=4),
    ),
    max_size=8,
)
_GAPS = st.dictionaries(st.integers(0, 3), st.tuples(st.integers(0, 30), st.integers(1, 20)), max_size=3).map(
    lambda found: [LogGap(number, at, at + size, "/ecs/app") for number, (at, size) in found.items()]
)


@settings(max_examples=300)
@given(st.integers(1, 12), st.lists(st.tuples(_EVENTS, _GAPS), max_size=8))
def test_it_holds_what_a_sorted_list_would(
    capacity: int, steps: list[tuple[list[LogEvent], list[LogGap]]]
) -> None:
    buffer, model = LineBuffer(capacity), Model(capacity)
    for events, gaps in steps:
        before = texts(buffer)
        numbers, edits = buffer.dropped, buffer.edits
        give(buffer, *events, gaps=tuple(gaps))
        model.take(events, gaps)
        shown = [text.replace("\n", "⏎") for _, _, text in model.rows]
        assert texts(buffer) == shown
        assert [(line.time_ms, line.key) for line in buffer.lines(0, 99)] == [row[:2] for row in model.rows]
        assert (len(buffer), buffer.dropped) == (len(model.rows), model.dropped)
        if buffer.edits == edits:
            # Numbers stand for the same lines as before.
            pruned = buffer.dropped - numbers
            assert texts(buffer)[: max(0, len(before) - pruned)] == before[pruned:]
        for index, (time_ms, key, _) in enumerate(model.rows):
            assert buffer.locate(time_ms, key) == index
        assert sum(buffer.groups().values()) == len(model.rows) - len(model.gaps)


def test_it_is_what_the_tail_widget_needs() -> None:
    buffer: LogBuffer = LineBuffer()
    assert (len(buffer), buffer.dropped, list(buffer.lines(0, 10))) == (0, 0, [])


def test_a_range_is_clipped() -> None:
    buffer = LineBuffer(3)
    give(buffer, *(event(index) for index in range(5)))
    assert texts(buffer, 1, 2) == ["line 3"]
    assert texts(buffer, -5, 1) == ["line 2"]
    assert texts(buffer, 2, 99) == ["line 4"]
    assert texts(buffer, 3, 1) == []


def test_the_version_grows_with_changes_only() -> None:
    buffer = LineBuffer(3)
    before = buffer.version
    give(buffer)
    assert buffer.version == before
    give(buffer, event(1))
    assert buffer.version > before


def test_lines_are_parsed_once_and_not_before_they_are_looked_at() -> None:
    buffer = LineBuffer()
    give(buffer, event(1, '{"level": "error", "message": "x"}'))
    first = buffer.lines(0, 1)[0]
    assert (first.tag, first.message) == ("ERROR", "x")
    assert buffer.lines(0, 1)[0] is first


def test_chosen_fields_stand_first() -> None:
    buffer = LineBuffer(fields=("user.id", "trace"))
    give(buffer, event(1, '{"message": "x", "user": {"id": 7}, "trace": "t-1"}'))
    assert texts(buffer) == ['user.id=7 trace=t-1 · x · user={"id":7}']


def test_a_line_is_named_by_its_task_or_by_its_group() -> None:
    one = event(1, stream="ecs/llmops-app/0f1e2d3c4b5a69788796a5b4c3d2e1f0", group="/ecs/prod-llmops-app")
    by_task, by_group = LineBuffer(), LineBuffer(show_group=True)
    give(by_task, one)
    give(by_group, one)
    assert by_task.lines(0, 1)[0].source == "0f1e2d3c"
    assert by_group.lines(0, 1)[0].source == "prod-llmops-app"


def test_hostile_names_are_made_safe() -> None:
    buffer = LineBuffer()
    give(buffer, event(1, stream="a/\x1b[2Jx\ny"))
    assert buffer.lines(0, 1)[0].source == "x⏎y"


def test_streams_that_are_gone_give_their_numbers_to_new_ones() -> None:
    buffer = LineBuffer(2)
    for number in range(100):
        give(buffer, event(number, stream=f"task/{number}", group=f"group-{number}"))
    assert buffer.groups() == {"group-98": 1, "group-99": 1}
    assert [line.source for line in buffer.lines(0, 2)] == ["98", "99"]
    assert max(buffer.table.rows.streams) <= 3


# ------------------------------------------------------------ late lines and gaps


def test_a_late_line_goes_where_it_belongs_and_is_an_edit() -> None:
    buffer = LineBuffer()
    give(buffer, event(1), event(3))
    edits = buffer.edits
    give(buffer, event(4))
    assert buffer.edits == edits
    give(buffer, replace(event(2), is_late=True))
    assert buffer.edits > edits
    assert texts(buffer) == ["line 1", "line 2", "line 3", "line 4"]
    assert [line.is_late for line in buffer.lines(0, 9)] == [False, True, False, False]


def test_what_is_older_than_all_that_a_full_buffer_kept_is_counted_and_moves_nothing() -> None:
    buffer = LineBuffer(2)
    give(buffer, event(5), event(6), event(7))
    edits, dropped = buffer.edits, buffer.dropped
    assert give(buffer, event(1)) == 1
    assert (buffer.too_old, buffer.added, buffer.dropped, buffer.edits) == (1, 4, dropped, edits)
    assert texts(buffer) == ["line 6", "line 7"]
    assert buffer.lost == 2


def test_a_gap_grows_and_goes() -> None:
    buffer = LineBuffer()
    gap = LogGap(1, 43_270_000, 43_280_000, "/ecs/app", "throttled")
    give(buffer, event(43_260), event(43_290))
    buffer.set_gaps([gap])
    line = buffer.lines(1, 2)[0]
    assert line.is_gap
    assert line.message == "gap 12:01:10 - 12:01:20 UTC could not be read (throttled)"
    assert buffer.event(line.time_ms, line.key) is None
    version, edits = buffer.version, buffer.edits
    buffer.set_gaps([gap])
    assert (buffer.version, buffer.edits) == (version, edits)
    buffer.set_gaps([replace(gap, end_ms=43_300_000)])
    assert buffer.edits > edits
    grown = buffer.lines(1, 2)[0]
    assert "12:01:40" in grown.message
    assert grown.key != line.key
    give(buffer, event(43_275))
    assert [one.is_gap for one in buffer.lines(0, 9)] == [False] * 3
    assert (len(buffer), buffer.added) == (3, 3)


# ------------------------------------------------------------ texts and bytes


def test_the_whole_event_of_a_line_is_kept() -> None:
    buffer = LineBuffer()
    message = 'Traceback (most recent call last):\n  File "x"\n안녕 🚀\n'
    one = replace(event(7, message), is_late=True)
    give(buffer, event(6), one)
    line = buffer.lines(1, 2)[0]
    assert buffer.event(line.time_ms, line.key) == replace(one, id="")
    assert buffer.event(line.time_ms, line.key + 1) is None


def test_bytes_are_bounded_and_one_line_is_kept_whatever_its_size() -> None:
    buffer = LineBuffer(max_bytes=1000)
    give(buffer, *(event(number, "x" * 99) for number in range(25)))
    assert (len(buffer), buffer.dropped) == (10, 15)
    give(buffer, event(30, "y" * 5000))
    assert texts(buffer) == ["y" * 5000]


@pytest.mark.parametrize("size", [10, 3000, CHUNK_BYTES + 17])
def test_texts_survive_the_chunks_they_lie_in(size: int) -> None:
    buffer = LineBuffer(max_lines=300)
    count = 40 * CHUNK_BYTES // size if size > 1000 else 900
    for number in range(0, min(count, 900), 7):
        give(buffer, *(event(one, f"{one}:" + "ä" * (size // 2)) for one in range(number, number + 7)))
    for line in buffer.lines(0, 300):
        whole = buffer.event(line.time_ms, line.key)
        assert whole is not None
        assert whole.message == f"{line.time_ms // 1000}:" + "ä" * (size // 2)


def test_lines_of_a_clock_that_is_ahead_do_not_keep_the_rest_in_memory() -> None:
    buffer = LineBuffer(max_lines=400)
    for number in range(600):
        ahead = event(10**6 + number, f"ahead {number} " + "x" * 300) if number % 3 == 0 else None
        usual = [event(number, "y" * 60_000) for _ in range(4)]
        give(buffer, *usual, *([ahead] if ahead else []))
    store = buffer.table.store
    assert store.held_bytes <= max(2 * store.live_bytes, store.live_bytes + 17 * CHUNK_BYTES)
    lines = [one.message for one in buffer.lines(0, 400) if one.message.startswith("ahead")]
    assert [int(one.split()[1]) for one in lines] == list(range(0, 600, 3))


# ------------------------------------------------------------ counters


def test_the_rate_is_over_the_last_seconds() -> None:
    buffer = LineBuffer(5)
    give(buffer, *(event(100 + index) for index in range(30)), at_s=100.0)
    give(buffer, *(event(100 + index) for index in range(10)), at_s=100.0 + RATE_SPAN_S / 2)
    assert buffer.per_second(100.0 + RATE_SPAN_S / 2) == 40 / RATE_SPAN_S
    assert buffer.per_second(100.0 + RATE_SPAN_S) == 10 / RATE_SPAN_S
    assert buffer.per_second(1000.0) == 0.0


def test_what_is_read_of_the_past_is_no_rate() -> None:
    buffer = LineBuffer()
    now_s = 10_000.0
    past = [replace(event(index, "ERROR"), time_ms=int((now_s - 60) * 1000)) for index in range(50)]
    new = [replace(event(500 + index, "ERROR"), time_ms=int(now_s * 1000)) for index in range(20)]
    give(buffer, *past, *new, at_s=now_s)
    assert buffer.per_second(now_s) == 20 / RATE_SPAN_S
    assert buffer.rates.view(now_s + 5).errors[-1] == 20 / 5
    assert buffer.rates.view(now_s + 5).errors[-13] == 50 / 5
    assert buffer.errors == 70


def test_clearing_drops_all_and_keys_go_on() -> None:
    buffer = LineBuffer(2)
    gap = LogGap(1, 5000, 6000, "/ecs/app")
    give(buffer, *(event(index) for index in range(3)), gaps=(gap,))
    buffer.clear()
    assert (len(buffer), buffer.dropped, buffer.added, buffer.lost) == (0, 4, 0, 0)
    give(buffer, event(1))
    assert [line.key for line in buffer.lines(0, 9)] == [4]
    assert texts(buffer) == ["line 1"]


# ------------------------------------------------------------ search

_PATTERNS = [
    "a", "B", "^a", "b$", "^$", "a.b", "a.*b", r"a\sb", r"\S+", r"[^a]", r"[^a]b", "a|b", "(a|bb)+",
    r"\bab\b", "x*", "b?$", r"[\sb]a", r"\Wb", r"\Da", r"a{2}", r"a{e}", r"\Ab", r"b\Z", r"(?=a)b?",
    r"(?<!a)b", r"(a)\1", "^", "$", "ä", r"[a-b]{2,}",
]  # fmt: skip


@settings(max_examples=400)
@given(
    st.lists(st.text("aAbB \nä{e}", max_size=6), max_size=12),
    st.sampled_from(_PATTERNS),
    st.booleans(),
    st.tuples(st.integers(-2, 12), st.integers(-2, 14)),
    st.lists(st.integers(0, 12_000), max_size=4),
)
def test_a_search_finds_what_each_line_alone_would_match(
    messages: list[str], source: str, is_blind: bool, part: tuple[int, int], late: list[int]
) -> None:
    buffer = LineBuffer(10)
    give(buffer, *(event(number, text) for number, text in enumerate(messages)))
    give(buffer, *(event(0, "ab", time_ms=at) for at in sorted(late)), gaps=(LogGap(1, 4500, 5000, "ab"),))
    pattern = re.compile(source, re.IGNORECASE if is_blind else 0)
    start, stop = part
    expected = []
    for index in range(max(0, start), min(stop, len(buffer))):
        whole = buffer.event(buffer.table.rows.times[index], buffer.table.rows.keys[index])
        if whole is not None and pattern.search(whole.message.replace("\n", "\x0b")):
            expected.append(index)
    assert buffer.find(pattern, start, stop) == expected
    assert buffer.table.find_among(pattern, range(max(0, start), max(0, min(stop, len(buffer))))) == expected


@pytest.mark.parametrize("source", _PATTERNS)
def test_no_match_runs_from_one_line_into_the_next(source: str) -> None:
    messages = ["a", "", "a", "b", "a\nb", "b", "", "aa", "bb", "ba", " ", "ä", "a", "a{e}"]
    buffer = LineBuffer()
    give(buffer, *(replace(event(number), message=text) for number, text in enumerate(messages)))
    pattern = re.compile(source)
    lines = [one.replace("\n", "\x0b") for one in messages]
    assert buffer.find(pattern, 0, 99) == [index for index, one in enumerate(lines) if pattern.search(one)]


def test_a_pattern_that_backtracks_without_end_is_stopped() -> None:
    buffer = LineBuffer()
    give(buffer, *(event(number, "ab" * 40 + "!") for number in range(500)))
    for source in (r"(\w|a|b|ab)+$", r"(?=(\w|a|b|ab)+$)."):
        with pytest.raises(ValueError, match="takes too long"):
            buffer.find(re.compile(source), 0, 500)
