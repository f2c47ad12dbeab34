"""Every command of the table: pressing its key does what its text says, and the help lists it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from config.keymap import validate_keys
from tests.screens import actionchecks as _actionchecks  # noqa: F401 - registers its checks
from tests.screens import checklistchecks as _checklistchecks  # noqa: F401 - registers its checks
from tests.screens import dbchecks as _dbchecks  # noqa: F401 - registers its checks
from tests.screens import explainchecks as _explainchecks  # noqa: F401 - registers its checks
from tests.screens import incidentchecks as _incidentchecks  # noqa: F401 - registers its checks
from tests.screens import logchecks as _logchecks  # noqa: F401 - registers its checks
from tests.screens import querychecks as _querychecks  # noqa: F401 - registers its checks
from tests.screens import timelinechecks as _timelinechecks  # noqa: F401 - registers its checks
from tests.screens.checks import CHECKS, check, edge_of, line_of
from tests.screens.kit import RARE, Seat, runtime_of, seated
from tui.domain.timespans import WINDOWS
from tui.keys import BY_ID, COMMANDS, help_groups, known, spell
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from widgets.alertbar import AlertBar
from widgets.dialogs import HelpDialog
from widgets.panes.resource import ResourcePane
from widgets.promptline import PromptLine


@check("help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await seat.press(key)
    assert [type(one) for one in seat.app.screen_stack[-1:]] == [HelpDialog]
    await seat.press(key)
    assert seat.app.screen is seat.console


@check("palette")
async def _palette(seat: Seat, key: str, _: Control) -> None:
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, CommandPalette), "the palette opens")
    await seat.press("escape")
    await seat.until(lambda: seat.app.screen is seat.console, "the palette closes")


@check("window")
async def _window(seat: Seat, key: str, _: Control) -> None:
    seen = [seat.board.ui.window]
    for _step in WINDOWS:
        await seat.press(key)
        seen.append(seat.board.ui.window)
    assert seen[0] == seen[-1] == "1h"
    assert set(seen) == set(WINDOWS) == {"15m", "1h", "3h", "12h", "24h", "7d"}


@check("refresh")
async def _refresh(seat: Seat, key: str, gate: Control) -> None:
    await seat.live("ecs", "rds", "alb", "metrics", "alarms", "changes", "logs", "identity")
    gate.reset_calls()
    await seat.press(key)
    wanted = {"ecs:DescribeServices", "rds:DescribeDBInstances", "elbv2:DescribeTargetHealth"}
    wanted |= {"cloudwatch:DescribeAlarms", "logs:FilterLogEvents", "sts:GetCallerIdentity"}
    await seat.until(lambda: wanted <= set(gate.calls().counts), "everything is asked for again")


@check("pause")
async def _pause(seat: Seat, key: str, gate: Control) -> None:
    await seat.live()
    await seat.press(key)
    assert seat.board.ui.paused
    await seat.until(lambda: "PAUSED" in seat.status, "the status line says so")
    await seat.press(key)
    assert not seat.board.ui.paused
    await seat.until(lambda: "PAUSED" not in seat.status, "the status line is live again")


@check("faster")
async def _faster(seat: Seat, key: str, _: Control) -> None:
    await seat.press("1")
    scheduler = seat.runtime.hub.scheduler
    scheduler.set_period("ecs", 20.0)
    await seat.press(key)
    assert scheduler.period("ecs") == 15.0
    assert seat.notices == ["ecs: every 15s"]


@check("slower")
async def _slower(seat: Seat, key: str, _: Control) -> None:
    await seat.press("2")
    scheduler = seat.runtime.hub.scheduler
    scheduler.set_period("rds", 30.0)
    await seat.press(key)
    assert scheduler.period("rds") == 60.0
    assert scheduler.period("ecs") == 600.0


@check("profile")
async def _profile(seat: Seat, key: str, _: Control) -> None:
    await seat.press(key)
    await seat.until(lambda: any("no profiles" in one for one in seat.notices), "the sandbox has none")


@check("copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics")
    await seat.press("1", key)
    await seat.until(lambda: bool(seat.app.clipboard), "something is copied")
    view = seat.pane("ecs").view
    assert view is not None
    assert seat.app.clipboard == f"prod-llmops-service CPU {view.tiles[0].value}"


@check("console-link")
async def _link(seat: Seat, key: str, _: Control) -> None:
    await seat.live("identity", "rds")
    await seat.press("2", key)
    await seat.until(lambda: bool(seat.app.clipboard), "the address is copied")
    assert seat.app.clipboard == (
        "https://ap-northeast-2.console.aws.amazon.com/rds/home?region=ap-northeast-2"
        "#database:id=prod-llmops-postgres;is-cluster=false"
    )
    assert any(seat.app.clipboard in one for one in seat.notices)


@check("save")
async def _save(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs")
    await seat.press(key)
    (picture,) = Path.cwd().glob("cwtop-*.svg")
    assert "prod-llmops-service" in picture.read_text(encoding="utf-8")
    assert any(str(picture) in one for one in seat.notices)


@check("redraw")
async def _redraw(seat: Seat, key: str, _: Control) -> None:
    painted = []
    original = seat.console.refresh

    def counted(*regions: object, **options: bool) -> object:
        painted.append(options)
        return original(**options)

    seat.console.refresh = counted  # type: ignore[method-assign, assignment]
    await seat.press(key)
    assert {"layout": True} in painted


@check("suspend")
async def _suspend(seat: Seat, key: str, _: Control) -> None:
    # No terminal to give back in a test: Textual says so where it would suspend.
    said: list[str] = []
    seat.app.action_suspend_process = lambda: said.append("suspended")  # type: ignore[method-assign]
    await seat.press(key)
    assert said == ["suspended"]


@check("back")
async def _back(seat: Seat, key: str, _: Control) -> None:
    await seat.live("metrics", "ecs", "logs")
    await seat.press("1", "j")
    assert seat.board.ui.focused
    await seat.press("4", "g", "z", "slash")
    await seat.press(key)
    assert not seat.console.query_one(PromptLine).is_open
    assert seat.console.query_one("#panes").has_class("-zoomed")
    await seat.press(key)
    assert not seat.console.query_one("#panes").has_class("-zoomed")
    assert not seat.tail.following
    await seat.press(key)
    assert seat.tail.following
    await seat.press(key)
    assert not seat.board.ui.focused
    await seat.press(key)
    assert seat.app.is_running


@check("quit")
async def _quit(seat: Seat, key: str, _: Control) -> None:
    await seat.press("question_mark")
    await seat.press(key)
    assert seat.app.screen is seat.console
    await seat.press(key)
    await seat.until(lambda: seat.app._exit, "the application ends")


@check("interrupt")
async def _interrupt(seat: Seat, key: str, _: Control) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # A busy machine may take longer from one key to the next than a person.
        patch.setattr("tui.app.TWICE_S", 600.0)
        await seat.press(key)
        assert not seat.app._exit
        await seat.until(lambda: any("once more" in one for one in seat.notices), "it is said")
        await seat.press(key)
        await seat.until(lambda: seat.app._exit, "the application ends")


def _pane_check(command: str, pane: str) -> None:
    @check(command)
    async def _pane(seat: Seat, key: str, _: Control) -> None:
        await seat.press("4" if pane != "logs" else "1", key)
        assert seat.focus == pane
        assert edge_of(seat, pane)[0] == "┍"


for _command, _pane_id in (("pane-1", "ecs"), ("pane-2", "rds"), ("pane-3", "alb"), ("pane-4", "logs")):
    _pane_check(_command, _pane_id)


@check("next-pane")
async def _next_pane(seat: Seat, key: str, _: Control) -> None:
    order = []
    for _step in range(5):
        order.append(seat.focus)
        await seat.press(key)
    assert order == ["ecs", "rds", "alb", "logs", "ecs"]


@check("previous-pane")
async def _previous_pane(seat: Seat, key: str, _: Control) -> None:
    order = []
    for _step in range(5):
        order.append(seat.focus)
        await seat.press(key)
    assert order == ["ecs", "logs", "alb", "rds", "ecs"]


@check("maximise")
async def _maximise(seat: Seat, key: str, _: Control) -> None:
    await seat.live()
    await seat.until(lambda: "Response time" in str(seat.console.query_one(AlertBar).render()), "alerts")
    whole = seat.console.query_one("#panes").region
    await seat.press("3", key)
    assert seat.pane("alb").region == whole
    # Another pane's key shows that one instead.
    await seat.press("4")
    assert seat.tail.region == whole
    await seat.press(key)
    assert 0 < seat.pane("alb").region.area < whole.area


@check("next-resource")
async def _next_resource(seat: Seat, key: str, _: Control) -> None:
    names = seat.runtime.loaded.config.stack.services
    await seat.press("1")
    seen = [seat.board.shown("ecs")]
    for _step in names:
        await seat.press(key)
        seen.append(seat.board.shown("ecs"))
    assert seen == [*names, names[0]]
    view = seat.pane("ecs").view
    assert view is not None
    assert view.resource == names[0]
    assert view.position == "1/2"


@check("previous-resource")
async def _previous_resource(seat: Seat, key: str, _: Control) -> None:
    names = seat.runtime.loaded.config.stack.services
    await seat.press("1", key)
    assert seat.board.shown("ecs") == names[-1]
    view = seat.pane("ecs").view
    assert view is not None
    assert (view.resource, view.position) == (names[-1], "2/2")


def _tile(seat: Seat) -> int:
    pane = seat.pane("ecs")
    assert pane.view is not None
    return [one.id for one in pane.view.tiles].index(pane.focused_tile)


@check("down")
async def _down(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics")
    await seat.press("1", key)
    assert _tile(seat) == 1
    view = seat.pane("ecs").view
    assert view is not None
    assert view.chart is not None
    assert view.chart.title.startswith("Memory")


@check("up")
async def _up(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics")
    await seat.press("1", "G", key)
    assert _tile(seat) == 1


@check("top")
async def _top(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics", "logs")
    await seat.press("1", "G", key)
    assert _tile(seat) == 0
    await seat.press("4", key)
    assert line_of(seat).key == 0


@check("bottom")
async def _bottom(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs", "metrics", "logs")
    await seat.press("1", key)
    assert _tile(seat) == 2
    await seat.press("4", "g", key)
    assert seat.tail.following


def test_every_command_has_a_check() -> None:
    assert set(CHECKS) == set(BY_ID)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
async def test_a_key_does_what_its_text_says(
    command: object,
    sandbox: Sandbox,
    gate: Control,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = BY_ID[command.id]  # type: ignore[attr-defined]
    monkeypatch.chdir(tmp_path)
    stack = {}
    if one.id in ("next-resource", "previous-resource"):
        stack = {"services": ("prod-llmops-service", "prod-llmops-worker")}
    async with seated(runtime_of(sandbox, cadences=RARE, stack=stack)) as seat:
        await CHECKS[one.id](seat, one.keys.split(",")[0], gate)


@pytest.mark.parametrize(
    ("command", "key"),
    [(one, key) for one in COMMANDS for key in one.keys.split(",")[1:]],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
async def test_a_second_key_does_the_same(command: object, key: str, sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await CHECKS[command.id](seat, key, gate)  # type: ignore[attr-defined]


async def test_help_lists_every_command_with_its_key_in_force(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE, keys={"pause": "space"}), size=(100, 150)) as seat:
        await seat.press("question_mark")
        shown = seat.text()
        for one in COMMANDS:
            keys = "space" if one.id == "pause" else spell(one.keys)
            assert any(keys in line and one.text in line for line in shown.splitlines()), one.id
    assert sum(len(keys) for _, keys in help_groups({})) == len(COMMANDS)


async def test_help_scrolls_where_there_is_little_room(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE), size=(80, 24)) as seat:
        await seat.press("question_mark")
        assert "esc closes" in seat.text()
        assert COMMANDS[-1].text not in seat.text()
        await seat.press("end")
        await seat.until(lambda: COMMANDS[-1].text in seat.text(), "the last command comes into view")


async def test_a_rebound_key_works_and_the_old_one_does_not(sandbox: Sandbox) -> None:
    keys = {"pause": "space,f5", "refresh": "p", "palette": "f2"}
    assert not validate_keys(keys, known(), lambda _: (None, None))
    async with seated(runtime_of(sandbox, cadences=RARE, keys=keys)) as seat:
        await seat.press("space")
        assert seat.board.ui.paused
        await seat.press("f5")
        assert not seat.board.ui.paused
        await seat.press("p")
        assert not seat.board.ui.paused
        await seat.press("colon")
        assert seat.app.screen is seat.console
        await seat.press("f2")
        await seat.until(lambda: isinstance(seat.app.screen, CommandPalette), "the palette opens")
        assert "space" in seat.text().splitlines()[-1]


async def test_keys_work_while_nothing_has_answered(sandbox: Sandbox, gate: Control) -> None:
    gate.delay(30.0)
    async with seated(runtime_of(sandbox)) as seat:
        for command in COMMANDS:
            if command.id in ("quit", "interrupt", "suspend", "save", "help", "palette"):
                continue
            await seat.press(command.keys.split(",")[0])
        await seat.press("escape", "escape", "escape")
        assert seat.app.is_running
        assert not [one for one in seat.console.query(ResourcePane) if one.view is None]
    gate.clear()
