"""The whole console as text: calm, breached, failing, loading; which resource and metric it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.levels import Level, Threshold
from config.schema import StackConfig
from tests.presenters.kit import (
    BALANCER,
    CONFIG,
    CPU,
    DATABASE,
    NOW,
    SERVICE,
    assessment,
    balancer,
    entries,
    inputs,
    instance,
    live,
    refused,
    resolved,
    target,
)
from tui.domain.entry import Entry
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.findings import Finding
from tui.domain.snapshots import (
    Alarm,
    AlarmsSnapshot,
    AlbSnapshot,
    EcsSnapshot,
    MetricsSnapshot,
    PostgresSnapshot,
    RdsSnapshot,
)
from tui.presenters.inputs import Inputs, UiState
from tui.presenters.panes import Console, present
from widgets.model import GLYPHS, WORDS, PaneView, SourceState


def drawn(pane: PaneView) -> str:
    """Return a pane as text, one line a thing."""
    level = f"{GLYPHS[pane.level]} {WORDS[pane.level]}"
    state = " ".join(one for one in (pane.state.kind, pane.state.age, pane.state.message) if one)
    lines = [f"{pane.title} {pane.resource} {pane.position}| {level} | {state}"]
    for tile in pane.tiles:
        mark = ">" if tile.id == pane.focused else " "
        word = f"{GLYPHS[tile.level]} {WORDS[tile.level]}".strip()
        lines.append(f"{mark} {tile.title} = {tile.value} [{word}] {tile.note}".rstrip())
    if pane.chart is not None:
        roles = ",".join(line.role for line in pane.chart.series)
        limits = ",".join(limit.label for limit in pane.chart.limits)
        lines.append(f"# {pane.chart.title} {roles} {limits} {pane.chart.empty}".rstrip())
    for fact in pane.facts:
        mark = GLYPHS[fact.level] if fact.level is not None else "-"
        lines.append(f"{mark} {fact.label}: {fact.value}")
    return "\n".join(lines)


def pane_of(console: Console, name: str) -> PaneView:
    return next(pane for pane in console.panes if pane.id == name)


def test_a_calm_console() -> None:
    assert (
        "\n\n".join(drawn(pane) for pane in present(inputs()).panes)
        == """\
ECS prod-llmops-service | ● ok | live
> CPU = 41 % [● ok]
  Running tasks = 2 [● ok] of 2 desired
# CPU peak,main > 70 %,> 85 %
- tasks: 2/2 running
- deployment: prod-llmops-app:42 COMPLETED 2h ago
- last event: 2m ago: has reached a steady state.

RDS prod-llmops-postgres | ● ok | live
> CPU = 22 % [● ok]
  Connections = 13 [● ok]
  Free storage = 60 % [● ok] 12 GiB of 20 GiB
# CPU main > 70 %,> 85 %
- status: available
- class: db.t3.micro, single AZ ap-northeast-2a
- storage: 20 GiB gp3
- engine: PostgreSQL 16.4
- backups: 7 days

ALB prod-llmops-alb | ● ok | live
> Requests = 1,234 [·]
  Response time = 90 ms [● ok]
  Error rate = 0 % [● ok]
# Requests main
- state: active
- app-tg: 2 healthy"""
    )


def test_a_breached_console() -> None:
    slow, limited = Threshold(500, 1000, 200), Threshold(55.3, 67.15, 34.6)
    changed = dict((
        resolved("rds.cpu", DATABASE, [70, 88, 91.2], threshold=CPU, level=Level.CRITICAL, since_s=NOW - 720),
        resolved("rds.connections", DATABASE, [60], threshold=limited, level=Level.WARNING),
        resolved("alb.response_time", BALANCER, [1400, 1760], threshold=slow, level=Level.CRITICAL),
    ))  # fmt: skip
    findings = [
        Finding("rds.cpu", DATABASE, "rds", Level.CRITICAL, "RDS CPU 91.2 %", NOW - 720),
        Finding("alb.response_time", BALANCER, "alb", Level.CRITICAL, "ALB Response time 1.76 s"),
        Finding("rds.connections", DATABASE, "rds", Level.WARNING, "RDS Connections 60"),
        Finding("state.targets", BALANCER, "alb", Level.WARNING, "ALB 1 of 2 hosts unhealthy"),
        Finding("state.alarm", "rds-connections-high", "rds", Level.WARNING, "alarm"),
    ]
    alarm = Alarm("rds-connections-high", "metric", "ALARM", "Threshold Crossed", NOW - 300,
                  "AWS/RDS/DatabaseConnections", (("DBInstanceIdentifier", DATABASE),), True)  # fmt: skip
    ill = balancer(target(), target("10.0.1.6", "unhealthy", "Target.Timeout", "Request timed out"))
    busy = entries(
        alarms=live(AlarmsSnapshot(NOW, (alarm,))),
        alb=live(AlbSnapshot(NOW, (ill,))),
        postgres=live(PostgresSnapshot(NOW, DATABASE, 79, 3, "16.4")),
    )
    console = present(inputs(assessment(changed, findings), entries=busy))
    assert (
        drawn(pane_of(console, "rds"))
        == """\
RDS prod-llmops-postgres | ✖ CRITICAL | live
> CPU = 91.2 % [✖ CRITICAL] > 85 % for 12m
  Connections = 60 [▲ WARNING] > 55.3
  Free storage = 60 % [● ok] 12 GiB of 20 GiB
# CPU main > 70 %,> 85 %
- status: available
- max_connections: 79, 3 reserved
- class: db.t3.micro, single AZ ap-northeast-2a
- storage: 20 GiB gp3
- engine: PostgreSQL 16.4
- backups: 7 days
▲ alarm: rds-connections-high for 5m: Threshold Crossed"""
    )
    assert (
        drawn(pane_of(console, "alb"))
        == """\
ALB prod-llmops-alb | ✖ CRITICAL | live
  Requests = 1,234 [·]
> Response time = 1.76 s [✖ CRITICAL] > 1 s
  Error rate = 0 % [● ok]
# Response time main > 500 ms,> 1 s
- state: active
▲ app-tg: 1 healthy, 1 unhealthy
- unhealthy: 10.0.1.6:3000 Target.Timeout: Request timed out"""
    )
    assert console.status.level is Level.CRITICAL


def test_a_failing_source_keeps_its_last_data_and_the_others_go_on() -> None:
    at = NOW - 134
    failing = live(RdsSnapshot(at, (instance(),)), age=134, error=refused())
    console = present(inputs(entries=entries(rds=failing)))
    pane = pane_of(console, "rds")
    assert pane.state == SourceState(
        "stale", "2m", "Not allowed to call rds:DescribeDBInstances. Ask for the permission."
    )
    assert ("status", "available") in [(fact.label, fact.value) for fact in pane.facts]
    assert {pane_of(console, name).state.kind for name in ("ecs", "alb")} == {"live"}


def test_a_source_that_never_answered() -> None:
    console = present(inputs(entries=entries(rds=Entry(error=refused()))))
    pane = pane_of(console, "rds")
    assert (pane.state.kind, pane.facts) == ("error", ())
    assert pane.tiles[0].value == "22 %"


def test_placeholders_before_anything_was_read() -> None:
    console = present(Inputs(CONFIG, None, NOW))
    assert [pane.title for pane in console.panes] == ["ECS", "RDS", "ALB"]
    pane = pane_of(console, "ecs")
    assert (pane.level, pane.chart, pane.facts) == (None, None, ())
    assert [(tile.title, tile.value, tile.note) for tile in pane.tiles] == [
        ("CPU", "–", ""),
        ("Running tasks", "–", ""),
    ]
    assert pane.state == SourceState("loading")


def test_while_loading_nothing_is_called_without_data() -> None:
    unknown = dict([resolved("ecs.cpu", SERVICE, [], threshold=CPU, level=Level.UNKNOWN)])
    judged = assessment(unknown, [Finding("ecs.cpu", SERVICE, "ecs", Level.UNKNOWN, "s")])
    loading = pane_of(present(inputs(judged, entries=entries(metrics=Entry()))), "ecs")
    loaded = pane_of(present(inputs(judged)), "ecs")
    assert (loading.level, loading.tiles[0].level) == (None, None)
    assert (loaded.level, loaded.tiles[0].level) == (Level.UNKNOWN, Level.UNKNOWN)


def test_only_configured_kinds_have_a_pane() -> None:
    lone = CONFIG.model_copy(update={"stack": StackConfig(databases=(DATABASE,))})
    assert [pane.id for pane in present(inputs(config=lone)).panes] == ["rds"]
    none = CONFIG.model_copy(update={"stack": StackConfig()})
    assert present(inputs(config=none)).panes == ()


def test_a_resource_that_does_not_exist_is_told_with_what_to_check() -> None:
    absent = entries(ecs=live(EcsSnapshot(NOW, (), missing=(SERVICE,))))
    state = pane_of(present(inputs(entries=absent)), "ecs").state
    assert state.kind == "error"
    assert state.message == (
        "Service prod-llmops-service was not found in cluster prod-llmops-cluster: "
        "check stack.services in the configuration, the region and the account."
    )


def test_parts_that_could_not_be_read_are_told_on_their_pane() -> None:
    partial = replace(entries().ecs.snapshot or EcsSnapshot(NOW, ()), problems=("Tasks were refused.",))
    state = pane_of(present(inputs(entries=entries(ecs=live(partial)))), "ecs").state
    assert (state.kind, state.message) == ("live", "Tasks were refused.")


TWO = CONFIG.model_copy(update={"stack": StackConfig(databases=("db-1", "db-2"))})
SECOND_ILL = [Finding("rds.cpu", "db-2", "rds", Level.CRITICAL, "RDS CPU 99 %")]


@pytest.mark.parametrize(
    ("findings", "chosen", "shown", "position"),
    [
        ([], None, "db-1", "1/2"),
        (SECOND_ILL, None, "db-2", "2/2"),
        (SECOND_ILL, 0, "db-1", "1/2"),
        ([], 3, "db-2", "2/2"),
        ([], -1, "db-2", "2/2"),
    ],
)
def test_the_worst_resource_is_shown_unless_the_user_chose(
    findings: list[Finding], chosen: int | None, shown: str, position: str
) -> None:
    ui = UiState(window="15m", resource={} if chosen is None else {"rds": chosen})
    pane = present(inputs(assessment(findings=findings), config=TWO, ui=ui)).panes[0]
    assert (pane.resource, pane.position) == (shown, position)


def test_a_breach_of_a_resource_not_shown_is_told_first() -> None:
    ui = UiState(window="15m", resource={"rds": 0})
    pane = present(inputs(assessment(findings=SECOND_ILL), config=TWO, ui=ui)).panes[0]
    assert (pane.facts[0].label, pane.facts[0].value) == ("elsewhere", "db-2: RDS CPU 99 %")
    assert pane.level is Level.CRITICAL


def test_the_users_metric_is_drawn() -> None:
    ui = UiState(window="15m", focused={"rds": "rds.connections"})
    pane = pane_of(present(inputs(ui=ui)), "rds")
    assert pane.focused == "rds.connections"
    assert pane.chart is not None
    assert pane.chart.title.startswith("Connections")


def test_panes_are_equal_while_only_time_passes() -> None:
    def at(now: float) -> Console:
        later: dict[str, Any] = {
            name: live(getattr(entries(), name).snapshot, period=60.0)
            for name in ("metrics", "ecs", "rds", "alb", "alarms")
        }
        return present(inputs(now_s=now, entries=entries(**later)))

    first, later = at(NOW + 1), at(NOW + 40)
    assert first.panes == later.panes
    assert first.tail == later.tail
    assert first.status != later.status


def test_hostile_names_reach_no_view_unsanitised() -> None:
    nasty = "\x1b[2J[/bold]\nx"
    stack = StackConfig(cluster=nasty, services=(nasty,), log_groups=(nasty,))
    bad = SourceError(ErrorKind.NOT_FOUND, "Gone.")
    given = inputs(
        config=CONFIG.model_copy(update={"stack": stack}),
        entries=entries(ecs=live(EcsSnapshot(NOW, (), missing=(nasty,))), metrics=Entry(error=bad)),
    )
    console = present(given)
    for text in (drawn(console.panes[0]), console.tail.title, console.status.stack):
        assert "\x1b" not in text
    assert "\n" not in console.panes[0].state.message
    assert "\n" not in console.panes[0].resource


def test_a_nan_from_a_source_is_no_crash() -> None:
    odd = dict([resolved("rds.cpu", DATABASE, [], latest=float("nan"), level=Level.UNKNOWN)])
    snapshot = MetricsSnapshot(NOW, {}, {})
    console = present(inputs(assessment(odd), entries=entries(metrics=live(snapshot))))
    assert pane_of(console, "rds").tiles[0].value == "–"
