"""A scripted CloudWatch Logs in memory: late ingestion, pages of any size, throttling and outages."""

from __future__ import annotations

import queue
import random
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.sources.doubles import FakeClock, missing, throttled
from tui.domain.errors import ErrorKind, SourceError


class Stored(NamedTuple):
    """One event; the order of the fields is the service's order."""

    time_ms: int
    ingested_ms: int
    number: int
    stream: str
    message: str

    @property
    def id(self) -> str:
        return f"{self.time_ms:020d}{self.number:036d}"


def unreachable() -> SourceError:
    return SourceError(ErrorKind.UNREACHABLE, "Cannot reach CloudWatch Logs.")


class ScriptedStream:
    """The response stream of StartLiveTail: gives what the test puts into it."""

    def __init__(self) -> None:
        self._messages: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue()
        self.is_closed = False
        self.given = 0

    def start(self) -> None:
        self._messages.put({"sessionStart": {"sessionId": "1"}})

    def update(self, *events: Stored, group: str = "g", sampled: bool = False) -> None:
        results = [
            {
                "logGroupIdentifier": f"123456789012:{group}",
                "logStreamName": event.stream,
                "message": event.message,
                "timestamp": event.time_ms,
                "ingestionTime": event.ingested_ms,
            }
            for event in events
        ]
        self._messages.put(
            {"sessionUpdate": {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}}
        )

    def end(self, error: Exception | None = None) -> None:
        self._messages.put(error)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            message = self._messages.get()
            if isinstance(message, Exception):
                raise message
            if message is None:
                return
            # Asking for the next one means that this one has been queued.
            yield message
            self.given += 1

    def close(self) -> None:
        self.is_closed = True


@dataclass
class ScriptedLogs:
    """Plays the operations of CloudWatch Logs that a follow needs; `call` is the session's.

    Attributes:
        clock: Events are readable when it has reached their ingestion.
        page: Events on a page.
        dice: For everything random.
        empty: Share of pages that are empty and have a token.
        throttle: Share of calls that are throttled.
        outages: (from, to) in epoch seconds, when nothing answers.
        is_end_inclusive: How `endTime` is taken: documentation and fakes disagree.
        errors: What FilterLogEvents of a group raises.
        classes: Class by group, if not STANDARD.
        live: What StartLiveTail gives: streams, or an error.
    """

    clock: FakeClock
    page: int = 10_000
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    empty: float = 0.0
    throttle: float = 0.0
    outages: list[tuple[float, float]] = field(default_factory=list)
    is_end_inclusive: bool = True
    errors: dict[str, SourceError] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    live: list[ScriptedStream] | SourceError = field(default_factory=list)
    groups: dict[str, list[Stored]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    live_asked: list[dict[str, Any]] = field(default_factory=list)
    _number: int = 0

    def put(
        self,
        *,
        ago_s: float = 0.0,
        late_s: float = 0.0,
        group: str = "g",
        stream: str = "s",
        message: str = "",
    ) -> Stored:
        """Write an event `ago_s` before now that becomes readable `late_s` after its time.

        One of the future is readable `late_s` after now.
        """
        self._number += 1
        time_ms = int((self.clock.now() - ago_s) * 1000)
        written_ms = min(time_ms, int(self.clock.now() * 1000))
        event = Stored(
            time_ms, written_ms + int(late_s * 1000), self._number, stream, message or str(self._number)
        )
        insort(self.groups.setdefault(group, []), event)
        return event

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        assert service == "logs"
        self.calls[method] += 1
        now = self.clock.now()
        if any(start <= now < end for start, end in self.outages):
            raise unreachable()
        if method == "filter_log_events":
            self.asked.append(params)
            if self.dice.random() < self.throttle:
                raise throttled()
            return self._filter(params)
        reply: dict[str, Any] = getattr(self, f"_{method}")(params)
        return reply

    def _filter(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["logGroupName"]
        if name in self.errors:
            raise self.errors[name]
        if name not in self.groups:
            raise missing(f"log group {name}")
        events = self.groups[name]
        token = asked.get("nextToken")
        low = bisect_left(
            events, (asked["startTime"],) if token is None else tuple(map(int, token.split(".")))
        )
        end_ms = asked.get("endTime")
        high = len(events) if end_ms is None else bisect_left(events, (end_ms + self.is_end_inclusive,))
        now_ms = self.clock.now() * 1000
        prefix, pattern = asked.get("logStreamNamePrefix", ""), asked.get("filterPattern", "")
        fitting = (
            one
            for one in events[low:high]
            if one.ingested_ms <= now_ms and one.stream.startswith(prefix) and pattern in one.message
        )
        size = 0 if self.dice.random() < self.empty else self.page
        found: list[Stored] = []
        for one in fitting:
            if len(found) == size:
                token = f"{one.time_ms}.{one.ingested_ms}.{one.number}"
                return {"events": [_raw(event) for event in found], "nextToken": token}
            found.append(one)
        return {"events": [_raw(event) for event in found]}

    def _describe_log_groups(self, asked: dict[str, Any]) -> dict[str, Any]:
        prefix, part = asked.get("logGroupNamePrefix", ""), asked.get("logGroupNamePattern", "")
        assert not (prefix and part), "the service takes one of them"
        names = sorted(one for one in self.groups if one.startswith(prefix) and part in one)
        start = int(asked.get("nextToken", 0))
        stop = start + asked["limit"]
        found = [
            {
                "logGroupName": name,
                "logGroupClass": self.classes.get(name, "STANDARD"),
                "arn": f"arn:aws:logs:r:123456789012:log-group:{name}:*",
            }
            for name in names[start:stop]
        ]
        return {"logGroups": found, **({"nextToken": str(stop)} if stop < len(names) else {})}

    def _get_log_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        events = [
            one
            for one in self.groups[asked["logGroupName"]]
            if one.stream == asked["logStreamName"]
            and asked.get("startTime", 0) <= one.time_ms < asked.get("endTime", float("inf"))
        ]
        limit, token = asked["limit"], asked.get("nextToken")
        if asked["startFromHead"]:
            low = int(token or 0)
            high = min(len(events), low + limit)
        else:
            high = int(token) if token else len(events)
            low = max(0, high - limit)
        raw = [
            {key: value for key, value in _raw(one).items() if key != "eventId"} for one in events[low:high]
        ]
        return {"events": raw, "nextForwardToken": str(high), "nextBackwardToken": str(low)}

    def _start_live_tail(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.live_asked.append(asked)
        if isinstance(self.live, SourceError):
            raise self.live
        return {"responseStream": self.live.pop(0)}


def _raw(event: Stored) -> dict[str, Any]:
    return {
        "eventId": event.id,
        "timestamp": event.time_ms,
        "ingestionTime": event.ingested_ms,
        "logStreamName": event.stream,
        "message": event.message,
    }
