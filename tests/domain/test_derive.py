"""Derived metrics, with each trap of the operations guide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.stacks import (
    BALANCER,
    DATABASE,
    GIB,
    NOW,
    SERVICE,
    calm,
    config,
    instance,
    key,
    metrics,
    minutes,
    rds,
    snapshots,
)
from tui.domain.derive import (
    FORMULAS,
    Ingredients,
    Known,
    error_rate,
    percent_of_allocated,
    resolve,
    sum_errors,
)
from tui.domain.findings import Resolved
from tui.domain.snapshots import MetricsSnapshot, Series, SeriesKey

COUNTS = st.lists(st.one_of(st.none(), st.integers(0, 1000).map(float)), min_size=5, max_size=5)


def given_counts(
    requests: float | None, target: float | None, balancer: float | None
) -> tuple[float | None, float | None]:
    """Return (errors, rate) of one bucket."""
    ingredients = Ingredients(60, (minutes([target]), minutes([balancer])), minutes([requests]))
    errors, rate = sum_errors(ingredients), error_rate(ingredients)
    return (errors.values or (None,))[0], (rate.values or (None,))[0]


@pytest.mark.parametrize(
    ("requests", "target", "balancer", "errors", "rate"),
    [
        (1000, None, None, 0, 0),  # absent counters are 0 where requests were counted
        (1000, 10, None, 10, 1),
        (1000, 10, 40, 50, 5),  # the balancer's own are not part of the targets'
        (None, None, 30, 30, 100),  # total outage: RequestCount vanishes
        (20, None, 80, 80, 100),  # more balancer errors than requests that found a target
        (None, None, None, None, None),  # no traffic
        (0, None, None, 0, None),  # an endpoint that publishes zeros: still no traffic
        (0, 0, 0, 0, None),
        (0, None, 5, 5, 100),
    ],
)
def test_errors_and_their_rate(
    requests: float | None,
    target: float | None,
    balancer: float | None,
    errors: float | None,
    rate: float | None,
) -> None:
    assert given_counts(requests, target, balancer) == (errors, rate)


@given(COUNTS, COUNTS, COUNTS)
def test_a_rate_is_a_percentage_of_a_bucket_with_traffic(
    requests: list[float | None], target: list[float | None], balancer: list[float | None]
) -> None:
    ingredients = Ingredients(60, (minutes(target), minutes(balancer)), minutes(requests))
    rate = error_rate(ingredients)
    assert all(0 <= value <= 100 for value in rate.values)
    for at, asked, first, second in zip(range(NOW - 300, NOW, 60), requests, target, balancer, strict=True):
        has_traffic = bool(asked or first or second)
        assert (at in rate.times) == has_traffic
        assert (at in sum_errors(ingredients).times) == any(one is not None for one in (asked, first, second))


@pytest.mark.parametrize(
    ("free", "allocated", "percent"), [(5 * GIB, 20, 25.0), (30 * GIB, 20, 100.0), (0, 20, 0.0)]
)
def test_free_storage_is_a_share_of_the_allocated(free: float, allocated: int, percent: float) -> None:
    found = percent_of_allocated(Ingredients(60, (minutes([free]),), Series(60), allocated_gib=allocated))
    assert found.values == (percent,)


@pytest.mark.parametrize("allocated", [None, 0])
def test_free_storage_is_unknown_while_the_allocated_is(allocated: int | None) -> None:
    ingredients = Ingredients(60, (minutes([GIB]),), Series(60), allocated_gib=allocated)
    assert percent_of_allocated(ingredients) == Series(60)


def resolved(
    series: dict[SeriesKey, Series], period_s: int = 60, notes: dict[SeriesKey, str] | None = None
) -> dict[tuple[str, str], Resolved]:
    entries = snapshots(metrics=metrics(series, notes=notes))
    assert entries.ecs
    assert entries.rds
    assert entries.alb
    known = Known(
        MetricsSnapshot(NOW, series, notes or {}),
        entries.ecs.snapshot,
        entries.rds.snapshot,
        entries.alb.snapshot,
    )
    return resolve(config(), known, period_s)


def test_every_metric_of_the_stack_is_there_in_the_order_of_the_configuration() -> None:
    found = resolved(calm())
    order = list(config().metrics)
    assert [metric for metric, _ in found] == sorted((metric for metric, _ in found), key=order.index)
    assert found["ecs.running_tasks", SERVICE].latest == 2
    assert found["alb.healthy_hosts", BALANCER].series.values == (2.0,)
    assert found["rds.free_storage_percent", DATABASE].series.values[-1] == 50.0
    assert found["alb.error_rate", BALANCER].series.values[-1] == 0.0
    peak = found["ecs.cpu", SERVICE].peak
    assert peak is not None
    assert peak.values[-1] == 40.0


def test_optional_metrics_follow_the_description() -> None:
    found = {metric for metric, _ in resolved(calm())}
    assert {"rds.cpu_credits", "rds.ebs_byte_balance"} <= found
    assert not {"rds.burst_balance", "rds.replica_lag"} & found
    replica = rds(
        instance(replica_of="primary", storage_type="gp2", instance_class="db.m5.12xlarge")
    ).snapshot
    found = {metric for metric, _ in resolve(config(), Known(rds=replica), 60)}
    assert {"rds.burst_balance", "rds.replica_lag"} <= found
    assert not {"rds.cpu_credits", "rds.ebs_byte_balance"} & found


def test_before_anything_is_known_metrics_are_empty_not_absent() -> None:
    found = resolve(config(), Known(), 60)
    assert found["rds.cpu", DATABASE].series == Series(60)
    assert found["ecs.running_tasks", SERVICE].latest is None


def test_a_long_period_is_made_from_minutes_until_its_points_arrive() -> None:
    requests, p95 = key("alb.requests", BALANCER, "Sum"), key("alb.response_time_p95", BALANCER, "p95")
    series = calm() | {requests: minutes([100.0] * 10, NOW - NOW % 300)}
    found = resolved(series, 300)
    assert found["alb.requests", BALANCER].series.values == (500.0, 500.0)
    # A percentile of percentiles would be made up.
    assert found["alb.response_time_p95", BALANCER].series == series[p95]
    published = minutes([777.0, 778.0], NOW - NOW % 300 - 300, 300)
    series[key("alb.requests", BALANCER, "Sum", 300)] = published
    assert resolved(series, 300)["alb.requests", BALANCER].series.values[0] == 777.0


def test_the_newest_long_buckets_follow_the_minutes_where_these_cover_them() -> None:
    end = NOW - NOW % 300
    requests = key("alb.requests", BALANCER, "Sum")
    long = key("alb.requests", BALANCER, "Sum", 300)
    # Read when its last bucket held three minutes; two more, and another bucket, came since.
    read = minutes([700.0, 300.0], end - 300, 300)
    series = calm() | {long: read, requests: minutes([100.0] * 10, end)}
    assert resolved(series, 300)["alb.requests", BALANCER].series.values == (700.0, 500.0, 500.0)
    # Minutes that begin within a bucket would understate it.
    series[requests] = minutes([100.0] * 8, end)
    assert resolved(series, 300)["alb.requests", BALANCER].series.values == (700.0, 300.0, 500.0)


def test_a_metric_published_every_five_minutes_keeps_its_period() -> None:
    credits = minutes([100.0, 99.0], period_s=300)
    found = resolved({key("rds.cpu_credits", DATABASE, period_s=300): credits})
    assert found["rds.cpu_credits", DATABASE].series == credits


def test_parts_are_those_asked_for() -> None:
    part = key("alb.requests", BALANCER, "Sum", part="blue")
    found = resolved(calm() | {part: minutes([5.0])})
    assert found["alb.requests", BALANCER].parts == {"blue": minutes([5.0])}
    assert found["alb.errors", BALANCER].parts is None


def test_a_refused_input_says_so_on_what_is_derived_from_it() -> None:
    notes = {key("alb.target_5xx", BALANCER, "Sum"): "Forbidden"}
    found = resolved(calm(), notes=notes)
    assert found["alb.error_rate", BALANCER].note == "Forbidden"
    assert found["alb.response_time", BALANCER].note == ""


def test_every_formula_of_the_catalogue_exists() -> None:
    named = {spec.formula for spec in config().metrics.values() if spec.formula}
    assert named <= set(FORMULAS)
