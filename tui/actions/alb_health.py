"""Set the health check of the target group of a service.

docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.ecs_common import service_of
from tui.actions.protocol import Context, Reading, absent
from tui.domain.forms import Field, FormError
from tui.domain.plan import Call, Change, Check, Expect, Impact, Plan, Progress, State, Step, Verdict

_NUMBERS: Final = (
    ("HealthCheckIntervalSeconds", "Interval", 5, 300, "s"),
    ("HealthCheckTimeoutSeconds", "Timeout", 2, 120, "s"),
    ("HealthyThresholdCount", "Healthy after", 2, 10, "checks"),
    ("UnhealthyThresholdCount", "Unhealthy after", 2, 10, "checks"),
)


class TargetGroupHealthCheck:
    """Set the health check of the target group."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service's first target group; see `Action.read`."""
        service = service_of(context, target)
        arns = [
            str(one["targetGroupArn"])
            for one in service.get("loadBalancers") or ()
            if "targetGroupArn" in one
        ]
        if not arns:
            raise absent(f"The service {target} has no target group.", "It is not behind a load balancer.")
        group = context.call("elbv2", "describe_target_groups", TargetGroupArns=arns[:1])["TargetGroups"][0]
        facts = {name: group.get(name) for name, *_ in _NUMBERS}
        facts |= {"HealthCheckPath": group.get("HealthCheckPath"), "Matcher": group.get("Matcher")}
        known = {"name": group["TargetGroupName"], "protocol": group.get("HealthCheckProtocol", "HTTP")}
        return Reading(target, facts, {"arn": arns[0], **known})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        facts = reading.facts
        return (
            Field("path", "Path", "text", str(facts["HealthCheckPath"] or "/")),
            Field(
                "codes",
                "Codes",
                "text",
                str((facts["Matcher"] or {}).get(_code(facts), "200")),
                help="0-99, of gRPC" if _code(facts) == "GrpcCode" else "200, 200-299",
            ),
            *(
                Field(name, label, "integer", str(facts[name] or low), lowest=low, highest=high, unit=unit)
                for name, label, low, high, unit in _NUMBERS
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        if not values["path"].startswith("/"):
            raise FormError("path", "Path: it begins with a slash, for example /health.")
        after: dict[str, Any] = {name: int(values[name]) for name, *_ in _NUMBERS}
        after |= {"HealthCheckPath": values["path"], "Matcher": {_code(reading.facts): values["codes"]}}
        if after["HealthCheckTimeoutSeconds"] >= after["HealthCheckIntervalSeconds"]:
            raise FormError("HealthCheckTimeoutSeconds", "Timeout: it must be shorter than the interval.")
        changed = [name for name in after if after[name] != reading.facts[name]]
        arn = reading.context["arn"]
        before = {name: reading.facts[name] for name in changed}
        wanted = {name: after[name] for name in changed}
        step = Step(
            f"Change the health check of {reading.context['name']}",
            Call("elbv2", "modify_target_group", {"TargetGroupArn": arn, **wanted}),
            Expect("target-group", {"arn": arn, "wanted": wanted}, 60),
            (Call("elbv2", "modify_target_group", {"TargetGroupArn": arn, **before}),),
            Expect("target-group", {"arn": arn, "wanted": before}, 60),
        )
        seconds = after["HealthCheckIntervalSeconds"] * after["UnhealthyThresholdCount"]
        text = f"A path that does not answer so takes every target out of service after {seconds} s."
        hint = "Try the path on a task first."
        is_felt = "HealthCheckPath" in changed or "Matcher" in changed
        return Plan(
            action="alb-health-check",
            title=f"Set the health check of the target group {reading.context['name']}",
            target=reading.target,
            changes=tuple(Change(name, _text(before[name]), _text(after[name])) for name in changed),
            steps=(step,) if changed else (),
            impact=Impact(text="Targets stay in service as long as they pass the new check."),
            checks=(*_protocol(reading), *((Check(Verdict.WARN, text, hint),) if is_felt else ())),
            confirm=reading.target if is_felt else "",
        )


def target_group(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a target group has the wanted members; params: arn, wanted."""
    group = context.call("elbv2", "describe_target_groups", TargetGroupArns=[params["arn"]])["TargetGroups"][
        0
    ]
    others = [name for name, value in params["wanted"].items() if group.get(name) != value]
    if others:
        return Progress(State.PENDING, f"not yet in force: {', '.join(others)}")
    return Progress(State.DONE, "the target group has the new health check")


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("HttpCode") or value.get("GrpcCode") or "")
    return "" if value is None else str(value)


def _code(facts: Mapping[str, Any]) -> str:
    """Return which member of Matcher the target group uses."""
    return "GrpcCode" if "GrpcCode" in (facts["Matcher"] or {}) else "HttpCode"


def _protocol(reading: Reading) -> tuple[Check, ...]:
    protocol = reading.context["protocol"]
    if protocol in ("HTTP", "HTTPS"):
        return ()
    text = f"{reading.context['name']} checks by {protocol}: it asks for no path and no codes."
    return (Check(Verdict.BLOCK, text),)
