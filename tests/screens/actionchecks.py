"""The checks of the commands of the modal of tuning actions; nothing is applied to the shared sandbox."""

from __future__ import annotations

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.actions import audit
from tui.actions.audit import AuditLog
from tui.domain.plan import Call, Change, Plan, Step
from tui.sandbox.control import Control
from tui.screens.actions import ActionsScreen
from widgets.confirm import ConfirmDialog
from widgets.dialogs import HelpDialog

SERVICE = "prod-llmops-service"


async def opened(seat: Seat, *, words: str = "") -> None:
    """Open the modal; with words, the action that they lead to."""
    await seat.live("ecs")
    await seat.press("a")
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the modal opens")
    if words:
        await seat.press(*words, "enter")
        await seat.until(lambda: "Steps" in seat.text() or "No steps" in seat.text(), "the plan is drawn")


async def entered(seat: Seat, value: str) -> None:
    """Write another value into the first field of the desired count."""
    await seat.press("backspace", value)
    await seat.until(lambda: f"→ {value}" in seat.text(), "the plan follows the field")


def past_run() -> str:
    """Write a run that was applied and can be taken back into the log; return its number."""
    log, call = AuditLog.default(), Call("ecs", "update_service", {"desiredCount": 2})
    plan = Plan(
        "ecs-desired-count",
        "Run 3 tasks of the past",
        SERVICE,
        (Change("desiredCount", "2", "3"),),
        (Step("Set the desired count to 3", call),),
    )
    log.write("abcd1234", "started", **audit.started(plan, ("aws ecs update-service",), {}))
    log.write("abcd1234", "sent", step=0, undo=[audit.call_to_json(call)])
    log.write("abcd1234", "ended", status="done", text="Done.", after=None)
    return "abcd1234"


@check("actions")
async def _actions(seat: Seat, key: str, _: Control) -> None:
    await seat.live("ecs")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the modal opens")
    assert "Grow the storage" in seat.text()


@check("action-apply")
async def _apply(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat, words="desired count")
    await entered(seat, "3")
    gate.reset_calls()
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ConfirmDialog), "it is to be confirmed")
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "Cancel had the focus")
    assert "ecs:UpdateService" not in gate.calls().counts


@check("action-leave")
async def _leave(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, words="desired count")
    await seat.press(key)
    await seat.until(lambda: "type to narrow down" in seat.text(), "the list is back")
    await seat.press(key)
    await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")


@check("action-help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, HelpDialog), "the keys are told")


@check("action-undo")
async def _undo(seat: Seat, key: str, _: Control) -> None:
    past_run()
    await opened(seat)
    await seat.until(lambda: "Run 3 tasks of the past" in seat.text(), "the log is read")
    await seat.press(*"of the past", "enter")
    await seat.until(lambda: "takes it back" in seat.text(), "the run opens")
    await seat.press(key)
    await seat.until(lambda: "desiredCount  3 → 2" in seat.text(), "the way back is planned")


@check("action-again")
async def _again(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat, words="force a new")
    gate.reset_calls()
    await seat.press(key)
    await seat.until(lambda: gate.calls().counts.get("ecs:DescribeServices", 0) > 0, "it is read again")


@check("action-copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, words="force a new")
    await seat.press(key)
    await seat.until(lambda: bool(seat.notices), "it is told")
    assert "Nothing to copy" not in " ".join(seat.notices)
