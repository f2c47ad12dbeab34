"""The log pane alone over its buffer, fed at a rate: `python -P -m tests.bench.paneapp RATE LINES BYTES`.

Keys of the bench: `a` adds LINES lines of BYTES bytes, `s` searches for `NEEDLE`, `t` counts in the last row.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine
from itertools import count
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tests.bench.flood import TEXT
from tui.commands.watch import SWITCH_S
from tui.domain.logbuffer import LineBuffer
from tui.domain.snapshots import LogBatch, LogEvent
from tui.memory import settle, share_heaps
from tui.presenters.inputs import TailInputs
from tui.presenters.tail import total_text
from widgets.model import SourceState, TailView
from widgets.panes.logs import TailPane

NEEDLE = "needle"
NEEDLE_EVERY = 1000
"""One line of so many has the needle."""
BATCH_S = 0.25
"""Each batch is a repaint: a poll of the service comes eight times as seldom."""
_PAD = "x" * 4096
_SLICE = 5000
_STREAMS = tuple(f"app/web/{number:032x}" for number in range(20))


def line_of(number: int, width: int = 0) -> str:
    """Return the text of a line, padded to a width; one of `NEEDLE_EVERY` has the needle."""
    is_bad = number % 50 == 0
    text = TEXT.format(
        level="ERROR" if is_bad else "INFO", status=500 if is_bad else 200, ms=number % 400, number=number
    )
    mark = NEEDLE if number % NEEDLE_EVERY == NEEDLE_EVERY // 2 else "hay"
    text = f'{{"note": "{mark}", {text[1:]}'
    rest = width - len(text) - len(', "pad": ""')
    return f'{text[:-1]}, "pad": "{_PAD[:rest]}"}}' if rest > 0 else text


class PaneApp(App[None]):
    """One log pane and a row that counts.

    Args:
        rate: Lines a second; 0 for none.
        lines: How many `a` adds.
        width: Bytes of each of these.
    """

    CSS = "Static#ticks { height: 1; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", priority=True),
        Binding("s", "search", "Search", priority=True),
        Binding("t", "tick", "Count", priority=True),
    ]

    def __init__(self, rate: int, lines: int, width: int) -> None:
        super().__init__()
        self._rate, self._lines, self._width = rate, lines, width
        self._buffer = LineBuffer()
        self._pane = TailPane(4)
        self._numbers = count()
        self._ticks = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def compose(self) -> ComposeResult:
        """Compose the pane and the row."""
        yield self._pane
        yield Static("ticks 0", id="ticks")

    def on_mount(self) -> None:
        """Begin to feed and to tell."""
        self._pane.attach(self._buffer)
        self._pane.focus()
        self.set_interval(1.0, self._tell)
        self._tell()
        # As the console does once its sources have answered.
        settle()
        if self._rate:
            self._start(self._feed())

    def action_add(self) -> None:
        """Add the lines, as fast as the loop has turns."""
        self._start(self._add())

    def action_search(self) -> None:
        """Search for the needle."""
        self._pane.search(NEEDLE)

    def action_tick(self) -> None:
        """Count up in the last row."""
        self._ticks += 1
        self.query_one("#ticks", Static).update(f"ticks {self._ticks}")

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self) -> None:
        now = time.time()
        self._pane.view = TailView(
            "/bench/pane",
            state=SourceState("live"),
            total=total_text(
                TailInputs(received=self._buffer.added, per_second=self._buffer.per_second(now))
            ),
            rate=self._buffer.rate_view(now),
        )

    async def _feed(self) -> None:
        due = time.monotonic()
        while True:
            self._take(await asyncio.to_thread(self._batch, int(self._rate * BATCH_S), 0))
            due += BATCH_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _add(self) -> None:
        for _ in range(self._lines // _SLICE):
            self._take(await asyncio.to_thread(self._batch, _SLICE, self._width))

    def _batch(self, lines: int, width: int) -> LogBatch:
        """Return new lines as the follower hands them out; in a thread, as it does."""
        now = time.time()
        now_ms = int(now * 1000)
        numbers = (next(self._numbers) for _ in range(lines))
        return LogBatch(now, tuple(_event(number, now_ms, width) for number in numbers))

    def _take(self, batch: LogBatch) -> None:
        self._buffer.take(batch)
        self._pane.changed()


def _event(number: int, at_ms: int, width: int) -> LogEvent:
    text = line_of(number, width)
    return LogEvent(f"{number:056d}", at_ms, at_ms, "/bench/pane", _STREAMS[number % 20], text)


def main() -> None:
    """Run until killed, set up as the console is."""
    sys.setswitchinterval(SWITCH_S)
    share_heaps()
    PaneApp(*(int(word) for word in sys.argv[1:4])).run()


if __name__ == "__main__":
    main()
