"""Adds a query to the user's file, leaving what else stands there as it is."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from config.queries import load_queries, user_file

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def save_query(name: str, text: str, path: Path | None = None) -> Path:
    """Append a query to the user's file and return its path; blocks.

    Args:
        name: Letters, digits, - and _.
        text: The query.
        path: Instead of the user's file.

    Raises:
        ValueError: The name does not do, or is taken in the file, or the text is empty.
        OSError: The file cannot be written.
    """
    path = path or user_file()
    if path is None:
        raise ValueError("there is no home directory for it")
    if not _NAME.fullmatch(name):
        raise ValueError("the name takes letters, digits, - and _")
    if not text.strip():
        raise ValueError("the query is empty")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(rf"^{re.escape(name)}\s*:", before, re.MULTILINE):
        raise ValueError(f"{name} is in {path} already; choose another name")
    # Tabs indent no YAML, and the block keeps every other character as it is.
    lines = "".join(f"    {line}\n" for line in text.expandtabs(4).strip().splitlines())
    entry = f"{name}:\n  title: {name}\n  text: |\n{lines}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    separator = "" if not before or before.endswith("\n") else "\n"
    # Written beside and renamed: a full disk leaves the old file whole.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(before + separator + entry)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    if name not in load_queries(path).queries:
        raise ValueError(f"{path} is not in order; `cwtop query --list` says where")
    return path
