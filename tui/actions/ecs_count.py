"""Change the desired count of a service's tasks.

UpdateService with desiredCount alone starts no deployment:
docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.prices import prices_of
from tui.actions.connection_budget import read_budget
from tui.actions.ecs_common import address, definition_of, fargate_cost, rollout, service_of
from tui.actions.protocol import Context, Reading
from tui.actions.scaling_common import scaling_range
from tui.domain.budget import budget_check
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Effect, Impact, Plan, Step, Verdict

_MOST: Final = 5_000
"""Tasks per service: docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html."""


class DesiredCount:
    """Change the desired count of a service's tasks."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service; see `Action.read`."""
        service = service_of(context, target)
        definition, _ = definition_of(context, str(service["taskDefinition"]))
        budget = read_budget(context, definition, int(service.get("runningCount", 0)))
        facts = {"desiredCount": service["desiredCount"], "taskDefinition": service["taskDefinition"]}
        return Reading(
            target,
            facts,
            {
                "service": service,
                "definition": definition,
                "prices": prices_of(context.aws.region()),
                "budget": budget,
                "range": scaling_range(context, service),
            },
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        now = int(reading.facts["desiredCount"])
        return (
            Field(
                "desired", "Tasks", "integer", str(now), lowest=0, highest=_MOST, help=f"{now} are desired."
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        before, after = int(reading.facts["desiredCount"]), int(values["desired"])
        service = reading.context["service"]
        where = address(service)
        call = Call("ecs", "update_service", {**where, "desiredCount": after})
        back = Call("ecs", "update_service", {**where, "desiredCount": before})
        step = Step(
            f"Set the desired count to {after}",
            call,
            rollout(service, desired=after),
            (back,),
            rollout(service, desired=before),
        )
        checks = []
        bounds = reading.context["range"]
        if bounds is not None:
            text = f"Application Auto Scaling moves the count within {bounds[0]} to {bounds[1]} by itself."
            hint = (
                ""
                if bounds[0] <= after <= bounds[1]
                else f"It pulls {after} back: change scaling-range instead."
            )
            checks.append(Check(Verdict.WARN, text, hint))
        budget = budget_check(reading.context["budget"], after) if after > before else None
        if budget is not None:
            checks.append(budget)
        if after == 0:
            checks.append(
                Check(Verdict.WARN, "No task will run: the service is down until the count is raised.")
            )
        return Plan(
            action="ecs-desired-count",
            title=f"Run {after} task{'' if after == 1 else 's'} of {reading.target}",
            target=reading.target,
            changes=() if after == before else (Change("desiredCount", str(before), str(after)),),
            steps=() if after == before else (step,),
            impact=_impact(before, after),
            cost=fargate_cost(reading, ((before, None), (after, None))),
            checks=tuple(checks),
            confirm=reading.target if after < before else "",
            undo_impact=_impact(after, before),
            undo_confirm=reading.target if before < after else "",
        )


def _impact(before: int, after: int) -> Impact:
    if after > before:
        return Impact(Effect.NEW_TASKS, "New tasks start in a minute or two; those that run are left alone.")
    if after == 0:
        return Impact(Effect.DOWNTIME, "All tasks stop.")
    return Impact(Effect.NONE, "Tasks are drained and stopped; the rest takes their requests.")
