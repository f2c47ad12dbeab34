"""The console without its screen: what the user chose, what is judged, and the views that follow.

Screens call its methods and draw its views. It lives on the event loop's thread and does no I/O itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from config.schema import Config
from tui.collect.hub import Hub
from tui.domain.assess import Assessment, Snapshots, assess
from tui.domain.findings import BreachEvent, Finding, PaneId
from tui.domain.pglive import disagreement
from tui.domain.snapshots import Series
from tui.domain.timespans import WINDOWS, period_for, step_moment
from tui.domain.trend import Trend
from tui.logboard import LogBoard
from tui.presenters.inputs import Comparison, Costs, Entries, Inputs, LiveSessions, UiState
from tui.presenters.panes import Console, present, resources_of, shown_resource
from tui.timelineboard import TimelineBoard

SHIFTS: Final[Mapping[str, int]] = {"yesterday": 86_400, "last week": 7 * 86_400}
"""Comparisons offered: label, and how far back in seconds."""

CADENCES_S: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""Steps of + and -, seconds."""

_MIN_COLUMNS: Final = 20
_JUDGED: Final = ("metrics", "ecs", "rds", "alb", "alarms")


class Board:
    """Choices, assessment and views of one console.

    Attributes:
        config: What is watched.
        hub: The sources and their latest snapshots.
        ui: What the user chose.
        muted: Which of both, by (id, resource), of breaches that are acknowledged or snoozed.
        logs: The log pane's choices.
        timeline: What happened.
    """

    def __init__(self, config: Config, hub: Hub, *, ascii: bool = False) -> None:
        self.config = config
        self.hub = hub
        self.ui = UiState(window=config.window, ascii=ascii)
        self.logs = LogBoard(config, hub)
        self.timeline = TimelineBoard(config, hub, ascii=ascii)
        self._columns = 60
        self._assessment: Assessment | None = None
        self.activity = ""
        self._events: list[BreachEvent] = []
        self.muted: Mapping[tuple[str, str], str] = {}
        self._is_judging = False
        self._ask_window()

    # ------------------------------------------------------------ what is seen

    @property
    def now_s(self) -> float:
        """Epoch seconds by the endpoint's clock."""
        return self.hub.clock.now()

    @property
    def window_s(self) -> int:
        """Length of the window on the screen, seconds."""
        return WINDOWS[self.ui.window]

    @property
    def period_s(self) -> int:
        """Period of the points drawn, seconds: at least a column each."""
        return period_for(self.window_s, self._columns)

    def judge(self) -> None:
        """Judge the latest snapshots; breach edges wait for `take_events`."""
        assessment = self.judge_window(self.window_s, self.period_s)
        events = assessment.events
        self.timeline.judged(assessment)
        if self._is_judging:
            self._events.extend(events)
        else:
            # What is breached when the console starts is on the screen; an edge is what comes after.
            self._is_judging = self._is_complete()

    def _is_complete(self) -> bool:
        """Return whether everything that is judged has answered once."""
        entries = [self.hub.store.entry(name) for name in _JUDGED if name in self.hub.scheduler.names]
        return all(entry.snapshot is not None or entry.error is not None for entry in entries)

    def judge_window(self, window_s: int, period_s: int) -> Assessment:
        """Judge the latest snapshots with the points of some window, seconds both."""
        self._assessment = assess(
            self.config,
            self.snapshots(),
            self.now_s,
            window_s=window_s,
            period_s=period_s,
            previous=self._assessment,
        )
        return self._assessment

    def take_events(self) -> list[BreachEvent]:
        """Return the breach edges since the last call."""
        events, self._events = self._events, []
        return events

    @property
    def assessment(self) -> Assessment | None:
        """The last judgement; None before the first."""
        return self._assessment

    @property
    def is_judging(self) -> bool:
        """Whether everything has answered once: what is not breached now is known not to be."""
        return self._is_judging

    def snapshots(self) -> Snapshots:
        """Return what is judged."""
        entries = self._entries()
        return Snapshots(
            metrics=entries.metrics,
            ecs=entries.ecs,
            rds=entries.rds,
            alb=entries.alb,
            alarms=entries.alarms,
            postgres=entries.postgres,
        )

    def findings(self) -> tuple[Finding, ...]:
        """Return what is breached, worst first."""
        if self._assessment is None:
            return ()
        return tuple(one for one in self._assessment.health.findings if one.level.is_breach)

    def trends(self) -> tuple[Trend, ...]:
        """Return the trends as they were judged last, those that say nothing included."""
        snapshot = self.hub.store.snapshot("trends")
        return snapshot.trends if snapshot is not None else ()

    def views(self) -> Console:
        """Return everything that the console draws."""
        found = present(self._inputs())
        if not self.activity:
            return found
        return replace(found, status=replace(found.status, activity=self.activity))

    def _inputs(self) -> Inputs:
        now = self.now_s
        return Inputs(
            config=self.config,
            assessment=self._assessment,
            now_s=now,
            entries=self._entries(),
            ui=self.ui,
            costs=Costs(self.hub.meter.calls_per_minute(), self.hub.meter.dollars_per_hour()),
            read_only=self.hub.read_only_reason,
            skew_s=self.hub.clock.skew_s,
            tail=self.logs.inputs(now),
            live=self._live(now),
            trends=self.trends(),
            marks=self.timeline.marks(now - self.window_s - self.period_s, now),
            muted=self.muted,
        )

    def _live(self, now_s: float) -> LiveSessions | None:
        activity = self.hub.store.snapshot("pg-activity")
        name = next(iter(self.config.stack.databases), "")
        if activity is None or not name:
            return None
        clients = [one for one in activity.sessions if one.is_client]
        metrics = self.hub.store.snapshot("metrics")
        found = (
            []
            if metrics is None
            else [
                one
                for key, one in metrics.series.items()
                if key.metric == "rds.connections" and key.resource == name
            ]
        )
        return LiveSessions(
            name,
            len(clients),
            sum(one.is_active for one in clients),
            sum(one.is_idle_in_transaction for one in clients),
            sum(bool(one.blocked_by) for one in activity.sessions),
            disagreement(min(found, key=lambda one: one.period_s, default=None), self.hub.waits, now_s),
        )

    def _entries(self) -> Entries:
        get = self.hub.store.entry
        return Entries(
            identity=get("identity"),
            metrics=get("metrics"),
            ecs=get("ecs"),
            rds=get("rds"),
            alb=get("alb"),
            alarms=get("alarms"),
            logs=get("logs"),
            changes=get("changes"),
            postgres=get("postgres"),
            load=get("load"),
        )

    # ------------------------------------------------------------ what is chosen

    def focus_metric(self, pane: PaneId, metric_id: str) -> None:
        """Draw this metric in the pane's chart."""
        self.ui = replace(self.ui, focused={**self.ui.focused, pane: metric_id})

    def unfocus(self) -> bool:
        """Return to what the console would show by itself; False when it already does."""
        if not (self.ui.focused or self.ui.resource):
            return False
        self.ui = replace(self.ui, focused={}, resource={})
        return True

    def step_resource(self, pane: PaneId, step: int) -> str:
        """Show the next or previous resource of a pane; return its name."""
        names = resources_of(self.config, pane)
        index = (names.index(shown_resource(self._inputs(), pane)) + step) % len(names)
        focused = {key: value for key, value in self.ui.focused.items() if key != pane}
        self.ui = replace(self.ui, resource={**self.ui.resource, pane: index}, focused=focused)
        return names[index]

    def shown(self, pane: PaneId) -> str:
        """Return the name of the resource that a pane shows."""
        return shown_resource(self._inputs(), pane)

    def next_window(self) -> str:
        """Go to the next window, round and round; return its name."""
        names = list(WINDOWS)
        window = names[(names.index(self.ui.window) + 1) % len(names)]
        self.ui = replace(self.ui, window=window, comparison=None)
        self._ask_window()
        return window

    def show_window(self, window: str) -> None:
        """Go to a window by its name."""
        self.ui = replace(self.ui, window=window, comparison=None)
        self._ask_window()

    def set_moment(self, moment_s: float | None) -> bool:
        """Mark a moment in the charts, epoch seconds, or none; return whether it was another one."""
        is_new = moment_s != self.ui.moment_s
        if is_new:
            self.ui = replace(self.ui, moment_s=moment_s)
        return is_new

    def step_moment(self, step: int) -> float | None:
        """Step the time cursor by a point of the charts; None beyond the newest: live again."""
        settle_s = self.config.judgement.settle
        moment = step_moment(
            self.ui.moment_s, self.now_s, self.window_s, self.period_s, step, settle_s=settle_s
        )
        self.set_moment(moment)
        return moment

    def set_columns(self, columns: int) -> None:
        """Take the width of the charts, cells; asks for other points only when the period changes."""
        period = self.period_s
        self._columns = max(_MIN_COLUMNS, columns)
        if self.period_s != period:
            self._ask_window()

    def _ask_window(self) -> None:
        self.hub.set_window(self.window_s, self.period_s)

    def toggle_split(self) -> bool:
        """Split the balancer's figures by target group, or not; return whether they are split."""
        self.ui = replace(self.ui, split=not self.ui.split)
        self.hub.set_split(split=self.ui.split)
        return self.ui.split

    def toggle_pause(self) -> bool:
        """Pause or resume reading; return whether it is paused."""
        self.ui = replace(self.ui, paused=not self.ui.paused)
        if self.ui.paused:
            self.hub.scheduler.pause()
            if self.hub.logs is not None:
                self.hub.logs.rest()
        else:
            self.hub.scheduler.resume()
        return self.ui.paused

    def set_comparison(self, label: str, series: Mapping[tuple[str, str], Series]) -> None:
        """Lay an earlier day behind the charts; "" removes it."""
        comparison = Comparison(label, SHIFTS[label], series) if label else None
        self.ui = replace(self.ui, comparison=comparison)

    def step_cadence(self, source: str, step: int) -> float | None:
        """Read a source more (-1) or less (1) often; return its new period in seconds, None if absent."""
        current = self.hub.scheduler.period(source)
        if current is None:
            return None
        if step < 0:
            period = max((one for one in CADENCES_S if one < current), default=current)
        else:
            period = min((one for one in CADENCES_S if one > current), default=current)
        self.hub.scheduler.set_period(source, period)
        return period
