"""What differs between two revisions of a task definition. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.plan import Change


def definition_differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between two task definitions; of environment variables the names only."""
    found = [
        Change(name, str(now.get(name) or ""), str(then.get(name) or ""))
        for name in ("cpu", "memory", "taskRoleArn", "executionRoleArn", "networkMode")
        if (now.get(name) or "") != (then.get(name) or "")
    ]
    left = {str(one["name"]): one for one in now.get("containerDefinitions") or ()}
    right = {str(one["name"]): one for one in then.get("containerDefinitions") or ()}
    for name in dict.fromkeys((*left, *right)):
        if name not in left or name not in right:
            found.append(
                Change(
                    f"container {name}", "present" if name in left else "", "present" if name in right else ""
                )
            )
            continue
        found += _container_differences(name, left[name], right[name])
    return tuple(found)


def _container_differences(name: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> list[Change]:
    found = [
        Change(f"{name}.{member}", str(now.get(member) or ""), str(then.get(member) or ""))
        for member in ("image", "cpu", "memory", "memoryReservation", "command", "entryPoint")
        if (now.get(member) or "") != (then.get(member) or "")
    ]
    for member, value in (("environment", "value"), ("secrets", "valueFrom")):
        left = {str(one["name"]): one.get(value) for one in now.get(member) or ()}
        right = {str(one["name"]): one.get(value) for one in then.get(member) or ()}
        for variable in dict.fromkeys((*left, *right)):
            if left.get(variable) != right.get(variable):
                before = "set" if variable in left else ""
                after = ("another value" if before else "set") if variable in right else ""
                found.append(Change(f"{name}.{member}.{variable}", before, after))
    return found
