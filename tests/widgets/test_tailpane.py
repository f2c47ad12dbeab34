"""The log pane under edits: what is read stays put, gaps and counts are right, moments are found."""

from __future__ import annotations

import dataclasses
import time

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.message import Message

from tests.widgets.kit import START, Bench, Lines, messages_of, painted, shown, until
from widgets.header import HeaderView, PaneHeader, header
from widgets.model import LogLine, RateView, SourceState, TailView
from widgets.panes.logs import TailPane
from widgets.ratestrip import ERROR_STYLE, rate_strip
from widgets.tailanchor import Anchor
from widgets.tailview import TailViewport

VIEW = TailView("/ecs/app", "", SourceState("live", "2s"), "100 lines")


def _pane(buffer: Lines, view: TailView = VIEW, **more: object) -> TailPane:
    widget = TailPane(4, flush_interval_s=0.0, clock=lambda: START + 600.0, **more)  # type: ignore[arg-type]
    widget.view = view
    widget.attach(buffer)
    return widget


def _filled(count: int, capacity: int = 10_000) -> Lines:
    buffer = Lines(capacity)
    buffer.add(*(f"line {number}." for number in range(count)))
    return buffer


def _body(app: Bench) -> list[str]:
    return shown(app).split("\n")[1:-1]


# ---------------------------------------------------------------- the anchor


_EDITS = st.lists(
    st.tuples(st.sampled_from(["above", "below", "add", "hide above"]), st.integers(0, 40)), max_size=20
)


@given(_EDITS, st.integers(30, 60))
@settings(deadline=None)
def test_a_frozen_window_stays_on_its_lines_whatever_comes_above_and_below(
    edits: list[tuple[str, int]], top: int
) -> None:
    buffer = _filled(100)
    viewport = TailViewport(lambda line: 1)
    anchor = Anchor(buffer)
    viewport.update(0, 100, 10)
    viewport.show(top)
    viewport.show(top + 9)
    viewport.show(top + 5)
    anchor.remember(viewport)
    before = [buffer.kept[number] for number, _ in viewport.rows()]
    for name, value in edits:
        if name == "above":
            buffer.insert((START + value % 20) * 1000, "late")
        elif name == "below":
            buffer.insert((START + 75 + value % 20) * 1000, "late")
        elif name == "add":
            buffer.add(*["new"] * value)
        else:
            buffer.keep(lambda line, value=value: line.time_ms != (START + value % 20) * 1000)  # type: ignore[misc]
        anchor.restore(viewport)
        viewport.update(buffer.dropped, buffer.dropped + len(buffer), 10)
        anchor.remember(viewport)
        assert [buffer.kept[number] for number, _ in viewport.rows()] == before
        assert buffer.kept[viewport.cursor].key == top + 5


async def test_late_lines_do_not_move_what_is_read_and_are_counted_below_only() -> None:
    buffer = _filled(200)
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        widget.focus()
        await pilot.press("pageup", "pageup", "pageup", "up")
        await pilot.pause()
        before, current = _body(app), widget.current_line
        counts = painted(widget._window)
        buffer.insert((START + 20) * 1000, "late above")
        buffer.add("newest")
        widget.changed()
        await until(pilot, lambda: "▼ 1 new" in shown(app), "the count of new lines")
        assert _body(app) == before
        assert widget.current_line == current
        assert not counts["TailWindow"], "nothing to paint"
        await pilot.press("up")
        assert widget.current_line == dataclasses.replace(
            buffer.kept[buffer.locate(current.time_ms, current.key) - 1] if current else VIEW
        )


async def test_a_key_between_an_edit_and_its_repaint_moves_from_the_line_that_is_shown() -> None:
    buffer = _filled(100)
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        widget.focus()
        await pilot.press("up", "up", "up")
        assert widget.current_line is not None
        number = widget.current_line.key
        for second in range(5):
            buffer.insert((START + second) * 1000, "late")
        await pilot.press("up")
        assert widget.current_line.key == number - 1


async def test_a_filter_keeps_the_place_and_hides_the_current_line_for_its_successor() -> None:
    buffer = _filled(100)
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        assert widget.jump((START + 51) * 1000)
        buffer.keep(lambda line: line.key % 2 == 0)
        widget.changed()
        await until(pilot, lambda: "line 51." not in shown(app), "the filtered lines are drawn")
        assert widget.current_line is not None
        assert widget.current_line.key == 52
        assert "▸" in next(row for row in _body(app) if "line 52." in row)


# ---------------------------------------------------------------- gaps and late lines


async def test_a_gap_is_a_row_that_grows_and_goes() -> None:
    buffer = _filled(5)
    gap = buffer.insert((START + 2) * 1000 + 1, "gap 12:01:10 - 12:01:40", is_gap=True, is_late=False)
    told: list[Message] = []
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12), message_hook=messages_of(TailPane.LineOpened, told)) as pilot:
        await until(pilot, lambda: "── gap 12:01:10 - 12:01:40 ──" in shown(app), "the gap is drawn")
        widget.focus()
        await pilot.press("up", "up", "up")
        assert widget.current_line is gap
        await pilot.press("enter")
        await pilot.pause()
        assert not told, "there is no event to open"
        buffer.change(gap, message="gap 12:01:10 - 12:02:00")
        widget.changed()
        await until(pilot, lambda: "12:02:00" in shown(app), "the gap grows under the cursor")
        buffer.keep(lambda line: not line.is_gap)
        widget.changed()
        await until(pilot, lambda: "gap" not in shown(app), "the gap is filled")


async def test_a_late_line_is_marked() -> None:
    buffer = _filled(5)
    buffer.insert((START + 2) * 1000 + 1, "came late")
    app = Bench(_pane(buffer))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        assert "↩● INFO  came late" in shown(app)
        assert shown(app).count("↩") == 1


# ---------------------------------------------------------------- search and highlights


async def test_a_hit_survives_edits_and_the_next_one_is_exact() -> None:
    buffer = Lines(10_000)
    buffer.add(*("hit" if number % 100 == 0 else f"line {number}" for number in range(5000)))
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(100, 12)) as pilot:
        widget.search("hit")
        await until(pilot, lambda: "[50/50]" in shown(app), "all hits are counted")
        widget.action_previous_hit()
        assert widget.current_line is not None
        assert widget.current_line.key == 4800
        late = buffer.insert((START + 4750) * 1000, "a late hit")
        buffer.insert((START + 10) * 1000, "late")
        widget.action_previous_hit()
        assert widget.current_line == late
        widget.changed()
        await until(pilot, lambda: "[49/51]" in shown(app), "the late hit is counted")


async def test_a_hit_in_a_part_of_the_event_that_the_row_leaves_out_marks_its_time() -> None:
    buffer = Lines()
    buffer.add("shown one", "shown two", "shown three")
    buffer.whole = {1: '{"message": "shown two", "trace": "abc"}'}
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(100, 12)) as pilot:
        widget.search("abc")
        await until(pilot, lambda: "/abc [1/1]" in shown(app), "the event is found")
        match = widget._window._styles()["match"]
        strips = [widget._window.render_line(y) for y in range(3)]
        marked = ["".join(one.text for one in strip if one.style and one.style.reverse) for strip in strips]
        assert match.reverse
        assert [len(text) for text in marked] == [0, 12, 0], "the time of the second row"


async def test_a_line_that_came_for_one_that_went_is_not_taken_for_a_hit() -> None:
    buffer = Lines()
    buffer.add("hit", "a", "b", "hit", "c", "d")
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(100, 12)) as pilot:
        widget.search("hit")
        await until(pilot, lambda: "[2/2]" in shown(app), "both are found")
        # As a gap that one line fills: the length stays, and here not even `edits` tells.
        first = buffer.kept[0]
        buffer.kept[:3] = [dataclasses.replace(first, message="x"), *buffer.kept[1:2], buffer.kept[2]]
        buffer.change(buffer.kept[1], message="hit")
        widget.action_previous_hit()
        assert widget.current_line is buffer.kept[1]


async def test_a_search_while_typing_starts_where_it_began_and_can_be_taken_back() -> None:
    buffer = Lines()
    buffer.add("tea", "timer", "time", "x", "table")
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(100, 12)) as pilot:
        for text, found in (("t", "table"), ("ti", "time"), ("t", "table"), ("timer", "timer")):
            widget.search(text, is_preview=True)
            await pilot.pause()
            assert widget.current_line is not None
            assert widget.current_line.message == found
        widget.abandon_search()
        await pilot.pause()
        assert widget.following
        assert not widget.is_searching
        widget.search("ti", is_preview=True)
        widget.search("t")
        await pilot.pause()
        assert widget.current_line is not None
        assert widget.current_line.message == "table", "meant from where it began"
        widget.abandon_search()
        assert widget.is_searching, "what is meant is not taken back"


async def test_highlights_count_lines_as_they_come_and_go() -> None:
    buffer = Lines(capacity=100)
    buffer.add("timeout one", "refused", "timeout two")
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(120, 12)) as pilot:
        assert widget.set_highlights(["timeout", "refused"]) == ""
        await until(pilot, lambda: "timeout 2 · refused 1" in shown(app), "the counts")
        buffer.add("timeout three")
        widget.changed()
        await until(pilot, lambda: "timeout 3 · refused 1" in shown(app), "a line came")
        buffer.add(*["other"] * 99)
        widget.changed()
        await until(pilot, lambda: "timeout 1 · refused 0" in shown(app), "lines went")
        assert "At most 5" in widget.set_highlights([*"abcdef"])
        assert "not a regular expression" in widget.set_highlights(["("])
        assert "timeout 1" in shown(app), "a refusal changes nothing"
        widget.set_highlights([])
        await until(pilot, lambda: "timeout" not in shown(app).split("\n")[0], "no counts")


async def test_highlight_styles_differ_without_colour() -> None:
    app = Bench(_pane(Lines()))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        styles = app.query_one(TailPane)._window._styles()
        looks = {
            (one.bold, one.italic, one.underline, one.reverse)
            for one in (styles[name] for name in [*(f"highlight-{at}" for at in range(1, 6)), "match"])
        }
        assert len(looks) == 6


class _SlowLines(Lines):
    def find(self, pattern: object, start: int, stop: int) -> list[int]:
        raise TimeoutError


async def test_an_expression_that_takes_too_long_is_said_and_stops_nothing() -> None:
    buffer = _SlowLines()
    buffer.add("one", "two")
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(120, 12)) as pilot:
        widget.search("(o+)+x")
        widget.set_highlights(["(e+)+x"])
        await until(pilot, lambda: "/(o+)+x takes too long; simplify it" in shown(app), "it is said")
        widget.action_next_hit()
        buffer.add("three")
        widget.changed()
        await until(pilot, lambda: "three" in shown(app), "the pane goes on")


# ---------------------------------------------------------------- moments


async def test_jumping_to_a_moment_centres_its_first_line() -> None:
    told: list[Message] = []
    buffer = _filled(100)
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 13), message_hook=messages_of(TailPane.CursorMoved, told)) as pilot:
        await pilot.pause()
        assert widget.cursor_line is None
        assert widget.jump((START + 49) * 1000 + 1)
        await pilot.pause()
        assert widget.cursor_line is buffer.kept[50]
        assert "line 50." in _body(app)[5]
        assert not widget.jump((START - 1) * 1000), "before the oldest"
        assert not widget.jump((START + 100) * 1000), "after the newest"
        assert widget.cursor_line is buffer.kept[50]
        assert widget.show_key((START + 7) * 1000, 7)
        assert not widget.show_key((START + 7) * 1000, 8)
        await pilot.pause()
        assert widget.cursor_line is buffer.kept[7]
        widget.action_follow()
        await pilot.pause()
        assert not _pane(Lines()).jump(START * 1000)
    moments = [one.time_ms for one in told if isinstance(one, TailPane.CursorMoved)]
    assert moments == [(START + 50) * 1000, (START + 7) * 1000, None]


class _CountedLines(Lines):
    asked = 0

    def lines(self, start: int, stop: int) -> list[LogLine]:
        found = list(super().lines(start, stop))
        self.asked += len(found)
        return found


async def test_home_measures_only_what_it_draws_also_when_wrapped() -> None:
    buffer = _CountedLines(100_000)
    buffer.add(*(f"line {number} " + "x" * 200 for number in range(50_000)))
    widget = _pane(buffer)
    app = Bench(widget)
    async with app.run_test(size=(80, 12)) as pilot:
        widget.focus()
        widget.action_wrap()
        await pilot.pause()
        buffer.asked = 0
        await pilot.press("home")
        await pilot.pause()
        assert "line 0 " in shown(app)
        assert buffer.asked < 500
        await pilot.press("end")
        await pilot.pause()
        assert "line 49999 " in shown(app)
        assert buffer.asked < 1000


# ---------------------------------------------------------------- the header


RATE = RateView((0.0, 5.0, 420.0, 10.0), (0.0, 0.0, 12.0, 0.0), 5.0)


def test_the_strip_shows_the_rate_where_errors_are_and_the_peaks() -> None:
    parts = rate_strip(RATE, 20)
    assert "".join(text for text, _ in parts) == "▁▁█▁ max 420/s, errors 12/s"
    assert ("█", ERROR_STYLE) in parts
    assert "".join(text for text, _ in rate_strip(RATE, 2, ascii=True)).startswith("_@ max")
    assert rate_strip(RateView((), (), 5.0), 20) == ()
    assert "".join(text for text, _ in rate_strip(RateView((0.0, 0.5), (), 5.0), 20)) == "▁█ max 0.5/s"


def test_what_narrows_the_view_outlasts_the_name_and_the_strip_goes_first() -> None:
    view = HeaderView(
        "Logs",
        4,
        "/ecs/prod-llmops-app",
        badge="following",
        state=SourceState("live", "2s"),
        extras=("1,234 lines",),
        marks=("ERROR and worse",),
        notes=("3 late",),
        strip=(("▁▂█", ERROR_STYLE),),
    )
    texts = {width: header(view, width, is_focused=False, ascii=False).plain for width in (56, 80, 120)}
    assert all(len(text) == width for width, text in texts.items())
    assert "ERROR and worse" in texts[56]
    assert "/ecs/prod-llmops-app" not in texts[56]
    assert "/ecs/prod-llmops-app" in texts[80]
    assert "▁▂█" not in texts[80]
    assert all(word in texts[120] for word in ("/ecs/prod-llmops-app", "1,234 lines", "3 late", "▁▂█"))


async def test_the_strip_is_drawn_in_wide_panes_and_seldom_drawn_anew() -> None:
    widget = _pane(_filled(5), dataclasses.replace(VIEW, rate=RATE))
    app = Bench(widget)
    async with app.run_test(size=(140, 12)) as pilot:
        await until(pilot, lambda: "max 420/s" in shown(app), "the strip is drawn")
        widget._strip_at = time.monotonic() + 60
        counts = painted(widget.query_one(PaneHeader), widget._window)
        widget.view = dataclasses.replace(VIEW, rate=RateView((1.0, 2.0), (0.0, 0.0), 5.0))
        await pilot.pause()
        assert "max 420/s" in shown(app)
        assert not any(counts.values())
        widget._strip_at = time.monotonic() - 2
        widget.view = dataclasses.replace(VIEW, rate=RateView((1.0, 3.0), (0.0, 0.0), 5.0))
        await until(pilot, lambda: "max 3/s" in shown(app), "the next second's strip is drawn")
        assert not counts["TailWindow"]
        await pilot.resize_terminal(80, 12)
        await until(pilot, lambda: "max 3/s" not in shown(app), "no room for the strip")


async def test_badges_notes_and_the_reason_for_no_line_are_said() -> None:
    view = dataclasses.replace(
        VIEW,
        badges=("not /health/",),
        notes=("3 late",),
        empty="No events since 12:00:00; " + "listening. " * 9,
    )
    app = Bench(_pane(Lines(), view))
    async with app.run_test(size=(100, 12)) as pilot:
        await until(pilot, lambda: "No events since 12:00:00" in shown(app), "the reason is said")
        assert " not /health/ " in shown(app)
        assert "3 late" in shown(app)
        assert shown(app).count("listening.") == 9, "wrapped, not cut"
