"""The breaches of an incident from its metrics' points: of whole periods, with times nobody saw. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from config.levels import Level
from config.schema import Config
from tui.domain.assess import Assessment
from tui.domain.episodes import Episode, episodes
from tui.domain.findings import PaneId, Resolved
from tui.domain.health import titled
from tui.domain.series import settled
from tui.domain.units import limit_text, value_text
from tui.triage.incident import Breach, Incident, Sighting, incident_id
from tui.triage.recorder import sighting_of

SAME_S = 300.0
"""A breach as it was seen and as it is in the points may differ by this much, seconds."""


def breaches_of(assessment: Assessment, config: Config, start_s: float) -> tuple[Breach, ...]:
    """Return the breaches of a period that goes on to the present, in order of their opening.

    Those of metrics come from their points; those read by Describe are known only where they go on.

    Args:
        assessment: Of points of 60 s that reach back beyond the start.
        config: What is watched and by what rule.
        start_s: Epoch seconds; what had closed before is left out.
    """
    found = [
        _breach(config, one, episode)
        for one in assessment.resolved.values()
        for episode in _episodes(assessment, config, one)
        if episode.closed_s is None or episode.closed_s > start_s
    ]
    for finding in assessment.health.findings:
        if finding.level.is_breach and (finding.id, finding.resource) not in assessment.resolved:
            # The one look that there was is no opening.
            seen = replace(
                sighting_of(finding, assessment, config),
                is_from_start=finding.since_s is None or finding.since_s >= assessment.at_s - 1,
            )
            opened_s = finding.since_s if finding.since_s is not None else assessment.at_s
            found.append(Breach(seen, seen.level, opened_s, is_opening_known=not seen.is_from_start))
    return tuple(sorted(found, key=lambda one: (one.opened_s, one.key)))


def incident_of(breaches: Iterable[Breach], kept: Incident | None, at_s: float) -> Incident | None:
    """Return the breaches of a period, and those that a console has seen besides, as an incident.

    Args:
        breaches: From the points.
        kept: What a console kept of the period; None for nothing.
        at_s: When it was judged, epoch seconds.
    """
    found = list(breaches)
    by_key = {one.key: at for at, one in enumerate(found)}
    for one in kept.breaches if kept is not None else ():
        at = by_key.get(one.key)
        if at is None and one.closed_s is None and kept is not None:
            # It has closed since, and nobody looked.
            found.append(replace(one, closed_s=at_s, unseen_s=kept.seen_s))
        elif at is None:
            found.append(one)
        elif one.closed_s is None and not found[at].is_opening_known:
            found[at] = replace(one, level=found[at].level)
    if not found:
        return None
    found.sort(key=lambda one: (one.opened_s, one.key))
    opened_s = found[0].opened_s
    if kept is None:
        return Incident(incident_id(opened_s), opened_s, tuple(found), at_s)
    return replace(kept, opened_s=opened_s, breaches=tuple(found), seen_s=at_s)


def refined(incident: Incident, assessment: Assessment, config: Config) -> Incident:
    """Return an incident with the times and worst values that nobody saw, as its metrics' points tell them.

    Args:
        incident: As the console saw it.
        assessment: Of points of 60 s that reach back beyond its start.
        config: What is watched and by what rule.
    """
    breaches = tuple(_refined(one, assessment, config) for one in incident.breaches)
    return replace(incident, breaches=breaches, opened_s=min(one.opened_s for one in breaches))


def _episodes(assessment: Assessment, config: Config, one: Resolved) -> Iterator[Episode]:
    spec = config.metrics.get(one.metric)
    if spec is None or spec.source == "state" or spec.hidden or one.threshold is None:
        return
    until_s = assessment.settled_until_s
    firm = settled(one.series, until_s) if until_s is not None else one.series
    yield from episodes(firm, one.threshold, config.judgement)


def _breach(config: Config, one: Resolved, episode: Episode) -> Breach:
    spec, limits = config.metrics[one.metric], one.threshold
    assert limits is not None  # noqa: S101 - an episode has limits
    is_critical = episode.level is Level.CRITICAL and limits.critical is not None
    panes: dict[str, PaneId] = {"service": "ecs", "database": "rds", "load_balancer": "alb"}
    name = titled(spec, panes[spec.resource])
    said = f"{name} {value_text(episode.worst, spec.unit)} ({limit_text(limits, episode.level, spec.unit)})"
    seen = Sighting(
        one.metric,
        one.resource,
        episode.level,
        said,
        episode.opened_s,
        spec.title,
        spec.unit,
        episode.worst,
        limits.critical if is_critical else limits.warning,
        limits.below,
        episode.is_from_start,
    )
    level = one.level if episode.closed_s is None and one.level is not None else Level.OK
    return Breach(
        seen,
        level if level.is_breach else episode.level,
        episode.opened_s,
        episode.closed_s,
        not episode.is_from_start,
        # The points broke off: whether it went on is not known.
        episode.closed_s if episode.is_cut else None,
    )


def _refined(breach: Breach, assessment: Assessment, config: Config) -> Breach:
    one = assessment.resolved.get(breach.key)
    end_s = breach.closed_s if breach.closed_s is not None else assessment.at_s
    fitting = [
        episode
        for episode in (_episodes(assessment, config, one) if one is not None else ())
        if episode.opened_s <= end_s + SAME_S and (episode.closed_s or end_s) >= breach.opened_s
    ]
    if not fitting:
        return breach
    worst = breach.worst
    pick = min if worst.below else max
    value = pick(
        known for known in (worst.value, *(episode.worst for episode in fitting)) if known is not None
    )
    breach = replace(breach, worst=replace(worst, value=value))
    if not breach.is_opening_known and not fitting[0].is_from_start:
        breach = replace(breach, opened_s=fitting[0].opened_s, is_opening_known=True)
    closed_s = fitting[0].closed_s
    if breach.unseen_s is not None and closed_s is not None and not fitting[0].is_cut:
        breach = replace(breach, closed_s=closed_s, unseen_s=None)
    return breach
