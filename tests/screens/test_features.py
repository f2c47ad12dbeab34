"""Comparison, split, themes, copying, notifications, several resources, and hostile text."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.sandbox.kit import LOG_GROUP, client
from tests.screens.kit import QUICK, RARE, Seat, runtime_of, seated
from tui.sandbox.launcher import Sandbox
from widgets.dialogs import HelpDialog
from widgets.statusbar import StatusBar

HOSTILE = "[/x] [red]boo[/red] $error [link='a'] \x1b]0;pwned\x07\x1b[2J\x9b31m\u202eevil"
ALARM = "[/x] boo \x1b]0;pwned"


async def choose(seat: Seat, text: str) -> None:
    """Choose a command of the palette by typing."""
    await seat.press("ctrl+p")
    await seat.until(lambda: bool(seat.app.screen.query(Input)), "the palette opens")
    await seat.press(*text)
    await seat.until(lambda: text.casefold() in seat.text().casefold().split("🔎")[-1], "it is found")
    await seat.until(lambda: bool(seat.app.screen.query("CommandList").first().option_count), "listed")  # type: ignore[attr-defined]
    await seat.press("down", "enter")
    await seat.until(lambda: seat.app.screen is seat.console, "the palette closes")


def roles(seat: Seat, pane: str) -> list[str]:
    view = seat.pane(pane).view
    assert view is not None
    assert view.chart is not None
    return [one.role for one in view.chart.series]


async def test_yesterday_lies_behind_the_charts_and_goes_again(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live()
        assert "compare" not in roles(seat, "ecs")
        await choose(seat, "compare with yesterday")
        await seat.until(lambda: "compare" in roles(seat, "ecs"), "yesterday is drawn")
        view = seat.pane("ecs").view
        assert view is not None
        assert view.chart is not None
        (earlier,) = [one for one in view.chart.series if one.role == "compare"]
        # The same hours: laid upon today's axis, not a day beside it.
        assert all(view.chart.start - 120 <= at <= view.chart.end + 120 for at in earlier.xs)
        assert sum(value is not None for value in earlier.ys) > 10
        assert "yesterday" in earlier.label
        await choose(seat, "compare with nothing")
        await seat.until(lambda: "compare" not in roles(seat, "ecs"), "it is gone")


async def test_last_week_has_no_points_and_says_so(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live()
        await choose(seat, "compare with last week")
        await seat.until(lambda: any("no points for last week" in one for one in seat.notices), "it is told")


async def test_the_balancer_is_split_by_target_group(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live()
        await choose(seat, "split by target group")
        await seat.until(lambda: "part" in roles(seat, "alb"), "parts are drawn")
        view = seat.pane("alb").view
        assert view is not None
        assert view.chart is not None
        assert "prod-llmops-tg" in {one.label for one in view.chart.series if one.role == "part"}
        await choose(seat, "split by target group")
        await seat.until(lambda: "part" not in roles(seat, "alb"), "the whole is drawn")


async def test_themes(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE, theme="nord")) as seat:
        await seat.live()
        assert seat.app.theme == "nord"
        for name in ("ansi-light", "textual-light", "dracula"):
            seat.app.theme = name
            await seat.pilot.pause()
            assert "CRITICAL" in seat.text()


async def test_a_theme_that_does_not_exist_is_told(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE, theme="nrod")) as seat:
        await seat.until(lambda: any("no theme nrod" in one for one in seat.notices), "it is told")


async def test_copying_writes_osc_52_and_a_file(sandbox: Sandbox, isolated_environment: Path) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("logs")
        driver = seat.app._driver
        assert driver is not None
        written: list[str] = []
        driver.write = written.append  # type: ignore[method-assign, assignment]
        await seat.press("4", "g", "y")
        await seat.until(lambda: any("Copied" in one for one in seat.notices), "it is told")
        line = seat.tail.current_line
        assert line is not None
        event = seat.runtime.hub.lines.event(line.time_ms, line.key)
        assert event is not None
        (sequence,) = [one for one in written if one.startswith("\x1b]52;c;")]
        assert base64.b64decode(sequence[7:].rstrip("\a")).decode() == event.message
        file = isolated_environment / ".local" / "state" / "cwtop" / "clipboard.txt"
        assert file.read_text(encoding="utf-8") == event.message
        assert file.stat().st_mode & 0o777 == 0o600
        assert any(str(file) in one for one in seat.notices)


def content(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def test_inside_tmux_its_buffer_is_set(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = tmp_path / "buffer"
    program = tmp_path / "tmux"
    program.write_text(f'#!/bin/sh\necho "$@" > {buffer}.arguments\ncat > {buffer}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.live("ecs", "metrics")
        await seat.press("1", "y")
        await seat.until(lambda: any("tmux" in one for one in seat.notices), "it is told")
    assert content(buffer).startswith("prod-llmops-service CPU")
    assert content(Path(f"{buffer}.arguments")) == "load-buffer -w -\n"


async def test_two_services_are_stepped_through_with_their_own_figures(sandbox: Sandbox) -> None:
    names = ("prod-llmops-service", "no-such-service")
    async with seated(runtime_of(sandbox, cadences=RARE, stack={"services": names})) as seat:
        await seat.live("ecs", "metrics")
        view = seat.pane("ecs").view
        assert view is not None
        assert (view.resource, view.position) == (names[0], "1/2")
        await seat.press("1", "full_stop")
        view = seat.pane("ecs").view
        assert view is not None
        assert (view.resource, view.position) == (names[1], "2/2")
        assert next(tile for tile in view.tiles if tile.id == "ecs.cpu").value == "–"


@pytest.fixture
def alarm(sandbox: Sandbox) -> Iterator[Any]:
    """A CloudWatch client and an alarm that keeps the state that it is given."""
    cloudwatch = client(sandbox, "cloudwatch")
    names = (ALARM, "queue-too-long")
    for name in names:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Custom",
            MetricName="Nothing",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
    yield cloudwatch
    cloudwatch.delete_alarms(AlarmNames=list(names))
    cloudwatch.close()


def told(seat: Seat, text: str) -> list[str]:
    return [one for one in seat.notices if text in one]


async def test_a_breach_is_told_once_also_under_another_screen(sandbox: Sandbox, alarm: Any) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK, bell=True)) as seat:
        rung: list[bool] = []
        seat.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        await seat.live()
        await seat.live("alarms")
        assert not told(seat, "queue-too-long")
        rung.clear()
        await seat.press("question_mark")
        assert [type(one) for one in seat.app.screen_stack[-1:]] == [HelpDialog]
        alarm.set_alarm_state(AlarmName="queue-too-long", StateValue="ALARM", StateReason="100 jobs wait")
        await seat.until(lambda: bool(told(seat, "queue-too-long")), "the breach is told")
        assert "▲ WARNING" in told(seat, "queue-too-long")[0]
        assert rung == [True]
        assert "queue-too-long" in seat.text()
        fetched = seat.runtime.hub.store.entry("alarms").at_s
        await seat.until(lambda: _later(seat, fetched, 3), "more rounds pass")
        assert len(told(seat, "queue-too-long")) == 1
        await seat.press("escape")
        await seat.until(lambda: "queue-too-long" in seat.box("ecs"), "the pane counts it among its facts")
        alarm.set_alarm_state(AlarmName="queue-too-long", StateValue="OK", StateReason="empty")
        await seat.until(lambda: bool(told(seat, "closed")), "the end is told")


def _later(seat: Seat, at_s: float | None, rounds: int) -> bool:
    now = seat.runtime.hub.store.entry("alarms").at_s
    return now is not None and at_s is not None and now > at_s + rounds * QUICK.alarms


async def test_hostile_text_neither_ends_nor_steers_the_console(sandbox: Sandbox, alarm: Any) -> None:
    logs = client(sandbox, "logs")
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=f"[/x]-{time.time_ns()}")
    stream = logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix="[/x]")["logStreams"][0]
    event = {"timestamp": int(sandbox.clock.now() * 1000), "message": f"{HOSTILE} line"}
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=stream["logStreamName"], logEvents=[event])
    logs.close()
    stack = {"services": ("prod-llmops-service", "[/x][red]boo")}
    async with seated(runtime_of(sandbox, cadences=QUICK, stack=stack), size=(200, 50)) as seat:
        await seat.live()
        alarm.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason=HOSTILE)
        await seat.until(lambda: bool(told(seat, "[/x] boo")), "the alarm is told")
        await seat.press("1", "full_stop")
        assert "[/x][red]boo" in seat.box("ecs")
        await seat.press("slash", *"boo", "enter")
        await seat.until(lambda: "[/x] [red]boo[/red] $error" in seat.box("logs"), "the line is shown")
        await seat.press("y", "W")
        shown = seat.text()
        assert not [one for one in shown if (ord(one) < 32 and one != "\n") or 127 <= ord(one) < 160]
        assert "\u202e" not in shown
        assert "pwned" not in shown
        assert str(seat.console.query_one(StatusBar).render())
