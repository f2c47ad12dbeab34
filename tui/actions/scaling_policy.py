"""Scale a service by target tracking: its average CPU or memory is held near a target.

docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html; the defaults are
those of the operations guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.protocol import Context, Reading
from tui.actions.scaling_common import DEFAULT_MAX, DEFAULT_MIN, SERVICE, names, read_scaling, register_step
from tui.domain.budget import budget_check
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Expect, Impact, Plan, Step, Verdict


class _TargetTracking:
    """A policy that tracks one predefined metric."""

    action = ""
    policy = ""
    metric = ""
    word = ""
    target = 70.0

    def read(self, context: Context, target: str) -> Reading:
        """Read scalable target and policies; see `Action.read`."""
        return read_scaling(context, target)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        now = self._now(reading)[1]
        return (
            Field(
                "target", "Target", "number", f"{now.get('TargetValue', self.target):g}", lowest=1,
                highest=100, unit="%", help=f"Average {self.word} of the tasks that is held.",
            ),
            Field(
                "scale-out", "Scale-out cooldown", "integer", str(now.get("ScaleOutCooldown", 60)), lowest=0,
                highest=3600, unit="s",
            ),
            Field(
                "scale-in", "Scale-in cooldown", "integer", str(now.get("ScaleInCooldown", 300)), lowest=0,
                highest=3600, unit="s",
            ),
        )  # fmt: skip

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        name, before = self._now(reading)
        after: dict[str, Any] = {
            **before,
            "TargetValue": float(values["target"]),
            "PredefinedMetricSpecification": {
                **(before.get("PredefinedMetricSpecification") or {}),
                "PredefinedMetricType": self.metric,
            },
            "ScaleOutCooldown": int(values["scale-out"]),
            "ScaleInCooldown": int(values["scale-in"]),
        }
        # A policy of the name that tracks another metric: the service takes one metric only.
        after.pop("CustomizedMetricSpecification", None)
        changed = [key for key in dict.fromkeys((*after, *before)) if before.get(key) != after.get(key)]
        steps = []
        if changed and reading.facts["MinCapacity"] is None:
            steps.append(register_step(reading, DEFAULT_MIN, DEFAULT_MAX))
        if changed:
            steps.append(_put(reading, name, before, after))
        checks = []
        most = int(reading.facts["MaxCapacity"] or DEFAULT_MAX)
        budget = budget_check(reading.context["budget"], most, is_certain=False)
        if budget is not None:
            checks.append(budget)
        if reading.facts["MinCapacity"] is None:
            text = f"The service becomes a scalable target, {DEFAULT_MIN} to {DEFAULT_MAX} tasks."
            checks.append(Check(Verdict.WARN, text, "scaling-range sets another range."))
        if before.get("DisableScaleIn"):
            checks.append(Check(Verdict.WARN, "Scaling in is disabled in this policy, and stays so."))
        return Plan(
            action=self.action,
            title=f"Hold the {self.word} of {reading.target} near {float(values['target']):g} %",
            target=reading.target,
            changes=tuple(
                Change(f"{name}.{key}", _text(before.get(key)), _text(after.get(key))) for key in changed
            ),
            steps=tuple(steps),
            impact=Impact(
                text="Tasks are added or removed when the average leaves the target for some minutes."
            ),
            checks=tuple(checks),
            notes=tuple(reading.context["activities"]),
        )

    def _now(self, reading: Reading) -> tuple[str, dict[str, Any]]:
        """Return name and configuration of the policy that tracks the metric; {} where there is none."""
        for name, found in reading.facts["policies"].items():
            metric = (found.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
            if metric == self.metric or name == self.policy:
                return name, dict(found)
        return self.policy, {}


class CpuPolicy(_TargetTracking):
    """Scale by CPU."""

    action, policy, word, target = "scaling-cpu", "cpu-scaling-policy", "CPU", 70.0
    metric = "ECSServiceAverageCPUUtilization"


class MemoryPolicy(_TargetTracking):
    """Scale by memory."""

    action, policy, word, target = "scaling-memory", "memory-scaling-policy", "memory", 80.0
    metric = "ECSServiceAverageMemoryUtilization"


def put_call(reading: Reading, name: str, configuration: Mapping[str, Any]) -> Call:
    """Return the request that creates or overwrites a target-tracking policy."""
    return Call(
        SERVICE,
        "put_scaling_policy",
        {
            "PolicyName": name,
            **names(reading),
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": dict(configuration),
        },
    )


def _put(reading: Reading, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Step:
    where = names(reading)
    if before:
        undo, wanted = put_call(reading, name, before), dict(before)
    else:
        undo, wanted = Call(SERVICE, "delete_scaling_policy", {"PolicyName": name, **where}), None
    return Step(
        f"Put the policy {name}",
        put_call(reading, name, after),
        Expect("scaling-policy", {**where, "policy": name, "wanted": dict(after)}, 120),
        (undo,),
        Expect("scaling-policy", {**where, "policy": name, "wanted": wanted}, 120),
    )


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("PredefinedMetricType") or value.get("MetricName") or "an expression")
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
