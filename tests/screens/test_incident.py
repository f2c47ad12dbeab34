"""The incident in the console: explained and ticked into its record, over a restart; muted; told outside."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from config.levels import Level
from config.paths import state_dir
from config.schema import NotifyConfig
from tests.screens.explainchecks import opened, settled
from tests.screens.kit import QUICK, RARE, Seat, runtime_of, seated
from tui.domain.findings import BreachEvent, Finding
from tui.domain.inputs import Trackers
from tui.incidentdesk import IncidentDesk
from tui.sandbox.launcher import Sandbox
from widgets.textview import TextDialog

FINDING = Finding("alb.response_time", "web", "alb", Level.WARNING, "Response time 1.2 s")
WORSE = Finding("alb.response_time", "web", "alb", Level.CRITICAL, "Response time 2.2 s")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


async def recorded(seat: Seat) -> tuple[dict[str, Any], str]:
    """Press x; return the record as JSON and as Markdown."""
    before = _records()
    await seat.press("x")
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the record is shown")
    (file,) = _records() - before
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found, file.read_text(encoding="utf-8")


def _records() -> set[Path]:
    folder = state_dir()
    assert folder is not None
    return set(folder.glob("incident-*.md"))


async def breached(seat: Seat) -> None:
    await seat.live("ecs", "rds", "alb", "metrics", "alarms", "changes")
    await seat.until(lambda: seat.app._incident.recorder.incident is not None, "an incident opens")


async def test_what_is_explained_and_ticked_is_in_the_record_also_after_a_restart(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await opened(seat)
        await breached(seat)
        await settled(seat)
        await seat.press("space", "j", "space", "space")
        kept = seat.app._incident.recorder.kept
        assert kept.incident is not None
        assert len(kept.incident.ticked) == 1
        assert kept.cause is not None
        await seat.press("escape")
        found, text = await recorded(seat)
        steps = found["explanation"]["steps"]
        assert [one["done"] for one in steps][:3] == [True, False, False]
        assert found["explanation"]["summary"].startswith("Probably: ")
        assert f"- [x] {steps[0]['text']} (" in text
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await breached(seat)
        await opened(seat)
        explained = seat.app.windows.explained
        assert explained is not None
        assert [one.number for one in explained.steps_done()] == [0]
        await seat.press("escape")
        again, _ = await recorded(seat)
        assert again["id"] == found["id"]
        assert again["explanation"]["steps"][0]["done_s"] == steps[0]["done_s"]


async def test_the_record_explains_by_itself_and_tells_more_than_the_window(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE, window="15m")) as seat:
        await breached(seat)
        found, text = await recorded(seat)
        assert found["explanation"]["summary"].startswith("Probably: ")
        slow = next(one for one in found["charts"] if one["title"] == "Response time")
        # The window on the screen is a quarter of an hour; the breach is older.
        assert slow["points"][0][0] < found["opened_s"] < found["period"]["end_s"] - 900
        assert any(one["kind"] == "change" for one in found["timeline"])
        assert "at or before" not in text


async def test_a_state_that_cannot_be_written_is_told_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tui.incidentdesk.save_kept", fail)
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await breached(seat)
        await seat.until(lambda: _unsaved(seat) == 1, "it is told")
        seat.app._incident.mute(seat.board.findings()[0], None)
        seat.app._incident.mute(seat.board.findings()[0], 60.0)
        with seat.app._incident._lock:
            await seat.pilot.pause()
        assert _unsaved(seat) == 1


def _unsaved(seat: Seat) -> int:
    return sum("not kept over a restart" in one for one in seat.notices)


async def test_a_snooze_is_called_so_and_stands_on_the_tile(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await breached(seat)
        finding = next(one for one in seat.board.findings() if one.id == "alb.response_time")
        seat.app._incident.mute(finding, 900.0)
        texts = [one.text for one in seat.board.views().status.alerts]
        assert [one for one in texts if "⊘" in one] == [one for one in texts if one.endswith("⊘ snoozed")]
        notes = {tile.id: tile.note for pane in seat.board.views().panes for tile in pane.tiles}
        assert notes["alb.response_time"].startswith("⊘ ")
        assert not notes["alb.response_time_p95"].startswith("⊘")
        seat.app._incident.mute(finding, None)
        assert any(one.text.endswith("⊘ acknowledged") for one in seat.board.views().status.alerts)


async def test_edges_go_to_the_terminal_and_the_title_is_given_back(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: written.append(data))
    notify = NotifyConfig(title=True, terminal="osc9", terminal_level="critical")
    async with seated(runtime_of(sandbox, cadences=RARE, notify=notify)) as seat:
        await breached(seat)
        await seat.until(lambda: any("]2;cwtop critical: " in one for one in written), "the title is set")
        seat.app._incidents.tell([BreachEvent("opened", FINDING), BreachEvent("opened", WORSE)])
        notices = [one for one in written if one.startswith("\x1b]9;")]
        assert len(notices) == 1
        assert "Response time 2.2 s" in notices[0]
    told = [one for one in written if one.startswith(("\x1b[22;2t", "\x1b[23;2t"))]
    assert told == ["\x1b[22;2t", "\x1b[23;2t"]


# ---------------------------------------------------------------- the desk alone


class Judged:
    """A board whose time and breaches the test sets."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.now_s = 1_700_000_000.0
        self.is_judging = True
        self.muted: Mapping[tuple[str, str], str] = {}
        self.assessment: Any = None
        self._events: list[BreachEvent] = []

    def judge(self, finding: Finding | None, *events: BreachEvent, later_s: float = 60.0) -> None:
        """Take a judgement as given."""
        self.now_s += later_s
        told = {} if finding is None else {(finding.id, finding.resource): finding}
        self.assessment = SimpleNamespace(at_s=self.now_s, trackers=Trackers(told=told), resolved={})
        self._events = list(events)

    def take_events(self) -> list[BreachEvent]:
        """Return the edges."""
        events, self._events = self._events, []
        return events

    def findings(self) -> tuple[Finding, ...]:
        """Return what is breached."""
        return tuple(self.assessment.trackers.told.values())


async def desk_of(sandbox: Sandbox) -> tuple[IncidentDesk, Judged]:
    runtime = runtime_of(sandbox, cadences=QUICK)
    board = Judged(runtime.loaded.config)
    desk = IncidentDesk(board, lambda text: None)  # type: ignore[arg-type]
    await desk.take_up()
    return desk, board


async def test_a_snooze_that_ends_over_a_breach_that_goes_on_is_told_anew(sandbox: Sandbox) -> None:
    desk, board = await desk_of(sandbox)
    board.judge(FINDING, BreachEvent("opened", FINDING))
    assert [one.kind for one in desk.judged()] == ["opened"]
    desk.mute(FINDING, 900.0)
    assert board.muted == {(FINDING.id, FINDING.resource): "snoozed"}
    board.judge(FINDING, later_s=600.0)
    assert desk.judged() == []
    board.judge(FINDING, later_s=600.0)
    assert [(one.kind, one.finding) for one in desk.judged()] == [("opened", FINDING)]
    assert board.muted == {}
    board.judge(FINDING)
    assert desk.judged() == []


async def test_an_acknowledged_breach_is_silent_up_to_its_level_and_told_above(sandbox: Sandbox) -> None:
    desk, board = await desk_of(sandbox)
    board.judge(WORSE, BreachEvent("opened", WORSE))
    desk.judged()
    desk.mute(WORSE, None)
    board.judge(FINDING, BreachEvent("eased", FINDING))
    assert desk.judged() == []
    board.judge(WORSE, BreachEvent("worsened", WORSE))
    assert desk.judged() == []
    desk.mute(FINDING, None)
    board.judge(WORSE, BreachEvent("worsened", WORSE))
    assert [one.kind for one in desk.judged()] == ["worsened"]
