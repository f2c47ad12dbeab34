"""Who blocks whom, and who holds the connections."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tui.domain.pgsessions import blocking_tree, connections, oldest_transactions, pool_advice
from tui.domain.pgstats import ActivitySnapshot, Session

NOW = 1_000.0
PLAIN = Session(
    1, "app", "web", "api", "", "client backend", "idle", "", "", 0.0, None, 0.0, 990.0, None, False, "", None
)


def one(pid: int, *blocked_by: int, **changes: object) -> Session:
    wait = {"wait_type": "Lock", "wait_start_s": NOW - pid} if blocked_by else {}
    return replace(PLAIN, pid=pid, blocked_by=blocked_by, **{**wait, **changes})  # type: ignore[arg-type]


def snapshot(*sessions: Session) -> ActivitySnapshot:
    return ActivitySnapshot(NOW, NOW, sessions)


def drawn(*sessions: Session) -> list[tuple[int, int]]:
    return [(node.pid, node.depth) for node in blocking_tree(snapshot(*sessions))]


def test_nobody_waits() -> None:
    assert drawn(one(1), one(2)) == []


def test_a_chain_and_a_fork() -> None:
    found = blocking_tree(snapshot(one(1), one(2, 1), one(3, 2), one(4, 1), one(5)))
    assert [(node.pid, node.depth, node.blocks) for node in found] == [
        (1, 0, 3),
        (2, 1, 1),
        (3, 2, 0),
        (4, 1, 0),
    ]
    assert found[0].longest_wait_s == 4


def test_one_that_waits_for_several_is_drawn_once() -> None:
    assert sorted(drawn(one(1), one(2, 1), one(3, 1, 2))) == [(1, 0), (2, 1), (3, 1)] or sorted(
        drawn(one(1), one(2, 1), one(3, 1, 2))
    ) == [(1, 0), (2, 1), (3, 2)]


def test_a_ring_ends() -> None:
    assert [pid for pid, _ in drawn(one(1, 2), one(2, 1), one(3, 1))] == [1, 2, 3]


def test_a_prepared_transaction_has_no_session() -> None:
    found = blocking_tree(snapshot(one(7, 0)))
    assert (found[0].pid, found[0].session, found[1].pid) == (0, None, 7)


@given(st.dictionaries(st.integers(1, 12), st.sets(st.integers(0, 12), max_size=3), max_size=12))
def test_all_that_block_or_wait_are_drawn_exactly_once(edges: dict[int, set[int]]) -> None:
    sessions = [one(pid, *sorted(by - {pid})) for pid, by in edges.items()]
    found = [pid for pid, _ in drawn(*sessions)]
    waiting = {each.pid for each in sessions if each.blocked_by}
    blocking = {pid for each in sessions for pid in each.blocked_by}
    assert sorted(found) == sorted(waiting | blocking)


def test_connections_are_counted_by_who_holds_them() -> None:
    found = connections(
        snapshot(
            one(1, state="active"),
            one(2),
            one(3, application="job", state="idle in transaction", xact_start_s=900.0),
            one(4, kind="autovacuum worker"),
        ),
        100,
        3,
    )
    assert (found.total, found.active, found.idle, found.idle_in_transaction) == (3, 1, 1, 1)
    assert [(each.application, each.total, each.oldest_s) for each in found.holders] == [
        ("api", 2, None),
        ("job", 1, 100.0),
    ]
    assert found.share == 3 / 97


def test_what_a_pool_should_be() -> None:
    found = connections(snapshot(), 80, 3)
    assert "at most 30 each" in pool_advice(found, 2)
    assert pool_advice(found, None) == pool_advice(connections(snapshot(), None, 0), 2) == ""


def test_the_oldest_transactions_come_first() -> None:
    sessions = (one(1, xact_start_s=950.0), one(2, xact_start_s=100.0), one(3, xact_start_s=999.0))
    assert [each.pid for each in oldest_transactions(sessions, NOW, 30)] == [2, 1]
