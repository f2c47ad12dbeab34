"""What was not measured or not read, as timeline entries: holes in the metrics, gaps of the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.levels import Level
from config.schema import Config
from tui.domain.health import lasting
from tui.domain.loggaps import gap_text
from tui.domain.snapshots import LogBatch, MetricsSnapshot, Series
from tui.domain.targets import PANES
from tui.triage.entry import Kind, TimelineEntry

SHORTEST: Final = 3
"""Points of a minute that must lack in a row: one or two are CloudWatch being late."""
DENSE: Final = 0.8
"""Share of points that must be there: what is published now and then has no gaps."""
LOOK_BACK_S: Final = 3 * 3600
"""Only this much is looked through; an older hole has been told."""

_PERIOD_S: Final = 60


def metric_gaps(snapshot: MetricsSnapshot, config: Config) -> Iterator[TimelineEntry]:
    """Yield the holes within series of one-minute points; those of one resource at one time together.

    A series that begins in the middle has no hole before its beginning, and one that has ended is unknown,
    not a hole: it is judged as such.
    """
    found: dict[tuple[str, int, int], list[str]] = {}
    for key, series in snapshot.series.items():
        if key.period_s == _PERIOD_S and not key.part and key.metric in config.metrics:
            for start, end in holes(series):
                metrics = found.setdefault((key.resource, start, end), [])
                if key.metric not in metrics:
                    metrics.append(key.metric)
    for (resource, start, end), metrics in found.items():
        titles = [config.metrics[one].title for one in metrics]
        shown = ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
        yield TimelineEntry(
            f"gap:{resource}:{start}:{metrics[0]}",
            float(start),
            Kind.GAP,
            f"No data for {lasting(end - start)}: {shown}",
            resource=resource,
            pane=PANES[config.metrics[metrics[0]].resource],
            level=Level.UNKNOWN,
            until_s=float(end),
            metric=metrics[0],
            detail="\n".join(titles),
        )


def holes(series: Series) -> list[tuple[int, int]]:
    """Return (start, end) of the stretches that lack within a dense series, epoch seconds."""
    times = series.times
    if not times:
        return []
    first = next((at for at, time in enumerate(times) if time >= times[-1] - LOOK_BACK_S), 0)
    span = (times[-1] - times[first]) // series.period_s + 1
    if len(times) - first == span or len(times) - first < DENSE * span:
        return []
    step = series.period_s
    pairs = zip(times[first:], times[first + 1 :], strict=False)
    return [(before + step, after) for before, after in pairs if after - before > SHORTEST * step]


def log_gaps(batch: LogBatch) -> Iterator[TimelineEntry]:
    """Yield the gaps of the log that are open now."""
    for gap in batch.gaps:
        yield TimelineEntry(
            f"gap:log:{gap.id}",
            gap.start_ms / 1000,
            Kind.GAP,
            f"Log {gap.group}: {gap_text(gap)}",
            resource=gap.group,
            level=Level.UNKNOWN,
            until_s=gap.end_ms / 1000,
            detail="Read again when the service allows; then this entry goes.",
        )
