"""Roll a service back to an earlier revision of its task definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.ecs_common import address, definition_of, revision, rollout
from tui.actions.ecs_definition import read_with_definition
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Effect, Impact, Plan, Step, Verdict
from tui.domain.taskdefinitions import definition_differences

MOST_REVISIONS: Final = 10
"""Earlier revisions that are offered; each is read."""


class Rollback:
    """Roll a service back to an earlier revision."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service and the revisions of its family; see `Action.read`."""
        found = read_with_definition(context, target)
        family = str(found.context["definition"]["family"])
        listed = context.call(
            "ecs", "list_task_definitions", familyPrefix=family, sort="DESC", status="ACTIVE", maxResults=100
        )
        own = str(found.facts["taskDefinition"])
        arns = [
            str(arn)
            for arn in listed.get("taskDefinitionArns") or ()
            # The prefix also finds families whose names begin with it.
            if arn != own and revision(str(arn)).rsplit(":", 1)[0] == family
        ]
        earlier = [definition_of(context, arn)[0] for arn in arns[:MOST_REVISIONS]]
        return Reading(target, found.facts, {**found.context, "earlier": earlier})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        now = reading.context["definition"]
        choices = tuple(
            (name := revision(str(one["taskDefinitionArn"])), f"{name}: {_difference_text(now, one)}")
            for one in reading.context["earlier"]
        )
        number = int(now["revision"])
        before = [one for one in reading.context["earlier"] if int(one["revision"]) < number]
        first = before or reading.context["earlier"]
        value = revision(str(first[0]["taskDefinitionArn"])) if first else ""
        return (
            Field(
                "revision",
                "Revision",
                "choice",
                value,
                choices or (("", "none"),),
                help="What differs from now.",
            ),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        service, now = reading.context["service"], reading.context["definition"]
        chosen = next(
            (
                one
                for one in reading.context["earlier"]
                if revision(str(one["taskDefinitionArn"])) == values["revision"]
            ),
            None,
        )
        title = f"Roll {reading.target} back to {values['revision']}"
        if chosen is None:
            check = Check(Verdict.BLOCK, "There is no other active revision of the task definition.")
            return Plan("ecs-rollback", title, reading.target, (), (), checks=(check,))
        old, new = str(service["taskDefinition"]), str(chosen["taskDefinitionArn"])
        differences = definition_differences(now, chosen)
        checks = []
        if not differences:
            checks.append(Check(Verdict.WARN, "The revision does not differ from the one in service."))
        step = Step(
            f"Bring {revision(new)} into service",
            Call("ecs", "update_service", {**address(service), "taskDefinition": new}),
            rollout(service, task_definition=new),
            (Call("ecs", "update_service", {**address(service), "taskDefinition": old}),),
            rollout(service, task_definition=old),
        )
        return Plan(
            action="ecs-rollback",
            title=title,
            target=reading.target,
            changes=(Change("taskDefinition", revision(old), revision(new)), *differences),
            steps=(step,),
            impact=Impact(
                Effect.NEW_TASKS, "All tasks are replaced one after the other; it takes some minutes."
            ),
            checks=tuple(checks),
            confirm=reading.target,
        )


def _difference_text(now: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    found = definition_differences(now, then)
    parts = [f"{one.field.split('.', 1)[-1]} {one.after.rsplit('/', 1)[-1]}".strip() for one in found]
    return ", ".join(parts[:4]) + (f" and {len(parts) - 4} more" if len(parts) > 4 else "") or "no difference"
