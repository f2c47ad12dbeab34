"""Tells whether an ECS service is really stable: on the task definition asked for, rollout completed.

The `services_stable` waiter is no proof: it succeeds also after a rollback to the old revision
(docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.ecs_common import revision
from tui.actions.protocol import Context
from tui.domain.plan import Progress, State


def rollout(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look once at a service.

    Args:
        context: For reading.
        params: cluster, service; task_definition (ARN), desired, not_deployment (the id that was there) and
            deployment (the one that was begun) where they are wanted; was, the primary deployment before.

    Raises:
        SourceError: The service cannot be read.
    """
    found = context.call(
        "ecs", "describe_services", cluster=params["cluster"], services=[params["service"]]
    ).get("services")
    if not found:
        return Progress(State.FAILED, f"The service {params['service']} is gone.")
    service = found[0]
    deployments = service.get("deployments") or []
    primary = next((one for one in deployments if one.get("status") == "PRIMARY"), None)
    if primary is None:
        return Progress(State.PENDING, "no deployment is there yet")
    wanted = params.get("task_definition")
    if wanted and revision(str(primary["taskDefinition"])) != revision(str(wanted)):
        if params.get("was") and primary.get("id") == params["was"]:
            # DescribeServices may lag behind UpdateService.
            return Progress(State.PENDING, "the new deployment is not there yet")
        return _other_revision(primary, deployments, str(wanted))
    if params.get("not_deployment") and primary.get("id") == params["not_deployment"]:
        return Progress(State.PENDING, "the new deployment is not there yet")
    begun = params.get("deployment")
    if begun and primary.get("id") != begun:
        reason = str(primary.get("rolloutStateReason") or "")
        text = f"Another deployment is in its place: rolled back, or begun by somebody else. {reason}".strip()
        state = State.ROLLED_BACK if primary.get("rolloutState") == "COMPLETED" else State.PENDING
        return Progress(state, text)
    if primary.get("rolloutState") == "FAILED":
        return Progress(State.FAILED, f"The rollout failed: {primary.get('rolloutStateReason', '')}")
    return _count(service, primary, deployments, params)


def _other_revision(primary: Mapping[str, Any], deployments: list[Any], wanted: str) -> Progress:
    """Return what it means that the primary deployment has another revision than asked for."""
    has_left = all(revision(str(one["taskDefinition"])) != revision(wanted) for one in deployments)
    reason = str(primary.get("rolloutStateReason") or "")
    now = revision(str(primary["taskDefinition"]))
    if "rolling back" in reason or "rollback" in reason.lower():
        text = f"The service rolled back to {now}: tasks of {revision(wanted)} did not stay up. {reason}"
        state = State.ROLLED_BACK if primary.get("rolloutState") == "COMPLETED" else State.PENDING
        return Progress(state, text)
    if has_left and primary.get("rolloutState") == "COMPLETED":
        text = f"The service runs {now}, not {revision(wanted)}: rolled back, or deployed by somebody else."
        return Progress(State.ROLLED_BACK, text)
    return Progress(State.PENDING, f"the service still runs {now}")


def _count(
    service: Mapping[str, Any], primary: Mapping[str, Any], deployments: list[Any], params: Mapping[str, Any]
) -> Progress:
    desired = int(service.get("desiredCount", 0))
    if params.get("desired") is not None and desired != int(params["desired"]):
        return Progress(
            State.PENDING,
            f"the desired count is {desired}, not {params['desired']}: autoscaling may have moved it",
        )
    running = int(primary.get("runningCount", 0))
    failed = int(primary.get("failedTasks", 0))
    trouble = f", {failed} failed to start" if failed else ""
    text = f"{running} of {desired} tasks run {revision(str(primary['taskDefinition']))}{trouble}"
    state = primary.get("rolloutState")
    if state not in (None, "COMPLETED") or running != desired or len(deployments) > 1:
        older = sum(int(one.get("runningCount", 0)) for one in deployments if one is not primary)
        return Progress(State.PENDING, text + (f", {older} of before still run" if older else ""))
    return Progress(State.DONE, text)
