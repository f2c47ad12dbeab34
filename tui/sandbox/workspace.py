"""The sandbox's temporary directory: made, locked while in use, swept when its owner was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "cwtop-sandbox-"
_LOCK = "lock"
_UNLOCKED_GRACE_S = 60.0


class Workspace:
    """A directory that belongs to one running sandbox.

    Attributes:
        path: The directory, passable by other users (PostgreSQL may run as another one), readable
            by nobody else.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path.chmod(0o711)

    def remove(self) -> None:
        """Remove the directory and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep() -> int:
    """Remove directories whose owner is gone; return how many.

    A directory's owner holds a lock on a file in it, which the kernel drops when the owner dies.
    """
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_abandoned(path):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


def _is_abandoned(path: Path) -> bool:
    try:
        if path.stat().st_uid != os.geteuid():
            return False
        descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        # Between mkdtemp and the lock, the owner may be alive and only just starting.
        return path.exists() and time.time() - path.stat().st_mtime > _UNLOCKED_GRACE_S
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
