"""A dashboard's body read as configuration: shorthand, limits, what is known, what cannot be represented."""

from __future__ import annotations

from typing import Any

import yaml

from config.loader import load
from config.schema import Config
from config.validate import validate
from tui.actions.dashboard_fetch import fragment
from tui.domain.dashboardread import Found, read_dashboard

REGION = "eu-west-1"
BALANCER = "app/front/0123456789abcdef"


def config() -> Config:
    packaged = load({}, env={"HOME": "/nowhere"}).config
    names = {"cluster": "main", "services": ("web",), "databases": ("orders",)}
    return packaged.model_copy(update={"stack": packaged.stack.model_copy(update=names)})


def metric(title: str, *rows: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"title": title, "metrics": [*rows], **properties}}


def read(*widgets: Any) -> Found:
    return read_dashboard({"widgets": [*widgets]}, config(), REGION)


def test_a_metric_that_is_new_is_a_piece_of_configuration() -> None:
    found = read(
        metric(
            "Reads, orders",
            ["AWS/RDS", "ReadThroughput", "DBInstanceIdentifier", "orders"],
            ["...", {"stat": "Maximum"}],
            annotations={
                "horizontal": [{"label": "warning", "value": 10}, {"label": "critical", "value": 20}]
            },
        )
    )
    assert found.metrics == {
        "rds.read_throughput": {
            "title": "Reads",
            "unit": "bytes",
            "resource": "database",
            "namespace": "AWS/RDS",
            "name": "ReadThroughput",
            "statistic": "Average",
            "peak": "Maximum",
        }
    }
    assert found.thresholds == {"rds.read_throughput": {"warning": 10.0, "critical": 20.0}}
    assert found.stack == {}
    text = fragment("board", found)
    _, problems = validate(yaml.safe_load(text), partial=True)
    assert not problems, "the configuration takes it"
    assert "Units told from the names" in text


def test_what_is_configured_is_only_named() -> None:
    found = read(
        metric("CPU", ["AWS/ECS", "CPUUtilization", "ClusterName", "main", "ServiceName", "web"]),
        metric("Most", ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "orders"], stat="Maximum"),
    )
    assert found.known == ["ecs.cpu", "rds.cpu"]
    assert found.document == {}
    assert fragment("board", found) == ""


def test_resources_that_are_new_come_with_those_that_are_there() -> None:
    row = ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", BALANCER, {"stat": "Sum"}]
    found = read(
        metric("CPU", ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "reports"]),
        metric("Requests", row),
    )
    assert found.stack == {"databases": ["orders", "reports"], "load_balancers": ["front"]}


def test_a_statistic_of_its_own_gets_an_id_of_its_own() -> None:
    row = ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", BALANCER]
    found = read(metric("Slowest", row, stat="p90"))
    (name,) = found.metrics
    assert name == "alb.target_response_time_p90"
    assert (found.metrics[name]["unit"], found.metrics[name]["scale"]) == ("ms", 1000.0)


def test_the_shorthand_of_rows_is_written_out() -> None:
    found = read(
        metric(
            "Both",
            ["AWS/RDS", "SwapSpace", "DBInstanceIdentifier", "orders"],
            [".", "DiskSpace", ".", "."],
            ["...", "reports"],
        )
    )
    assert list(found.metrics) == ["rds.swap_space", "rds.disk_space"]
    assert found.stack == {"databases": ["orders", "reports"]}
    assert not found.left


def test_what_cannot_be_represented_is_told_by_title() -> None:
    found = read(
        {"type": "text", "properties": {"markdown": "# Ours"}},
        {"type": "log", "properties": {"title": "Errors", "query": "limit 1"}},
        {"type": "alarm", "properties": {"title": "States", "alarms": []}},
        metric("Away", ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "x"], region="us-east-1"),
        metric("Sum", [{"expression": "m1 + m2"}]),
        metric("Queue", ["AWS/SQS", "Depth", "QueueName", "q"]),
        metric("Elsewhere", ["AWS/ECS", "CPUUtilization", "ClusterName", "other", "ServiceName", "web"]),
        {"type": "metric", "properties": {"title": "Graph", "annotations": {"alarms": ["arn"]}}},
        metric("Empty", []),
    )
    told = dict(found.left)
    assert list(told) == ["# Ours", "Errors", "States", "Away", "Sum", "Queue", "Elsewhere", "Graph", "Empty"]
    assert "QueueName" in told["Queue"]
    assert "us-east-1" in told["Away"]
    assert found.document == {}
