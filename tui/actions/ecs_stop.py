"""Stop a task of a service; the service starts another in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.ecs_common import address, service_of
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Effect, Expect, Impact, Plan, Progress, State, Step, Verdict

_PER_CALL = 100


class StopTask:
    """Stop a task of a service."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the service's running tasks; see `Action.read`."""
        service = service_of(context, target)
        where = address(service)
        arns = list(
            context.pages(
                "ecs",
                "list_tasks",
                "taskArns",
                cursor="nextToken",
                cluster=where["cluster"],
                serviceName=where["service"],
                desiredStatus="RUNNING",
            )
        )
        tasks: list[dict[str, Any]] = []
        for at in range(0, len(arns), _PER_CALL):
            found = context.call(
                "ecs", "describe_tasks", cluster=where["cluster"], tasks=arns[at : at + _PER_CALL]
            )
            tasks += found.get("tasks") or ()
        running = [one for one in tasks if one.get("lastStatus") != "STOPPED"]
        return Reading(target, {}, {"service": service, "tasks": running})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        choices = tuple((_id(one), _described(one)) for one in reading.context["tasks"])
        return (
            Field(
                "task", "Task", "choice", choices[0][0] if choices else "", choices or (("", "none runs"),)
            ),
            Field("reason", "Reason", "text", "stopped with cwtop", help="Shown with the stopped task."),
        )

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        service, task = reading.context["service"], values["task"]
        where = address(service)
        title = f"Stop task {task[:8]} of {reading.target}"
        if not task:
            return Plan(
                "ecs-stop-task",
                title,
                reading.target,
                (),
                (),
                checks=(Check(Verdict.BLOCK, "No task runs."),),
            )
        checks = []
        if len(reading.context["tasks"]) <= 1:
            checks.append(
                Check(Verdict.WARN, "It is the only task: the service is down until another one is healthy.")
            )
        params = {"cluster": where["cluster"], "task": task, "reason": values["reason"][:255]}
        return Plan(
            action="ecs-stop-task",
            title=title,
            target=reading.target,
            changes=(Change(f"task {task[:8]}", "RUNNING", "STOPPED"),),
            steps=(
                Step(
                    f"Stop task {task[:8]}",
                    Call("ecs", "stop_task", params),
                    Expect("task-replaced", {**where, "task": task}, 900),
                ),
            ),
            impact=Impact(
                Effect.RESTART, "Its requests are drained; another task starts within a minute or two."
            ),
            checks=tuple(checks),
            confirm=reading.target,
            irreversible="A task that is stopped does not come back; the service starts another.",
        )


def replaced(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a task is stopped and its service complete; params: cluster, service, task."""
    cluster = params["cluster"]
    tasks = context.call("ecs", "describe_tasks", cluster=cluster, tasks=[params["task"]]).get("tasks") or ()
    if tasks and tasks[0].get("lastStatus") != "STOPPED":
        return Progress(State.PENDING, f"the task is {tasks[0].get('lastStatus')}")
    services = context.call("ecs", "describe_services", cluster=cluster, services=[params["service"]])[
        "services"
    ]
    if not services:
        return Progress(State.FAILED, f"The service {params['service']} is gone.")
    running, desired = int(services[0]["runningCount"]), int(services[0]["desiredCount"])
    text = f"the task has stopped, {running} of {desired} tasks run"
    return Progress(State.DONE if running >= desired else State.PENDING, text)


def _id(task: Mapping[str, Any]) -> str:
    return str(task["taskArn"]).rsplit("/", 1)[-1]


def _described(task: Mapping[str, Any]) -> str:
    parts = [_id(task)[:8], str(task.get("lastStatus", "")), str(task.get("healthStatus", ""))]
    parts.append(str(task["taskDefinitionArn"]).rsplit("/", 1)[-1])
    if task.get("startedAt"):
        parts.append(f"since {task['startedAt']:%m-%d %H:%M} UTC")
    return "  ".join(parts)
