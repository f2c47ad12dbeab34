"""Garbage collection waits for the end of loading, and leaves out what was loaded; threads share heaps."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tui.collect.store import Store
from tui.domain.errors import ErrorKind, SourceError
from tui.memory import postpone


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_collection_waits_until_every_source_answered_or_failed() -> None:
    store = Store()
    store.update("ecs", notify=False, period_s=20.0)
    store.update("rds", notify=False, period_s=30.0)
    postpone(store)
    assert not gc.isenabled()
    store.succeed("ecs", object(), 0.0, 0.0)
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
    store.fail("rds", SourceError(ErrorKind.TIMEOUT, "No answer.", ""), 0.0, 0.0)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_it_freezes_once() -> None:
    store = Store()
    store.update("ecs", notify=False, period_s=20.0)
    postpone(store)
    store.succeed("ecs", object(), 0.0, 0.0)
    gc.disable()
    store.succeed("ecs", object(), 1.0, 0.0)
    assert not gc.isenabled()


_HEAPS = """
import threading
from tui.memory import share_heaps

if {shared}:
    share_heaps()
met = threading.Barrier(13)


def allocate():
    kept = [bytearray(100_000) for _ in range(20)]
    met.wait()
    met.wait()


threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
met.wait()
with open("/proc/self/maps") as maps:
    # An arena of a thread begins at a multiple of 64 MiB (HEAP_MAX_SIZE of glibc).
    print(sum(int(line.split("-")[0], 16) % (64 << 20) == 0 and line.split()[1] == "rw-p" for line in maps))
met.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives each thread a heap")
def test_threads_share_two_heaps() -> None:
    def heaps(*, shared: bool) -> int:
        script = _HEAPS.format(shared=shared)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert heaps(shared=True) <= 2 < heaps(shared=False)
