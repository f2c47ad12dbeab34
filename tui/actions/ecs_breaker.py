"""Switch the deployment circuit breaker of a service on or off.

docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html: with rollback, a
deployment whose tasks do not stay up ends in the last revision that did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.ecs_common import address, service_of
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, flag
from tui.domain.plan import Call, Change, Check, Expect, Plan, Progress, State, Step, Verdict


class CircuitBreaker:
    """Switch the deployment circuit breaker."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service; see `Action.read`."""
        service = service_of(context, target)
        configuration = service.get("deploymentConfiguration") or {}
        return Reading(target, {"deploymentConfiguration": configuration}, {"service": service})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return (
            Field(
                "enable",
                "Circuit breaker",
                "flag",
                "yes",
                help="Give up a deployment whose tasks do not stay up.",
            ),
            Field("rollback", "Roll back", "flag", "yes", help="Then deploy the last revision that worked."),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        service, configuration = reading.context["service"], reading.facts["deploymentConfiguration"]
        before = {"enable": False, "rollback": False, **(configuration.get("deploymentCircuitBreaker") or {})}
        after = {**before, "enable": flag(values["enable"]), "rollback": flag(values["rollback"])}
        changes = tuple(
            Change(f"deploymentCircuitBreaker.{name}", _word(before[name]), _word(after[name]))
            for name in ("enable", "rollback")
            if before[name] != after[name]
        )
        wanted = {**configuration, "deploymentCircuitBreaker": after}
        where = address(service)
        step = Step(
            "Set the deployment circuit breaker",
            Call("ecs", "update_service", {**where, "deploymentConfiguration": wanted}),
            Expect("circuit-breaker", {**where, "breaker": after}, 60),
            (
                Call(
                    "ecs",
                    "update_service",
                    {
                        **where,
                        "deploymentConfiguration": {**configuration, "deploymentCircuitBreaker": before},
                    },
                ),
            ),
            Expect("circuit-breaker", {**where, "breaker": before}, 60),
        )
        controller = (service.get("deploymentController") or {}).get("type", "ECS")
        checks: tuple[Check, ...] = ()
        if controller != "ECS":
            text = (
                f"Deployments of this service are made by {controller}, which has no circuit breaker of ECS."
            )
            checks = (Check(Verdict.BLOCK, text),)
        return Plan(
            action="ecs-circuit-breaker",
            title=f"Switch the circuit breaker of {reading.target} {_word(after['enable'])}",
            target=reading.target,
            changes=changes,
            steps=(step,) if changes else (),
            checks=checks,
            notes=("It counts from the next deployment on; no task is touched now.",),
        )


def breaker(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether the circuit breaker is as wanted; params: cluster, service, breaker."""
    found = context.call("ecs", "describe_services", cluster=params["cluster"], services=[params["service"]])
    services = found.get("services") or ()
    if not services:
        return Progress(State.FAILED, f"The service {params['service']} is gone.")
    now = (services[0].get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    wanted = params["breaker"]
    if all(bool(now.get(name)) == bool(wanted[name]) for name in ("enable", "rollback")):
        return Progress(State.DONE, "the circuit breaker is as wanted")
    return Progress(State.PENDING, "the circuit breaker is not yet as wanted")


def _word(value: Any) -> str:
    return "on" if value else "off"
