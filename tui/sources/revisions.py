"""Reads two revisions of a task definition and tells what differs; of the environment the names only."""

from __future__ import annotations

import re
from typing import Final

from tui.domain.plan import Change
from tui.domain.taskdefinitions import definition_differences
from tui.sources.parse import Aws
from widgets.text import one_line

_REVISION: Final = re.compile(r"([A-Za-z0-9_-]+):(\d+)\Z")
_SHOWN: Final = 200


def before(revision: str) -> str:
    """Return the revision before one, as family:number; "" where there is none."""
    found = _REVISION.search(revision)
    return f"{found[1]}:{int(found[2]) - 1}" if found is not None and int(found[2]) > 1 else ""


def read_differences(aws: Aws, old: str, new: str) -> tuple[Change, ...]:
    """Return what differs between two revisions. Blocks.

    Commands may hold secrets: that they differ is told, not how.

    Args:
        aws: The session.
        old: family:number of the earlier one.
        new: family:number of the later one.

    Raises:
        SourceError: One of them cannot be read.
    """
    first, second = (
        aws.call("ecs", "describe_task_definition", taskDefinition=one)["taskDefinition"]
        for one in (old, new)
    )
    return tuple(_shown(one) for one in definition_differences(first, second))


def _shown(one: Change) -> Change:
    if one.field.rpartition(".")[2] in ("command", "entryPoint"):
        return Change(one_line(one.field, _SHOWN), "", "another one")
    return Change(*(one_line(text, _SHOWN) for text in (one.field, one.before, one.after)))
