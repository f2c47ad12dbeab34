"""How long the first frame, the first values and the short answers of the command line take."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator

from tests.bench import console, peers
from tests.bench.results import Row, median, spread
from tests.bench.terminal import Terminal
from tui.sandbox.launcher import Sandbox

NAME = "start"
_RUNS = 5
_QUICK_RUNS = 9
_DEMO_RUNS = 2


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Measure more often.
    """
    runs = _RUNS * (3 if long else 1)
    with Sandbox.start() as sandbox:
        # Once for nothing: bytecode and the page cache are warm afterwards.
        _console(sandbox)
        frames, values = zip(*(_console(sandbox) for _ in range(runs)), strict=True)
        for peer in (peers.PG_ACTIVITY, peers.HARLEQUIN):
            theirs, problem = _peer(peer, sandbox.database_url or "", runs)
            for index, (what, limit, ours) in enumerate(
                (("first frame", 0.6, frames), ("live values in all panes", 2.0, values))
            ):
                samples = theirs[index]
                note = problem or f"{peer.name} {spread(samples)}"
                peer_figure = median(samples) if samples else None
                yield Row(what, median(ours), limit, "s", peer_figure, f"ours {spread(ours)}; {note}")
    yield Row("demo from nothing, all panes live", _demo(), 10.0, "s", note=f"worst of {_DEMO_RUNS}")
    for option in ("--version", "--help"):
        yield Row(f"cwtop {option}", _timed([console.CWTOP, option]), 0.15, "s")


def _console(sandbox: Sandbox) -> tuple[float, float]:
    with console.watch(sandbox) as terminal:
        first = terminal.wait(console.has_placeholders) - terminal.started
        return first, terminal.wait(console.is_live) - terminal.started


def _demo() -> float:
    worst = 0.0
    for _ in range(_DEMO_RUNS):
        with Terminal([console.CWTOP, "demo"], console.environment()) as terminal:
            worst = max(worst, terminal.wait(console.is_live, 60.0) - terminal.started)
    return worst


def _peer(peer: peers.Peer, database_url: str, runs: int) -> tuple[tuple[list[float], list[float]], str]:
    """Return the times to a peer's first frame and to its first values, or why there are none."""
    path, problem = peers.find(peer)
    if problem:
        return ([], []), problem
    arguments = peers.command(peer, path, database_url)

    def once() -> tuple[float, float]:
        with Terminal(arguments, console.environment()) as terminal:
            first = terminal.wait(lambda text: peer.ready in text) - terminal.started
            return first, terminal.wait(lambda text: peer.live in text) - terminal.started

    try:
        once()
        frames, values = zip(*(once() for _ in range(runs)), strict=True)
    except TimeoutError as error:
        return ([], []), f"not measured: {peer.name}: {str(error).splitlines()[0]}"
    return (list(frames), list(values)), ""


def _timed(arguments: list[str]) -> float:
    def once() -> float:
        started = time.perf_counter()
        subprocess.run(arguments, env=console.environment(), check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started

    return median(_repeat(once, _QUICK_RUNS))


def _repeat(function: Callable[[], float], times: int) -> list[float]:
    return [function() for _ in range(times)]
