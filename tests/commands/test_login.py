"""A login inside the console, in a terminal that sends signals: ctrl+c ends the login, not the console."""

from __future__ import annotations

import fcntl
import functools
import os
import subprocess
import termios
from pathlib import Path

import pytest

from tests.commands.test_terminal import terminal
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox


def test_ctrl_c_ends_the_login_and_not_the_console(
    sandbox_environment: Sandbox,
    tmp_path: Path,
    isolated_environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (isolated_environment / "aws-config").write_text(
        "[default]\nsso_session = office\nsso_account_id = 123456789012\nsso_role_name = reader\n"
        "[sso-session office]\nsso_start_url = https://example.com\nsso_region = ap-northeast-2\n"
    )
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "aws"
    program.write_text('#!/bin/sh\nprintf "code: "\nread answer\nexit 3\n')
    program.chmod(0o755)
    # Only a controlling terminal turns ctrl+c into a signal.
    controlled = functools.partial(subprocess.Popen, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    monkeypatch.setattr("tests.commands.test_terminal.subprocess.Popen", controlled)
    control = Control(sandbox_environment.endpoint_url)
    rule = control.fail("ExpiredTokenException")
    try:
        with terminal(tmp_path, "watch", PATH=f"{folder}:{os.environ['PATH']}") as seat:
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
