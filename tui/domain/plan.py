"""The plan of a change: what it changes, what it costs, what it does step by step, and the way back.

Plans are data: steps and expectations can be written to the audit log and read back, so that another process
can tell what was done and go on watching.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Effect(StrEnum):
    """What a change does to the service while it is applied, mildest first."""

    NONE = "none"
    SESSION = "a session"
    NEW_TASKS = "new tasks"
    RESTART = "restart"
    FAILOVER = "failover"
    DOWNTIME = "downtime"


@dataclass(frozen=True, slots=True)
class Impact:
    """What is felt while a change is applied.

    Attributes:
        effect: Its kind.
        text: One sentence with how long, roughly; "" says nothing beyond the kind.
    """

    effect: Effect = Effect.NONE
    text: str = ""


class Verdict(StrEnum):
    """Result of a preflight check."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Check:
    """A preflight check.

    Attributes:
        verdict: A blocked plan cannot be applied.
        text: What was found, one sentence.
        hint: What to do about it; "" where there is nothing to do.
    """

    verdict: Verdict
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that changes, as a person reads it.

    Attributes:
        field: AWS's name of it, for example "cpu" or "AllocatedStorage".
        before: Its value now; "" for none.
        after: Its value afterwards; "" for none.
    """

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What the resource costs a month, USD, before and after; None where no price is known.

    Attributes:
        before: Dollars a month.
        after: Dollars a month.
        note: What the figures rest on: "list price of ap-northeast-2, 2026-09".
    """

    before: float | None
    after: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that an earlier step's answer gives.

    Attributes:
        step: Number of the step, from 0.
        path: Dotted path into its answer, for example "taskDefinition.taskDefinitionArn".
    """

    step: int
    path: str


@dataclass(frozen=True, slots=True)
class Back:
    """A value that an earlier request of the same way back gives: known only while it is taken.

    Attributes:
        number: Number of the request in `Step.undo`, from 0.
        path: Dotted path into its answer.
    """

    number: int
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request to AWS.

    Attributes:
        service: botocore's name, for example "application-autoscaling".
        method: The client's method, for example "put_scaling_policy".
        params: The request's parameters; a `Ref` stands for what an earlier step answers.
        shown: The equivalent shell command where the plain `aws` one would show secrets or not work.
    """

    service: str
    method: str
    params: Mapping[str, Any]
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be so before a change counts as done; told by the watcher of its kind.

    Attributes:
        kind: A row of `tui.actions.registry.WATCHERS`.
        params: What it looks at and what it wants, as JSON; may hold `Ref`.
        within_s: Seconds until it counts as never stable.
        look_at: What to look at when it does not come about.
    """

    kind: str
    params: Mapping[str, Any]
    within_s: float = 900.0
    look_at: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: a request, what must be so after it, and the way back from it.

    Attributes:
        text: What it does, in the imperative, for example "Register a revision of web".
        call: The request.
        expect: What must be so before the next step; None goes on at once.
        undo: Requests that take the step back, in order; may refer to the answers of all steps, and with
            `Back` to those of each other.
        undo_expect: What must be so after them.
        undo_between: What must be so after each of them but the last, before the next one is sent.
    """

    text: str
    call: Call
    expect: Expect | None = None
    undo: tuple[Call, ...] = ()
    undo_expect: Expect | None = None
    undo_between: Expect | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an action would do with the values of its form.

    Attributes:
        action: The action's id.
        title: What is done to what, for example "Resize the task of prod-web".
        target: The resource's name.
        changes: Fields that change; () means there is nothing to do, unless `repeats`.
        steps: In order.
        impact: What is felt meanwhile.
        cost: None where cost does not change.
        checks: Preflight checks.
        when: "now", or the window in which the service applies it.
        also: What the service would apply with it (RDS pending values), as sentences.
        confirm: The name to type before it is applied; "" where service is not affected.
        irreversible: What cannot be taken back, as a sentence; "" where undo restores everything.
        undo_impact: What is felt while it is taken back; None where it is the same as `impact`.
        undo_confirm: The name to type before it is taken back; None where it is the same as `confirm`.
        notes: What else to know, as sentences.
        repeats: Whether it does something though no field changes (reboot, new deployment).
    """

    action: str
    title: str
    target: str
    changes: tuple[Change, ...]
    steps: tuple[Step, ...]
    impact: Impact = field(default_factory=Impact)
    cost: Cost | None = None
    checks: tuple[Check, ...] = ()
    when: str = "now"
    also: tuple[str, ...] = ()
    confirm: str = ""
    irreversible: str = ""
    undo_impact: Impact | None = None
    undo_confirm: str | None = None
    notes: tuple[str, ...] = ()
    repeats: bool = False

    @property
    def is_blocked(self) -> bool:
        """Whether a check forbids it, or there is nothing to do."""
        return not self.steps or any(check.verdict is Verdict.BLOCK for check in self.checks)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is blocked, as sentences; () where it is not."""
        found = tuple(
            f"{check.text} {check.hint}".strip() for check in self.checks if check.verdict is Verdict.BLOCK
        )
        return found or (() if self.steps else ("Nothing would change: these values are in force already.",))


class State(StrEnum):
    """How far an expectation has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at what is expected.

    Attributes:
        state: How far it has come.
        text: What is seen, for example "2 of 4 tasks run the new revision".
    """

    state: State
    text: str


class Status(StrEnum):
    """How a run ended."""

    DONE = "done"
    BLOCKED = "blocked"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    UNSTABLE = "unstable"
    """Applied, and not stable by the deadline."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: The kind of end.
        text: What was done and what was not, as sentences.
        hint: What to do next.
        run: Its number in the audit log; "" where nothing was sent.
        can_undo: Whether `cwtop apply --undo` would take something back.
    """

    status: Status
    text: str
    hint: str = ""
    run: str = ""
    can_undo: bool = False


EXIT_CODES: Final[Mapping[Status, int]] = {
    Status.DONE: 0,
    Status.BLOCKED: 10,
    Status.FAILED: 11,
    Status.UNSTABLE: 11,
    Status.ROLLED_BACK: 12,
}
"""Exit codes of `cwtop apply`."""


def resolved(value: Any, answers: Mapping[int, Mapping[str, Any]]) -> Any:
    """Return parameters with every `Ref` replaced by what the steps answered.

    Args:
        value: Parameters: mappings, sequences, scalars and `Ref`.
        answers: Answers by the step's number.

    Raises:
        KeyError: A step that is referred to has no such answer.
    """
    if isinstance(value, Ref):
        found: Any = answers[value.step]
        for part in value.path.split("."):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found
    if isinstance(value, Mapping):
        return {key: resolved(one, answers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(one, answers) for one in value]
    return value


def refs(value: Any) -> tuple[Ref, ...]:
    """Return the references within parameters, in order."""
    if isinstance(value, Ref):
        return (value,)
    if isinstance(value, Mapping):
        return tuple(found for one in value.values() for found in refs(one))
    if isinstance(value, list | tuple):
        return tuple(found for one in value for found in refs(one))
    return ()
