"""A new revision of a task definition: a copy in which only what is meant is changed.

RegisterTaskDefinition replaces, it does not merge: whatever is not passed on (roles, secrets, volumes, log
configuration, tags) is lost: API_RegisterTaskDefinition.html at
docs.aws.amazon.com/AmazonECS/latest/APIReference.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tui.actions.ecs_common import address, definition_of, revision, rollout, service_of
from tui.actions.protocol import Context, Reading
from tui.domain.plan import Call, Ref, Step

_ARN: Final = Ref(0, "taskDefinition.taskDefinitionArn")


def read_with_definition(context: Context, target: str) -> Reading:
    """Read a service with its task definition; facts are the revision and how it is deployed.

    Raises:
        SourceError: One of them cannot be read.
    """
    service = service_of(context, target)
    definition, tags = definition_of(context, str(service["taskDefinition"]))
    shape = context.aws.client("ecs").meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    facts = {"taskDefinition": service["taskDefinition"]}
    return Reading(
        target,
        facts,
        {"service": service, "definition": definition, "tags": tags, "members": tuple(shape.members)},
    )


def copied(reading: Reading, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a new revision: all that the service takes, with changes.

    What is passed on follows the client's own model, so that fields of later SDKs survive.
    """
    definition = reading.context["definition"]
    found = {
        name: definition[name]
        for name in reading.context["members"]
        if definition.get(name) not in (None, [])
    }
    found.update(changes)
    if reading.context["tags"]:
        found["tags"] = reading.context["tags"]
    return found


def deploy_steps(
    reading: Reading, changes: Mapping[str, Any], what: str, filters: Sequence[str]
) -> tuple[Step, ...]:
    """Return the steps that register a revision and bring it into service.

    Args:
        reading: Of `read_with_definition`.
        changes: Members of the task definition that change.
        what: What is different in it, in a few words.
        filters: jq filters that make the same change, for the command that is shown.
    """
    service, definition = reading.context["service"], reading.context["definition"]
    family, old = str(definition["family"]), str(definition["taskDefinitionArn"])
    register = Step(
        f"Register a revision of {family} with {what}",
        Call("ecs", "register_task_definition", copied(reading, changes), shown=_shown(old, filters)),
        undo=(Call("ecs", "deregister_task_definition", {"taskDefinition": _ARN}),),
    )
    update = Step(
        f"Bring it into service in {reading.target}",
        Call("ecs", "update_service", {**address(service), "taskDefinition": _ARN}),
        rollout(service, task_definition=_ARN),
        (Call("ecs", "update_service", {**address(service), "taskDefinition": old}),),
        rollout(service, task_definition=old),
    )
    return register, update


def _shown(arn: str, filters: Sequence[str]) -> str:
    """Return a command that copies the definition on the way, so that no value of it is shown."""
    dropped = (
        "taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, "
        ".registeredBy, .deregisteredAt"
    )
    program = " | ".join(
        (
            ".taskDefinition + (if (.tags | length) > 0 then {tags: .tags} else {} end)",
            f"del(.{dropped})",
            *filters,
        )
    )
    return (
        f'aws ecs register-task-definition --cli-input-json "$(aws ecs describe-task-definition'
        f' --task-definition {shlex.quote(revision(arn))} --include TAGS | jq {shlex.quote(program)})"'
    )


def containers_filter(containers: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Return the jq filter that sets some members of the containers, in their order."""
    parts = [
        f".containerDefinitions[{number}].{name} = {json.dumps(one[name])}"
        for number, one in enumerate(containers)
        for name in names
        if one.get(name)
    ]
    return " | ".join(parts) or "."
