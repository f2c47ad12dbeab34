"""Alarms that a stack has since long ago: made in moto's backend, with the states they went through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from tui.sandbox.alarm_past import definitions, play
from tui.sandbox.alarms import AlarmBook
from tui.sandbox.world import Stack, World

_AGE_S = 9 * 86_400


def remember(
    world: World, book: AlarmBook, stack: Stack, alarms: Mapping[str, float | None], now: int
) -> None:
    """Make alarms of the catalogue, and evaluate them minute by minute over the history.

    Args:
        world: Its metrics are there up to `now`.
        book: Evaluates them, and keeps their history.
        stack: What they watch.
        alarms: Names in config/alarms.yaml, with a threshold in place of the catalogue's or None.
        now: Epoch seconds.
    """
    backend: Any = cloudwatch_backends[world.settings.account][world.settings.region]
    for name, parameters in definitions(world, stack, alarms).items():
        made = backend.put_metric_alarm(name=name, **parameters)
        book.configured(made, None, now - _AGE_S)
    play(book, [backend.alarms[name] for name in alarms], now)
