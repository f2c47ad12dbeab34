"""WSGI answers that the sandbox gives itself: AWS errors in each protocol, JSON, a cut connection."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from tui.sandbox.calls import Call

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def send_json(start_response: StartResponse, status: str, document: dict[str, Any]) -> Iterable[bytes]:
    """Answer with a JSON document."""
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def refuse(
    call: Call, start_response: StartResponse, code: str, message: str, status: int = 400
) -> Iterable[bytes]:
    """Answer with an AWS error in the protocol that the call speaks."""
    headers = [("x-amzn-RequestId", _REQUEST_ID)]
    if call.is_json:
        body = json.dumps({"__type": code, "message": message}).encode()
        kind = "Sender" if status < 500 else "Receiver"
        headers += [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("x-amzn-query-error", f"{code};{kind}"),
        ]
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(code)}</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        ).encode()
        headers.append(("Content-Type", "text/xml"))
    headers.append(("Content-Length", str(len(body))))
    start_response(f"{status} Failed", headers)
    return [body]


def cut(environ: dict[str, Any]) -> None:
    """End the request's connection without an answer.

    Raises:
        ConnectionResetError: Always: the server gives the request up.
    """
    connection = connection_of(environ)
    if connection is not None:
        # Lingering for no time sends a reset, as a host that went away does.
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("cut on request")


def connection_of(environ: dict[str, Any]) -> socket.socket | None:
    """Return the request's connection where the server tells it."""
    connection = environ.get("werkzeug.socket")
    return connection if isinstance(connection, socket.socket) else None
