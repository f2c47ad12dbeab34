"""Insights queries: the local engine beside SQL by hand and jq; typing in the modal, and opening it."""

from __future__ import annotations

import itertools
import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import console
from tests.bench.results import Row, median, percentile
from tests.bench.terminal import Terminal
from tui.insights.engine import Event, Events, Lines, run_query
from tui.insights.parser import parse
from tui.sandbox.launcher import Sandbox

NAME = "queries"
LINES = 1_000_000
BUFFERED = 100_000
STATS = "stats count(*), avg(response_time), pct(response_time, 95) by bin(5m)"
FILTER = "filter @message like /number .*99 handled/"
_TIMES = 5
_START_MS = 1_788_444_000_000
_PASTE = "\x1b[200~{}\x1b[201~"
_TYPED = 80

_READ = (
    "read_json('{}', format='newline_delimited',"
    " columns={{'timestamp': 'TIMESTAMP', 'response_time': 'DOUBLE', 'message': 'VARCHAR'}})"
)
_STATS_SQL = (
    "SELECT time_bucket(INTERVAL 5 MINUTES, timestamp) AS bin, count(*), avg(response_time),"
    " quantile_cont(response_time, 0.95) FROM {} GROUP BY bin ORDER BY bin"
)
_FILTER_SQL = (
    "SELECT timestamp, message FROM {} WHERE regexp_matches(message, 'number .*99 handled')"
    " ORDER BY timestamp DESC LIMIT 10000"
)
# Count and mean alone: a percentile would have jq keep every number.
_JQ = (
    "reduce inputs as $e ({}; ($e.timestamp[0:15]) as $bin"
    " | .[$bin][0] += 1 | .[$bin][1] += $e.response_time)"
)


def measure(*, long: bool) -> Iterator[Row]:
    """Yield the figures.

    Args:
        long: Ask more often.
    """
    times = _TIMES * (3 if long else 1)
    with tempfile.TemporaryDirectory(prefix="cwtop-bench-") as folder:
        path = Path(folder) / "million.ndjson"
        _write(path)
        yield from _beside_sql(path, times)
        yield from _beside_jq(path)
    yield _buffered(times)
    yield from _modal(long=long)


def _write(path: Path) -> None:
    draw = random.Random(1)  # noqa: S311
    with path.open("w", encoding="utf-8") as file:
        for number in range(LINES):
            moment = _START_MS + number * 37
            clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment / 1000))
            line = {
                "timestamp": f"{clock}.{moment % 1000:03d}Z",
                "level": draw.choice(("info", "warn", "error")),
                "endpoint": f"/api/{draw.choice('abcdef')}",
                "status": draw.choice((200, 200, 404, 500)),
                "response_time": round(draw.expovariate(1 / 120), 3),
                "request": f"{draw.getrandbits(128):032x}",
                "message": f"request number {number} handled",
            }
            file.write(json.dumps(line) + "\n")


def _ask(query: str, source: Any) -> Callable[[], object]:
    tree = parse(query)
    return lambda: run_query(tree, source, now_ms=_START_MS).rows


def _seconds(ask: Callable[[], object], times: int) -> list[float]:
    ask()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return taken


def _beside_sql(path: Path, times: int) -> Iterator[Row]:
    import duckdb

    def by_hand(sql: str) -> Callable[[], object]:
        def ask() -> object:
            with duckdb.connect(config={"threads": 2}) as connection:
                return connection.execute(sql.format(_READ.format(path))).fetchall()

        return ask

    for name, query, sql in (("stats", STATS, _STATS_SQL), ("filter", FILTER, _FILTER_SQL)):
        own = median(_seconds(_ask(query, Lines(path)), times))
        hand = median(_seconds(by_hand(sql), times))
        size = f"{path.stat().st_size / 1e6:.0f} MB"
        note = f"{size}; peer: the same question in SQL by hand, {own / hand:.2f} times it"
        yield Row(f"{name} over {LINES:,} lines", own, 2 * hand, "s", peer=hand, note=note)


def _beside_jq(path: Path) -> Iterator[Row]:
    own = median(_seconds(_ask(STATS, Lines(path)), 3))
    if shutil.which("jq") is None:
        yield Row("stats beside jq", None, note="jq is not installed")
        return
    began = time.perf_counter()
    subprocess.run(["jq", "-n", _JQ, str(path)], stdout=subprocess.DEVNULL, check=True)
    jq = time.perf_counter() - began
    note = f"peer: jq, count and mean only; {jq / own:.0f} times as fast"
    yield Row(f"stats over {LINES:,} lines", own, jq / 4, "s", peer=jq, note=note)


def _buffered(times: int) -> Row:
    draw = random.Random(2)  # noqa: S311
    events = [
        Event(
            _START_MS + number,
            json.dumps(
                {"level": "info", "response_time": draw.random(), "message": f"line {number}" + "." * 60}
            ),
            "/g",
            f"s{number % 7}",
            _START_MS + number,
        )
        for number in range(BUFFERED)
    ]
    taken = _seconds(_ask(STATS, Events(events)), times)
    return Row(f"stats over {BUFFERED:,} buffered lines", median(taken) * 1000, 200.0, "ms")


# ---------------------------------------------------------------- the modal


def _modal(*, long: bool) -> Iterator[Row]:
    with Sandbox.start("calm") as sandbox, console.watch(sandbox) as terminal:
        terminal.wait(console.is_live)
        pressed = terminal.press("i")
        opened = terminal.wait(lambda text: "f5 run" in text and "Choose a query" in text) - pressed
        yield Row("first opening of the modal", opened * 1000, 300.0, "ms")
        yield _typing(terminal, _TYPED * (4 if long else 1))


def _typing(terminal: Terminal, count: int) -> Row:
    """Type into a query of 200 lines, with lint on."""
    lines = [f"| filter field{number} >= {number} and name like /x{number}/" for number in range(199)]
    # The focus comes to rest after the first frame.
    time.sleep(1.0)
    terminal.press("\t")
    time.sleep(0.5)
    terminal.press(_PASTE.format("\n".join(["fields @timestamp", *lines, "# "])))
    terminal.wait(lambda text: "field198" in text, 20.0)
    delays = []
    pauses = itertools.cycle((0.03, 0.11, 0.07, 0.19, 0.05))
    typed = ""
    for letter in itertools.islice(itertools.cycle("abcdefghij"), count):
        typed = (typed + letter)[-6:]
        pressed = terminal.press(letter)
        shown = terminal.wait(_holds(typed), 8.0)
        delays.append((shown - pressed) * 1000)
        time.sleep(next(pauses))
    note = f"{count} letters in a query of 200 lines, worst {max(delays):.0f} ms"
    return Row("letter to frame, p95", percentile(delays, 0.95), 50.0, "ms", note=note)


def _holds(part: str) -> Callable[[str], bool]:
    return lambda text: part in text
