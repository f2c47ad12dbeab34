"""lnav and toolong on the lines that the log pane of the bench draws: a file appended at the same rate."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tests.bench import console, peers
from tests.bench.paneapp import BATCH_S, NEEDLE, NEEDLE_EVERY, line_of
from tests.bench.terminal import Terminal

_SETTLE_S = 4.0
_FIRST_LINES = 2000
_LATE_S = 30.0
_FIND, _UP = "\x06", "\x1b[A"


@dataclass(frozen=True, slots=True)
class Watched:
    """What drawing costs.

    Attributes:
        cpu: Percent of a core.
        kb_per_s: To the terminal.
    """

    cpu: float
    kb_per_s: float


Theirs = dict[str, tuple[Watched | None, str]]
"""By the peer's name; None and why where it was not measured."""


def watched(terminal: Terminal, seconds: float) -> Watched:
    """Return what a program costs over some time."""
    used, received, began = terminal.cpu_seconds(), terminal.received, time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - began
    cpu = 100 * (terminal.cpu_seconds() - used) / took
    return Watched(cpu, (terminal.received - received) / took / 1000)


def drawing(rate: int, seconds: float) -> Theirs:
    """Return what following a file costs each peer, or why it was not measured.

    Args:
        rate: Lines appended a second, in as many batches as the pane gets.
        seconds: How long to watch each.
    """
    seen: Theirs = {}
    for name, (path, problem) in _found().items():
        if problem:
            seen[name] = None, problem
            continue
        with _folder() as folder:
            file = folder / "lines.log"
            _write(file, range(_FIRST_LINES), 0)
            with _terminal(path, file, folder) as terminal, _appended(file, rate):
                time.sleep(_SETTLE_S)
                seen[name] = watched(terminal, seconds), ""
    return seen


def searching(lines: int, width: int) -> dict[str, tuple[float | None, str]]:
    """Return the milliseconds that each peer takes to find the needle, or why it was not measured.

    lnav counts all hits; toolong goes to the nearest one, which is all that it tells.

    Args:
        lines: Of the file.
        width: Bytes of each line, its time not counted.
    """
    seen: dict[str, tuple[float | None, str]] = {}
    for name, (path, problem) in _found().items():
        if problem:
            seen[name] = None, problem
            continue
        with _folder() as folder:
            file = folder / "lines.log"
            _write(file, range(lines), width)
            with _terminal(path, file, folder) as terminal:
                # Both show the first page at once and read on behind it.
                time.sleep(_SETTLE_S)
                try:
                    seen[name] = _search(name, terminal, lines), ""
                except TimeoutError:
                    seen[name] = None, f"found nothing in {_LATE_S:.0f} s"
    return seen


def _search(name: str, terminal: Terminal, lines: int) -> float:
    if name == "lnav":
        hits = f"{lines // NEEDLE_EVERY} hits for"
        asked = terminal.press(f"/{NEEDLE}\r")
        return (terminal.wait(lambda text: hits in text, _LATE_S) - asked) * 1000
    terminal.press(_FIND)
    terminal.wait(lambda text: "Find" in text and "Case" in text, _LATE_S)
    terminal.press(NEEDLE)
    terminal.wait(lambda text: NEEDLE in text, _LATE_S)
    asked = terminal.press(_UP)
    return (terminal.wait(lambda text: f'"note": "{NEEDLE}' in text, _LATE_S) - asked) * 1000


def _found() -> dict[str, tuple[str, str]]:
    return {"lnav": peers.find_lnav(), "toolong": peers.find(peers.TOOLONG)}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Give a home of its own: lnav takes up the search of its last session."""
    with tempfile.TemporaryDirectory(prefix="cwtop-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _terminal(path: str, file: Path, home: Path) -> Terminal:
    return Terminal([path, str(file)], console.environment() | {"HOME": str(home)})


def _write(file: Path, numbers: range, width: int) -> None:
    with file.open("a", encoding="utf-8") as lines:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines.writelines(f"{at} {line_of(number, width)}\n" for number in numbers)


@contextlib.contextmanager
def _appended(file: Path, rate: int) -> Iterator[None]:
    """Append lines at a rate meanwhile."""
    ended = threading.Event()

    def append() -> None:
        step, due = int(rate * BATCH_S), time.monotonic()
        for batch in count():
            first = _FIRST_LINES + batch * step
            _write(file, range(first, first + step), 0)
            due += BATCH_S
            if ended.wait(max(0.0, due - time.monotonic())):
                return

    thread = threading.Thread(target=append, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
