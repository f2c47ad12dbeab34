"""By which columns statements look rows up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.pgadvice.predicates import LONGEST, Lookup, lookups

COLUMNS = {
    ("public", "orders"): frozenset({"id", "customer", "state", "at", "열 이름"}),
    ("public", "customers"): frozenset({"id", "region", "email"}),
    ("shop", "Item"): frozenset({"id", "order_id", "Sku"}),
}
ORDERS, CUSTOMERS = ("", "orders"), ("", "customers")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM orders WHERE customer = $1", [Lookup(ORDERS, ("customer",))]),
        (
            "select * from Orders o where o.customer = $1 and state = 'x'",
            [Lookup(ORDERS, ("customer", "state"))],
        ),
        ("SELECT 1 FROM orders WHERE $1 = customer", [Lookup(ORDERS, ("customer",))]),
        ("SELECT 1 FROM orders WHERE customer IN ($1, $2)", [Lookup(ORDERS, ("customer",))]),
        ("SELECT 1 FROM orders WHERE customer = ANY ($1)", [Lookup(ORDERS, ("customer",))]),
        ("SELECT 1 FROM orders WHERE at >= $1 AND customer = $2", [Lookup(ORDERS, ("customer",), ("at",))]),
        ("SELECT 1 FROM orders WHERE at BETWEEN $1 AND $2", [Lookup(ORDERS, (), ("at",))]),
        (
            "SELECT 1 FROM orders WHERE customer = $1 OR state = $2",
            [Lookup(ORDERS, ("customer",)), Lookup(ORDERS, ("state",))],
        ),
        (
            "SELECT 1 FROM orders WHERE customer = $1 ORDER BY at DESC LIMIT 10",
            [Lookup(ORDERS, ("customer",), (), (("at", True),))],
        ),
        ("SELECT 1 FROM orders WHERE customer = $1 ORDER BY at", [Lookup(ORDERS, ("customer",))]),
        ("UPDATE orders SET state = $1 WHERE customer = $2", [Lookup(ORDERS, ("customer",))]),
        ("DELETE FROM public.orders WHERE customer = $1", [Lookup(("public", "orders"), ("customer",))]),
        ('SELECT 1 FROM shop."Item" WHERE "Sku" = $1', [Lookup(("shop", "Item"), ("Sku",))]),
        ('SELECT 1 FROM orders WHERE "열 이름" = $1', [Lookup(ORDERS, ("열 이름",))]),
        ("SELECT 1 FROM orders WHERE lower(state) = $1", []),
        ("SELECT 1 FROM orders WHERE customer = customer + 1", []),
        ("SELECT 1 FROM orders WHERE state <> $1", []),
        (
            "WITH o AS (SELECT * FROM orders WHERE customer = $1) SELECT * FROM o WHERE state = $2",
            [Lookup(ORDERS, ("customer",))],
        ),
        (
            "SELECT 1 FROM customers WHERE region = $1"
            " AND EXISTS (SELECT 1 FROM orders o WHERE o.customer = $2)",
            [Lookup(CUSTOMERS, ("region",)), Lookup(ORDERS, ("customer",))],
        ),
    ],
)  # fmt: skip
def test_what_a_statement_looks_up(text: str, expected: list[Lookup]) -> None:
    assert {_bare(one) for one in lookups(text, COLUMNS)} == set(expected)


def _bare(one: Lookup) -> Lookup:
    return replace(one, closed=frozenset(), is_whole=False, is_first=False, is_complete=False, branch=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM orders WHERE customer = $1", (True, False, True)),
        ("UPDATE orders SET state = $1 WHERE customer = $2", (True, False, True)),
        ("SELECT * FROM orders WHERE customer = $1 AND lower(state) = $2", (True, False, False)),
        ("SELECT count(*) FROM orders WHERE customer = $1", (False, False, True)),
        ("SELECT DISTINCT state FROM orders WHERE customer = $1", (False, False, True)),
        ("SELECT state FROM orders WHERE customer = $1 GROUP BY state", (False, False, True)),
        ("SELECT * FROM orders WHERE customer = $1 ORDER BY at LIMIT 5", (False, True, True)),
        ("SELECT * FROM orders WHERE customer = $1 OR at = $2", (False, False, True)),
        ("SELECT * FROM (SELECT * FROM orders WHERE customer = $1) o", (False, False, True)),
        ("SELECT o.* FROM orders o, customers c WHERE o.customer = $1", (False, False, True)),
    ],
)
def test_whether_the_rows_that_come_out_are_those_looked_up(
    text: str, expected: tuple[bool, bool, bool]
) -> None:
    found = lookups(text, COLUMNS)[0]
    assert (found.is_whole, found.is_first, found.is_complete) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("at BETWEEN $1 AND $2", {"at"}), ("at >= $1 AND at < $2", {"at"}), ("at >= $1", set())],
)
def test_a_range_with_two_ends_is_told_from_an_open_one(condition: str, expected: set[str]) -> None:
    assert lookups(f"SELECT * FROM orders WHERE {condition}", COLUMNS)[0].closed == expected


def test_alternatives_are_numbered() -> None:
    found = lookups("SELECT * FROM orders WHERE customer = $1 OR state = $2", COLUMNS)
    assert [one.branch for one in found] == [0, 1]


def test_a_join_looks_both_sides_up() -> None:
    text = "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer WHERE c.email = $1"
    assert {_bare(one) for one in lookups(text, COLUMNS)} == {
        Lookup(CUSTOMERS, ("email", "id"), joined=frozenset({"id"})),
        # The way in: without a row of the other table.
        Lookup(CUSTOMERS, ("email",)),
        Lookup(ORDERS, ("customer",), joined=frozenset({"customer"})),
    }


def test_a_column_that_two_tables_have_is_left_out_without_a_qualifier() -> None:
    assert lookups("SELECT 1 FROM orders, customers WHERE id = $1", COLUMNS) == ()


@given(st.text(max_size=200))
def test_rubbish_is_no_lookup_and_no_failure(text: str) -> None:
    assert isinstance(lookups(text, COLUMNS), tuple)


def test_a_long_text_is_left_out() -> None:
    text = "SELECT 1 FROM orders WHERE customer IN (" + ", ".join("1" for _ in range(LONGEST)) + ")"
    assert lookups(text, COLUMNS) == ()


def test_many_alternatives_stay_bounded() -> None:
    text = "SELECT 1 FROM orders WHERE " + " AND ".join("(customer = $1 OR state = $2)" for _ in range(12))
    assert len(lookups(text, COLUMNS)) <= 16
