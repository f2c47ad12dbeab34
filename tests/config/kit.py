"""Writing a configuration and reading it back, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.keymap import Known
from config.loader import ConfigError, Loaded, load


def write(folder: Path, text: str) -> Path:
    """Write a configuration file and return its path."""
    file = folder / "stack.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def read(
    folder: Path, text: str, options: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None
) -> Loaded:
    """Load a file of this text, in an empty environment unless one is given."""
    return load(options, path=write(folder, text), env=env or {})


def problems(
    folder: Path,
    text: str,
    options: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    commands: Known | None = None,
) -> list[str]:
    """Return the problems of a file of this text, its folder left out."""
    file = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(options, path=file, env=env or {}, commands=commands)
    return str(caught.value).replace(f"{folder}/", "").splitlines()
