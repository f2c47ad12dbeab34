"""Random schemas and workloads of which it is known, by how they are made, which indexes are missing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

Columns = tuple[str, ...]
Draw = Callable[[random.Random], tuple[object, ...]]

_SYLLABLES = ("ka", "lo", "mi", "ru", "ten", "sol", "var", "nex", "pi", "dor", "qua", "zel", "bo", "fi", "hu")
_KOREAN = ("주문", "고객", "상품", "결제", "배송", "회원", "금액", "날짜", "코드", "상태")
_RESERVED = ("order", "user", "group", "select", "table", "end", "check", "limit")
_LEAST, _MOST = 25_000, 50_000
"""Rows of the tables that are large."""


@dataclass(frozen=True, slots=True)
class Want:
    """An index that is missing.

    Attributes:
        table: The table's name.
        accepted: Its columns in order; each of these would do as well.
    """

    table: str
    accepted: frozenset[Columns]


@dataclass(frozen=True, slots=True)
class Case:
    """Some tables, a workload on them, and the truth of their indexes.

    Attributes:
        kind: What it is for.
        setup: Statements that create and fill the tables.
        statement: What is executed, with %s for values.
        draw: Returns its values.
        calls: How often.
        wants: Indexes that are missing; () for a decoy.
        tempting: Table and columns of an index that looks right for a decoy, and would not help.
    """

    kind: str
    setup: tuple[str, ...]
    statement: str
    draw: Draw
    calls: int
    wants: tuple[Want, ...] = ()
    tempting: tuple[str, Columns] | None = None


@dataclass(slots=True)
class Names:
    """Draws names that were not drawn before.

    Args:
        random: What draws.
    """

    random: random.Random
    _taken: set[str] = field(default_factory=set)

    def next(self) -> str:
        """Return a name: plain, or one that needs quotes."""
        while True:
            name = self._one()
            if name not in self._taken:
                self._taken.add(name)
                return name

    def _one(self) -> str:
        draw = self.random
        plain = "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4)))
        style = draw.random()
        if style < 0.55:
            return plain + draw.choice(("", "_id", "_at", "_bas", "_cd"))
        if style < 0.7:
            return "".join(draw.choices(_KOREAN, k=2))
        if style < 0.78:
            return draw.choice(_RESERVED)
        if style < 0.86:
            return plain.title() + "Id"
        return plain + draw.choice((" ", ".", '"', "-")) + draw.choice(_SYLLABLES)


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


@dataclass(frozen=True, slots=True)
class Large:
    """A table with a primary key, columns of so many different values, and a note.

    Attributes:
        name: Its name.
        key: Its primary key, 1 to `rows`.
        rows: How many.
        columns: By name how SQL makes their values.
    """

    name: str
    key: str
    rows: int
    columns: Mapping[str, str]
    types: Mapping[str, str]

    def setup(self, *more: str) -> tuple[str, ...]:
        """Return the statements that create and fill it, and `more`."""
        made = ", ".join(f"{quoted(one)} {self.types[one]}" for one in self.columns)
        values = ", ".join(self.columns.values())
        return (
            f"CREATE TABLE {quoted(self.name)} ({quoted(self.key)} int PRIMARY KEY, {made}, pad text)",
            f"INSERT INTO {quoted(self.name)} SELECT g, {values}, md5(g::text) || md5((g + 1)::text)"
            f" FROM generate_series(1, {self.rows}) g",
            *more,
        )


class Maker:
    """Makes cases out of a seed.

    Args:
        seed: Of all that is drawn.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"pgadvice {seed}")  # noqa: S311
        self.names = Names(self.random)

    def table(self, **kinds: int | str) -> tuple[Large, dict[str, str]]:
        """Return a large table and its columns' names by role.

        Args:
            **kinds: By role how many different values the column has, or "time", "text", "share" (half true).
        """
        rows = self.random.randint(_LEAST, _MOST)
        names = {role: self.names.next() for role in kinds}
        columns, types = {}, {}
        order = list(kinds.items())
        self.random.shuffle(order)
        for role, kind in order:
            types[names[role]], columns[names[role]] = _column(kind, rows)
        return Large(self.names.next(), self.names.next(), rows, columns, types), names

    def calls(self) -> int:
        """Return how often a statement is executed."""
        return self.random.choice((5, 8, 13, 21))


def _column(kind: int | str, rows: int) -> tuple[str, str]:
    if isinstance(kind, int):
        return "int", f"floor(random() * {kind})::int"
    return {
        "time": ("timestamptz", f"timestamptz '2026-01-01' + random() * {rows} * interval '1 minute'"),
        "text": ("text", "'k' || floor(random() * 9000)::int"),
        "flag": ("boolean", "random() < 0.5"),
        "state": ("text", "(ARRAY['open', 'done', 'held'])[1 + floor(random() * 3)::int]"),
        # Nineteen in twenty rows have the same value, which the statements ask for.
        "skewed": ("int", "CASE WHEN random() < 0.95 THEN 0 ELSE 1 + floor(random() * 60)::int END"),
    }[kind]


def want(table: str, *accepted: Sequence[str]) -> Want:
    """Return a missing index."""
    return Want(table, frozenset(tuple(one) for one in accepted))


def below(limit: int, more: int = 1) -> Draw:
    """Return what draws numbers below a limit."""
    return lambda draw: tuple(draw.randrange(limit) for _ in range(more))


MOST_WANTED: Final = 4
MOST_DECOYS: Final = 5


def schema(seed: int) -> tuple[Case, ...]:
    """Return the cases of a seed: some indexes that are missing, and decoys."""
    from tests.bench.pgcases import DECOYS, WANTED

    maker = Maker(seed)
    wanted = maker.random.sample(WANTED, maker.random.randint(2, MOST_WANTED))
    decoys = maker.random.sample(DECOYS, maker.random.randint(3, MOST_DECOYS))
    made = [make(maker) for make in (*wanted, *decoys)]
    maker.random.shuffle(made)
    return tuple(made)
