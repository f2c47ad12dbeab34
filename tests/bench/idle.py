"""What watching costs when nothing happens: processor, terminal, repaints, memory."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil

from tests.bench import console, peers
from tests.bench.results import Row
from tests.bench.terminal import Repaint, Terminal
from tui.sandbox.launcher import Sandbox

NAME = "idle"
_SETTLE_S = 10.0
_WATCH_S = 62.0
_LONG_S = 1800.0
_WARM_S = 600.0
_QUIET_S = 15.0
_SAMPLE_S = 60.0
_FULL_LINES = 1000


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Also watch the memory for half an hour.
    """
    with Sandbox.start("calm") as sandbox:
        peer_cpu, peer_rate, note = _peer(sandbox)
        with console.watch(sandbox) as terminal:
            terminal.wait(console.is_live)
            # Toasts and first windows are over.
            time.sleep(_SETTLE_S)
            cpu, rate = _watched(terminal, _WATCH_S)
            yield Row("processor, default cadences", cpu, 2.0, "% core", peer_cpu, note)
            yield Row("to the terminal", rate, 5.0, "KB/s", peer_rate, note)
            yield from _repaints(terminal)
        yield from _empty(sandbox)
        if long:
            yield from _flat(sandbox)


def _watched(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """Return percent of a core and KB/s over some time."""
    used, received, began = terminal.cpu_seconds(), terminal.received, time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - began
    return 100 * (terminal.cpu_seconds() - used) / took, (terminal.received - received) / took / 1000


def _peer(sandbox: Sandbox) -> tuple[float | None, float | None, str]:
    path, problem = peers.find(peers.PG_ACTIVITY)
    if problem:
        return None, None, problem
    command = peers.command(peers.PG_ACTIVITY, path, sandbox.database_url or "")
    with Terminal(command, console.environment()) as terminal:
        terminal.wait(lambda text: peers.PG_ACTIVITY.ready in text)
        cpu, rate = _watched(terminal, _WATCH_S / 2)
        listed = _listed(terminal.text())
    # It works in proportion to what it lists: with an empty list it is no measure for four live panes.
    return cpu, rate, f"beside {peers.PG_ACTIVITY.name}, which lists {listed} queries here"


def _listed(text: str) -> int:
    """Return how many queries pg_activity lists: the rows between its heading and its key hints."""
    lines = text.splitlines()
    heading = next((row for row, line in enumerate(lines) if line.startswith("PID ")), len(lines))
    return sum(bool(line.strip()) for line in lines[heading + 1 : -1])


def _repaints(terminal: Terminal) -> Iterator[Row]:
    """Read nothing for a while: only what tells the time may be painted."""
    terminal.press("p")
    terminal.wait(lambda text: "PAUSED" in text)
    time.sleep(2.0)
    terminal.watch_repaints()
    time.sleep(_QUIET_S)
    repaints = list(terminal.repaints)
    terminal.press("p")
    headers = _header_rows(terminal.text())
    painted, needless = 0, 0
    for one in repaints:
        written = one.written - headers
        painted += len(written)
        if not one.changed - headers:
            needless += len(written)
    note = f"{len(repaints)} frames of {_mean_size(repaints):,.0f} bytes in {_QUIET_S:.0f} s, paused"
    yield Row("rows painted, nothing below the titles changed", float(needless), 0.0, "rows", note=note)
    note = "the charts' axes move on with the minute, also while paused"
    yield Row("rows painted below the titles in all", float(painted), None, "rows", note=note)


def _header_rows(text: str) -> set[int]:
    """Return the rows that tell ages: the status line, and the top edges of the panes."""
    lines = text.splitlines()
    return {0, *(row for row, line in enumerate(lines) if any(title in line for title in console.TITLES))}


def _mean_size(repaints: list[Repaint]) -> float:
    return sum(one.size for one in repaints) / len(repaints) if repaints else 0.0


def _empty(sandbox: Sandbox) -> Iterator[Row]:
    """A log group without lines leaves the buffer empty."""
    import boto3

    environ = sandbox.environ
    logs = boto3.client(
        "logs",
        endpoint_url=sandbox.endpoint_url,
        region_name=sandbox.region,
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
    )
    group = "/bench/empty"
    logs.create_log_group(logGroupName=group)
    with console.watch(sandbox, "--log-group", group) as terminal:
        terminal.wait(lambda text: "No events since" in text)
        time.sleep(_SETTLE_S)
        note = (
            f"{terminal.process.num_threads()} threads, machine {psutil.virtual_memory().percent:.0f} % used"
        )
        yield Row("resident, empty buffers", terminal.memory_mb(), 120.0, "MB", note=note)


def _flat(sandbox: Sandbox) -> Iterator[Row]:
    """With a log buffer that is full: one that fills is meant to grow.

    The slowest sources answer once in five minutes, each for the first time with a service model to load:
    flat begins after that.
    """
    with console.watch(sandbox, environ={"CWTOP_LOG_LINES": str(_FULL_LINES)}) as terminal:
        terminal.wait(console.is_live)
        time.sleep(_WARM_S)
        samples = []
        deadline = time.monotonic() + _LONG_S
        while time.monotonic() < deadline:
            samples.append(terminal.memory_mb())
            time.sleep(_SAMPLE_S)
    early = sum(samples[:5]) / 5
    late = sum(samples[-5:]) / 5
    course = " ".join(f"{sample:.1f}" for sample in samples[:: len(samples) // 10])
    note = f"from {early:.1f} to {late:.1f} MB in {_LONG_S / 60:.0f} min ({course}), {_FULL_LINES} lines kept"
    yield Row("growth", late - early, 2.0, "MB", note=note)
