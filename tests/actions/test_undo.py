"""The way back when it is cut off, and what is told when the answer or the log is lost on the way."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.actions.kit import Account, context_of, refused
from tui.actions import runner as module
from tui.actions.audit import AuditError, AuditLog
from tui.actions.protocol import Context, Reading
from tui.actions.runner import Runner, undo_plan
from tui.domain.errors import ErrorKind
from tui.domain.forms import Field
from tui.domain.plan import (
    Back,
    Call,
    Change,
    Effect,
    Expect,
    Impact,
    Outcome,
    Plan,
    Progress,
    Ref,
    State,
    Status,
    Step,
)


class Made:
    """Makes a thing; the way back switches it off, then deletes it with what that answered."""

    def read(self, context: Context, target: str) -> Reading:
        return Reading(target, context.call("x", "read"))

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        undo = (
            Call("ecs", "switch_off", {"made": Ref(0, "thing.id"), "cpu": "0"}),
            Call("ecs", "delete", {"key": Back(0, "thing.id"), "cpu": reading.facts["cpu"]}),
        )
        step = Step("Make it", Call("ecs", "make", {"cpu": "512"}), Expect("x", {}), undo, Expect("x", {}))
        return Plan(
            "made",
            "Make the thing",
            reading.target,
            (Change("cpu", "256", "512"),),
            (step,),
            undo_impact=Impact(Effect.DOWNTIME, "It is gone."),
            undo_confirm="thing",
        )


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl")


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Progress]:
    """What the watcher sees: the last one stays."""
    answers = [Progress(State.DONE, "there")]

    def look(context: Any, params: Mapping[str, Any]) -> Progress:
        return answers[-1]

    monkeypatch.setattr(module, "watcher_of", lambda kind: look)
    return answers


def runner(account: Account, log: AuditLog, stop: threading.Event | None = None) -> Runner:
    return Runner(context_of(account), account.write, log, stop=stop, poll_s=0.001)


def applied(account: Account, log: AuditLog, stop: threading.Event | None = None) -> Outcome:
    action, context = Made(), context_of(account)
    reading = action.read(context, "thing")
    return runner(account, log, stop).apply(action, reading, action.plan(reading, {}))


def taking_back(account: Account, log: AuditLog, number: str) -> Plan:
    run = log.find(number)
    assert run is not None
    return undo_plan(run, Made().read(context_of(account), "thing"))


def taken_back(account: Account, log: AuditLog, number: str) -> Outcome:
    action, plan = Made(), taking_back(account, log, number)
    assert not plan.is_blocked, plan.reasons
    reading = action.read(context_of(account), "thing")
    return runner(account, log).apply(action, reading, plan, undo_of=number)


def cut_off(account: Account, log: AuditLog, number: str, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Die while taking back, at a write of the log; the process is no more."""
    write, count = AuditLog.write, 0

    def dying(self: AuditLog, run: str, event: str, **details: Any) -> None:
        nonlocal count
        if count == at:
            raise Killed
        count += 1
        write(self, run, event, **({**details, "pid": 2**22 + 1} if event == "started" else details))

    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "write", dying)
        with pytest.raises(Killed):
            taken_back(account, log, number)


def test_an_undo_that_was_cut_off_is_gone_on_with(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    run = applied(account, log).run
    # started, sending, sent, verified: then the second request.
    cut_off(account, log, run, monkeypatch, at=4)
    assert [method for method, _ in account.sent] == ["make", "switch_off"]
    plan = taking_back(account, log, run)
    assert [step.text for step in plan.steps] == ["Take back: Make it (2 of 2)"]
    assert any("began to take it back" in check.text for check in plan.checks)
    assert taken_back(account, log, run).status is Status.DONE
    assert account.sent[-1] == ("delete", {"key": "id-1", "cpu": "256"}), "the answer of the first is known"
    found = log.find(run)
    assert found is not None
    assert found.undone_by
    assert undo_plan(found, Made().read(context_of(account), "thing")).is_blocked


def test_an_undo_that_was_cut_off_while_waiting_is_watched_first(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account()
    action, context = Made(), context_of(account)
    reading = action.read(context, "thing")
    plan = action.plan(reading, {})
    (step,) = plan.steps
    waits = Step(step.text, step.call, None, step.undo, step.undo_expect, Expect("x", {}))
    outcome = runner(account, log).apply(action, reading, Plan("made", "M", "thing", plan.changes, (waits,)))
    cut_off(account, log, outcome.run, monkeypatch, at=3)
    blocked = taking_back(account, log, outcome.run)
    assert blocked.is_blocked
    (begun,) = [one for one in log.runs() if one.undo_of]
    assert f"--resume {begun.id}" in " ".join(blocked.reasons)
    runner(account, log).resume(begun)
    assert taken_back(account, log, outcome.run).status is Status.DONE
    assert [method for method, _ in account.sent] == ["make", "switch_off", "delete"]


def test_what_the_way_back_does_to_service_is_asked_then(log: AuditLog) -> None:
    account = Account()
    plan = taking_back(account, log, applied(account, log).run)
    assert (plan.impact.effect, plan.confirm) == (Effect.DOWNTIME, "thing")


def test_a_request_without_an_answer_is_not_said_to_have_changed_nothing(log: AuditLog) -> None:
    account = Account()
    account.refuse_at[0] = refused("It took too long.", ErrorKind.TIMEOUT)
    outcome = applied(account, log)
    assert outcome.status is Status.FAILED
    assert "Nothing was changed" not in outcome.text
    assert "not known" in outcome.text
    found = log.find(outcome.run)
    assert found is not None
    assert (found.steps[0].state, found.steps[0].problem) == ("sending", "It took too long.")


def test_a_log_that_fails_on_the_way_tells_what_was_sent(
    log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = AuditLog.write

    def failing(self: AuditLog, run: str, event: str, **details: Any) -> None:
        if event == "verified":
            raise AuditError("The disk is full.")
        write(self, run, event, **details)

    monkeypatch.setattr(AuditLog, "write", failing)
    outcome = applied(Account(), log)
    assert outcome.status is Status.FAILED
    assert "The disk is full. Sent before: Make it." in outcome.text


def test_a_run_that_is_no_longer_watched_stays_open(log: AuditLog, seen: list[Progress]) -> None:
    seen.append(Progress(State.PENDING, "1 of 2"))
    stop = threading.Event()
    stop.set()
    account = Account()
    outcome = applied(account, log, stop)
    assert f"--resume {outcome.run}" in outcome.hint
    run = log.find(outcome.run)
    assert run is not None
    assert not run.is_over
    seen.append(Progress(State.DONE, "there"))
    assert runner(account, log).resume(run).status is Status.DONE
