"""The door in front of the AWS endpoint: it counts calls, and delays or fails them on request."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tui.domain.clock import Clock
from tui.sandbox.calls import Call, read_call
from tui.sandbox.replies import Application, StartResponse, cut, refuse, send_json
from tui.sandbox.rules import Rule, RuleBook
from tui.sandbox.trail import RESOURCE_TYPES, USER, Trail, TrailEvent, is_recorded

Desk = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Answers a control request: takes its method and document. Raises ValueError or TypeError for a bad one."""

CONTROL_PATH = "/__cwtop/"
_RECENT = 5_000


class Gate:
    """A WSGI application in front of another one.

    Below `/__cwtop/` it answers itself: GET `calls`, POST `rules`, DELETE `rules` or `rules/<id>`,
    DELETE `calls`, and what `desks` answer by name. `tui.sandbox.control` is its client.
    """

    def __init__(
        self,
        application: Application,
        trail: Trail,
        clock: Clock,
        region: str,
        desks: Mapping[str, Desk] | None = None,
    ) -> None:
        self._application = application
        self._desks = dict(desks or {})
        self._trail = trail
        self._clock = clock
        self._region = region
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._rules = RuleBook()
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
        failing = next((rule for rule in rules if rule.code or rule.drop), None)
        if failing is not None:
            return self._fail(call, failing, environ, start_response)
        return self._serve(call, environ, start_response)

    def _fail(
        self, call: Call, rule: Rule, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        if rule.drop:
            cut(environ)
        self._record(call, rule.code)
        message = rule.message or f"{call.operation} fails on request"
        return refuse(call, start_response, rule.code, message, rule.status)

    def _serve(self, call: Call, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def watched(status: str, headers: Any, *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, headers, *rest)

        try:
            result = self._application(environ, watched)
        except NotImplementedError:
            # moto raises it for what it does not have; as a server error it would be retried in vain.
            message = f"The sandbox has no {call.service}:{call.operation}."
            return refuse(call, start_response, "InvalidAction", message)
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
        return self._rules.take(call)

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
            return send_json(start_response, "400 Bad Request", {"error": str(problem)})
        if answer is None:
            return send_json(start_response, "404 Not Found", {"error": f"no such control: {name}"})
        return send_json(start_response, "200 OK", answer)

    def _answer(self, method: str, name: str, body: bytes) -> dict[str, Any] | None:
        if name in self._desks:
            return self._desks[name](method, json.loads(body or b"{}"))
        match method, name.split("/"):
            case _, ["calls"]:
                return self._calls(method)
            case "POST", ["rules"]:
                return {"id": self._rules.add(**json.loads(body))}
            case "DELETE", ["rules"]:
                self._rules.clear()
                return {}
            case "DELETE", ["rules", number]:
                self._rules.remove(int(number))
                return {}
        return None

    def _calls(self, method: str) -> dict[str, Any]:
        with self._lock:
            answer = {
                "counts": dict(self._counts),
                "metric_queries": self._metric_queries,
                "recent": list(self._recent),
            }
            if method == "DELETE":
                self._counts.clear()
                self._recent.clear()
                self._metric_queries = 0
            return answer
