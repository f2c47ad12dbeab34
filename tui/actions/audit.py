"""The audit log: what was planned, sent, answered and verified, one JSON object a line.

The file is only ever appended to, readable by its owner alone, and flushed to the disk before and after each
request: whenever the process ends, the log tells what was done and what is left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from config.paths import AUDIT_FILE, state_dir
from tui.actions.secrets import masked
from tui.domain.plan import Back, Call, Change, Expect, Plan, Ref, Step
from widgets.text import sanitise

_BACK: Final = "$back"
"""How a `Back` is written: no parameter of AWS begins with a dollar sign."""


class AuditError(Exception):
    """The log cannot be written; the text says where and why. Then nothing may be applied."""


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
        problem: Why it was refused; "" otherwise.
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


class AuditLog:
    """The log in a file.

    Args:
        path: The file; it is created with mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def default(cls, env: Mapping[str, str] | None = None) -> AuditLog:
        """Return the log below the state directory.

        Raises:
            AuditError: There is no home directory.
        """
        folder = state_dir(env)
        if folder is None:
            raise AuditError(
                "There is no place for the audit log, and nothing is applied without it: set HOME or "
                "XDG_STATE_HOME."
            )
        return cls(folder / AUDIT_FILE)

    def check(self) -> None:
        """Make sure that the log can be written.

        Raises:
            AuditError: It cannot.
        """
        try:
            os.close(self._open())
        except OSError as error:
            raise self._problem(error) from error

    def write(self, run: str, event: str, **details: Any) -> None:
        """Append a line and flush it to the disk; secrets are masked.

        Raises:
            AuditError: It cannot be written.
        """
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": moment, "run": run, "event": event, **masked(details)}
        data = (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")
        try:
            file = self._open()
            try:
                # One write with O_APPEND: lines of two processes do not mix.
                os.write(file, data)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise self._problem(error) from error

    def runs(self) -> list[Run]:
        """Return all runs, the oldest first; lines that are damaged are left out.

        Raises:
            AuditError: The log cannot be read.
        """
        found: dict[str, Run] = {}
        for line in self._lines():
            if line.get("event") == "started":
                found[str(line["run"])] = _started(line)
            elif str(line.get("run")) in found:
                _fold(found[str(line["run"])], line)
        for run in found.values():
            if run.undo_of in found and run.status == "done":
                found[run.undo_of].undone_by = run.id
        return list(found.values())

    def find(self, number: str) -> Run | None:
        """Return a run by its number or the beginning of it, None if there is none or several."""
        fitting = [run for run in self.runs() if run.id.startswith(number)]
        exact = [run for run in fitting if run.id == number]
        chosen = exact or fitting
        return chosen[0] if len(chosen) == 1 else None

    def _open(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(self.path, flags, 0o600)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(f"{self.path} cannot be read: {error.strerror}.") from error
        for line in data.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # A line cut off by a full disk.
            if isinstance(entry, dict):
                yield entry

    def _problem(self, error: OSError) -> AuditError:
        return AuditError(
            f"The audit log {self.path} cannot be written: {error.strerror}. Nothing is applied without it; "
            "make the file writable or set XDG_STATE_HOME."
        )


def started(
    plan: Plan, commands: tuple[str, ...], before: Mapping[str, Any], **origin: Any
) -> dict[str, Any]:
    """Return the details of a run's first line.

    Args:
        plan: What is applied.
        commands: The equivalent command of each step.
        before: Facts before.
        **origin: who, account, region, profile, undo_of.
    """
    return {
        "action": plan.action,
        "title": plan.title,
        "target": plan.target,
        "pid": os.getpid(),
        "host": os.uname().nodename,
        **origin,
        "changes": [[one.field, one.before, one.after] for one in plan.changes],
        "before": before,
        "confirm": plan.confirm,
        "impact": plan.impact.effect.value,
        "irreversible": plan.irreversible,
        "steps": [
            {"text": step.text, "command": command}
            for step, command in zip(plan.steps, commands, strict=True)
        ],
    }


def call_to_json(call: Call) -> dict[str, Any]:
    """Return a request, complete, as the log keeps it."""
    params = _with_backs(call.params, lambda one: {_BACK: [one.number, one.path]})
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


def undo_of(run: Run) -> tuple[Step, ...]:
    """Return the steps that take a run back: those that were sent, the last first."""
    steps: list[Step] = []
    for record in reversed(run.steps):
        if record.state not in ("sent", "verified", "sending"):
            continue
        first, count = len(steps), len(record.undo)
        for number, call in enumerate(record.undo, start=1):
            expect = record.undo_expect if number == count else record.undo_between
            part = f" ({number} of {count})" if count > 1 else ""
            params = _with_backs(call.params, partial(_forward, first))
            steps.append(Step(f"Take back: {record.text}{part}", replace(call, params=params), expect))
    return tuple(steps)


def _forward(first: int, one: Back) -> Ref:
    """Return the reference of a way back whose requests begin at a step."""
    return Ref(first + one.number, one.path)


def _with_backs(value: Any, written: Callable[[Back], Any]) -> Any:
    """Return parameters with every `Back` written otherwise."""
    if isinstance(value, Back):
        return written(value)
    if isinstance(value, Mapping):
        return {key: _with_backs(one, written) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_with_backs(one, written) for one in value]
    return value


# ---------------------------------------------------------------- reading


def _started(line: Mapping[str, Any]) -> Run:
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
    )


def _fold(run: Run, line: Mapping[str, Any]) -> None:
    event = line.get("event")
    if event == "ended":
        run.status, run.text = str(line.get("status", "")), sanitise(str(line.get("text", "")))
        run.after = line.get("after")
        return
    number = line.get("step")
    if not isinstance(number, int) or not 0 <= number < len(run.steps):
        return
    old = run.steps[number]
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
        )
    elif event in ("verified", "refused"):
        run.steps[number] = StepRecord(
            old.text,
            old.command,
            str(event),
            old.request_id,
            old.undo,
            old.undo_expect,
            old.expect,
            sanitise(str(line.get("problem") or "")),
            old.undo_between,
        )


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
