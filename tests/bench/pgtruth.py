"""Runs a random schema's workload on a server, asks for advice, and holds it against the truth."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.bench.pgschema import Case, Want, quoted, schema
from tui.domain.clock import Clock
from tui.domain.pgadvice.candidates import Candidate
from tui.pgadvice import LEAST_SHARE, Advice, advise
from tui.sandbox.database import Database
from tui.sources.pgdoor import PostgresDoor
from tui.sources.postgres import StatementsSource, TablesSource

_HELPS = 0.6
"""An index that brings the time down to this share helps; one that does not would be for nothing."""
_SLIGHT = 2 * LEAST_SHARE
"""An index that saves less of all time than this may be proposed or not."""
_AS_GOOD = 0.8
"""Times are measured: an index that saves this share of what the best one saves may come first as well."""


@dataclass(slots=True)
class Verdict:
    """How the advice of one seed compares.

    Attributes:
        seed: Of the schema.
        found: Wanted indexes that were proposed; missed: those that were not, by kind.
        extra: What was proposed for nothing, by the kind of its table.
        is_first: Whether the first one proposed is the one that saves most.
        unproven: Kinds of which the truth was not borne out by real indexes.
        seconds: Of the analysis.
        told: What was proposed.
    """

    seed: int
    found: int = 0
    missed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    is_first: bool = True
    unproven: list[str] = field(default_factory=list)
    seconds: float = 0.0
    told: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether exactly the wanted indexes were proposed, the best one first."""
        return not self.missed and not self.extra and self.is_first


def prepare(database: Database, *, has_hypopg: bool) -> None:
    """Make the extensions part of each new database."""
    with database.connect("template1") as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        if has_hypopg:
            connection.execute("CREATE EXTENSION hypopg")


def judge(database: Database, seed: int, *, is_verified: bool = True) -> Verdict:
    """Return how the advice for a seed compares with the truth.

    Args:
        database: A server that was prepared.
        seed: Of the schema.
        is_verified: Create the indexes and measure.
    """
    cases = schema(seed)
    with _database(database, f"seed{seed}") as name:
        before = _worked(database, name, cases, seed)
        verdict = Verdict(seed)
        began = time.perf_counter()
        advice = _advice(database, name)
        verdict.seconds = time.perf_counter() - began
        saved = [sum(times) if case.wants else 0.0 for case, times in zip(cases, before, strict=True)]
        if is_verified:
            saved = _verify(verdict, database, name, cases, before, seed)
        whole = sum(map(sum, before))
        slight = {id(case) for case, one in zip(cases, saved, strict=True) if one < _SLIGHT * whole}
        _compare(verdict, cases, advice.missing, slight)
        verdict.is_first = _is_first(advice.missing, cases, saved)
    return verdict


@contextmanager
def _database(database: Database, name: str) -> Iterator[str]:
    with database.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield name
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _worked(database: Database, name: str, cases: Sequence[Case], seed: int) -> list[list[float]]:
    """Fill the tables and execute the workload; return the seconds of each execution, by case."""
    with database.connect(name) as connection:
        with connection.transaction():
            connection.execute("SELECT setseed(%s)", (seed % 1000 / 1000,))
            for case in cases:
                for one in case.setup:
                    if not one.startswith("VACUUM"):
                        connection.execute(one.encode())
        connection.execute("VACUUM ANALYZE")
        connection.execute("SELECT pg_stat_statements_reset()")
        return _executed(connection, cases, seed, most=None)


def _executed(
    connection: psycopg.Connection, cases: Sequence[Case], seed: int, most: int | None
) -> list[list[float]]:
    """Execute each case's statement; half of them with their values as literals."""
    connection.prepare_threshold = None
    plain: dict[bool, psycopg.Cursor] = {False: connection.cursor(), True: psycopg.ClientCursor(connection)}
    found = []
    for number, case in enumerate(cases):
        draw = random.Random(f"values {seed} {number}")  # noqa: S311
        cursor = plain[draw.random() < 0.5]
        times = []
        for _ in range(min(case.calls, most or case.calls)):
            values = case.draw(draw)
            began = time.perf_counter()
            cursor.execute(case.statement.encode(), values or None)
            times.append(time.perf_counter() - began)
        found.append(times)
    return found


def _advice(database: Database, name: str) -> Advice:
    door = PostgresDoor(database.url("postgres", database.password, name))
    try:
        clock = Clock()
        return advise(door, StatementsSource(door, clock).fetch(), TablesSource(door, clock).fetch())
    finally:
        door.close()


# ---------------------------------------------------------------- against the truth


def _compare(
    verdict: Verdict, cases: Sequence[Case], missing: Sequence[Candidate], slight: Collection[int]
) -> None:
    left = list(missing)
    for case in cases:
        for one in case.wants:
            fitting = next((each for each in left if _is(each, one)), None)
            if fitting is None:
                verdict.missed += [] if id(case) in slight else [case.kind]
            else:
                verdict.found += 1
                left.remove(fitting)
    kinds = {table: case.kind for case in cases for table in _tables(case)}
    verdict.extra = [kinds.get(one.table.name, "?") for one in left]
    verdict.told = [
        f"{quoted(one.table.name)} {one.names} {one.proof} {one.saved_ms:.0f} ms" for one in missing
    ]


def _is(candidate: Candidate, wanted: Want) -> bool:
    return candidate.table.name == wanted.table and candidate.names in wanted.accepted


def _tables(case: Case) -> Iterator[str]:
    for one in case.setup:
        if one.startswith("CREATE TABLE "):
            yield one.split('"', 1)[1].split('" (', 1)[0].replace('""', '"')


def _verify(
    verdict: Verdict,
    database: Database,
    name: str,
    cases: Sequence[Case],
    before: Sequence[Sequence[float]],
    seed: int,
) -> list[float]:
    """Create the indexes for real; return the seconds that each case's ones saved in all its calls."""
    made: dict[str, Case] = {}
    with database.connect(name) as connection:
        for case in cases:
            wanted = [(one.table, min(one.accepted)) for one in case.wants]
            for table, columns in wanted or ([case.tempting] if case.tempting is not None else []):
                index, listed = f"real{len(made)}", ", ".join(quoted(column) for column in columns)
                made[index] = case
                connection.execute(f"CREATE INDEX {index} ON {quoted(table)} ({listed})".encode())
        connection.execute("VACUUM ANALYZE")
        after = _executed(connection, cases, seed, most=7)
        used = _used(connection)
    saved = []
    for case, then, now in zip(cases, before, after, strict=True):
        own = [index for index, owner in made.items() if owner is case]
        is_faster = statistics.median(now) <= _HELPS * statistics.median(then)
        helps = bool(own) and used.issuperset(own) and is_faster
        if helps != bool(case.wants):
            times = [statistics.median(one) * 1000 for one in (then, now)]
            verdict.unproven.append(f"{case.kind} ({times[0]:.1f} to {times[1]:.1f} ms)")
        saved.append(sum(then) - len(then) * statistics.median(now) if case.wants else 0.0)
    return saved


def _used(connection: psycopg.Connection) -> frozenset[str]:
    """Return the indexes that were scanned, once the server tells it: its sessions report with a delay."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    rows = connection.execute("SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan > 0").fetchall()
    return frozenset(str(name) for (name,) in rows)


def _is_first(missing: Sequence[Candidate], cases: Sequence[Case], saved: Sequence[float]) -> bool:
    if not missing:
        return not any(case.wants for case in cases)
    of_first = [
        value
        for case, value in zip(cases, saved, strict=True)
        if any(_is(missing[0], one) for one in case.wants)
    ]
    # Of indexes that work together each may be told to save all of it, or its part.
    parts = [value / max(1, len(case.wants)) for case, value in zip(cases, saved, strict=True)]
    return bool(of_first) and of_first[0] >= _AS_GOOD * max(parts)
