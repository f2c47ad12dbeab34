"""Keeps the console's memory small, and its upkeep out of the way of the keys.

AWS's service models and Textual are some hundred thousand objects that live until the end. A full
collection walks all of them and holds up every key for a fifth of a second: libraries are not searched
for garbage. And glibc gives each thread a heap of its own, none of which gets back what another one
freed: a dozen threads that parse answers in turn would hold a dozen times the memory of one answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

from tui.collect.store import Store

_M_ARENA_MAX = -8
"""glibc's number for mallopt(3)."""

_ARENAS = 2
"""One for the loop, one for the threads of the sources: they hold Python's lock in turn anyway."""


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
            settle()

    unsubscribe = store.subscribe(check)


def settle() -> None:
    """Leave what is loaded by now out of every later collection, and give back what loading has freed."""
    gc.freeze()
    gc.enable()
    # Parsing the service models frees some ten megabytes, which glibc would keep.
    _glibc("malloc_trim", 0)


def share_heaps() -> None:
    """Let the threads share few heaps. To be called before the first thread starts."""
    _glibc("mallopt", _M_ARENA_MAX, _ARENAS)


def _glibc(function: str, *arguments: int) -> None:
    # Other C libraries have no such function, and mostly no need of it.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        getattr(ctypes.CDLL(None), function)(*arguments)
