"""Tells apart what came over Live Tail and what was polled: live events carry no id."""

from __future__ import annotations

from collections import Counter


class LiveMatch:
    """Pairs each live event with the polled one that is the same, whichever comes first.

    Two sides are counted by time, stream and text. What comes on one side and waits on the other is a
    repeat; so two events that are truly equal are handed out twice, as both sides bring both. Not safe for
    use from several threads.
    """

    def __init__(self) -> None:
        self._polled: dict[int, Counter[int]] = {}
        self._live: dict[int, Counter[int]] = {}
        self._is_counting = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for its twin."""
        return not self._polled and not self._live

    def polled(self, time_ms: int, stream: str, message: str) -> bool:
        """Take an event that was read by polling; return whether it is new."""
        key = hash((stream, message))
        if self._is_counting:
            return _meet(self._live, self._polled, time_ms, key)
        return not _cross_out(self._live, time_ms, key)

    def live(self, time_ms: int, stream: str, message: str) -> bool:
        """Take an event of Live Tail; return whether it is new."""
        return _meet(self._polled, self._live, time_ms, hash((stream, message)))

    def count(self, on: bool) -> None:
        """Be told whether a session of Live Tail may bring polled events a second time."""
        self._is_counting = on
        if not on:
            self._polled.clear()

    def forget(self, before_ms: int) -> None:
        """Give up what is older than a time: it will not be read again."""
        for side in (self._polled, self._live):
            for at in [at for at in side if at < before_ms]:
                del side[at]


def _meet(others: dict[int, Counter[int]], own: dict[int, Counter[int]], time_ms: int, key: int) -> bool:
    if _cross_out(others, time_ms, key):
        return False
    own.setdefault(time_ms, Counter())[key] += 1
    return True


def _cross_out(waiting: dict[int, Counter[int]], time_ms: int, key: int) -> bool:
    """Take one off what waits; return whether there was one."""
    counts = waiting.get(time_ms)
    if counts is None or counts[key] == 0:
        return False
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
        if not counts:
            del waiting[time_ms]
    return True
