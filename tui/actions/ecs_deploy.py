"""Force a new deployment: the same revision with new tasks, which pull a moved image tag again."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.ecs_common import address, primary_of, rollout
from tui.actions.ecs_definition import read_with_definition
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field
from tui.domain.plan import Call, Effect, Impact, Plan, Ref, Step


class ForceDeployment:
    """Force a new deployment of a service."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service; see `Action.read`."""
        return read_with_definition(context, target)

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        service = reading.context["service"]
        call = Call("ecs", "update_service", {**address(service), "forceNewDeployment": True})
        expect = rollout(
            service,
            task_definition=service["taskDefinition"],
            not_deployment=primary_of(service),
            # The newest stands first; a rollback has the same revision and another id.
            deployment=Ref(0, "service.deployments.0.id"),
        )
        return Plan(
            action="ecs-force-deployment",
            title=f"Replace all tasks of {reading.target}",
            target=reading.target,
            changes=(),
            steps=(Step("Force a new deployment of the same revision", call, expect),),
            impact=Impact(Effect.NEW_TASKS, "All tasks are replaced one after the other, as in any rollout."),
            confirm=reading.target,
            irreversible="The tasks that are replaced do not come back; nothing else changes.",
            notes=("First aid for a memory leak: new tasks begin with fresh memory.",),
            repeats=True,
        )
