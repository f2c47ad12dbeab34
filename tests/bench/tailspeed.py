"""How fast a backlog is printed and how soon a new event: cwtop, a bare boto3 loop, AWS CLI, awslogs."""

from __future__ import annotations

import os
import pty
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench import console, peers
from tests.bench.logfeed import REGION, Feed, Lane
from tests.bench.logschedule import Plan
from tests.bench.results import Row, median, spread

_EVENTS, _STREAMS, _SPAN_S = 50_000, 8, 300.0
_RUNS = 3
_SERVICE_S = 0.25
"""A page of 10,000 events from the real service takes about so long, and a client's reading none of it."""
_AT_ONCE = "at once"
_GIVE_UP_S = 120.0
_PUTS, _PUT_EVERY_S = 10, 3.7
"""Out of step with every poll."""
_LEAD_S = 6.0
_AFTER_S = 8.0
_NUMBER = re.compile(rb'"e(\d{9})')
_BARE = """
import sys, boto3
client = boto3.client("logs")
asked = {"logGroupName": sys.argv[1], "startTime": int(sys.argv[2])}
while True:
    page = client.filter_log_events(**asked)
    sys.stdout.writelines(event["message"] + "\\n" for event in page["events"])
    sys.stdout.flush()
    if "nextToken" not in page:
        break
    asked["nextToken"] = page["nextToken"]
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A program that printed a backlog.

    Attributes:
        wall_s: From its start to its end.
        first_s: From its start to its first line.
        events: Different events printed.
    """

    wall_s: float
    first_s: float
    events: int


def backlog() -> Iterator[Row]:
    """Yield the figures of 50,000 events that are there already."""
    plan = Plan(
        start_ms=int((time.time() - _SPAN_S - 60) * 1000), events=_EVENTS, seconds=_SPAN_S, streams=_STREAMS
    )
    lanes = [Lane(_AT_ONCE), Lane(f"{_SERVICE_S * 1000:.0f} ms a page", delay_s=_SERVICE_S)]
    with Feed(plan, lanes) as feed, tempfile.TemporaryDirectory(prefix="cwtop-bench-") as home:
        for lane in feed.urls:
            commands, problems = _readers(feed, lane)
            environ = console.environment() | feed.environ(lane) | {"HOME": home}
            runs: dict[str, list[Run]] = {name: [] for name in commands}
            # Once for nothing, then in turn: the machine's moods are everybody's.
            for number in range(_RUNS + 1):
                for name, command in commands.items():
                    run = timed(command, environ)
                    if number:
                        runs[name].append(run)
            yield from _backlog_rows(lane, runs, problems)


def _readers(feed: Feed, lane: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the commands that print the backlog, and why some are not there."""
    group, url = feed.plan.group, feed.urls[lane]
    commands = {
        "cwtop": [console.CWTOP, "tail", group, "--since", "1h"],
        "boto3": [sys.executable, "-c", _BARE, group, str(feed.plan.start_ms - 1)],
    }
    problems = {}
    aws, problems["aws"] = peers.find_aws_v2()
    if aws:
        commands["aws"] = [aws, "logs", "tail", group, "--since", "1h", "--endpoint-url", url]
    awslogs, problems["awslogs"] = peers.find(peers.AWSLOGS)
    if awslogs:
        there = ["--aws-endpoint-url", url, "--aws-region", REGION]
        commands["awslogs"] = [awslogs, "get", group, "ALL", "--start", "1h", *there]
    return commands, problems


def _backlog_rows(lane: str, runs: Mapping[str, Sequence[Run]], problems: Mapping[str, str]) -> Iterator[Row]:
    ours = runs["cwtop"]
    wall = median([run.wall_s for run in ours])
    shown = f"{_EVENTS // 1000},000 events, answers {lane}"
    yield Row(
        f"cwtop tail --since, {shown}: not printed", _EVENTS - min(run.events for run in ours), 0, "events",
        is_exact=True,
    )  # fmt: skip
    # The others' shares are promised where the programs, not the service, take the time.
    shares = (1 / 1.3, 1 / 5) if lane == _AT_ONCE else (None, None)
    for name, share in zip(("boto3", "aws", "awslogs"), (1.1, *shares), strict=True):
        if name not in runs:
            yield Row(f"wall, {shown}, to {name}", wall, None, "s", note=problems[name])
            continue
        walls = [run.wall_s for run in runs[name]]
        theirs = median(walls)
        note = f"{name} {spread(walls)}; ours {spread([run.wall_s for run in ours])}"
        yield Row(f"wall, {shown}, to {name}", wall, share and share * theirs, "s", theirs, note)
    first = median([run.first_s for run in ours])
    for name, others in runs.items():
        if name != "cwtop":
            theirs = median([run.first_s for run in others])
            limit = theirs if name == "aws" else None
            yield Row(f"first line, {shown}, to {name}", first, limit, "s", theirs)


def timed(command: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run a command to its end and return how long it took.

    Raises:
        RuntimeError: It failed, with what it said.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    first, chunks = None, []
    while chunk := os.read(process.stdout.fileno(), 1 << 20):
        if first is None and b"\n" in chunk:
            first = time.perf_counter()
        chunks.append(chunk)
    said = process.stderr.read()
    status = process.wait(_GIVE_UP_S)
    ended = time.perf_counter()
    process.stdout.close()
    process.stderr.close()
    if status or first is None:
        text = " ".join(said.decode(errors="replace").split())
        raise RuntimeError(f"{command[0]} ended with {status} after {ended - started:.1f} s: {text[-200:]}")
    return Run(ended - started, first - started, len(set(_NUMBER.findall(b"".join(chunks)))))


def latency() -> Iterator[Row]:
    """Yield how long after it became readable a new event is printed, and what that asks of the service."""
    names = {"cwtop": "", "aws": "", "awslogs": ""}
    aws, names["aws"] = peers.find_aws_v2()
    awslogs, names["awslogs"] = peers.find(peers.AWSLOGS)
    plan = Plan(
        start_ms=int((time.time() + _LEAD_S) * 1000),
        events=_PUTS,
        seconds=_PUTS * _PUT_EVERY_S,
        streams=2,
    )
    with (
        Feed(plan, [Lane(name) for name in names]) as feed,
        tempfile.TemporaryDirectory(prefix="cwtop-bench-") as home,
    ):
        commands = {"cwtop": [console.CWTOP, "tail", plan.group, "--follow", "--since", "1m"]}
        if aws:
            at = ["--endpoint-url", feed.urls["aws"]]
            commands["aws"] = [aws, "logs", "tail", plan.group, "--follow", "--since", "1m", *at]
        if awslogs:
            at = ["--aws-endpoint-url", feed.urls["awslogs"], "--aws-region", REGION]
            commands["awslogs"] = [awslogs, "get", plan.group, "ALL", "--start", "1m", "--watch", *at]
        environs = {name: console.environment() | feed.environ(name) | {"HOME": home} for name in commands}
        at_first: dict[str, int] = {}

        def count() -> dict[str, int]:
            return {name: sum(feed.counts(name).calls.values()) for name in commands}

        delays = _printed_after(plan, commands, environs, lambda: at_first.update(count()))
        seconds = plan.end_ms / 1000 + _AFTER_S - plan.start_ms / 1000
        rates = {name: (calls - at_first[name]) / seconds for name, calls in count().items()}
    ours = delays["cwtop"]
    yield Row("follow: not printed", _PUTS - len(ours), 0, "events", is_exact=True)
    for name in ("aws", "awslogs"):
        theirs = delays.get(name, [])
        peer = median(theirs) if theirs else None
        note = names[name] or f"{name} max {max(theirs, default=0):.1f} s, {rates[name]:.2f} requests/s"
        note = f"ours max {max(ours, default=0):.1f} s; {note}"
        yield Row(
            f"follow: put to printed, median, to {name}", median(ours) if ours else None, 1.5, "s", peer, note
        )
    note = f"{_PUTS} events in {_PUTS * _PUT_EVERY_S:.0f} s, the peer is aws"
    yield Row("follow: requests", rates["cwtop"], 1.0, "a second", rates.get("aws"), note)


def _printed_after(
    plan: Plan,
    commands: Mapping[str, Sequence[str]],
    environs: Mapping[str, Mapping[str, str]],
    on_first: Callable[[], None],
) -> dict[str, list[float]]:
    """Run the commands side by side; return the seconds from readable to printed of each event.

    `on_first` is called when the first event is due: what programs ask when they start is behind them.

    The peers write to a terminal, as they are used: in a pipe the AWS CLI holds its lines back. cwtop has
    a pipe.
    """
    processes = {}
    outputs = {}
    delays: dict[str, list[float]] = {name: [] for name in commands}
    with selectors.DefaultSelector() as selector:
        for name, command in commands.items():
            outputs[name], written = os.pipe() if name == "cwtop" else pty.openpty()
            processes[name] = subprocess.Popen(
                list(command),
                env=dict(environs[name]),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.DEVNULL,
            )
            os.close(written)
            selector.register(outputs[name], selectors.EVENT_READ, name)
        end = plan.end_ms / 1000 + _AFTER_S
        is_begun = False
        while (rest := end - time.time()) > 0 and selector.get_map():
            if not is_begun and time.time() * 1000 >= plan.start_ms:
                is_begun = True
                on_first()
            for key, _ in selector.select(min(rest, 0.2)):
                try:
                    chunk = os.read(key.fd, 1 << 16)
                except OSError:
                    # How a pseudo-terminal tells that its last writer has gone.
                    chunk = b""
                now = time.time()
                if not chunk:
                    selector.unregister(key.fileobj)
                for number in _NUMBER.findall(chunk):
                    put = plan.start_ms / 1000 + int(number) * plan.seconds / plan.events
                    delays[key.data].append(now - put)
    for name, process in processes.items():
        process.send_signal(signal.SIGINT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(outputs[name])
    return delays
