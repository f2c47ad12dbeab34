"""The bounded buffer against a plain list, its counters and its arrival rate."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tui.domain.logbuffer import BACKLOG_S, RATE_SPAN_S, LineBuffer
from tui.domain.snapshots import LogEvent
from widgets.model import LogBuffer


def event(
    number: int, message: str = "", *, group: str = "/ecs/app", stream: str = "ecs/app/abc"
) -> LogEvent:
    text = message or f"line {number}"
    return LogEvent(str(number), number * 1000, number * 1000, group, stream, text)


def texts(buffer: LineBuffer, start: int = 0, stop: int = 1_000_000) -> list[str]:
    return [line.message for line in buffer.lines(start, stop)]


def test_it_is_what_the_tail_widget_needs() -> None:
    buffer: LogBuffer = LineBuffer()
    assert (len(buffer), buffer.dropped, list(buffer.lines(0, 10))) == (0, 0, [])


@given(st.integers(1, 7), st.lists(st.integers(0, 12), max_size=8))
def test_it_keeps_the_newest_lines_in_order(capacity: int, batches: list[int]) -> None:
    buffer, model = LineBuffer(capacity), list[str]()
    for size in batches:
        events = [event(len(model) + index) for index in range(size)]
        assert buffer.extend(events, 0.0) == size
        model.extend(one.message for one in events)
        assert texts(buffer) == model[-capacity:]
        assert len(buffer) == min(capacity, len(model))
        assert buffer.dropped == len(model) - len(buffer)
        assert [line.key for line in buffer.lines(0, capacity)] == list(range(buffer.dropped, len(model)))


def test_a_range_is_clipped() -> None:
    buffer = LineBuffer(3)
    buffer.extend([event(index) for index in range(5)], 0.0)
    assert texts(buffer, 1, 2) == ["line 3"]
    assert texts(buffer, -5, 1) == ["line 2"]
    assert texts(buffer, 2, 99) == ["line 4"]
    assert texts(buffer, 3, 1) == []


def test_the_version_grows_with_changes_only() -> None:
    buffer = LineBuffer(3)
    before = buffer.version
    buffer.extend([], 0.0)
    assert buffer.version == before
    buffer.extend([event(1)], 0.0)
    assert buffer.version > before


def test_lines_are_parsed_once_and_not_before_they_are_looked_at() -> None:
    buffer = LineBuffer()
    buffer.extend([event(1, '{"level": "error", "message": "x"}')], 0.0)
    first = buffer.lines(0, 1)[0]
    assert (first.tag, first.message) == ("ERROR", "x")
    assert buffer.lines(0, 1)[0] is first


def test_a_line_is_named_by_its_task_or_by_its_group() -> None:
    one = event(1, stream="ecs/llmops-app/0f1e2d3c4b5a69788796a5b4c3d2e1f0", group="/ecs/prod-llmops-app")
    by_task, by_group = LineBuffer(), LineBuffer(show_group=True)
    by_task.extend([one], 0.0)
    by_group.extend([one], 0.0)
    assert by_task.lines(0, 1)[0].source == "0f1e2d3c"
    assert by_group.lines(0, 1)[0].source == "prod-llmops-app"


def test_hostile_names_are_made_safe() -> None:
    buffer = LineBuffer()
    buffer.extend([event(1, stream="a/\x1b[2Jx\ny")], 0.0)
    assert buffer.lines(0, 1)[0].source == "x⏎y"


def test_the_rate_is_over_the_last_seconds() -> None:
    buffer = LineBuffer(5)
    buffer.extend([event(100 + index) for index in range(30)], 100.0)
    buffer.extend([event(100 + index) for index in range(10)], 100.0 + RATE_SPAN_S / 2)
    assert buffer.per_second(100.0 + RATE_SPAN_S / 2) == 40 / RATE_SPAN_S
    assert buffer.per_second(100.0 + RATE_SPAN_S) == 10 / RATE_SPAN_S
    assert buffer.per_second(1000.0) == 0.0


def test_what_is_read_of_the_past_is_no_rate() -> None:
    buffer = LineBuffer()
    now_s = 10_000.0
    past = [replace(event(index), time_ms=int((now_s - BACKLOG_S - 1) * 1000)) for index in range(500)]
    new = [replace(event(500 + index), time_ms=int(now_s * 1000)) for index in range(20)]
    buffer.extend([*past, *new], now_s)
    assert buffer.per_second(now_s) == 20 / RATE_SPAN_S


def test_clearing_drops_all_and_keys_go_on() -> None:
    buffer = LineBuffer(2)
    buffer.extend([event(index) for index in range(3)], 0.0)
    buffer.clear()
    assert (len(buffer), buffer.dropped, buffer.added) == (0, 3, 3)
    buffer.extend([event(9)], 0.0)
    assert [line.key for line in buffer.lines(0, 9)] == [3]
