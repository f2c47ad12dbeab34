"""Fixtures of the screens' tests: the sandbox's gate, and the time zone of every screen."""

from __future__ import annotations

import time
from collections.abc import Iterator

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


@pytest.fixture
def gate(sandbox: Sandbox) -> Iterator[Control]:
    """The sandbox's gate, without rules and counts before and without rules after."""
    control = Control(sandbox.endpoint_url)
    control.clear()
    control.reset_calls()
    yield control
    control.clear()
