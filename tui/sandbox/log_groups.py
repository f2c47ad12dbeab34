"""Log groups as the service lists them: by prefix or pattern, page by page, with their class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

CLASSES = ("STANDARD", "INFREQUENT_ACCESS", "DELIVERY")
MAX_PAGE = 50


def set_class(group: Any, name: str) -> None:
    """Give one of moto's log groups a class, one of `CLASSES`."""
    # moto's groups know no class; the attribute goes with the group when it is deleted.
    group.log_group_class = name


def class_of(group: Any) -> str:
    """Return the class of one of moto's log groups."""
    return str(getattr(group, "log_group_class", CLASSES[0]))


def is_standard(group: Any) -> bool:
    """Whether events of the group can be read otherwise than with Insights."""
    return class_of(group) == CLASSES[0]


def unsupported(group: Any, operation: str) -> str:
    """Return the service's words for an operation that the group's class does not have."""
    return (
        f"The log group {group.name} is of log-group-class {class_of(group)}."
        f" {operation} is not supported for this log class."
    )


def find(groups: Iterable[Any], asked: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """Return a page of groups in order of name, and the token of the next page.

    Args:
        groups: moto's log groups.
        asked: The parameters of DescribeLogGroups.

    Raises:
        ValueError: The parameters exclude each other or are out of range.
    """
    prefix, pattern = asked.get("logGroupNamePrefix") or "", asked.get("logGroupNamePattern") or ""
    if prefix and pattern:
        raise ValueError("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    limit = int(asked.get("limit") or MAX_PAGE)
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member"
            f" must have value less than or equal to {MAX_PAGE}"
        )
    wanted_class = asked.get("logGroupClass") or ""
    named = {str(one).split(":log-group:")[-1] for one in asked.get("logGroupIdentifiers") or ()}
    after = str(asked.get("nextToken") or "")
    found = sorted(
        (
            group
            for group in groups
            if group.name.startswith(prefix)
            and pattern in group.name
            and (not wanted_class or class_of(group) == wanted_class)
            and (not named or group.name in named)
            and group.name > after
        ),
        key=lambda group: str(group.name),
    )
    page = found[:limit]
    return page, page[-1].name if len(found) > limit else None
