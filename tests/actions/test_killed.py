"""Every action, killed at every write of its log, which tells what was done, what is left, the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tests.package.actionpage import BEFORE, VALUES
from tui.actions import runner as module
from tui.actions.audit import AuditLog, Run
from tui.actions.protocol import Action, Context, Reading
from tui.actions.registry import ROWS, targets_of
from tui.actions.runner import Runner
from tui.actions.undo import undo_steps
from tui.domain.plan import Plan, Progress, Ref, State, refs
from tui.presenters.plantext import run_text, state_of
from tui.sandbox.launcher import Sandbox

NOBODY = 2**22 + 1
"""No process has this number."""


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with (
        Sandbox.start("calm", speed=60) as sandbox,
        bench_of(sandbox, tmp_path_factory.mktemp("bench")) as found,
    ):
        found.client("cloudwatch").put_dashboard(
            DashboardName="latency",
            DashboardBody='{"widgets": [{"type": "metric", "properties": {"title": "Reads", "metrics":'
            ' [["AWS/RDS", "ReadThroughput", "DBInstanceIdentifier", "prod-llmops-postgres"]]}}]}',
        )
        yield found


class Unchanged:
    """An action whose state never changes: only the log matters here."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, context: Context, target: str) -> Reading:
        return self._reading


class Service:
    """Answers every request with all that later steps and ways back ask for."""

    def __init__(self, plan: Plan) -> None:
        self.sent: list[str] = []
        self._answers: dict[int, dict[str, Any]] = {}
        for step in plan.steps:
            wanted = [step.call.params, *(one.params for one in step.undo)]
            wanted += [one.params for one in (step.expect, step.undo_expect, step.undo_between) if one]
            for ref in (found for one in wanted for found in refs(one)):
                self._learn(ref)

    def _learn(self, ref: Ref) -> None:
        place: Any = self._answers.setdefault(ref.step, {})
        *path, last = ref.path.split(".")
        for part, following in zip(path, [*path, last][1:], strict=True):
            if part.isdigit():
                place = place[int(part)]
            else:
                place = place.setdefault(part, [{}] if following.isdigit() else {})
        place[last] = "answered"

    def __call__(self, service: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.sent.append(method)
        return self._answers.get(len(self.sent) - 1, {})


def killed(action: Any, reading: Reading, plan: Plan, log: AuditLog, context: Context, at: int) -> list[str]:
    """Apply and die at a write; return what was sent."""
    count = 0
    write = AuditLog.write

    def dying(self: AuditLog, run: str, event: str, **details: Any) -> None:
        nonlocal count
        if count == at:
            raise Killed
        count += 1
        write(self, run, event, **({**details, "pid": NOBODY} if event == "started" else details))

    service = Service(plan)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(AuditLog, "write", dying)
        patched.setattr(module, "watcher_of", lambda kind: lambda *_: Progress(State.DONE, "there"))
        with pytest.raises(Killed):
            Runner(context, service, log, poll_s=0.001).apply(action, reading, plan)
    return service.sent


def check_told(run: Run, plan: Plan, sent: list[str]) -> None:
    """Check that the log of a run that was cut off tells what was done and what is left."""
    known = [one for one in run.steps if one.state != "left"]
    answered = [one for one in run.steps if one.state in ("sent", "verified")]
    assert len(sent) <= len(known) <= len(sent) + 1, "told before it is sent, and no more than one ahead"
    assert f"cut off after {len(answered)} of {len(plan.steps)} steps" in state_of(run)
    text = run_text(run)
    for step, record in zip(plan.steps, run.steps, strict=True):
        assert step.text == record.text
        assert f"{step.text}: not sent" in text or record.state != "left"
    back = [one.text for one in undo_steps(run)]
    for step, record in zip(plan.steps, run.steps, strict=True):
        if record in answered and step.undo:
            assert any(step.text in one for one in back), "every step that was answered has its way back"
    assert bool(back) == run.can_undo


@pytest.mark.parametrize("name", [row.id for row in ROWS if row.kind != "postgres"])
def test_killed_at_any_write_the_log_tells_all(bench: Bench, tmp_path: Path, name: str) -> None:
    (row,) = [one for one in ROWS if one.id == name]
    (target, *_) = targets_of(row, bench.door.context.config)
    if name in BEFORE and bench.planned(name, target)[2].is_blocked:
        bench.applied(BEFORE[name], target)
    values = dict(VALUES.get(name, {}))
    if "file" in values:
        values["file"] = str(tmp_path / "piece.yaml")
    _, reading, plan = bench.planned(name, target, **values)
    assert not plan.is_blocked, plan.reasons
    still: Action = Unchanged(reading)  # type: ignore[assignment]
    # started; sending, sent and verified a step; ended.
    for at in range(1 + 3 * len(plan.steps) + 1):
        log = AuditLog(tmp_path / f"{at}.jsonl")
        sent = killed(still, reading, plan, log, bench.door.context, at)
        runs = log.runs()
        if not runs:
            assert sent == [], "nothing is sent before the log has begun"
            continue
        check_told(runs[0], plan, sent)
    assert sent == [step.call.method for step in plan.steps], "the last kill comes after all was sent"
