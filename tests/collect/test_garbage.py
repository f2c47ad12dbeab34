"""Garbage collection waits for the end of loading, and leaves out what was loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui.collect.store import Store
from tui.domain.errors import ErrorKind, SourceError
from tui.garbage import postpone


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_collection_waits_until_every_source_answered_or_failed() -> None:
    store = Store()
    store.update("ecs", notify=False, period_s=20.0)
    store.update("rds", notify=False, period_s=30.0)
    postpone(store)
    assert not gc.isenabled()
    store.succeed("ecs", object(), 0.0, 0.0)
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
    store.fail("rds", SourceError(ErrorKind.TIMEOUT, "No answer.", ""), 0.0, 0.0)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_it_freezes_once() -> None:
    store = Store()
    store.update("ecs", notify=False, period_s=20.0)
    postpone(store)
    store.succeed("ecs", object(), 0.0, 0.0)
    gc.disable()
    store.succeed("ecs", object(), 1.0, 0.0)
    assert not gc.isenabled()
