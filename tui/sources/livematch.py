"""Tells apart what came over Live Tail and what was polled: live events carry no id."""

from __future__ import annotations

from typing import Final

WAIT_MS: Final = 30_000
"""How long, at least, what was polled waits for its twin: Live Tail brings it within seconds, or never."""


class LiveMatch:
    """Pairs each live event with the polled one that is the same, whichever comes first.

    Two sides are counted by time, stream and text. What comes on one side and waits on the other is a
    repeat; so two events that are truly equal are handed out twice, as both sides bring both. Not safe for
    use from several threads.
    """

    def __init__(self) -> None:
        self._polled: dict[int, int] = {}
        """How many wait, by hash of time, stream and text."""
        self._polled_before: dict[int, int] = {}
        """Those that were polled before the last turn: dropped as a whole at the next."""
        self._turned_ms = 0
        self._live: dict[int, dict[int, int]] = {}
        """By second of the event: what is older than any poll reads is dropped."""
        self._is_counting = True

    def __len__(self) -> int:
        """How many different events wait for their twin."""
        return len(self._polled) + len(self._polled_before) + sum(map(len, self._live.values()))

    def polled(self, time_ms: int, stream: str, message: str) -> bool:
        """Take an event that was read by polling; return whether it is new."""
        key = hash((time_ms, stream, message))
        second = time_ms // 1000
        waiting = self._live.get(second)
        if waiting is not None and _cross_out(waiting, key):
            if not waiting:
                del self._live[second]
            return False
        if self._is_counting:
            self._polled[key] = self._polled.get(key, 0) + 1
        return True

    def live(self, time_ms: int, stream: str, message: str) -> bool:
        """Take an event of Live Tail; return whether it is new."""
        key = hash((time_ms, stream, message))
        if _cross_out(self._polled_before, key) or _cross_out(self._polled, key):
            return False
        waiting = self._live.setdefault(time_ms // 1000, {})
        waiting[key] = waiting.get(key, 0) + 1
        return True

    def count(self, on: bool) -> None:
        """Be told whether a session of Live Tail may bring polled events a second time."""
        self._is_counting = on
        if not on:
            self._polled, self._polled_before = {}, {}

    def forget(self, before_ms: int, now_ms: int) -> None:
        """Give up what has no twin any more.

        Args:
            before_ms: Live events before this time will not be polled, epoch ms.
            now_ms: Epoch ms; what has waited since before the last turn, `WAIT_MS` ago or more, goes.
        """
        if now_ms - self._turned_ms >= WAIT_MS:
            # Not at once what is in use, however long ago the last turn was: it may have come just now.
            self._polled, self._polled_before, self._turned_ms = {}, self._polled, now_ms
        for second in [second for second in self._live if second < before_ms // 1000]:
            del self._live[second]


def _cross_out(waiting: dict[int, int], key: int) -> bool:
    """Take one off what waits; return whether there was one."""
    number = waiting.get(key, 0)
    if number == 1:
        del waiting[key]
    elif number:
        waiting[key] = number - 1
    return number > 0
