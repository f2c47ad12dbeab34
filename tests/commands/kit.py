"""Runs commands: in this process for what they print, in one of their own for how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tui.cli import run

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


def cwtop(capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """Run a command in this process."""
    code = run(arguments)
    captured = capsys.readouterr()
    return Done(code, captured.out, captured.err)


def command_line(*arguments: str) -> list[str]:
    """Return the arguments with which a process of its own runs a command."""
    return [sys.executable, "-P", "-m", "tui", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """Return this test's environment for a process, with our packages found from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def process(*arguments: str, folder: Path, changes: Mapping[str, str] | None = None) -> Done:
    """Run a command to its end in a process of its own, without a terminal."""
    done = subprocess.run(
        command_line(*arguments),
        cwd=folder,
        env=environment(**(changes or {})),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def sso_login(home: Path, folder: Path, script: str) -> str:
    """Give the machine an SSO profile, and an `aws` in a new folder whose login is a shell script.

    Returns:
        The PATH that finds that `aws` first.
    """
    (home / "aws-config").write_text(
        "[default]\nsso_session = office\nsso_account_id = 123456789012\nsso_role_name = reader\n"
        "[sso-session office]\nsso_start_url = https://example.com\nsso_region = ap-northeast-2\n"
    )
    folder.mkdir()
    program = folder / "aws"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def is_sentence(text: str) -> bool:
    """Whether standard error tells the trouble in plain sentences: no traceback, a full stop or a hint."""
    return bool(text.strip()) and "Traceback" not in text and "  File " not in text
