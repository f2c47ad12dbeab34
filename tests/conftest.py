"""Fixtures for all tests: an environment without traces of the machine, and one sandbox per worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tui.sandbox.launcher import Sandbox

# How long an example takes says how busy the machine is: figures are for the bench.
settings.register_profile("cwtop", deadline=None)
settings.load_profile("cwtop")

_FOREIGN = ("AWS_", "PG", "CWTOP_", "SSH_", "BOTO")


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take the machine's AWS, PostgreSQL and cwtop settings away, and give the test a home of its own."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "NO_COLOR", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    # Without these, botocore would look for ~/.aws and ask the instance's metadata service.
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox per worker, scenario slow-query. Tests that change it put back what they changed."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def sandbox_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox, with the variables set that a user would export."""
    for name, value in sandbox.environ.items():
        monkeypatch.setenv(name, value)
    return sandbox
