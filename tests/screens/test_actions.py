"""Tuning actions by keys alone, against a sandbox of their own."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import pytest

from tests.screens.actionchecks import SERVICE, entered, opened, past_run
from tests.screens.kit import RARE, Seat, runtime_of, seated
from tui.actions.audit import AuditLog
from tui.sandbox.control import Control
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.screens.actions import ActionsScreen
from widgets.catalogue import Catalogue
from widgets.confirm import ConfirmDialog
from widgets.dialogs import MessageDialog

CLUSTER = "prod-llmops-cluster"


@pytest.fixture(scope="module")
def stack() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=20) as running:
        yield running


@pytest.fixture
def gate(stack: Sandbox) -> Iterator[Control]:
    control = Control(stack.endpoint_url)
    yield control
    control.clear()


def ecs(stack: Sandbox) -> Any:
    return boto3.client(
        "ecs",
        endpoint_url=stack.endpoint_url,
        region_name=stack.region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


def desired(stack: Sandbox) -> int:
    found = ecs(stack).describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    return int(found["desiredCount"])


@asynccontextmanager
async def sitting(stack: Sandbox, **changes: Any) -> AsyncIterator[Seat]:
    async with seated(runtime_of(stack, cadences=RARE, **changes)) as seat:
        yield seat


async def applied(seat: Seat) -> None:
    """Confirm with the button."""
    await seat.press("f5")
    await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
    await seat.press("tab", "enter")
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "it is applied")


async def test_an_action_is_applied_verified_and_taken_back_by_keys_alone(stack: Sandbox) -> None:
    before = desired(stack)
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        await entered(seat, str(before + 1))
        assert "aws ecs update-service" in seat.text()
        await applied(seat)
        await seat.until(lambda: "✓ done" in seat.text(), "it is verified")
        assert desired(stack) == before + 1
        (run,) = AuditLog.default().runs()
        assert run.status == "done"
        await seat.press("u")
        await seat.until(lambda: f"{before + 1} → {before}" in seat.text(), "the way back is planned")
        # Fewer tasks serve the requests then: that is asked for by name, though adding one was not.
        await seat.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
        await seat.press(*[{"-": "minus"}.get(one, one) for one in SERVICE], "enter")
        await seat.until(lambda: "✓ done" in seat.text() and "Undo" in seat.text(), "it is taken back")
        assert desired(stack) == before


async def test_the_name_is_typed_where_service_is_affected(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack) as seat:
        await opened(seat, words="force a new")
        gate.reset_calls()
        await seat.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
        await seat.press(*"prod-wrong", "enter")
        assert isinstance(seat.app.screen, ConfirmDialog), "a wrong name applies nothing"
        await seat.press("escape")
        await seat.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is asked again")
        await seat.press(*[{"-": "minus"}.get(one, one) for one in SERVICE], "enter")
        await seat.until(lambda: "✓ done" in seat.text(), "it is verified")
        assert gate.calls().counts["ecs:UpdateService"] == 1


async def test_a_value_that_is_not_valid_is_marked_at_its_field(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        gate.reset_calls()
        await seat.press("x")
        await seat.until(lambda: "write a whole number" in seat.text(), "the field says what to write")
        await seat.press("f5")
        assert isinstance(seat.app.screen, ActionsScreen)
        assert gate.calls().total == 0


async def test_what_somebody_else_changed_stops_it(stack: Sandbox) -> None:
    before = desired(stack)
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        await entered(seat, str(before + 2))
        ecs(stack).update_service(cluster=CLUSTER, service=SERVICE, desiredCount=before + 1)
        await applied(seat)
        await seat.until(lambda: "was changed after the plan" in seat.text(), "drift is told")
        assert desired(stack) == before + 1
        await seat.press("r")
        await seat.until(lambda: f"{before + 1} are desired" in seat.text(), "it is read and planned anew")
        ecs(stack).update_service(cluster=CLUSTER, service=SERVICE, desiredCount=before)


async def test_read_only_shows_the_plan_and_applies_nothing(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack, read_only=True) as seat:
        await opened(seat, words="force a new")
        gate.reset_calls()
        await seat.press("f5")
        await seat.until(
            lambda: any("ead_only" in one or "ead-only" in one for one in seat.notices), "it is told"
        )
        assert isinstance(seat.app.screen, ActionsScreen)
        assert "ecs:UpdateService" not in gate.calls().counts


async def test_what_cannot_be_read_says_why_and_is_read_again(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack) as seat:
        await seat.live("ecs")
        gate.fail("AccessDeniedException", "ecs", "DescribeTaskDefinition", times=1)
        await seat.press("a")
        await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the modal opens")
        await seat.press(*"resize", "enter")
        await seat.until(
            lambda: "ecs:DescribeTaskDefinition" in seat.text(), "the missing permission is named"
        )
        await seat.press("r")
        await seat.until(lambda: "Steps" in seat.text() or "No steps" in seat.text(), "it is read again")


async def test_a_refusal_names_the_permission(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        await entered(seat, "3")
        gate.fail("AccessDeniedException", "ecs", "UpdateService", times=1)
        await applied(seat)
        await seat.until(lambda: "✗ failed" in seat.text(), "the refusal is told")
        assert "ecs:UpdateService" in seat.text()
        assert "Nothing was changed" in seat.text()


async def test_it_goes_on_when_the_window_is_left_and_quitting_asks(stack: Sandbox, gate: Control) -> None:
    before = desired(stack)
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        await entered(seat, str(before + 1))
        rule = gate.delay(6.0, "ecs", "UpdateService")
        await applied(seat)
        await seat.press("escape", "escape")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")
        await seat.until(lambda: "1 action" in seat.status, "the status line tells it")
        await seat.press("q")
        await seat.until(lambda: isinstance(seat.app.screen, MessageDialog), "quitting asks")
        await seat.press("enter")
        gate.remove(rule)
        await seat.until(lambda: any("✓ done" in one for one in seat.notices), "its end is told")
        assert "1 action" not in seat.status
        ecs(stack).update_service(cluster=CLUSTER, service=SERVICE, desiredCount=before)


async def test_a_run_that_was_cut_off_is_watched_again(stack: Sandbox) -> None:
    from tui.actions import audit
    from tui.domain.plan import Call, Expect, Plan, Step

    count = desired(stack)
    expect = Expect("rollout", {"cluster": CLUSTER, "service": SERVICE, "desired": count}, 600)
    plan = Plan(
        "ecs-desired-count",
        "Cut off in the middle",
        SERVICE,
        (),
        (Step("Set", Call("ecs", "x", {}), expect),),
    )
    log = AuditLog.default()
    details = audit.started(
        plan, ("aws ecs x",), {}, account="123456789012", region=stack.region, who="arn:aws:iam::1:user/me"
    )
    log.write("cafe0001", "started", **{**details, "pid": 2**22 + 7})
    log.write("cafe0001", "sent", step=0, expect=audit.expect_to_json(expect))
    async with sitting(stack) as seat:
        await seat.until(lambda: any("✓ done" in one for one in seat.notices), "it is watched to its end")
    (run,) = log.runs()
    assert run.status == "done"


async def test_leaving_while_the_state_is_read_stays_in_the_list(stack: Sandbox, gate: Control) -> None:
    async with sitting(stack) as seat:
        await seat.live("ecs", "identity")
        await seat.press("a")
        await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the modal opens")
        rule = gate.delay(1.0, "ecs", "DescribeTaskDefinition")
        await seat.press(*"resize", "enter")
        await seat.until(lambda: "reading the present state" in seat.text(), "it says that it reads")
        await seat.press("escape")
        await seat.until(lambda: "type to narrow down" in seat.text(), "the list is back")
        gate.remove(rule)
        await seat.until(
            lambda: all(one.name != "action-read" for one in threading.enumerate()), "the reading ends"
        )
        await seat.pilot.pause()
        assert "type to narrow down" in seat.text()


async def test_the_other_ways_out_ask_too_while_an_action_runs(stack: Sandbox, gate: Control) -> None:
    before = desired(stack)
    async with sitting(stack) as seat:
        await opened(seat, words="desired count")
        await entered(seat, str(before + 1))
        rule = gate.delay(6.0, "ecs", "UpdateService")
        await applied(seat)
        await seat.press("escape", "escape", "ctrl+q")
        await seat.until(lambda: isinstance(seat.app.screen, MessageDialog), "ctrl+q asks")
        assert "goes on in AWS" in seat.text()
        await seat.press("escape", "ctrl+c")
        assert any("An action is under way" in one for one in seat.notices)
        gate.remove(rule)
        await seat.until(lambda: any("✓ done" in one for one in seat.notices), "its end is told")
    ecs(stack).update_service(cluster=CLUSTER, service=SERVICE, desiredCount=before)


async def test_the_list_says_why_an_action_is_off(stack: Sandbox) -> None:
    runtime = runtime_of(stack, cadences=RARE, stack={"databases": ()}, read_only=True)
    async with seated(runtime) as seat:
        await seat.live("ecs")
        await seat.press("a", *"storage")
        await seat.until(lambda: "off: no database is configured" in seat.text(), "it is told")
        await seat.press("enter")
        assert "type to narrow down" in seat.text().splitlines()[0]
        await seat.press(*["backspace"] * 7, *"desired")
        await seat.until(lambda: "plan only: read_only is set" in seat.text(), "read-only is told")


async def test_what_was_done_lately_is_at_the_top_and_not_in_the_way(stack: Sandbox) -> None:
    number = past_run()
    async with sitting(stack) as seat:
        await opened(seat)
        await seat.until(lambda: "Done lately" in seat.text(), "the log is read")
        assert seat.text().index("Run 3 tasks of the past") < seat.text().index("Resize the task")
        assert not seat.app.screen.query_one(Catalogue).highlighted.startswith("run:")
        await seat.press(*"past", "enter")
        await seat.until(lambda: f"Run {number}" in seat.text().splitlines()[0], "its record opens")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_form_plan_and_confirmation_fit_the_screen(stack: Sandbox, size: tuple[int, int]) -> None:
    async with seated(runtime_of(stack, cadences=RARE), size=size) as seat:
        await opened(seat, words="desired count")
        await entered(seat, "1")
        assert all(one in seat.text() for one in ("Tasks", "desiredCount", "Impact", "f5 "))
        await seat.press("f5")
        await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
        shown = seat.text()
        assert all(one in shown for one in ("Cancel", "Apply", f"Type {SERVICE} to apply", "Impact"))
        assert seat.app.focused is not None
        assert seat.app.focused.id == "cancel"


async def test_on_a_small_screen_records_and_questions_are_whole(stack: Sandbox, gate: Control) -> None:
    past_run()
    before = desired(stack)
    async with seated(runtime_of(stack, cadences=RARE), size=(80, 24)) as seat:
        await opened(seat)
        await seat.until(lambda: "Done lately" in seat.text(), "the log is read")
        await seat.press(*"past", "enter")
        await seat.until(lambda: "State" in seat.text(), "the record opens")
        await seat.press("escape")
        await seat.press(*["backspace"] * 4, *"desired count", "enter")
        await seat.until(lambda: "No steps" in seat.text(), "the plan is drawn")
        await entered(seat, str(before + 1))
        rule = gate.delay(6.0, "ecs", "UpdateService")
        await applied(seat)
        await seat.press("escape", "escape", "q")
        await seat.until(lambda: isinstance(seat.app.screen, MessageDialog), "quitting asks")
        words = " ".join(seat.text().replace("│", " ").split())
        assert "The next start of cwtop goes on watching it." in words
        await seat.press("escape")
        gate.remove(rule)
        await seat.until(lambda: any("✓ done" in one for one in seat.notices), "its end is told")
    ecs(stack).update_service(cluster=CLUSTER, service=SERVICE, desiredCount=before)
