"""What fails says what failed, keeps its data, disturbs no other pane and recovers by itself."""

from __future__ import annotations

import threading

import pytest

from tests.screens.cable import Cable
from tests.screens.kit import QUICK, RARE, Seat, runtime_of, seated
from tui.domain.errors import ErrorKind
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from widgets.model import PaneView


def view_of(seat: Seat, name: str) -> PaneView:
    view = seat.pane(name).view
    assert view is not None
    return view


def kind_of(seat: Seat, name: str) -> str:
    return view_of(seat, name).state.kind


async def test_access_denied_for_one_api_names_the_action_and_disturbs_no_other_pane(
    sandbox: Sandbox, gate: Control
) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK)) as seat:
        await seat.live()
        before = view_of(seat, "rds")
        gate.fail("AccessDenied", "rds", "DescribeDBInstances", status=403)
        await seat.until(lambda: kind_of(seat, "rds") == "stale", "the refusal is told")
        state = view_of(seat, "rds").state
        assert "rds:DescribeDBInstances is not allowed" in state.message
        assert "rds:DescribeDBInstances" in seat.box("rds")
        assert [tile.title for tile in view_of(seat, "rds").tiles] == [tile.title for tile in before.tiles]
        assert all(tile.value != "–" for tile in view_of(seat, "rds").tiles)
        assert (kind_of(seat, "ecs"), kind_of(seat, "alb")) == ("live", "live")
        assert not view_of(seat, "ecs").state.message


async def test_access_denied_from_the_start_leaves_the_other_panes_live(
    sandbox: Sandbox, gate: Control
) -> None:
    gate.fail("AccessDeniedException", "ecs", "DescribeServices", status=400)
    async with seated(runtime_of(sandbox)) as seat:
        await seat.live("rds", "alb", "metrics", "logs")
        await seat.until(lambda: "ecs:DescribeServices" in seat.box("ecs"), "the pane names the action")
        assert kind_of(seat, "ecs") == "error"
        assert "FAILED" in seat.box("ecs").splitlines()[0]
        assert kind_of(seat, "rds") == "live"
        assert "CPU" in seat.box("ecs")


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestLimitExceeded"])
async def test_a_throttled_source_slows_down_and_says_so(sandbox: Sandbox, gate: Control, code: str) -> None:
    async with seated(runtime_of(sandbox, cadences=QUICK)) as seat:
        await seat.live()
        gate.fail(code, "elbv2")
        await seat.until(lambda: kind_of(seat, "alb") == "throttled", "the pane is throttled")
        assert "THROTTLED" in seat.status
        assert "THROTTLED" in seat.box("alb").splitlines()[0]
        assert "Response time" in seat.box("alb")
        entry = seat.runtime.hub.store.entry("alb")
        assert entry.error is not None
        assert entry.error.kind is ErrorKind.THROTTLED
        # Twice the shortest step at least, whatever the cadence.
        assert entry.next_at_s is not None
        assert entry.next_at_s - seat.board.now_s > QUICK.alb
        gate.clear()
        await seat.press("r")
        await seat.until(lambda: kind_of(seat, "alb") == "live", "it recovers")
        await seat.until(lambda: "THROTTLED" not in seat.status, "the status line recovers")


async def test_the_endpoint_is_down_at_the_start_and_comes_up(sandbox: Sandbox) -> None:
    with Cable(sandbox.endpoint_url, plugged=False) as cable:
        async with seated(runtime_of(sandbox, endpoint_url=cable.url, cadences=QUICK)) as seat:
            await seat.until(lambda: bool(seat.error("ecs")), "the failure is told")
            assert "Cannot reach ECS" in seat.error("ecs")
            await seat.until(lambda: "UNREACHABLE" in seat.status, "the status line says so")
            await seat.until(lambda: "Cannot reach" in seat.box("ecs"), "the pane says so")
            cable.plug()
            await seat.live()
            await seat.until(lambda: "UNREACHABLE" not in seat.status, "the status line recovers")


async def test_the_endpoint_goes_away_in_mid_run_and_comes_back(sandbox: Sandbox) -> None:
    with Cable(sandbox.endpoint_url) as cable:
        async with seated(runtime_of(sandbox, endpoint_url=cable.url, cadences=QUICK)) as seat:
            await seat.live()
            cable.unplug()
            await seat.until(lambda: kind_of(seat, "alb") == "stale", "the pane is stale")
            await seat.until(lambda: "UNREACHABLE" in seat.status, "the status line says so")
            assert "STALE" in seat.box("alb").splitlines()[0]
            assert "✖ Response time" in seat.box("alb")
            lines = seat.runtime.hub.lines.added
            assert lines
            cable.plug()
            await seat.until(lambda: kind_of(seat, "alb") == "live", "the pane recovers by itself")
            await seat.until(lambda: seat.runtime.hub.lines.added > lines, "the log goes on")
            keys = [one.message for one in seat.runtime.hub.lines.lines(0, lines * 2)]
            requests = [one.rpartition("request_id=")[2] for one in keys if "request_id=" in one]
            assert len(requests) == len(set(requests))


async def test_a_hanging_call_delays_no_key_and_no_quitting(sandbox: Sandbox, gate: Control) -> None:
    gate.delay(10.0)

    def in_flight() -> bool:
        return any(one.name == "source-ecs" and one.is_alive() for one in threading.enumerate())

    async with seated(runtime_of(sandbox)) as seat:
        await seat.until(lambda: gate.calls().counts.get("ecs:DescribeServices", 0) > 0, "the call is made")
        for key, pane in (("3", "alb"), ("4", "logs"), ("tab", "ecs"), ("2", "rds")):
            await seat.press(key)
            assert seat.focus == pane
        await seat.press("w", "z", "question_mark")
        assert seat.board.ui.window == "3h"
        assert in_flight()
        assert not seat.has("ecs")
        await seat.press("escape", "q")
    # The application has ended, and the call has not: nothing waited for it.
    assert not seat.app.is_running
    assert in_flight()


async def test_an_answer_that_is_late_is_drawn_when_it_comes(sandbox: Sandbox, gate: Control) -> None:
    gate.delay(1.0, "elbv2", times=3)
    async with seated(runtime_of(sandbox)) as seat:
        await seat.live("ecs", "rds")
        await seat.live()
        assert kind_of(seat, "alb") == "live"


async def test_a_wrong_account_turns_the_console_red_and_read_only(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, account="999999999999"), size=(200, 50)) as seat:
        await seat.live("identity", "ecs")
        await seat.until(lambda: "WRONG ACCOUNT" in seat.status, "the status line says so")
        assert "123456789012" in seat.status
        assert "expected 999999999999" in seat.status
        assert "READ-ONLY" in seat.status
        bar = seat.console.query_one("StatusBar")
        assert bar.has_class("-wrong-account")
        assert bar.styles.background.hex == seat.app.theme_variables["error"].upper()
        assert "999999999999" in seat.runtime.hub.read_only_reason


async def test_the_right_account_is_neither(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, account="123456789012")) as seat:
        await seat.live("identity", "ecs")
        assert "WRONG" not in seat.status
        assert "READ-ONLY" not in seat.status


async def test_read_only_is_told(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, read_only=True)) as seat:
        assert "READ-ONLY" in seat.status


async def test_a_resource_that_does_not_exist_is_named(sandbox: Sandbox) -> None:
    stack = {
        "services": ("no-such-service",),
        "databases": ("no-such-db",),
        "load_balancers": ("no-such-lb",),
    }
    async with seated(runtime_of(sandbox, stack=stack, cadences=RARE), size=(200, 50)) as seat:
        for pane, name in (("ecs", "no-such-service"), ("rds", "no-such-db"), ("alb", "no-such-lb")):
            await seat.until(
                lambda pane=pane: bool(seat.pane(pane).view and view_of(seat, pane).state.message),  # type: ignore[misc]
                f"{pane} says what is missing",
            )
            assert name in seat.box(pane)
        await seat.live("logs")


async def test_a_log_group_that_does_not_exist_is_named(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, stack={"log_groups": ("/no/such/group",)})) as seat:
        await seat.live("ecs", "rds", "alb", "metrics")
        await seat.until(lambda: "does not exist" in seat.box("logs"), "the log pane says so")
        assert kind_of(seat, "ecs") == "live"


async def test_postgresql_that_does_not_answer_costs_nothing_else(sandbox: Sandbox) -> None:
    url = "postgresql://nobody:secret-word@127.0.0.1:1/none"
    async with seated(runtime_of(sandbox, database_url=url), size=(200, 50)) as seat:
        await seat.live()
        await seat.until(lambda: bool(seat.error("postgres")), "PostgreSQL fails")
        assert kind_of(seat, "ecs") == "live"
        assert "secret-word" not in seat.error("postgres")
        assert all(tile.value != "–" for tile in view_of(seat, "rds").tiles)
