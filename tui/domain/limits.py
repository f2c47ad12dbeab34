"""The limits in force for one metric of one resource."""

from __future__ import annotations

from typing import Final

from config.levels import Threshold
from config.schema import Config, MetricSpec, ThresholdSpec
from tui.domain.snapshots import PostgresSnapshot

CONNECTIONS_METRIC: Final = "DatabaseConnections"
"""CloudWatch's name of the metric that is also limited by the server's max_connections."""
WARNING_SHARE: Final = 0.70
CRITICAL_SHARE: Final = 0.85
"""Shares of max_connections, as the operations guide sets them."""


def effective(
    config: Config, spec: MetricSpec, resource: str, postgres: PostgresSnapshot | None
) -> Threshold | None:
    """Return the limits for a metric of a resource; None if it has none.

    The defaults, overridden field by field for the resource, and for connections lowered to 70 % and
    85 % of the real max_connections where the server could be asked.
    """
    base = config.thresholds.get(spec.id)
    override = config.overrides.get(resource, {}).get(spec.id)
    chosen = _overridden(base, override)
    if chosen is None:
        return None
    threshold = Threshold(chosen.warning, chosen.critical, chosen.goal, chosen.below)
    is_limited = spec.name == CONNECTIONS_METRIC and postgres is not None and postgres.database == resource
    if is_limited and postgres is not None and postgres.max_connections > 0:
        return limited_by(threshold, postgres.max_connections)
    return threshold


def limited_by(threshold: Threshold, max_connections: int) -> Threshold:
    """Return the limits, none above its share of max_connections; the goal shrinks with the warning."""
    warning, critical, goal = threshold.warning, threshold.critical, threshold.goal
    if critical is not None:
        critical = min(critical, CRITICAL_SHARE * max_connections)
    if warning is not None:
        lowered = min(warning, WARNING_SHARE * max_connections)
        if goal is not None and warning > 0:
            goal *= lowered / warning
        warning = lowered
    # Figures of one's own may put the warning above the critical limit's share.
    if warning is not None and critical is not None:
        warning = min(warning, critical)
    if goal is not None and warning is not None:
        goal = min(goal, warning)
    return Threshold(warning, critical, goal, threshold.below)


def _overridden(base: ThresholdSpec | None, override: ThresholdSpec | None) -> ThresholdSpec | None:
    if base is None or override is None:
        return override or base
    named = {name: getattr(override, name) for name in override.model_fields_set}
    return base.model_copy(update=named)
