"""Fixtures of the screens' tests: the sandbox's gate, and the time zone of every screen."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator

import botocore.session
import pytest

from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show the same times on every machine."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def read_models_once() -> Iterator[None]:
    """Read botocore's descriptions of the services once a worker: a quarter of a second for every console."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture
def gate(sandbox: Sandbox) -> Iterator[Control]:
    """The sandbox's gate, without rules and counts before and without rules after."""
    control = Control(sandbox.endpoint_url)
    control.clear()
    control.reset_calls()
    yield control
    control.clear()
