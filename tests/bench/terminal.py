"""A real program in a real pseudo-terminal, its screen kept by pyte, every chunk timed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
import pyte

_END_OF_FRAME = b"\x1b[?2026l"
_DCS = re.compile(rb"\x1bP[^\x1b]*\x1b\\\\")
_ANSWERS = (
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1bP+q", b"\x1bP0+r\x1b\\"),
)
"""What terminals answer when asked what they can; programs wait for it. A frame's end is marked for those
that know synchronised output."""


@dataclass(slots=True)
class Repaint:
    """A frame, as it changed the screen.

    Attributes:
        at: `time.perf_counter()` of its last byte.
        size: Bytes.
        written: Rows that were written.
        changed: Rows that look different.
    """

    at: float
    size: int
    written: frozenset[int]
    changed: frozenset[int]


class Terminal:
    """Runs a command in a pseudo-terminal of a fixed size.

    Attributes:
        started: `time.perf_counter()` of the start.
        received: Bytes that the program has written to the terminal.
        repaints: Frames since `watch_repaints`, oldest first.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, columns: int = 200, rows: int = 50
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition(threading.RLock())
        self._at = 0.0
        self._is_watched = False
        self._frame_size = 0
        self._looks: dict[int, int] = {}
        self.received = 0
        self.repaints: list[Repaint] = []
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
            at = time.perf_counter()
            self._answer(chunk)
            with self._changed:
                self.received += len(chunk)
                self._at = at
                self._frame_size += len(chunk)
                self._feed(_DCS.sub(b"", chunk))
                if self._is_watched and _END_OF_FRAME in chunk:
                    self._note_repaint()
                self._changed.notify_all()

    def _answer(self, chunk: bytes) -> None:
        for asked, answer in _ANSWERS:
            for _ in range(chunk.count(asked)):
                os.write(self._master, answer)

    def _feed(self, chunk: bytes) -> None:
        # Programs ask the terminal for its modes; pyte knows few private queries and needs none.
        try:
            self._stream.feed(chunk)
        except (TypeError, ValueError, IndexError, AttributeError):
            self._stream = pyte.ByteStream(self._screen)

    def _note_repaint(self) -> None:
        written = frozenset(self._screen.dirty)
        self._screen.dirty.clear()
        changed = set()
        for row in written:
            look = hash(tuple(sorted(self._screen.buffer[row].items())))
            if self._looks.get(row) != look:
                self._looks[row] = look
                changed.add(row)
        self.repaints.append(Repaint(self._at, self._frame_size, written, frozenset(changed)))
        self._frame_size = 0

    def watch_repaints(self) -> None:
        """Note from here on which rows each frame writes (costs time: not while latencies are measured)."""
        with self._changed:
            self._is_watched = True
            self._frame_size = 0
            self._screen.dirty.clear()
            self.repaints.clear()
            for row in range(self._screen.lines):
                self._looks[row] = hash(tuple(sorted(self._screen.buffer[row].items())))

    def text(self) -> str:
        """Return the screen as lines."""
        with self._changed:
            return self._text(None)

    def press(self, keys: str) -> float:
        """Type keys; return the moment."""
        os.write(self._master, keys.encode())
        return time.perf_counter()

    def wait(
        self, condition: Callable[[str], Any], timeout: float = 30.0, *, rows: slice | None = None
    ) -> float:
        """Wait until the screen fulfils a condition; return the moment at which its last bytes came.

        Args:
            condition: Given the text of the screen.
            timeout: Seconds.
            rows: Look at these rows only.

        Raises:
            TimeoutError: With the screen as it was.
        """
        deadline = time.perf_counter() + timeout
        with self._changed:
            while True:
                if condition(self._text(rows)):
                    return self._at
                rest = deadline - time.perf_counter()
                if rest <= 0 or (self._process.poll() is not None and not self._reader.is_alive()):
                    raise TimeoutError(f"not seen within {timeout} s on:\n{self._text(None)}")
                self._changed.wait(min(rest, 0.25))

    def _text(self, rows: slice | None) -> str:
        columns, buffer = self._screen.columns, self._screen.buffer
        wanted = range(self._screen.lines)[rows or slice(None)]
        return "\n".join("".join(buffer[y][x].data for x in range(columns)).rstrip() for y in wanted)

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
