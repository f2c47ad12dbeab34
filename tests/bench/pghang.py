"""A PostgreSQL server that is stopped, restarted or away: keys, threads, recovery; beside pg_activity."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.bench import console, peers, pgbed
from tests.bench.results import Row, percentile
from tests.bench.terminal import Terminal
from tui.sandbox.database import Database
from tui.sandbox.launcher import Sandbox

NAME = "pghang"
_HANG_S = 16.0
"""Longer than the deadline of a read and of the connect that follows it."""
_KEY_MS = 100.0
_SOURCES = 4
"""Jobs that read PostgreSQL while its screen is open: settings, activity, statements, tables."""
_WATCHES = 1
"""The thread that ends a read after its deadline: one a connection, and all these share one."""
_INTERVAL_S = 1.0
_ANSWER_S = 0.5
"""What the first reading may take after a pause: it connects anew."""
_PAUSES = (0.03, 0.11, 0.07, 0.19, 0.05)
_TABS = ("2", "3", "1")
_HEADER_ROW = 3
_PEER_S = 5.0
_LATE_S = 8.0
_STALE = "ago:"
"""What the heading says while readings fail."""
_BESIDE = "pg_activity: key to frame, server stopped"


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Hang four times as long.
    """
    seconds = _HANG_S * (4 if long else 1)
    with pgbed.running(pgbed.servers()[0]) as database, Sandbox.start("calm") as sandbox:
        url = database.url(pgbed.ROLE, pgbed.ROLE, "postgres")
        yield _beside(database)
        for name, trouble in (("stopped", _stopped), ("refusing", _away)):
            with console.watch(sandbox, environ={"CWTOP_DATABASE_URL": url}) as terminal:
                yield from _during(terminal, name, trouble, database, seconds)


def _during(
    terminal: Terminal,
    name: str,
    trouble: Callable[[Database], AbstractContextManager[None]],
    database: Database,
    seconds: float,
) -> Iterator[Row]:
    terminal.wait(console.is_live)
    terminal.press("d")
    headers = _headers(terminal)
    with _counted(terminal) as usual:
        answering = _press(terminal, headers, seconds / 2)
    before = max(usual)
    note = f"{len(answering)} presses, worst {max(answering):.0f} ms"
    yield Row(
        f"key to frame, p95, before the server is {name}", percentile(answering, 0.95), None, "ms", note=note
    )
    with _counted(terminal) as threads, trouble(database):
        delays = _press(terminal, headers, seconds)
        terminal.wait(lambda text: _STALE in text.splitlines()[0], 2 * _HANG_S)
    resumed = time.perf_counter()
    recovered = terminal.wait(lambda text: _STALE not in text.splitlines()[0], _HANG_S) - resumed
    note = f"{len(delays)} presses, worst {max(delays):.0f} ms"
    yield Row(f"key to frame, p95, server {name}", percentile(delays, 0.95), _KEY_MS, "ms", note=note)
    yield Row(f"key to frame, worst, server {name}", max(delays), _KEY_MS, "ms")
    note = f"{before} at most before, {max(threads)} meanwhile; {_SOURCES} sources, and the deadline"
    yield Row(f"threads more, server {name}", max(threads) - before, _SOURCES + _WATCHES, note=note)
    yield Row(
        f"from its answer to a new reading, server {name}", recovered, _INTERVAL_S + _ANSWER_S, "s",
        note=f"read every {_INTERVAL_S:.0f} s",
    )  # fmt: skip


def _headers(terminal: Terminal) -> dict[str, str]:
    """Return the line of column names of each tab."""
    found = {}
    terminal.wait(lambda text: "1 Statements" in text)
    for key in _TABS:
        time.sleep(1.5)
        terminal.press(key)
        time.sleep(1.5)
        found[key] = terminal.text().splitlines()[_HEADER_ROW]
    if len(set(found.values())) < len(_TABS):
        raise RuntimeError(f"the tabs cannot be told apart\n{terminal.text()}")
    return found


def _press(terminal: Terminal, headers: dict[str, str], seconds: float) -> list[float]:
    delays: list[float] = []
    began = time.perf_counter()
    for key, pause in zip(itertools.cycle(_TABS), itertools.cycle(_PAUSES), strict=False):
        if time.perf_counter() - began > seconds:
            return delays
        pressed = terminal.press(key)
        shown = terminal.wait(_has_row(headers[key]), _LATE_S)
        delays.append((shown - pressed) * 1000)
        time.sleep(pause)
    return delays


def _has_row(header: str) -> Callable[[str], bool]:
    return lambda text: text.splitlines()[_HEADER_ROW] == header


# ---------------------------------------------------------------- threads


@contextmanager
def _counted(terminal: Terminal) -> Iterator[list[int]]:
    """Count the console's threads while the context lasts."""
    found, done = [int(terminal.process.num_threads())], threading.Event()

    def count() -> None:
        while not done.wait(0.1):
            found.append(int(terminal.process.num_threads()))

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


# ---------------------------------------------------------------- troubles


@contextmanager
def _stopped(database: Database) -> Iterator[None]:
    """Stop all processes of the server, as a frozen machine does: the kernel still takes connections."""
    stopped = database.processes()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in (*stopped, *database.processes()):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def _away(database: Database) -> Iterator[None]:
    """End the server, so that its port refuses, and start it again."""
    database.stop()
    try:
        yield
    finally:
        database.resume()


# ---------------------------------------------------------------- pg_activity


def _beside(database: Database) -> Row:
    path, problem = peers.find(peers.PG_ACTIVITY)
    if problem:
        return Row(_BESIDE, None, note=problem)
    address = database.url(pgbed.ROLE, pgbed.ROLE, "postgres")
    with Terminal(peers.command(peers.PG_ACTIVITY, path, address), console.environment()) as terminal:
        terminal.wait(lambda text: peers.PG_ACTIVITY.live in text)
        time.sleep(1.0)
        return _without_answer(terminal, database)


def _without_answer(terminal: Terminal, database: Database) -> Row:
    """Press keys that switch its views for some seconds while the server is stopped."""
    with _stopped(database):
        time.sleep(2.5)
        before = terminal.text()
        pressed = terminal.press("2")
        try:
            shown = terminal.wait(lambda text: text != before, _PEER_S)
        except TimeoutError:
            return Row(_BESIDE, None, note=f"no answer within {_PEER_S:.0f} s")
    return Row(_BESIDE, (shown - pressed) * 1000, None, "ms")
