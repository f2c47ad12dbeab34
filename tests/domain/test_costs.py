"""The price of watching."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tui.domain.costs import Meter, dollars, metrics_requested


def query(name: str, stat: str, period: int = 60, **dimensions: str) -> dict[str, Any]:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": listed}
    return {"Id": "a", "MetricStat": {"Metric": metric, "Stat": stat, "Period": period}}


def request(*queries: dict[str, Any]) -> dict[str, Any]:
    return {"MetricDataQueries": list(queries)}


STATISTICS = ("Average", "Maximum", "p95", "p99", "Minimum", "Sum")


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 0),
        (request(query("A", "Average")), 1),
        (request(*(query("A", stat) for stat in STATISTICS[:5])), 1),
        (request(*(query("A", stat) for stat in STATISTICS)), 2),
        (request(query("A", "Sum"), query("B", "Sum")), 2),
        (request(query("A", "Sum", LoadBalancer="x"), query("A", "Sum", LoadBalancer="y")), 2),
        (request(query("A", "Sum", 60), query("A", "Sum", 300)), 2),
        (request(query("A", "Sum", B="1", C="2"), query("A", "Maximum", C="2", B="1")), 1),
        (request(query("A", "Sum"), {"Id": "e", "Expression": "a * 2"}), 1),
    ],
)
def test_aws_bills_metrics_requested(params: dict[str, Any], count: int) -> None:
    assert metrics_requested(params) == count
    assert dollars("cloudwatch", "GetMetricData", params) == pytest.approx(count * 1e-5)


@pytest.mark.parametrize(
    ("service", "operation", "price"),
    [
        ("cloudwatch", "DescribeAlarms", 1e-5),
        ("cloudwatch", "ListMetrics", 1e-5),
        ("cloudwatch", "GetMetricStatistics", 1e-5),
        ("ecs", "DescribeServices", 0.0),
        ("rds", "DescribeDBInstances", 0.0),
        ("elbv2", "DescribeTargetHealth", 0.0),
        ("logs", "FilterLogEvents", 0.0),
        ("cloudtrail", "LookupEvents", 0.0),
        ("sts", "GetCallerIdentity", 0.0),
    ],
)
def test_other_calls(service: str, operation: str, price: float) -> None:
    assert dollars(service, operation, {}) == price


class Time:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_rates_follow_the_calls() -> None:
    time = Time()
    meter = Meter(time)
    asked = request(*(query(f"M{index}", "Average") for index in range(20)))
    assert (meter.calls_per_minute(), meter.dollars_per_hour()) == (0, 0)
    meter.record("cloudwatch", "GetMetricData", asked)
    # 20 metrics a minute, an hour long: the start is not taken for a rate of its own.
    assert meter.dollars_per_hour() == pytest.approx(20 * 60 * 1e-5)
    for _ in range(59):
        time.now_s += 60
        meter.record("cloudwatch", "GetMetricData", asked)
        meter.record("ecs", "DescribeServices", {})
    assert meter.dollars_per_hour() == pytest.approx(20 * 60 * 1e-5)
    assert meter.calls_per_minute() == 2
    assert meter.calls == 60 + 59
    assert meter.dollars == pytest.approx(60 * 20 * 1e-5)
    assert meter.by_operation() == {("cloudwatch", "GetMetricData"): 60, ("ecs", "DescribeServices"): 59}
    time.now_s += 601
    assert (meter.calls_per_minute(), meter.dollars_per_hour()) == (0, 0)
    assert meter.calls == 60 + 59


def test_any_thread_may_record() -> None:
    meter = Meter(lambda: 0.0)

    def work() -> None:
        for _ in range(500):
            meter.record("ecs", "DescribeServices", {})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meter.calls == 2000
