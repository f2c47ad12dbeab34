"""Whether a database bears the connections of more tasks: pool size times tasks against max_connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.domain.limits import CRITICAL_SHARE, WARNING_SHARE
from tui.domain.plan import Check, Verdict


@dataclass(frozen=True, slots=True)
class Budget:
    """What is known of the connections of a service's tasks.

    Attributes:
        most: max_connections of the server; None where it is not known.
        per_task: Connections that a task holds; None where neither a pool size nor a figure is known.
        source: Where `per_task` is from, in a few words.
        others: Connections that are not the tasks'.
    """

    most: int | None
    per_task: float | None
    source: str = ""
    others: float = 0.0


def pool_size(containers: Iterable[Mapping[str, Any]]) -> tuple[int, str] | None:
    """Return the pool size that a task's environment names, summed over its containers, and the variables.

    A variable counts whose name says POOL together with SIZE, MAX or CONNECTIONS, and whose value is a plain
    number.
    """
    found: list[tuple[int, str]] = []
    for container in containers:
        for one in container.get("environment") or ():
            name, value = str(one.get("name", "")), str(one.get("value", ""))
            words = set(name.upper().replace("-", "_").split("_"))
            if "POOL" in words and words & {"SIZE", "MAX", "CONNECTIONS"} and value.isdigit():
                found.append((int(value), name))
                break
    if not found:
        return None
    return sum(size for size, _ in found), ", ".join(name for _, name in found)


def budget_check(budget: Budget, tasks: int, *, is_certain: bool = True) -> Check | None:
    """Return what a number of tasks means for the database; None where nothing can be said.

    Args:
        budget: What is known.
        tasks: How many are to run; while a rollout goes on there are up to twice as many.
        is_certain: Whether so many will run; otherwise they may, and nothing is blocked.
    """
    if budget.per_task is None:
        return None
    needed = tasks * budget.per_task + budget.others
    how = f"{tasks} tasks with {budget.per_task:g} connections each ({budget.source})"
    how += f" and {budget.others:g} more" if budget.others else ""
    if budget.most is None:
        text = f"{how} are about {needed:.0f} connections; max_connections of the database is not known."
        return Check(Verdict.WARN, text, "Set database_url, so that it can be read.")
    share = needed / budget.most
    text = f"{how} are about {needed:.0f} of {budget.most} connections."
    if needed > budget.most:
        hint = "Make the pool smaller, or the database bigger, first: tasks will fail to connect."
        return Check(Verdict.BLOCK if is_certain else Verdict.WARN, text, hint)
    if share > CRITICAL_SHARE:
        return Check(
            Verdict.WARN, text, "Little is left for a rollout, which runs old and new tasks side by side."
        )
    if share > WARNING_SHARE:
        return Check(Verdict.WARN, text)
    return Check(Verdict.PASS, text)
