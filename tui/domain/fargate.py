"""Sizes of Fargate tasks, and containers that fit into them.

Pairs: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html; the 74 that
RegisterTaskDefinition takes everywhere (32 vCPU is documented, and refused in some Regions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

MEMORY: Final[Mapping[int, range]] = {
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}
_SMALLEST: Final = (512, 1024, 2048)


def cpu_sizes() -> tuple[int, ...]:
    """Return the CPU units that a task can have."""
    return (256, *MEMORY)


def memory_sizes(cpu: int) -> tuple[int, ...]:
    """Return the memory sizes, MiB, that go with CPU units; () for units that do not exist."""
    return _SMALLEST if cpu == 256 else tuple(MEMORY.get(cpu, ()))


def is_pair(cpu: int, memory: int) -> bool:
    """Whether Fargate has a configuration of these CPU units and MiB."""
    return memory in memory_sizes(cpu)


def pairs() -> tuple[tuple[int, int], ...]:
    """Return all pairs, the smallest first."""
    return tuple((cpu, memory) for cpu in cpu_sizes() for memory in memory_sizes(cpu))


def fitted(
    containers: Sequence[Mapping[str, Any]], before: tuple[int, int], after: tuple[int, int]
) -> list[dict[str, Any]]:
    """Return container definitions whose sizes fit a task of another size.

    A container that had the whole task has the whole new one; where the sum no longer fits, all shrink by the
    same share. What is smaller stays as it is.

    Args:
        containers: As in a task definition; `cpu` 0 and an absent `memory` mean no size of its own.
        before: CPU units and MiB of the task now.
        after: The same afterwards.
    """
    found = [dict(one) for one in containers]
    for name, old, new in (("cpu", before[0], after[0]), ("memory", before[1], after[1])):
        for one in found:
            if int(one.get(name) or 0) == old:
                one[name] = new
        total = sum(int(one.get(name) or 0) for one in found)
        if total > new:
            for one in found:
                if one.get(name):
                    # Rounded down, so that the sum fits; a container's memory is 6 MiB at least (Docker).
                    one[name] = max(6 if name == "memory" else 1, int(one[name]) * new // total)
    for one in found:
        limit = int(one.get("memory") or after[1])
        if int(one.get("memoryReservation") or 0) > limit:
            one["memoryReservation"] = limit
    return found
