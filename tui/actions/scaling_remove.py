"""Take autoscaling away from a service: its policies and its scalable target; the count stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.protocol import Context, Reading
from tui.actions.scaling_common import SERVICE, names, read_scaling
from tui.actions.scaling_policy import put_call
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Expect, Impact, Plan, Step, Verdict


class RemoveScaling:
    """Remove policies and scalable target."""

    def read(self, context: Context, target: str) -> Reading:
        """Read scalable target and policies; see `Action.read`."""
        return read_scaling(context, target)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        facts, where = reading.facts, names(reading)
        title = f"Remove autoscaling from {reading.target}"
        others = [name for name, kind in reading.context["types"].items() if kind != "TargetTrackingScaling"]
        checks = []
        if others:
            text = f"These policies are of another type and could not be put back: {', '.join(others)}."
            checks.append(Check(Verdict.BLOCK, text, "Remove them in the AWS console."))
        if scheduled := reading.context["scheduled"]:
            text = (
                f"Its scheduled actions would be deleted, and could not be put back: {', '.join(scheduled)}."
            )
            checks.append(Check(Verdict.BLOCK, text, "Delete them in the AWS console."))
        if facts["MinCapacity"] is None:
            return Plan("scaling-remove", title, reading.target, (), (), checks=tuple(checks))
        low, high = facts["MinCapacity"], facts["MaxCapacity"]
        suspended = {"SuspendedState": facts["SuspendedState"]} if facts["SuspendedState"] else {}
        steps = [
            # Undone last to first: the target comes back before its policies.
            Step(
                f"Delete the policy {name}",
                Call(SERVICE, "delete_scaling_policy", {"PolicyName": name, **where}),
                Expect("scaling-policy", {**where, "policy": name, "wanted": None}, 120),
                (put_call(reading, name, configuration),),
                Expect("scaling-policy", {**where, "policy": name, "wanted": dict(configuration)}, 120),
            )
            for name, configuration in facts["policies"].items()
        ]
        steps.append(
            Step(
                "Deregister the scalable target",
                Call(SERVICE, "deregister_scalable_target", where),
                Expect("scalable-target", {**where, "min": None, "max": None}, 120),
                (
                    Call(
                        SERVICE,
                        "register_scalable_target",
                        {**where, "MinCapacity": low, "MaxCapacity": high, **suspended},
                    ),
                ),
                Expect(
                    "scalable-target",
                    {**where, "min": low, "max": high, "suspended": facts["SuspendedState"]},
                    120,
                ),
            )
        )
        return Plan(
            action="scaling-remove",
            title=title,
            target=reading.target,
            changes=(
                *(Change(name, "in force", "") for name in facts["policies"]),
                Change("MinCapacity", str(low), ""),
                Change("MaxCapacity", str(high), ""),
            ),
            steps=tuple(steps),
            impact=Impact(text="The desired count stays as it is, and nothing moves it any more."),
            checks=tuple(checks),
            confirm=reading.target,
            notes=tuple(reading.context["activities"]),
        )
