"""Indexes that are there for nothing: invalid, duplicate, unused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui.domain.pgstats import IndexStats, TablesSnapshot
from tui.domain.units import age_text

LEAST_DAYS: Final = 14.0
"""Counters that are younger say too little of what is never used (month-end jobs)."""
LEAST_BYTES: Final = 1024 * 1024
"""A smaller index costs next to nothing."""
_DAY: Final = 86_400.0


class Fault(StrEnum):
    """Why an index is there for nothing, the plainest first."""

    INVALID = "invalid"
    IDENTICAL = "identical"
    COVERED = "prefix-covered"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Judged:
    """An index that is there for nothing.

    Attributes:
        index: The index.
        fault: Why.
        evidence: One sentence.
        is_sure: Whether it can be dropped without a second thought.
    """

    index: IndexStats
    fault: Fault
    evidence: str
    is_sure: bool = True


def judge(snapshot: TablesSnapshot) -> tuple[Judged, ...]:
    """Return the indexes that are there for nothing, the plainest first, then the largest.

    An index that is being built is not judged; one that backs a constraint, a primary key or the replica
    identity is never a duplicate nor unused; INCLUDE, collation, operator class, order, expressions and
    predicate must be equal.
    """
    found: list[Judged] = []
    for one in snapshot.indexes:
        judged = _judge(one, snapshot)
        if judged is not None:
            found.append(judged)
    order = list(Fault)
    return tuple(sorted(found, key=lambda one: (order.index(one.fault), -one.index.bytes, one.index.name)))


def _judge(one: IndexStats, snapshot: TablesSnapshot) -> Judged | None:
    if one.is_building:
        return None
    if not one.is_valid:
        text = "A build that did not end left it: it is written with every change, and never read."
        return Judged(one, Fault.INVALID, text)
    if one.is_primary or one.is_unique or one.is_constraint or one.is_replica_identity:
        return None
    covering = _covering(one, [each for each in snapshot.indexes if each.table_oid == one.table_oid])
    if covering is not None:
        is_same = len(covering.columns) == len(one.columns)
        text = f"{covering.name} has the same columns" + (
            ", and more behind them." if not is_same else " in the same order."
        )
        return Judged(one, Fault.IDENTICAL if is_same else Fault.COVERED, text, is_sure=is_same)
    return _unused(one, snapshot)


def _covering(one: IndexStats, others: Sequence[IndexStats]) -> IndexStats | None:
    """Return an index that serves all that this one serves."""
    for other in others:
        if other.oid == one.oid or not other.is_valid or other.is_building or other.method != one.method:
            continue
        if (other.predicate, other.expressions) != (one.predicate, one.expressions):
            continue
        keys = one.key_count
        starts = other.columns[:keys] == one.columns[:keys] and other.details[:keys] == one.details[:keys]
        if not starts or other.key_count < keys or not set(one.columns[keys:]) <= set(other.columns):
            continue
        is_same = other.key_count == keys and len(other.columns) == len(one.columns)
        # Of two that are the same only one goes: the one that is not needed otherwise, else the later one.
        if is_same and not (other.is_unique or other.is_constraint) and other.oid > one.oid:
            continue
        if one.method in ("btree", "hash") or is_same:
            return other
    return None


def _unused(one: IndexStats, snapshot: TablesSnapshot) -> Judged | None:
    since = snapshot.totals.since_s
    if one.idx_scan or one.bytes < LEAST_BYTES or one.covers_foreign_key:
        return None
    if since is None or snapshot.at_s - since < LEAST_DAYS * _DAY:
        return None
    age = age_text(snapshot.at_s - since)
    text = f"It was not scanned once in {age}; look at replicas too, which count their own."
    return Judged(one, Fault.UNUSED, text, is_sure=False)
