"""How long a thread of ours and a backend waited for a processor: what a busy machine adds to a time."""

from __future__ import annotations

import os
import threading
from types import TracebackType
from typing import Self


class RunDelay:
    """Reads the kernel's count of the time in the run queue, for this thread and one other process.

    It is the second figure of /proc/<pid>/schedstat, nanoseconds
    (docs.kernel.org/scheduler/sched-stats.html). Where the kernel does not tell, it counts as none.
    """

    def __init__(self, pid: int) -> None:
        paths = (f"/proc/{pid}/schedstat", f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._files = [one for path in paths if (one := _open(path)) is not None]

    def ms(self) -> float:
        """Return the milliseconds that both have waited since they began."""
        return sum(_waited_ns(one) for one in self._files) / 1e6

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._files:
            os.close(one)


def _open(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _waited_ns(file: int) -> int:
    try:
        figures = os.pread(file, 100, 0).split()
    except ProcessLookupError:
        return 0
    return int(figures[1]) if len(figures) > 1 else 0
