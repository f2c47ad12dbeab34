"""The log pane's choices without its screen: what is read, what is shown, what is told."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from config.schema import Config, LogsConfig, Preset, StackConfig
from tui.collect.hub import Hub
from tui.domain.logbuffer import LineBuffer
from tui.domain.logview import Floor
from tui.domain.snapshots import LogBatch, LogEvent
from tui.logboard import HIGHLIGHTS, Detour, LogBoard, parse_filter, parse_range, stopped_range

NOW = 1_763_900_040.0
GROUPS = ("/a", "/b")


class Source:
    """Remembers what it was told to read."""

    def __init__(self) -> None:
        self.pattern = ""
        self.groups: tuple[str, ...] = GROUPS
        self.range: tuple[int | None, int | None] = (None, None)
        self.has_ended = self.is_live_tail = False

    def set_pattern(self, pattern: str) -> None:
        self.pattern = pattern

    def set_groups(self, groups: tuple[str, ...]) -> None:
        self.groups = groups

    def set_range(self, start_ms: int | None, end_ms: int | None) -> None:
        self.range = (start_ms, end_ms)

    def set_live_tail(self, on: bool) -> None:
        self.is_live_tail = on


class Stage:
    """A board over a buffer, with what stands in for the hub."""

    def __init__(self, logs: LogsConfig | None = None) -> None:
        self.source = Source()
        self.lines = LineBuffer()
        self.asked: list[Any] = []
        hub = SimpleNamespace(
            logs=self.source,
            lines=self.lines,
            clock=SimpleNamespace(now=lambda: NOW),
            follow=self._follow,
            scheduler=SimpleNamespace(
                set_period=lambda name, period: self.asked.append((name, period)),
                refresh=self.asked.append,
            ),
        )
        config = Config(stack=StackConfig(log_groups=GROUPS), logs=logs or LogsConfig())
        self.board = LogBoard(config, cast("Hub", hub))

    def _follow(self, change: Callable[[Any], object]) -> None:
        change(self.source)
        self.lines.clear()

    def give(self, *messages: str, group: str = "/a", at_s: float = NOW) -> None:
        events = tuple(
            LogEvent(str(n), int(at_s * 1000) + n, int(at_s * 1000), group, "s/1", message)
            for n, message in enumerate(messages)
        )
        self.lines.take(LogBatch(at_s, events))

    @property
    def shown(self) -> list[str]:
        view = self.board.view
        return [line.message for line in view.lines(0, len(view))]


def test_levels_go_round() -> None:
    stage = Stage()
    stage.give("ERROR bad", "WARN odd", "INFO fine", "plain")
    assert [stage.board.next_level() for _ in range(4)] == [Floor.INFO, Floor.WARN, Floor.ERROR, Floor.ALL]
    stage.board.next_level()
    stage.board.next_level()
    assert stage.shown == ["ERROR bad", "WARN odd"]
    assert stage.board.inputs(NOW).badges == ("WARN and worse",)


def test_a_text_filter_its_inverse_and_all_again() -> None:
    stage = Stage()
    stage.give("one", "two", "three")
    stage.board.filter_text("t.")
    assert stage.shown == ["two", "three"]
    stage.board.filter_text("!t.")
    assert stage.shown == ["one"]
    assert stage.board.inputs(NOW).badges == ("& !t.",)
    with pytest.raises(ValueError, match="not a regular expression"):
        stage.board.filter_text("(")
    assert stage.shown == ["one"]
    assert stage.board.show_all()
    assert len(stage.shown) == 3
    assert not stage.board.show_all()


def test_a_group_is_hidden_and_shown() -> None:
    stage = Stage()
    stage.give("from a")
    stage.give("from b", group="/b")
    assert stage.board.known_groups() == {"/a": 1, "/b": 1}
    assert stage.board.toggle_group("/a")
    assert stage.shown == ["from b"]
    assert stage.board.inputs(NOW).badges == ("1 group hidden",)
    assert not stage.board.toggle_group("/a")


def test_highlights_are_few_and_go_when_named_again() -> None:
    board = Stage(LogsConfig(highlights=("a", "b"))).board
    for term in ("c", "d", "e"):
        assert board.toggle_highlight(term) == ""
    assert str(HIGHLIGHTS) in board.toggle_highlight("f")
    assert board.toggle_highlight("c") == ""
    assert board.highlights == ("a", "b", "d", "e")
    board.toggle_highlight("")
    assert not board.highlights


def test_a_detour_and_the_way_home() -> None:
    stage = Stage()
    stage.give("live")
    stage.board.take(Detour("stopped task abc", ("/a:s/1",), 1000, 2000))
    assert (stage.source.groups, stage.source.range) == (("/a:s/1",), (1000, 2000))
    assert not stage.shown
    told = stage.board.inputs(NOW)
    assert (told.groups, told.badges, told.is_closed) == (("/a:s/1",), ("stopped task abc",), True)
    assert stage.board.home()
    assert (stage.source.groups, stage.source.range) == (GROUPS, (None, None))
    assert not stage.board.home()


def test_a_preset_brings_its_pattern_and_home_drops_it() -> None:
    stage = Stage()
    stage.board.preset(Preset.model_validate({"name": "x", "since": "1h", "filter_pattern": "ERROR"}))
    assert stage.source.pattern == "ERROR"
    assert stage.source.range == (int((NOW - 3600) * 1000), None)
    stage.board.home()
    assert stage.source.pattern == ""


def test_home_keeps_the_pattern_that_the_user_set() -> None:
    stage = Stage()
    stage.board.set_pattern("mine")
    stage.board.range("30m")
    stage.board.home()
    assert stage.source.pattern == "mine"


def test_a_moment_is_shown_once_lines_reach_it() -> None:
    stage = Stage()
    wanted = NOW - 7200
    stage.board.go_to(wanted)
    assert stage.source.range == (int((wanted - 120) * 1000), int((wanted + 600) * 1000))
    assert stage.board.take_wanted() is None
    stage.give("before", at_s=wanted - 100)
    assert stage.board.take_wanted() is None
    stage.give("after", at_s=wanted + 1)
    assert stage.board.take_wanted() == int(wanted * 1000)
    assert stage.board.take_wanted() is None


def test_a_moment_after_the_last_line_is_shown_when_all_is_read() -> None:
    stage = Stage()
    stage.board.go_to(NOW - 7200)
    stage.give("before", at_s=NOW - 7300)
    stage.source.has_ended = True
    assert stage.board.take_wanted() == int((NOW - 7200) * 1000)


def test_live_tail_is_read_each_second_and_polling_as_configured() -> None:
    stage = Stage()
    assert stage.board.toggle_live_tail()
    assert not stage.board.toggle_live_tail()
    assert stage.asked == [("logs", 1.0), "logs", ("logs", 2.0), "logs"]


@pytest.mark.parametrize(("text", "start", "end"), [("30m", -1800, None), ("2h - 1h", -7200, -3600)])
def test_ranges(text: str, start: float, end: float | None) -> None:
    assert parse_range(text, NOW) == (NOW + start, None if end is None else NOW + end)


def test_a_range_that_runs_backwards() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        parse_range("1h - 2h", NOW)


def test_an_exclamation_mark_alone_filters_nothing() -> None:
    assert parse_filter("!") == (None, False)
    assert parse_filter("") == (None, False)


def test_a_task_is_read_around_its_end() -> None:
    assert stopped_range(NOW, NOW + 5000) == (int((NOW - 900) * 1000), int((NOW + 120) * 1000))
    assert stopped_range(None, NOW)[1] == int((NOW + 120) * 1000)
