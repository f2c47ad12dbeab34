"""What leaves the screen: the clipboard, through SSH and tmux, pictures and log lines in a file."""

from __future__ import annotations

import base64
import itertools
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from config.paths import first_writable, writable_state_dir
from tui.collect.offload import offload
from tui.domain.queries import QueryAnswer
from tui.domain.snapshots import LogEvent
from tui.presenters.answer import answer_csv, answer_json
from tui.presenters.logtext import LineFormat

if TYPE_CHECKING:
    from textual.app import App

OSC52_LIMIT: Final = 74_994
"""Longest text sent through the terminal, bytes: terminals cut longer sequences."""
_TMUX_TIMEOUT_S = 2.0


async def copy_text(app: App[Any], text: str) -> str:
    """Copy text to the clipboard and to a file; return a sentence that says where it is.

    Inside tmux its own buffer is set and passed on (`load-buffer -w`): tmux swallows OSC 52 by
    default. Elsewhere OSC 52 reaches the terminal in front of the person, also over SSH.
    """
    data = text.encode()
    path, is_in_tmux = await offload(lambda: (_write(data), _load_tmux(data)), name="copy")
    where = f"; also in {path}" if path else ""
    if is_in_tmux:
        return f"Copied to tmux's buffer and the clipboard{where}"
    if len(base64.b64encode(data)) <= OSC52_LIMIT:
        app.copy_to_clipboard(text)
        return f"Copied{where}"
    return f"Too long for the clipboard: it is in {path}" if path else "Too long for the clipboard."


def save_picture(app: App[Any]) -> Path:
    """Save the screen as SVG in the working directory, else in the state folder.

    Raises:
        OSError: Neither can be written.
    """
    folder = first_writable((Path.cwd(), writable_state_dir()))
    if folder is None:
        raise PermissionError(13, "no folder can be written")
    path = _new_file(folder, time.strftime("cwtop-%Y%m%d-%H%M%S"), ".svg")
    return Path(app.save_screenshot(path.name, str(folder)))


def save_lines(events: Sequence[LogEvent]) -> Path:
    """Write log events, one a line as `cwtop tail` prints them, to a new file in the working directory.

    Blocks: call it off the event loop.

    Args:
        events: In order of time.

    Raises:
        OSError: Neither the working directory nor the state folder can be written.
    """
    folder = first_writable((Path.cwd(), writable_state_dir()))
    if folder is None:
        raise PermissionError(13, "no folder can be written")
    path = _new_file(folder, time.strftime("cwtop-%Y%m%d-%H%M%S"), ".log")
    path.write_text(LineFormat("detailed", with_group=True).text(events), encoding="utf-8")
    return path


def save_rows(answer: QueryAnswer) -> tuple[Path, Path]:
    """Write a query's rows as CSV and as JSON to new files in the working directory.

    Blocks: call it off the event loop.

    Raises:
        OSError: Neither the working directory nor the state folder can be written.
    """
    folder = first_writable((Path.cwd(), writable_state_dir()))
    if folder is None:
        raise PermissionError(13, "no folder can be written")
    stem = time.strftime("cwtop-query-%Y%m%d-%H%M%S")
    as_csv, as_json = _new_file(folder, stem, ".csv"), _new_file(folder, stem, ".json")
    as_csv.write_text(answer_csv(answer), encoding="utf-8", newline="")
    as_json.write_text(answer_json(answer), encoding="utf-8")
    return as_csv, as_json


def _new_file(folder: Path, stem: str, suffix: str) -> Path:
    """Create an empty file that was not there: two consoles may save within one second."""
    for number in itertools.count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("count() does not end")


def _write(data: bytes) -> Path | None:
    folder = writable_state_dir()
    if folder is None:
        return None
    path = folder / "clipboard.txt"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError:
        # The clipboard is the purpose; the file is a second way.
        return None
    return path


def _load_tmux(data: bytes) -> bool:
    if not os.environ.get("TMUX"):
        return False
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=data,
            timeout=_TMUX_TIMEOUT_S,
            check=False,
            capture_output=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
