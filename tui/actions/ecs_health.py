"""Set the container health check of a service's task definition.

docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html: interval 5 to 300 s, timeout 2 to
60 s, retries 1 to 10, start period 0 to 300 s.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from tui.actions.ecs_definition import deploy_steps, read_with_definition
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Effect, Impact, Plan, Verdict

_NUMBERS = (
    ("interval", "Interval", 30, 5, 300, "s"),
    ("timeout", "Timeout", 5, 2, 60, "s"),
    ("retries", "Retries", 3, 1, 10, ""),
    ("startPeriod", "Start period", 60, 0, 300, "s"),
)


class ContainerHealthCheck:
    """Set the container health check."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service and its task definition; see `Action.read`."""
        return read_with_definition(context, target)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        containers = reading.context["definition"]["containerDefinitions"]
        names = tuple((str(one["name"]), str(one["name"])) for one in containers)
        container = _named(reading, values.get("container") or names[0][0]) or containers[0]
        now = container.get("healthCheck") or {}
        ports = [one.get("containerPort") for one in container.get("portMappings") or ()]
        command = (
            _command(now)
            if now.get("command")
            else f"curl -f http://localhost:{ports[0] if ports else 80}/health || exit 1"
        )
        return (
            Field("container", "Container", "choice", names[0][0], names),
            Field(
                "command", "Command", "text", command, help="Run in the container by its shell; 0 is healthy."
            ),
            *(
                Field(
                    name, label, "integer", str(now.get(name, default)), lowest=low, highest=high, unit=unit
                )
                for name, label, default, low, high, unit in _NUMBERS
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        container = _named(reading, values["container"])
        if container is None:
            raise FormError("container", f"There is no container {values['container']!r}.")
        if not values["command"]:
            raise FormError(
                "command", "Write a command, for example: curl -f http://localhost/health || exit 1"
            )
        before = container.get("healthCheck") or {}
        is_kept = bool(before) and values["command"] == _command(before)
        after = {
            "command": list(before["command"]) if is_kept else ["CMD-SHELL", values["command"]],
            **{name: int(values[name]) for name, *_ in _NUMBERS},
        }
        changes = tuple(
            Change(f"{container['name']}.healthCheck.{name}", _text(before.get(name)), _text(after[name]))
            for name in after
            if before.get(name) != after[name]
        )
        containers = [
            {**one, "healthCheck": after} if one["name"] == container["name"] else one
            for one in reading.context["definition"]["containerDefinitions"]
        ]
        number = [one["name"] for one in containers].index(container["name"])
        filters = (f".containerDefinitions[{number}].healthCheck = {json.dumps(after)}",)
        steps = deploy_steps(reading, {"containerDefinitions": containers}, "a health check", filters)
        text = (
            "A command that fails in the image makes every new task unhealthy: the rollout then does not end."
        )
        return Plan(
            action="ecs-health-check",
            title=f"Set the health check of {container['name']} in {reading.target}",
            target=reading.target,
            changes=changes,
            steps=steps if changes else (),
            impact=Impact(
                Effect.NEW_TASKS, "All tasks are replaced one after the other; it takes some minutes."
            ),
            checks=(Check(Verdict.WARN, text, "Try it in a running container first."),),
            confirm=reading.target,
        )


def _named(reading: Reading, name: str) -> dict[str, Any] | None:
    containers: list[dict[str, Any]] = reading.context["definition"]["containerDefinitions"]
    return next((one for one in containers if one["name"] == name), None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list) else str(value)


def _command(check: Mapping[str, Any]) -> str:
    """Return the command of a health check as a shell takes it: CMD has words, CMD-SHELL one line."""
    kind, *words = check["command"]
    return shlex.join(words) if kind == "CMD" else " ".join(words)
