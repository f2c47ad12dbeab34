"""Doubles for the path of an action: an account that remembers, an action with steps, a log in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.schema import Config
from tui.actions.protocol import Context, Reading
from tui.domain.clock import Clock
from tui.domain.errors import SourceError
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Expect, Plan, Ref, Step
from tui.domain.snapshots import Identity


class Account:
    """Stands for a session: two values, and what was sent."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {"cpu": "256", "name": "one"}
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.refuse_at: dict[int, BaseException] = {}

    def identity(self) -> Identity:
        return Identity("123456789012", "arn:aws:iam::123456789012:user/me", "eu-west-1")

    def write(self, service: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self.sent)
        self.sent.append((method, params))
        if number in self.refuse_at:
            raise self.refuse_at[number]
        self.values.update({key: value for key, value in params.items() if key in self.values})
        return {"thing": {"id": f"id-{number}"}, "ResponseMetadata": {"RequestId": f"request-{number}"}}

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        return dict(self.values)


def context_of(account: Account) -> Context:
    found: Any = account
    return Context(Config(), found, Clock(rate=1000.0))


class TwoSteps:
    """Sets cpu, then name to what the first answer gives."""

    def read(self, context: Context, target: str) -> Reading:
        return Reading(target, context.call("x", "read"))

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        before = reading.facts
        return Plan(
            "two-steps",
            "Change the thing",
            reading.target,
            (Change("cpu", before["cpu"], "512"),),
            (
                Step(
                    "Set cpu",
                    Call("ecs", "set_cpu", {"cpu": "512"}),
                    undo=(Call("ecs", "set_cpu", {"cpu": before["cpu"]}),),
                ),
                Step(
                    "Set name",
                    Call("ecs", "set_name", {"name": Ref(0, "thing.id")}),
                    Expect("scripted", {"id": Ref(0, "thing.id")}, 10.0, "Look there."),
                    (Call("ecs", "set_name", {"name": before["name"], "made": Ref(1, "thing.id")}),),
                    Expect("scripted", {"name": before["name"]}),
                ),
            ),
            irreversible="The name was logged.",
        )


def refused(summary: str, kind: Any, action: str | None = None) -> SourceError:
    return SourceError(kind, summary, action=action)
