"""Adds up what speaks for each probable cause of a breach. The points are those of docs/triage.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.domain.units import age_text, clock_text, value_text
from tui.triage.changes import SKEW_S, change_text, is_change, nearest
from tui.triage.databasesigns import idle_text
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.logpatterns import NewPattern
from tui.triage.material import Cause, CauseKind, Material, Moved, Sign
from tui.triage.movement import Move
from tui.triage.scaleout import AIM, load_of

LEAST: Final = 4
"""A cause is shown from so many points on."""
NEAR_S: Final = 600.0
"""A change so shortly before the start counts two points, one up to half an hour."""
_HALF_HOUR_S: Final = 1800.0
SURGE: Final = 1.4
"""Requests rose where they are so many times what they were."""
LEAK_POINTS: Final = 8.0
"""Percentage points that memory must have climbed."""
_FIRST_S: Final = 180.0
_FEW_SESSIONS: Final = 3
_ERRORS: Final = ("alb.error_rate", "alb.errors", "alb.target_5xx", "alb.elb_5xx")
_STORAGE: Final = ("rds.free_storage_percent", "rds.free_storage")
_TIMES: Final = ("alb.response_time", "alb.response_time_p95", "alb.response_time_p99")
_DISK: Final = ("rds.read_latency", "rds.write_latency", "rds.disk_queue_depth")

SYMPTOMS: Final[dict[CauseKind, tuple[str, ...]]] = {
    CauseKind.DEPLOYMENT: (*_ERRORS, "state.rollout", "state.tasks", "state.targets", "ecs.running_tasks"),
    CauseKind.TRAFFIC: ("ecs.cpu", "alb.requests", *_TIMES),
    CauseKind.DATABASE: ("rds.cpu", *_TIMES, *_DISK),
    CauseKind.MEMORY_LEAK: ("ecs.memory", "state.tasks"),
    CauseKind.STORAGE: (*_STORAGE, "state.database"),
    CauseKind.CONNECTIONS: ("rds.connections",),
    CauseKind.APPLICATION: _ERRORS,
}
"""The breaches of which each kind of cause is the likely one: a point for it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the causes are judged by.

    Attributes:
        material: What is known.
        start_s: When the breach's metric began to change.
        own: Its move; None where it has none.
        moves: What else moved.
        entries: What happened, in order of time.
        change: The last change before the start.
        patterns: New log patterns.
    """

    material: Material
    start_s: float
    own: Move | None
    moves: tuple[Moved, ...]
    entries: tuple[TimelineEntry, ...]
    change: TimelineEntry | None
    patterns: tuple[NewPattern, ...]

    def move(self, *metrics: str) -> tuple[str, str, Move, float] | None:
        """Return (title, unit, move, lag) of the first of some metrics that moved, the breached one too."""
        for metric in metrics:
            if metric == self.material.metric and self.own is not None:
                spec = self.material.specs[metric]
                return spec.title, str(spec.unit), self.own, 0.0
            found = next((one for one in self.moves if one.metric == metric), None)
            if found is not None:
                return found.title, found.unit, found.move, found.lag_s
        return None

    def rose(self, *metrics: str) -> tuple[str, str, Move, float] | None:
        """Return the same where it rose."""
        for metric in metrics:
            found = self.move(metric)
            if found is not None and found[2].is_up:
                return found
        return None

    @property
    def surge(self) -> tuple[str, str, Move, float] | None:
        """The rise of requests; None where they did not rise by 40 %."""
        found = self.rose("alb.requests")
        return found if found is not None and (found[2].ratio or SURGE) >= SURGE else None

    @property
    def load(self) -> float | None:
        """CPU that the surge would take of the tasks that run, percent; None where either did not rise."""
        cpu, surge = self.rose("ecs.cpu"), self.surge
        return load_of(cpu[2], surge[2]) if cpu is not None and surge is not None else None


def probable(scene: Scene) -> tuple[Cause, ...]:
    """Return the causes that reach four points, the likeliest first."""
    found = [
        _memory_leak(scene),
        _storage(scene),
        _connections(scene),
        _traffic(scene),
        _database(scene),
        _deployment(scene),
        _application(scene),
    ]
    judged = [_with_symptom(scene, one) for one in found if one is not None]
    return tuple(sorted((one for one in judged if one.points >= LEAST), key=lambda one: -one.points))


def _with_symptom(scene: Scene, cause: Cause) -> Cause:
    breach = scene.material.metric or scene.material.finding.id
    if breach not in SYMPTOMS[cause.kind]:
        return cause
    sign = Sign(1, "it is a usual cause of this breach")
    return Cause(cause.kind, cause.title, (*cause.signs, sign), cause.change)


def _memory_leak(scene: Scene) -> Cause | None:
    found = scene.rose("ecs.memory")
    if found is None or not found[2].is_ramp or found[2].after - found[2].before < LEAK_POINTS:
        return None
    move = found[2]
    per_hour = 3600 * (move.after - move.before) / max(1.0, move.until_s - move.onset_s)
    left = _left(move, 100.0 - move.after)
    signs = [Sign(4, f"task memory climbs {per_hour:.1f} points an hour: {_said(scene, found)}{left}")]
    change = _near(scene, move, (Kind.DEPLOYMENT, Kind.ACTION))
    if change is not None:
        signs.append(Sign(2, f"the climb begins with {_change_text(scene, change, move.onset_s)}"))
    if scene.surge is None:
        signs.append(Sign(1, "requests did not rise with it"))
    if any("OutOfMemory" in one or "out of memory" in one.lower() for one in scene.material.stopped):
        signs.append(Sign(1, f"a task ran out of memory: {scene.material.stopped[0]}"))
    return Cause(CauseKind.MEMORY_LEAK, "Memory leak in the application", tuple(signs), change)


def _storage(scene: Scene) -> Cause | None:
    found = scene.move(*_STORAGE)
    if found is None or found[2].is_up:
        return None
    move = found[2]
    left = _left(move, move.after) if move.is_ramp else ""
    signs = [Sign(4, f"free storage falls: {_said(scene, found)}{left}")]
    change = _near(scene, move, (Kind.DEPLOYMENT, Kind.ACTION, Kind.CHANGE))
    if change is not None:
        signs.append(Sign(2, f"it begins with {_change_text(scene, change, move.onset_s)}"))
    return Cause(CauseKind.STORAGE, "Something fills the database's storage", tuple(signs), change)


def _connections(scene: Scene) -> Cause | None:
    found = scene.rose("rds.connections")
    idle = scene.material.database.idle
    if found is None and idle < _FEW_SESSIONS:
        return None
    signs = []
    if found is not None:
        signs.append(Sign(3, f"connections rose: {_said(scene, found)}"))
        if scene.surge is None:
            signs.append(Sign(1, "requests did not rise with them"))
    if idle:
        points = 2 if idle >= _FEW_SESSIONS else 1
        signs.append(Sign(points, idle_text(scene.material.database)))
    onset_s = found[2].onset_s if found is not None else scene.start_s
    change = _near(scene, found[2] if found is not None else None, None)
    if change is not None and found is not None:
        signs.append(Sign(1, f"it begins with {_change_text(scene, change, onset_s)}"))
    return Cause(CauseKind.CONNECTIONS, "Connections are opened and not given back", tuple(signs), change)


def _traffic(scene: Scene) -> Cause | None:
    found = scene.surge
    if found is None:
        return None
    _, _, move, lag_s = found
    signs = [Sign(3, f"requests rose: {_said(scene, found)}")]
    if lag_s <= _FIRST_S:
        signs.append(Sign(2, "they moved first, or with the breach"))
    else:
        signs.append(
            Sign(-2, f"they moved {age_text(lag_s)} after the breach: a consequence, retries perhaps")
        )
    followed = scene.rose("ecs.cpu") or scene.rose("rds.cpu")
    if followed is not None:
        signs.append(Sign(1, f"{followed[0]} followed: {_said(scene, followed)}"))
    if scene.load is not None and scene.load > AIM:
        more = f"{scene.load / AIM:.1f} times the tasks"
        signs.append(Sign(0, f"at {AIM:.0f} % CPU each, this load wants {more}"))
    return Cause(CauseKind.TRAFFIC, f"More traffic: ×{move.ratio or 0:.1f} requests", tuple(signs))


def _database(scene: Scene) -> Cause | None:
    known = scene.material.database
    grew = next((one for one in known.statements if one.has_grown), None)
    cpu, disk = scene.rose("rds.cpu"), scene.rose(*_DISK)
    if cpu is None and disk is None and grew is None:
        return None
    signs = []
    if cpu is not None:
        signs.append(Sign(2, f"database CPU rose: {_said(scene, cpu)}"))
    if disk is not None:
        signs.append(Sign(1, f"{disk[0]} rose: {_said(scene, disk)}"))
    times = scene.rose(*_TIMES)
    surge = scene.surge
    if times is not None and surge is None:
        signs.append(Sign(2, f"responses take longer while requests did not rise: {_said(scene, times)}"))
    if surge is not None and surge[3] <= _FIRST_S:
        signs.append(Sign(-3, "requests rose first: the load explains it"))
    top = max(known.statements, key=lambda one: one.points, default=None)
    if top is not None and top.points:
        name = f"“{top.text}”" if top.text else f"statement {top.query_id}"
        signs.append(Sign(top.points, f"{name}: {top.evidence}"))
    if known.missing_index:
        signs.append(Sign(2, known.missing_index))
    change = scene.change
    if change is not None and change.at_s >= scene.start_s - _HALF_HOUR_S:
        signs.append(Sign(1, f"it follows {_change_text(scene, change, scene.start_s)}"))
    else:
        change = None
    return Cause(CauseKind.DATABASE, "The database takes longer for its statements", tuple(signs), change)


def _deployment(scene: Scene) -> Cause | None:
    change = _near(scene, None, (Kind.DEPLOYMENT, Kind.ACTION))
    if change is None:
        return None
    gap = abs(scene.start_s - change.at_s)
    signs = [Sign(2 if gap <= NEAR_S else 1, f"it precedes: {_change_text(scene, change, scene.start_s)}")]
    errors = scene.rose(*_ERRORS)
    if errors is not None and errors[2].onset_s >= change.at_s - 120:
        signs.append(Sign(3, f"{errors[0]} rose after it: {_said(scene, errors)}"))
    pattern = next((one for one in scene.patterns if one.is_error and one.is_new), None)
    if pattern is not None and pattern.first_s >= change.at_s - 120:
        signs.append(Sign(1, f"a new error since: “{pattern.text[:120]}”, {pattern.evidence}"))
    if scene.material.finding.id in ("state.rollout", "state.targets", "state.tasks"):
        signs.append(Sign(2, f"its tasks do not hold: {scene.material.finding.sentence}"))
    elif scene.material.stopped:
        signs.append(Sign(1, f"tasks stopped: {scene.material.stopped[0]}"))
    surge = scene.surge
    if surge is not None and surge[3] <= _FIRST_S:
        signs.append(Sign(-2, "requests rose first"))
    return Cause(CauseKind.DEPLOYMENT, f"The last change: {change_text(change)}", tuple(signs), change)


def _application(scene: Scene) -> Cause | None:
    errors = scene.rose(*_ERRORS)
    if errors is None:
        return None
    signs = [Sign(2, f"{errors[0]} rose: {_said(scene, errors)}")]
    pattern = next((one for one in scene.patterns if one.is_error and one.is_new), None)
    if pattern is not None:
        signs.append(Sign(1, f"a new error in the log: “{pattern.text[:120]}”, {pattern.evidence}"))
    return Cause(CauseKind.APPLICATION, "The application, or a service that it calls, fails", tuple(signs))


def _left(move: Move, room: float) -> str:
    """Return how long a ramp can go on before what is left is used up, as the end of a sentence."""
    per_s = abs(move.after - move.before) / max(1.0, move.until_s - move.onset_s)
    return f"; at this rate it is used up in {age_text(room / per_s)}" if room > 0 and per_s else ""


def _near(scene: Scene, move: Move | None, kinds: Sequence[Kind] | None) -> TimelineEntry | None:
    """Return the change closest to where a move begins, of some kinds only; the first kind is preferred.

    It happened at most half an hour before the earliest moment at which the move may have begun, and not
    after the latest.
    """
    move = move or scene.own
    span = (move.early_s, move.late_s) if move is not None else (scene.start_s, scene.start_s)
    moment_s = move.onset_s if move is not None else scene.start_s
    near = [
        one
        for one in scene.entries
        if is_change(one)
        and (kinds is None or one.kind in kinds)
        and span[0] - _HALF_HOUR_S <= one.at_s <= span[1] + SKEW_S
    ]
    return nearest(near, moment_s, kinds[0] if kinds else None)


def _change_text(scene: Scene, change: TimelineEntry, moment_s: float) -> str:
    gap_s = moment_s - change.at_s
    when = (
        "at the same time"
        if abs(gap_s) < 90
        else (f"{age_text(abs(gap_s))} {'before' if gap_s > 0 else 'after'} the start")
    )
    who = f" by {change.who}" if change.who else ""
    return f"{change_text(change)}{who} at {clock_text(change.at_s, scene.material.now_s)}, {when}"


def _said(scene: Scene, found: tuple[str, str, Move, float]) -> str:
    _, unit, move, lag_s = found
    z = f"{abs(move.z):.0f} times its usual spread"
    when = "" if abs(lag_s) < 90 else f", {age_text(abs(lag_s))} {'after' if lag_s > 0 else 'before'} it"
    return f"{value_text(move.before, unit)} → {value_text(move.after, unit)}, {z}{when}"
