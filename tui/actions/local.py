"""Files that an action writes on this machine: never over another one, and taken away only unchanged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tui.actions.protocol import Context
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.plan import Progress, State

LOCAL: Final = "local"
"""What requests to this machine name as their service."""


def call(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out a request: write_file (path, text), remove_file (path, digest).

    Raises:
        SourceError: The file cannot be written, is there already, or is not as it was written.
    """
    path = Path(str(params["path"]))
    try:
        if method == "write_file":
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(made, "w", encoding="utf-8") as file:
                file.write(str(params["text"]))
                file.flush()
                os.fsync(file.fileno())
        elif method == "remove_file":
            if digest(path.read_text(encoding="utf-8")) != params["digest"]:
                raise SourceError(
                    ErrorKind.INVALID, f"{path} was changed since it was written.", "Remove it yourself."
                )
            path.unlink()
        else:
            raise KeyError(method)
    except OSError as error:
        raise SourceError(ErrorKind.INVALID, f"{path}: {error.strerror}.", "Name another file.") from error
    return {}


def digest(text: str) -> str:
    """Return what a text is known by."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def file(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a file is as it was written (digest None: gone); params: path, digest."""
    path, wanted = Path(str(params["path"])), params["digest"]
    try:
        now = digest(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        now = None
    except (OSError, UnicodeDecodeError) as error:
        return Progress(State.FAILED, f"{path} cannot be read: {error}")
    if now == wanted:
        return Progress(State.DONE, f"{path} is {'gone' if wanted is None else 'written'}")
    return Progress(State.FAILED, f"{path} is {'there' if now else 'not there'}, and not as it was written")
