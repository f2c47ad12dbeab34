"""Reads what a plan that adds tasks must know of the database's connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.actions.protocol import Context
from tui.domain.budget import Budget, pool_size
from tui.domain.errors import SourceError
from tui.sources.postgres import PostgresSource

_LOOKED_AT_S: Final = 900
_PERIOD_S: Final = 60


def read_budget(context: Context, definition: Mapping[str, Any], running: int) -> Budget:
    """Return the connection budget of a service; what cannot be read stays unknown.

    A pool size in the environment counts first; else what is measured, shared among the running tasks.

    Args:
        context: For reading.
        definition: The task definition.
        running: Tasks that run now.
    """
    databases = context.config.stack.databases
    if not databases:
        return Budget(None, None)
    most, used = _most(context), _used(context, databases[0])
    pool = pool_size(definition.get("containerDefinitions") or ())
    if pool is not None:
        others = max(0.0, used - pool[0] * running) if used is not None else 0.0
        return Budget(most, float(pool[0]), pool[1], round(others))
    if used is not None and running > 0:
        return Budget(most, round(used / running, 1), "measured now")
    return Budget(most, None)


def _most(context: Context) -> int | None:
    if context.pg is None:
        return None
    source = PostgresSource(context.pg, context.config.stack.databases[0], context.clock)
    try:
        return source.fetch().max_connections
    except SourceError:
        return None


def _used(context: Context, database: str) -> float | None:
    """Return the newest DatabaseConnections; None where there is no point or it may not be read."""
    end = context.clock.now() // _PERIOD_S * _PERIOD_S + _PERIOD_S
    query = {
        "Id": "connections",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/RDS",
                "MetricName": "DatabaseConnections",
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": database}],
            },
            "Period": _PERIOD_S,
            "Stat": "Average",
        },
    }
    try:
        found = context.call(
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=[query],
            StartTime=end - _LOOKED_AT_S,
            EndTime=end,
            ScanBy="TimestampDescending",
        )
    except SourceError:
        return None
    values = (found.get("MetricDataResults") or [{}])[0].get("Values") or ()
    return float(values[0]) if values else None
