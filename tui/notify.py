"""Tells breaches beyond the screen: to the terminal, and to a command of the user's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from widgets.text import one_line

MOST_WAITING: Final = 16
"""Events that wait for the command; the oldest gives way to a new one."""
_ESC: Final = "\x1b"
_TEXT: Final = 200
_FIGURES: Final = re.compile(r"\d+")
SAVE_TITLE: Final = "\x1b[22;2t"
"""XTWINOPS: the terminal puts its window title on its stack."""
RESTORE_TITLE: Final = "\x1b[23;2t"


def window_title(text: str) -> str:
    """Return the sequence that sets the terminal's title (OSC 2)."""
    return f"{_ESC}]2;{one_line(text, _TEXT)}\x07"


def terminal_notice(kind: str, title: str, text: str, *, in_tmux: bool) -> str:
    """Return the sequence of a desktop notification.

    Args:
        kind: "osc9" (iTerm2, Windows Terminal), "osc777" (rxvt, foot), or "none".
        title: Its title.
        text: Its text.
        in_tmux: Wrap it, so that tmux hands it on (needs its `allow-passthrough`).
    """
    title, text = one_line(title, _TEXT), one_line(text, _TEXT)
    if kind == "osc9":
        sequence = f"{_ESC}]9;{title}: {text}\x07"
    elif kind == "osc777":
        # Semicolons part the fields.
        sequence = f"{_ESC}]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}\x07"
    else:
        return ""
    return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_ESC}\\" if in_tmux else sequence


class CommandNotifier:
    """Runs a command for each event, one at a time, on a thread of its own.

    Args:
        command: Program and arguments; no shell sees them.
        timeout_s: Seconds until the command is killed with its process group.
        tell: Told what is wrong, each problem once until a run succeeds; called on the thread.
    """

    def __init__(self, command: Sequence[str], timeout_s: float, tell: Callable[[str], None]) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._tell = tell
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        self._told: set[str] = set()
        self._is_closed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def send(self, event: Mapping[str, Any]) -> None:
        """Hand an event over; never blocks."""
        data = (json.dumps(event, ensure_ascii=True) + "\n").encode()
        with self._changed:
            if self._is_closed:
                return
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(data)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="notify", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, timeout_s: float) -> bool:
        """Wait until nothing waits and nothing runs; False where that takes too long. Blocks."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._child is None, timeout_s)

    def close(self) -> None:
        """Drop what waits and kill what runs."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            child = self._child
            if child is not None and child.poll() is None:
                _kill(child)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                if self._is_closed:
                    return
                data, dropped = self._waiting[0], self._dropped
                self._dropped = 0
            problem = self._run(data)
            if dropped and not problem:
                problem = f"{dropped} events were dropped while the command was busy; make it faster."
            # Figures in a message do not make it another problem.
            kind = _FIGURES.sub("0", problem)
            if problem and kind not in self._told and not self._is_closed:
                self._tell(f"notify.command {self._command[0]}: {problem}")
            self._told = {*self._told, kind} if problem else set()

    def _run(self, data: bytes) -> str:
        """Run the command with an event; return what is wrong, "" for nothing."""
        with tempfile.TemporaryFile() as errors:
            try:
                with self._changed:
                    if self._is_closed:
                        return ""
                    self._waiting.remove(data)
                    # A file, not a pipe: a grandchild that lives on would keep a pipe open.
                    child = self._child = subprocess.Popen(
                        self._command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL,
                        stderr=errors,
                        start_new_session=True,
                    )
            except OSError as error:
                with self._changed:
                    self._changed.notify_all()
                return f"it cannot be started: {error.strerror}. Check its path in the configuration."
            try:
                child.communicate(data, timeout=self._timeout_s)
            except subprocess.TimeoutExpired:
                _kill(child)
                child.wait()
                return f"killed after {self._timeout_s:g} s; make it faster, or raise notify.timeout."
            finally:
                with self._changed:
                    self._child = None
                    self._changed.notify_all()
            if child.returncode == 0:
                return ""
            errors.seek(0)
            said = one_line(errors.read(2000).decode("utf-8", "replace").strip(), _TEXT)
            return f"it ended with {child.returncode}: {said or 'it said nothing on standard error'}."


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        # It has ended by itself meanwhile.
        return
