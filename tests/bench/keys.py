"""From a key press to the painted frame: under a flood of log lines, and while a service hangs."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.bench import console
from tests.bench.results import Row, percentile
from tests.bench.stall import Relay
from tests.bench.terminal import Terminal
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox

NAME = "keys"
LINES_PER_S = 2_000
_PRESSES = 240
_HANG_PRESSES = 48
_HANG_S = 10.0
_TAIL = "4"
_DOWN, _UP = "\x1b[B", "\x1b[A"
_PAUSES = (0.03, 0.11, 0.07, 0.19, 0.05)
"""Seconds between presses: a person's rhythm, out of step with every timer of the console."""
_LATE_S = 8.0


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Press more often.
    """
    presses = _PRESSES * (4 if long else 1)
    for options, limit in (((), 50.0), (("--slow-link",), 100.0)):
        # One sandbox each: a second console would first have to read the flood of the first.
        with Sandbox.start("calm") as sandbox:
            yield _under_flood(sandbox, presses, options, limit)
    with Sandbox.start("calm") as sandbox:
        for service in ("cloudwatch", "ecs", "rds", "elbv2", "logs", "cloudtrail", "*"):
            yield from _hanging_service(sandbox, service)
        yield from _hanging_database(sandbox)


def _under_flood(sandbox: Sandbox, presses: int, options: tuple[str, ...], limit: float) -> Row:
    with console.watch(sandbox, *options) as terminal, _flood(sandbox):
        terminal.wait(console.is_live)
        had = _lines_received(terminal)
        terminal.wait(lambda _: _lines_received(terminal) > had + LINES_PER_S, _LATE_S)
        arrived, began = _lines_received(terminal), time.perf_counter()
        delays = press_many(terminal, presses)
        rate = (_lines_received(terminal) - arrived) / (time.perf_counter() - began)
    note = f"{presses} presses, worst {max(delays):.0f} ms, {rate:,.0f} lines/s arriving"
    return Row(" ".join(("key to frame, p95", *options)), percentile(delays, 0.95), limit, "ms", note=note)


@contextlib.contextmanager
def _flood(sandbox: Sandbox) -> Iterator[None]:
    environ = console.environment() | sandbox.environ
    command = [sys.executable, "-P", "-c", _RUN_FLOOD, str(LINES_PER_S), "/ecs/prod-llmops-app"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


_RUN_FLOOD = (
    "import sys, os; sys.path.insert(0, os.getcwd()); "
    "from tests.bench.flood import main; main(int(sys.argv[1]), sys.argv[2])"
)


def _lines_received(terminal: Terminal) -> int:
    for line in terminal.text().splitlines():
        if "4 Logs" in line and " lines" in line:
            word = line.split(" lines")[0].split()[-1].replace(",", "")
            if word.isdigit():
                return int(word)
    return 0


def press_many(terminal: Terminal, presses: int) -> list[float]:
    """Press keys in turn and return the milliseconds from each to the frame that shows it."""
    delays = []
    rounds = itertools.cycle(("\t", "1", _DOWN, _UP, "2", _DOWN, _UP, "\t", _TAIL, "\t", "3", "1"))
    pauses = itertools.cycle(_PAUSES)
    for key in itertools.islice(rounds, presses):
        delays.append(press_one(terminal, key))
        time.sleep(next(pauses))
    return delays


def press_one(terminal: Terminal, key: str) -> float:
    """Press a key that moves the focus and return the milliseconds until a frame shows it.

    Raises:
        TimeoutError: No frame shows it.
    """
    before = terminal.text()
    condition = _shown(key, before)
    if condition is None:
        return press_one(terminal, "\t")
    pressed = terminal.press(key)
    return (terminal.wait(condition, _LATE_S) - pressed) * 1000


def _shown(key: str, before: str) -> Callable[[str], bool] | None:
    """Return what tells that the key has had its effect; None when it would have none."""
    now = console.focused(before)
    if key in (_DOWN, _UP):
        marks = _marks(before)
        return lambda text: _marks(text) != marks
    wanted = now % len(console.TITLES) + 1 if key == "\t" else int(key)
    return None if wanted == now else lambda text: console.focused(text) == wanted


def _marks(text: str) -> list[tuple[int, int]]:
    """Return where the focused tiles are marked."""
    return [
        (row, column)
        for row, line in enumerate(text.splitlines())
        for column, sign in enumerate(line)
        if sign == "▸"
    ]


def _hanging_service(sandbox: Sandbox, service: str) -> Iterator[Row]:
    control = Control(sandbox.endpoint_url)
    name = "all of AWS" if service == "*" else service
    with console.watch(sandbox) as terminal:
        terminal.wait(console.is_live)
        control.reset_calls()
        rule = control.delay(_HANG_S, service)
        try:
            # All sources ask at once, so that the calls hang while keys are pressed.
            terminal.press("r")
            _until(lambda: _is_asked(control, service))
            delays = press_many(terminal, _HANG_PRESSES)
            yield Row(
                f"key to frame, p95, {name} hangs",
                percentile(delays, 0.95),
                50.0,
                "ms",
                note=f"{len(delays)} presses, worst {max(delays):.0f} ms",
            )
            terminal.press("r")
            yield _quit(terminal, f"quit while {name} hangs")
        finally:
            control.remove(rule)


def _is_asked(control: Control, service: str) -> bool:
    return any(service in ("*", name.split(":")[0]) for name in control.calls().counts)


def _hanging_database(sandbox: Sandbox) -> Iterator[Row]:
    url = urlsplit(sandbox.database_url or "")
    if not url.hostname or not url.port:
        yield Row("key to frame, PostgreSQL hangs", None, note="PostgreSQL did not start")
        return
    with Relay(url.hostname, url.port) as relay:
        address = url._replace(netloc=f"{url.netloc.rsplit('@', 1)[0]}@127.0.0.1:{relay.port}").geturl()
        with console.watch(sandbox, environ={"CWTOP_DATABASE_URL": address}) as terminal:
            terminal.wait(console.is_live)
            relay.hold()
            terminal.press("r")
            if not relay.held.wait(_LATE_S):
                yield Row("key to frame, PostgreSQL hangs", None, note="it was not asked")
                return
            delays = press_many(terminal, _HANG_PRESSES)
            note = f"{len(delays)} presses, worst {max(delays):.0f} ms"
            yield Row("key to frame, p95, PostgreSQL hangs", percentile(delays, 0.95), 50.0, "ms", note=note)
            yield _quit(terminal, "quit while PostgreSQL hangs")


def _quit(terminal: Terminal, what: str) -> Row:
    pressed = terminal.press("q")
    return Row(what, terminal.wait_exit() - pressed, 1.0, "s")


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LATE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the console asked for nothing")
        time.sleep(0.02)
