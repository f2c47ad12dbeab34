"""A run as the audit log remembers it: put together from its lines, with the way back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tui.domain.plan import Back, Call, Change, Expect
from widgets.text import sanitise

_BACK: Final = "$back"
"""How a `Back` is written: no parameter of AWS begins with a dollar sign."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as the log remembers it.

    Attributes:
        text: What it does.
        command: The equivalent shell command.
        state: "left", "sending" (sent, its answer unknown), "sent", "refused" or "verified".
        request_id: AWS's request id; "" unless answered.
        undo: Requests that take it back, complete; () where nothing does.
        undo_expect: What must be so after them.
        undo_between: What must be so after each but the last.
        expect: What is to be so after the step; complete once it was sent.
        problem: Why it was refused, or why its answer is not known; "" otherwise.
        answers: What later steps need of its answer, by dotted path.
    """

    text: str
    command: str
    state: str = "left"
    request_id: str = ""
    undo: tuple[Call, ...] = ()
    undo_expect: Expect | None = None
    expect: Expect | None = None
    problem: str = ""
    undo_between: Expect | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """One application of an action, put together from its lines.

    Attributes:
        id: Its number.
        at: When it was started, ISO 8601 in UTC.
        action: The action's id.
        title: What is done to what.
        target: The resource's name.
        who: ARN of the caller.
        account: AWS account.
        region: AWS Region.
        profile: AWS profile; "" for the default chain.
        pid: The process.
        host: The machine.
        changes: What changes.
        before: Facts before.
        after: Facts after it ended; None while it runs.
        steps: Its steps.
        status: How it ended; "" while it runs, or if it was cut off.
        text: How it ended, in words.
        confirm: The name that had to be typed.
        impact: Its kind of impact.
        irreversible: What cannot be taken back.
        undo_of: The run that this one takes back; "" otherwise.
        undone_by: The run that took this one back; "" otherwise.
        undo_impact: Kind and text of what is felt while it is taken back; () where it is as `impact`.
        undo_confirm: The name to type before it is taken back; None where it is as `confirm`.
        undo_runs: Runs that began to take it back and did not end well, in order.
    """

    id: str
    at: str
    action: str
    title: str
    target: str
    who: str = ""
    account: str = ""
    region: str = ""
    profile: str = ""
    pid: int = 0
    host: str = ""
    changes: tuple[Change, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] | None = None
    steps: list[StepRecord] = field(default_factory=list)
    status: str = ""
    text: str = ""
    confirm: str = ""
    impact: str = ""
    irreversible: str = ""
    undo_of: str = ""
    undone_by: str = ""
    undo_impact: tuple[str, ...] = ()
    undo_confirm: str | None = None
    undo_runs: list[Run] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether its end is in the log."""
        return bool(self.status)

    @property
    def is_alive(self) -> bool:
        """Whether it goes on in a process of this machine."""
        return not self.status and self.host == os.uname().nodename and _lives(self.pid)

    @property
    def can_undo(self) -> bool:
        """Whether something of it can be taken back."""
        return not self.undone_by and any(
            one.undo for one in self.steps if one.state in ("sent", "verified", "sending")
        )

    @property
    def waiting(self) -> StepRecord | None:
        """The step whose expectation was never seen to come about, of a run that was cut off."""
        if self.status:
            return None
        return next((one for one in self.steps if one.state == "sent" and one.expect is not None), None)


def call_to_json(call: Call) -> dict[str, Any]:
    """Return a request, complete, as the log keeps it."""
    params = with_backs(call.params, lambda one: {_BACK: [one.number, one.path]})
    return {"service": call.service, "method": call.method, "params": params, "shown": call.shown}


def expect_to_json(expect: Expect | None) -> dict[str, Any] | None:
    """Return an expectation, complete, as the log keeps it."""
    if expect is None:
        return None
    return {
        "kind": expect.kind,
        "params": expect.params,
        "within_s": expect.within_s,
        "look_at": expect.look_at,
    }


def with_backs(value: Any, written: Callable[[Back], Any]) -> Any:
    """Return parameters with every `Back` written otherwise."""
    if isinstance(value, Back):
        return written(value)
    if isinstance(value, Mapping):
        return {key: with_backs(one, written) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [with_backs(one, written) for one in value]
    return value


def started_run(line: Mapping[str, Any]) -> Run:
    """Return a run as its first line begins it."""

    def text(name: str) -> str:
        return sanitise(str(line.get(name) or ""))

    return Run(
        id=text("run"),
        at=text("at"),
        action=text("action"),
        title=text("title"),
        target=text("target"),
        who=text("who"),
        account=text("account"),
        region=text("region"),
        profile=text("profile"),
        pid=int(line.get("pid") or 0),
        host=text("host"),
        changes=tuple(
            Change(*(sanitise(str(part)) for part in one))
            for one in line.get("changes") or ()
            if len(one) == 3
        ),
        before=line.get("before") or {},
        steps=[
            StepRecord(sanitise(str(one.get("text", ""))), sanitise(str(one.get("command", ""))))
            for one in line.get("steps") or ()
        ],
        confirm=text("confirm"),
        impact=text("impact"),
        irreversible=text("irreversible"),
        undo_of=text("undo_of"),
        undo_impact=tuple(sanitise(str(one)) for one in line.get("undo_impact") or ()),
        undo_confirm=None if line.get("undo_confirm") is None else text("undo_confirm"),
    )


def fold(run: Run, line: Mapping[str, Any]) -> None:
    """Lay a later line of a run over what is known of it."""
    event = line.get("event")
    if event == "ended":
        run.status, run.text = str(line.get("status", "")), sanitise(str(line.get("text", "")))
        run.after = line.get("after")
        return
    number = line.get("step")
    if not isinstance(number, int) or not 0 <= number < len(run.steps):
        return
    old = run.steps[number]
    problem = sanitise(str(line.get("problem") or ""))
    if event in ("sending", "sent"):
        run.steps[number] = StepRecord(
            old.text,
            old.command,
            str(event),
            str(line.get("request_id") or ""),
            tuple(_call(one) for one in line.get("undo") or ()),
            _expect(line.get("undo_expect")),
            _expect(line.get("expect")),
            undo_between=_expect(line.get("undo_between")),
            answers=line.get("answers") or {},
        )
    elif event in ("verified", "refused"):
        run.steps[number] = replace(old, state=str(event), problem=problem)
    elif event == "unanswered":
        # It stays "sending": whether it took effect is not known.
        run.steps[number] = replace(old, problem=problem)


def _call(entry: Mapping[str, Any]) -> Call:
    params = _read_backs(entry["params"])
    return Call(str(entry["service"]), str(entry["method"]), params, str(entry.get("shown") or ""))


def _read_backs(value: Any) -> Any:
    if isinstance(value, Mapping):
        if [*value] == [_BACK]:
            return Back(int(value[_BACK][0]), str(value[_BACK][1]))
        return {key: _read_backs(one) for key, one in value.items()}
    return [_read_backs(one) for one in value] if isinstance(value, list) else value


def _expect(entry: Mapping[str, Any] | None) -> Expect | None:
    if not entry:
        return None
    return Expect(
        str(entry["kind"]), entry["params"], float(entry["within_s"]), str(entry.get("look_at") or "")
    )


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
