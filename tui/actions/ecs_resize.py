"""Resize the task of a service: a copy of its task definition in which only cpu and memory differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.prices import prices_of
from tui.actions.ecs_common import fargate_cost
from tui.actions.ecs_definition import containers_filter, deploy_steps, read_with_definition
from tui.actions.protocol import Context, Reading
from tui.domain.fargate import cpu_sizes, fitted, is_pair, memory_sizes
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Effect, Impact, Plan, Verdict

_WINDOWS = (1024, 2048, 4096)
_NEEDS_1_4 = 8192
"""CPU units that need it: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html."""
_SIZES = ("cpu", "memory", "memoryReservation")


class ResizeTask:
    """Resize the task of a service."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service and its task definition; see `Action.read`."""
        found = read_with_definition(context, target)
        prices = prices_of(context.aws.region())
        return Reading(found.target, found.facts, {**found.context, "prices": prices})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        cpu, memory = _size(reading)
        chosen = int(values["cpu"]) if values.get("cpu", "").isdigit() else cpu
        sizes = memory_sizes(chosen) or (memory,)
        kept = memory if memory in sizes else min(sizes, key=lambda one: (one < memory, abs(one - memory)))
        return (
            Field(
                "cpu",
                "CPU",
                "choice",
                str(cpu),
                tuple((str(one), f"{one} ({one / 1024:g} vCPU)") for one in cpu_sizes()),
                help="CPU units of a task; 1024 are one vCPU.",
            ),
            Field(
                "memory",
                "Memory",
                "choice",
                str(kept),
                tuple((str(one), f"{one} MiB ({one / 1024:g} GB)") for one in sizes),
                help="Only what Fargate offers with that CPU.",
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        before, after = _size(reading), (int(values["cpu"]), int(values["memory"]))
        if not is_pair(*after):
            offered = ", ".join(map(str, memory_sizes(after[0])))
            raise FormError(
                "memory", f"Fargate has no {after[0]} CPU with {after[1]} MiB; take one of: {offered}."
            )
        definition, service = reading.context["definition"], reading.context["service"]
        containers = fitted(definition["containerDefinitions"], before, after)
        changes = _changes(before, after, definition["containerDefinitions"], containers)
        steps = deploy_steps(
            reading,
            {"cpu": str(after[0]), "memory": str(after[1]), "containerDefinitions": containers},
            f"cpu {after[0]} and memory {after[1]}",
            (f'.cpu = "{after[0]}" | .memory = "{after[1]}"', containers_filter(containers, _SIZES)),
        )
        tasks = int(service["desiredCount"])
        return Plan(
            action="ecs-resize",
            title=f"Resize the task of {reading.target} to {after[0]} CPU, {after[1]} MiB",
            target=reading.target,
            changes=changes,
            steps=steps if changes else (),
            impact=Impact(
                Effect.NEW_TASKS, "All tasks are replaced one after the other; a rollout takes some minutes."
            ),
            cost=fargate_cost(reading, ((tasks, before), (tasks, after))),
            checks=(*_platform(service, definition, after[0]), *_checks(service, definition)),
            confirm=reading.target,
        )


def _size(reading: Reading) -> tuple[int, int]:
    definition = reading.context["definition"]
    return int(definition.get("cpu") or 0), int(definition.get("memory") or 0)


def _changes(
    before: tuple[int, int], after: tuple[int, int], old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> tuple[Change, ...]:
    found = [
        Change(name, str(left), str(right))
        for name, left, right in zip(("cpu", "memory"), before, after, strict=True)
        if left != right
    ]
    for one, other in zip(old, new, strict=True):
        found += [
            Change(f"{one['name']}.{name}", str(one[name]), str(other[name]))
            for name in _SIZES
            if one.get(name) and one[name] != other[name]
        ]
    return tuple(found)


def _checks(service: Mapping[str, Any], definition: Mapping[str, Any]) -> tuple[Check, ...]:
    found = []
    needed = {"FARGATE"} & set(
        definition.get("requiresCompatibilities") or definition.get("compatibilities") or ()
    )
    if not needed:
        found.append(Check(Verdict.WARN, "The task definition is not for Fargate: its own limits apply."))
    if len(service.get("deployments") or ()) > 1:
        found.append(
            Check(
                Verdict.WARN,
                "A deployment is going on.",
                "It is replaced by this one; better wait for its end.",
            )
        )
    breaker = (service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    if breaker.get("enable") and breaker.get("rollback"):
        found.append(Check(Verdict.PASS, "The circuit breaker rolls back by itself if tasks do not stay up."))
    else:
        text = "The circuit breaker is off: tasks that do not stay up are started again and again."
        found.append(Check(Verdict.WARN, text, "ecs-circuit-breaker switches it on."))
    return tuple(found)


def _platform(service: Mapping[str, Any], definition: Mapping[str, Any], cpu: int) -> tuple[Check, ...]:
    """Return what the operating system and the platform version do not take."""
    family = str((definition.get("runtimePlatform") or {}).get("operatingSystemFamily") or "LINUX")
    if family.startswith("WINDOWS") and cpu not in _WINDOWS:
        sizes = ", ".join(map(str, _WINDOWS))
        return (Check(Verdict.BLOCK, f"Fargate runs Windows with {sizes} CPU units only."),)
    version = str(service.get("platformVersion") or "LATEST")
    if cpu >= _NEEDS_1_4 and version not in ("LATEST", "1.4.0"):
        text = f"{cpu} CPU units need platform version 1.4.0; the service has {version}."
        return (Check(Verdict.BLOCK, text, "Set the platform version to LATEST first."),)
    return ()
