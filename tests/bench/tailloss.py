"""Nothing lost, nothing twice: cwtop, its follower and the AWS CLI on one schedule at the same time."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import console, peers
from tests.bench.follower import Followed
from tests.bench.logfeed import Counts, Feed, Lane
from tests.bench.logschedule import Plan, Schedule
from tests.bench.results import Row

PER_S = 10_000 / 3
"""Events a second: with the sweeps a follower reads each four times, 13,000 of the 20,000 a second that two
requests can bring."""
_SHORT_S, _LONG_S = 60.0, 300.0
_LEAD_S = 12.0
"""From the start of the feed to its first event: all clients are running by then."""
_SETTLE_S = 110.0
"""After the last event became readable: what no sweep found is counted by a check that looks back two
minutes, once a minute."""
_QUIET_S = 12.0
_GIVE_UP_S = 240.0
_OUTAGE_S = 30.0
_VERY_LATE = 20
_BUFFER = 100_000
_NUMBER = re.compile(rb'"e(\d{9})')
_MISSED = re.compile(r"([\d,]+) events? became readable too late")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a client printed.

    Attributes:
        absent: Numbers of the events that are not there.
        twice: Events printed again.
        said: Its standard error.
        status: Exit code; None while it ran to the end of the measurement.
        counts: Of its requests.
    """

    absent: frozenset[int]
    twice: int
    said: str
    status: int | None
    counts: Counts


class _Client:
    """A program that follows, its output in a file: nobody has to keep up with it."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], folder: Path, name: str) -> None:
        self.path, self._errors = folder / f"{name}.out", folder / f"{name}.err"
        with self.path.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                list(command), env=dict(environ), stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )

    def end(self) -> int | None:
        """Interrupt it; return how it had ended before that, None if it had not."""
        status = self.process.poll()
        if status is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return status

    def printed(self, events: int, status: int | None, counts: Counts) -> Printed:
        seen: Counter[int] = Counter()
        with self.path.open("rb") as lines:
            for line in lines:
                seen.update(int(number) for number in _NUMBER.findall(line))
        absent = frozenset(range(events)) - seen.keys()
        said = self._errors.read_text(errors="replace")
        return Printed(absent, sum(seen.values()) - len(seen), said, status, counts)


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: A million events in 300 s instead of 200,000 in 60 s.
    """
    seconds = _LONG_S if long else _SHORT_S
    plan = Plan(
        start_ms=int((time.time() + _LEAD_S + seconds / 60) * 1000),
        events=int(seconds * PER_S),
        seconds=seconds,
        late_share=0.05,
        very_late=_VERY_LATE,
    )
    outage = (seconds / 2, seconds / 2 + min(_OUTAGE_S, seconds / 2))
    bad = Lane("", throttle_share=0.1, empty_share=0.05, outage_s=outage)
    lanes = [dataclasses.replace(bad, name=name) for name in ("cwtop", "follower", "aws")]
    lanes.append(Lane("aws, no faults"))
    aws, problem = peers.find_aws_v2()
    with Feed(plan, lanes) as feed, tempfile.TemporaryDirectory(prefix="cwtop-bench-") as folder:
        ours, theirs, followed = _run(feed, aws, Path(folder))
        yield _told(plan, feed)
        yield from _rows(plan, ours, theirs, followed, problem)


def _run(feed: Feed, aws: str, folder: Path) -> tuple[Printed, dict[str, Printed], Followed]:
    plan = feed.plan
    tail = [console.CWTOP, "tail", plan.group, "--follow", "--since", "1m", "--format", "json"]
    clients = {"cwtop": _Client(tail, _environ(feed, "cwtop", folder), folder, "cwtop")}
    if aws:
        command = [aws, "logs", "tail", plan.group, "--follow", "--since", "1m", "--format", "short"]
        for lane in ("aws", "aws, no faults"):
            asked = [*command, "--endpoint-url", feed.urls[lane]]
            clients[lane] = _Client(asked, _environ(feed, lane, folder), folder, lane)
    follower = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.bench.follower", plan.group, str(plan.events)],
        env=_environ(feed, "follower", folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        _wait(plan, feed, clients["cwtop"])
        output, _ = follower.communicate(b"", timeout=60)
    finally:
        follower.kill()
        statuses = {name: client.end() for name, client in clients.items()}
    printed = {
        name: client.printed(plan.events, statuses[name], feed.counts(name))
        for name, client in clients.items()
    }
    followed = Followed(**json.loads(output))
    return printed.pop("cwtop"), printed, followed


def _wait(plan: Plan, feed: Feed, client: _Client) -> None:
    """Wait until all is readable and swept, and nobody has printed or taken anything new for a while."""
    time.sleep(max(0.0, plan.end_ms / 1000 + _SETTLE_S - time.time()))
    deadline = time.monotonic() + _GIVE_UP_S
    known, since = 0, time.monotonic()
    while time.monotonic() < min(deadline, since + _QUIET_S) and client.process.poll() is None:
        size = client.path.stat().st_size
        if size != known:
            known, since = size, time.monotonic()
        time.sleep(0.5)


def _environ(feed: Feed, lane: str, home: Path) -> dict[str, str]:
    return console.environment() | feed.environ(lane) | {"HOME": str(home)}


def _told(plan: Plan, feed: Feed) -> Row:
    note = (
        f"in {plan.seconds:.0f} s over {plan.streams} streams, 5 % up to {plan.late_s:.0f} s late, "
        f"{plan.very_late} {plan.very_late_s:.0f} s late, 10 % of the calls throttled, an outage; "
        f"{len(feed.urls)} clients at once"
    )
    return Row("events fed", plan.events, None, "events", note=note)


def _rows(
    plan: Plan, ours: Printed, theirs: Mapping[str, Printed], followed: Followed, problem: str
) -> Iterator[Row]:
    schedule = Schedule(plan)
    very_late = schedule.late(plan.late_s)
    aws, calm = theirs.get("aws"), theirs.get("aws, no faults")
    lost = len(ours.absent - very_late)
    yield _lost("cwtop tail: lost", lost, aws, ours, problem)
    note = f"aws: {_ending(aws)}" if aws else problem
    yield Row(
        "cwtop tail: printed twice", ours.twice, 0, "events", aws.twice if aws else None, note, is_exact=True
    )
    counted = missed(ours.said)
    gone = len(ours.absent & very_late)
    yield Row(
        f"cwtop tail: {plan.very_late_s:.0f} s late, neither printed nor counted",
        abs(gone - counted) if gone != counted else 0,
        0,
        "events",
        note=f"{len(very_late) - gone} printed, {counted} counted as missed",
        is_exact=True,
    )
    if calm:
        note = "cwtop with throttling and outage, aws without them: its loss is the late ones"
        yield Row("cwtop tail: lost, to aws spared the faults", lost, None, "events", len(calm.absent), note)
    absent = frozenset(followed.absent)
    note = f"{followed.late:,} late, {followed.cpu_s:.1f} s of processor; hub, source and buffer, no screen"
    yield Row("follower: lost", len(absent - very_late), 0, "events", note=note, is_exact=True)
    yield Row("follower: handed out twice", followed.twice, 0, "events", is_exact=True)
    gone = len(absent & very_late)
    note = f"{len(very_late) - gone} handed out, {followed.missed} counted as missed"
    what = f"follower: {plan.very_late_s:.0f} s late, neither"
    yield Row(what, abs(gone - followed.missed), 0, "events", note=note, is_exact=True)
    yield _buffer(schedule, followed)


def _lost(what: str, lost: int, aws: Printed | None, ours: Printed, problem: str) -> Row:
    counts = ours.counts
    note = (
        f"{sum(counts.calls.values())} calls, {counts.throttled} throttled, {counts.reset} reset, "
        f"{counts.events:,} events read"
    )
    note = f"{problem}; {note}" if problem else f"peer: aws logs tail --follow; ours {note}"
    if ours.status is not None:
        note = f"cwtop {_ending(ours)}; {note}"
    return Row(what, lost, 0, "events", len(aws.absent) if aws else None, note, is_exact=True)


def _ending(printed: Printed) -> str:
    if printed.status is None:
        return "ran to the end"
    return f"ended with {printed.status}: {' '.join(printed.said.split())[-160:]}"


def missed(said: str) -> int:
    """Return how many events a `cwtop tail` says on standard error to have missed, its last figure."""
    found = _MISSED.findall(said)
    return int(found[-1].replace(",", "")) if found else 0


def _buffer(schedule: Schedule, followed: Followed) -> Row:
    """The buffer must hold the newest events that were handed out, in order of time."""
    absent = set(followed.absent)
    expected = [number for number in schedule.numbers() if number not in absent][-_BUFFER:]
    times = [schedule.time_of(number) for number in followed.kept]
    unordered = sum(one > other for one, other in itertools.pairwise(times))
    # Events of the same millisecond may stand in any order, and one of them on either side of the edge.
    edge = schedule.time_of(expected[0])
    wrong = sum(schedule.time_of(number) != edge for number in set(expected) ^ set(followed.kept))
    note = f"{len(followed.kept):,} kept, {unordered} out of order, {wrong} others than the newest"
    return Row(
        "buffer: newest 100,000 in order, wrong lines",
        unordered + wrong,
        0,
        "lines",
        note=note,
        is_exact=True,
    )
