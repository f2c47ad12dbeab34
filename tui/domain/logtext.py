"""The text of the log buffer: UTF-8 in chunks, addressed by position, freed when nobody points into it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final

CHUNK_BYTES: Final = 256 * 1024
"""A chunk is closed once it holds this much; one message may make it longer."""
NEWLINE: Final = "\x0b"
"""Stands for a newline within an event: a line of the store is a whole event."""

_SHIFT: Final = 32
_OFFSET: Final = (1 << _SHIFT) - 1


class TextStore:
    """Append-only texts, one line each; a position is a chunk's number and an offset in one integer.

    Texts added one after the other lie side by side: the second's position is the first's plus its size,
    unless a new chunk began.
    """

    def __init__(self) -> None:
        self._chunks: dict[int, bytes | bytearray] = {}
        self._open = bytearray()
        self._live: dict[int, int] = {}
        self._number = 0
        self._held = 0
        self._live_bytes = 0

    @property
    def live_bytes(self) -> int:
        """Bytes of the texts that are pointed at."""
        return self._live_bytes

    @property
    def held_bytes(self) -> int:
        """Bytes in memory, those of released texts in chunks still in use included."""
        return self._held

    def add(self, texts: Iterable[str]) -> tuple[array[int], array[int]]:
        """Keep texts and return their positions and their sizes in bytes, separators included.

        Args:
            texts: Without NUL; newlines within are kept as `NEWLINE`.
        """
        encoded = _encode(texts)
        # Four bytes a size: a text is bounded at ingest.
        sizes = array("I", [len(one) + 1 for one in encoded])
        ends = list(accumulate(sizes))
        positions = array("q")
        first = 0
        while first < len(encoded):
            room = CHUNK_BYTES - len(self._open)
            begin = ends[first - 1] if first else 0
            stop = max(first + 1, bisect_right(ends, begin + room, first))
            self._append(encoded[first:stop], sizes[first:stop], positions)
            first = stop
        return positions, sizes

    def _append(self, encoded: list[bytes], sizes: array[int], positions: array[int]) -> None:
        chunk = self._open
        self._chunks[self._number] = chunk
        base = (self._number << _SHIFT) + len(chunk)
        positions.extend(accumulate(sizes[:-1], initial=base))
        before = len(chunk)
        chunk += b"\n".join(encoded)
        chunk += b"\n"
        self._held += len(chunk) - before
        self._live_bytes += len(chunk) - before
        self._live[self._number] = self._live.get(self._number, 0) + len(encoded)
        if len(chunk) >= CHUNK_BYTES:
            # A bytearray keeps room to grow.
            self._chunks[self._number] = bytes(chunk)
            self._next_chunk()

    def _next_chunk(self) -> None:
        # Offsets in a chunk that was freed must not be given out twice either.
        self._number += 1
        self._open = bytearray()

    def release(self, positions: Iterable[int], size: int) -> None:
        """Forget texts; a chunk without any is freed.

        Args:
            positions: Where they lie.
            size: Bytes of all of them together.
        """
        self._live_bytes -= size
        for number, count in Counter([one >> _SHIFT for one in positions]).items():
            self._live[number] -= count
            if not self._live[number]:
                del self._live[number]
                self._held -= len(self._chunks.pop(number))
                if number == self._number:
                    self._next_chunk()

    def text(self, position: int, size: int) -> str:
        """Return one text as it was added."""
        return self.run(position, size).replace(NEWLINE, "\n")

    def view(self) -> Callable[[int, int], str]:
        """Return `text` of the texts that are there now, for any thread, whatever becomes of them here."""
        chunks = dict(self._chunks)

        def text(position: int, size: int) -> str:
            offset = position & _OFFSET
            encoded = chunks[chunk_of(position)][offset : offset + size - 1]
            return encoded.decode("utf-8").replace(NEWLINE, "\n")

        return text

    def run(self, position: int, size: int) -> str:
        """Return the texts of a stretch without gaps, separated by newlines; `NEWLINE` within them."""
        offset = position & _OFFSET
        return self._chunks[position >> _SHIFT][offset : offset + size - 1].decode()

    def sparse(self) -> frozenset[int]:
        """Return the chunks worth emptying: few texts keep much memory; empty while little is wasted."""
        if self._held - self._live_bytes <= max(self._live_bytes, 16 * CHUNK_BYTES):
            return frozenset()
        mean = self._live_bytes / max(1, sum(self._live.values()))
        return frozenset(
            number
            for number, count in self._live.items()
            if number != self._number and count * mean < len(self._chunks[number]) / 2
        )


def chunk_of(position: int) -> int:
    """Return the number of the chunk that a position lies in."""
    return position >> _SHIFT


def runs(positions: Sequence[int], sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return [start, stop) of the stretches of texts that lie side by side, in the given order."""
    if not positions:
        return []
    breaks = [
        index
        for index, (position, size, following) in enumerate(
            zip(positions, sizes, positions[1:], strict=False), 1
        )
        if position + size != following
    ]
    return list(zip([0, *breaks], [*breaks, len(positions)], strict=True))


def _encode(texts: Iterable[str]) -> list[bytes]:
    return [(one.replace("\n", NEWLINE) if "\n" in one else one).encode("utf-8", "replace") for one in texts]
