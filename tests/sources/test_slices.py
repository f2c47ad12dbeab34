"""Reading by slices of time: every event once and in order, whatever the service does on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.doubles import denied, missing, throttled
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogEvent
from tui.sources.loggroups import Target
from tui.sources.slices import READ_AHEAD, WORKERS, SlicedRead

START, END = 1_000_000, 2_000_000
EXPIRED = SourceError(ErrorKind.EXPIRED_CREDENTIALS, "Expired.")
UNREACHABLE = SourceError(ErrorKind.UNREACHABLE, "Away.")


@dataclass
class Archive:
    """A finished past: FilterLogEvents over known events, by pages of a few.

    Attributes:
        times: Event times by group, epoch ms, ascending.
        page: Events of a page.
        includes_end: Whether an event at `endTime` is given.
        blanks: Every so many requests the page is empty and has a token; 0 for never.
        trouble: Raised by the call of a number (from 0) in place of an answer.
    """

    times: Mapping[str, list[int]]
    page: int = 3
    includes_end: bool = True
    blanks: int = 0
    trouble: dict[int, SourceError] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    before: Callable[[dict[str, Any]], None] = lambda asked: None

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        assert (service, method) == ("logs", "filter_log_events")
        with self.lock:
            number = len(self.asked)
            self.asked.append(params)
        self.before(params)
        if number in self.trouble:
            raise self.trouble[number]
        group, last = params["logGroupName"], params.get("endTime", 10**15)
        if group not in self.times:
            raise missing(group)
        found = [
            (time_ms, index)
            for index, time_ms in enumerate(self.times[group])
            if params["startTime"] <= time_ms and (time_ms < last or (self.includes_end and time_ms == last))
        ]
        offset = int(params.get("nextToken", "0"))
        if self.blanks and number % self.blanks == 0 and found[offset:]:
            return {"events": [], "nextToken": str(offset)}
        page = found[offset : offset + self.page]
        answer: dict[str, Any] = {"events": [raw(group, *one) for one in page]}
        if offset + self.page < len(found):
            answer["nextToken"] = str(offset + self.page)
        return answer


def raw(group: str, time_ms: int, index: int) -> dict[str, Any]:
    name = f"{group}{index}"
    return {"eventId": name, "timestamp": time_ms, "message": name, "logStreamName": "s", "ingestionTime": 1}


class Pace:
    """Counts what it is told and waits for nothing."""

    def __init__(self) -> None:
        self.throttles = 0

    def wait(self) -> None:
        pass

    def throttled(self) -> None:
        self.throttles += 1

    def succeeded(self) -> None:
        pass


class Watch:
    """A clock that jumps ahead whenever it is looked at, so that every pause is over soon."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 10.0
        return self.at


def reading(archive: Archive, *groups: str, pace: Pace | None = None, **options: Any) -> SlicedRead:
    return SlicedRead(
        archive,
        [Target(one) for one in groups or archive.times],
        START,
        options.pop("end_ms", END),
        END,
        pacer=pace or Pace(),
        monotonic=Watch(),
        **options,
    )


def drained(read: SlicedRead) -> list[LogEvent]:
    return [event for block in read for event in block]


def expected(archive: Archive) -> list[tuple[int, str]]:
    return sorted(
        (time_ms, f"{group}{index}")
        for group, times in archive.times.items()
        for index, time_ms in enumerate(times)
        if START <= time_ms < END
    )


times = st.lists(st.integers(START - 5, END + 5) | st.integers(START, START + 20), max_size=60).map(sorted)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from("abc"), times, min_size=1),
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from([0, 2, 3]),
    st.sets(st.integers(0, 30), max_size=6),
)
def test_every_event_once_and_in_order(
    groups: dict[str, list[int]], page: int, includes_end: bool, blanks: int, refused: set[int]
) -> None:
    archive = Archive(groups, page, includes_end, blanks, dict.fromkeys(refused, throttled()))
    events = drained(reading(archive))
    assert [event.time_ms for event in events] == sorted(event.time_ms for event in events)
    assert sorted((event.time_ms, event.id) for event in events) == expected(archive)


def test_an_open_end_gives_what_a_clock_ahead_has_sent() -> None:
    archive = Archive({"a": [START, *range(START, END, 40_000), END + 500]}, page=2)
    events = drained(reading(archive, end_ms=None))
    assert events[-1].time_ms == END + 500
    assert len({event.id for event in events}) == len(archive.times["a"]) == len(events)
    assert "endTime" not in archive.asked[0]


@pytest.mark.parametrize("silence_ms", [0, (END - START) * 9 // 10])
def test_a_dense_group_is_read_by_several_at_once(silence_ms: int) -> None:
    archive = Archive({"a": list(range(START + silence_ms, END, (END - START - silence_ms) // 100))}, page=5)
    together = threading.Barrier(WORKERS)

    def meet(asked: dict[str, Any]) -> None:
        # The first page tells how dense it is; then all workers are seen in one moment.
        if asked["startTime"] > START and together.n_waiting < WORKERS and not met.is_set():
            together.wait(10)
            met.set()

    met = threading.Event()
    archive.before = meet
    assert len(drained(reading(archive))) == len(archive.times["a"])
    assert met.is_set()


def test_few_pages_are_asked_for_in_vain() -> None:
    archive = Archive({"a": list(range(START, END, 1000))}, page=50)
    assert len(drained(reading(archive))) == 1000
    assert 20 <= len(archive.asked) <= 30


def test_a_sparse_group_takes_one_request() -> None:
    archive = Archive({"a": [START + 5]})
    assert [event.id for event in drained(reading(archive))] == ["a0"]
    assert archive.asked == [{"logGroupName": "a", "startTime": START, "endTime": END}]


def test_what_is_read_ahead_of_a_slow_reader_is_bounded() -> None:
    archive = Archive({"a": list(range(START, END, 100))}, page=10)
    read = reading(archive)
    blocks = iter(read)
    next(blocks)
    still = threading.Event()
    count = -1
    while len(archive.asked) != count:
        count = len(archive.asked)
        still.wait(0.05)
    assert count <= READ_AHEAD + 2 * WORKERS
    assert 10 + sum(map(len, blocks)) == 10_000


def test_streams_and_pattern_are_asked_for() -> None:
    archive = Archive({"a": [START]})
    read = SlicedRead(archive, [Target("a", "web/")], START, END, END, pattern="ERROR", pacer=Pace())
    assert len(drained(read)) == 1
    assert (archive.asked[0]["logStreamNamePrefix"], archive.asked[0]["filterPattern"]) == ("web/", "ERROR")


@pytest.mark.parametrize("given", ["", "\x1b[1m{}\n", None])
def test_events_without_a_clean_id_come_once_too(monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    clean = raw

    def odd(group: str, time_ms: int, index: int) -> dict[str, Any]:
        return {**clean(group, time_ms, index), "eventId": given.format(index) if given else given}

    monkeypatch.setattr("tests.sources.test_slices.raw", odd)
    archive = Archive({"a": [START + 100 * number for number in range(5000)]}, page=100)
    found = [event.message for event in drained(reading(archive))]
    assert found == [f"a{number}" for number in range(5000)]


def test_throttling_is_told_and_waited_out() -> None:
    archive = Archive({"a": [START]}, trouble={0: throttled(), 1: throttled()})
    told: list[str] = []
    pace = Pace()
    read = reading(archive, pace=pace, on_wait=lambda error, seconds: told.append(error.summary))
    assert len(drained(read)) == 1
    assert told == ["Throttled."] * 2
    assert pace.throttles == 2


@pytest.mark.parametrize("error", [missing("a"), denied("logs:FilterLogEvents")])
def test_one_group_that_cannot_be_read_leaves_the_others(error: SourceError) -> None:
    archive = Archive({"a": [START], "b": [START + 1]})
    archive.before = lambda asked: _fail(asked["logGroupName"] == "a", error)
    read = reading(archive)
    assert [event.id for event in drained(read)] == ["b0"]
    assert read.failures == {"a": error}


def test_a_lasting_outage_ends_the_reading() -> None:
    archive = Archive({"a": [START]}, trouble=dict.fromkeys(range(100), UNREACHABLE))
    with pytest.raises(SourceError, match="Away"):
        drained(reading(archive))
    assert len(archive.asked) == 3


def test_expired_credentials_end_it_at_once() -> None:
    archive = Archive({"a": [START], "b": [START]}, trouble={0: EXPIRED})
    with pytest.raises(SourceError, match="Expired"):
        drained(reading(archive))


def test_a_fault_of_its_own_reaches_the_reader() -> None:
    archive = Archive({"a": [START]})
    archive.before = lambda asked: _fail(True, ZeroDivisionError("a fault"))
    with pytest.raises(ZeroDivisionError):
        drained(reading(archive))


def _fail(condition: bool, error: Exception) -> None:
    if condition:
        raise error
