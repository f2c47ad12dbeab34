"""A login inside the console, in a terminal that sends signals: ctrl+c ends the login, not the console."""

from __future__ import annotations

import fcntl
import functools
import subprocess
import termios
from pathlib import Path

import pytest

from tests.commands.kit import sso_login
from tests.commands.test_terminal import terminal
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox


def test_ctrl_c_ends_the_login_and_not_the_console(
    sandbox_environment: Sandbox,
    tmp_path: Path,
    isolated_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = sso_login(isolated_environment, tmp_path / "bin", 'printf "code: "\nread answer\nexit 3')
    # Only a controlling terminal turns ctrl+c into a signal.
    controlled = functools.partial(subprocess.Popen, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    monkeypatch.setattr("tests.commands.test_terminal.subprocess.Popen", controlled)
    control = Control(sandbox_environment.endpoint_url)
    rule = control.fail("ExpiredTokenException")
    try:
        with terminal(tmp_path, "watch", PATH=path) as seat:
            seat.until(seat.shows("Log in here"), "the dialog opens")
            seat.type(b"\r")
            seat.until(seat.shows("code: "), "the login asks on the plain terminal")
            seat.type(b"\x03")
            seat.until(lambda: seat.has_ended() or seat.shows("was interrupted")(), "the login ends")
            assert not seat.has_ended()
            seat.type(b"q")
            seat.until(seat.has_ended, "the console ends")
    finally:
        control.remove(rule)
