"""The checks of the log pane's commands."""

from __future__ import annotations

import re

from textual.widgets import Input

from tests.screens.checks import check, edge_of, line_of
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from widgets.model import LogLine
from widgets.picker import PickerDialog
from widgets.promptline import PromptLine
from widgets.tailrows import TIME_FORMATS
from widgets.textview import TextDialog


async def _answer(seat: Seat, key: str, text: str) -> None:
    """Open a prompt by its key, type, and enter."""
    await seat.press(key)
    await seat.until(lambda: seat.console.query_one(PromptLine).is_open, "the prompt opens")
    seat.console.query_one(PromptLine).query_one(Input).value = text
    await seat.press("enter")
    assert not seat.console.query_one(PromptLine).is_open


async def _pick(seat: Seat, key: str, words: str) -> None:
    """Open a picker by its key, narrow it down to one choice, and take that."""
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the picker opens")
    seat.app.screen.query_one(Input).value = words
    await seat.pilot.pause()
    await seat.press("enter")
    await seat.until(lambda: seat.app.screen is seat.console, "the picker closes")


def cursors(seat: Seat) -> set[float | None]:
    """Return where the charts' time cursors are."""
    views = [seat.pane(name).view for name in ("ecs", "rds", "alb")]
    return {view.chart.cursor for view in views if view is not None and view.chart is not None}


@check("cursor-back")
async def _cursor_back(seat: Seat, key: str, _: Control) -> None:
    await seat.live("metrics", "logs")
    await seat.press("3", key)
    await seat.until(lambda: None not in cursors(seat), "the charts mark a moment")
    await seat.press(key)
    await seat.until(lambda: not seat.tail.following, "the log stands at the moment")
    moment = seat.board.ui.moment_s
    assert moment is not None
    # The log's line gives the moment from here on: the first one of that minute.
    await seat.until(lambda: abs((seat.board.ui.moment_s or 0) - line_of(seat).time_ms / 1000) < 60, "joined")


@check("cursor-on")
async def _cursor_on(seat: Seat, key: str, _: Control) -> None:
    await seat.live("metrics", "logs")
    await seat.press("3", "left_square_bracket", "left_square_bracket")
    await seat.until(lambda: not seat.tail.following, "the log stands at the moment")
    for _step in range(4):
        await seat.press(key)
    await seat.until(lambda: seat.board.ui.moment_s is None and seat.tail.following, "live again")
    await seat.until(lambda: cursors(seat) == {None}, "the charts mark nothing")


@check("go-to")
async def _go_to(seat: Seat, key: str, _: Control) -> None:
    await seat.live("metrics", "logs")
    await seat.press("4")
    wanted = int(seat.board.now_s) - 300
    await _answer(seat, key, str(wanted))
    await seat.until(lambda: not seat.tail.following, "the log stands at the time")
    assert 0 <= line_of(seat).time_ms / 1000 - wanted < 30
    # The buffer does not reach so far back: that stretch is read.
    await _answer(seat, key, str(wanted - 1800))
    near = lambda: seat.tail.current_line is not None and abs(  # noqa: E731
        line_of(seat).time_ms / 1000 - (wanted - 1800)
    ) < 30  # fmt: skip
    await seat.until(near, "the stretch around the time is read, and shown there")
    await seat.press("escape", "escape")
    await seat.until(lambda: seat.board.logs.detour is None, "live again")


@check("task-log")
async def _task_log(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs")
    await seat.press(key)
    await seat.until(lambda: any("No task has stopped" in one for one in seat.notices), "it is said")


@check("open")
async def _open(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", "g", key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the event opens")
    assert '"level":' in seat.text()
    assert "/ecs/prod-llmops-app" in seat.text()


@check("context")
async def _context(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", "up", "up", key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the stream opens")
    assert "ecs/llmops-app/" in seat.text()
    await seat.until(lambda: len(re.findall(r"│ +> \d\d:\d\d:", seat.text())) == 1, "it is marked, in view")


def shown(seat: Seat) -> list[LogLine]:
    """Return every line that the pane lets through."""
    return list(seat.board.logs.view.lines(0, len(seat.board.logs.view)))


@check("filter-lines")
async def _filter_lines(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4")
    await _answer(seat, key, "pool")
    count, total = seat.board.logs.view.kept_of
    assert 0 < count < total
    assert all("pool" in line.message for line in shown(seat))
    await seat.until(lambda: f"{count:,} of {total:,} lines" in edge_of(seat, "logs"), "it is told")
    await _answer(seat, key, "!pool")
    assert len(shown(seat)) == total - count
    await seat.press("escape")
    assert len(shown(seat)) == total


@check("level")
async def _level(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", key, key)
    assert {line.tag for line in shown(seat)} <= {"WARN", "ERROR", "FATAL"}
    assert shown(seat)
    await seat.until(lambda: "WARN and worse" in edge_of(seat, "logs"), "it is told")
    await seat.press(key, key)
    assert "INFO" in {line.tag for line in shown(seat)}


@check("presets")
async def _presets(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await _pick(seat, key, "database connection")
    await seat.until(lambda: seat.board.logs.pattern != "" and len(shown(seat)) > 0, "the preset is read")
    assert all("database connection" in line.message for line in shown(seat))
    await _pick(seat, key, "the configured groups")
    await seat.until(lambda: seat.board.logs.pattern == "" and len(shown(seat)) > 0, "live and whole again")
    await _pick(seat, key, "hide /ecs/")
    await seat.until(lambda: "1 group hidden" in edge_of(seat, "logs"), "it is told")
    assert not shown(seat)
    await _pick(seat, key, "show /ecs/")
    assert shown(seat)
    await seat.live("rds")
    await _pick(seat, key, "postgresql")
    await seat.until(lambda: len(shown(seat)) > 0, "the database's own log is read")
    assert {line.source for line in shown(seat)} != set()


@check("filter-pattern")
async def _filter_pattern(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", key)
    prompt = seat.console.query_one(PromptLine)
    prompt.query_one(Input).value = "{ $.level = "
    await seat.press("enter")
    assert prompt.is_open
    assert "Character" in prompt.problem
    await seat.press("escape")
    await _answer(seat, key, '{ $.level = "WARN" }')
    await seat.until(lambda: len(shown(seat)) > 0, "the service sends what matches")
    assert {line.tag for line in shown(seat)} == {"WARN"}
    assert "filter { $.level" in edge_of(seat, "logs")


@check("highlight")
async def _highlight(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4")
    await _answer(seat, key, "pool")
    count = sum("pool" in line.message for line in shown(seat))
    await seat.until(lambda: f"pool {count}" in edge_of(seat, "logs"), "it is counted")
    await _answer(seat, key, "pool")
    await seat.until(lambda: "pool" not in edge_of(seat, "logs"), "it is dropped")


@check("range")
async def _range(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await _pick(seat, key, "the last 1h")
    await seat.until(lambda: "since" in edge_of(seat, "logs") and bool(shown(seat)), "it is read")
    assert seat.board.now_s - shown(seat)[0].time_ms / 1000 > 1000
    await _pick(seat, key, "from")
    prompt = seat.console.query_one(PromptLine)
    await seat.until(lambda: prompt.is_open, "it asks for the times")
    prompt.query_one(Input).value = "40m - 30m"
    now_s = seat.board.now_s
    await seat.press("enter")
    await seat.until(lambda: " - " in edge_of(seat, "logs") and bool(shown(seat)), "it is read")
    # Lines of the range before are not lines that were lost.
    assert "dropped" not in edge_of(seat, "logs")
    ages = {now_s - line.time_ms / 1000 for line in shown(seat)}
    assert min(ages) > 1790
    assert max(ages) < 2410


@check("live-tail")
async def _live_tail(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", key)
    assert seat.runtime.hub.logs is not None
    assert seat.runtime.hub.logs.is_live_tail
    await seat.until(lambda: "live tail" in edge_of(seat, "logs"), "events come by Live Tail")
    await seat.press(key)
    await seat.until(lambda: "live tail" not in edge_of(seat, "logs"), "and by polling again")


@check("follow")
async def _follow(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("4", "g")
    assert not seat.tail.following
    assert "held" in edge_of(seat, "logs")
    await seat.press("1", key)
    assert seat.tail.following
    assert "following" in edge_of(seat, "logs")


async def _find(seat: Seat, text: str) -> None:
    await seat.live("logs")
    await seat.press("slash", *text, "enter")
    await seat.until(lambda: not seat.tail.following, "the tail goes to a hit")


@check("search")
async def _search(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.press("1", key)
    # Keys are text while the search line is open, those of commands too.
    await seat.press(*"pool|qz", "enter")
    await seat.until(lambda: not seat.tail.following, "the tail goes to a hit")
    assert seat.focus == "logs"
    assert not seat.app._exit
    assert "pool" in line_of(seat).message
    assert "/pool|qz" in edge_of(seat, "logs")


@check("next-hit")
async def _next_hit(seat: Seat, key: str, _: Control) -> None:
    await _find(seat, "pool")
    await seat.press("g", key)
    first = line_of(seat)
    await seat.press(key)
    assert line_of(seat).key > first.key
    assert "pool" in first.message
    assert "pool" in line_of(seat).message


@check("previous-hit")
async def _previous_hit(seat: Seat, key: str, _: Control) -> None:
    await _find(seat, "pool")
    last = line_of(seat)
    await seat.press(key)
    assert line_of(seat).key < last.key
    assert "pool" in line_of(seat).message


@check("wrap")
async def _wrap(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    await seat.pilot.resize_terminal(70, 30)
    await seat.press("z" if seat.focus == "logs" else "4", key)
    assert seat.tail._window.spec.wrap
    await seat.press(key)
    assert not seat.tail._window.spec.wrap


@check("time-format")
async def _time_format(seat: Seat, key: str, _: Control) -> None:
    await seat.live("logs")
    seen = []
    for _step in TIME_FORMATS:
        seen.append(seat.tail._window.spec.time_format)
        await seat.press(key)
    assert set(seen) == set(TIME_FORMATS)
