"""The console in a real terminal: what it draws, how it quits, and what signals leave behind."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.commands.kit import command_line, environment, sso_login
from tests.commands.test_sandbox_command import children, is_alive
from tests.sandbox.kit import wait_until
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox

PATIENCE_S = 30.0
ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A process with a terminal of its own, of which the test is the other end."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.output = b""
        self._descriptor = descriptor

    def type(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self._descriptor, keys)

    def until(self, condition: Callable[[], bool], why: str) -> None:
        """Read what is drawn until a condition holds.

        Raises:
            AssertionError: It never did.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"never happened: {why}\n{self.output[-3000:]!r}"
            self._read(0.05)

    def shows(self, text: str) -> Callable[[], bool]:
        """Return the condition that a text was drawn."""
        return lambda: text.encode() in self.output

    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def _read(self, seconds: float) -> None:
        if select.select([self._descriptor], [], [], seconds)[0]:
            with suppress(OSError):
                self.output += os.read(self._descriptor, 65536)


@contextmanager
def terminal(folder: Path, *arguments: str, **changes: str) -> Iterator[Terminal]:
    """Run a command in a terminal of 120x40."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        command_line(*arguments),
        cwd=folder,
        env=environment(TERM="xterm-256color", **changes),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seat = Terminal(ours, process)
    try:
        yield seat
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_watch_draws_and_q_restores_the_terminal(sandbox_environment: Sandbox, tmp_path: Path) -> None:
    with terminal(tmp_path, "watch") as seat:
        seat.until(seat.shows("CRITICAL"), "the incident is drawn")
        assert ALTERNATE_ON in seat.output
        seat.type(b"q")
        seat.until(seat.has_ended, "the console ends")
        seat.until(lambda: ALTERNATE_OFF in seat.output, "the terminal is restored")
        assert seat.process.returncode == 0


def test_quitting_waits_for_no_call(sandbox_environment: Sandbox, tmp_path: Path) -> None:
    control = Control(sandbox_environment.endpoint_url)
    # Longer than the test's patience: whoever waits for a call fails.
    rule = control.delay(PATIENCE_S * 2)
    try:
        control.reset_calls()
        with terminal(tmp_path, "watch") as seat:
            seat.until(lambda: control.calls().total > 2, "calls are under way")
            seat.type(b"q")
            seat.until(seat.has_ended, "the console ends")
            assert seat.process.returncode == 0
    finally:
        control.remove(rule)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_demo_with_its_sandbox(number: signal.Signals, tmp_path: Path, public: Path) -> None:
    with terminal(tmp_path, "demo", "--scenario", "calm", TMPDIR=str(public)) as seat:
        seat.until(seat.shows("prod-llmops-alb"), "the console is drawn")
        below = children(seat.process.pid)
        assert len(below) > 2
        seat.process.send_signal(number)
        seat.until(seat.has_ended, "the console ends")
        assert ALTERNATE_OFF in seat.output or number == signal.SIGHUP
        assert wait_until(lambda: not any(is_alive(pid) for pid in below), 5)
    assert wait_until(lambda: not list(public.glob("cwtop-sandbox-*")), 5)


def test_no_mouse_leaves_the_mouse_to_the_terminal(sandbox_environment: Sandbox, tmp_path: Path) -> None:
    with terminal(tmp_path, "watch", "--no-mouse", "--ascii") as seat:
        seat.until(seat.shows("CRITICAL"), "the console is drawn")
        assert b"\x1b[?1000h" not in seat.output
        seat.type(b"\x03")
        seat.until(seat.shows("once more"), "the first ctrl+c asks")
        seat.type(b"\x03")
        seat.until(seat.has_ended, "the second one quits")


def test_the_terminal_belongs_to_the_login_while_it_runs(
    sandbox_environment: Sandbox, tmp_path: Path, isolated_environment: Path
) -> None:
    path = sso_login(
        isolated_environment,
        tmp_path / "bin",
        'printf "code: "\nread answer\necho "thanks for $answer"\nexit 3',
    )
    control = Control(sandbox_environment.endpoint_url)
    rule = control.fail("ExpiredTokenException")
    try:
        with terminal(tmp_path, "watch", PATH=path) as seat:
            seat.until(seat.shows("Log in here"), "the dialog opens")
            seat.type(b"\r")
            seat.until(seat.shows("code: "), "the login asks on the plain terminal")
            assert ALTERNATE_OFF in seat.output
            seat.type(b"1234\n")
            seat.until(seat.shows("thanks for 1234"), "the login is answered")
            seat.until(seat.shows("ended with 3"), "the console is back")
            seat.type(b"q")
            seat.until(seat.has_ended, "the console ends")
    finally:
        control.remove(rule)


def test_the_title_tells_the_worst_breach_and_is_given_back(
    sandbox_environment: Sandbox, tmp_path: Path
) -> None:
    config = tmp_path / "titled.yaml"
    own = Path(os.environ["CWTOP_CONFIG"]).read_text(encoding="utf-8")
    config.write_text(f"{own}\nnotify: {{title: true}}\n", encoding="utf-8")
    with terminal(tmp_path, "-c", str(config), "watch") as found:
        found.until(
            found.shows("\x1b[22;2t\x1b]2;cwtop critical: "), "the old title is kept, the new one set"
        )
        found.type(b"q")
        found.until(found.has_ended, "it ends")
        found.until(found.shows("\x1b[23;2t"), "the old title is back")
