"""An earlier day's snapshot as the series that charts lay behind the live ones."""

from __future__ import annotations

from collections.abc import Mapping

from config.schema import Config
from tui.domain.derive import Known, resolve
from tui.domain.snapshots import AlbSnapshot, EcsSnapshot, MetricsSnapshot, RdsSnapshot, Series


def comparison_series(
    config: Config,
    earlier: MetricsSnapshot,
    period_s: int,
    *,
    ecs: EcsSnapshot | None,
    rds: RdsSnapshot | None,
    alb: AlbSnapshot | None,
) -> Mapping[tuple[str, str], Series]:
    """Return the earlier series by (metric id, resource), derived metrics included.

    Args:
        config: What is watched.
        earlier: Series at their original times.
        period_s: Period of the points, seconds.
        ecs: What is described now, for what derived metrics need besides series.
        rds: As above: a share of storage is of the storage allocated now.
        alb: As above.
    """
    known = Known(metrics=earlier, ecs=ecs, rds=rds, alb=alb)
    resolved = resolve(config, known, period_s)
    return {
        key: one.series
        for key, one in resolved.items()
        if len(one.series) and config.metrics[key[0]].source != "state"
    }
