"""Finds a frozen tail's lines again after lines were inserted, removed or hidden above them."""

from __future__ import annotations

from widgets.model import LogBuffer
from widgets.tailview import TailViewport

Mark = tuple[int, int]
"""(time_ms, key) of a line: what stays when its number changes."""


class Anchor:
    """Remembers by time and key which lines a viewport stands on."""

    def __init__(self, buffer: LogBuffer) -> None:
        """Make an anchor that knows the buffer as it is at this moment."""
        self._buffer = buffer
        self._edits = buffer.edits
        self._top: Mark | None = None
        self._cursor: Mark | None = None
        self._last_seen: Mark | None = None

    def remember(self, viewport: TailViewport) -> None:
        """Take note of the lines at the top, under the cursor and last seen; call after every move.

        A window that follows finds its place by the end of the list.
        """
        if not viewport.following:
            self._top = self._mark(viewport.top[0])
            self._cursor = self._mark(viewport.cursor)
            self._last_seen = self._mark(viewport.seen - 1)

    def restore(self, viewport: TailViewport) -> None:
        """Put the viewport on the remembered lines if the buffer was edited since; else do nothing."""
        buffer = self._buffer
        if buffer.edits == self._edits:
            return
        self._edits = buffer.edits
        first = buffer.dropped
        end = first + len(buffer)
        if viewport.following or self._top is None or self._cursor is None:
            return
        top = first + buffer.locate(*self._top)
        last = self._last_seen
        viewport.renumber(
            first,
            end,
            top=top,
            cursor=first + buffer.locate(*self._cursor),
            seen=first + buffer.locate(last[0], last[1] + 1) if last is not None else first,
            is_same_top=self._mark(top) == self._top,
        )

    def _mark(self, number: int) -> Mark | None:
        index = number - self._buffer.dropped
        found = self._buffer.lines(index, index + 1) if index >= 0 else ()
        return (found[0].time_ms, found[0].key) if found else None
