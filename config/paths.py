"""Where files live: the XDG base directories, with an absent or read-only home directory allowed."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

APPLICATION = "cwtop"
AUDIT_FILE = "audit.jsonl"
"""Name of the audit log below the state directory."""
LOCAL_CONFIG = "cwtop.yaml"
"""Looked for in the working directory first."""


def config_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where the user's configuration is expected, whether it exists or not.

    Args:
        env: Environment; this process's if None.

    Returns:
        `$XDG_CONFIG_HOME/cwtop/config.yaml`, or None without a home directory.
    """
    folder = _base("XDG_CONFIG_HOME", ".config", env)
    return None if folder is None else folder / "config.yaml"


def state_dir(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where state, logs and the audit log belong; None without a home directory."""
    return _base("XDG_STATE_HOME", ".local/state", env)


def cache_dir(env: Mapping[str, str] | None = None) -> Path | None:
    """Return where what can be read again belongs; None without a home directory."""
    return _base("XDG_CACHE_HOME", ".cache", env)


def temporary_dir() -> Path:
    """Return this user's own folder below the system's temporary directory; not created."""
    return Path(tempfile.gettempdir()) / f"{APPLICATION}-{os.geteuid()}"


def first_writable(candidates: Iterable[Path | None]) -> Path | None:
    """Return the first folder that can be written to, created with mode 0700 where it is absent.

    A folder in a place that others can write to is taken only if it belongs to this user and nobody
    else may write into it.

    Args:
        candidates: In order of preference; None is passed over.

    Returns:
        The folder, or None where no candidate will do.
    """
    return next((one for one in candidates if one is not None and _is_usable(one)), None)


def writable_state_dir(env: Mapping[str, str] | None = None) -> Path | None:
    """Return a folder for state that can be written to: `state_dir`, else the temporary folder."""
    return first_writable((state_dir(env), temporary_dir()))


def _base(variable: str, below_home: str, env: Mapping[str, str] | None) -> Path | None:
    environment = os.environ if env is None else env
    # The specification has relative paths ignored.
    for folder in (environment.get(variable, ""), _below(environment.get("HOME", ""), below_home)):
        if os.path.isabs(folder):
            return Path(folder) / APPLICATION
    return None


def _below(home: str, folder: str) -> str:
    return os.path.join(home, folder) if home else ""


def _is_usable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    is_own = stat.S_ISDIR(status.st_mode) or folder.is_dir()
    if folder.parent == Path(tempfile.gettempdir()):
        is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return is_own and os.access(folder, os.W_OK | os.X_OK)
