"""A fast endpoint that speaks the log part of CloudWatch Logs' JSON protocol over a seeded schedule.

It is its own process: `python -P -m tests.bench.logfeed` reads {"plan": …, "lanes": […]} from standard input.
"""

from __future__ import annotations

import dataclasses
import json
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from tests.bench.logschedule import PAGE_EVENTS, Plan, Schedule, to_words

ACCOUNT = "123456789012"
REGION = "ap-northeast-2"
_STS = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDABENCH</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata>"
    "</GetCallerIdentityResponse>"
)


@dataclass(frozen=True, slots=True)
class Lane:
    """One port of the feed: its own faults and its own counts, so that clients do not disturb each other.

    Attributes:
        name: Of the client that asks there.
        throttle_share: Share of the log calls answered with ThrottlingException.
        empty_share: Share of FilterLogEvents pages that are empty and carry a token.
        outage_s: From and until when connections are reset, seconds after the schedule's start.
        delay_s: How long a page of FilterLogEvents takes at least.
        seed: Of what is random.
    """

    name: str
    throttle_share: float = 0.0
    empty_share: float = 0.0
    outage_s: tuple[float, float] = (0.0, 0.0)
    delay_s: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """What a lane has answered so far.

    Attributes:
        calls: Requests by operation, the throttled ones included.
        throttled: Requests refused with ThrottlingException.
        reset: Connections reset by the outage.
        events: Events handed out, repeats included.
    """

    calls: dict[str, int]
    throttled: int
    reset: int
    events: int


class Feed:
    """A running feed; ends with the context.

    Attributes:
        plan: Its schedule's.
        urls: Endpoint by the lane's name.
    """

    def __init__(self, plan: Plan, lanes: Sequence[Lane]) -> None:
        self.plan = plan
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.bench.logfeed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        words = {"plan": to_words(plan), "lanes": [dataclasses.asdict(lane) for lane in lanes]}
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()
        ports = json.loads(self._process.stdout.readline() or b"[]")
        if len(ports) != len(lanes):
            raise RuntimeError("the feed did not start: see what it said above")
        self.urls = {lane.name: f"http://127.0.0.1:{port}" for lane, port in zip(lanes, ports, strict=True)}

    def counts(self, lane: str) -> Counts:
        """Return what a lane has answered so far."""
        with urllib.request.urlopen(f"{self.urls[lane]}/counts", timeout=10) as answer:  # noqa: S310
            return Counts(**json.load(answer))

    def environ(self, lane: str) -> dict[str, str]:
        """Return the variables that make an AWS client ask a lane."""
        return {
            "AWS_ENDPOINT_URL": self.urls[lane],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKIABENCH",
            "AWS_SECRET_ACCESS_KEY": "bench-has-no-secrets",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class _Refused(Exception):
    """Answered with an error of the service; the arguments are its code and its message."""


class _Desk:
    """Answers the operations of one lane."""

    def __init__(self, schedule: Schedule, lane: Lane) -> None:
        self._schedule = schedule
        self._lane = lane
        self._random = random.Random(lane.seed)  # noqa: S311 - faults, no secret
        self._lock = threading.Lock()
        self._counts = Counts({}, 0, 0, 0)
        self._spans = [schedule.span(number) for number in range(schedule.plan.streams)]

    def counts(self) -> Counts:
        with self._lock:
            return dataclasses.replace(self._counts, calls=dict(self._counts.calls))

    def is_out(self) -> bool:
        """Whether connections are to be reset now."""
        since = time.time() - self._schedule.plan.start_ms / 1000
        return self._lane.outage_s[0] <= since < self._lane.outage_s[1]

    def note_reset(self) -> None:
        with self._lock:
            self._counts = dataclasses.replace(self._counts, reset=self._counts.reset + 1)

    def answer(self, operation: str, asked: Mapping[str, Any]) -> bytes:
        """Return the body of an answer.

        Raises:
            _Refused: The service would answer with an error.
        """
        with self._lock:
            is_throttled = self._random.random() < self._lane.throttle_share
            is_empty = self._random.random() < self._lane.empty_share
            calls = Counter(self._counts.calls)
            calls[operation] += 1
            self._counts = dataclasses.replace(
                self._counts, calls=dict(calls), throttled=self._counts.throttled + is_throttled
            )
        if is_throttled:
            raise _Refused("ThrottlingException", "Rate exceeded")
        if operation == "DescribeLogGroups":
            return self._groups(asked)
        if operation == "DescribeLogStreams":
            return self._list_streams(asked)
        if operation == "FilterLogEvents":
            return self._filter(asked, is_empty)
        if operation == "GetLogEvents":
            return self._get(asked)
        raise _Refused("UnknownOperationException", f"the feed does not know {operation}")

    def _check_group(self, asked: Mapping[str, Any]) -> None:
        name = str(asked.get("logGroupName") or asked.get("logGroupIdentifier", "").split("log-group:")[-1])
        if name != self._schedule.plan.group:
            raise _Refused("ResourceNotFoundException", "The specified log group does not exist.")

    def _groups(self, asked: Mapping[str, Any]) -> bytes:
        name = self._schedule.plan.group
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
        wanted = str(asked.get("logGroupNamePrefix", ""))
        part = str(asked.get("logGroupNamePattern", ""))
        found = [{"logGroupName": name, "arn": f"{arn}:*", "logGroupArn": arn, "logGroupClass": "STANDARD"}]
        is_meant = name.startswith(wanted) and part.lower() in name.lower()
        return json.dumps({"logGroups": found if is_meant else []}).encode()

    def _list_streams(self, asked: Mapping[str, Any]) -> bytes:
        self._check_group(asked)
        prefix = str(asked.get("logStreamNamePrefix", ""))
        found = [
            {
                "logStreamName": name,
                "creationTime": first,
                "firstEventTimestamp": first,
                "lastEventTimestamp": last,
                "lastIngestionTime": last,
            }
            for name, (first, last) in zip(self._schedule.streams, self._spans, strict=True)
            if name.startswith(prefix)
        ]
        return json.dumps({"logStreams": found}).encode()

    def _filter(self, asked: Mapping[str, Any], is_empty: bool) -> bytes:
        self._check_group(asked)
        if asked.get("filterPattern"):
            raise _Refused("InvalidParameterException", "the feed knows no filter patterns")
        position = int(asked.get("nextToken", "p0")[1:])
        if self._lane.delay_s:
            time.sleep(self._lane.delay_s)
        if is_empty:
            return b'{"events":[],"searchedLogStreams":[],"nextToken":"p%d"}' % position
        page = self._schedule.page(
            int(time.time() * 1000),
            int(asked.get("startTime", 0)),
            asked.get("endTime"),
            position,
            streams=self._wanted(asked),
            limit=int(asked.get("limit", PAGE_EVENTS)),
        )
        self._note_events(page.count)
        token = b"" if page.position is None else b',"nextToken":"p%d"' % page.position
        return b'{"events":[%b],"searchedLogStreams":[]%b}' % (page.body, token)

    def _get(self, asked: Mapping[str, Any]) -> bytes:
        """Answer GetLogEvents from the oldest on: the tokens lead nowhere else."""
        self._check_group(asked)
        names = frozenset((self._schedule.streams.index(str(asked["logStreamName"])),))
        page = self._schedule.page(
            int(time.time() * 1000),
            int(asked.get("startTime", 0)),
            asked.get("endTime"),
            int(str(asked.get("nextToken", "f/0"))[2:]),
            streams=names,
            limit=int(asked.get("limit", PAGE_EVENTS)),
        )
        self._note_events(page.count)
        position = len(self._schedule) if page.position is None else page.position
        tokens = b'"nextForwardToken":"f/%d","nextBackwardToken":"b/0"' % position
        return b'{"events":[%b],%b}' % (page.body, tokens)

    def _wanted(self, asked: Mapping[str, Any]) -> frozenset[int] | None:
        prefix, names = asked.get("logStreamNamePrefix"), asked.get("logStreamNames")
        if prefix is None and names is None:
            return None
        wanted = frozenset(
            number
            for number, name in enumerate(self._schedule.streams)
            if (name.startswith(prefix) if prefix is not None else name in (names or ()))
        )
        return None if len(wanted) == len(self._schedule.streams) else wanted

    def _note_events(self, count: int) -> None:
        with self._lock:
            self._counts = dataclasses.replace(self._counts, events=self._counts.events + count)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, desk: _Desk) -> None:
        self.desk = desk
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body are two writes: Nagle would hold the second back for 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._send(200, json.dumps(dataclasses.asdict(self.server.desk.counts())).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        desk = self.server.desk
        if desk.is_out():
            desk.note_reset()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        target = self.headers.get("X-Amz-Target", "")
        if not target and "GetCallerIdentity" in parse_qs(body.decode()).get("Action", ()):
            self._send(200, _STS.encode(), "text/xml")
            return
        try:
            self._send(200, desk.answer(target.split(".")[-1], json.loads(body or b"{}")))
        except _Refused as refusal:
            code, message = refusal.args
            self._send(400, json.dumps({"__type": code, "message": message}).encode())

    def _send(self, status: int, body: bytes, kind: str = "application/x-amz-json-1.1") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "bench")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: thousands of requests come."""


def main() -> None:
    """Serve until standard input closes."""
    words = json.loads(sys.stdin.readline())
    schedule = Schedule(Plan(**words["plan"]))
    servers = []
    for given in words["lanes"]:
        lane = Lane(**{**given, "outage_s": tuple(given["outage_s"])})
        servers.append(_Server(_Desk(schedule, lane)))
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps([server.server_address[1] for server in servers]), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
