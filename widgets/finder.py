"""Search and highlighted terms of a log tail: looks through the buffer without delaying a key."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from textual.widget import Widget

from widgets.matching import SLOW, compile_search
from widgets.model import LogBuffer
from widgets.tail import TailWindow
from widgets.tailrows import MAX_HIGHLIGHTS
from widgets.tailsearch import SLICE_S, HitIndex

_STEP_S = 0.02
"""Longest time that a step from hit to hit looks at lines which it has not seen yet."""
_TELL_S = 0.1
"""Shortest time between two reports of a search under way: a repaint costs as much as a slice of it."""
TOO_SLOW = "takes too long; simplify it"


class Looker:
    """Completes indexes of one buffer in the turns that the event loop has to spare."""

    def __init__(self, host: Widget, on_progress: Callable[[], None]) -> None:
        """Make a looker at rest.

        Args:
            host: The widget whose worker looks through the buffer.
            on_progress: Called after each slice of work.
        """
        self._host = host
        self._on_progress = on_progress
        self._indexes: list[HitIndex] = []
        self._is_busy = False
        self.slow: list[HitIndex] = []

    def watch(self, indexes: Sequence[HitIndex]) -> None:
        """Complete these from now on, and no others."""
        self._indexes = list(indexes)
        self.slow = [index for index in self.slow if index in self._indexes]
        self.catch_up()

    def catch_up(self) -> None:
        """Look at the lines that arrived; what takes longer than a slice goes on in the background."""
        if self._is_busy or not self._host.is_attached:
            return
        for index in self._indexes:
            if not self._look(index):
                self._is_busy = True
                self._host.run_worker(self._run(), group="looker", exclusive=True, exit_on_error=False)
                return

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to look at."""
        return all(index in self.slow or index.is_complete for index in self._indexes)

    def _look(self, index: HitIndex) -> bool:
        """Look for a slice of time; return whether nothing is left to do."""
        if index in self.slow:
            return True
        try:
            return index.scan_for(SLICE_S)
        except SLOW:
            self.slow.append(index)
            return True

    async def _run(self) -> None:
        try:
            is_done = False
            while not is_done and self._host.is_attached:
                is_done = True
                for index in list(self._indexes):
                    is_done &= self._look(index)
                    self._on_progress()
                    await asyncio.sleep(0)
        finally:
            self._is_busy = False


class Finder:
    """The search of one `TailWindow` and its highlighted terms, with a count of each."""

    def __init__(self, host: Widget, window: TailWindow, on_progress: Callable[[], None]) -> None:
        """Make a finder without a search.

        Args:
            host: The widget whose workers look through the buffer.
            window: What shows the hits.
            on_progress: Called when `status` or `counts` may have changed.
        """
        self._window = window
        self._tell = on_progress
        self._hits: HitIndex | None = None
        self._terms: list[HitIndex] = []
        self._has_jumped = True
        self._is_preview = False
        self._origin: tuple[int, int] | None = None
        self._before: HitIndex | None = None
        self._told_at = float("-inf")
        self._looker = Looker(host, self._progress)

    # ------------------------------------------------------------ what is said

    @property
    def is_active(self) -> bool:
        """Whether a search is on."""
        return self._hits is not None

    @property
    def status(self) -> str:
        """The search and where it stands, "/timeout [3/17]"; "" without a search."""
        if self._hits is None:
            return ""
        text = self._hits.pattern.pattern
        if self._hits in self._looker.slow:
            return f"/{text} {TOO_SLOW}"
        return f"/{text} {self._hits.status(self._window.viewport.cursor)}"

    @property
    def counts(self) -> tuple[str, ...]:
        """The highlighted terms with the number of lines that have them, "timeout 12"."""
        return tuple(self._count(index) for index in self._terms)

    def _count(self, index: HitIndex) -> str:
        if index in self._looker.slow:
            return f"{index.pattern.pattern} {TOO_SLOW}"
        return f"{index.pattern.pattern} {index.count:,}{'' if index.is_complete else '+'}"

    # ------------------------------------------------------------ search

    def start(self, text: str, *, is_preview: bool = False) -> str:
        """Search and go to the newest hit at or above the cursor.

        Args:
            text: Regular expression; "" ends the search.
            is_preview: The text is still being typed: each such search starts where the first one did, and
                so does the one that is meant; `abandon` goes back there.

        Returns:
            "" or a sentence that says why the text is no regular expression.
        """
        buffer = self._window.buffer
        try:
            pattern = compile_search(text) if text else None
        except ValueError as error:
            return str(error)
        if is_preview and not self._is_preview:
            self._before = self._hits
        if not self._is_preview:
            self._origin = self._place()
        self._is_preview = is_preview
        self._search(pattern, buffer)
        return ""

    def abandon(self) -> None:
        """Leave a search that was only a preview: go back to where it began and to the search before."""
        if not self._is_preview:
            return
        self._is_preview = False
        self._search(self._before.pattern if self._before is not None else None, self._window.buffer)
        self._has_jumped = True
        self._return()

    def _search(self, pattern: re.Pattern[str] | None, buffer: LogBuffer | None) -> None:
        self._hits = HitIndex(pattern, buffer) if pattern is not None and buffer is not None else None
        self._has_jumped = self._hits is None
        if self._hits is None and self._is_preview:
            self._return()
        self._window.restyle(search=pattern if self._hits is not None else None)
        self._watch()

    def again(self) -> None:
        """Search and count anew, in the buffer that the window has now."""
        buffer = self._window.buffer
        if buffer is None:
            return
        self._origin, self._is_preview = None, False
        self._terms = [HitIndex(index.pattern, buffer) for index in self._terms]
        if self._hits is not None:
            self._hits = HitIndex(self._hits.pattern, buffer)
            self._has_jumped = False
        self._watch()

    def step(self, direction: int) -> None:
        """Go to the next hit below (1) or above (-1); from the end it goes on at the start."""
        hits = self._hits
        if hits is None or hits in self._looker.slow:
            return
        self._window.sync()
        cursor = self._window.viewport.cursor
        for _ in range(2):
            try:
                hits.scan_for(_STEP_S)
            except SLOW:
                self._looker.slow.append(hits)
                return
            line = hits.after(cursor) if direction > 0 else hits.before(cursor)
            if line is None or self._window.is_hit(line):
                break
            hits.doubt(line)
        self._go(line)

    # ------------------------------------------------------------ highlighted terms

    def highlight(self, texts: Sequence[str]) -> str:
        """Mark these terms and count their lines.

        Args:
            texts: Regular expressions, at most `MAX_HIGHLIGHTS`; none of them marks nothing.

        Returns:
            "" or a sentence that says what is wrong; then nothing has changed.
        """
        if len(texts) > MAX_HIGHLIGHTS:
            return f"At most {MAX_HIGHLIGHTS} terms can be highlighted; take one away first."
        try:
            patterns = tuple(compile_search(text) for text in texts)
        except ValueError as error:
            return str(error)
        known = {index.pattern: index for index in self._terms}
        buffer = self._window.buffer
        if buffer is not None:
            self._terms = [known.get(pattern) or HitIndex(pattern, buffer) for pattern in patterns]
        self._window.restyle(highlights=patterns)
        self._watch()
        return ""

    # ------------------------------------------------------------ looking

    def catch_up(self) -> None:
        """Look at the lines that arrived."""
        self._looker.catch_up()

    def _watch(self) -> None:
        self._looker.watch(([self._hits] if self._hits is not None else []) + self._terms)
        self._progress()

    def _progress(self) -> None:
        """Jump as soon as the newest hit at or above the start is known."""
        hits = self._hits
        if hits is not None and not self._has_jumped:
            start = self._start()
            line = hits.before(start + 1)
            is_above = line is not None and line <= start and hits.is_settled_from(line, start + 1)
            if is_above or hits.is_complete:
                self._has_jumped = True
                self._go(line)
        now = time.monotonic()
        if self._looker.is_done or now - self._told_at >= _TELL_S:
            self._told_at = now
            self._tell()

    def _place(self) -> tuple[int, int] | None:
        """Return time and key of the current line; None while the newest is followed."""
        self._window.sync()
        viewport = self._window.viewport
        line = self._window.line(viewport.cursor)
        return None if viewport.following or line is None else (line.time_ms, line.key)

    def _start(self) -> int:
        buffer = self._window.buffer
        if self._origin is None or buffer is None:
            return self._window.viewport.end - 1
        return buffer.dropped + buffer.locate(*self._origin)

    def _return(self) -> None:
        if self._origin is None:
            self._window.act(lambda viewport: viewport.follow())
        else:
            self._go(self._start())

    def _go(self, line: int | None) -> None:
        if line is not None:
            self._window.act(lambda viewport: viewport.show(line, is_centred=True))
