"""What happened, from snapshots: once each, whichever source tells it first, with who and how bad."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from config.levels import Level
from tests.domain.stacks import DATABASE, SERVICE, config, minutes
from tui.actions.audit import Run, StepRecord
from tui.domain.logcolumns import Columns
from tui.domain.loglines import ERROR_RANK
from tui.domain.snapshots import (
    Alarm,
    AlarmHistorySnapshot,
    AlarmsSnapshot,
    AlarmTransition,
    Change,
    ChangesSnapshot,
    DbEvent,
    DbEventsSnapshot,
    Deployment,
    EcsSnapshot,
    LogBatch,
    LogGap,
    MetricsSnapshot,
    ScalingActivity,
    ScalingSnapshot,
    SeriesKey,
    Service,
    ServiceEvent,
    StoppedTask,
)
from tui.triage.deeds import action_entries, own_requests
from tui.triage.entry import Kind
from tui.triage.gaps import holes, log_gaps, metric_gaps
from tui.triage.gather import (
    AlarmTrack,
    change_entries,
    database_entries,
    ecs_entries,
    scaling_entries,
)
from tui.triage.logbursts import ErrorMinutes, bursts
from tui.triage.timeline import Timeline

CONFIG = config()


def alarm(state: str, since_s: float) -> AlarmsSnapshot:
    names = (("DBInstanceIdentifier", DATABASE),)
    return AlarmsSnapshot(0.0, (Alarm("cpu", "metric", state, "above", since_s, "AWS/RDS/CPU", names, True),))


def history(*told: tuple[float, str, str]) -> AlarmHistorySnapshot:
    return AlarmHistorySnapshot(0.0, tuple(AlarmTransition("cpu", *one, f"{DATABASE} above") for one in told))


def test_history_and_description_of_one_transition_are_one_entry_whichever_comes_first() -> None:
    for first in ("history", "states"):
        timeline, track = Timeline(), AlarmTrack()
        steps = [
            lambda track=track: track.history(history((100.0, "OK", "ALARM")), CONFIG),
            lambda track=track: track.states(alarm("ALARM", 100.9), CONFIG),
        ]
        for step in steps if first == "history" else reversed(steps):
            timeline.put(step())
        (entry,) = timeline.newest()
        assert (entry.title, entry.level, entry.pane) == ("Alarm cpu: OK to ALARM", Level.WARNING, "rds")


def test_without_a_history_each_state_seen_stays() -> None:
    timeline, track = Timeline(), AlarmTrack()
    for state, at_s in (("ALARM", 100.0), ("ALARM", 100.0), ("OK", 400.0)):
        timeline.put(track.states(alarm(state, at_s), CONFIG))
    assert [(one.title, one.at_s) for one in timeline.newest()] == [
        ("Alarm cpu: OK", 400.0),
        ("Alarm cpu: ALARM", 100.0),
    ]


def deployment(state: str) -> Deployment:
    return Deployment("ecs-svc/1", "PRIMARY", "web:42", 2, 2, 0, 1, state, "circuit breaker", 100.0, 200.0)


def test_ecs_tells_deployments_events_and_stopped_tasks() -> None:
    stopped = StoppedTask("f" * 32, "web:42", "EssentialContainerExited", "", "app", "", 137, True, 150.0)
    events = (ServiceEvent("e1", 120.0, f"(service {SERVICE}) was unable to place a task."),)
    service = Service(
        SERVICE, "c", "ACTIVE", "FARGATE", "web:42", 2, 2, 0, (deployment("FAILED"),), events, (), (stopped,)
    )
    found = {one.title: one for one in ecs_entries(EcsSnapshot(0.0, (service,)))}
    assert list(found) == [
        "Deployment of web:42 began",
        "Deployment of web:42 failed",
        "was unable to place a task.",
        "Task ffffffff stopped: out of memory (exit 137)",
    ]
    assert [one.level for one in found.values()] == [None, Level.CRITICAL, Level.WARNING, Level.CRITICAL]
    running = replace(service, deployments=(deployment("IN_PROGRESS"),), events=(), stopped=())
    assert [one.at_s for one in ecs_entries(EcsSnapshot(0.0, (running,)))] == [100.0]


def test_rds_events_and_scaling() -> None:
    events = DbEventsSnapshot(
        0.0,
        (
            DbEvent(DATABASE, 1.0, "DB instance shutdown", ("availability",)),
            DbEvent(DATABASE, 2.0, "DB instance restarted", ("availability",)),
        ),
    )
    assert [one.level for one in database_entries(events)] == [Level.WARNING, None]
    activity = ScalingActivity(
        "a", SERVICE, 5.0, 9.0, "Setting desired count to 4.", "alarm", "Failed", "no room"
    )
    (entry,) = scaling_entries(ScalingSnapshot(0.0, (activity,)))
    assert (entry.until_s, entry.level, entry.pane) == (9.0, Level.WARNING, "ecs")
    assert "no room" in entry.detail


def change(number: int, **more: str) -> Change:
    names = (f"arn:aws:rds:eu-west-1:1:db/{DATABASE}",)
    return Change(
        f"c{number}", float(number), "mina", "ModifyDBInstance", "rds.amazonaws.com", names, "", **more
    )


def test_changes_by_others_say_who_and_ours_are_left_out() -> None:
    run = Run("r1", "2026-01-01T00:00:00+00:00", "rds-class", "Change class", DATABASE, who="arn:x/user/jo")
    run.steps = [StepRecord("a", "aws", request_id="q-1")]
    run.status = "failed"
    theirs = change(1, request_id="q-9", agent="console.amazonaws.com")
    snapshot = ChangesSnapshot(
        0.0, (theirs, change(2, request_id="q-1"), change(3, agent="Boto3/1 md cwtop/1.0"))
    )
    (entry,) = change_entries(snapshot, CONFIG, own_requests([run]))
    assert (entry.who, entry.resource, entry.pane) == ("mina", DATABASE, "rds")
    bad = Run("r2", "yesterday", "x", "x", "x")
    (deed,) = action_entries([run, bad], {DATABASE: "rds"}, skew_s=10.0)
    assert (deed.at_s, deed.who, deed.level) == (1767225610.0, "jo", Level.WARNING)
    run.undone_by, run.status = "r9", "done"
    (deed,) = action_entries([run], {})
    assert (deed.title, deed.level) == ("Change class: undone, done", None)


def test_holes_of_one_resource_are_one_gap_and_sparse_series_have_none() -> None:
    dense = [1.0] * 30 + [None] * 5 + [1.0] * 30
    sparse = [1.0] + [None] * 9
    late = [None] * 30 + [1.0] * 30
    assert len(holes(minutes(dense))) == 1
    assert holes(minutes(sparse * 6)) == holes(minutes(late)) == holes(minutes([])) == []
    series = {
        SeriesKey("rds.cpu", DATABASE, "Average", 60): minutes(dense),
        SeriesKey("rds.connections", DATABASE, "Average", 60): minutes(dense),
    }
    (entry,) = metric_gaps(MetricsSnapshot(0.0, series, {}), CONFIG)
    assert entry.until_s is not None
    assert entry.until_s - entry.at_s == 300
    assert entry.title == "No data for 5 min: CPU, Connections"
    batch = LogBatch(0.0, (), gaps=(LogGap(7, 1000, 5000, "/g", "throttled"),))
    assert [(one.key, one.kind) for one in log_gaps(batch)] == [("gap:log:7", Kind.GAP)]


def test_a_burst_is_far_above_the_minutes_before_and_neighbours_are_one() -> None:
    quiet = dict.fromkeys(range(10), 4)
    (entry,) = bursts(quiet | {10: 100, 11: 250, 12: 90, 13: 3})
    assert (entry.at_s, entry.until_s) == (600.0, 780.0)
    assert entry.title == "440 errors in 3 min in the log (usually 4 a minute)"
    assert list(bursts(quiet | {10: 20})) == []
    assert list(bursts(dict.fromkeys(range(3), 0) | {3: 500})) == [], "nothing is usual yet"
    assert len(list(bursts(quiet | {10: 100, 12: 100}))) == 2, "the minute between was not read"


@given(st.dictionaries(st.integers(0, 60), st.integers(0, 1000)))
def test_bursts_are_disjoint_and_in_order(counts: dict[int, int]) -> None:
    found = list(bursts(counts))
    for one, following in pairwise(found):
        assert one.until_s is not None
        assert one.until_s <= following.at_s


def test_minutes_are_counted_once_over_and_late_errors_are_found() -> None:
    rows = Columns()

    def add(minute: int, count: int) -> None:
        for _ in range(count):
            rows.append((minute * 60_000, len(rows), 0, 0, 1, 0, ERROR_RANK))

    for minute in range(8):
        add(minute, 1)
    add(8, 50)
    track = ErrorMinutes()
    assert track.take(rows, 0, 8 * 60.0 + 30)
    assert track.entries() == [], "the minute is not over"
    assert not track.take(rows, 0, 8 * 60.0 + 59)
    assert track.take(rows, 0, 9 * 60.0)
    assert track.entries()[0].title.startswith("50 errors in 1 min")
    add(8, 10)
    track.take(rows, 0, 10 * 60.0)
    assert track.entries()[0].title.startswith("60 errors in 1 min")
