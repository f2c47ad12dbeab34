"""The status line and the log pane's title."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from config.levels import Level
from config.schema import StackConfig
from tests.presenters.kit import CONFIG, NOW, WHO, assessment, entries, inputs, live, refused
from tests.presenters.test_freshness import EXPIRED, THROTTLED, TIMEOUT
from tui.domain.entry import Entry
from tui.domain.findings import Finding
from tui.domain.snapshots import LogBatch, LogGap, MetricsSnapshot
from tui.presenters.inputs import Entries, TailInputs, UiState
from tui.presenters.status import condition_text, dollars_text, status_view
from tui.presenters.tail import tail_view, total_text
from widgets.model import SourceState, StatusView, TailView

METRICS = MetricsSnapshot(NOW, {}, {})


def test_a_calm_line() -> None:
    assert status_view(inputs()) == StatusView(
        level=Level.OK,
        summary="",
        stack="prod-llmops-cluster",
        profile="prod",
        account="123456789012",
        region="ap-northeast-2",
        window="15m",
        age="12s",
        next_refresh="48s",
        calls_per_minute="3",
        dollars_per_hour="$0.029/h",
    )


def test_breaches_are_counted_worst_first() -> None:
    levels = (Level.CRITICAL, Level.CRITICAL, Level.WARNING, Level.UNKNOWN)
    findings = [Finding(f"m{n}", "r", "rds", level, "s") for n, level in enumerate(levels)]
    view = status_view(inputs(assessment(findings=findings)))
    assert (view.level, view.summary) == (Level.CRITICAL, "2 critical, 1 warning, 1 unknown")


def test_alerts_say_what_is_breached_and_of_which_resource_where_it_matters() -> None:
    findings = [
        Finding("rds.cpu", "db-1", "rds", Level.CRITICAL, "RDS CPU 91 %"),
        Finding("state.alarm", "sum", None, Level.WARNING, "alarm sum is in ALARM"),
        Finding("ecs.cpu", "svc", "ecs", Level.UNKNOWN, "ECS CPU: no recent data"),
    ]
    judged = assessment(findings=findings)
    two = CONFIG.stack.model_copy(update={"databases": ("db-1", "db-2")})
    several = inputs(judged, config=CONFIG.model_copy(update={"stack": two}))
    assert [one.text for one in status_view(inputs(judged)).alerts] == [
        "RDS CPU 91 %",
        "sum: alarm sum is in ALARM",
    ]
    assert status_view(several).alerts[0].text == "db-1: RDS CPU 91 %"


def test_while_metrics_load_nothing_is_called_unknown() -> None:
    unknown = [Finding("rds.cpu", "db", "rds", Level.UNKNOWN, "s")]
    judged = assessment(findings=unknown)
    assert status_view(inputs(judged)).level is Level.UNKNOWN
    assert status_view(inputs(judged, entries=entries(metrics=Entry()))).level is None


def test_before_anything_is_known() -> None:
    view = status_view(replace(inputs(), assessment=None, entries=Entries()))
    assert (view.level, view.summary, view.account, view.age) == (None, "", "", "")
    assert view.region == "ap-northeast-2"
    assert view.condition == ""


def test_the_wrong_account_is_told_and_writes_are_off() -> None:
    wrong = entries(identity=live(replace(WHO, expected_account="999999999999")))
    view = status_view(inputs(entries=wrong))
    assert (view.account, view.wrong_account, view.read_only) == (
        "123456789012",
        "999999999999",
        "wrong account",
    )
    right = entries(identity=live(replace(WHO, expected_account=WHO.account)))
    assert status_view(inputs(entries=right)).wrong_account == ""
    assert status_view(inputs(entries=wrong, read_only="--read-only")).read_only == "--read-only"


def test_a_custom_endpoint_is_named_without_secrets() -> None:
    custom = entries(identity=live(replace(WHO, endpoint_url="http://me:secret@127.0.0.1:5000/x")))
    assert status_view(inputs(entries=custom)).endpoint == "127.0.0.1:5000"


def condition(**changed: Entry[Any]) -> str:
    return condition_text(inputs(entries=entries(**changed)))


def test_what_keeps_the_screen_from_being_live() -> None:
    waiting = live(METRICS, error=THROTTLED, age=0, period=8.0)
    lost = live(METRICS, error=TIMEOUT, age=50, period=60.0)
    assert condition() == ""
    assert condition(metrics=waiting) == "THROTTLED, retry 8s"
    assert condition(metrics=replace(waiting, next_at_s=None)) == "THROTTLED"
    assert condition(metrics=lost) == "UNREACHABLE, retry 10s"
    assert condition(metrics=waiting, ecs=Entry(error=EXPIRED)) == "EXPIRED"
    assert condition(metrics=live(METRICS, age=300, period=60.0)) == "STALE 5m"
    assert condition(metrics=live(METRICS, paused=True)) == "PAUSED"
    assert condition_text(inputs(ui=UiState(paused=True))) == "PAUSED"


def test_one_refused_api_is_the_panes_matter() -> None:
    assert condition(alarms=Entry(error=refused()), rds=live(METRICS, error=refused())) == ""


def test_the_next_refresh() -> None:
    running = entries(metrics=replace(live(METRICS, period=60.0), next_at_s=None))
    assert status_view(inputs(entries=running)).next_refresh == "now"
    assert status_view(inputs(ui=UiState(paused=True))).next_refresh == ""


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0.0, "$0"),
        (0.00001, "<$0.0001"),
        (0.0288, "$0.029"),
        (0.5, "$0.5"),
        (1.2, "$1.20"),
        (1234.5, "$1,234.50"),
    ],
)
def test_dollars(dollars: float, text: str) -> None:
    assert dollars_text(dollars) == text


@pytest.mark.parametrize(
    ("skew", "text"),
    [(0.0, ""), (4.9, ""), (-37.0, "clock +37s"), (37.0, "clock -37s"), (-7300.0, "clock +2h 1m")],
)
def test_a_clock_that_differs_is_shown(skew: float, text: str) -> None:
    assert status_view(inputs(skew_s=skew)).skew == text


def test_the_stack_is_named_by_what_it_has() -> None:
    lone = CONFIG.model_copy(update={"stack": StackConfig(databases=("db-1",))})
    assert status_view(inputs(config=lone)).stack == "db-1"


def test_the_tail() -> None:
    assert tail_view(inputs()) == TailView(
        title="/ecs/prod-llmops-app", state=SourceState("live"), total="12,345 lines, 40/s"
    )


def test_a_group_that_cannot_be_read_is_told() -> None:
    batch = LogBatch(NOW, (), ("Log group /x was not found.",))
    tail = TailInputs(pattern="a\nb")
    view = tail_view(inputs(entries=entries(logs=live(batch, age=1, period=2)), tail=tail))
    assert (view.state.kind, view.state.message) == ("live", "Log group /x was not found.")
    assert view.filter_pattern == "a⏎b"


def test_several_groups_or_none() -> None:
    def title(*groups: str) -> str:
        stack = CONFIG.stack.model_copy(update={"log_groups": groups})
        return tail_view(inputs(config=CONFIG.model_copy(update={"stack": stack}))).title

    assert title() == "no log group configured"
    assert title("/a", "/b", "/c") == "/a and 2 more"


@pytest.mark.parametrize(
    ("lines", "rate", "text"),
    [
        (0, 0.0, "0 lines"),
        (1, 0.0, "1 line"),
        (1234, 0.3, "1,234 lines, <1/s"),
        (9, 2000.4, "9 lines, 2,000/s"),
    ],
)
def test_totals(lines: int, rate: float, text: str) -> None:
    assert total_text(TailInputs(received=lines, shown=lines, kept=lines, per_second=rate)) == text


def test_what_narrows_the_log_and_what_was_lost_is_told() -> None:
    gap = LogGap(1, 5000, 6000, "/a", "throttled")
    batch = LogBatch(NOW, (), gaps=(gap,), late=3, missed=1, transport="live tail, sampled")
    tail = TailInputs(
        badges=("WARN and worse",), received=9, shown=2, kept=9, dropped=12000, is_live_tail=True
    )
    view = tail_view(inputs(entries=entries(logs=live(batch, age=1, period=2)), tail=tail))
    assert view.badges == ("WARN and worse",)
    assert view.total == "2 of 9 lines"
    assert view.notes == ("live tail, sampled", "1 gap", "↩ 3 late", "1 missed", "12,000 dropped")


@pytest.mark.parametrize(
    ("tail", "since_ms", "said"),
    [
        (TailInputs(), 0, "No events yet."),
        (TailInputs(pattern="ERROR"), 0, "No events that match ERROR yet."),
        (TailInputs(is_closed=True), 5, "No events in this stretch; esc returns to live."),
        (TailInputs(kept=7), 5, "None of the 7 lines kept passes the filters; esc shows them all."),
        (TailInputs(kept=7, shown=7), 5, ""),
    ],
)
def test_why_there_is_no_line(tail: TailInputs, since_ms: int, said: str) -> None:
    batch = LogBatch(NOW, (), listening_since_ms=since_ms)
    assert tail_view(inputs(entries=entries(logs=live(batch, age=1, period=2)), tail=tail)).empty == said


def test_since_when_it_listens() -> None:
    batch = LogBatch(NOW, (), listening_since_ms=int(NOW * 1000))
    view = tail_view(inputs(entries=entries(logs=live(batch, age=1, period=2)), tail=TailInputs()))
    clock = datetime.fromtimestamp(NOW).astimezone()
    assert view.empty == f"No events since {clock:%H:%M:%S}; listening."
