"""The gate's rules: which calls they apply to, how often, how long."""

from __future__ import annotations

import pytest

from tui.sandbox.calls import Call
from tui.sandbox.rules import RuleBook

FILTER = Call("logs", "FilterLogEvents", True, {})


def hits(book: RuleBook, count: int) -> list[int]:
    return [number for number in range(count) if book.take(FILTER)]


def test_a_share_of_the_calls_is_the_same_for_the_same_seed() -> None:
    first, same, other = RuleBook(), RuleBook(), RuleBook()
    for book, seed in ((first, 3), (same, 3), (other, 4)):
        book.add(code="ThrottlingException", share=0.1, seed=seed)
    failed = hits(first, 1000)
    assert 70 < len(failed) < 130
    assert hits(same, 1000) == failed
    assert hits(other, 1000) != failed


def test_calls_that_are_spared_do_not_use_up_a_rule() -> None:
    book = RuleBook()
    book.add(code="ThrottlingException", share=0.2, remaining=3)
    assert len(hits(book, 200)) == 3


def test_a_rule_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("tui.sandbox.rules.time.monotonic", lambda: now)
    book = RuleBook()
    book.add(drop=True, seconds=30)
    now = 129.9
    assert [rule.drop for rule in book.take(FILTER)] == [True]
    now = 130.0
    assert book.take(FILTER) == []


def test_a_rule_is_for_its_service_and_operation() -> None:
    book = RuleBook()
    kept = book.add(service="logs", operation="GetLogEvents", code="A")
    book.add(service="rds", code="B")
    assert book.take(FILTER) == []
    assert [rule.id for rule in book.take(Call("logs", "GetLogEvents", True, {}))] == [kept]
    book.remove(kept)
    assert book.take(Call("logs", "GetLogEvents", True, {})) == []


@pytest.mark.parametrize("share", [0, -0.1, 1.1])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        RuleBook().add(share=share)
