"""Applies a plan: reads again, stops on drift, sends each request, waits until it is really stable.

Every step is written to the audit log before it is sent and after it was answered. All of it blocks; screens
run it on a thread.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tui.actions import audit
from tui.actions.audit import AuditError, AuditLog, Run
from tui.actions.protocol import Action, Context, Reading
from tui.actions.registry import BY_ID, action_of, watcher_of
from tui.actions.undo import differences, undo_plan
from tui.domain.awscommand import script
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Expect, Outcome, Plan, Progress, State, Status, Step, refs, resolved
from widgets.text import one_line

POLL_S: Final = 2.0
"""Seconds between two looks at what is expected; the sandbox's clock may make them shorter."""
_PASSING = frozenset({ErrorKind.THROTTLED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE})
_UNANSWERED = frozenset({ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE})
"""A request that ended so was perhaps carried out."""
_MOST_POLL_S = 15.0


@dataclass(frozen=True, slots=True)
class Told:
    """What is told while a plan is applied.

    Attributes:
        step: Number of the step, from 0.
        of: How many there are.
        text: What is done or seen.
        run: The run's number in the audit log, told with the beginning of each step; "" otherwise.
    """

    step: int
    of: int
    text: str
    run: str = ""


Tell = Callable[[Told], None]


def read_again(context: Context, action: Action, reading: Reading) -> tuple[str, ...]:
    """Read the state again and return the fields in which it differs from the plan's; () for none.

    Raises:
        SourceError: It cannot be read.
    """
    return differences(reading.facts, action.read(context, reading.target).facts)


class Runner:
    """Applies plans.

    Args:
        context: For reading and watching.
        writer: Sends a request: service, method, parameters; raises SourceError.
        log: Where it is written down.
        tell: Called with the progress, on this thread.
        stop: Set to stop watching: what was sent stays, and the log tells what is left.
        poll_s: Seconds between two looks.
    """

    def __init__(
        self,
        context: Context,
        writer: Callable[[str, str, Mapping[str, Any]], dict[str, Any]],
        log: AuditLog,
        tell: Tell = lambda told: None,
        stop: threading.Event | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self._context = context
        self._write = writer
        self._log = log
        self._tell = tell
        self._stop = stop or threading.Event()
        self._poll_s = poll_s

    def apply(self, action: Action, reading: Reading, plan: Plan, *, undo_of: str = "") -> Outcome:
        """Apply a plan that was confirmed.

        Args:
            action: Whose plan it is; reads the state again.
            reading: What the plan rests on.
            plan: What is done.
            undo_of: The run that it takes back.

        Raises:
            SourceError: The state or the caller's identity cannot be read. Nothing was sent.
            AuditError: The log cannot be written. Nothing was sent.
        """
        if plan.is_blocked:
            return Outcome(Status.BLOCKED, " ".join(plan.reasons))
        self._log.check()
        drift = read_again(self._context, action, reading)
        if drift:
            return Outcome(
                Status.BLOCKED,
                f"{plan.target} was changed after the plan was made: {', '.join(drift)}. Nothing was sent.",
                "Read it again and make a new plan.",
            )
        run = secrets.token_hex(4)
        identity = self._context.aws.identity()
        self._log.write(
            run,
            "started",
            **audit.started(
                plan,
                script(plan.steps),
                reading.facts,
                who=identity.arn,
                account=identity.account,
                region=identity.region,
                profile=identity.profile or "",
                undo_of=undo_of,
            ),
        )
        outcome = self._logged(run, plan)
        return self._close(run, outcome, lambda: self._after(action, reading))

    def resume(self, run: Run) -> Outcome:
        """Go on watching a run that was cut off; what was not sent stays unsent.

        Raises:
            AuditError: The log cannot be written.
        """
        record = run.waiting
        left = [one.text for one in run.steps if one.state == "left"]
        if record is not None and record.expect is not None:
            number = run.steps.index(record)
            progress = self._watch(number, len(run.steps), record.expect)
            if progress.state is State.DONE:
                self._log.write(run.id, "verified", step=number)
            outcome = self._ended(run.id, progress, record.expect, bool(record.undo))
        else:
            outcome = Outcome(Status.FAILED, "It was cut off.", run=run.id, can_undo=run.can_undo)
        if left and outcome.status is Status.DONE:
            outcome = replace(
                outcome, status=Status.FAILED, text="It was cut off before all steps were sent."
            )
        if left:
            outcome = replace(outcome, text=f"{outcome.text} Left: {'; '.join(left)}.")
        row = BY_ID.get(run.action)

        def after() -> Mapping[str, Any] | None:
            return None if row is None else self._after(action_of(row), Reading(run.target, run.before))

        return self._close(run.id, outcome, after)

    def _close(self, run: str, outcome: Outcome, after: Callable[[], Mapping[str, Any] | None]) -> Outcome:
        """Write how a run ended; one that nobody watches any more stays open, to be watched again."""
        if self._stop.is_set() and outcome.status is Status.UNSTABLE:
            hint = f"cwtop apply --resume {run} goes on watching. {outcome.hint}".strip()
            return replace(outcome, hint=hint)
        try:
            self._log.write(run, "ended", status=outcome.status.value, text=outcome.text, after=after())
        except AuditError as error:
            return replace(outcome, hint=f"{outcome.hint} How it ended is not in the log: {error}".strip())
        return outcome

    # ------------------------------------------------------------ steps

    def _logged(self, run: str, plan: Plan) -> Outcome:
        """Apply the steps; a log that cannot be written any more stops before the next request."""
        sent: list[str] = []
        try:
            return self._steps(run, plan, sent)
        except AuditError as error:
            text = f"Sent before: {'; '.join(sent)}." if sent else "Nothing was sent."
            return _with_left(Outcome(Status.FAILED, f"{error} {text}", run=run), plan, len(sent))

    def _steps(self, run: str, plan: Plan, sent: list[str]) -> Outcome:
        answers: dict[int, Mapping[str, Any]] = {}
        last: Outcome | None = None
        undoable, seen = False, ""
        for number, step in enumerate(plan.steps):
            self._tell(Told(number, len(plan.steps), step.text, run))
            try:
                answers[number] = self._send(run, plan, number, answers, sent)
            except SourceError as error:
                return self._refused(run, plan, number, error, undoable)
            undoable = undoable or bool(step.undo)
            if step.expect is None:
                self._log.write(run, "verified", step=number)
                continue
            expect = replace(step.expect, params=resolved(step.expect.params, answers))
            progress = self._watch(number, len(plan.steps), expect)
            if progress.state is not State.DONE:
                last = self._ended(run, progress, expect, undoable)
                return _with_left(last, plan, number + 1)
            self._log.write(run, "verified", step=number)
            seen = progress.text
        text = f"{plan.title}: done and verified" + (f": {seen}." if seen else ".")
        return Outcome(Status.DONE, text, plan.irreversible, run=run, can_undo=undoable)

    def _send(
        self,
        run: str,
        plan: Plan,
        number: int,
        answers: Mapping[int, Mapping[str, Any]],
        sent: list[str],
    ) -> dict[str, Any]:
        step = plan.steps[number]
        params = resolved(step.call.params, answers)
        # What takes the step back may need the answer, which is not there yet; it is kept where it does not.
        before = _ready(step, answers)
        self._log.write(
            run, "sending", step=number, operation=f"{step.call.service}:{step.call.method}", **before
        )
        answer = self._write(step.call.service, step.call.method, params)
        sent.append(step.text)
        request_id = (answer.get("ResponseMetadata") or {}).get("RequestId", "")
        known = {**answers, number: answer}
        self._log.write(
            run,
            "sent",
            step=number,
            request_id=request_id,
            answers=_needed(plan, number, known),
            **_ready(step, known),
        )
        return answer

    def _refused(self, run: str, plan: Plan, number: int, error: SourceError, undoable: bool) -> Outcome:
        is_unanswered = error.kind in _UNANSWERED
        event = "unanswered" if is_unanswered else "refused"
        self._log.write(run, event, step=number, problem=f"{error.summary} {error.hint}".strip())
        done = [step.text for step in plan.steps[:number]]
        step = plan.steps[number]
        text = f"{step.text}: {'no answer' if is_unanswered else 'refused'}. {error.summary}"
        if is_unanswered:
            text += " Whether it took effect is not known."
        if done or not is_unanswered:
            text += f" Done before: {'; '.join(done)}." if done else " Nothing was changed."
        hint = error.hint
        if error.action:
            hint = (
                f'Allow "{error.action}" on the resource (cwtop iam write prints the policy). {hint}'.strip()
            )
        undoable = undoable or (is_unanswered and bool(step.undo))
        left = number + 1 if done or is_unanswered else None
        return _with_left(Outcome(Status.FAILED, text, hint, run=run, can_undo=undoable), plan, left)

    # ------------------------------------------------------------ watching

    def _watch(self, number: int, of: int, expect: Expect) -> Progress:
        """Look until the expectation is decided, its deadline has passed, or nobody wants to know."""
        watcher = watcher_of(expect.kind)
        clock = self._context.clock
        deadline = clock.now() + expect.within_s
        pause_s, seen = self._poll_s, "nothing was seen yet"
        while True:
            try:
                progress = watcher(self._context, expect.params)
                pause_s = self._poll_s
            except SourceError as error:
                if error.kind not in _PASSING:
                    return Progress(State.PENDING, f"{error.summary} {error.hint}".strip())
                progress = Progress(State.PENDING, f"{seen} ({error.summary})")
                pause_s = min(_MOST_POLL_S, pause_s * 2)
            seen = progress.text
            self._tell(Told(number, of, one_line(progress.text, 200)))
            if progress.state is not State.PENDING:
                return progress
            if clock.now() >= deadline:
                minutes = expect.within_s / 60
                return Progress(State.PENDING, f"Not stable after {minutes:.0f} min: {progress.text}")
            if self._stop.wait(pause_s / max(1.0, clock.rate)):
                return Progress(State.PENDING, f"No longer watched: {progress.text}")

    def _ended(self, run: str, progress: Progress, expect: Expect, undoable: bool) -> Outcome:
        status = {
            State.DONE: Status.DONE,
            State.FAILED: Status.FAILED,
            State.ROLLED_BACK: Status.ROLLED_BACK,
            State.PENDING: Status.UNSTABLE,
        }[progress.state]
        return Outcome(status, progress.text, expect.look_at, run=run, can_undo=undoable)

    def _after(self, action: Action, reading: Reading) -> Mapping[str, Any] | None:
        """Return the facts after a run; None where they cannot be read, which must not hide how it ended."""
        try:
            return action.read(self._context, reading.target).facts
        except SourceError:
            return None


def _ready(step: Step, answers: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return undo and expectation of a step with every value that is known; without what is not."""
    details: dict[str, Any] = {"undo": []}
    for call in step.undo:
        try:
            params = resolved(call.params, answers)
        except (KeyError, IndexError):
            continue
        details["undo"].append(audit.call_to_json(replace(call, params=params)))
    several = ("expect", step.expect), ("undo_expect", step.undo_expect), ("undo_between", step.undo_between)
    for name, expect in several:
        try:
            known = None if expect is None else replace(expect, params=resolved(expect.params, answers))
        except (KeyError, IndexError):
            known = None
        details[name] = audit.expect_to_json(known)
    return details


def _needed(plan: Plan, number: int, answers: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what later steps need of a step's answer, by path: another process goes on from there."""
    found = {}
    for step in plan.steps[number + 1 :]:
        for one in refs(step.call.params):
            if one.step == number:
                found[one.path] = resolved(one, answers)
    return found


def _with_left(outcome: Outcome, plan: Plan, first: int | None) -> Outcome:
    left = [] if first is None else [step.text for step in plan.steps[first:]]
    return replace(outcome, text=f"{outcome.text} Left: {'; '.join(left)}.") if left else outcome


__all__ = ["AuditError", "Runner", "Told", "differences", "read_again", "undo_plan"]
