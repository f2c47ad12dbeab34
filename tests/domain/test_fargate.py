"""Fargate's pairs, and containers that fit into another size."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.fargate import cpu_sizes, fitted, is_pair, memory_sizes, pairs


def test_there_are_seventy_four_pairs() -> None:
    assert len(pairs()) == 74
    assert [len(memory_sizes(cpu)) for cpu in cpu_sizes()] == [3, 4, 7, 13, 23, 12, 12]


@pytest.mark.parametrize(
    ("cpu", "memory"), [(300, 512), (256, 4096), (512, 512), (8192, 18432), (32768, 61440)]
)
def test_what_fargate_lacks(cpu: int, memory: int) -> None:
    assert not is_pair(cpu, memory)


sizes = st.sampled_from(pairs())
containers = st.lists(
    st.fixed_dictionaries(
        {"name": st.just("c"), "cpu": st.integers(0, 16384)},
        optional={"memory": st.integers(6, 122880), "memoryReservation": st.integers(6, 122880)},
    ),
    min_size=1,
    max_size=5,
)


@given(containers, sizes, sizes)
def test_containers_always_fit(
    found: list[dict[str, int]], before: tuple[int, int], after: tuple[int, int]
) -> None:
    result = fitted(found, before, after)
    assert sum(one["cpu"] for one in result) <= after[0] + len(result)
    assert sum(one.get("memory", 0) for one in result) <= after[1] + 6 * len(result)
    for one, old in zip(result, found, strict=True):
        assert set(one) == set(old)
        assert one.get("memoryReservation", 0) <= one.get("memory", after[1])


@given(sizes, sizes)
def test_the_only_container_has_the_whole_task(before: tuple[int, int], after: tuple[int, int]) -> None:
    (one,) = fitted([{"name": "c", "cpu": before[0], "memory": before[1]}], before, after)
    assert (one["cpu"], one["memory"]) == after


def test_what_fits_stays_as_it_is() -> None:
    small: list[dict[str, Any]] = [{"name": "a", "cpu": 64, "memory": 128}, {"name": "b"}]
    assert fitted(small, (256, 512), (512, 1024)) == small
