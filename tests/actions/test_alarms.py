"""Alarms, dashboard and saved queries on a sandbox: applied, verified, taken back; seen by boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tui.domain.forms import FormError
from tui.domain.plan import Status
from tui.sandbox.launcher import Sandbox

STACK = "stack"
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:pages"
_OF_ITSELF = ("State", "AlarmConfigurationUpdated", "EvaluationState")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=30) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(running, tmp_path) as found:
        yield found


def alarms(bench: Bench) -> dict[str, dict[str, Any]]:
    found = bench.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {
        one["AlarmName"]: {key: value for key, value in one.items() if not key.startswith(_OF_ITSELF)}
        for one in found
    }


def test_the_five_alarms_of_the_guide_are_created_and_taken_back(bench: Bench) -> None:
    before = alarms(bench)
    outcome = bench.applied("alarms-sync", STACK, notify=TOPIC)
    assert outcome.status is Status.DONE, outcome
    made = alarms(bench)
    assert set(made) - set(before) == {
        "ecs-cpu-high",
        "ecs-memory-high",
        "rds-connections-high",
        "rds-storage-low",
        "alb-5xx-errors",
    }
    errors = made["alb-5xx-errors"]
    assert errors["Dimensions"][0]["Name"] == "LoadBalancer", "without it the alarm would never fire"
    assert errors["TreatMissingData"] == "notBreaching"
    assert errors["AlarmActions"] == [TOPIC]
    _, _, plan = bench.planned("alarms-sync", STACK)
    assert plan.is_blocked, "nothing is left to do"
    assert bench.undone(outcome.run).status is Status.DONE
    assert alarms(bench) == before


def test_drift_is_corrected_and_nothing_else_is_lost(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="ecs-cpu-high",
        AlarmDescription="ours",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=300,
        EvaluationPeriods=2,
        Threshold=95,
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[
            {"Name": "ClusterName", "Value": "prod-llmops-cluster"},
            {"Name": "ServiceName", "Value": "prod-llmops-service"},
        ],
        AlarmActions=[TOPIC],
        OKActions=[TOPIC],
    )
    before = alarms(bench)
    _, _, plan = bench.planned("alarms-sync", STACK, alarms="ecs-cpu-high")
    assert [(one.before, one.after) for one in plan.changes] == [("95", "80")]
    outcome = bench.applied("alarms-sync", STACK, alarms="ecs-cpu-high")
    assert outcome.status is Status.DONE
    now = alarms(bench)["ecs-cpu-high"]
    assert now["Threshold"] == 80
    assert (now["AlarmDescription"], now["AlarmActions"], now["OKActions"]) == ("ours", [TOPIC], [TOPIC])
    assert bench.undone(outcome.run).status is Status.DONE
    assert alarms(bench) == before


def test_actions_are_disabled_and_a_test_really_pages(bench: Bench) -> None:
    made = bench.applied("alarms-sync", STACK, alarms="rds-storage-low", notify=TOPIC)
    before = alarms(bench)
    outcome = bench.applied("alarms-actions", STACK, alarm="rds-storage-low", actions="disabled")
    assert outcome.status is Status.DONE
    assert alarms(bench)["rds-storage-low"]["ActionsEnabled"] is False
    assert bench.undone(outcome.run).status is Status.DONE
    assert alarms(bench) == before
    _, _, plan = bench.planned("alarms-test", STACK, alarm="rds-storage-low", state="ALARM")
    assert any(TOPIC in note for note in plan.notes), "whom it tells is told"
    assert plan.confirm == "rds-storage-low"
    fired = bench.applied("alarms-test", STACK, alarm="rds-storage-low", state="ALARM")
    assert fired.status is Status.DONE, fired
    assert not fired.can_undo
    bench.undone(made.run)


def dashboards(bench: Bench) -> dict[str, Any]:
    cloudwatch = bench.client("cloudwatch")
    names = [one["DashboardName"] for one in cloudwatch.list_dashboards()["DashboardEntries"]]
    return {name: json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]) for name in names}


def test_the_dashboard_is_published_compared_and_taken_back(bench: Bench) -> None:
    assert dashboards(bench) == {}
    outcome = bench.applied("dashboard-publish", STACK)
    assert outcome.status is Status.DONE, outcome
    (name,) = dashboards(bench)
    assert name == "llmops-production-dashboard"
    widgets = dashboards(bench)[name]["widgets"]
    assert {"metric", "log", "alarm"} <= {one["type"] for one in widgets}
    _, _, plan = bench.planned("dashboard-publish", STACK)
    assert plan.is_blocked, "the live one is the same"
    own = json.dumps({"widgets": [{"type": "text", "x": 0, "y": 0, "properties": {"markdown": "ours"}}]})
    bench.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=own)
    again = bench.applied("dashboard-publish", STACK)
    assert again.status is Status.DONE
    assert bench.undone(again.run).status is Status.DONE
    assert dashboards(bench)[name] == json.loads(own), "the former body is back"
    bench.client("cloudwatch").delete_dashboards(DashboardNames=[name])


def definitions(bench: Bench) -> list[tuple[str, str]]:
    found = bench.client("logs").describe_query_definitions()["queryDefinitions"]
    return sorted((one["name"], one["queryString"]) for one in found)


def test_queries_are_saved_corrected_and_taken_back(bench: Bench) -> None:
    before = definitions(bench)
    outcome = bench.applied("logs-save-queries", STACK)
    assert outcome.status is Status.DONE, outcome
    made = definitions(bench)
    assert len(made) > len(before)
    assert all(name.startswith("cwtop/") for name, _ in made)
    _, _, plan = bench.planned("logs-save-queries", STACK)
    assert plan.is_blocked, "all are saved"
    logs = bench.client("logs")
    first = logs.describe_query_definitions()["queryDefinitions"][0]
    logs.put_query_definition(
        name=first["name"], queryDefinitionId=first["queryDefinitionId"], queryString="limit 1"
    )
    changed = definitions(bench)
    again = bench.applied("logs-save-queries", STACK)
    assert again.status is Status.DONE
    assert definitions(bench) == made
    assert bench.undone(again.run).status is Status.DONE
    assert definitions(bench) == changed
    assert bench.undone(outcome.run).status is Status.DONE
    assert definitions(bench) == before


def test_a_broken_file_of_queries_and_patterns_are_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from tui.actions import logs_queries

    file = tmp_path / "queries.yaml"
    file.write_text("wide:\n  title: Wide\n  text: limit 1\n  log_groups: ['/ecs/*']\nbroken: [\n")
    monkeypatch.setattr(logs_queries, "user_file", lambda: file)
    _, _, plan = bench.planned("logs-save-queries", STACK)
    assert any("queries is broken" in one.text and str(file) in one.text for one in plan.checks)
    assert not plan.is_blocked, "the rest is saved"
    file.write_text("wide:\n  title: Wide\n  text: limit 1\n  log_groups: ['/ecs/*']\n")
    _, _, plan = bench.planned("logs-save-queries", STACK)
    assert any("patterns are left out of: wide" in one.text for one in plan.checks)
    (step,) = [one for one in plan.steps if one.text == "Save cwtop/wide"]
    assert step.call.params["logGroupNames"] == []


def test_an_update_leaves_the_state_of_an_alarm_as_it_is(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    kept = {
        "AlarmName": "kept",
        "Namespace": "Own",
        "MetricName": "Absent",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    }
    cloudwatch.put_metric_alarm(**kept, Threshold=1)
    cloudwatch.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="a test")
    before = cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"][0]
    cloudwatch.put_metric_alarm(**kept, Threshold=2)
    after = cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"][0]
    assert (after["StateValue"], after["Threshold"]) == ("ALARM", 2)
    assert after["StateTransitionedTimestamp"] == before["StateTransitionedTimestamp"]
    cloudwatch.delete_alarms(AlarmNames=["kept"])


def test_a_dashboard_is_fetched_as_a_piece_of_configuration(bench: Bench, tmp_path: Path) -> None:
    import yaml

    _, _, nothing = bench.planned("dashboard-fetch", STACK)
    assert nothing.is_blocked
    published = bench.applied("dashboard-publish", STACK)
    _, _, same = bench.planned("dashboard-fetch", STACK, file=str(tmp_path / "same.yaml"))
    assert same.is_blocked, "what the console published it knows"
    assert any("Cannot be represented: Alarms" in one for one in same.notes)
    widget = {
        "type": "metric",
        "properties": {
            "title": "Reads",
            "metrics": [["AWS/RDS", "ReadThroughput", "DBInstanceIdentifier", "prod-llmops-postgres"]],
        },
    }
    body = json.dumps({"widgets": [widget, {"type": "text", "properties": {"markdown": "ours"}}]})
    bench.client("cloudwatch").put_dashboard(DashboardName="theirs", DashboardBody=body)
    file = tmp_path / "new" / "piece.yaml"
    outcome = bench.applied("dashboard-fetch", STACK, dashboard="theirs", file=str(file))
    assert outcome.status is Status.DONE, outcome
    assert list(yaml.safe_load(file.read_text())["metrics"]) == ["rds.read_throughput"]
    assert file.stat().st_mode & 0o777 == 0o600
    _, _, again = bench.planned("dashboard-fetch", STACK, dashboard="theirs", file=str(tmp_path / "b.yaml"))
    assert "Cannot be represented: ours (text)." in again.notes
    with pytest.raises(FormError, match="there already"):
        bench.planned("dashboard-fetch", STACK, dashboard="theirs", file=str(file))
    assert bench.undone(outcome.run).status is Status.DONE
    assert not file.exists()
    bench.client("cloudwatch").delete_dashboards(DashboardNames=["theirs"])
    bench.undone(published.run)
