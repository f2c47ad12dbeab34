"""The checklist on a bare stack: items fail, pass after their actions, and name a refused call."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest

from config.checklist import ChecklistItem, load_checklist
from tests.actions.sandboxkit import Bench, bench_of
from tests.sandbox.kit import wait_until
from tui.actions.registry import BY_ID, targets_of
from tui.domain.checklist import CheckResult, State, Verified
from tui.domain.plan import Status
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.triage.checklist.probe import Probe
from tui.triage.checklist.registry import CHECKS
from tui.triage.checklist.verify import verify

pytestmark = pytest.mark.xdist_group("checklist")
ITEMS = {one.id: one for one in load_checklist().items}
FAILING = {
    "dashboard", "alarms", "log-queries", "autoscaling", "health-checks", "backups", "slow-statements",
    "indexes", "cdn",
}  # fmt: skip
"""Items that a bare stack fails; instance-size does where the overload has used the CPU credits up."""
ROUNDS = 6
"""Actions that an item may take: three indexes, two policies, a parameter and its reboot."""
PATIENCE_S = 90.0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with (
        Sandbox.start("slow-query", speed=60) as sandbox,
        bench_of(sandbox, tmp_path_factory.mktemp("audit")) as found,
    ):
        if sandbox.database_url is None:
            pytest.skip("PostgreSQL could not be started here")
        yield found


@pytest.fixture
def gate(bench: Bench) -> Iterator[Control]:
    control = Control(bench.sandbox.endpoint_url)
    yield control
    control.clear()


def verified(bench: Bench, *items: ChecklistItem, **options: object) -> dict[str, Verified]:
    found = asyncio.run(verify(bench.door.context, items or tuple(ITEMS.values()), **options))  # type: ignore[arg-type]
    return {one.item.id: one for one in found}


def result_of(bench: Bench, item: ChecklistItem) -> CheckResult:
    return verified(bench, item)[item.id].result


def with_limits(name: str, **limits: float) -> ChecklistItem:
    return ITEMS[name].model_copy(update={"limits": {**ITEMS[name].limits, **limits}})


def mended(bench: Bench, item: ChecklistItem) -> list[str]:
    """Apply the fix of an item until it has none; return the actions that it took."""
    taken: list[str] = []
    while (result := result_of(bench, item)).state is State.FAIL:
        assert len(taken) < ROUNDS, (taken, result)
        fix = result.fix
        assert fix is not None, result
        assert fix.action, result
        target = fix.target or targets_of(BY_ID[fix.action], bench.door.context.config)[0]
        outcome = bench.applied(fix.action, target, **fix.values)
        assert outcome.status is Status.DONE, outcome
        taken.append(fix.action)
    assert wait_until(lambda: result_of(bench, item).state is State.PASS, PATIENCE_S), result_of(bench, item)
    return taken


def test_a_bare_stack_fails_the_named_items(bench: Bench) -> None:
    found = verified(bench)
    states = {name: one.result.state for name, one in found.items()}
    assert {name for name, state in states.items() if state is State.FAIL} - {"instance-size"} == FAILING
    assert {name for name, state in states.items() if state is State.UNKNOWN} == {
        "compression",
        "static-caching",
    }
    assert list(found) == list(ITEMS), "in the guide's order"
    for one in found.values():
        assert one.result.evidence.endswith((".", "…")) or one.item.id == "slow-statements", one.result
        assert (one.result.fix is not None) == (one.result.state in (State.FAIL, State.UNKNOWN)), one


def test_a_size_is_judged_since_it_is_in_force(bench: Bench) -> None:
    item = with_limits("task-size", high_percent=45)
    before = result_of(bench, item)
    if before.state is State.UNKNOWN:
        assert wait_until(lambda: result_of(bench, item).state is not State.UNKNOWN, PATIENCE_S)
        before = result_of(bench, item)
    assert before.state is State.FAIL, before
    assert before.fix is not None
    assert dict(before.fix.values) == {"cpu": "512", "memory": "1024"}
    outcome = bench.applied("ecs-resize", before.fix.target, **before.fix.values)
    assert outcome.status is Status.DONE, outcome
    after = result_of(bench, item)
    assert after.state is State.UNKNOWN, after
    assert "since the last deployment" in after.evidence
    assert wait_until(lambda: result_of(bench, item).state is State.PASS, PATIENCE_S), result_of(bench, item)


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("dashboard", ["dashboard-publish"]),
        ("alarms", ["alarms-sync"]),
        ("log-queries", ["logs-save-queries"]),
        ("autoscaling", ["scaling-cpu", "scaling-memory"]),
        ("health-checks", ["ecs-health-check"]),
        ("backups", ["rds-backups"]),
        ("slow-statements", ["rds-slow-query-log", "rds-reboot"]),
        ("indexes", ["db-create-index"] * 3),
        ("cdn", ["cdn-create"]),
    ],
)
def test_an_item_passes_after_its_actions(bench: Bench, name: str, actions: list[str]) -> None:
    assert mended(bench, ITEMS[name]) == actions


def test_what_the_distribution_does_counts_where_no_address_is_configured(bench: Bench) -> None:
    if result_of(bench, ITEMS["cdn"]).state is not State.PASS:
        mended(bench, ITEMS["cdn"])
    compression = result_of(bench, ITEMS["compression"])
    caching = result_of(bench, ITEMS["static-caching"])
    assert (compression.state, caching.state) == (State.PASS, State.PASS), (compression, caching)
    assert "/static/*" in compression.evidence
    assert "/static/* (CachingOptimized)" in caching.evidence


@pytest.mark.parametrize(
    ("item", "actions"),
    [
        (with_limits("storage", free_percent=75), ["rds-storage"]),
        (with_limits("read-replica", cpu_percent=1), ["rds-replica"]),
    ],
    ids=lambda one: one.id if isinstance(one, ChecklistItem) else None,
)
def test_an_item_that_fails_with_other_figures_passes_after_its_action(
    bench: Bench, item: ChecklistItem, actions: list[str]
) -> None:
    assert mended(bench, item) == actions


REFUSALS = [
    ("dashboard", "cloudwatch", "GetDashboard", "cloudwatch:GetDashboard"),
    ("metrics", "cloudwatch", "GetMetricData", "cloudwatch:GetMetricData"),
    ("alarms", "cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms"),
    ("log-queries", "logs", "DescribeQueryDefinitions", "logs:DescribeQueryDefinitions"),
    ("task-size", "ecs", "DescribeTaskDefinition", "ecs:DescribeTaskDefinition"),
    (
        "autoscaling",
        "application-autoscaling",
        "DescribeScalableTargets",
        "application-autoscaling:DescribeScalableTargets",
    ),
    ("health-checks", "elbv2", "DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups"),
    ("backups", "rds", "DescribeDBInstances", "rds:DescribeDBInstances"),
    ("slow-statements", "rds", "DescribeDBParameters", "rds:DescribeDBParameters"),
    ("cdn", "cloudfront", "ListDistributions", "cloudfront:ListDistributions"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "service", "operation", "needs"), REFUSALS, ids=[one[0] for one in REFUSALS]
)
def test_a_revoked_permission_is_named(
    bench: Bench, gate: Control, name: str, service: str, operation: str, needs: str
) -> None:
    gate.fail("AccessDeniedException", service, operation)
    result = result_of(bench, ITEMS[name])
    assert result.state is State.UNKNOWN, result
    assert result.needs == needs
    assert needs in result.evidence


def test_one_revoked_permission_leaves_the_others_alone(bench: Bench, gate: Control) -> None:
    before = {name: one.result.state for name, one in verified(bench).items()}
    gate.fail("AccessDeniedException", "cloudwatch", "GetDashboard")
    after = {name: one.result.state for name, one in verified(bench).items()}
    changed = {name for name in after if after[name] is not before[name]}
    assert changed == {"dashboard"}, (before, after)


def test_a_check_that_raises_or_hangs_is_unknown_and_the_others_stand(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()

    def raises(_: Probe) -> CheckResult:
        raise KeyError("DBInstanceClass")

    def hangs(_: Probe) -> CheckResult:
        release.wait(60)
        return CheckResult(State.PASS, "too late")

    checks = {**CHECKS, "dashboard": raises, "alarms": hangs}
    items = [ITEMS[name] for name in ("dashboard", "alarms", "backups")]
    try:
        with caplog.at_level(logging.ERROR):
            found = verified(bench, *items, checks=checks, deadline_s=3.0)
    finally:
        release.set()
    assert found["dashboard"].result.state is State.UNKNOWN
    assert "KeyError: 'DBInstanceClass'" in found["dashboard"].result.evidence
    assert "Traceback" in caplog.text
    assert found["alarms"].result.evidence == "No answer within 3 s."
    assert found["backups"].result.state in (State.PASS, State.FAIL)


def test_what_all_need_is_read_once(bench: Bench, gate: Control) -> None:
    gate.reset_calls()
    verified(bench)
    counts = gate.calls().counts
    assert counts["cloudwatch:GetMetricData"] <= 2
    assert counts["ecs:DescribeServices"] == 1
    assert counts["cloudfront:ListDistributions"] == 1
