"""The panes in an application: layouts by size, repaints, keys, failures, hostile text."""

from __future__ import annotations

import dataclasses

import pytest
from textual import events
from textual.message import Message

from config.levels import Level
from tests.widgets.kit import HOSTILE, Bench, Lines, messages_of, painted, pane, shown, tile, until
from widgets.chart import Chart
from widgets.facts import FactList
from widgets.header import HeaderView, PaneHeader, header
from widgets.model import Fact, PaneView, SourceState, TailView
from widgets.panes.logs import TailPane
from widgets.panes.resource import ResourcePane, shape_of
from widgets.tilegrid import TileGrid

SIZES = [(30, 5), (78, 5), (60, 18), (120, 9), (100, 24), (200, 50)]


def _resource(view: PaneView, number: int = 1, *, ascii: bool = False) -> ResourcePane:
    widget = ResourcePane(number, ascii=ascii)
    widget.view = view
    return widget


@pytest.mark.parametrize("size", SIZES)
async def test_the_breach_is_told_by_glyph_and_word_at_every_size(size: tuple[int, int]) -> None:
    app = Bench(_resource(pane()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = shown(app)
        assert "✖ CRITICAL" in text
        assert "93.4 %" in text
        assert max(map(len, text.split("\n"))) <= size[0]
        if size[0] >= 78:
            assert "1 ECS prod-llmops-service 1/2" in text
            assert "12s ago" in text
            assert "FAILED: no capacity" in text, "a breached fact is never hidden"


async def test_every_part_has_its_place_on_a_wide_screen() -> None:
    app = Bench(_resource(pane()))
    async with app.run_test(size=(120, 26)) as pilot:
        await pilot.pause()
        text = shown(app)
        for part in ("CPU", "Running tasks", "3 of 3 points > 85 %", "critical > 85 %", "10:00", "Rollout"):
            assert part in text


def test_shapes_follow_the_size_of_the_pane() -> None:
    assert [shape_of(*size) for size in SIZES] == ["-tiny", "-tiny", "-tall", "-wide", "-full", "-full"]


async def test_an_ascii_pane_is_ascii() -> None:
    view = pane(chart=dataclasses.replace(pane().chart, title="CPU"))  # type: ignore[type-var]
    app = Bench(_resource(view, ascii=True))
    async with app.run_test(size=(120, 26)) as pilot:
        await pilot.pause()
        assert shown(app).isascii()


async def test_an_equal_view_repaints_nothing() -> None:
    widget = _resource(pane())
    app = Bench(widget)
    async with app.run_test(size=(120, 26)) as pilot:
        await pilot.pause()
        parts = [widget, *(widget.query_one(kind) for kind in (PaneHeader, TileGrid, Chart, FactList))]
        counts = painted(*parts)
        widget.view = pane()
        await pilot.pause()
        assert not any(counts.values())


async def test_only_what_changed_is_repainted() -> None:
    widget = _resource(pane())
    app = Bench(widget)
    async with app.run_test(size=(120, 26)) as pilot:
        await pilot.pause()
        parts = [widget.query_one(kind) for kind in (PaneHeader, TileGrid, Chart, FactList)]
        counts = painted(widget, *parts)
        widget.view = pane(state=SourceState("live", "15s"))
        await pilot.pause()
        assert counts["PaneHeader"]
        assert not counts["ResourcePane"], "the pane would take all of its parts along"
        assert not counts["Chart"]
        assert not counts["TileGrid"]
        assert not counts["FactList"]
        first, *rest = pane().tiles
        widget.view = pane(
            state=SourceState("live", "15s"), tiles=(first, tile("ecs.memory", title="M"), rest[1])
        )
        await pilot.pause()
        regions = counts["TileGrid"]
        assert len(regions) == 1
        assert regions[0] != "all"
        assert "M " in shown(app)


async def test_keys_walk_the_tiles_and_say_so() -> None:
    told: list[Message] = []
    widget = _resource(pane())
    app = Bench(widget)
    hook = messages_of(ResourcePane.TileFocused, told)
    async with app.run_test(size=(120, 26), message_hook=hook) as pilot:
        widget.focus()
        await pilot.press("right", "right", "right", "left")
        await pilot.pause()
    assert [(one.pane_id, one.metric_id) for one in told if isinstance(one, ResourcePane.TileFocused)] == [
        ("ecs", "ecs.memory"),
        ("ecs", "ecs.running_tasks"),
        ("ecs", "ecs.memory"),
    ]


async def test_keys_reach_every_tile_where_few_fit() -> None:
    tiles = tuple(tile(f"t.{index}", Level.WARNING if index % 2 else None) for index in range(12))
    widget = _resource(pane(tiles=tiles, focused="t.1", facts=()))
    app = Bench(widget)
    async with app.run_test(size=(78, 5)) as pilot:
        await pilot.pause()
        widget.focus()
        await pilot.press("home")
        seen = {widget.focused_tile}
        for _ in range(12):
            await pilot.press("right")
            seen.add(widget.focused_tile)
            assert "▸" in shown(app)
        assert len(seen) == 12


async def test_a_click_chooses_the_tile() -> None:
    widget = _resource(pane())
    app = Bench(widget)
    async with app.run_test(size=(120, 26)) as pilot:
        await pilot.pause()
        await pilot.click(TileGrid, offset=(45, 1))
        await pilot.pause()
        assert widget.focused_tile == "ecs.memory"


async def test_a_failing_pane_says_why_and_keeps_its_data() -> None:
    widget = _resource(pane())
    app = Bench(widget)
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        widget.view = pane(state=SourceState("error", "3m", "ecs:DescribeServices was refused. Ask for it."))
        await pilot.pause()
        text = shown(app)
        assert "ecs:DescribeServices was refused. Ask for it." in text
        assert "FAILED 3m" in text
        assert "93.4 %" in text
        widget.view = pane()
        await pilot.pause()
        assert "refused" not in shown(app)


async def test_hostile_text_is_shown_as_it_is() -> None:
    view = pane(
        resource=HOSTILE,
        tiles=(tile("a", title=HOSTILE, value="[/v]", note=HOSTILE),),
        facts=(Fact("[/f]", HOSTILE, Level.WARNING),),
        state=SourceState("error", "1s", HOSTILE),
    )
    app = Bench(_resource(view))
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        text = shown(app)
        assert text.count("[/x] [red]boo[/red]") >= 3


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 4)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    app = Bench(_resource(pane()), TailPane(4))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(120, 40)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert len(shown(app).split("\n")) == size[1]


async def test_an_empty_pane_draws() -> None:
    app = Bench(_resource(PaneView("rds", "RDS", "")))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert "loading" in shown(app)


def test_the_header_is_exactly_as_wide_as_the_pane() -> None:
    view = HeaderView("ECS", 1, "한글-service" * 3, "1/2", Level.CRITICAL, state=SourceState("stale", "3m"))
    for width in range(1, 140):
        assert header(view, width, is_focused=True, ascii=False).cell_length == width
    assert "STALE 3m" in header(view, 60, is_focused=False, ascii=False).plain


# ---------------------------------------------------------------- logs


def _tail(buffer: Lines, **more: object) -> TailPane:
    widget = TailPane(4, flush_interval_s=0.0, clock=lambda: 1_700_000_600.0, **more)  # type: ignore[arg-type]
    widget.view = TailView("/ecs/app", "", SourceState("live", "2s"), "100 lines")
    widget.attach(buffer)
    return widget


async def test_the_tail_follows() -> None:
    buffer = Lines()
    buffer.add(*(f"line {number}" for number in range(50)))
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "line 49" in shown(app)
        assert "following" in shown(app)
        buffer.add("the newest")
        widget.changed()
        await until(pilot, lambda: "the newest" in shown(app), "the new line is drawn")


async def test_reading_is_not_disturbed_by_new_lines_nor_by_pruning() -> None:
    told: list[Message] = []
    buffer = Lines(capacity=100)
    buffer.add(*(f"line {number}." for number in range(100)))
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12), message_hook=messages_of(TailPane.FollowChanged, told)) as pilot:
        widget.focus()
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        before = shown(app).split("\n")[1:-1]
        buffer.add(*(f"more {number}" for number in range(60)))
        widget.changed()
        await until(pilot, lambda: "▼ 60 new" in shown(app), "the count of new lines")
        assert shown(app).split("\n")[1:-1] == before
        await pilot.press("end")
        await pilot.pause()
        assert "more 59" in shown(app)
        assert "following" in shown(app)
    assert [one.following for one in told if isinstance(one, TailPane.FollowChanged)] == [False, True]


async def test_many_notices_are_one_repaint() -> None:
    buffer = Lines()
    widget = TailPane(flush_interval_s=0.1)
    widget.attach(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        counts = painted(widget._window)
        for number in range(500):
            buffer.add(f"line {number}")
            widget.changed()
        await until(pilot, lambda: "line 499" in shown(app), "the last line is drawn")
        assert 1 <= len(counts["TailWindow"]) <= 3


async def test_nothing_new_repaints_nothing() -> None:
    buffer = Lines()
    buffer.add("a")
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        widget.changed()
        await pilot.pause()
        counts = painted(widget._window, widget.query_one(PaneHeader))
        widget.changed()
        widget.view = dataclasses.replace(widget.view)  # type: ignore[type-var]
        await pilot.pause()
        assert not any(counts.values())


async def test_a_frozen_tail_repaints_only_its_header_for_new_lines() -> None:
    buffer = Lines()
    buffer.add(*(f"line {number}" for number in range(50)))
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        widget.focus()
        await pilot.press("pageup")
        await pilot.pause()
        counts = painted(widget._window, widget.query_one(PaneHeader))
        buffer.add("new")
        widget.changed()
        await until(pilot, lambda: "▼ 1 new" in shown(app), "the count of new lines")
        assert not counts["TailWindow"]
        assert counts["PaneHeader"]


async def test_search_jumps_marks_and_steps() -> None:
    buffer = Lines(capacity=5000)
    buffer.add(*(f"line {number}" + (" timeout" if number % 1000 == 7 else "") for number in range(3000)))
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(100, 12)) as pilot:
        assert widget.search("timeout") == ""
        await until(pilot, lambda: "/timeout [3/3]" in shown(app), "all hits are counted")
        assert "▸" in next(line for line in shown(app).split("\n") if "line 2007 timeout" in line)
        assert not widget.following
        widget.action_previous_hit()
        await pilot.pause()
        assert "line 1007 timeout" in shown(app)
        widget.action_next_hit()
        widget.action_next_hit()
        await pilot.pause()
        assert "line 7 timeout" in shown(app), "goes on at the start"
        assert widget.search("") == ""
        widget.action_follow()
        await pilot.pause()
        assert "/timeout" not in shown(app)


async def test_a_bad_search_is_refused_with_a_sentence() -> None:
    widget = _tail(Lines())
    app = Bench(widget)
    async with app.run_test(size=(80, 12)):
        assert "not a regular expression" in widget.search("(")


async def test_wrap_time_and_sideways() -> None:
    buffer = Lines()
    buffer.add("start " + "x" * 80 + " tail-end")
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "tail-end" not in shown(app)
        widget.action_wrap()
        await pilot.pause()
        assert "tail-end" in shown(app)
        widget.action_wrap()
        widget.focus()
        await pilot.press("right", "right", "right", "right")
        await pilot.pause()
        assert "tail-end" in shown(app)
        buffer.add("y")
        widget.changed()
        await pilot.pause()
        assert "tail-end" in shown(app), "an append does not scroll back"
        widget.action_time_format()
        await pilot.pause()
        assert "22:13:20.000Z" in shown(app)
        widget.action_time_format()
        await pilot.pause()
        assert "10m" in shown(app)


async def test_enter_opens_the_line_under_the_cursor() -> None:
    told: list[Message] = []
    buffer = Lines()
    buffer.add("one", "two", "three")
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12), message_hook=messages_of(TailPane.LineOpened, told)) as pilot:
        widget.focus()
        assert widget.current_line is not None
        assert widget.current_line.message == "three"
        await pilot.press("up", "up", "enter")
        await pilot.pause()
    assert [one.line.message for one in told if isinstance(one, TailPane.LineOpened)] == ["two"]


async def test_hostile_and_wide_lines_keep_the_frame() -> None:
    buffer = Lines()
    buffer.add(HOSTILE, "한글 로그 " * 30, "\x1b[31mred\x1b]0;t\x07", "🚀" * 90)
    app = Bench(_tail(buffer))
    async with app.run_test(size=(80, 8)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {80}
        assert all(strip.text[0] in "┍│╰" and strip.text[-1] in "┑│╯" for strip in strips)
        assert HOSTILE in shown(app)
        assert "\x1b" not in shown(app)


async def test_another_buffer_replaces_the_first() -> None:
    first, second = Lines(), Lines()
    first.add("from the first")
    second.add("from the second")
    widget = _tail(first)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        widget.attach(second)
        await pilot.pause()
        assert "from the second" in shown(app)
        assert "from the first" not in shown(app)


async def test_an_empty_tail_says_that_it_waits() -> None:
    app = Bench(_tail(Lines()))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "waiting for the first log line" in shown(app)


async def test_the_wheel_freezes_and_follows() -> None:
    buffer = Lines()
    buffer.add(*(f"line {number}" for number in range(50)))
    widget = _tail(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        window = widget._window
        up = events.MouseScrollUp(window, 1, 1, 0, 0, 0, False, False, False)
        down = events.MouseScrollDown(window, 1, 1, 0, 0, 0, False, False, False)
        window.post_message(up)
        await until(pilot, lambda: not widget.following, "the wheel freezes")
        window.post_message(down)
        await until(pilot, lambda: widget.following, "the wheel follows again")


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "nord"])
async def test_every_theme_draws_and_a_change_of_theme_restyles(theme: str) -> None:
    buffer = Lines()
    buffer.add("boom", level=Level.CRITICAL, tag="ERROR")
    tail = _tail(buffer)
    app = Bench(_resource(pane()), tail)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = tail._window._styles()["-critical"]
        app.theme = theme
        await pilot.pause()
        assert "✖ CRITICAL" in shown(app)
        assert "✖ ERROR app" in shown(app)
        assert tail._window._styles()["-critical"] != before
