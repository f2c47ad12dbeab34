"""Remembers which log events were handed out, in little memory: hashes of ids by second of the event."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

MOST_IDS: Final = 3_000_000
"""Ids kept of one group, 8 bytes each once they have settled."""

_SMALL = 32
"""Ids of a second that are not worth packing."""


class SeenIds:
    """The ids of events of a stretch of time that may be read again.

    An id is kept as 64 bits of its hash within its second: two ids of one second that agree by chance are
    one in 10^19 pairs. Not safe for use from several threads.

    Args:
        floor_ms: Nothing older is asked for.
        most: Ids kept; beyond, the oldest seconds are given up, and `floor_ms` rises.
    """

    def __init__(self, floor_ms: int, most: int = MOST_IDS) -> None:
        self._floor_s = floor_ms // 1000
        self._most = most
        self._count = 0
        self._open: dict[int, set[int]] = {}
        self._packed: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return self._count

    @property
    def floor_ms(self) -> int:
        """Of events before this time nothing is known any more."""
        return self._floor_s * 1000

    def add(self, time_ms: int, event_id: str) -> bool:
        """Remember an event; return whether it was new."""
        second = time_ms // 1000
        seen = self._open.get(second)
        if seen is None:
            if second in self._packed:
                return self._add_packed(self._packed[second], hash(event_id))
            seen = self._open[second] = set()
        key = hash(event_id)
        if key in seen:
            return False
        seen.add(key)
        self._count += 1
        return True

    def count_after(self, time_ms: int) -> int:
        """Return how many events later than a time are known."""
        second = time_ms // 1000
        return sum(len(seen) for at, seen in self._open.items() if at > second)

    def forget(self, before_ms: int) -> None:
        """Give up the seconds that end before a time."""
        second = before_ms // 1000
        if second <= self._floor_s:
            return
        self._floor_s = second
        for at in [at for at in self._open if at < second]:
            self._count -= len(self._open.pop(at))
        for at in [at for at in self._packed if at < second]:
            self._count -= len(self._packed.pop(at))

    def pack(self, before_ms: int, keep_ms: int) -> None:
        """Pack the seconds before a time, into 8 bytes an id, and hold the bound.

        Args:
            before_ms: Seconds that hardly grow any more end here, epoch ms.
            keep_ms: From here on nothing is given up, whatever the bound.
        """
        second = before_ms // 1000
        for at in [at for at, seen in self._open.items() if at < second and len(seen) > _SMALL]:
            self._packed[at] = array("q", sorted(self._open.pop(at)))
        while self._count > self._most:
            oldest = min((*self._open, *self._packed), default=keep_ms // 1000)
            if oldest >= keep_ms // 1000:
                return
            self.forget((oldest + 1) * 1000)

    def _add_packed(self, seen: array[int], key: int) -> bool:
        at = bisect_left(seen, key)
        if at < len(seen) and seen[at] == key:
            return False
        seen.insert(at, key)
        self._count += 1
        return True
