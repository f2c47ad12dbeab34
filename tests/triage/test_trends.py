"""Trends of a stack: what is said, with which level, and why nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from config.levels import Level
from config.prices import prices_of
from tests.domain.stacks import DATABASE, GIB, NOW, SERVICE, config, deployment, instance, postgres, service
from tui.domain.snapshots import EcsSnapshot, MetricsSnapshot, RdsSnapshot, Series, SeriesKey
from tui.domain.trend import Trend
from tui.triage.trends import judge_trends

HOUR = 3600
END = NOW - NOW % HOUR


def hourly(values: Sequence[float]) -> Series:
    start = END - len(values) * HOUR
    return Series(HOUR, tuple(start + hour * HOUR for hour in range(len(values))), tuple(values))


def judged(
    series: Mapping[str, Sequence[float]],
    *,
    instance_class: str = "db.t3.micro",
    created_s: float | None = None,
) -> dict[str, Trend]:
    found = {
        SeriesKey(
            name,
            SERVICE if name.startswith("ecs") else DATABASE,
            "Sum" if "charged" in name else "Average",
            HOUR,
        ): hourly(values)
        for name, values in series.items()
    }
    trends = judge_trends(
        config(),
        MetricsSnapshot(float(END), found, {}),
        ecs=EcsSnapshot(NOW, (service(deployments=(deployment("COMPLETED", created_s=created_s),)),)),
        rds=RdsSnapshot(NOW, (instance(instance_class=instance_class, storage_type="gp2"),)),
        postgres=postgres(80).snapshot,
        prices=prices_of("ap-northeast-2", {}),
    )
    return {one.metric: one for one in trends}


def ramp(count: int, start: float, slope: float) -> list[float]:
    return [start + slope * hour + 0.05 * (hour % 2) for hour in range(count)]


def test_without_data_every_trend_says_what_is_missing() -> None:
    found = judged({})
    assert list(found) == [
        *("ecs.memory", "rds.free_storage", "rds.burst_balance", "rds.ebs_io_balance"),
        *("rds.ebs_byte_balance", "rds.cpu_credits", "rds.connections"),
    ]
    for one in found.values():
        assert (one.sentence, one.level, one.eta_s, one.evidence) == ("", None, None, None)
        assert one.reason == "too little data: 0 of 6 hours"


def test_a_leak_since_a_deployment_is_told_as_a_sentence() -> None:
    memory = [40.0] * 50 + [40.3] * 46 + ramp(12, 41.0, 2.0)
    one = judged({"ecs.memory": memory}, created_s=END - 12 * HOUR - 60)["ecs.memory"]
    assert one.level is Level.WARNING
    assert one.sentence.startswith("memory +2.0 %/h (")
    assert ") since the deployment 12h ago, 100 % in " in one.sentence
    assert one.eta_s == pytest.approx(18 * HOUR, rel=0.15)
    assert one.evidence is not None
    assert one.evidence.low < 2.0 < one.evidence.high
    assert one.to_json()["evidence"]["unit"] == "percent"


def test_storage_that_fills_says_when() -> None:
    free = [(8.0 - 0.05 * hour) * GIB for hour in range(48)]
    one = judged({"rds.free_storage": free})["rds.free_storage"]
    assert one.level is Level.ELEVATED
    assert one.sentence.startswith("free storage -51 MiB/h (51 MiB/h to 51 MiB/h) since ")
    assert one.sentence.endswith(", full in 5 days")


def test_growing_storage_begins_anew() -> None:
    free = [(8.0 - 0.5 * hour) * GIB for hour in range(12)] + [30.0 * GIB] * 4
    one = judged({"rds.free_storage": free})["rds.free_storage"]
    assert (one.sentence, one.reason) == ("", "too little data: 4 of 6 hours since it was grown")
    steady = judged({"rds.free_storage": [*free, *[30.0 * GIB] * 8]})["rds.free_storage"]
    assert (steady.sentence, steady.reason) == ("", "steady")


def test_a_balance_that_empties_within_hours_is_a_warning() -> None:
    found = judged({"rds.burst_balance": ramp(8, 90.0, -9.0), "rds.ebs_io_balance": ramp(8, 99.5, -0.1)})
    burst = found["rds.burst_balance"]
    assert burst.level is Level.WARNING
    assert burst.sentence.startswith("burst balance -9.0 %/h (")
    assert ", empty in 3 h" in burst.sentence
    assert found["rds.ebs_io_balance"].reason == "steady"


def test_surplus_credits_are_money_not_a_stop() -> None:
    charged = {"rds.cpu_credits": [0.0] * 12, "rds.cpu_surplus_charged": [0.0] * 4 + [40.0] * 8}
    one = judged(charged)["rds.cpu_credits"]
    # 40 credits are 40 minutes of a vCPU at $0.075 an hour.
    assert one.sentence == "surplus CPU credits charged, 40.0/h over 7h: $0.050 per hour; money, not a stop"
    assert (one.level, one.eta_s) == (Level.ELEVATED, None)


def test_credits_that_run_out_stop_a_t2_only() -> None:
    credits = {"rds.cpu_credits": ramp(12, 144.0, -10.0)}
    unlimited = judged(credits)["rds.cpu_credits"]
    assert unlimited.level is Level.ELEVATED
    assert unlimited.sentence.endswith("; unlimited: billed beyond ($0.075 per vCPU-hour), no stop")
    limited = judged(credits, instance_class="db.t2.micro")["rds.cpu_credits"]
    assert limited.level is Level.WARNING
    assert limited.sentence.endswith(", then held to the baseline")
    assert "rds.cpu_credits" not in judged(credits, instance_class="db.m6g.large")


def test_connections_that_grow_name_the_limit_in_force() -> None:
    one = judged({"rds.connections": [20.0] * 72 + ramp(16, 20.0, 2.0)})["rds.connections"]
    assert one.level is Level.WARNING
    assert one.sentence.startswith("connections +2.0/h (")
    assert ", 68 (critical) in 9 h" in one.sentence
