"""Who blocks whom, and who holds the connections. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tui.domain.pgstats import ActivitySnapshot, Session

PREPARED: Final = 0
"""pg_blocking_pids calls a prepared transaction so: it has no process."""
_SPARE: Final = 0.2
"""Share of the connections that pools should leave free, for deployments and people."""


@dataclass(frozen=True, slots=True)
class Node:
    """A session in the order in which blocking is drawn.

    Attributes:
        pid: Its number; 0 is a prepared transaction.
        session: None where it is not in the reading (prepared, or gone meanwhile).
        depth: 0 for one that nobody blocks.
        blocks: How many wait for it, directly and behind others.
        longest_wait_s: How long the one that waits longest behind it has waited; None where unknown.
    """

    pid: int
    session: Session | None
    depth: int
    blocks: int
    longest_wait_s: float | None


def blocking_tree(snapshot: ActivitySnapshot) -> tuple[Node, ...]:
    """Return all that block or are blocked: each root with what waits for it below, the worst root first.

    A session that waits for several is drawn below the one with which its waiting began to show, once; a ring
    (a deadlock that the server has not broken yet) begins at its smallest number.
    """
    by_pid = {one.pid: one for one in snapshot.sessions}
    waiting = {one.pid: one.blocked_by for one in snapshot.sessions if one.blocked_by}
    below: dict[int, list[int]] = {}
    for pid, blockers in waiting.items():
        for blocker in blockers:
            below.setdefault(blocker, []).append(pid)
    reach = {pid: _behind(pid, below) for pid in {*below, *waiting}}
    roots = sorted(pid for pid in below if pid not in waiting)
    covered = set(roots).union(*(reach[one] for one in roots)) if roots else set()
    for pid in sorted(waiting):
        if pid not in covered:
            roots.append(pid)
            covered |= {pid} | reach[pid]

    def node(pid: int, depth: int) -> Node:
        longest = [
            snapshot.now_s - start
            for one in reach[pid]
            if one in by_pid and (start := by_pid[one].wait_start_s) is not None
        ]
        return Node(pid, by_pid.get(pid), depth, len(reach[pid]), max(longest, default=None))

    found: list[Node] = []
    drawn: set[int] = set()
    for root in sorted(roots, key=lambda pid: (-(node(pid, 0).longest_wait_s or 0.0), -len(reach[pid]), pid)):
        # Not recursive: a chain of waiters may be as long as max_connections.
        stack = [(root, 0)]
        while stack:
            pid, depth = stack.pop()
            if pid in drawn:
                continue
            drawn.add(pid)
            found.append(node(pid, depth))
            stack.extend((one, depth + 1) for one in sorted(below.get(pid, ()), reverse=True))
    return tuple(found)


def _behind(pid: int, below: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    left = list(below.get(pid, ()))
    while left:
        one = left.pop()
        if one not in found and one != pid:
            found.add(one)
            left.extend(below.get(one, ()))
    return found


@dataclass(frozen=True, slots=True)
class Holder:
    """The connections of one user by one application.

    Attributes:
        application, role: Whose they are; "" for none given.
        total, active, idle, idle_in_transaction, other: Connections by state.
        oldest_s: Age of its oldest transaction, seconds; None without any.
    """

    application: str
    role: str
    total: int
    active: int
    idle: int
    idle_in_transaction: int
    other: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class Connections:
    """All client connections.

    Attributes:
        total, active, idle, idle_in_transaction: Connections by state.
        limit: max_connections; None while unknown.
        reserved: Of these only for superusers.
        holders: By application and user, the most first.
    """

    total: int
    active: int
    idle: int
    idle_in_transaction: int
    limit: int | None
    reserved: int
    holders: tuple[Holder, ...] = field(default=())

    @property
    def share(self) -> float | None:
        """Used share of what the application may have, 0..1; None while the limit is unknown."""
        return (
            None
            if self.limit is None or self.limit <= self.reserved
            else self.total / (self.limit - self.reserved)
        )


def connections(snapshot: ActivitySnapshot, limit: int | None, reserved: int) -> Connections:
    """Count the client connections of a reading."""
    clients = [one for one in snapshot.sessions if one.is_client]
    groups: dict[tuple[str, str], list[Session]] = {}
    for one in clients:
        groups.setdefault((one.application, one.role), []).append(one)
    holders = [_holder(key, group, snapshot.now_s) for key, group in groups.items()]
    return Connections(
        len(clients),
        sum(one.is_active for one in clients),
        sum(one.state == "idle" for one in clients),
        sum(one.is_idle_in_transaction for one in clients),
        limit,
        reserved,
        tuple(sorted(holders, key=lambda one: (-one.total, one.application, one.role))),
    )


def pool_advice(found: Connections, tasks: int | None) -> str:
    """Return what a task's pool should be, as a sentence; "" where too little is known."""
    if found.limit is None or not tasks:
        return ""
    usable = found.limit - found.reserved
    most = int(usable * (1 - _SPARE) // tasks)
    return (
        f"{usable} connections for {tasks} tasks: a pool of at most {most} each leaves {_SPARE:.0%} free"
        " for deployments, which run old and new tasks side by side, and for people."
    )


def oldest_transactions(sessions: Sequence[Session], now_s: float, least_s: float) -> tuple[Session, ...]:
    """Return the sessions whose transaction is at least so old, seconds, the oldest first."""
    old = [one for one in sessions if one.xact_start_s is not None and now_s - one.xact_start_s >= least_s]
    return tuple(sorted(old, key=lambda one: one.xact_start_s or 0.0))


def _holder(key: tuple[str, str], group: Iterable[Session], now_s: float) -> Holder:
    members = list(group)
    active = sum(one.is_active for one in members)
    idle = sum(one.state == "idle" for one in members)
    held = sum(one.is_idle_in_transaction for one in members)
    starts = [one.xact_start_s for one in members if one.xact_start_s is not None]
    oldest = now_s - min(starts) if starts else None
    return Holder(*key, len(members), active, idle, held, len(members) - active - idle - held, oldest)
