"""Standard output for streams of lines: whole blocks at once, nothing held back, a lost reader noticed."""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from tui.domain.errors import SourceError
from widgets.text import one_line


class Output:
    """Writes text to standard output as it is at the time of making.

    Past Python's own buffer: a block that an interrupt cut short would be flushed at exit, and wait there
    for a reader that has stopped reading.
    """

    def __init__(self) -> None:
        self._stream = sys.stdout
        self._encoding = self._stream.encoding or "utf-8"
        self._raw = _raw(self._stream)
        self._poll: select.poll | None = None
        self._ready: Callable[[], None] | None = None
        if self._raw is not None:
            self._stream.flush()
            self._poll = select.poll()
            self._poll.register(self._raw.fileno(), 0)

    @property
    def is_terminal(self) -> bool:
        """Whether a terminal shows it."""
        return self._stream.isatty()

    @property
    def is_ascii(self) -> bool:
        """Whether its encoding lacks most characters."""
        return not self._encoding.lower().replace("-", "").startswith("utf")

    def hold_until(self, ready: Callable[[], None]) -> None:
        """Call this before the first block is written; what it raises, `write` raises."""
        self._ready = ready

    def write(self, text: str) -> None:
        """Write a block and have it out.

        Raises:
            BrokenPipeError: Nobody reads it any more.
        """
        if self._ready is not None:
            self._ready()
            self._ready = None
        if self._raw is None:
            self._stream.write(text)
            self._stream.flush()
            return
        rest = memoryview(text.encode(self._encoding, "replace"))
        while rest:
            # None: a descriptor that somebody set to non-blocking is full.
            written = self._raw.write(rest)
            if written is None:
                select.select((), (self._raw,), ())
            else:
                rest = rest[written:]

    def is_read(self) -> bool:
        """Whether the reader of a pipe is still there; true for anything else."""
        if self._poll is None:
            return True
        return not any(event & (select.POLLERR | select.POLLNVAL) for _, event in self._poll.poll(0))


def _raw(stream: TextIO) -> io.RawIOBase | None:
    """Return what is below a stream's buffers; None for a stand-in that has no descriptor."""
    buffer = getattr(stream, "buffer", None)
    # With PYTHONUNBUFFERED there is no buffer in between.
    raw = buffer if isinstance(buffer, io.RawIOBase) else getattr(buffer, "raw", None)
    return raw if isinstance(raw, io.RawIOBase) else None


class Notes:
    """Sentences on standard error."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._standing: set[str] = set()

    def say(self, sentence: str) -> None:
        """Tell a sentence."""
        sys.stderr.write(f"{one_line(sentence)}\n")
        sys.stderr.flush()

    def once(self, sentence: str) -> None:
        """Tell a sentence unless it has ever been told."""
        if sentence not in self._told:
            self._told.add(sentence)
            self.say(sentence)

    def standing(self, sentences: Iterable[str]) -> None:
        """Tell those of the present troubles that are new; one that went away is told if it comes back."""
        now = dict.fromkeys(sentences)
        for sentence in now:
            if sentence not in self._standing:
                self.say(sentence)
        self._standing = set(now)


def waiting_text(error: SourceError) -> str:
    """Return the sentence about a failure that is waited out."""
    if "cwtop" in error.hint:
        return f"{error.summary} {error.hint}"
    return f"{error.summary} cwtop waits and goes on by itself."
