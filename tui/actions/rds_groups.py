"""Parameter groups of DB instances: what is in one, who uses it, and when a value is in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.actions.protocol import Context
from tui.actions.rds_common import instance_of
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Progress, State


def parameter(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a group has a parameter's value (None: not set by a user).

    Args:
        context: For reading.
        params: group, name, value; id, the instance to which it must have been applied, where that is wanted.

    Raises:
        SourceError: One of them cannot be read.
    """
    for one in context.pages(
        "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=params["group"]
    ):
        if one["ParameterName"] == params["name"]:
            is_own = one.get("Source") == "user"
            now = one.get("ParameterValue") if is_own else None
            if now == params["value"] or (not is_own and params["value"] is None):
                if params.get("id") and _group_status(context, params) == "applying":
                    return Progress(State.PENDING, f"{params['name']} is being applied")
                return Progress(State.DONE, f"{params['name']} is {now if is_own else 'the default'}")
            return Progress(State.PENDING, f"{params['name']} is still {now}")
    return Progress(State.FAILED, f"the group {params['group']} has no parameter {params['name']}")


def attached(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether an instance has a parameter group; params: id, group."""
    instance = instance_of(context, params["id"])
    status = str(instance.get("DBInstanceStatus"))
    groups = {str(one["DBParameterGroupName"]): one for one in instance.get("DBParameterGroups") or ()}
    if params["group"] not in groups or status != "available":
        return Progress(State.PENDING, f"the instance is {status} with {', '.join(groups)}")
    return Progress(State.DONE, f"{params['group']}: {groups[params['group']].get('ParameterApplyStatus')}")


def sharing(context: Context, group: str, target: str) -> list[str] | None:
    """Return the other instances with a parameter group; None where not all instances may be read."""
    try:
        return [
            str(one["DBInstanceIdentifier"])
            for one in context.pages("rds", "describe_db_instances", "DBInstances")
            if one["DBInstanceIdentifier"] != target
            and any(each["DBParameterGroupName"] == group for each in one.get("DBParameterGroups") or ())
        ]
    except SourceError as error:
        if error.kind is not ErrorKind.ACCESS_DENIED:
            raise
        return None


def _group_status(context: Context, params: Mapping[str, Any]) -> str:
    """Return ParameterApplyStatus of an instance's group; "" where it has another one."""
    for one in instance_of(context, params["id"]).get("DBParameterGroups") or ():
        if one["DBParameterGroupName"] == params["group"]:
            return str(one.get("ParameterApplyStatus"))
    return ""


def present_group(context: Context, group: str) -> dict[str, Mapping[str, Any]] | None:
    """Return the parameters of a group; None where there is none of the name."""
    try:
        return parameters_of(context, group)
    except SourceError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return None


def parameters_of(context: Context, group: str) -> dict[str, Mapping[str, Any]]:
    """Return the parameters of a group by name.

    Raises:
        SourceError: They cannot be read.
    """
    found = context.pages("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=group)
    return {str(one["ParameterName"]): one for one in found}


def set_by_user(parameters: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """Return the values of a group that are not the engine's own."""
    if parameters is None:
        return None
    return {
        name: one.get("ParameterValue") for name, one in parameters.items() if one.get("Source") == "user"
    }
