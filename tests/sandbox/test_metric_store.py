"""CloudWatch's statistics against a computation by brute force."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.metric_store import MetricKey, MetricStore, is_statistic, percentile

KEY = MetricKey.of("N", "M", A="1", B="2")
BASE = 1_800_000_000 // 3600 * 3600

samples = st.lists(
    st.tuples(
        st.integers(0, 599),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)),
        st.integers(1, 5),
    ),
    max_size=60,
)


def brute(values: list[float], statistic: str) -> float:
    ordered = sorted(values)
    plain = {
        "Average": sum(values) / len(values),
        "Sum": sum(values),
        "Minimum": ordered[0],
        "Maximum": ordered[-1],
        "SampleCount": float(len(values)),
    }
    if statistic in plain:
        return plain[statistic]
    return ordered[max(0, math.ceil(float(statistic[1:]) / 100 * len(values) - 1e-9) - 1)]


@given(
    samples,
    st.sampled_from(
        ["Average", "Sum", "Minimum", "Maximum", "SampleCount", "p0", "p50", "p95", "p99.9", "p100"]
    ),
    st.sampled_from([60, 120, 300]),
    st.integers(0, 9),
    st.integers(1, 11),
)
def test_answers_equal_brute_force(
    given_samples: list[tuple[int, float, int]], statistic: str, period: int, first: int, length: int
) -> None:
    store = MetricStore()
    for offset, value, weight in given_samples:
        store.add(KEY, BASE + offset, value, weight)
    start, end = BASE + first * 60, BASE + (first + length) * 60
    expected: dict[int, list[float]] = {}
    for offset, value, weight in given_samples:
        at = BASE + offset
        if start <= at < end:
            expected.setdefault(at // period * period, []).extend([value] * weight)
    times, values = store.query(KEY, start, end, period, statistic)
    assert times == sorted(expected)
    for at, value in zip(times, values, strict=True):
        assert value == pytest.approx(brute(expected[at], statistic), rel=1e-9, abs=1e-6)


def test_unknown_metric_has_no_points() -> None:
    assert MetricStore().query(KEY, 0, 1e10, 60, "Average") == ([], [])


def test_dimensions_are_part_of_the_metric() -> None:
    store = MetricStore()
    store.add(KEY, BASE, 1.0)
    assert store.query(MetricKey.of("N", "M", A="1"), BASE, BASE + 60, 60, "Sum") == ([], [])
    assert store.query(MetricKey.of("N", "M", B="2", A="1"), BASE, BASE + 60, 60, "Sum") == ([BASE], [1.0])


def test_start_is_rounded_down_and_end_is_exclusive() -> None:
    store = MetricStore()
    store.add(KEY, BASE, 1.0)
    store.add(KEY, BASE + 60, 2.0)
    assert store.query(KEY, BASE + 59, BASE + 60, 60, "Sum") == ([BASE], [1.0])


def test_a_statistic_set_keeps_its_extremes() -> None:
    store = MetricStore()
    store.add_set(KEY, BASE, count=4, total=10.0, low=1.0, high=5.0)
    for statistic, value in (("Minimum", 1.0), ("Maximum", 5.0), ("Average", 2.5), ("SampleCount", 4.0)):
        assert store.query(KEY, BASE, BASE + 60, 60, statistic)[1] == [value]


def test_old_buckets_are_forgotten() -> None:
    store = MetricStore()
    for minute in range(5):
        store.add(KEY, BASE + minute * 60, float(minute))
    store.forget_before(BASE + 180)
    assert store.query(KEY, BASE, BASE + 600, 60, "Maximum")[1] == [3.0, 4.0]


@pytest.mark.parametrize("name", ["p95", "p99.9", "Sum"])
def test_known_statistics(name: str) -> None:
    assert is_statistic(name)


@pytest.mark.parametrize("name", ["p101", "pct", "average", "tm99", ""])
def test_other_statistics_are_refused(name: str) -> None:
    assert not is_statistic(name)
    with pytest.raises(ValueError, match="not known"):
        MetricStore().query(KEY, 0, 60, 60, name)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 4)), min_size=1, max_size=12),
    st.sampled_from([0, 25, 50, 75, 90, 95, 99.9, 100]),
)
def test_percentiles_are_nearest_ranks(pairs: list[tuple[int, int]], percent: float) -> None:
    expanded = [float(value) for value, weight in pairs for _ in range(weight)]
    found = percentile([float(value) for value, _ in pairs], [float(weight) for _, weight in pairs], percent)
    assert found == brute(expanded, f"p{percent}")
