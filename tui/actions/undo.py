"""The way back: what takes a run of the audit log back, as a plan; one that was begun is gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tui.actions.protocol import Reading
from tui.actions.rds_common import with_pending
from tui.actions.runs import Run, with_backs
from tui.actions.secrets import masked
from tui.domain.plan import Back, Change, Check, Effect, Impact, Plan, Ref, Step, Verdict, refs


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the facts that differ, in order."""
    names = [*before, *(name for name in now if name not in before)]
    return tuple(name for name in names if before.get(name) != now.get(name))


def undo_plan(run: Run, now: Reading) -> Plan:
    """Return the plan that takes a run back.

    Args:
        run: From the audit log.
        now: The present state.
    """
    steps = _left(undo_steps(run), run)
    plan = Plan(
        action=run.action,
        title=f"Undo: {run.title}",
        target=run.target,
        changes=tuple(Change(one.field, one.after, one.before) for one in run.changes),
        steps=steps,
        impact=_impact(run),
        checks=_checks(run, now, steps),
        confirm=run.confirm if run.undo_confirm is None else run.undo_confirm,
    )
    return with_pending(plan, now)


def undo_steps(run: Run) -> tuple[Step, ...]:
    """Return the steps that take a run back as a whole: those that were sent, the last first."""
    steps: list[Step] = []
    for record in reversed(run.steps):
        if record.state not in ("sent", "verified", "sending"):
            continue
        first, count = len(steps), len(record.undo)
        for number, call in enumerate(record.undo, start=1):
            expect = record.undo_expect if number == count else record.undo_between
            part = f" ({number} of {count})" if count > 1 else ""
            params = with_backs(call.params, partial(_forward, first))
            steps.append(Step(f"Take back: {record.text}{part}", replace(call, params=params), expect))
    return tuple(steps)


def _forward(first: int, one: Back) -> Ref:
    """Return the reference of a way back whose requests begin at a step."""
    return Ref(first + one.number, one.path)


def _impact(run: Run) -> Impact:
    if run.undo_impact:
        return Impact(Effect(run.undo_impact[0]), run.undo_impact[1])
    return Impact(Effect(run.impact) if run.impact else Effect.NONE, "As when it was applied.")


def _checks(run: Run, now: Reading, steps: tuple[Step, ...]) -> tuple[Check, ...]:
    checks: list[Check] = []
    if run.undone_by:
        checks.append(Check(Verdict.BLOCK, f"Run {run.id} was taken back already, by {run.undone_by}."))
    if run.is_alive and run.pid:
        checks.append(Check(Verdict.WARN, f"Run {run.id} is still going on in process {run.pid}."))
    checks += _begun(run)
    changed = () if run.after is None else differences(run.after, masked(dict(now.facts)))
    if changed:
        text = f"Changed since then by somebody: {', '.join(changed)}."
        if any(record.state == "verified" for one in run.undo_runs for record in one.steps):
            text = f"Changed since then, by the undo that was begun or by somebody: {', '.join(changed)}."
        checks.append(Check(Verdict.WARN, text, "Undo sets the values of before the run."))
    if run.irreversible:
        checks.append(Check(Verdict.WARN, run.irreversible))
    if not steps and not run.undone_by:
        checks.append(Check(Verdict.BLOCK, f"Nothing of run {run.id} can be taken back.", run.irreversible))
    return tuple(checks)


# ---------------------------------------------------------------- an undo that was begun


def _begun(run: Run) -> list[Check]:
    """Return what is to be said of runs that began to take this one back."""
    if run.undone_by or not run.undo_runs:
        return []
    last = run.undo_runs[-1]
    if last.is_alive:
        text = f"Run {last.id} is taking it back, in process {last.pid}."
        return [Check(Verdict.BLOCK, text, "Wait for its end.")]
    if last.waiting is not None:
        text = f"Run {last.id} began to take it back, and was cut off while it waited: {last.waiting.text}."
        return [Check(Verdict.BLOCK, text, f"Go on watching it first: cwtop apply --resume {last.id}.")]
    done = [record.text for one in run.undo_runs for record in one.steps if record.state == "verified"]
    if done:
        text = f"Run {last.id} began to take it back; this goes on after: {'; '.join(done)}."
        return [Check(Verdict.PASS, text)]
    return []


@dataclass(slots=True)
class _Done:
    """What earlier runs took back: how many steps, and what they answered, by step and path."""

    count: int = 0
    answers: dict[int, Mapping[str, Any]] = field(default_factory=dict)


def _left(steps: tuple[Step, ...], run: Run) -> tuple[Step, ...]:
    """Return the steps that earlier runs have left of a way back."""
    done = _Done()
    for earlier in run.undo_runs:
        _count(steps, earlier, done)
    return tuple(
        replace(
            step,
            call=replace(step.call, params=_known(step.call.params, done)),
            expect=None
            if step.expect is None
            else replace(step.expect, params=_known(step.expect.params, done)),
        )
        for step in steps[done.count :]
    )


def _count(steps: tuple[Step, ...], earlier: Run, done: _Done) -> None:
    """Count what a run did at the head of what is left; it is another way back if its steps are others."""
    for record in earlier.steps:
        at = done.count
        if at >= len(steps) or record.text != steps[at].text:
            return
        needed = {one.path for step in steps[at + 1 :] for one in refs(step.call.params) if one.step == at}
        # What was sent and never seen to be so is sent again, unless its answer is the key to the next step.
        is_enough = record.state == "verified" or (record.state == "sent" and needed)
        if not is_enough or needed - set(record.answers):
            return
        done.answers[at] = record.answers
        done.count += 1


def _known(value: Any, done: _Done) -> Any:
    """Return parameters with what earlier runs were answered, and references counted anew."""
    if isinstance(value, Ref):
        if value.step >= done.count:
            return Ref(value.step - done.count, value.path)
        return done.answers[value.step][value.path]
    if isinstance(value, Mapping):
        return {key: _known(one, done) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_known(one, done) for one in value]
    return value
