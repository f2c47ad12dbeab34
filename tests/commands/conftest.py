"""Fixtures of the commands' tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder for a sandbox's own: PostgreSQL may run as another user, who cannot enter pytest's."""
    with tempfile.TemporaryDirectory(prefix="cwtop-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
