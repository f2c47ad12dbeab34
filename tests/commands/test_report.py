"""`cwtop report`: three formats, the documented JSON, exit codes, and every wrong option."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.commands.kit import cwtop, is_sentence
from tui.runtime import configure
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.sources.reads import is_read

IDS = {
    "ecs.cpu", "ecs.memory", "ecs.running_tasks",
    "rds.cpu", "rds.connections", "rds.free_storage_percent", "rds.freeable_memory", "rds.read_latency",
    "rds.write_latency",
    "alb.requests", "alb.response_time", "alb.response_time_p95", "alb.response_time_p99", "alb.errors",
    "alb.error_rate", "alb.healthy_hosts",
}  # fmt: skip
WHERE_THEY_APPLY = {
    "rds.ebs_io_balance",
    "rds.burst_balance", "rds.ebs_byte_balance", "rds.replica_lag", "rds.disk_queue_depth", "rds.swap",
}  # fmt: skip
UNITS = {"percent": (0, 100), "ms": (0, 600_000), "bytes": (0, 1e15), "count": (0, 1e9)}
STATE = {"ecs.running_tasks", "alb.healthy_hosts"}


@pytest.fixture
def gate(sandbox_environment: Sandbox) -> Control:
    control = Control(sandbox_environment.endpoint_url)
    control.clear()
    control.reset_calls()
    return control


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    done = cwtop(capsys, "report", "--format", "json", *arguments)
    document: dict[str, Any] = json.loads(done.out)
    return done.code, document


def test_the_json_has_the_documented_shape(
    sandbox_environment: Sandbox, gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = as_json(capsys)
    assert code == 2
    assert list(found) == ["level", "window_s", "period_s", "metrics", "trends", "errors"]
    assert (found["level"], found["window_s"], found["period_s"]) == ("critical", 3600, 300)
    assert found["errors"] == []
    keys = ["id", "resource", "title", "unit", "latest", "average", "maximum", "level", "points"]
    ids = [one["id"] for one in found["metrics"]]
    assert len(ids) == len(set(ids))
    assert set(ids) >= IDS
    assert set(ids) <= IDS | WHERE_THEY_APPLY | {"rds.cpu_credits", "rds.cpu_credit_balance"}, set(ids) - IDS
    for one in found["metrics"]:
        assert list(one) == keys
        low, high = UNITS.get(one["unit"], (0, math.inf))
        assert low <= one["latest"] <= high, one["id"]
        assert one["level"] in (None, "ok", "elevated", "warning", "critical", "unknown")
        assert one["points"] == sorted(one["points"])
        assert all(len(point) == 2 and math.isfinite(point[1]) for point in one["points"])
        if one["id"] in STATE:
            assert [value for _, value in one["points"]] == [one["latest"]]
        else:
            assert 10 <= len(one["points"]) <= 13, one["id"]
            assert all(at % 300 == 0 for at, _ in one["points"])
            assert one["maximum"] >= one["average"]
    levels = {one["id"]: one["level"] for one in found["metrics"]}
    assert levels["alb.response_time"] == "critical"
    assert levels["alb.requests"] is None
    assert levels["rds.freeable_memory"] is None
    counts = gate.calls().counts
    # One for the figures, one for the trends.
    assert counts["cloudwatch:GetMetricData"] == 2
    assert all(is_read(*name.split(":")) for name in counts), counts


def test_the_names_of_resources(sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = as_json(capsys)
    names = {one["id"].split(".")[0]: one["resource"] for one in found["metrics"]}
    assert names == {"ecs": "prod-llmops-service", "rds": "prod-llmops-postgres", "alb": "prod-llmops-alb"}


def test_since_and_period(sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = as_json(capsys, "--since", "30m", "--period", "1m")
    assert (found["window_s"], found["period_s"]) == (1800, 60)
    cpu = next(one for one in found["metrics"] if one["id"] == "ecs.cpu")
    assert 27 <= len(cpu["points"]) <= 31


def test_the_table_tells_the_figures_and_the_breach(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report")
    assert done.code == 2
    slow = next(line for line in done.out.splitlines() if "Response time" in line and "CRITICAL" in line)
    assert "✖" in slow
    assert "prod-llmops-service" in done.out
    assert "\x1b" not in done.out


def test_the_markdown_is_tables(sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    done = cwtop(capsys, "report", "--format", "markdown")
    assert done.code == 2
    rows = [line for line in done.out.splitlines() if line.startswith("|")]
    assert len(rows) > 10
    assert any("Response time" in row and "CRITICAL" in row for row in rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "--since yesterday"),
        (["--since", "1m"], "--since 1m"),
        (["--since", "-1h"], "--since"),
        (["--period", "5"], "--period 5"),
        (["--period", "90s"], "--period 90s"),
        (["--period", "soon"], "--period soon"),
        (["--since", "60d", "--period", "1m"], "--period 1m"),
        (["--format", "xml"], "xml"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_wrong_option_is_64_and_a_sentence(
    options: list[str], said: str, sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report", *options)
    assert done.code == 64
    assert said in done.err
    assert is_sentence(done.err)
    assert done.out == ""


def test_one_refused_api_is_an_error_in_the_report_and_the_rest_is_there(
    sandbox_environment: Sandbox, gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.fail("AccessDenied", "rds", "DescribeDBInstances", status=403)
    try:
        code, found = as_json(capsys)
    finally:
        gate.clear()
    assert code == 2
    assert "rds:DescribeDBInstances" in json.dumps(found["errors"])
    assert next(one for one in found["metrics"] if one["id"] == "ecs.cpu")["latest"] is not None


def test_expired_credentials_are_77(
    sandbox_environment: Sandbox, gate: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.fail("ExpiredTokenException")
    try:
        done = cwtop(capsys, "report")
    finally:
        gate.clear()
    assert done.code == 77
    assert "expired" in done.out + done.err


def test_a_stack_in_good_health_is_0(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CWTOP_CONFIG")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    options = ["--cluster", "prod-llmops-cluster", "--service", "prod-llmops-service"]
    code, found = as_json(capsys, *options, "--read-only")
    assert code == 0
    assert found["level"] == "ok"
    assert {one["id"].split(".")[0] for one in found["metrics"]} == {"ecs"}


def test_a_resource_that_does_not_exist_is_unknown_or_worse(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CWTOP_CONFIG")
    done = cwtop(capsys, "report", "--cluster", "prod-llmops-cluster", "--service", "nobody")
    assert done.code == 3
    assert "nobody" in done.out


def test_the_sandbox_configuration_has_no_problem(sandbox_environment: Sandbox) -> None:
    assert configure({}).config.stack.services == ("prod-llmops-service",)


def test_another_account_than_the_pinned_one_is_refused_in_a_sentence(
    sandbox_environment: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    done = cwtop(capsys, "report", "--account", "999999999999")
    assert done.code == 77
    assert done.out == ""
    assert "123456789012" in done.err
    assert "999999999999" in done.err
