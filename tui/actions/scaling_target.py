"""Let Application Auto Scaling move the desired count of a service within a range."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.protocol import Context, Reading
from tui.actions.scaling_common import DEFAULT_MAX, DEFAULT_MIN, read_scaling, register_step
from tui.domain.budget import budget_check
from tui.domain.forms import Field, FormError
from tui.domain.plan import Change, Check, Effect, Impact, Plan, Verdict


class ScalingRange:
    """Set the range of the desired count."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the scalable target; see `Action.read`."""
        return read_scaling(context, target)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        low, high = reading.facts["MinCapacity"], reading.facts["MaxCapacity"]
        return (
            Field(
                "min", "At least", "integer", str(DEFAULT_MIN if low is None else low), lowest=0, highest=5000
            ),
            Field(
                "max",
                "At most",
                "integer",
                str(DEFAULT_MAX if high is None else high),
                lowest=0,
                highest=5000,
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        low, high = int(values["min"]), int(values["max"])
        if low > high:
            raise FormError("max", f"At most: write {low} or more, the least number of tasks.")
        before = reading.facts["MinCapacity"], reading.facts["MaxCapacity"]
        changes = tuple(
            Change(name, "" if old is None else str(old), str(new))
            for name, old, new in (("MinCapacity", before[0], low), ("MaxCapacity", before[1], high))
            if old != new
        )
        count = int(reading.context["service"]["desiredCount"])
        impact, checks = Impact(), []
        budget = budget_check(reading.context["budget"], high, is_certain=False)
        if budget is not None:
            checks.append(budget)
        if not low <= count <= high:
            moved = min(max(count, low), high)
            effect = Effect.NEW_TASKS if moved > count else Effect.NONE
            impact = Impact(effect, f"{count} tasks are desired: the count is moved to {moved} at once.")
        if not reading.facts["policies"]:
            text = "No policy scales the service yet: the range alone starts and stops nothing."
            checks.append(Check(Verdict.WARN, text, "scaling-cpu and scaling-memory add one."))
        return Plan(
            action="scaling-range",
            title=f"Let {reading.target} run {low} to {high} tasks",
            target=reading.target,
            changes=changes,
            steps=(register_step(reading, low, high),) if changes else (),
            impact=impact,
            checks=tuple(checks),
            confirm=reading.target if count > high else "",
            notes=tuple(reading.context["activities"]),
        )
