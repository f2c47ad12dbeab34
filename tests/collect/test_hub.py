"""The hub: which jobs a stack has, what windows do to the metrics job, and one round on the real sandbox."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.loader import load
from config.schema import Config, StackConfig
from tests.collect.handtime import HandClock, HandTiming, settle
from tests.sources.doubles import IDENTITY_XML, FakeAws, denied, endpoint
from tui.collect.hub import Hub, connect
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch
from tui.sandbox.control import Control
from tui.sandbox.launcher import ACCESS_KEY, SECRET_KEY, Sandbox
from tui.sources.session import AwsSession, StaticKeys

KEYS = StaticKeys(ACCESS_KEY, SECRET_KEY)
NAMES = {"identity", "ecs", "rds", "alb", "alarms", "metrics", "logs", "changes", "postgres", "trends"}


@pytest.fixture
def config(sandbox: Sandbox) -> Config:
    options = {"endpoint_url": sandbox.endpoint_url}
    return load(options, path=sandbox.config_path, env={"DATABASE_URL": sandbox.database_url or ""}).config


@pytest.fixture
def hub(config: Config) -> Iterator[Hub]:
    found = connect(config, Clock(), keys=KEYS)
    yield found
    found.stop()
    found.session.close()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[Control]:
    found = Control(sandbox.endpoint_url)
    found.reset_calls()
    yield found
    found.clear()


async def until(hub: Hub, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, looked at after each change of the store."""
    changed = asyncio.Event()
    leave = hub.store.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(30):
            while not condition():
                changed.clear()
                await changed.wait()
    finally:
        leave()


def test_kinds_that_are_not_configured_have_no_job() -> None:
    def names(**stack: Any) -> set[str]:
        config = Config(region="eu-west-1", stack=StackConfig(**stack))
        return set(connect(config, Clock(), keys=KEYS).scheduler.names)

    alarms = {"alarms", "alarm-history", "changes", "metrics", "trends"}
    assert names() == {"identity"}
    assert names(log_groups=("/g",)) == {"identity", "logs"}
    assert names(databases=("db",)) == {"identity", "rds", "rds-events", "load"} | alarms
    assert names(cluster="c", services=("s",)) == {"identity", "ecs", "scaling"} | alarms


def test_one_round_reads_everything_with_one_request_for_metrics_and_one_for_trends(
    hub: Hub, control: Control
) -> None:
    store = hub.collect_once()
    errors = {name: entry.error.summary for name, entry in store.entries.items() if entry.error}
    assert errors == {}
    read = {name for name, entry in store.entries.items() if entry.snapshot is not None}
    assert read == NAMES - {"logs", "changes"}  # Nor the histories, which only the timeline needs.
    counts = control.calls().counts
    assert counts["cloudwatch:GetMetricData"] == 2
    assert hub.meter.calls == sum(counts.values())
    assert any(series.values for series in store.snapshot("metrics").series.values())
    assert any(key.resource == "prod-llmops-alb" for key in store.snapshot("metrics").series)


def test_one_round_with_a_refused_api_reads_the_rest(hub: Hub, control: Control) -> None:
    control.fail(
        "AccessDenied", "rds", "DescribeDBInstances", status=403, message="User: x is not authorized"
    )
    store = hub.collect_once()
    refused = store.entry("rds").error
    assert refused is not None
    assert (refused.kind, refused.action) == (ErrorKind.ACCESS_DENIED, "rds:DescribeDBInstances")
    assert store.snapshot("metrics") is not None
    assert store.snapshot("alb") is not None


def test_one_round_with_expired_credentials_ends_soon_and_says_so_everywhere(
    hub: Hub, control: Control
) -> None:
    control.fail("ExpiredTokenException", status=400, message="expired")
    store = hub.collect_once(deadline_s=20)
    kinds = {name: store.entry(name).error for name in ("identity", "ecs", "rds", "alb", "alarms", "metrics")}
    assert {error.kind for error in kinds.values() if error} == {ErrorKind.EXPIRED_CREDENTIALS}
    assert None not in kinds.values()
    assert store.snapshot("postgres") is not None


async def test_the_console_gets_live_data_and_logs(config: Config) -> None:
    batches: list[LogBatch] = []
    hub = connect(config, Clock(), keys=KEYS, on_logs=batches.append)
    hub.start()
    await until(hub, lambda: all(hub.store.snapshot(name) is not None for name in NAMES))
    assert hub.lines.added == sum(len(batch.events) for batch in batches) > 0
    assert hub.read_only_reason == ""
    hub.set_window(86_400, 600)
    await until(hub, lambda: any(key.period_s == 600 for key in hub.store.snapshot("metrics").series))
    hub.set_split(split=True)
    await until(hub, lambda: any(key.part for key in hub.store.snapshot("metrics").series))
    earlier = await hub.compare(3600)
    assert any(series.values for series in earlier.series.values())
    hub.stop()
    hub.session.close()


async def test_another_filter_starts_the_logs_over(config: Config) -> None:
    hub = connect(config, Clock(), keys=KEYS)
    hub.start()
    await until(hub, lambda: hub.lines.added > 0)
    hub.follow(lambda logs: logs.set_pattern('"nothing-has-this-word"'))
    await until(hub, lambda: hub.store.snapshot("logs").events == ())
    assert len(hub.lines) == 0
    hub.stop()
    hub.session.close()


async def test_refresh_after_expired_credentials_builds_a_fresh_session(
    config: Config, control: Control
) -> None:
    hub = connect(config, Clock(), keys=KEYS)
    rule = control.fail("ExpiredToken", status=400, message="expired")
    hub.start()
    await until(hub, lambda: hub.scheduler.suspension is not None)
    before = hub.session.client("ecs")
    control.remove(rule)
    hub.refresh()
    # A fetch that was under way may still answer through the old client.
    await until(hub, lambda: hub.session.client("ecs") is not before)
    await until(hub, lambda: hub.scheduler.suspension is None and hub.store.snapshot("ecs") is not None)
    before.close()
    hub.stop()
    hub.session.close()


async def test_renewed_credentials_do_not_end_a_pause(config: Config, control: Control) -> None:
    hub = connect(config, Clock(), keys=KEYS)
    rule = control.fail("ExpiredToken", status=400, message="expired")
    hub.start()
    await until(hub, lambda: hub.scheduler.suspension is not None)
    control.remove(rule)
    hub.scheduler.pause()
    before = hub.session.client("ecs")
    hub.refresh()
    await until(hub, lambda: hub.store.snapshot("ecs") is not None)
    assert hub.store.entry("ecs").paused
    before.close()
    hub.stop()
    hub.session.close()


class Replayed(AwsSession):
    """A session whose calls are answered by a script."""

    def __init__(self, config: Config, clock: Clock, aws: FakeAws) -> None:
        super().__init__(config, clock, keys=KEYS)
        self.aws = aws

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        return self.aws.call(service, method, **params)


LB = "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/alb/1"


@pytest.fixture
async def scripted() -> AsyncIterator[tuple[Hub, FakeAws, HandTiming]]:
    timing = HandTiming()
    clock = HandClock(timing)
    stack = StackConfig(load_balancers=("alb",))
    config = Config(region="r", stack=stack, metrics=load({}, env={}, path=None).config.metrics)
    aws = FakeAws({"describe_load_balancers": denied("elasticloadbalancing:DescribeLoadBalancers")})
    hub = Hub(config, Replayed(config, clock, aws), clock, timing=timing)
    yield hub, aws, timing
    hub.stop()
    await settle()


async def test_a_balancer_found_late_brings_its_metrics_at_once(
    scripted: tuple[Hub, FakeAws, HandTiming],
) -> None:
    hub, aws, timing = scripted
    timing.held.add("source-identity")
    hub.start()
    await settle()
    assert aws.count("get_metric_data") == 0, "nothing to ask for yet"
    found = {"LoadBalancers": [{"LoadBalancerArn": LB, "LoadBalancerName": "alb"}]}
    aws.replies["describe_load_balancers"] = found
    await timing.advance(31)
    assert aws.count("get_metric_data") == 1


async def test_the_same_window_again_asks_for_nothing(scripted: tuple[Hub, FakeAws, HandTiming]) -> None:
    hub, aws, timing = scripted
    aws.replies["describe_load_balancers"] = {
        "LoadBalancers": [{"LoadBalancerArn": LB, "LoadBalancerName": "alb"}]
    }
    timing.held.add("source-identity")
    hub.start()
    await settle()
    assert aws.count("get_metric_data") == 1
    hub.set_window(3600, 60)
    hub.set_split(split=False)
    await settle()
    assert aws.count("get_metric_data") == 1
    hub.set_window(86_400, 600)
    await settle()
    assert aws.count("get_metric_data") == 2


def test_the_wrong_account_and_the_configuration_are_reasons_for_read_only() -> None:
    with endpoint() as server:
        server.answers = [(200, IDENTITY_XML)]
        config = Config(region="eu-west-1", endpoint_url=server.url, account="999999999999")
        hub = connect(config, Clock(), keys=KEYS)
        hub.collect_once({"identity"})
        assert "123456789012" in hub.read_only_reason
        hub.session.close()
    assert connect(Config(read_only=True), Clock()).read_only_reason == "read_only is set"


def test_a_session_that_cannot_be_made_is_told_by_every_source() -> None:
    config = Config(profile="nobody", region="eu-west-1", stack=StackConfig(databases=("db",)))
    hub = connect(config, Clock())
    store = hub.collect_once(deadline_s=20)
    for name in ("identity", "rds", "alarms", "metrics"):
        found = store.entry(name).error
        assert isinstance(found, SourceError)
        assert "nobody" in found.summary


def test_the_hub_imports_neither_boto3_nor_psycopg() -> None:
    probe = (
        "import sys, tui.collect.hub; "
        "print([one for one in ('boto3', 'botocore', 'psycopg', 'textual') if one in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
