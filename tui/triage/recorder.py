"""The incident of this console and the breaches that somebody has taken note of, over a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from config.levels import Level
from config.schema import Config
from tui.domain.assess import Assessment
from tui.domain.findings import Finding, Resolved
from tui.triage.incident import Incident, Sighting, Tick, observe
from tui.triage.record import Cause
from widgets.text import one_line

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mute:
    """A breach that is known: shown, and not told again.

    Attributes:
        level: A worse one is told all the same.
        until_s: Epoch seconds at which a snooze ends; None: until it closes.
    """

    level: Level
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is carried over a restart.

    Attributes:
        incident: The last one, open or over.
        mutes: By (id, resource).
        cause: The explanation that was made of the incident while it went on; None for none.
    """

    incident: Incident | None = None
    mutes: Mapping[Key, Mute] = field(default_factory=dict)
    cause: Cause | None = None


class Recorder:
    """Takes in judgements; lives on the event loop and does no I/O.

    Args:
        kept: What an earlier console of the same stack left.

    Attributes:
        kept: What the next one is to be given; replaced as a whole when it changes.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        self.kept = kept or Kept()

    @property
    def incident(self) -> Incident | None:
        """The incident that goes on, or the last one."""
        return self.kept.incident

    def observe(self, seen: Iterable[Sighting], at_s: float) -> bool:
        """Take in all that is breached; return whether more than the time has changed."""
        sightings = tuple(seen)
        before = self.kept
        incident = observe(before.incident, sightings, at_s)
        levels = {one.key: one.level for one in sightings}
        mutes = {key: one for key, one in before.mutes.items() if _holds(one, levels.get(key), at_s)}
        is_same = incident is not None and before.incident is not None and incident.id == before.incident.id
        self.kept = Kept(incident, mutes, before.cause if is_same else None)
        return mutes != before.mutes or _told(incident) != _told(before.incident)

    def mute(self, finding: Finding, until_s: float | None = None) -> None:
        """Acknowledge a breach until it closes, or snooze it until a time (epoch seconds)."""
        mutes = {**self.kept.mutes, (finding.id, finding.resource): Mute(finding.level, until_s)}
        self.kept = replace(self.kept, mutes=mutes)

    def unmute(self, key: Key) -> bool:
        """Tell of a breach again; False where it was not muted."""
        if key not in self.kept.mutes:
            return False
        self.kept = replace(
            self.kept, mutes={one: mute for one, mute in self.kept.mutes.items() if one != key}
        )
        return True

    def is_muted(self, finding: Finding, now_s: float) -> bool:
        """Whether a finding of this level is not to be told."""
        mute = self.kept.mutes.get((finding.id, finding.resource))
        return mute is not None and _holds(mute, finding.level, now_s)

    def tick(self, step: str, at_s: float) -> bool:
        """Note a runbook step (`tick_id`) as done; False without an incident, or where it was before."""
        incident = self.kept.incident
        if incident is None or any(one.id == step for one in incident.ticked):
            return False
        ticked = (*incident.ticked, Tick(step, at_s))
        self.kept = replace(self.kept, incident=replace(incident, ticked=ticked))
        return True

    def untick(self, step: str) -> bool:
        """Take a tick away; False where there was none."""
        incident = self.kept.incident
        ticked = tuple(one for one in incident.ticked if one.id != step) if incident is not None else ()
        if incident is None or ticked == incident.ticked:
            return False
        self.kept = replace(self.kept, incident=replace(incident, ticked=ticked))
        return True

    def explain(self, cause: Cause) -> bool:
        """Keep an explanation of one of the incident's breaches; False where it is of none, or no news."""
        incident = self.kept.incident
        if incident is None or all(cause.breach != one.key for one in incident.breaches):
            return False
        if cause == self.kept.cause:
            return False
        self.kept = replace(self.kept, cause=cause)
        return True


def sightings(
    assessment: Assessment, config: Config, began: tuple[float, float] | None = None
) -> tuple[Sighting, ...]:
    """Return what is breached by a judgement; what cannot be judged for the moment is still breached.

    Args:
        assessment: The judgement.
        config: What is watched.
        began: When looking began, and when everything had been looked at once, epoch seconds: a state that
            was first seen between the two is older.
    """
    told = assessment.trackers.told.values()
    return tuple(sighting_of(one, assessment, config, began) for one in told)


def sighting_of(
    finding: Finding, assessment: Assessment, config: Config, began: tuple[float, float] | None = None
) -> Sighting:
    """Return one finding as a judgement sees it; see `sightings`."""
    spec = config.metrics.get(finding.id)
    resolved = assessment.resolved.get((finding.id, finding.resource))
    threshold = resolved.threshold if resolved is not None else None
    limit = None
    if threshold is not None:
        is_critical = finding.level is Level.CRITICAL and threshold.critical is not None
        limit = threshold.critical if is_critical else threshold.warning
    return Sighting(
        finding.id,
        finding.resource,
        finding.level,
        one_line(finding.sentence, 500),
        finding.since_s,
        spec.title if spec is not None else "",
        spec.unit if spec is not None else "",
        resolved.latest if resolved is not None else None,
        limit,
        threshold.below if threshold is not None else False,
        _is_from_start(finding, resolved, began),
    )


def _is_from_start(finding: Finding, resolved: Resolved | None, began: tuple[float, float] | None) -> bool:
    """Whether a breach may be older than what is known of it."""
    if finding.since_s is None:
        return True
    if resolved is None:
        return began is not None and began[0] <= finding.since_s <= began[1]
    # Points of a longer period begin up to one period before the breach that they hold.
    series = resolved.series
    return len(series) > 1 and finding.since_s < series.times[0] + series.period_s


def _holds(mute: Mute, level: Level | None, now_s: float) -> bool:
    is_in_time = mute.until_s is None or now_s < mute.until_s
    return level is not None and level.rank <= mute.level.rank and is_in_time


def _told(incident: Incident | None) -> Incident | None:
    return replace(incident, seen_s=0.0) if incident is not None else None
