"""Follows breaches from their opening to their end, with the worst value there was, as timeline entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from config.levels import Level, Threshold
from config.schema import Config
from tui.domain.assess import Assessment
from tui.domain.findings import Finding, Resolved
from tui.domain.health import titled
from tui.domain.inputs import FindingKey
from tui.domain.units import limit_text, value_text
from tui.triage.entry import Kind, TimelineEntry


class _Worst(NamedTuple):
    value: float
    at_s: float


class BreachTrack:
    """One entry a breach: its key stays the same from the opening until it closes.

    What was breached before the first look stands at the time since when it was. A breach that cannot be
    judged for a while goes on.
    """

    def __init__(self) -> None:
        self._open: dict[FindingKey, TimelineEntry] = {}
        self._worst: dict[FindingKey, _Worst] = {}

    def take(self, config: Config, assessment: Assessment) -> list[TimelineEntry]:
        """Return the entries that have begun, changed or ended with an assessment."""
        told = assessment.trackers.told
        changed = []
        for key in [key for key in self._open if key not in told]:
            entry = self._open.pop(key)
            self._worst.pop(key, None)
            changed.append(replace(entry, until_s=max(entry.at_s, assessment.at_s)))
        for key, finding in told.items():
            old = self._open.get(key)
            entry = self._entry(config, assessment, finding, old)
            if entry != old:
                self._open[key] = entry
                changed.append(entry)
        return changed

    def _entry(
        self, config: Config, assessment: Assessment, finding: Finding, old: TimelineEntry | None
    ) -> TimelineEntry:
        since_s = finding.since_s if finding.since_s is not None else assessment.at_s
        at_s = old.at_s if old is not None else since_s
        level = finding.level
        if old is not None and old.level is not None and old.level.rank > level.rank:
            level = old.level
        metric = assessment.resolved.get((finding.id, finding.resource))
        title, detail = finding.sentence, finding.sentence
        if metric is not None and metric.threshold is not None and finding.id in config.metrics:
            title, detail = self._worst_texts(config, metric, metric.threshold, level, (finding, at_s))
        return TimelineEntry(
            old.key if old is not None else f"breach:{finding.id}:{finding.resource}:{at_s:.0f}",
            at_s,
            Kind.BREACH,
            title,
            resource=finding.resource,
            pane=finding.pane,
            level=level,
            metric=finding.id if finding.id in config.metrics else "",
            detail=detail,
        )

    def _worst_texts(
        self, config: Config, metric: Resolved, limits: Threshold, level: Level, which: tuple[Finding, float]
    ) -> tuple[str, str]:
        finding, at_s = which
        spec = config.metrics[finding.id]
        name = titled(spec, finding.pane) if finding.pane is not None else spec.title
        worst = self._find_worst(metric, limits.below, at_s)
        limit = limit_text(limits, level, spec.unit)
        if worst is None:
            return f"{name} ({limit})", finding.sentence
        figure = value_text(worst.value, spec.unit)
        when = datetime.fromtimestamp(worst.at_s).astimezone().strftime("%H:%M")
        warning, critical = (limit_text(limits, one, spec.unit) for one in (Level.WARNING, Level.CRITICAL))
        sides = ", ".join(
            f"{word} {text}" for word, text in (("warning", warning), ("critical", critical)) if text
        )
        return f"{name} {figure} at worst ({limit})", f"Worst {figure} at {when}. Limits: {sides}."

    def _find_worst(self, metric: Resolved, is_below: bool, at_s: float) -> _Worst | None:
        """Return the worst value of a breach; what has left the window is remembered."""
        key = (metric.metric, metric.resource)
        points: Iterable[_Worst] = (
            _Worst(value, at)
            for at, value in zip(metric.series.times, metric.series.values, strict=True)
            # A point of a longer period may have begun before the breach did.
            if at + metric.series.period_s > at_s
        )
        known = [self._worst[key]] if key in self._worst else []
        pick = min if is_below else max
        found = pick([*known, *points], key=lambda one: one.value, default=None)
        if found is None and metric.latest is not None:
            found = _Worst(metric.latest, at_s)
        if found is not None:
            self._worst[key] = found
        return found
