"""Alarms of the catalogue for the sandbox's stack, and the states that they went through before the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.alarms import load_alarms
from tui.sandbox.alarms import AlarmBook
from tui.sandbox.world import Stack, World

_SINCE_S = 46 * 3600
_STEP_S = 60


def play(book: AlarmBook, alarms: list[Any], now: int) -> None:
    """Evaluate alarms minute by minute over the history."""
    if alarms:
        for at in range((now - _SINCE_S) // _STEP_S * _STEP_S, now + 1, _STEP_S):
            book.evaluate(alarms, at)


def definitions(world: World, stack: Stack, alarms: Mapping[str, float | None]) -> dict[str, dict[str, Any]]:
    """Return alarms by name, with their parameters as moto's backend takes them."""
    names = world.settings.names
    dimensions = {
        "service": {"ClusterName": names.cluster, "ServiceName": names.service},
        "database": {"DBInstanceIdentifier": names.database},
        "load_balancer": {"LoadBalancer": stack.balancer},
    }
    catalogue = load_alarms().alarms
    found: dict[str, dict[str, Any]] = {}
    for name, threshold in alarms.items():
        spec = catalogue[name]
        found[name] = {
            "namespace": spec.namespace,
            "metric_name": spec.name,
            "comparison_operator": spec.comparison,
            "evaluation_periods": spec.evaluations,
            "datapoints_to_alarm": spec.datapoints,
            "period": int(spec.period),
            "threshold": float(spec.threshold if threshold is None else threshold),
            "statistic": spec.statistic,
            "description": spec.description,
            "alarm_actions": [],
            "treat_missing_data": spec.missing,
            "dimensions": [{"Name": key, "Value": value} for key, value in dimensions[spec.resource].items()],
        }
    return found
