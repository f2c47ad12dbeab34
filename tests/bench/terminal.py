"""A real program in a real pseudo-terminal, its screen kept by pyte, every chunk timed."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psutil
import pyte


class Terminal:
    """Runs a command in a pseudo-terminal of a fixed size.

    Attributes:
        started: `time.perf_counter()` of the start.
        received: Bytes that the program has written to the terminal.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, columns: int = 200, rows: int = 50
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self.received = 0
        self.frames = 0
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **environ},
            start_new_session=True,
        )
        os.close(slave)
        self._master = master
        self.process = psutil.Process(self._process.pid)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                ready, _, _ = select.select([self._master], [], [], 0.5)
                if not ready:
                    if self._process.poll() is not None:
                        return
                    continue
                chunk = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not chunk:
                return
            with self._changed:
                self.received += len(chunk)
                self.frames += 1
                self._feed(chunk)
                self._changed.notify_all()

    def _feed(self, chunk: bytes) -> None:
        # Programs ask the terminal for its modes; pyte knows few private queries and needs none.
        try:
            self._stream.feed(chunk)
        except (TypeError, ValueError, IndexError, AttributeError):
            self._stream = pyte.ByteStream(self._screen)

    def text(self) -> str:
        """Return the screen as lines."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def press(self, keys: str) -> float:
        """Type keys; return the moment."""
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def wait(self, condition: Callable[[str], Any], timeout: float = 30.0) -> float:
        """Wait until the screen fulfils a condition; return the moment.

        Raises:
            TimeoutError: With the screen as it was.
        """
        deadline = time.perf_counter() + timeout
        with self._changed:
            while True:
                text = "\n".join(line.rstrip() for line in self._screen.display)
                if condition(text):
                    return time.perf_counter()
                rest = deadline - time.perf_counter()
                if rest <= 0 or (self._process.poll() is not None and not self._reader.is_alive()):
                    raise TimeoutError(f"not seen within {timeout} s on:\n{text}")
                self._changed.wait(min(rest, 0.25))

    def wait_exit(self, timeout: float = 30.0) -> float:
        """Wait until the program has gone; return the moment."""
        self._process.wait(timeout)
        return time.perf_counter()

    def cpu_seconds(self) -> float:
        """Return the processor time of the program itself, without children."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """Return the resident memory of the program itself, MB."""
        return float(self.process.memory_info().rss) / 1e6

    def close(self) -> None:
        """End the program and its session."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(5)
        self._reader.join(2)
        os.close(self._master)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
