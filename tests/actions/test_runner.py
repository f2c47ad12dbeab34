"""Applying a plan: drift, refusal, waiting, being cut off, taking back; told by the audit log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.actions.kit import Account, TwoSteps, context_of, refused
from tui.actions import runner as module
from tui.actions.audit import AuditError, AuditLog, Run
from tui.actions.runner import Runner, Told, undo_plan
from tui.domain.errors import ErrorKind
from tui.domain.plan import Outcome, Progress, State, Status
from tui.presenters.plantext import state_of


class Watching:
    """Answers of the watcher, one a look; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[Progress | Exception] = [Progress(State.DONE, "there")]
        self.asked: list[Mapping[str, Any]] = []

    def __call__(self, context: Any, params: Mapping[str, Any]) -> Progress:
        self.asked.append(params)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    found = Watching()
    monkeypatch.setattr(module, "watcher_of", lambda kind: found)
    return found


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "state" / "audit.jsonl")


def applied(
    account: Account,
    log: AuditLog,
    *,
    before_apply: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
) -> tuple[Outcome, list[Told]]:
    context, action, told = context_of(account), TwoSteps(), []  # type: ignore[var-annotated]
    reading = action.read(context, "thing")
    plan = action.plan(reading, {})
    before_apply()
    runner = Runner(context, account.write, log, told.append, stop, poll_s=0.001)
    return runner.apply(action, reading, plan), told


def the_run(log: AuditLog) -> Run:
    (run,) = log.runs()
    return run


@pytest.mark.usefixtures("watching")
def test_all_steps_are_sent_verified_and_written_down(log: AuditLog, watching: Watching) -> None:
    account = Account()
    watching.answers = [Progress(State.PENDING, "1 of 2"), Progress(State.DONE, "2 of 2")]
    outcome, told = applied(account, log)
    assert outcome.status is Status.DONE
    assert outcome.hint == "The name was logged."
    assert account.values == {"cpu": "512", "name": "id-0"}
    assert watching.asked == [{"id": "id-0"}] * 2, "what the first step answered is looked for"
    assert [one.text for one in told] == ["Set cpu", "Set name", "1 of 2", "2 of 2"]
    run = the_run(log)
    assert (run.id, run.status, run.who) == (outcome.run, "done", "arn:aws:iam::123456789012:user/me")
    assert [one.state for one in run.steps] == ["verified", "verified"]
    assert [one.request_id for one in run.steps] == ["request-0", "request-1"]
    assert run.before == {"cpu": "256", "name": "one"}
    assert run.after == {"cpu": "512", "name": "id-0"}
    assert log.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("watching")
def test_drift_stops_before_anything_is_sent(log: AuditLog) -> None:
    account = Account()
    outcome, _ = applied(account, log, before_apply=lambda: account.values.update(name="other"))
    assert outcome.status is Status.BLOCKED
    assert "name" in outcome.text
    assert account.sent == []
    assert log.runs() == []


@pytest.mark.usefixtures("watching")
def test_without_a_log_nothing_is_sent(tmp_path: Path) -> None:
    account = Account()
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="cannot be written"):
        applied(account, AuditLog(tmp_path / "file" / "audit.jsonl"))
    assert account.sent == []


@pytest.mark.usefixtures("watching")
def test_a_refusal_at_the_first_step_changes_nothing(log: AuditLog) -> None:
    account = Account()
    account.refuse_at[0] = refused("You may not.", ErrorKind.ACCESS_DENIED, "ecs:SetCpu")
    outcome, _ = applied(account, log)
    assert outcome.status is Status.FAILED
    assert "Nothing was changed" in outcome.text
    assert "ecs:SetCpu" in outcome.hint
    assert "cwtop iam write" in outcome.hint
    assert not outcome.can_undo
    assert [one.state for one in the_run(log).steps] == ["refused", "left"]


@pytest.mark.usefixtures("watching")
def test_a_refusal_in_the_middle_tells_what_was_done_and_can_be_taken_back(log: AuditLog) -> None:
    account = Account()
    account.refuse_at[1] = refused("Too fast.", ErrorKind.THROTTLED)
    outcome, _ = applied(account, log)
    assert outcome.status is Status.FAILED
    assert "Done before: Set cpu" in outcome.text
    assert outcome.can_undo
    run = the_run(log)
    assert [one.state for one in run.steps] == ["verified", "refused"]
    taken_back(account, log, run)
    assert account.values == {"cpu": "256", "name": "one"}


def taken_back(account: Account, log: AuditLog, run: Run) -> Outcome:
    context, action = context_of(account), TwoSteps()
    reading = action.read(context, "thing")
    plan = undo_plan(run, reading)
    assert not plan.is_blocked, plan.reasons
    return Runner(context, account.write, log, poll_s=0.001).apply(action, reading, plan, undo_of=run.id)


@pytest.mark.usefixtures("watching")
def test_a_run_is_taken_back_the_last_step_first(log: AuditLog) -> None:
    account = Account()
    outcome, _ = applied(account, log)
    run = log.find(outcome.run)
    assert run is not None
    back = taken_back(account, log, run)
    assert back.status is Status.DONE
    assert account.values == {"cpu": "256", "name": "one"}
    assert account.sent[2] == ("set_name", {"name": "one", "made": "id-1"}), "what a step answered is known"
    assert [method for method, _ in account.sent[2:]] == ["set_name", "set_cpu"]
    again = log.find(run.id)
    assert again is not None
    assert again.undone_by == back.run
    assert undo_plan(again, TwoSteps().read(context_of(account), "thing")).is_blocked


@pytest.mark.usefixtures("watching")
def test_undo_says_what_somebody_changed_since(log: AuditLog) -> None:
    account = Account()
    applied(account, log)
    account.values["cpu"] = "1024"
    plan = undo_plan(the_run(log), TwoSteps().read(context_of(account), "thing"))
    assert any("cpu" in check.text for check in plan.checks)
    assert not plan.is_blocked


@pytest.mark.parametrize(
    ("progress", "status"),
    [
        (Progress(State.FAILED, "no"), Status.FAILED),
        (Progress(State.ROLLED_BACK, "back"), Status.ROLLED_BACK),
        (Progress(State.PENDING, "still 1 of 2"), Status.UNSTABLE),
    ],
)
def test_what_the_watcher_sees_decides(
    log: AuditLog, watching: Watching, progress: Progress, status: Status
) -> None:
    watching.answers = [progress]
    outcome, _ = applied(Account(), log)
    assert outcome.status is status
    assert progress.text in outcome.text
    assert outcome.hint == "Look there."
    assert outcome.can_undo


def test_throttling_while_watching_is_waited_out(log: AuditLog, watching: Watching) -> None:
    watching.answers = [refused("Rate exceeded.", ErrorKind.THROTTLED), Progress(State.DONE, "there")]
    outcome, _ = applied(Account(), log)
    assert outcome.status is Status.DONE


def test_nobody_watches_any_more(log: AuditLog, watching: Watching) -> None:
    watching.answers = [Progress(State.PENDING, "1 of 2")]
    stop = threading.Event()
    stop.set()
    outcome, _ = applied(Account(), log, stop=stop)
    assert outcome.status is Status.UNSTABLE
    assert "No longer watched" in outcome.text


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs."""


@pytest.mark.usefixtures("watching")
@pytest.mark.parametrize("when", range(8))
def test_killed_at_any_moment_the_log_tells_what_was_done(
    log: AuditLog, when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account()
    before = dict(account.values)
    write, count = AuditLog.write, 0

    def dying(self: AuditLog, run: str, event: str, **details: Any) -> None:
        nonlocal count
        if count == when:
            raise Killed
        count += 1
        write(self, run, event, **details)

    monkeypatch.setattr(AuditLog, "write", dying)
    died = False
    try:
        applied(account, log)
    except Killed:
        died = True
    monkeypatch.undo()
    runs = log.runs()
    sent = len(account.sent)
    if not runs:
        assert account.values == before
        return
    (run,) = runs
    told = [one for one in run.steps if one.state != "left"]
    assert len(told) >= sent, "nothing was sent that the log does not tell"
    if died:
        assert not run.is_over
        run.pid = 2**22 + 1
        assert "cut off" in state_of(run)


def test_a_run_that_was_cut_off_is_watched_on(
    log: AuditLog, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account()
    watching.answers = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        applied(account, log)
    watching.answers = [Progress(State.DONE, "there")]
    run = the_run(log)
    assert run.waiting is not None
    outcome = Runner(context_of(account), account.write, log, poll_s=0.001).resume(run)
    assert outcome.status is Status.DONE
    assert the_run(log).status == "done"
    assert len(account.sent) == 2, "resuming sends nothing"


def test_secrets_never_reach_the_log(log: AuditLog) -> None:
    log.write(
        "r",
        "started",
        before={
            "containerDefinitions": [{"environment": [{"name": "KEY", "value": "hunter2"}], "name": "web"}],
            "MasterUserPassword": "hunter2",
            "secrets": [{"name": "DB", "valueFrom": "arn:aws:secretsmanager:x"}],
        },
    )
    text = log.path.read_text()
    assert "hunter2" not in text
    assert "arn:aws:secretsmanager:x" in text
    assert "KEY" in text
    assert json.loads(text)["before"]["containerDefinitions"][0]["name"] == "web"


def test_a_line_cut_off_by_a_full_disk_is_left_out(log: AuditLog, watching: Watching) -> None:
    applied(Account(), log)
    with log.path.open("a") as file:
        file.write('{"at": "2026-01-01", "run": "x", "eve')
    assert the_run(log).status == "done"
    assert watching.asked
