"""A cable between the console and the sandbox that can be pulled out and plugged in again."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import Self
from urllib.parse import urlsplit


class Cable:
    """Forwards TCP connections of a port of its own; while unplugged that port refuses them.

    Attributes:
        url: Where the console shall ask.
    """

    def __init__(self, endpoint_url: str, *, plugged: bool = True) -> None:
        target = urlsplit(endpoint_url)
        self._target = (str(target.hostname), int(target.port or 80))
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        # Bound but not listening: the port refuses, and nobody else gets it.
        self._listener = self._bound(0)
        self._port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        if plugged:
            self._listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cut()

    def unplug(self) -> None:
        """Break all connections and refuse new ones."""
        self._cut()
        self._listener = self._bound(self._port)

    def plug(self) -> None:
        """Let connections through again."""
        self._listen()

    def _bound(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener

    def _listen(self) -> None:
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _cut(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with self._lock:
            self._sockets.add(source)
        with closing(source), suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._sockets.discard(source)
