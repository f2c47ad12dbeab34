"""The loop behind `cwtop tail --follow`, with a source that answers as the test says."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC

import pytest

from tui.commands.following import INTERVAL_S, Follower, follow
from tui.commands.output import Notes, Output
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogEvent, LogGap
from tui.presenters.logtext import LineFormat

THROTTLED = SourceError(ErrorKind.THROTTLED, "AWS throttles.")
EXPIRED = SourceError(ErrorKind.EXPIRED_CREDENTIALS, "Expired.")
MISSING = SourceError(ErrorKind.NOT_FOUND, "No such group.")
AWAY = SourceError(ErrorKind.UNREACHABLE, "Away.", "cwtop tries again by itself.")

Step = LogBatch | Exception


@dataclass
class Script:
    """A source that gives one step after another, and then waits until it is closed."""

    steps: list[Step]
    has_more: bool = True
    open_gaps: tuple[LogGap, ...] = ()
    closed: queue.Queue[None] = field(default_factory=queue.Queue)

    def fetch(self) -> LogBatch:
        if not self.steps:
            self.closed.get()
            raise EXPIRED
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def gaps(self) -> tuple[LogGap, ...]:
        return self.open_gaps

    def close(self) -> None:
        self.closed.put(None)


def batch(*messages: str, problems: tuple[str, ...] = (), missed: int = 0) -> LogBatch:
    events = tuple(LogEvent(one, 1000, 1000, "/ecs/web", "s", one) for one in messages)
    return LogBatch(1.0, events, problems, missed=missed, groups=("/ecs/web",))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.commands.following._FIRST_PAUSE_S", 0.0)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[Script], tuple[SourceError | None, str, str]]:
    def play(source: Script) -> tuple[SourceError | None, str, str]:
        lines = LineFormat("short", zone=UTC)
        ended = follow(Follower(source, 2.0), source, Output(), lines, Notes(), UTC)
        captured = capsys.readouterr()
        return ended, captured.out, captured.err

    return play


Play = Callable[[Script], tuple[SourceError | None, str, str]]


def test_batches_are_printed_until_the_credentials_expire(run: Play) -> None:
    ended, out, err = run(Script([batch("a", "b"), batch("c"), EXPIRED]))
    assert ended is EXPIRED
    assert [line.split(" ")[1] for line in out.splitlines()] == ["a", "b", "c"]
    assert err == ""


@pytest.mark.parametrize("first", [MISSING, AWAY, EXPIRED])
def test_what_is_wrong_at_the_start_ends_it(run: Play, first: SourceError) -> None:
    assert run(Script([first, batch("a")]))[0] is first


def test_throttling_and_outages_are_waited_out_and_told_once(run: Play) -> None:
    steps: list[Step] = [THROTTLED, batch("a"), AWAY, THROTTLED, AWAY, MISSING, batch("b"), EXPIRED]
    _, out, err = run(Script(steps))
    assert len(out.splitlines()) == 2
    assert err.splitlines() == [
        "AWS throttles. cwtop waits and goes on by itself.",
        "Away. cwtop tries again by itself.",
        "No such group. cwtop waits and goes on by itself.",
    ]


def test_a_problem_is_told_when_it_appears_and_when_it_comes_back(run: Play) -> None:
    sick = batch(problems=("/ecs/x cannot be read.",))
    _, _, err = run(Script([sick, sick, batch(), sick, EXPIRED]))
    assert err.splitlines() == ["/ecs/x cannot be read."] * 2


def test_missed_events_are_counted(run: Play) -> None:
    _, _, err = run(Script([batch(missed=1), batch(missed=1), batch(missed=3), EXPIRED]))
    assert [line.split(" became")[0] for line in err.splitlines()] == ["1 event", "3 events"]


def test_a_gap_is_told_once(run: Play) -> None:
    gap = LogGap(7, 0, 30_000, "/ecs/web", "unreachable")
    _, _, err = run(Script([batch("a"), AWAY, AWAY, batch(), EXPIRED], open_gaps=(gap,)))
    assert sum("from 00:00:00 on (unreachable)" in line for line in err.splitlines()) == 1
    assert "/ecs/web: 00:00:00 to 00:00:30 has been read now." in err


def test_a_fault_of_its_own_is_raised(run: Play) -> None:
    with pytest.raises(ZeroDivisionError):
        run(Script([ZeroDivisionError("a fault")]))


def test_leaving_closes_the_source() -> None:
    source = Script([batch("a")])
    items = Follower(source, 2.0).items()
    assert isinstance(next(items), LogBatch)
    items.close()
    assert source.closed.get(timeout=5) is None


def test_many_groups_are_polled_less_often() -> None:
    many = LogBatch(1.0, (), groups=tuple(map(str, range(10))))
    assert Follower(Script([]), 2.0).interval(many) == 5.0
    assert Follower(Script([]), 2.0).interval(batch()) == INTERVAL_S
