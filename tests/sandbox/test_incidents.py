"""Incidents without processes: the planted cause, the breach, the decoys, and that a seed repeats them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui.sandbox.incidents import Incident, make
from tui.sandbox.launcher import SCENARIOS
from tui.sandbox.settings import Settings
from tui.sandbox.story import draw

SETTINGS = Settings.load()
TROUBLED = [name for name in SCENARIOS if name != "calm"]
GIB = 1024**3


def last(incident: Incident, namespace: str, name: str, statistic: str = "Average") -> float:
    points = [value for _, value in incident.series(namespace, name, statistic, hours=0.1)]
    return sum(points[-3:]) / 3


def error_rate(incident: Incident) -> float:
    failed = last(incident, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum")
    return 100 * failed / last(incident, "AWS/ApplicationELB", "RequestCount", "Sum")


def free_percent(incident: Incident) -> float:
    return 100 * last(incident, "AWS/RDS", "FreeStorageSpace") / GIB / SETTINGS.rds.allocated_gib


BREACHES = {
    "slow-query": lambda one: last(one, "AWS/ApplicationELB", "TargetResponseTime") > 1.0,
    "memory-leak": lambda one: last(one, "AWS/ECS", "MemoryUtilization") > 90,
    "traffic-spike": lambda one: last(one, "AWS/ECS", "CPUUtilization") > 85,
    "bad-deploy": lambda one: error_rate(one) > 5,
    "storage-filling": lambda one: free_percent(one) < 10,
    "connection-leak": lambda one: last(one, "AWS/RDS", "DatabaseConnections") > 68,
}
"""By the critical limits of config/thresholds.yaml."""


@pytest.mark.parametrize("name", TROUBLED)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_symptom_is_breached_and_the_cause_is_among_the_facts(name: str, seed: int) -> None:
    incident = make(name, seed, log_minutes=2)
    assert BREACHES[name](incident)
    cause = incident.cause
    assert cause is not None
    assert cause.is_planted
    assert incident.symptom == SETTINGS.scenarios[name].symptom
    if cause.kind != "traffic":
        told = [fact for fact in incident.facts if fact.kind == cause.kind and fact.name == cause.name]
        assert [(fact.at_s, fact.is_planted) for fact in told] == [(cause.at_s, True)]
    decoys = [fact for fact in incident.facts if fact.kind == "deployment" and not fact.is_planted]
    assert decoys
    if cause.kind == "deployment":
        assert max(fact.at_s for fact in decoys) < cause.at_s
    if SETTINGS.scenarios[name].alarms:
        alarms = [fact for fact in incident.facts if fact.kind == "alarm"]
        assert [fact.text for fact in alarms] == ["Alarm updated from OK to ALARM"]
        assert cause.at_s < alarms[0].at_s <= incident.start_s


@pytest.mark.parametrize("seed", [4, 9])
def test_calm_is_calm_all_day(seed: int) -> None:
    incident = make("calm", seed, log_minutes=2)
    assert incident.cause is None
    assert not any(fact.is_planted for fact in incident.facts)
    for namespace, metric, limit in (
        ("AWS/ECS", "CPUUtilization", 70),
        ("AWS/ECS", "MemoryUtilization", 80),
        ("AWS/RDS", "CPUUtilization", 70),
        ("AWS/RDS", "DatabaseConnections", 56),
        ("AWS/ApplicationELB", "TargetResponseTime", 0.5),
    ):
        points = [value for _, value in incident.series(namespace, metric)]
        assert len(points) >= 1439
        assert max(points) < limit
    assert min(value for _, value in incident.series("AWS/RDS", "FreeStorageSpace")) > 6 * GIB
    quarters = [value for _, value in incident.series("AWS/ApplicationELB", "RequestCount", "Sum", 900)]
    assert max(quarters) > 1.5 * min(quarters), "there is a daily cycle"


def test_a_seed_repeats_an_incident_and_another_one_does_not() -> None:
    first, again, other = (make("bad-deploy", seed, log_minutes=1, hours=3) for seed in (6, 6, 7))

    def read(incident: Incident) -> tuple[object, ...]:
        series = tuple(
            incident.series("AWS/RDS", key.name) for key in incident.known() if key.namespace == "AWS/RDS"
        )
        return series, incident.facts, incident.lines(incident.start_s - 60, incident.start_s)

    assert read(first) == read(again)
    assert read(first) != read(other)


def test_a_release_is_told_by_its_line_since_it_came() -> None:
    incident = make("bad-deploy", 2)
    assert incident.cause is not None
    at = incident.cause.at_s

    def count(since: float, until: float) -> int:
        return sum("TypeError" in text for _, _, text in incident.lines(since, until))

    assert count(incident.start_s - 3600, at) == 0
    assert count(at + 60, incident.start_s) > 100


def test_decoys_differ_by_seed_and_leave_room_before_the_cause() -> None:
    scenario = SETTINGS.scenarios["memory-leak"]
    stories = [draw(SETTINGS, scenario, seed, 1_800_000_000) for seed in range(40)]
    times = {tuple(one.at_s for one in story.deployments) for story in stories}
    assert len(times) == 40
    for story in stories:
        planted = story.deployments[-1]
        assert (planted.release, planted.is_decoy) == ("1.43.0", False)
        assert 1 <= len(story.deployments) - 1 <= 3
        assert all(planted.at_s - one.at_s >= 2_700 for one in story.deployments[:-1])
        assert story.onset_s is not None
        assert any(abs(bump.start_s - story.onset_s) <= 720 for bump in story.bumps)


def test_neither_moto_nor_a_database_is_needed() -> None:
    code = (
        "import sys; sys.modules['moto'] = None\n"
        "from tui.sandbox.incidents import make\n"
        "print(len(make('calm', log_minutes=1, hours=1).facts))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
