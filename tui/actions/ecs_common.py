"""What the ECS actions share: the service as it is, its task definition, its deployment as an expectation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context, Reading, absent
from tui.domain.plan import Cost, Expect

ROLLOUT_S: Final = 1800.0
"""Seconds that a rolling update may take: tasks start one after the other, and targets drain for minutes."""
LOOK_AT: Final = (
    "Look at the service's events and stopped tasks in the ECS pane: they say why tasks do not stay up."
)


def service_of(context: Context, name: str) -> dict[str, Any]:
    """Return a service as DescribeServices does.

    Raises:
        SourceError: It is not there, or cannot be read.
    """
    cluster = context.config.stack.cluster
    found = context.call("ecs", "describe_services", cluster=cluster, services=[name], include=["TAGS"])
    services = found.get("services") or ()
    if not services or services[0].get("status") == "INACTIVE":
        raise absent(f"There is no service {name} in the cluster {cluster}.")
    return dict(services[0])


def definition_of(context: Context, arn: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return a task definition and its tags.

    Raises:
        SourceError: It cannot be read.
    """
    found = context.call("ecs", "describe_task_definition", taskDefinition=arn, include=["TAGS"])
    return dict(found["taskDefinition"]), list(found.get("tags") or ())


def revision(arn: str) -> str:
    """Return family:revision of a task definition's ARN."""
    return arn.rsplit("/", 1)[-1]


def address(service: Mapping[str, Any]) -> dict[str, str]:
    """Return how UpdateService names a service."""
    return {"cluster": str(service["clusterArn"]).rsplit("/", 1)[-1], "service": str(service["serviceName"])}


def rollout(service: Mapping[str, Any], **wanted: Any) -> Expect:
    """Return the expectation that a service is really stable.

    Args:
        service: As DescribeServices.
        **wanted: task_definition (ARN or a `Ref`) that the primary deployment must have; desired count;
            not_deployment (id), the deployment that must have been replaced.
    """
    if "task_definition" in wanted:
        wanted["was"] = primary_of(service)
    return Expect("rollout", {**address(service), **wanted}, ROLLOUT_S, LOOK_AT)


def primary_of(service: Mapping[str, Any]) -> str:
    """Return the id of a service's primary deployment; "" where it has none."""
    found = service.get("deployments") or ()
    return next((str(one.get("id") or "") for one in found if one.get("status") == "PRIMARY"), "")


def fargate_cost(
    reading: Reading, states: tuple[tuple[int, tuple[int, int] | None], tuple[int, tuple[int, int] | None]]
) -> Cost | None:
    """Return what a service's tasks cost a month; None where they do not run on Fargate.

    The table knows Linux on x86, on demand: what runs otherwise has no price.

    Args:
        reading: With service, definition and prices in its context.
        states: Before and after: tasks, and the task's CPU units and MiB, None for the definition's own.
    """
    definition, service = reading.context["definition"], reading.context["service"]
    if "FARGATE" not in (
        definition.get("requiresCompatibilities") or definition.get("compatibilities") or ()
    ):
        return None
    prices = reading.context["prices"]
    own = int(definition.get("cpu") or 0), int(definition.get("memory") or 0)
    platform = definition.get("runtimePlatform") or {}
    is_listed = (
        platform.get("operatingSystemFamily") in (None, "LINUX")
        and platform.get("cpuArchitecture") in (None, "X86_64")
        and all(
            one.get("capacityProvider") != "FARGATE_SPOT"
            for one in service.get("capacityProviderStrategy") or ()
        )
    )
    before, after = (prices.fargate(*(size or own), tasks) if is_listed else None for tasks, size in states)
    counts = " -> ".join(dict.fromkeys(str(tasks) for tasks, _ in states))
    note = (
        prices.lacking("fargate") or prices.note
        if is_listed
        else "Fargate on ARM, Windows or Spot has its own prices"
    )
    return Cost(before, after, f"{counts} tasks; {note}")
