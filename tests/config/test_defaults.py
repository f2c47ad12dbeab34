"""The packaged metrics and thresholds: complete, as the operations guide has them, and in order."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

from pathlib import Path

import pytest

from config.checks import FORMULAS
from config.levels import Level, Threshold
from config.loader import load
from config.schema import Config
from tests.config.kit import read

SHOWN = [
    "ecs.cpu", "ecs.memory", "ecs.running_tasks", "rds.cpu", "rds.connections", "rds.free_storage_percent",
    "rds.freeable_memory", "rds.read_latency", "rds.write_latency", "rds.burst_balance", "rds.ebs_byte_balance",
    "rds.ebs_io_balance", "rds.cpu_credits", "rds.replica_lag", "rds.disk_queue_depth", "rds.swap", "alb.requests", "alb.response_time",
    "alb.response_time_p95", "alb.response_time_p99", "alb.errors", "alb.error_rate", "alb.healthy_hosts",
]  # fmt: skip


@pytest.fixture(name="config")
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(tmp_path)
    return load(env={}).config


def test_shown_metrics_are_complete_and_in_order(config: Config) -> None:
    assert [spec.id for spec in config.metrics.values() if not spec.hidden] == SHOWN
    assert [spec.id for spec in config.metrics.values() if spec.hidden] == [
        "rds.free_storage", "rds.cpu_surplus_charged", "alb.target_5xx", "alb.elb_5xx",
    ]  # fmt: skip
    assert all(name == spec.id for name, spec in config.metrics.items())


@pytest.mark.parametrize(
    ("metric", "namespace", "name", "statistic", "peak", "scale", "unit"),
    [
        ("ecs.cpu", "AWS/ECS", "CPUUtilization", "Average", "Maximum", 1, "percent"),
        ("ecs.memory", "AWS/ECS", "MemoryUtilization", "Average", "Maximum", 1, "percent"),
        ("rds.cpu", "AWS/RDS", "CPUUtilization", "Average", "Maximum", 1, "percent"),
        ("rds.connections", "AWS/RDS", "DatabaseConnections", "Average", "Maximum", 1, "count"),
        ("rds.free_storage", "AWS/RDS", "FreeStorageSpace", "Average", None, 1, "bytes"),
        ("rds.freeable_memory", "AWS/RDS", "FreeableMemory", "Average", None, 1, "bytes"),
        ("rds.read_latency", "AWS/RDS", "ReadLatency", "Average", None, 1000, "ms"),
        ("rds.write_latency", "AWS/RDS", "WriteLatency", "Average", None, 1000, "ms"),
        ("rds.ebs_byte_balance", "AWS/RDS", "EBSByteBalance%", "Average", None, 1, "percent"),
        ("rds.ebs_io_balance", "AWS/RDS", "EBSIOBalance%", "Average", None, 1, "percent"),
        ("rds.cpu_surplus_charged", "AWS/RDS", "CPUSurplusCreditsCharged", "Sum", None, 1, "credits"),
        ("rds.burst_balance", "AWS/RDS", "BurstBalance", "Average", None, 1, "percent"),
        ("rds.replica_lag", "AWS/RDS", "ReplicaLag", "Average", None, 1, "seconds"),
        ("rds.cpu_credits", "AWS/RDS", "CPUCreditBalance", "Average", None, 1, "credits"),
        ("alb.requests", "AWS/ApplicationELB", "RequestCount", "Sum", None, 1, "count"),
        ("alb.response_time", "AWS/ApplicationELB", "TargetResponseTime", "Average", "Maximum", 1000, "ms"),
        ("alb.response_time_p95", "AWS/ApplicationELB", "TargetResponseTime", "p95", None, 1000, "ms"),
        ("alb.response_time_p99", "AWS/ApplicationELB", "TargetResponseTime", "p99", None, 1000, "ms"),
        ("alb.target_5xx", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", None, 1, "count"),
        ("alb.elb_5xx", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", None, 1, "count"),
    ],
)  # fmt: skip
def test_cloudwatch_metrics_are_those_of_the_guide(
    config: Config,
    metric: str,
    namespace: str,
    name: str,
    statistic: str,
    peak: str | None,
    scale: float,
    unit: str,
) -> None:
    spec = config.metrics[metric]
    told = (spec.namespace, spec.name, spec.statistic, spec.peak, spec.scale, spec.unit)
    assert told == (namespace, name, statistic, peak, scale, unit)


def test_optional_metrics_say_where_they_apply(config: Config) -> None:
    assert {name: spec.only for name, spec in config.metrics.items() if spec.only} == {
        "rds.burst_balance": "gp2", "rds.ebs_byte_balance": "small_ebs", "rds.ebs_io_balance": "small_ebs",
        "rds.cpu_credits": "burstable", "rds.cpu_surplus_charged": "burstable", "rds.replica_lag": "replica",
    }  # fmt: skip
    assert {name: spec.period for name, spec in config.metrics.items() if spec.period != 60} == {
        "rds.cpu_credits": 300,
        "rds.cpu_surplus_charged": 300,
    }


def test_derived_and_state_metrics(config: Config) -> None:
    derived = {name: spec for name, spec in config.metrics.items() if spec.source == "derived"}
    assert {name: spec.formula for name, spec in derived.items()} == {
        "rds.free_storage_percent": "percent_of_allocated", "alb.errors": "sum_errors", "alb.error_rate": "error_rate",
    }  # fmt: skip
    assert {spec.formula for spec in derived.values()} == set(FORMULAS)
    assert [name for name, spec in config.metrics.items() if spec.source == "state"] == [
        "ecs.running_tasks",
        "alb.healthy_hosts",
    ]


def test_every_metric_says_why_it_may_be_empty_in_a_sentence(config: Config) -> None:
    for spec in config.metrics.values():
        assert spec.empty is not None, spec.id
        assert spec.empty[0].isupper(), spec.id
        assert spec.empty.endswith("."), spec.id


@pytest.mark.parametrize(
    ("metric", "ok", "elevated", "warning", "critical"),
    [
        ("ecs.cpu", 59.9, 60, 70.1, 85.1), ("rds.cpu", 59.9, 70, 85, 85.1), ("ecs.memory", 69.9, 80, 90, 90.1),
        ("alb.response_time", 199, 500, 501, 1001), ("alb.response_time_p95", 399, 1000, 1001, 2001),
        ("alb.error_rate", 0.09, 0.1, 1.1, 5.1), ("rds.connections", 49, 80, 81, 101),
        ("rds.free_storage_percent", 30.1, 30, 19.9, 9.9),
    ],
)  # fmt: skip
def test_thresholds_are_those_of_the_guide(
    config: Config, metric: str, ok: float, elevated: float, warning: float, critical: float
) -> None:
    spec = config.thresholds[metric]
    threshold = Threshold(spec.warning, spec.critical, spec.goal, spec.below)
    levels = [threshold.judge(value) for value in (ok, elevated, warning, critical)]
    assert levels == [Level.OK, Level.ELEVATED, Level.WARNING, Level.CRITICAL]


def test_nothing_else_has_thresholds(config: Config) -> None:
    assert len(config.thresholds) == 8
    assert set(config.thresholds) <= set(config.metrics)


def test_a_file_changes_single_fields_and_adds_metrics(tmp_path: Path) -> None:
    loaded = read(
        tmp_path,
        "metrics:\n"
        "  ecs.cpu: {title: Processor}\n"
        "  rds.read_iops: {title: Reads, unit: per_second, resource: database, namespace: AWS/RDS, name: ReadIOPS, statistic: Average}\n"
        "thresholds:\n"
        "  rds.read_iops: {warning: 1000}\n",
    )
    cpu = loaded.config.metrics["ecs.cpu"]
    assert (cpu.title, cpu.name, cpu.peak) == ("Processor", "CPUUtilization", "Maximum")
    assert list(loaded.config.metrics)[-1] == "rds.read_iops"
    assert loaded.config.thresholds["rds.read_iops"].warning == 1000
    assert loaded.sources["metrics.ecs.cpu.title"] == f"{tmp_path}/stack.yaml:2"
    assert "metrics.ecs.cpu.name" not in loaded.sources


def test_loading_twice_gives_the_same(config: Config, tmp_path: Path) -> None:
    read(tmp_path, "metrics: {rds.swap: null}\nthresholds: {ecs.cpu: {goal: 1}}\n")
    assert load(env={}).config == config


def test_the_presets_are_those_of_the_guide(config: Config) -> None:
    told = [(one.name, one.since, one.filter_pattern, one.groups) for one in config.logs.presets]
    assert told == [
        ("last hour", 3600.0, "", ()),
        ("ERROR", None, "ERROR", ()),
        ("database connection", None, '"database connection"', ()),
    ]


def test_a_files_presets_replace_the_packaged_ones(tmp_path: Path) -> None:
    text = "logs:\n  sweep: 2m\n  presets:\n    - {name: slow, since: 30m}\n"
    logs = read(tmp_path, text).config.logs
    assert [(one.name, one.since) for one in logs.presets] == [("slow", 1800.0)]
    assert (logs.sweep, logs.overlap, logs.sweep_every) == (120.0, 3.0, 20.0)
