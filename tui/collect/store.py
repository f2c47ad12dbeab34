"""The latest snapshot of every source with its age and last error, and who wants to know."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.entry import Entry
from tui.domain.errors import SourceError

Subscriber = Callable[[str], None]
"""Called with a source's name after its entry changed."""

_log = logging.getLogger(__name__)
_EMPTY: Entry[Any] = Entry()


class Store:
    """Entries by source name. Written on one thread (the event loop's); may be read from any."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry[Any]] = {}
        self._subscribers: list[Subscriber] = []

    @property
    def entries(self) -> Mapping[str, Entry[Any]]:
        """All entries by name."""
        return self._entries

    def entry(self, name: str) -> Entry[Any]:
        """Return a source's entry, an empty one for a source that is not there."""
        return self._entries.get(name, _EMPTY)

    def snapshot(self, name: str) -> Any:
        """Return a source's last good snapshot, None if there is none."""
        return self.entry(name).snapshot

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call back after each change of an entry; return a function that ends it."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def update(self, name: str, *, notify: bool = True, **changes: Any) -> None:
        """Change fields of an entry.

        Args:
            name: The source.
            notify: Tell the subscribers, if anything changed.
            **changes: Fields of `Entry`.
        """
        old = self.entry(name)
        new = replace(old, **changes)
        if name in self._entries and "snapshot" not in changes and new == old:
            return
        self._entries[name] = new
        if notify:
            self._tell(name)

    def succeed(self, name: str, snapshot: Any, at_s: float, duration_s: float) -> None:
        """Keep a new snapshot; the error is over.

        The very same snapshot keeps its age: nothing new was learned.
        """
        old = self.entry(name)
        is_same = old.snapshot is snapshot and old.at_s is not None
        self.update(
            name,
            snapshot=snapshot,
            at_s=old.at_s if is_same else at_s,
            error=None,
            error_at_s=None,
            duration_s=duration_s,
        )

    def fail(self, name: str, error: SourceError, at_s: float, duration_s: float) -> None:
        """Keep what failed beside the last good snapshot."""
        self.update(name, error=error, error_at_s=at_s, duration_s=duration_s)

    def _tell(self, name: str) -> None:
        for callback in tuple(self._subscribers):
            try:
                callback(name)
            except Exception:  # noqa: BLE001 - logged with its traceback
                # One faulty view must not stop the collection for the others.
                _log.exception("a subscriber failed on %s", name)
