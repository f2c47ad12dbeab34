"""Search in a log tail: looks through the buffer without delaying a key, and steps from hit to hit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.widget import Widget

from widgets.tail import TailWindow
from widgets.tailsearch import HitIndex, compile_search

_SLICE = 500
"""Lines looked at before the event loop has its turn again: about two milliseconds."""
_GROUP = "search"


class Finder:
    """The search of one `TailWindow`."""

    def __init__(self, host: Widget, window: TailWindow, on_progress: Callable[[], None]) -> None:
        """Make a finder without a search.

        Args:
            host: The widget whose workers look through the buffer.
            window: What shows the hits.
            on_progress: Called when `status` may have changed.
        """
        self._host = host
        self._window = window
        self._on_progress = on_progress
        self._hits: HitIndex | None = None

    @property
    def is_active(self) -> bool:
        """Whether a search is on."""
        return self._hits is not None

    @property
    def status(self) -> str:
        """The search and where it stands, "/timeout [3/17]"; "" without a search."""
        if self._hits is None:
            return ""
        return f"/{self._hits.pattern.pattern} {self._hits.status(self._window.viewport.cursor)}"

    def start(self, text: str) -> str:
        """Search and go to the newest hit at or above the cursor.

        Args:
            text: Regular expression; "" ends the search.

        Returns:
            "" or a sentence that says why the text is no regular expression.
        """
        if not text:
            self._end()
            return ""
        try:
            pattern = compile_search(text)
        except ValueError as error:
            return str(error)
        if self._window.buffer is not None:
            self._hits = HitIndex(pattern, self._window.buffer)
            self._window.restyle(search=pattern)
            self._look()
        return ""

    def again(self) -> None:
        """Search anew, in the buffer that the window has now."""
        if self._hits is not None and self._window.buffer is not None:
            self._hits = HitIndex(self._hits.pattern, self._window.buffer)
            self._look()

    def catch_up(self) -> None:
        """Look at the lines that arrived."""
        if self._hits is not None:
            self._hits.scan(_SLICE)

    def step(self, direction: int) -> None:
        """Go to the next hit below (1) or above (-1); from the end it goes on at the start."""
        if self._hits is not None:
            cursor = self._window.viewport.cursor
            self._go(self._hits.after(cursor) if direction > 0 else self._hits.before(cursor))

    def _end(self) -> None:
        self._host.workers.cancel_group(self._host, _GROUP)
        self._hits = None
        self._window.restyle(search=None)

    def _look(self) -> None:
        if self._hits is not None:
            self._host.run_worker(self._scan(self._hits), group=_GROUP, exclusive=True)

    async def _scan(self, hits: HitIndex) -> None:
        """Look through the whole buffer a slice at a time; jump as soon as there is a hit."""
        start = self._window.viewport.cursor
        has_jumped = False
        while self._hits is hits:
            hits.scan(_SLICE)
            is_done = hits.is_complete
            if not has_jumped and hits.hits and (is_done or hits.hits[0] <= start):
                has_jumped = True
                self._go(hits.before(start + 1))
            if is_done:
                break
            await asyncio.sleep(0)
        self._on_progress()

    def _go(self, line: int | None) -> None:
        if line is not None:
            self._window.act(lambda viewport: viewport.show(line, is_centred=True))
