"""CloudWatch Logs as moto serves it, with events kept and filtered by the sandbox."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import moto.logs.urls
from moto.logs.exceptions import InvalidParameterException, LogsClientError, ResourceNotFoundException
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse

from tui.domain.filterpattern import InvalidPattern, compile_pattern
from tui.insights.engine import EngineError
from tui.insights.engine.compiler import MOST_ROWS
from tui.insights.parser import QuerySyntaxError
from tui.sandbox.insights import MOST_RUNNING, Asked
from tui.sandbox.log_groups import CLASSES, class_of, find, is_standard, set_class, unsupported
from tui.sandbox.log_store import PAGE_EVENTS, StoredEvent
from tui.sandbox.world import World

_TOO_OLD_MS = 14 * 86_400_000
_TOO_NEW_MS = 2 * 3_600_000


_DEFAULT_ROWS = 10_000
_QUERY_CHARACTERS = 10_000


class _Malformed(LogsClientError):
    """A query that does not compile, with the place as the service's model has it."""

    def __init__(self, message: str, start: int | None, end: int | None) -> None:
        super().__init__("MalformedQueryException", message)
        told: dict[str, Any] = {"message": message}
        if start is not None:
            told["location"] = {"startCharOffset": start, "endCharOffset": end}
        self.description = json.dumps(
            {"__type": "MalformedQueryException", "message": message, "queryCompileError": told}
        )


class SandboxLogs(LogsResponse):
    """Overrides of the Logs operations that deal with events."""

    world: World
    definitions: ClassVar[dict[str, dict[str, Any]]] = {}

    def put_log_events(self) -> str:
        """Store events; those too old or too new are rejected, as on the service."""
        group, stream = self._group(), self._get_param("logStreamName")
        if stream not in self.logs_backend.groups[group].streams:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        now_ms = int(self.world.clock.now() * 1000)
        rejected: dict[str, int] = {}
        for number, event in enumerate(self._get_param("logEvents", [])):
            time_ms = int(event["timestamp"])
            if time_ms > now_ms + _TOO_NEW_MS:
                rejected.setdefault("tooNewLogEventStartIndex", number)
            elif time_ms < now_ms - _TOO_OLD_MS:
                rejected["tooOldLogEventEndIndex"] = number + 1
            else:
                self.world.logs.add(group, stream, time_ms, event["message"], now_ms)
        answer: dict[str, Any] = {"nextSequenceToken": f"{now_ms:056d}"}
        if rejected:
            answer["rejectedLogEventsInfo"] = rejected
        return json.dumps(answer)

    def filter_log_events(self) -> str:
        """Filter a group's events in order of time."""
        group = self._readable("FilterLogEvents")
        limit = int(self._get_param("limit") or PAGE_EVENTS)
        if not 1 <= limit <= PAGE_EVENTS:
            raise InvalidParameterException(
                constraint="Member must have value less than or equal to 10000",
                parameter="limit",
                value=limit,
            )
        start = int(self._get_param("startTime") or 0)
        end = self._get_param("endTime")
        try:
            page = self.world.logs.page(
                group,
                start,
                None if end is None else int(end) + 1,
                self._predicate(),
                limit,
                self._get_param("nextToken"),
            )
        except ValueError as problem:
            raise InvalidParameterException(str(problem)) from None
        answer: dict[str, Any] = {
            "events": [_filtered(event) for event in page.events],
            "searchedLogStreams": [],
        }
        if page.token:
            answer["nextToken"] = page.token
        return json.dumps(answer)

    def get_log_events(self) -> str:
        """Read one stream from its head or its tail."""
        group, stream = self._readable("GetLogEvents"), self._get_param("logStreamName")
        if stream not in self.logs_backend.groups[group].streams:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        start, end = int(self._get_param("startTime") or 0), self._get_param("endTime")
        events = self.world.logs.stream_events(group, stream, start, None if end is None else int(end))
        limit = int(self._get_param("limit") or PAGE_EVENTS)
        low = self._first(len(events), limit)
        high = min(len(events), low + limit)
        return json.dumps(
            {
                "events": [
                    {"timestamp": one.time_ms, "message": one.message, "ingestionTime": one.ingested_ms}
                    for one in events[low:high]
                ],
                "nextForwardToken": f"f/{high:056d}",
                "nextBackwardToken": f"b/{low:056d}",
            }
        )

    def _first(self, count: int, limit: int) -> int:
        token: str = self._get_param("nextToken") or ""
        direction, _, digits = token.partition("/")
        if token and (direction not in ("f", "b") or not digits.isdigit()):
            raise InvalidParameterException("The specified nextToken is invalid.")
        if direction == "f":
            return min(int(digits), count)
        if direction == "b":
            return max(0, int(digits) - limit)
        return 0 if self._get_param("startFromHead") else max(0, count - limit)

    def describe_log_streams(self) -> str:
        """Describe streams with the times of the events that they really have."""
        answer: dict[str, Any] = json.loads(super().describe_log_streams())
        facts = self.world.logs.streams(self._group())
        for stream in answer["logStreams"]:
            if known := facts.get(stream["logStreamName"]):
                stream["firstEventTimestamp"] = known.first_ms
                stream["lastEventTimestamp"] = known.last_ms
                stream["lastIngestionTime"] = known.ingested_ms
        if self._get_param("orderBy") == "LastEventTime":
            reverse = bool(self._get_param("descending"))
            answer["logStreams"].sort(key=lambda one: one.get("lastEventTimestamp", 0), reverse=reverse)
        return json.dumps(answer)

    def create_log_group(self) -> str:
        """Create a group of a class."""
        wanted = self._get_param("logGroupClass") or CLASSES[0]
        if wanted not in CLASSES:
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: [{', '.join(CLASSES)}]",
                parameter="logGroupClass",
                value=wanted,
            )
        answer: str = super().create_log_group()
        set_class(self.logs_backend.groups[self._get_param("logGroupName")], wanted)
        return answer

    def describe_log_groups(self) -> str:
        """Describe groups with their class and their real size."""
        asked = json.loads(self.body or "{}")
        try:
            groups, token = find(self.logs_backend.groups.values(), asked)
        except ValueError as problem:
            raise InvalidParameterException(str(problem)) from None
        described = [
            group.to_describe_dict()
            | {"storedBytes": self.world.logs.stored_bytes(group.name), "logGroupClass": class_of(group)}
            for group in groups
        ]
        return json.dumps({"logGroups": described} | ({"nextToken": token} if token else {}))

    def delete_log_group(self) -> str:
        """Delete a group with its events."""
        name = self._get_param("logGroupName")
        answer: str = super().delete_log_group()
        self.world.logs.remove(name)
        return answer

    def put_query_definition(self) -> str:
        """Save a query, or overwrite the one of the id."""
        number = self._get_param("queryDefinitionId") or str(uuid.uuid4())
        if self._get_param("queryDefinitionId") and number not in self.definitions:
            raise ResourceNotFoundException(f"Query definition '{number}' does not exist.")
        self.definitions[number] = {
            "queryDefinitionId": number,
            "name": self._get_param("name"),
            "queryString": self._get_param("queryString"),
            "logGroupNames": list(self._get_param("logGroupNames") or ()),
            "lastModified": int(self.world.clock.now() * 1000),
        }
        return json.dumps({"queryDefinitionId": number})

    def describe_query_definitions(self) -> str:
        """List the saved queries whose names have a prefix."""
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        found = [one for one in self.definitions.values() if str(one["name"]).startswith(prefix)]
        return json.dumps({"queryDefinitions": found})

    def delete_query_definition(self) -> str:
        """Delete a saved query."""
        number = str(self._get_param("queryDefinitionId"))
        if self.definitions.pop(number, None) is None:
            raise ResourceNotFoundException(f"Query definition '{number}' does not exist.")
        return json.dumps({"success": True})

    def start_query(self) -> str:
        """Start a query of Insights."""
        text = self._get_param("queryString") or ""
        start_s, end_s = int(self._get_param("startTime") or 0), int(self._get_param("endTime") or 0)
        limit = int(self._get_param("limit") or _DEFAULT_ROWS)
        if len(text) > _QUERY_CHARACTERS or start_s > end_s or not 1 <= limit <= MOST_ROWS:
            raise InvalidParameterException(
                f"Invalid parameter: {len(text)=}, {start_s=}, {end_s=}, {limit=}"
            )
        if self.world.insights.running >= MOST_RUNNING:
            raise LogsClientError("LimitExceededException", "Too many concurrent queries.")
        now_ms = int(self.world.clock.now() * 1000)
        try:
            number = self.world.insights.start(
                text, self._queried(), start_s * 1000, end_s * 1000 + 999, limit, now_ms
            )
        except QuerySyntaxError as problem:
            raise _Malformed(problem.message, problem.start, problem.end) from None
        except EngineError as problem:
            place = problem.span
            raise _Malformed(
                problem.message, place.start if place else None, place.end if place else None
            ) from None
        return json.dumps({"queryId": number})

    def _queried(self) -> tuple[str, ...]:
        named = self._get_param("logGroupNames") or [
            str(each).removesuffix(":*").split(":log-group:")[-1]
            for each in self._get_param("logGroupIdentifiers") or ()
        ]
        if self._get_param("logGroupName"):
            named = [*named, self._get_param("logGroupName")]
        if not named:
            raise InvalidParameterException("Exactly one of the parameters that name log groups is needed.")
        for name in named:
            if name not in self.logs_backend.groups:
                raise ResourceNotFoundException(f"Log group '{name}' does not exist.")
        return tuple(dict.fromkeys(named))

    def get_query_results(self) -> str:
        """Return what a query has found so far."""
        asked = self._asked()
        most = self._get_param("maxItems")
        return json.dumps(
            self.world.insights.results(asked, self._get_param("nextToken"), int(most) if most else None)
        )

    def stop_query(self) -> str:
        """Stop a query; one that has ended is refused, as on the service."""
        if not self.world.insights.stop(self._asked()):
            raise InvalidParameterException("The query has already ended.")
        return json.dumps({"success": True})

    def describe_queries(self) -> str:
        """List the queries, the newest first."""
        insights = self.world.insights
        return json.dumps(
            {
                "queries": [
                    {
                        "queryId": each.id,
                        "queryString": each.text,
                        "status": each.status if insights.has_ended(each) else "Running",
                        "createTime": each.now_ms,
                        "logGroupName": each.groups[0],
                    }
                    for each in insights.all()
                ]
            }
        )

    def _asked(self) -> Asked:
        asked = self.world.insights.find(self._get_param("queryId") or "")
        if asked is None:
            raise ResourceNotFoundException("The specified query does not exist.")
        return asked

    def _group(self) -> str:
        name: str = self._get_param("logGroupName") or ""
        if not name:
            name = (
                str(self._get_param("logGroupIdentifier") or "").removesuffix(":*").split(":log-group:")[-1]
            )
        if name not in self.logs_backend.groups:
            raise ResourceNotFoundException()
        return name

    def _readable(self, operation: str) -> str:
        name = self._group()
        group = self.logs_backend.groups[name]
        if not is_standard(group):
            raise LogsClientError("InvalidOperationException", unsupported(group, operation))
        return name

    def _predicate(self) -> Callable[[StoredEvent], bool]:
        try:
            matches = compile_pattern(self._get_param("filterPattern") or "")
        except InvalidPattern as problem:
            raise InvalidParameterException(f"Invalid filter pattern: {problem}") from None
        names = frozenset(self._get_param("logStreamNames") or ())
        prefix: str = self._get_param("logStreamNamePrefix") or ""
        if names and prefix:
            raise InvalidParameterException("logStreamNames and logStreamNamePrefix are mutually exclusive.")
        if not names and not prefix:
            return lambda event: matches(event.message)

        def chosen(event: StoredEvent) -> bool:
            is_stream = event.stream in names if names else event.stream.startswith(prefix)
            return is_stream and matches(event.message)

        return chosen


def install(world: World) -> None:
    """Put the overrides in moto's place."""
    SandboxLogs.world = world
    moto.logs.urls.url_paths["{0}/$"] = SandboxLogs.dispatch


def ensure_stream(world: World, group: str, stream: str) -> None:
    """Create a stream that a task writes to, unless it is there."""
    backend = logs_backends[world.settings.account][world.settings.region]
    if group in backend.groups and stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)


def _filtered(event: StoredEvent) -> dict[str, Any]:
    return {
        "logStreamName": event.stream,
        "timestamp": event.time_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": event.id,
    }
