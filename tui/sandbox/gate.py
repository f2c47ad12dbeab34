"""The door in front of the AWS endpoint: it counts calls, and delays or fails them on request."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from tui.domain.clock import Clock
from tui.sandbox.calls import Call, read_call
from tui.sandbox.trail import RESOURCE_TYPES, USER, Trail, TrailEvent, is_recorded

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

CONTROL_PATH = "/__cwtop/"
_RECENT = 5_000


@dataclass(slots=True)
class Rule:
    """What shall happen to matching calls.

    Attributes:
        id: Handle for removal.
        service: As boto3 names it; "*" for all.
        operation: Operation name; "*" for all.
        delay_s: Real seconds to wait before the call is served.
        code: AWS error code to fail with, "" to serve the call.
        status: HTTP status of the failure.
        message: The failure's text.
        remaining: How many calls it still applies to; None for no limit.
    """

    id: int
    service: str = "*"
    operation: str = "*"
    delay_s: float = 0.0
    code: str = ""
    status: int = 400
    message: str = ""
    remaining: int | None = None

    def matches(self, call: Call) -> bool:
        """Whether the rule applies to the call."""
        return self.service in ("*", call.service) and self.operation in ("*", call.operation)


class Gate:
    """A WSGI application in front of another one.

    Below `/__cwtop/` it answers itself: GET `calls`, POST `rules`, DELETE `rules` or `rules/<id>`,
    DELETE `calls`. `tui.sandbox.control` is its client.
    """

    def __init__(self, application: Application, trail: Trail, clock: Clock, region: str) -> None:
        self._application = application
        self._trail = trail
        self._clock = clock
        self._region = region
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._ids = itertools.count(1)
        self._rules: list[Rule] = []
        self._counts: Counter[str] = Counter()
        self._metric_queries = 0
        self._recent: deque[dict[str, Any]] = deque(maxlen=_RECENT)

    def close(self) -> None:
        """Let delayed calls go on."""
        self._closing.set()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if environ.get("PATH_INFO", "").startswith(CONTROL_PATH):
            return self._control(environ, start_response)
        call = read_call(environ)
        rules = self._enter(call)
        for rule in rules:
            if rule.delay_s:
                self._closing.wait(rule.delay_s)
        failing = next((rule for rule in rules if rule.code), None)
        if failing is not None:
            self._record(call, failing.code)
            return _failure(call, failing, start_response)
        return self._serve(call, environ, start_response)

    def _serve(self, call: Call, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def watched(status: str, headers: Any, *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *rest)

        try:
            result = self._application(environ, watched)
        except NotImplementedError:
            # moto raises it; as a server error it would be retried, which helps nobody.
            refusal = Rule(
                0, code="InvalidAction", message=f"The sandbox has no {call.service}:{call.operation}."
            )
            return _failure(call, refusal, start_response)
        is_refused = bool(statuses) and not statuses[0].startswith("2")
        self._record(call, "ClientException" if is_refused else "")
        return result

    def _enter(self, call: Call) -> list[Rule]:
        with self._lock:
            self._counts[f"{call.service}:{call.operation}"] += 1
            self._metric_queries += call.metric_queries
            self._recent.append(
                {
                    "at": self._clock.now(),
                    "service": call.service,
                    "operation": call.operation,
                    "metric_queries": call.metric_queries,
                    "metrics": call.metrics,
                }
            )
            rules = [rule for rule in self._rules if rule.matches(call)]
            for rule in rules:
                if rule.remaining is not None:
                    rule.remaining -= 1
            self._rules = [rule for rule in self._rules if rule.remaining is None or rule.remaining > 0]
            return rules

    def _record(self, call: Call, error: str) -> None:
        if not call.service or " " in call.operation or not is_recorded(call.operation):
            return
        named = call.parameters.items()
        resources = tuple(
            (RESOURCE_TYPES[name], str(value)) for name, value in named if name in RESOURCE_TYPES and value
        )
        self._trail.add(
            TrailEvent(self._clock.now(), call.operation, call.source, USER, resources, error, self._region)
        )

    def _control(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix(CONTROL_PATH)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        try:
            answer = self._answer(environ["REQUEST_METHOD"], name, body)
        except (ValueError, TypeError) as problem:
            return _send(start_response, "400 Bad Request", {"error": str(problem)})
        if answer is None:
            return _send(start_response, "404 Not Found", {"error": f"no such control: {name}"})
        return _send(start_response, "200 OK", answer)

    def _answer(self, method: str, name: str, body: bytes) -> dict[str, Any] | None:
        with self._lock:
            match method, name.split("/"):
                case "GET", ["calls"]:
                    return {
                        "counts": dict(self._counts),
                        "metric_queries": self._metric_queries,
                        "recent": list(self._recent),
                    }
                case "DELETE", ["calls"]:
                    self._counts.clear()
                    self._recent.clear()
                    self._metric_queries = 0
                    return {}
                case "POST", ["rules"]:
                    rule = Rule(id=next(self._ids), **json.loads(body))
                    self._rules.append(rule)
                    return {"id": rule.id}
                case "DELETE", ["rules"]:
                    self._rules.clear()
                    return {}
                case "DELETE", ["rules", number]:
                    self._rules = [rule for rule in self._rules if rule.id != int(number)]
                    return {}
        return None


def _send(start_response: StartResponse, status: str, document: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _failure(call: Call, rule: Rule, start_response: StartResponse) -> Iterable[bytes]:
    message = rule.message or f"{call.operation} fails on request"
    headers = [("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000")]
    if call.is_json:
        body = json.dumps({"__type": rule.code, "message": message}).encode()
        kind = "Sender" if rule.status < 500 else "Receiver"
        headers += [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("x-amzn-query-error", f"{rule.code};{kind}"),
        ]
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(rule.code)}</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        ).encode()
        headers.append(("Content-Type", "text/xml"))
    headers.append(("Content-Length", str(len(body))))
    start_response(f"{rule.status} Failed", headers)
    return [body]
