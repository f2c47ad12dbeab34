"""Writing a user's file so that it is whole at every moment, and its owner's alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(file: Path, text: str) -> None:
    """Write a file beside the old one and put it in its place, mode 0600; a link stays one.

    Raises:
        OSError: It cannot be written; the old one is as it was.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Dotfiles are often links to where they are kept.
    target = file.resolve()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
