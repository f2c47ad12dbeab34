"""RDS actions on a sandbox: planned, applied, verified, taken back; seen by boto3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.sandboxkit import Bench, bench_of
from tui.domain.forms import FormError
from tui.domain.plan import Effect, Status
from tui.sandbox.launcher import Sandbox

DATABASE = "prod-llmops-postgres"
_OF_ITSELF = (
    "LatestRestorableTime",
    "DBInstanceStatus",
    "InstanceCreateTime",
    "PendingModifiedValues",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("calm", speed=60) as sandbox:
        yield sandbox


@pytest.fixture
def bench(running: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    with bench_of(running, tmp_path) as found:
        yield found


def instance(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)[
        "DBInstances"
    ][0]
    return found


def whole(bench: Bench) -> dict[str, Any]:
    """Return every settable thing that the actions touch."""
    rds = bench.client("rds")
    groups = rds.describe_db_parameter_groups()["DBParameterGroups"]
    found = {name: value for name, value in instance(bench).items() if name not in _OF_ITSELF}
    found["DBParameterGroups"] = [one["DBParameterGroupName"] for one in found["DBParameterGroups"]]
    return {
        "instance": found,
        "pending": instance(bench)["PendingModifiedValues"],
        "instances": [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]],
        "parameters": {
            one["DBParameterGroupName"]: [
                (each["ParameterName"], each["ParameterValue"])
                for each in rds.describe_db_parameters(DBParameterGroupName=one["DBParameterGroupName"])[
                    "Parameters"
                ]
                if each["Source"] == "user"
            ]
            for one in groups
        },
    }


ROUND_TRIPS = [
    ("rds-class", {"class": "db.t3.small", "when": "now"}),
    ("rds-class", {"class": "db.t3.small", "when": "window"}),
    ("rds-backups", {"days": "7", "backup": "15:00-16:00", "maintenance": "mon:17:00-mon:18:00"}),
    ("rds-slow-query-log", {}),
    ("rds-slow-query-log", {"reboot": "yes"}),
    ("rds-parameter", {"name": "max_connections", "value": "200"}),
    ("rds-replica", {}),
]


@pytest.mark.parametrize(("name", "values"), ROUND_TRIPS, ids=str)
def test_an_action_is_applied_and_taken_back(bench: Bench, name: str, values: dict[str, str]) -> None:
    before = whole(bench)
    outcome = bench.applied(name, DATABASE, **values)
    assert outcome.status is Status.DONE, outcome
    assert whole(bench) != before
    back = bench.undone(outcome.run)
    assert back.status is Status.DONE, back
    assert whole(bench) == before


def test_a_bigger_class_waits_for_the_window(bench: Bench) -> None:
    outcome = bench.applied("rds-class", DATABASE, **{"class": "db.t3.medium", "when": "window"})
    now = instance(bench)
    assert (now["DBInstanceClass"], now["PendingModifiedValues"]["DBInstanceClass"]) == (
        "db.t3.micro",
        "db.t3.medium",
    )
    _, _, plan = bench.planned("rds-backups", DATABASE, days="3")
    assert any("db.t3.medium" in one for one in plan.also), "what would come with it is told"
    bench.undone(outcome.run)


def test_a_replica_of_a_source_without_backups_is_a_plan_of_two_steps(bench: Bench) -> None:
    off = bench.applied("rds-backups", DATABASE, days="0")
    assert off.status is Status.DONE
    before = whole(bench)
    _, _, plan = bench.planned("rds-replica", DATABASE)
    assert len(plan.steps) == 2
    assert plan.impact.effect is Effect.DOWNTIME
    outcome = bench.applied("rds-replica", DATABASE)
    assert outcome.status is Status.DONE, outcome
    assert instance(bench)["ReadReplicaDBInstanceIdentifiers"] == [f"{DATABASE}-replica"]
    assert bench.undone(outcome.run).status is Status.DONE
    assert whole(bench) == before
    bench.undone(off.run)


def test_a_reboot_is_proven_by_its_event(bench: Bench) -> None:
    outcome = bench.applied("rds-reboot", DATABASE)
    assert outcome.status is Status.DONE
    assert not outcome.can_undo
    events = bench.client("rds").describe_events(SourceIdentifier=DATABASE, SourceType="db-instance")[
        "Events"
    ]
    assert "restarted" in events[-1]["Message"]


def test_storage_grows_and_then_rests(bench: Bench) -> None:
    before = int(instance(bench)["AllocatedStorage"])
    _, _, plan = bench.planned("rds-storage", DATABASE, size=str(before + 1))
    assert plan.changes[0].after == str(before + 2), "a tenth is the least"
    assert plan.irreversible
    outcome = bench.applied("rds-storage", DATABASE, size="50")
    assert outcome.status is Status.DONE, outcome
    assert not outcome.can_undo
    assert int(instance(bench)["AllocatedStorage"]) == 50
    _, _, plan = bench.planned("rds-storage", DATABASE, size="60")
    if instance(bench)["DBInstanceStatus"] == "storage-optimization":
        assert plan.is_blocked
    with pytest.raises(FormError, match="50"):
        bench.planned("rds-storage", DATABASE, size="20")


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("rds-class", {"class": "db.t9.huge"}, "choose one of"),
        ("rds-backups", {"backup": "03:00-04:00", "maintenance": "mon:03:30-mon:05:00"}, "overlap"),
        ("rds-backups", {"backup": "3-4"}, "hh:mm-hh:mm"),
        ("rds-slow-query-log", {"value": "soon"}, "whole number"),
        ("rds-parameter", {"name": "log_statement", "value": "some"}, "none,ddl,mod,all"),
        ("rds-replica", {"name": "1-bad-"}, "letter"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_any_call(
    bench: Bench, name: str, values: dict[str, str], says: str
) -> None:
    with pytest.raises(FormError, match=says):
        bench.planned(name, DATABASE, **values)


def test_windows_are_told_in_local_time(bench: Bench) -> None:
    _, _, plan = bench.planned(
        "rds-backups", DATABASE, backup="03:00-04:00", maintenance="mon:04:30-mon:05:30"
    )
    assert any("12:00-13:00 in Asia/Seoul" in one for one in plan.notes)
    assert any("working hours" in one.text for one in plan.checks)


def test_the_service_refuses_what_it_refuses(bench: Bench) -> None:
    rds = bench.client("rds")
    group = instance(bench)["DBParameterGroups"][0]["DBParameterGroupName"]
    assert group.startswith("default.")
    with pytest.raises(rds.exceptions.ClientError, match="Cannot modify a default parameter group"):
        rds.modify_db_parameter_group(
            DBParameterGroupName=group,
            Parameters=[{"ParameterName": "work_mem", "ParameterValue": "1", "ApplyMethod": "immediate"}],
        )
    with pytest.raises(rds.exceptions.ClientError, match="Invalid DB Instance class"):
        rds.modify_db_instance(DBInstanceIdentifier=DATABASE, DBInstanceClass="db.x.y")
