"""Keeps Python's garbage collector from stopping the console: libraries are not searched for garbage.

AWS's service models and Textual are some hundred thousand objects that live until the end. A full
collection walks all of them and holds up every key for a fifth of a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

from tui.collect.store import Store


def postpone(store: Store) -> None:
    """Collect nothing while the program loads, then leave out of every collection what was loaded.

    Loading is over when every source has answered or failed; deadlines see to it that this comes.

    Args:
        store: Tells what has answered.
    """
    gc.disable()

    def check(_: str) -> None:
        entries = store.entries.values()
        if all(entry.snapshot is not None or entry.error is not None for entry in entries):
            unsubscribe()
            gc.freeze()
            gc.enable()
            _give_back()

    unsubscribe = store.subscribe(check)


def _give_back() -> None:
    """Return to the system what parsing the service models has freed: some ten megabytes with glibc."""
    # Other C libraries have no such function, and mostly no need of it.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
