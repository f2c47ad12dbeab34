"""By which columns statements look rows up."""

from __future__ import annotations

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
    assert set(lookups(text, COLUMNS)) == set(expected)


def test_a_join_looks_both_sides_up() -> None:
    text = "SELECT 1 FROM orders o JOIN customers c ON c.id = o.customer WHERE c.email = $1"
    found = {one.table: one for one in lookups(text, COLUMNS)}
    assert set(found[CUSTOMERS].equal) == {"id", "email"}
    assert found[CUSTOMERS].joined == {"id"}
    assert found[ORDERS] == Lookup(ORDERS, ("customer",), joined=frozenset({"customer"}))


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
