"""What the log lines at hand tell of a start that they do not reach back to."""

from __future__ import annotations

from tui.domain.loglines import RANKS
from tui.domain.snapshots import StoppedTask
from tui.triage.gather import is_ordinary
from tui.triage.logpatterns import LogSample, new_patterns

START_S = 10_000.0


def lines(severity: str, text: str, from_s: float, count: int) -> list[LogSample]:
    return [LogSample(int(1000 * (from_s + number)), RANKS[severity], text) for number in range(count)]


def test_errors_stand_in_where_the_lines_begin_after_the_start() -> None:
    found = new_patterns(
        [*lines("ERROR", "boom", START_S + 600, 60), *lines("WARN", "slow", START_S + 600, 60)],
        START_S,
        START_S + 660,
    )
    assert [(one.text, one.is_new, one.count) for one in found] == [("boom", False, 60)]
    assert "60.0 a minute" in found[0].evidence
    assert "not at hand" in found[0].evidence


def test_where_they_reach_back_an_error_that_was_there_is_not_new() -> None:
    old = lines("ERROR", "boom", START_S - 600, 600)
    assert new_patterns([*old, *lines("ERROR", "boom", START_S, 60)], START_S, START_S + 60) == ()
    (found,) = new_patterns([*old, *lines("ERROR", "bang", START_S, 60)], START_S, START_S + 60)
    assert (found.text, found.is_new) == ("bang", True)


def task(code: str, reason: str, *, is_oom: bool = False) -> StoppedTask:
    return StoppedTask("a", "web:1", code, reason, "", "", None, is_oom, None)


def test_a_task_that_a_rollout_stopped_is_no_failure() -> None:
    assert is_ordinary(task("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment x)"))
    assert is_ordinary(task("UserInitiated", "Task stopped by user"))
    assert not is_ordinary(
        task("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)")
    )
    assert not is_ordinary(task("EssentialContainerExited", "Essential container in task exited"))
    assert not is_ordinary(task("ServiceSchedulerInitiated", "", is_oom=True))
