"""The cases of which random schemas are made: indexes that are missing, and what only looks like it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.bench.pgschema import Case, Maker, below, quoted, want

# ---------------------------------------------------------------- missing


def _equal(make: Maker) -> Case:
    table, name = make.table(a="text", x=9)
    a = name["a"]
    return Case(
        "equality", table.setup(), f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s",
        lambda draw: (f"k{draw.randrange(9000)}",), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _two(make: Maker) -> Case:
    table, name = make.table(a=60, b=45, x=5)
    a, b = name["a"], name["b"]
    return Case(
        "two equalities", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s AND {quoted(b)} = %s",
        below(45, 2), make.calls(), (want(table.name, [a, b], [b, a]),),
    )  # fmt: skip


def _range(make: Maker) -> Case:
    table, name = make.table(a=40, t="time")
    a, t = name["a"], name["t"]
    return Case(
        "equality and range", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s"
        f" AND {quoted(t)} >= %s AND {quoted(t)} < %s",
        lambda draw: (draw.randrange(40), *_days(draw, table.rows, 1)),
        make.calls(), (want(table.name, [a, t]),),
    )  # fmt: skip


def _between(make: Maker) -> Case:
    table, name = make.table(t="time", x=7)
    t = name["t"]
    return Case(
        "range", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(t)} BETWEEN %s AND %s",
        lambda draw: _days(draw, table.rows, 0.05), make.calls(), (want(table.name, [t]),),
    )  # fmt: skip


def _newest(make: Maker) -> Case:
    table, name = make.table(a=20, t="time")
    a, t = name["a"], name["t"]
    return Case(
        "equality, ORDER BY, LIMIT", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s ORDER BY {quoted(t)} DESC LIMIT 20",
        below(20), make.calls(), (want(table.name, [a, t]),),
    )  # fmt: skip


def _latest(make: Maker) -> Case:
    table, name = make.table(t="time", x=5)
    t = name["t"]
    return Case(
        "ORDER BY, LIMIT", table.setup(),
        f"SELECT * FROM {quoted(table.name)} ORDER BY {quoted(t)} DESC LIMIT 10",
        lambda _: (), make.calls(), (want(table.name, [t]),),
    )  # fmt: skip


def _join(make: Maker) -> Case:
    parent, _ = make.table(x=5)
    child, name = make.table(p=parent.rows, x=3)
    p = name["p"]
    return Case(
        "join", (*parent.setup(), *child.setup()),
        f"SELECT p.*, c.* FROM {quoted(parent.name)} p JOIN {quoted(child.name)} c"
        f" ON c.{quoted(p)} = p.{quoted(parent.key)} WHERE p.{quoted(parent.key)} = %s",
        below(parent.rows), make.calls(), (want(child.name, [p]),),
    )  # fmt: skip


def _join_by_code(make: Maker) -> Case:
    parent, parents = make.table(code="text")
    child, name = make.table(p=parent.rows)
    p, code = name["p"], parents["code"]
    return Case(
        "join by a code", (*parent.setup(), *child.setup()),
        f"SELECT c.* FROM {quoted(parent.name)} JOIN {quoted(child.name)} AS c ON"
        f" {quoted(parent.name)}.{quoted(parent.key)} = c.{quoted(p)}"
        f" WHERE {quoted(parent.name)}.{quoted(code)} = %s",
        lambda draw: (f"k{draw.randrange(9000)}",), make.calls(),
        (want(parent.name, [code]), want(child.name, [p])),
    )  # fmt: skip


def _either(make: Maker) -> Case:
    table, name = make.table(a=4000, b=5000)
    a, b = name["a"], name["b"]
    return Case(
        "OR on one table", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s OR {quoted(b)} = %s",
        below(4000, 2), make.calls(), (want(table.name, [a]), want(table.name, [b])),
    )  # fmt: skip


def _in(make: Maker) -> Case:
    table, name = make.table(a=3000, x=4)
    a = name["a"]
    return Case(
        "IN", table.setup(), f"SELECT pad FROM {quoted(table.name)} WHERE {quoted(a)} IN (%s, %s, %s)",
        below(3000, 3), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _any(make: Maker) -> Case:
    table, name = make.table(a=3000, x=4)
    a = name["a"]
    return Case(
        "= ANY", table.setup(), f"SELECT pad FROM {quoted(table.name)} WHERE {quoted(a)} = ANY (%s)",
        lambda draw: ([draw.randrange(3000) for _ in range(3)],), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _update(make: Maker) -> Case:
    table, name = make.table(a=6000, x=4)
    a, x = name["a"], name["x"]
    return Case(
        "UPDATE", table.setup(), f"UPDATE {quoted(table.name)} SET {quoted(x)} = %s WHERE {quoted(a)} = %s",
        lambda draw: (draw.randrange(4), draw.randrange(6000)), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _delete(make: Maker) -> Case:
    table, name = make.table(a=9000)
    a = name["a"]
    return Case(
        "DELETE", table.setup(), f"DELETE FROM {quoted(table.name)} WHERE {quoted(a)} = %s",
        below(9000), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _exists(make: Maker) -> Case:
    parent, _ = make.table(x=5)
    child, name = make.table(p=parent.rows, x=3)
    p = name["p"]
    return Case(
        "EXISTS", (*parent.setup(), *child.setup()),
        f"SELECT * FROM {quoted(parent.name)} o WHERE o.{quoted(parent.key)} = %s AND EXISTS"
        f" (SELECT 1 FROM {quoted(child.name)} i WHERE i.{quoted(p)} = o.{quoted(parent.key)})",
        below(parent.rows), make.calls(), (want(child.name, [p]),),
    )  # fmt: skip


def _within_cte(make: Maker) -> Case:
    table, name = make.table(a=2500, x=6)
    a, x = name["a"], name["x"]
    return Case(
        "CTE and aggregate", table.setup(),
        f"WITH found AS (SELECT {quoted(x)} AS x FROM {quoted(table.name)} WHERE {quoted(a)} = %s)"
        " SELECT x, count(*) FROM found GROUP BY x",
        below(2500), make.calls(), (want(table.name, [a]),),
    )  # fmt: skip


def _with_weak(make: Maker) -> Case:
    table, name = make.table(a=5000, s="state")
    a, s = name["a"], name["s"]
    return Case(
        "selective beside a weak one", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(s)} = %s AND {quoted(a)} = %s",
        lambda draw: (draw.choice(("open", "done")), draw.randrange(5000)), make.calls(),
        (want(table.name, [a]),),
    )  # fmt: skip


# ---------------------------------------------------------------- decoys


def _small(make: Maker) -> Case:
    table, name = make.names.next(), make.names.next()
    setup = (
        f"CREATE TABLE {quoted(table)} ({quoted(name)} int, pad text)",
        f"INSERT INTO {quoted(table)} SELECT g, md5(g::text) FROM generate_series(1, 800) g",
    )
    statement = f"SELECT * FROM {quoted(table)} WHERE {quoted(name)} = %s"
    return Case("small table", setup, statement, below(800), 60)


def _indexed(make: Maker) -> Case:
    table, name = make.table(a=4000, x=3)
    a = name["a"]
    return Case(
        "indexed already", table.setup(f"CREATE INDEX ON {quoted(table.name)} ({quoted(a)})"),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s", below(4000), 40,
    )  # fmt: skip


def _covered(make: Maker) -> Case:
    table, name = make.table(a=200, b=900)
    a, b = name["a"], name["b"]
    return Case(
        "covered by a prefix",
        table.setup(f"CREATE INDEX ON {quoted(table.name)} ({quoted(a)}, {quoted(b)})"),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s", below(200), 40,
    )  # fmt: skip


def _unique(make: Maker) -> Case:
    table, name = make.table(x=3)
    code = make.names.next()
    more = (
        f"ALTER TABLE {quoted(table.name)} ADD {quoted(code)} text",
        f"UPDATE {quoted(table.name)} SET {quoted(code)} = 'u' || {quoted(table.key)}",
        f"ALTER TABLE {quoted(table.name)} ADD UNIQUE ({quoted(code)})",
        f"VACUUM {quoted(table.name)}",
    )
    x = name["x"]
    return Case(
        "unique already", table.setup(*more),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(code)} = %s AND {quoted(x)} = %s",
        lambda draw: (f"u{draw.randrange(table.rows)}", draw.randrange(3)), 40,
    )  # fmt: skip


def _weak(make: Maker) -> Case:
    kind = make.random.choice(("state", "flag"))
    table, name = make.table(a=kind)
    a = name["a"]
    return Case(
        "low selectivity", table.setup(), f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s",
        lambda draw: (True,) if kind == "flag" else (draw.choice(("open", "done")),), make.calls(),
        tempting=(table.name, (a,)),
    )  # fmt: skip


def _skewed(make: Maker) -> Case:
    table, name = make.table(a="skewed")
    a = name["a"]
    return Case(
        "one value in nearly all rows", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = %s",
        lambda _: (0,), make.calls(), tempting=(table.name, (a,)),
    )  # fmt: skip


def _function(make: Maker) -> Case:
    table, name = make.table(a="text", n=8000)
    a, n = name["a"], name["n"]
    shapes: tuple[tuple[str, Callable[[random.Random], tuple[object, ...]], str], ...] = (
        (f"lower({quoted(a)}) = %s", lambda draw: (f"k{draw.randrange(9000)}",), a),
        (f"{quoted(n)} + 1 = %s", below(8000), n),
        (f"{quoted(n)}::text = %s", lambda draw: (str(draw.randrange(8000)),), n),
        (f"coalesce({quoted(n)}, 0) = %s", below(8000), n),
    )
    condition, draw, column = make.random.choice(shapes)
    return Case(
        "function over the column", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {condition}", draw, make.calls(),
        tempting=(table.name, (column,)),
    )  # fmt: skip


def _or_across(make: Maker) -> Case:
    parent, parents = make.table(x=3000)
    child, name = make.table(p=parent.rows, y=3000)
    p, x, y = name["p"], parents["x"], name["y"]
    return Case(
        "OR across tables",
        (*parent.setup(), *child.setup(f"CREATE INDEX ON {quoted(child.name)} ({quoted(p)})")),
        f"SELECT p.pad FROM {quoted(parent.name)} p JOIN {quoted(child.name)} c"
        f" ON c.{quoted(p)} = p.{quoted(parent.key)} WHERE p.{quoted(x)} = %s OR c.{quoted(y)} = %s",
        below(3000, 2), 5, tempting=(parent.name, (x,)),
    )  # fmt: skip


def _wildcard(make: Maker) -> Case:
    table, name = make.table(a="text")
    a = name["a"]
    return Case(
        "leading wildcard", table.setup(), f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} LIKE %s",
        lambda draw: (f"%{draw.randrange(9000)}%",), make.calls(), tempting=(table.name, (a,)),
    )  # fmt: skip


def _unequal(make: Maker) -> Case:
    table, name = make.table(a=3000)
    a = name["a"]
    return Case(
        "inequality", table.setup(),
        f"SELECT count(*) FROM {quoted(table.name)} WHERE {quoted(a)} <> %s AND pad IS NOT NULL",
        below(3000), make.calls(), tempting=(table.name, (a,)),
    )  # fmt: skip


def _open_range(make: Maker) -> Case:
    table, name = make.table(t="time")
    t = name["t"]
    return Case(
        "range over half the rows", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(t)} > %s",
        lambda draw: (_days(draw, table.rows, 0, share=0.5)[0],), make.calls(), tempting=(table.name, (t,)),
    )  # fmt: skip


def _whole(make: Maker) -> Case:
    table, name = make.table(a=3000, n=100)
    a, n = name["a"], name["n"]
    return Case(
        "aggregate over all rows", table.setup(),
        f"SELECT {quoted(a)}, sum({quoted(n)}), max(pad) FROM {quoted(table.name)} GROUP BY {quoted(a)}"
        f" HAVING sum({quoted(n)}) > %s",
        below(5000), make.calls(), tempting=(table.name, (a,)),
    )  # fmt: skip


def _own(make: Maker) -> Case:
    table, name = make.table(a=3000, b=3000)
    a, b = name["a"], name["b"]
    return Case(
        "column with column", table.setup(),
        f"SELECT * FROM {quoted(table.name)} WHERE {quoted(a)} = {quoted(b)}",
        lambda _: (), make.calls(), tempting=(table.name, (a,)),
    )  # fmt: skip


def _all_joined(make: Maker) -> Case:
    parent, _ = make.table(x=5)
    child, name = make.table(p=parent.rows, n=50)
    p, n = name["p"], name["n"]
    return Case(
        "join of all rows", (*parent.setup(), *child.setup()),
        f"SELECT sum(c.{quoted(n)}) FROM {quoted(parent.name)} p JOIN {quoted(child.name)} c"
        f" ON c.{quoted(p)} = p.{quoted(parent.key)}",
        lambda _: (), 5, tempting=(child.name, (p,)),
    )  # fmt: skip


def _days(draw: random.Random, rows: int, days: float, share: float | None = None) -> tuple[str, str]:
    """Return a span within a table's times, which lie a minute a row after the new year."""
    start = rows * 60 * (draw.random() * 0.9 if share is None else share)
    return _moment(start), _moment(start + days * 86_400)


def _moment(seconds: float) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


WANTED: Final = (
    _equal, _two, _range, _between, _newest, _latest, _join, _join_by_code, _either, _in, _any, _update,
    _delete, _exists, _within_cte, _with_weak,
)  # fmt: skip
DECOYS: Final = (
    _small, _indexed, _covered, _unique, _weak, _skewed, _function, _or_across, _wildcard, _unequal,
    _open_range, _whole, _own, _all_joined,
)  # fmt: skip
