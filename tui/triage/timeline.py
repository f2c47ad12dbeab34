"""What happened to the stack, in order of time: bounded, without duplicates, cheap to look into."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final

from tui.triage.entry import Kind, TimelineEntry

MOST: Final = 10_000
"""Entries kept; the oldest go first."""

_Place = tuple[float, str]


class Timeline:
    """Entries in order of time; what is read is newest first.

    Input may come twice, in any order and from several sources: an entry replaces the one with the same
    key. Not safe for use from several threads.

    Attributes:
        version: Grows with every change.
    """

    def __init__(self, most: int = MOST) -> None:
        """Make an empty timeline.

        Args:
            most: Entries kept, at least 1.
        """
        self.version = 0
        self._most = most
        self._entries: dict[str, TimelineEntry] = {}
        self._order: list[_Place] = []
        """(at_s, key), oldest first."""
        self._words: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._order)

    # ------------------------------------------------------------ what comes in

    def put(self, entries: Iterable[TimelineEntry]) -> int:
        """Take entries; return how many are new or differ from what was known.

        One that is older than all of a full timeline is not kept.
        """
        changed = sum(self._put(entry) for entry in entries)
        self.version += changed > 0
        return changed

    def discard(self, keys: Iterable[str]) -> int:
        """Forget entries that have turned out not to be so; return how many were there."""
        gone = sum(self._remove(key) for key in keys)
        self.version += gone > 0
        return gone

    def _put(self, entry: TimelineEntry) -> bool:
        old = self._entries.get(entry.key)
        if old == entry:
            return False
        place = (entry.at_s, entry.key)
        if old is None and len(self._order) >= self._most and place < self._order[0]:
            return False
        if old is None or old.at_s != entry.at_s:
            self._remove(entry.key)
            at = len(self._order)
            # Nearly all that comes is the newest.
            if at and place < self._order[-1]:
                at = bisect_left(self._order, place)
            self._order.insert(at, place)
        self._words.pop(entry.key, None)
        self._entries[entry.key] = entry
        if len(self._order) > self._most:
            self._remove(self._order[0][1])
        return True

    def _remove(self, key: str) -> bool:
        old = self._entries.pop(key, None)
        if old is None:
            return False
        del self._order[bisect_left(self._order, (old.at_s, key))]
        self._words.pop(key, None)
        return True

    # ------------------------------------------------------------ what is read

    def entry(self, key: str) -> TimelineEntry | None:
        """Return the entry of a key."""
        return self._entries.get(key)

    def newest(self, kinds: Collection[Kind] = (), words: str = "") -> list[TimelineEntry]:
        """Return entries, newest first.

        Args:
            kinds: Of these kinds only; none means all.
            words: Only what contains each of these words, in whatever case, in any of its texts.
        """
        wanted = words.casefold().split()
        entries = self._entries
        found = [entries[key] for _, key in reversed(self._order)]
        if kinds:
            found = [one for one in found if one.kind in kinds]
        if wanted:
            found = [one for one in found if all(word in self._text(one) for word in wanted)]
        return found

    def between(self, start_s: float, end_s: float, *, overlapping: bool = False) -> list[TimelineEntry]:
        """Return the entries of a stretch of time, newest first.

        Args:
            start_s: Epoch seconds, included.
            end_s: Epoch seconds, included.
            overlapping: Take what began earlier too, if it ended in the stretch or later. Of what has no
                end only a breach goes on; the others were moments.
        """
        first = bisect_left(self._order, (start_s,))
        # No key sorts after the highest character there is.
        stop = bisect_right(self._order, (end_s, "\U0010ffff"))
        found = [self._entries[key] for _, key in reversed(self._order[first:stop])]
        if overlapping:
            earlier = (self._entries[key] for _, key in reversed(self._order[:first]))
            found += [one for one in earlier if _reaches(one, start_s)]
        return found

    def _text(self, one: TimelineEntry) -> str:
        known = self._words.get(one.key)
        if known is None:
            level = one.level.value if one.level is not None else ""
            parts = (one.kind.value, level, one.title, one.resource, one.who, one.metric, one.detail)
            known = self._words[one.key] = "\n".join(parts).casefold()
        return known


def locate(entries: list[TimelineEntry], at_s: float) -> int:
    """Return the index, in entries that are newest first, of the first that began at a time or before.

    `len(entries)` when all are newer.
    """
    return bisect_left(entries, -at_s, key=lambda one: -one.at_s)


def _reaches(one: TimelineEntry, start_s: float) -> bool:
    if one.until_s is None:
        return one.kind is Kind.BREACH
    return one.until_s >= start_s
