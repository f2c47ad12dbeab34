"""Every source, against the real sandbox, makes only calls of the read list; shapes come from its answers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from config.checklist import load_checklist
from config.loader import load
from config.schema import Config
from tests.sources.test_dbload import described
from tui.actions.protocol import Context
from tui.domain.clock import Clock
from tui.domain.errors import SourceError
from tui.domain.snapshots import StoppedTask
from tui.domain.targets import metric_targets
from tui.sandbox.control import Control
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.sources.alarms import AlarmsSource
from tui.sources.alb import AlbSource
from tui.sources.changes import ChangesSource
from tui.sources.dbload import LoadSource
from tui.sources.ecs import EcsSource
from tui.sources.history import AlarmHistorySource, DbEventsSource, ScalingSource
from tui.sources.limiter import Limiter
from tui.sources.logs import LogsSource
from tui.sources.metrics import MetricsSource
from tui.sources.rds import RdsSource
from tui.sources.reads import READS, is_read
from tui.sources.session import AwsSession, StaticKeys
from tui.sources.tasklogs import TaskLogs
from tui.triage.checklist.verify import verify


class Recorder:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def record(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        self.calls.append((service, operation))


@pytest.fixture
def config(sandbox: Sandbox) -> Config:
    loaded = load({"endpoint_url": sandbox.endpoint_url}, path=sandbox.config_path, env={})
    return loaded.config


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def session(config: Config, recorder: Recorder) -> Iterator[AwsSession]:
    found = AwsSession(config, Clock(), recorder, keys=StaticKeys(ACCESS_KEY, SECRET_KEY))
    yield found
    found.close()


def test_all_sources_stay_on_the_read_list(
    config: Config, session: AwsSession, recorder: Recorder, sandbox: Sandbox
) -> None:
    stack, clock = config.stack, Clock()
    control = Control(sandbox.endpoint_url)
    control.reset_calls()
    session.identity()
    ecs = EcsSource(session, str(stack.cluster), stack.services, clock).fetch()
    rds = RdsSource(session, stack.databases, clock).fetch()
    alb = AlbSource(session, stack.load_balancers, clock).fetch()
    AlarmsSource(session, clock).fetch()
    ChangesSource(session, clock).fetch()
    source = LogsSource(session, stack.log_groups, clock, limiter=Limiter(1e9))
    logs = source.fetch()
    middle = logs.events[len(logs.events) // 2]
    context = source.context(middle.group, middle.stream, middle.time_ms, before=3, after=3)
    source.set_live_tail(True)
    deadline = time.monotonic() + 20
    while (live := source.fetch()).transport == "polling":
        assert not live.problems
        assert time.monotonic() < deadline
    source.close()
    task_definition = ecs.services[0].task_definition
    task = StoppedTask("0" * 32, task_definition, "", "", "", "", None, False, None)
    assert TaskLogs(session).find(task).streams
    # The sandbox refuses queries; what is sent counts.
    for history in (
        AlarmHistorySource(session, clock),
        DbEventsSource(session, stack.databases, clock),
        ScalingSource(session, str(stack.cluster), stack.services, clock),
    ):
        history.fetch()
    for method, asked in (
        ("start_query", {"queryString": "fields a", "startTime": 0, "endTime": 1}),
        ("get_query_results", {"queryId": "q"}),
        ("stop_query", {"queryId": "q"}),
    ):
        with contextlib.suppress(SourceError):
            session.call("logs", method, **asked)
    # The sandbox may not answer; what is sent counts.
    with contextlib.suppress(SourceError):
        LoadSource(session, described, clock).fetch()
    metrics = MetricsSource(session, config.metrics.values())
    snapshot = metrics.fetch(metric_targets(config, rds, alb), 3600, 60, True, clock.now())
    counts, queries = control.calls().counts, control.calls().metric_queries
    # On a bare stack and without PostgreSQL two checks end before their last call.
    asyncio.run(verify(Context(config, session, clock), load_checklist().items))
    with contextlib.suppress(SourceError):
        session.call(
            "application-autoscaling",
            "describe_scaling_policies",
            ServiceNamespace="ecs",
        )
    with contextlib.suppress(SourceError):
        session.call("rds", "describe_db_parameters", DBParameterGroupName="default.postgres16")
    assert all(is_read(service, operation) for service, operation in recorder.calls)
    used = {(service, operation) for service, operation in recorder.calls}
    ours = {(service, one) for service, all_of_it in READS.items() for one in all_of_it if service != "sts"}
    credential = {"sso", "sso-oidc", "signin", "secretsmanager"}
    assert {pair for pair in ours if pair[0] not in credential} <= used, "nothing on the list is unused"
    assert counts.get("cloudwatch:GetMetricData") == 1
    assert queries == len(snapshot.series)
    assert ecs.services[0].desired >= 1
    assert rds.instances[0].status == "available"
    assert alb.balancers[0].dimension.startswith("app/")
    assert middle.message in [event.message for event in context]
    assert len(context) >= 7
    assert snapshot.notes == {}


def test_what_the_wire_counts_is_what_the_meter_counts(
    session: AwsSession, recorder: Recorder, sandbox: Sandbox, config: Config
) -> None:
    control = Control(sandbox.endpoint_url)
    control.reset_calls()
    AlbSource(session, config.stack.load_balancers, Clock()).fetch()
    arrived = control.calls().counts
    assert sum(arrived.values()) == len(recorder.calls)
