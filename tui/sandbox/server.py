"""The HTTP server of the AWS endpoint: moto behind the gate and Live Tail, on the loopback address."""

from __future__ import annotations

import errno
import socket
import threading
from email.utils import formatdate
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from tui.domain.clock import Clock
from tui.sandbox.db_load import DatabaseLoad
from tui.sandbox.desks import desks
from tui.sandbox.gate import Gate
from tui.sandbox.live_tail import LiveTail
from tui.sandbox.world import World


class PortTaken(Exception):
    """Another program listens on the port that was asked for."""


class Server:
    """A threaded HTTP server in a daemon thread.

    Attributes:
        port: The port it listens on.
        url: `http://127.0.0.1:<port>`.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        """Listen; nothing is served before `start`.

        Raises:
            PortTaken: The port is in use.
        """
        behind = DatabaseLoad(DomainDispatcherApplication(create_backend_app), world)
        self._live_tail = LiveTail(behind, world)
        offered = desks(world, self._live_tail)
        self.gate = Gate(self._live_tail, world.trail, world.clock, world.settings.region, offered)
        try:
            self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise PortTaken(_taken(port)) from problem
            raise
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1",
            self.port,
            self.gate,
            threaded=True,
            request_handler=_handler(world.clock),
            fd=self._socket.fileno(),
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="endpoint", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; calls in flight end with the process."""
        self.gate.close()
        self._live_tail.close()
        self._server.shutdown()
        self._server.server_close()
        self._socket.close()


def _taken(port: int) -> str:
    return (
        f"Port {port} is in use by another program; choose another one with --port, or none for a free one."
    )


def _handler(clock: Clock) -> type[MotoRequestHandler]:
    class Handler(MotoRequestHandler):
        """Keeps connections open, is silent, and tells the sandbox's time."""

        protocol_version = "HTTP/1.1"
        # Header and body are two small writes: with Nagle's algorithm the second waits 40 ms.
        disable_nagle_algorithm = True

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(clock.now() if timestamp is None else timestamp, usegmt=True)

        def log(self, type: str, message: str, *args: Any) -> None:
            pass

    return Handler
