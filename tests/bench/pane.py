"""The log pane at 200 x 50: keys under a flood, cost of drawing, memory, search; beside lnav and toolong."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import psutil

from tests.bench import console, panepeers
from tests.bench.logfeed import Feed, Lane
from tests.bench.logschedule import Plan
from tests.bench.paneapp import BATCH_S, NEEDLE_EVERY
from tests.bench.panepeers import Theirs
from tests.bench.results import Row, percentile
from tests.bench.terminal import Terminal

NAME = "pane"
_FLOOD, _FAST, _DRAWN = 20_000, 5_000, 500
"""Lines a second."""
_PRESSES = 160
_WATCH_S = 20.0
_SETTLE_S = 4.0
_LINES, _WIDTH = 100_000, 300
_KEY_PAUSES = (0.03, 0.11, 0.07, 0.19, 0.05)
"""Out of step with every timer of the pane."""
_TICK_EVERY_S = 0.02
_STALL_S = 1.0
_LATE_S = 8.0
_UP, _DOWN, _FOLLOW = "\x1b[A", "\x1b[B", "\x1b[F"


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Press and watch four times as long.
    """
    times = 4 if long else 1
    yield _keys(_PRESSES * times)
    yield from _drawing(_WATCH_S * times)
    yield _follower(_WATCH_S * times)
    yield from _full_buffer()


def _pane(rate: int) -> Terminal:
    words = [str(rate), str(_LINES), str(_WIDTH)]
    return Terminal([sys.executable, "-P", "-m", "tests.bench.paneapp", *words], console.environment())


def _keys(presses: int) -> Row:
    """Press keys that freeze, move and follow while the lines arrive."""
    with _pane(_FLOOD) as terminal:
        terminal.wait(lambda text: "100,000 lines" in text or _total(text) > _LINES)
        began, had = time.perf_counter(), _total(terminal.text())
        delays = []
        rounds = itertools.cycle((_UP, _UP, _UP, _DOWN, _FOLLOW))
        for key, pause in zip(itertools.islice(rounds, presses), itertools.cycle(_KEY_PAUSES), strict=False):
            delays.append(_press(terminal, key))
            time.sleep(pause)
        rate = (_total(terminal.text()) - had) / (time.perf_counter() - began)
    note = f"{presses} presses, worst {max(delays):.0f} ms, {rate:,.0f} lines/s arriving, buffer full"
    return Row(f"key to frame, p95, at {_FLOOD:,} lines/s", percentile(delays, 0.95), 50.0, "ms", note=note)


def _press(terminal: Terminal, key: str) -> float:
    """Return the milliseconds from a key to the frame that shows it."""
    before = _marked(terminal.text())
    shown: Callable[[str], bool] = (
        (lambda text: "following" in text) if key == _FOLLOW else (lambda text: _marked(text) != before)
    )
    pressed = terminal.press(key)
    return (terminal.wait(shown, _LATE_S) - pressed) * 1000


def _marked(text: str) -> int:
    """Return the row of the screen that the cursor marks, -1 while following."""
    return next((row for row, line in enumerate(text.splitlines()) if line[1:2] == "▸"), -1)


def _total(text: str) -> int:
    """Return how many lines the header says to have received."""
    found = re.search(r"([\d,]+) lines", text)
    return int(found.group(1).replace(",", "")) if found else 0


def _drawing(seconds: float) -> Iterator[Row]:
    for rate in (_DRAWN, _FAST):
        with _pane(rate) as terminal:
            terminal.wait(lambda text: _total(text) > 0)
            time.sleep(_SETTLE_S)
            ours = panepeers.watched(terminal, seconds)
            gap = _longest_gap(terminal, seconds / 2)
        theirs = panepeers.drawing(rate, seconds / 2)
        yield _cost("processor", rate, ours.cpu, 5.0, "% core", _figures(theirs, "cpu"))
        yield _cost("to the terminal", rate, ours.kb_per_s, 50.0, "KB/s", _figures(theirs, "kb_per_s"))
        yield Row(
            f"drawing {rate:,} lines/s: longest time without a repaint", gap, _STALL_S, "s",
            note=f"lines come each {BATCH_S} s",
        )  # fmt: skip


def _figures(theirs: Theirs, field: str) -> dict[str, tuple[float | None, str]]:
    return {
        name: (None if one is None else float(getattr(one, field)), problem)
        for name, (one, problem) in theirs.items()
    }


def _cost(
    what: str, rate: int, seen: float, limit: float, unit: str, figures: dict[str, tuple[float | None, str]]
) -> Row:
    others = "; ".join(f"{name} {problem or f'{one:.1f}'}" for name, (one, problem) in figures.items())
    note = f"{1 / BATCH_S:.0f} batches a second; {others}"
    bound = limit if rate == _DRAWN else None
    return Row(f"drawing {rate:,} lines/s: {what}", seen, bound, unit, figures["lnav"][0], note)


def _longest_gap(terminal: Terminal, seconds: float) -> float:
    terminal.watch_repaints()
    began = time.perf_counter()
    time.sleep(seconds)
    moments = [began, *(one.at for one in terminal.repaints if one.changed), time.perf_counter()]
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def _follower(seconds: float) -> Row:
    """What reading costs, without a screen: source, hub and buffer in a process of their own."""
    plan = Plan(
        start_ms=int((time.time() - 60) * 1000),
        events=int((seconds + 120) * _DRAWN),
        seconds=seconds + 120,
    )
    with tempfile.TemporaryDirectory(prefix="cwtop-bench-") as home, Feed(plan, [Lane("one")]) as feed:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.bench.follower", plan.group, str(plan.events)],
            env=console.environment() | feed.environ("one") | {"HOME": home},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        try:
            # The backlog of a minute is read and the first sweep has passed.
            time.sleep(25.0)
            seen, calls = psutil.Process(process.pid), feed.counts("one")
            used, began = sum(seen.cpu_times()[:2]), time.perf_counter()
            time.sleep(seconds)
            took = time.perf_counter() - began
            cpu = 100 * (sum(seen.cpu_times()[:2]) - used) / took
            after = feed.counts("one")
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
    asked = (sum(after.calls.values()) - sum(calls.calls.values())) / took
    note = (
        f"{asked:.2f} requests/s, {(after.events - calls.events) / took:,.0f} events/s read, sweeps included"
    )
    return Row(f"following {_DRAWN} lines/s without drawing: processor", cpu, None, "% core", note=note)


def _full_buffer() -> Iterator[Row]:
    with _pane(0) as terminal:
        terminal.wait(lambda text: "ticks 0" in text)
        time.sleep(_SETTLE_S)
        before = terminal.memory_mb()
        terminal.press("a")
        terminal.wait(lambda text: _total(text) == _LINES)
        time.sleep(_SETTLE_S)
        note = f"{_LINES:,} lines of {_WIDTH} bytes, from {before:.0f} MB"
        yield Row("added by a full buffer", terminal.memory_mb() - before, 80.0, "MB", note=note)
        yield from _search(terminal)


def _shows(wanted: str) -> Callable[[str], bool]:
    return lambda text: wanted in text


def _search(terminal: Terminal) -> Iterator[Row]:
    """Search while a key is pressed all the time; each press counts up in the last row."""
    hits = f"/{_LINES // NEEDLE_EVERY}]"
    asked = terminal.press("s")
    done, delays, ticks = 0.0, [], 0
    while not done:
        ticks += 1
        pressed = terminal.press("t")
        shown = terminal.wait(_shows(f"ticks {ticks}"), _LATE_S)
        delays.append((shown - pressed) * 1000)
        if hits in terminal.text():
            done = shown
        elif shown - asked > _LATE_S:
            raise TimeoutError(f"the search has not ended:\n{terminal.text()}")
        time.sleep(_TICK_EVERY_S)
    theirs = panepeers.searching(_LINES, _WIDTH)
    others = "; ".join(f"{name} {problem or f'{ms:.0f}'}" for name, (ms, problem) in theirs.items())
    note = f"{_LINES:,} lines, all hits counted; {others}"
    lnav = theirs.get("lnav", (None, ""))[0]
    yield Row("search, from the key to [i/n]", (done - asked) * 1000, 200.0, "ms", lnav, note)
    note = f"{len(delays)} presses meanwhile"
    yield Row("search, longest key to frame meanwhile", max(delays), 100.0, "ms", note=note)
