"""Checks of ECS: the size of the task, autoscaling, health checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.scaling_common import DIMENSION, NAMESPACE, SERVICE
from tui.domain.checklist import CheckResult, Fix
from tui.domain.fargate import cpu_sizes, memory_sizes
from tui.triage.checklist.probe import Probe, failed, joined, not_applicable, passed, percentile, unknown
from tui.triage.checklist.reads import DAY_S

_NO_SERVICE: Final = "No ECS service is configured."
LEAST_POINTS: Final = 6
"""Half an hour of 5-minute points; with fewer nothing is judged."""
_POLICIES: Final = {
    "ECSServiceAverageCPUUtilization": ("CPU", "scaling-cpu", "70"),
    "ECSServiceAverageMemoryUtilization": ("memory", "scaling-memory", "80"),
}
"""Metric of a target-tracking policy to its word, the action that makes it, and the guide's target."""


def task_size(probe: Probe) -> CheckResult:
    """24 h of CPU and memory against the size of the task."""
    return probe.each(
        probe.reads.config.stack.services, lambda name: _size_of(probe, name), absent=_NO_SERVICE
    )


def _size_of(probe: Probe, name: str) -> CheckResult:
    reads = probe.reads
    service = reads.service(name)
    definition = reads.definition(str(service["taskDefinition"]))
    # What earlier tasks used says nothing of the size that the present ones have.
    since_s = _deployed_s(service, reads.context.clock.now())
    cpu, memory = int(definition.get("cpu") or 0), int(definition.get("memory") or 0)
    use = {
        word: (
            reads.day(metric, name, since_s=since_s),
            reads.day(metric, name, "Maximum", since_s=since_s),
        )
        for word, metric in (("CPU", "ecs.cpu"), ("memory", "ecs.memory"))
    }
    if any(len(series) < LEAST_POINTS for series, _ in use.values()):
        span = "the last 24 h" if since_s is None else "the time since the last deployment"
        return unknown(f"{name}: CloudWatch has too few points of {span} yet; half an hour is needed.")
    p95 = {word: percentile(series.values, 0.95) for word, (series, _) in use.items()}
    told = ", ".join(
        f"{word} p95 {p95[word]:.0f} %, max {max(peak.values, default=max(series.values)):.0f} %"
        for word, (series, peak) in use.items()
    )
    span = "in 24 h" if since_s is None else "since the last deployment"
    text = f"{name}, {cpu} CPU and {memory} MiB: {told} {span}"
    high, low = probe.limit("high_percent"), probe.limit("low_percent")
    if cpu == 0 or memory == 0:
        return passed(f"{name} has no size of its own (EC2): {told} {span}.")
    scarce = [word for word, value in p95.items() if value > high]
    if scarce:
        size = _bigger(cpu, memory, more_cpu="CPU" in scarce, more_memory="memory" in scarce)
        return failed(f"{text}: {' and '.join(scarce)} above {high:g} %.", _resize(probe, name, size))
    idle = [word for word, value in p95.items() if value < low]
    smaller = _smaller(cpu, memory, less_cpu="CPU" in idle, less_memory="memory" in idle)
    if idle and smaller is not None:
        return failed(f"{text}: {' and '.join(idle)} below {low:g} %.", _resize(probe, name, smaller))
    rest = " Fargate has no smaller one that fits." if idle else f" All within {low:g} and {high:g} %."
    return passed(f"{text}.{rest}")


def _deployed_s(service: Mapping[str, Any], now_s: float) -> float | None:
    """Return when the present task definition was deployed, if within 24 h; else None."""
    for one in service.get("deployments") or ():
        if one.get("status") == "PRIMARY" and one.get("createdAt") is not None:
            at_s = float(one["createdAt"].timestamp())
            return at_s if now_s - at_s < DAY_S else None
    return None


def _resize(probe: Probe, name: str, size: tuple[int, int] | None) -> Fix:
    if size is None:
        return probe.advice("It is Fargate's largest size: more tasks, or less work for each.")
    return probe.fix(name, cpu=str(size[0]), memory=str(size[1]))


def _bigger(cpu: int, memory: int, *, more_cpu: bool, more_memory: bool) -> tuple[int, int] | None:
    """Return the next size with more of what is scarce and no less of the rest; None for none."""
    return _nearest(
        [
            (one, size)
            for one in cpu_sizes()
            for size in memory_sizes(one)
            if (one > cpu if more_cpu else one >= cpu) and (size > memory if more_memory else size >= memory)
        ]
    )


def _smaller(cpu: int, memory: int, *, less_cpu: bool, less_memory: bool) -> tuple[int, int] | None:
    """Return the next smaller size that keeps what is needed; None for none."""
    found = [
        (one, size)
        for one in cpu_sizes()
        for size in memory_sizes(one)
        if (cpu // 2 <= one < cpu if less_cpu else one == cpu)
        and (memory // 2 <= size < memory if less_memory else size == memory)
    ]
    if not found and less_cpu and less_memory:
        # One of both is better than nothing.
        return _smaller(cpu, memory, less_cpu=True, less_memory=False) or _smaller(
            cpu, memory, less_cpu=False, less_memory=True
        )
    return _nearest(found)


def _nearest(sizes: list[tuple[int, int]]) -> tuple[int, int] | None:
    return min(sizes, default=None)


def autoscaling(probe: Probe) -> CheckResult:
    """The service is a scalable target with a range, and tracks CPU and memory."""
    return probe.each(
        probe.reads.config.stack.services, lambda name: _scaling_of(probe, name), absent=_NO_SERVICE
    )


def _scaling_of(probe: Probe, name: str) -> CheckResult:
    context = probe.reads.context
    resource = f"service/{context.config.stack.cluster}/{name}"
    asked: dict[str, Any] = {"ServiceNamespace": NAMESPACE, "ScalableDimension": DIMENSION}
    targets = context.call(SERVICE, "describe_scalable_targets", ResourceIds=[resource], **asked)
    found = next(iter(targets.get("ScalableTargets") or ()), None)
    if found is None:
        return failed(f"{name}: no scalable target, its tasks stay as many as they are.", _track(probe, name))
    low, high = int(found["MinCapacity"]), int(found["MaxCapacity"])
    pages = context.pages(
        SERVICE,
        "describe_scaling_policies",
        "ScalingPolicies",
        cursor="NextToken",
        ResourceId=resource,
        **asked,
    )
    policies = list(pages)
    tracked = {
        str((configuration.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType"))
        for one in policies
        if (configuration := one.get("TargetTrackingScalingPolicyConfiguration"))
    }
    names = joined([str(one["PolicyName"]) for one in policies])
    text = f"{name}: {low} to {high} tasks, {names or 'no policy'}"
    missing = [metric for metric in _POLICIES if metric not in tracked]
    if missing:
        words = " and ".join(_POLICIES[metric][0] for metric in missing)
        return failed(f"{text}; {words} not tracked.", _track(probe, name, missing[0]))
    if low == high:
        return failed(
            f"{text}; with this range nothing can scale.", probe.fix(name, "scaling-range", "Set a range.")
        )
    suspended = [key for key, value in (found.get("SuspendedState") or {}).items() if value]
    if suspended:
        return failed(
            f"{text}; suspended: {joined(suspended)}.",
            probe.advice("Lift the suspension: aws application-autoscaling register-scalable-target."),
        )
    return passed(f"{text}; CPU and memory are tracked.")


def _track(probe: Probe, name: str, metric: str = "ECSServiceAverageCPUUtilization") -> Fix:
    _, action, target = _POLICIES[metric]
    return Fix(action, name, {**probe.item.values, "target": target}, probe.item.advice)


def health_checks(probe: Probe) -> CheckResult:
    """The container has a health check, and so has each target group of the service."""
    return probe.each(
        probe.reads.config.stack.services, lambda name: _health_of(probe, name), absent=_NO_SERVICE
    )


def _health_of(probe: Probe, name: str) -> CheckResult:
    reads = probe.reads
    service = reads.service(name)
    containers = reads.definition(str(service["taskDefinition"])).get("containerDefinitions") or ()
    essential = [one for one in containers if one.get("essential", True)]
    bare = [str(one["name"]) for one in essential if not (one.get("healthCheck") or {}).get("command")]
    arns = [
        str(one["targetGroupArn"]) for one in service.get("loadBalancers") or () if one.get("targetGroupArn")
    ]
    groups = (
        reads.context.call("elbv2", "describe_target_groups", TargetGroupArns=arns)["TargetGroups"]
        if arns
        else []
    )
    off = [str(one["TargetGroupName"]) for one in groups if not one.get("HealthCheckEnabled", True)]
    looks = [
        f"{one['TargetGroupName']} asks {one.get('HealthCheckPath') or one.get('HealthCheckProtocol')} every "
        f"{one.get('HealthCheckIntervalSeconds')} s"
        for one in groups
    ]
    seen = f"; {joined(looks)}" if looks else "; no target group stands before it"
    if off:
        return failed(
            f"{name}: the target group {joined(off)} checks nothing.",
            probe.fix(name, "alb-health-check", "Switch it on."),
        )
    # A side container may do without, one that matters must not.
    if essential and len(bare) == len(essential):
        return failed(
            f"{name}: no health check in the container {joined(bare)}{seen}.",
            probe.fix(name, container=bare[0]),
        )
    if not essential:
        return not_applicable(f"{name} has no essential container.")
    checked = [str(one["name"]) for one in essential if str(one["name"]) not in bare]
    return passed(f"{name}: the container {joined(checked)} has one{seen}.")
