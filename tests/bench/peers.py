"""The programs measured beside cwtop, each in an environment of its own inside .venv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BIN = Path(sys.executable).parent
_TOOLS = _BIN.parent / "tools"
_SYSTEM = ("/usr/local/bin", "/usr/bin")
_INSTALL_S = 300.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program from PyPI.

    Attributes:
        name: Its command.
        package: What is installed, with extras.
        ready: Text on its first frame; "" where none is waited for.
        live: Text that came from the database; "" where there is none.
    """

    name: str
    package: str
    ready: str
    live: str


PG_ACTIVITY = Peer("pg_activity", "pg-activity", "PostgreSQL", "Sessions:")
AWSLOGS = Peer("awslogs", "awslogs", "", "")
TOOLONG = Peer("tl", "toolong", "", "")
HARLEQUIN = Peer("harlequin", "harlequin[postgres]", "Data Catalog", "llmops db")


def find(peer: Peer) -> tuple[str, str]:
    """Return the path of a peer's command, installing it if need be, and "" or why there is none."""
    for folder in (_BIN, _TOOLS / "bin"):
        if (folder / peer.name).exists():
            return str(folder / peer.name), ""
    environ = {
        **os.environ,
        "UV_TOOL_DIR": str(_TOOLS),
        "UV_TOOL_BIN_DIR": str(_TOOLS / "bin"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(_BIN.parent / ".cache" / "uv"),
    }
    command = [str(_BIN / "uv"), "tool", "install", "--quiet", "--python", sys.executable, peer.package]
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"not measured: {peer.name} cannot be installed: {error}"
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["uv failed"])[-1]
        return "", f"not measured: {peer.name} cannot be installed: {said}"
    return str(_TOOLS / "bin" / peer.name), ""


def find_aws_v2() -> tuple[str, str]:
    """Return the path of AWS CLI v2, and "" or why there is none: version 1 has no `logs tail`."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *_SYSTEM]
    for folder in dict.fromkeys(folders):
        path = Path(folder) / "aws"
        if not os.access(path, os.X_OK):
            continue
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)
        if done.stdout.startswith("aws-cli/2"):
            return str(path), ""
    return "", "not measured: AWS CLI v2 is not installed (Debian: apt-get install awscli)"


def find_lnav() -> tuple[str, str]:
    """Return the path of lnav, and "" or why there is none."""
    path = shutil.which("lnav")
    return (path, "") if path else ("", "not measured: lnav is not installed (apt-get install lnav)")


def command(peer: Peer, path: str, database_url: str) -> list[str]:
    """Return the arguments that make a peer watch a database."""
    if peer is HARLEQUIN:
        return [path, "--adapter", "postgres", "--no-download-tzdata", database_url]
    return [path, database_url]
