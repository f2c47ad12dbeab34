"""How many tasks a load wants, within what the database can take. Pure."""

from __future__ import annotations

import math
from typing import Final

from tui.domain.limits import WARNING_SHARE
from tui.triage.movement import Move

AIM: Final = 70.0
"""CPU that each task shall have, percent: what target tracking is set to by default."""


def load_of(cpu: Move | None, requests: Move | None) -> float | None:
    """Return the CPU, percent, that a load would take of the present tasks: over 100 where they fall short.

    CPU that is used up does not tell by how much it falls short: what it was before, times how much the
    requests rose, does.

    Args:
        cpu: The move of the tasks' CPU; None where it did not move.
        requests: That of the requests; None where they did not.
    """
    if cpu is None:
        return None
    ratio = requests.ratio if requests is not None else None
    return max(cpu.after, cpu.before * ratio) if ratio is not None else cpu.after


def tasks_for(
    load: float, running: int, *, connections: float | None = None, max_connections: int | None = None
) -> int:
    """Return how many tasks a load wants: one more at least, within the connections of the database.

    Args:
        load: CPU that the load would take of the tasks that run, percent.
        running: Tasks that run, at least 1.
        connections: Connections that they hold now; None where that is not known.
        max_connections: Of the database; None where that is not known.
    """
    wanted = max(running + 1, math.ceil(running * load / AIM - 0.05))
    if not connections or connections < 1 or not max_connections:
        return wanted
    most = math.floor(WARNING_SHARE * max_connections * running / connections)
    return max(running, min(wanted, most))
