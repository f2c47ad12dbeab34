"""The load of RDS instances by wait event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sources.doubles import FakeAws, FakeClock, denied
from tests.sources.test_inventory import instance
from tui.domain.errors import SourceError
from tui.domain.snapshots import DatabaseLoad, RdsSnapshot
from tui.sources.dbload import LoadSource
from tui.sources.rds import RdsSource


def described(**more: Any) -> RdsSnapshot:
    raw = instance("db", DbiResourceId="db-ABC", PerformanceInsightsEnabled=True, **more)
    return RdsSource(FakeAws({"describe_db_instances": {"DBInstances": [raw]}}), ["db"], FakeClock()).fetch()


def point(minute: int, value: float | None) -> dict[str, Any]:
    known = {} if value is None else {"Value": value}
    return {"Timestamp": datetime(2026, 1, 2, 3, minute, tzinfo=UTC), **known}


def key(kind: str, name: str) -> dict[str, Any]:
    return {
        "Metric": "db.load.avg",
        "Dimensions": {"db.wait_event.type": kind, "db.wait_event.name": name},
    }


ANSWER = {
    "MetricList": [
        {"Key": {"Metric": "db.load.avg"}, "DataPoints": [point(3, 1.0), point(4, 2.5), point(5, None)]},
        {"Key": key("CPU", "CPU"), "DataPoints": [point(3, 0.9), point(4, 1.5)]},
        {"Key": key("IO", "DataFileRead"), "DataPoints": [point(4, 0.8), point(5, None)]},
        {"Key": key("Lock", "tuple\x1b]0;x\x07"), "DataPoints": [point(4, 0.2)]},
        {"Key": key("Client", "ClientRead"), "DataPoints": [point(3, 0.1)]},
    ]
}


def test_the_newest_whole_minute_is_told_by_wait_event() -> None:
    aws = FakeAws({"get_resource_metrics": ANSWER})
    source = LoadSource(aws, described, FakeClock())
    assert source.is_wanted()
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC).timestamp()
    waits = (("CPU", 1.5), ("IO:DataFileRead", 0.8), ("Lock:tuple", 0.2))
    assert source.fetch().loads == (DatabaseLoad("db", at, 2.5, waits),)


def test_without_performance_insights_nothing_is_asked() -> None:
    aws = FakeAws({})
    source = LoadSource(aws, lambda: None, FakeClock())
    assert not source.is_wanted()
    assert source.fetch().loads == ()


def test_what_is_refused_names_the_permission() -> None:
    def refuse(**_: Any) -> dict[str, Any]:
        raise denied("pi:GetResourceMetrics")

    with pytest.raises(SourceError) as caught:
        LoadSource(FakeAws({"get_resource_metrics": refuse}), described, FakeClock()).fetch()
    assert caught.value.action == "pi:GetResourceMetrics"
