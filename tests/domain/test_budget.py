"""The connection budget of more tasks."""

from __future__ import annotations

import pytest

from tui.domain.budget import Budget, budget_check, pool_size
from tui.domain.plan import Verdict


@pytest.mark.parametrize(
    ("tasks", "verdict"), [(4, Verdict.PASS), (7, Verdict.WARN), (9, Verdict.WARN), (10, Verdict.BLOCK)]
)
def test_tasks_against_max_connections(tasks: int, verdict: Verdict) -> None:
    check = budget_check(Budget(80, 8.0, "DB_POOL_SIZE", 1), tasks)
    assert check is not None
    assert check.verdict is verdict


def test_ten_tasks_with_a_pool_of_twenty_are_two_hundred() -> None:
    check = budget_check(Budget(100, 20.0, "DB_POOL_SIZE"), 10)
    assert check is not None
    assert "200 of 100" in check.text


def test_what_is_not_known() -> None:
    assert budget_check(Budget(80, None), 5) is None
    check = budget_check(Budget(None, 8.0), 5)
    assert check is not None
    assert check.verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_POOL_SIZE", "20", 20),
        ("PGPOOL_MAX", "20", None),
        ("DATABASE_POOL_MAX", "15", 15),
        ("DB_POOL_SIZE", "auto", None),
        ("SPOOL_SIZE", "9", None),
    ],
)
def test_the_pool_size_of_an_environment(name: str, value: str, expected: int | None) -> None:
    found = pool_size([{"environment": [{"name": name, "value": value}]}])
    assert (found[0] if found else None) == expected
