"""What the autoscaling actions share: a service as a scalable target.

docs.aws.amazon.com/autoscaling/application/APIReference: RegisterScalableTarget, PutScalingPolicy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.connection_budget import read_budget
from tui.actions.ecs_common import address, definition_of, service_of
from tui.actions.protocol import Context, Reading
from tui.domain.errors import SourceError
from tui.domain.plan import Call, Expect, Progress, State, Step

SERVICE: Final = "application-autoscaling"
NAMESPACE: Final = "ecs"
DIMENSION: Final = "ecs:service:DesiredCount"
DEFAULT_MIN: Final = 2
DEFAULT_MAX: Final = 10
"""Range of the operations guide."""

_ACTIVITIES: Final = 5


def read_scaling(context: Context, target: str) -> Reading:
    """Read a service's scalable target, its policies and what they did last.

    Raises:
        SourceError: One of them cannot be read.
    """
    service = service_of(context, target)
    definition, _ = definition_of(context, str(service["taskDefinition"]))
    where = address(service)
    resource = f"service/{where['cluster']}/{where['service']}"
    asked: dict[str, Any] = {
        "ServiceNamespace": NAMESPACE,
        "ResourceIds": [resource],
        "ScalableDimension": DIMENSION,
    }
    targets = list(
        context.pages(SERVICE, "describe_scalable_targets", "ScalableTargets", cursor="NextToken", **asked)
    )
    of_one: dict[str, Any] = {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource,
        "ScalableDimension": DIMENSION,
    }
    policies = list(
        context.pages(SERVICE, "describe_scaling_policies", "ScalingPolicies", cursor="NextToken", **of_one)
    )
    activities = context.call(SERVICE, "describe_scaling_activities", **of_one, MaxResults=_ACTIVITIES)
    found = targets[0] if targets else None
    facts = {
        "MinCapacity": None if found is None else found["MinCapacity"],
        "MaxCapacity": None if found is None else found["MaxCapacity"],
        "SuspendedState": None if found is None else found.get("SuspendedState"),
        "policies": {
            str(one["PolicyName"]): one.get("TargetTrackingScalingPolicyConfiguration") or {}
            for one in policies
        },
    }
    context_: dict[str, Any] = {
        "service": service,
        "budget": read_budget(context, definition, int(service.get("runningCount", 0))),
        "resource": resource,
        "types": {str(one["PolicyName"]): one.get("PolicyType") for one in policies},
        "scheduled": [
            str(one["ScheduledActionName"])
            for one in context.pages(
                SERVICE, "describe_scheduled_actions", "ScheduledActions", cursor="NextToken", **of_one
            )
        ],
        "activities": [
            f"{one['StartTime']:%m-%d %H:%M} UTC: {one.get('Description', '')} {one.get('Cause', '')}".strip()
            for one in (activities.get("ScalingActivities") or ())[:_ACTIVITIES]
        ],
    }
    return Reading(target, facts, context_)


def scaling_range(context: Context, service: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the range in which a service's desired count is moved; None where it is no scalable target.

    None also where it may not be read: it is only a warning that is missing then.
    """
    where = address(service)
    try:
        found = context.call(
            SERVICE,
            "describe_scalable_targets",
            ServiceNamespace=NAMESPACE,
            ResourceIds=[f"service/{where['cluster']}/{where['service']}"],
            ScalableDimension=DIMENSION,
        ).get("ScalableTargets")
    except SourceError:
        return None
    return (int(found[0]["MinCapacity"]), int(found[0]["MaxCapacity"])) if found else None


def names(reading: Reading) -> dict[str, str]:
    """Return how the API names the service's desired count."""
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": str(reading.context["resource"]),
        "ScalableDimension": DIMENSION,
    }


def register_step(reading: Reading, low: int, high: int) -> Step:
    """Return the step that makes the service a scalable target or changes its range, with the way back."""
    where = names(reading)
    before = reading.facts["MinCapacity"], reading.facts["MaxCapacity"]
    if before[0] is None:
        undo = Call(SERVICE, "deregister_scalable_target", where)
        back = Expect("scalable-target", {**where, "min": None, "max": None}, 120)
    else:
        undo = Call(
            SERVICE, "register_scalable_target", {**where, "MinCapacity": before[0], "MaxCapacity": before[1]}
        )
        back = Expect("scalable-target", {**where, "min": before[0], "max": before[1]}, 120)
    return Step(
        f"Let the desired count of {reading.target} range from {low} to {high}",
        Call(SERVICE, "register_scalable_target", {**where, "MinCapacity": low, "MaxCapacity": high}),
        Expect("scalable-target", {**where, "min": low, "max": high}, 120),
        (undo,),
        back,
    )


def scalable_target(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether the range is as wanted (None: no target); params: the names, min, max, suspended."""
    found = context.call(
        SERVICE,
        "describe_scalable_targets",
        ServiceNamespace=params["ServiceNamespace"],
        ResourceIds=[params["ResourceId"]],
        ScalableDimension=params["ScalableDimension"],
    ).get("ScalableTargets")
    now = (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else (None, None)
    suspended = params.get("suspended")
    if suspended and (not found or found[0].get("SuspendedState") != suspended):
        return Progress(State.PENDING, "what is suspended is not yet as wanted")
    if now == (params["min"], params["max"]):
        text = "no longer a scalable target" if now[0] is None else f"the range is {now[0]} to {now[1]}"
        return Progress(State.DONE, text)
    return Progress(State.PENDING, "the range is not yet as wanted")


def policy(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a policy is as wanted (None: gone); params: the names, policy, wanted."""
    found = context.call(
        SERVICE,
        "describe_scaling_policies",
        ServiceNamespace=params["ServiceNamespace"],
        ResourceId=params["ResourceId"],
        ScalableDimension=params["ScalableDimension"],
        PolicyNames=[params["policy"]],
    ).get("ScalingPolicies")
    # Endpoints that stand in for AWS may not know the parameter.
    found = [one for one in found or () if one["PolicyName"] == params["policy"]]
    wanted = params["wanted"]
    if not found:
        return Progress(
            State.DONE if wanted is None else State.PENDING, f"there is no policy {params['policy']}"
        )
    if wanted is None:
        return Progress(State.PENDING, f"the policy {params['policy']} is still there")
    now = found[0].get("TargetTrackingScalingPolicyConfiguration") or {}
    others = [name for name, value in wanted.items() if now.get(name) != value]
    if others:
        return Progress(State.PENDING, f"not yet in force: {', '.join(others)}")
    return Progress(State.DONE, f"the policy {params['policy']} is in force")
