"""Doubles for the tests of sources: a scripted session and a small AWS endpoint on the loopback."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError

Reply = Mapping[str, Any] | Exception | Callable[..., Mapping[str, Any]]


def denied(action: str) -> SourceError:
    """Return a refusal as the error table words it."""
    return SourceError(
        ErrorKind.ACCESS_DENIED, f"{action} is not allowed.", f'Allow "{action}".', action=action
    )


def missing(what: str = "thing") -> SourceError:
    return SourceError(ErrorKind.NOT_FOUND, f"{what} does not exist.")


def throttled() -> SourceError:
    return SourceError(ErrorKind.THROTTLED, "Throttled.")


@dataclass
class FakeAws:
    """A session whose answers are scripted by method.

    A reply is a response, an error to raise, or a function of the parameters; a list of replies is used
    up in order, its last one again and again.
    """

    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        self.calls.append((method, dict(params)))
        reply = self.replies.get(method, {})
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if isinstance(reply, Exception):
            raise reply
        return dict(reply(**params) if callable(reply) else reply)

    def count(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)


class FakeClock(Clock):
    """A clock that shows what it is told."""

    def __init__(self, at_s: float = 1_800_000_000.0) -> None:
        super().__init__()
        self.at_s = at_s

    def now(self) -> float:
        return self.at_s


@dataclass
class Endpoint:
    """What the small AWS endpoint has seen and answers."""

    url: str = ""
    requests: list[str] = field(default_factory=list)
    """Targets of the requests: the X-Amz-Target, or the form's action."""
    authorizations: list[str] = field(default_factory=list)
    date_s: float | None = None
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """(status, JSON body or XML text), used up in order; then 200 {}."""


@contextlib.contextmanager
def endpoint() -> Iterator[Endpoint]:
    """Run an HTTP server that answers as `Endpoint` says."""
    seen = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            seen.requests.append(self.headers.get("X-Amz-Target") or body)
            seen.authorizations.append(self.headers.get("Authorization", ""))
            status, answer = seen.answers.pop(0) if seen.answers else (200, {})
            data = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response_only(status)
            self.send_header("Date", formatdate(seen.date_s, usegmt=True))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


IDENTITY_XML = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/mina</Arn><UserId>U</UserId>
<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
