"""cwtop in a terminal of the bench: how it is started, and what its screen says."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.terminal import Terminal
from tui.sandbox.launcher import Sandbox

CWTOP = str(Path(sys.executable).parent / "cwtop")
TITLES = ("1 ECS", "2 RDS", "3 ALB", "4 Logs")
BOTTOM_ROW = -1
"""Row of the key hints."""

_LIVE = (
    re.compile(r"Memory +[\d.]+ ?%"),
    re.compile(r"Connections +\d"),
    re.compile(r"Requests +\d"),
    re.compile(r"\d\d:\d\d:\d\d\.\d{3}"),
)
_FOCUSED = re.compile(r"┍━ (\d)")


def environment() -> dict[str, str]:
    """Return what a program needs of this machine, without its AWS and PostgreSQL settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def watch(sandbox: Sandbox, *options: str, environ: Mapping[str, str] | None = None) -> Terminal:
    """Start the console on a sandbox that runs.

    Args:
        sandbox: What to watch.
        *options: Of the command line.
        environ: Overrides the sandbox's variables.
    """
    return Terminal([CWTOP, "watch", *options], environment() | sandbox.environ | dict(environ or {}))


def has_placeholders(text: str) -> bool:
    """Whether all four panes are drawn, with or without values."""
    return all(title in text for title in TITLES)


def is_live(text: str) -> bool:
    """Whether all four panes show values."""
    return all(pattern.search(text) for pattern in _LIVE)


def focused(text: str) -> int:
    """Return the number of the focused pane, 0 for none."""
    found = _FOCUSED.search(text)
    return int(found.group(1)) if found else 0
