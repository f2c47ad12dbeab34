"""The loop of `cwtop tail --follow`: fetches in its own thread, prints what is new, waits out trouble."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import tzinfo
from typing import Final, Protocol

from tui.commands.output import Notes, Output, waiting_text
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.snapshots import LogBatch, LogGap
from tui.domain.units import plural
from tui.presenters.logtext import LineFormat, filled_text, gap_text

INTERVAL_S: Final = 1.2
"""From the start of one poll to the next, real time: with sweeps, a request a second for one group."""

_LOOK_S: Final = 1.0
"""How often a silent follower looks whether anybody still reads its output."""

_TOLD_MS: Final = 3000
"""Shortest gap that is told."""

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0
_PASSING: Final = frozenset({ErrorKind.THROTTLED, ErrorKind.TIMEOUT, ErrorKind.UNREACHABLE})


class Source(Protocol):
    """What is followed: `LogsSource`."""

    @property
    def has_more(self) -> bool:
        """Whether the next fetch has something to go on with at once."""
        ...

    def fetch(self) -> LogBatch:
        """Return what is new; raises SourceError."""
        ...

    def gaps(self) -> tuple[LogGap, ...]:
        """Return the stretches that could not be read yet."""
        ...

    def close(self) -> None:
        """End at once."""
        ...


Item = LogBatch | SourceError | BaseException


class Follower:
    """Fetches in a daemon thread, so that an interrupt waits for no call.

    Args:
        source: What is followed.
        requests_per_s: With more groups than this, polls are further apart than `INTERVAL_S`.
        monotonic: Real time, seconds.
    """

    def __init__(
        self, source: Source, requests_per_s: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._rate = requests_per_s
        self._monotonic = monotonic
        self._items: queue.Queue[Item] = queue.Queue(maxsize=2)
        self._stopped = threading.Event()

    def items(self) -> Generator[Item | None, None, None]:
        """Yield batches and failures for ever, and None now and then while there is nothing."""
        threading.Thread(target=self._run, name="tail", daemon=True).start()
        try:
            while True:
                try:
                    yield self._items.get(timeout=_LOOK_S)
                except queue.Empty:
                    yield None
        finally:
            self._stopped.set()
            self._source.close()

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopped.is_set():
            began = self._monotonic()
            item = self._fetch()
            self._items.put(item)
            if isinstance(item, LogBatch):
                pause_s = _FIRST_PAUSE_S
                wait_s = 0.0 if self._source.has_more else began + self.interval(item) - self._monotonic()
            else:
                # Jitter, so that engineers who were throttled together do not come back together.
                wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
            self._stopped.wait(max(0.0, wait_s))

    def _fetch(self) -> Item:
        try:
            return self._source.fetch()
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            return error

    def interval(self, batch: LogBatch) -> float:
        """Return the seconds from the start of one poll to the next, after a batch."""
        return max(INTERVAL_S, len(batch.groups) / self._rate)


def follow(
    follower: Follower, source: Source, output: Output, lines: LineFormat, notes: Notes, zone: tzinfo | None
) -> SourceError | None:
    """Print events until the reader goes, or until nothing can be read any more.

    Args:
        follower: Fetches from `source`.
        source: Asked for its gaps where a fetch failed.
        output: Where lines go.
        lines: How they are written.
        notes: Where trouble is told.
        zone: Time zone of the times in sentences.

    Returns:
        Why it ended; None when the reader has gone.
    """
    with closing(follower.items()) as items:
        return _print(items, source, output, lines, notes, zone)


def _print(
    items: Iterable[Item | None],
    source: Source,
    output: Output,
    lines: LineFormat,
    notes: Notes,
    zone: tzinfo | None,
) -> SourceError | None:
    told_gaps: dict[int, LogGap] = {}
    has_begun = False
    missed = 0
    for item in items:
        if not output.is_read():
            return None
        if item is None:
            continue
        if isinstance(item, LogBatch):
            has_begun = True
            output.write(lines.text(item.events))
            notes.standing(item.problems)
            if item.missed > missed:
                missed = item.missed
                notes.say(f"{plural(missed, 'event')} became readable too late to be printed, so far.")
            gaps = item.gaps
        elif isinstance(item, SourceError):
            is_passing = item.kind in _PASSING and (has_begun or item.kind is ErrorKind.THROTTLED)
            if item.kind is ErrorKind.EXPIRED_CREDENTIALS or not (has_begun or is_passing):
                return item
            notes.once(waiting_text(item))
            gaps = source.gaps()
        else:
            raise item
        # A single throttled call is a gap of a second, which the next one fills.
        open_gaps = {gap.id: gap for gap in gaps if gap.end_ms - gap.start_ms >= _TOLD_MS}
        for number, gap in open_gaps.items():
            if number not in told_gaps:
                notes.say(gap_text(gap, zone))
        for number, gap in told_gaps.items():
            # That of a group which is refused or gone closes unread; the problem tells it.
            if number not in open_gaps and isinstance(item, LogBatch) and gap.group in item.groups:
                notes.say(filled_text(gap, zone))
        told_gaps = open_gaps
    return None
