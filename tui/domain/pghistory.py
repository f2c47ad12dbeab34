"""What changed between two readings of PostgreSQL's counters, and what sessions waited for. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tui.domain.pgstats import ActivitySnapshot, Statement, StatementKey, StatementsSnapshot

FOLLOWED: Final = 300
"""Statements, by total time, whose course is kept."""
KEPT_S: Final = 3900.0
"""Seconds of their course: an hour before a change and a little."""
TREND: Final = 20
"""Points of a statement's trend."""
SAMPLES: Final = 60
"""Samples of active sessions that are averaged."""
CLIENTS_S: Final = 1800.0
"""Seconds for which the number of clients is kept: CloudWatch is minutes behind."""
ON_CPU: Final = "CPU"
"""An active session that waits for nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a statement did between two readings.

    Attributes:
        calls_per_s: Executions a second.
        ms_per_s: Milliseconds of execution a second: 1000 is one session always busy with it.
        mean_ms: Of one execution in this time; None without any.
        rows_per_s: Rows a second.
    """

    calls_per_s: float
    ms_per_s: float
    mean_ms: float | None
    rows_per_s: float


@dataclass(frozen=True, slots=True)
class _Point:
    at_s: float
    calls: int
    total_ms: float


class StatementHistory:
    """The course of the statements, from reading to reading.

    A counter that went down, or that is counted since a later time, was reset: the statement begins anew.
    """

    def __init__(self) -> None:
        self._last: dict[StatementKey, Statement] = {}
        self._before: dict[StatementKey, Statement] = {}
        self._at_s: float | None = None
        self._seconds = 0.0
        self._course: dict[StatementKey, deque[_Point]] = {}

    def take(self, snapshot: StatementsSnapshot) -> None:
        """Take another reading; an older or equal time is left out."""
        before, at_s = self._at_s, snapshot.at_s
        if before is not None and at_s <= before:
            return
        self._follow(snapshot, at_s)
        self._before, self._seconds = self._last, at_s - before if before is not None else 0.0
        self._last, self._at_s = {one.key: one for one in snapshot.statements}, at_s

    def rate(self, key: StatementKey) -> Rate | None:
        """Return what a statement did between the last two readings; None where that is not known."""
        # Made when asked for: of thousands of statements a screen shows some tens.
        old, new = self._before.get(key), self._last.get(key)
        if old is None or new is None or _is_reset(old, new):
            return None
        return _rate(old, new, self._seconds)

    def trend(self, key: StatementKey) -> tuple[float | None, ...]:
        """Return its mean time, ms, from reading to reading, the newest last; None without calls."""
        course = list(self._course.get(key, ()))[-TREND - 1 :]
        return tuple(
            (new.total_ms - old.total_ms) / (new.calls - old.calls) if new.calls > old.calls else None
            for old, new in pairwise(course)
        )

    def mean_between(self, key: StatementKey, start_s: float, end_s: float) -> float | None:
        """Return its mean time in milliseconds between two times; None without a call between them."""
        inside = [one for one in self._course.get(key, ()) if start_s <= one.at_s <= end_s]
        if len(inside) < 2 or inside[-1].calls <= inside[0].calls:
            return None
        return (inside[-1].total_ms - inside[0].total_ms) / (inside[-1].calls - inside[0].calls)

    def _follow(self, snapshot: StatementsSnapshot, at_s: float) -> None:
        kept: dict[StatementKey, deque[_Point]] = {}
        for one in snapshot.statements[:FOLLOWED]:
            old = self._last.get(one.key)
            course = self._course.get(one.key, deque())
            if old is not None and _is_reset(old, one):
                course = deque()
            course.append(_Point(at_s, one.calls, one.total_ms))
            while course and course[0].at_s < at_s - KEPT_S:
                course.popleft()
            kept[one.key] = course
        self._course = kept


class WaitHistory:
    """Samples of what active sessions wait for, and of how many clients are connected."""

    def __init__(self) -> None:
        self._samples: deque[Mapping[str, int]] = deque(maxlen=SAMPLES)
        self._clients: deque[tuple[float, int]] = deque()

    def take(self, snapshot: ActivitySnapshot) -> None:
        """Take a sample."""
        self._samples.append(waits(snapshot))
        self._clients.append((snapshot.at_s, sum(one.is_client for one in snapshot.sessions)))
        while self._clients[0][0] < snapshot.at_s - CLIENTS_S:
            self._clients.popleft()

    def clients_between(self, start_s: float, end_s: float) -> tuple[int, int] | None:
        """Return the least and the most clients that were connected between two times; None if unknown."""
        inside = [number for at, number in self._clients if start_s <= at <= end_s]
        return (min(inside), max(inside)) if inside else None

    @property
    def count(self) -> int:
        """How many samples there are."""
        return len(self._samples)

    def average(self) -> tuple[tuple[str, float], ...]:
        """Return average active sessions by class of wait, the most first; () without a sample."""
        if not self._samples:
            return ()
        total: Counter[str] = Counter()
        for one in self._samples:
            total.update(one)
        return tuple((name, number / len(self._samples)) for name, number in total.most_common())


def waits(snapshot: ActivitySnapshot) -> Mapping[str, int]:
    """Return the active client sessions by what they wait for: CPU, IO, Lock, LWLock, Client ..."""
    return Counter(
        one.wait_type or ON_CPU
        for one in snapshot.sessions
        if one.is_active and one.kind in ("client backend", "parallel worker", "")
    )


def share_of_all(statement: Statement, statements: Iterable[Statement]) -> float:
    """Return a statement's share of the time of all, 0..1."""
    total = sum(one.total_ms for one in statements)
    return statement.total_ms / total if total > 0 else 0.0


def _is_reset(old: Statement, new: Statement) -> bool:
    is_newer = old.since_s is not None and new.since_s is not None and new.since_s > old.since_s
    return is_newer or new.calls < old.calls or new.total_ms < old.total_ms - 1e-6


def _rate(old: Statement, new: Statement, seconds: float) -> Rate:
    calls, took = new.calls - old.calls, new.total_ms - old.total_ms
    return Rate(
        calls / seconds, took / seconds, took / calls if calls else None, (new.rows - old.rows) / seconds
    )
