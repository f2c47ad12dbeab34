"""The timeline without its screen: fed from the store, narrowed by words and kinds, marked on the charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from config.schema import Config
from tui.collect.hub import Hub
from tui.domain.assess import Assessment
from tui.domain.snapshots import LogBatch
from tui.presenters.timeline import MARKED, TimelineRows, entry_text, heading
from tui.triage.breaches import BreachTrack
from tui.triage.entry import Kind, TimelineEntry
from tui.triage.gaps import log_gaps, metric_gaps
from tui.triage.gather import (
    AlarmTrack,
    change_entries,
    database_entries,
    ecs_entries,
    resources_of,
    scaling_entries,
)
from tui.triage.logbursts import ErrorMinutes
from tui.triage.timeline import Timeline

if TYPE_CHECKING:
    from tui.actions.audit import Run

SOURCES: Final = ("alarm-history", "rds-events", "scaling", "changes")
"""Sources that only the timeline tells the failures of."""
CHOICES: Final[tuple[tuple[str, tuple[Kind, ...]], ...]] = (
    ("all", ()),
    ("breaches and alarms", (Kind.BREACH, Kind.ALARM)),
    ("deployments and changes", (Kind.DEPLOYMENT, Kind.CHANGE, Kind.ACTION, Kind.SCALING)),
    ("services and databases", (Kind.SERVICE, Kind.DATABASE)),
    ("logs and gaps", (Kind.LOG, Kind.GAP)),
)
"""What the key for kinds steps through."""


class TimelineBoard:
    """Keeps the timeline up to date and says what of it is shown.

    Args:
        config: What is watched.
        hub: The sources; their store tells when something is new.

    Attributes:
        timeline: All entries.
        words: Only entries that contain them are listed.
    """

    def __init__(self, config: Config, hub: Hub, *, ascii: bool = False) -> None:
        self.timeline = Timeline()
        self.words = ""
        self._config = config
        self._hub = hub
        self._ascii = ascii
        self._kinds = 0
        self._breaches = BreachTrack()
        self._alarms = AlarmTrack()
        self._minutes = ErrorMinutes()
        self._bursts: frozenset[str] = frozenset()
        self._log_gaps: tuple[Any, ...] = ()
        self._runs: Sequence[Run] = ()
        self._own: frozenset[str] = frozenset()
        self._seen: dict[str, Any] = {}
        self._listed: tuple[tuple[Any, ...], list[TimelineEntry]] | None = None
        self._marks: tuple[tuple[Any, ...], tuple[TimelineEntry, ...]] | None = None
        self._feeds: dict[str, Callable[[Any], None]] = {
            "ecs": lambda one: self._put(ecs_entries(one)),
            "alarms": lambda one: self._put(self._alarms.states(one, config)),
            "alarm-history": lambda one: self._put(self._alarms.history(one, config)),
            "rds-events": lambda one: self._put(database_entries(one)),
            "scaling": lambda one: self._put(scaling_entries(one)),
            "changes": lambda one: self._put(change_entries(one, config, self._own)),
            "metrics": lambda one: self._put(metric_gaps(one, config)),
            "logs": self._take_log,
        }
        hub.store.subscribe(self._on_store)

    # ------------------------------------------------------------ what comes in

    def judged(self, assessment: Assessment) -> None:
        """Take the breaches of an assessment."""
        self._put(self._breaches.take(self._config, assessment))

    def take_runs(self, runs: Sequence[Run]) -> None:
        """Take the runs of the audit log: actions of this and of other cwtops."""
        from tui.triage.deeds import action_entries, own_requests

        self._runs, self._own = runs, own_requests(runs)
        panes: dict[str, str] = {name: pane for name, pane in resources_of(self._config).items()}
        self._put(action_entries(runs, panes, self._hub.clock.skew_s))
        changes = self._hub.store.snapshot("changes")
        if changes is not None:
            # CloudTrail may have told them before the log was read.
            theirs = {one.key for one in change_entries(changes, self._config, self._own)}
            self.timeline.discard(
                f"change:{one.id}" for one in changes.changes if f"change:{one.id}" not in theirs
            )

    def _on_store(self, name: str) -> None:
        feed = self._feeds.get(name)
        snapshot = self._hub.store.snapshot(name) if feed is not None else None
        if feed is not None and snapshot is not None and snapshot is not self._seen.get(name):
            self._seen[name] = snapshot
            feed(snapshot)

    def _put(self, entries: Iterable[TimelineEntry]) -> None:
        self.timeline.put(entries)

    def _take_log(self, batch: LogBatch) -> None:
        if batch.gaps != self._log_gaps:
            open_now = {f"gap:log:{one.id}" for one in batch.gaps}
            # One that is gone was read after all.
            self.timeline.discard(
                key for one in self._log_gaps if (key := f"gap:log:{one.id}") not in open_now
            )
            self._log_gaps = batch.gaps
            self._put(log_gaps(batch))
        rows = self._hub.lines.table.rows
        if self._minutes.take(rows, batch.listening_since_ms, self._hub.clock.now()):
            found = self._minutes.entries()
            keys = frozenset(one.key for one in found)
            # Late lines may raise what is usual, or join two bursts.
            self.timeline.discard(self._bursts - keys)
            self._bursts = keys
            self._put(found)

    # ------------------------------------------------------------ what is shown

    @property
    def kinds(self) -> tuple[str, tuple[Kind, ...]]:
        """The choice of kinds: what it is called, and which (none: all)."""
        return CHOICES[self._kinds]

    def next_kinds(self) -> str:
        """List the next choice of kinds, round and round; return what it is called."""
        self._kinds = (self._kinds + 1) % len(CHOICES)
        return CHOICES[self._kinds][0]

    def listed(self) -> list[TimelineEntry]:
        """Return what is listed, newest first: the same list while nothing has changed."""
        key = (self.timeline.version, self.words, self._kinds)
        if self._listed is None or self._listed[0] != key:
            self._listed = (key, self.timeline.newest(self.kinds[1], self.words))
        return self._listed[1]

    def rows(self) -> TimelineRows:
        """Return the rows of the list; each is made when it is looked at."""
        return TimelineRows(self.listed(), self._hub.clock.now(), ascii=self._ascii)

    def heading(self) -> str:
        """Return what stands over the list."""
        return heading(len(self.listed()), len(self.timeline), self.kinds[0], self.words, self._problems())

    def text_of(self, entry: TimelineEntry) -> str:
        """Return an entry whole."""
        return entry_text(entry, self._hub.clock.now())

    def marks(self, start_s: float, end_s: float) -> tuple[TimelineEntry, ...]:
        """Return what may be marked on charts of a stretch, newest first: the same while nothing changes."""
        key = (self.timeline.version, start_s // 60, end_s // 60)
        if self._marks is None or self._marks[0] != key:
            found = (one for one in self.timeline.between(start_s, end_s) if one.kind in MARKED)
            self._marks = (key, tuple(found))
        return self._marks[1]

    def _problems(self) -> str:
        entries = ((name, self._hub.store.entry(name)) for name in SOURCES)
        return "; ".join(f"{name}: {one.error.summary}" for name, one in entries if one.error is not None)
