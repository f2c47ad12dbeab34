"""The console: the status line, the resource panes, the log tail. Draws what the board says."""

from __future__ import annotations

from typing import ClassVar, Final, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.board import Board
from tui.domain.findings import Finding, PaneId
from tui.domain.logview import Floor
from tui.domain.units import age_text
from tui.keys import COMMANDS, MODALS, hints
from tui.presenters.panes import PANES, Console, resources_of
from tui.screens.logdesk import LogDesk
from tui.screens.timelinedesk import PROMPT, TimelineDesk
from widgets.alertbar import AlertBar
from widgets.chart import Chart
from widgets.eventlist import EventList
from widgets.hints import HintBar
from widgets.panes.logs import TailPane
from widgets.panes.resource import Direction, ResourcePane
from widgets.promptline import PromptLine
from widgets.statusbar import StatusBar

MIN_COLUMNS: Final = 60
MIN_ROWS: Final = 15
TICK_S: Final = 1.0
"""How often ages are told anew."""
SETTLE_S: Final = 0.05
"""Snapshots that arrive this close together are drawn at once."""
SLOW_SETTLE_S: Final = 1.0
"""The same over a slow link: panes are repainted at most this often."""
LOG_SETTLE_S: Final = 0.25
"""Log lines are painted at most four times a second, however many arrive."""
LOG_SOURCE: Final = "logs"


def screen_bindings() -> list[BindingType]:
    """Return the bindings of the commands that act on the console."""
    return [
        Binding(one.keys, one.action, one.text, show=False, id=one.id)
        for one in COMMANDS
        if not one.action.startswith("app.") and one.group not in MODALS
    ]


class ConsoleScreen(Screen[None]):
    """Draws the board's views and turns keys into calls of the board."""

    BINDINGS: ClassVar[list[BindingType]] = screen_bindings()
    AUTO_FOCUS = "ResourcePane, TailPane"
    # Textual repaints the whole screen for a new focus; the panes paint their own edges.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    class Asked(Message):
        """The user wants something that only the application can do.

        Attributes:
            what: help, quit, login, profile, copy, link, insights, actions, explain or save (a picture).
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, board: Board, *, use_ascii: bool, slow_link: bool) -> None:
        """Make the screen of a board.

        Args:
            board: What to draw.
            use_ascii: Draw without braille and box characters.
            slow_link: Repaint panes at most once a second.
        """
        super().__init__()
        self._board = board
        self._ascii = use_ascii
        self._slow = slow_link
        self._stale: Timer | None = None
        self._is_hidden = False
        self._desk: LogDesk | None = None
        self._timeline: TimelineDesk | None = None

    # ------------------------------------------------------------ composing

    def compose(self) -> ComposeResult:
        """Compose the panes of what is configured."""
        config = self._board.config
        yield StatusBar(ascii=self._ascii)
        yield AlertBar(ascii=self._ascii)
        with Container(id="panes"):
            number = 0
            for pane, _, _ in PANES:
                if resources_of(config, pane):
                    number += 1
                    yield ResourcePane(number, ascii=self._ascii, id=pane)
            yield EventList(ascii=self._ascii, empty="Nothing has happened that is known.", id="timeline")
            if config.stack.log_groups:
                interval_s = SLOW_SETTLE_S if self._slow else LOG_SETTLE_S
                yield TailPane(
                    number + 1, ascii=self._ascii, flush_interval_s=interval_s, clock=self._now, id=LOG_SOURCE
                )
        yield PromptLine(ascii=self._ascii)
        yield HintBar(hints(config.keys, without=() if config.database_address else ("database",)))
        yield Static(f"cwtop needs {MIN_COLUMNS}x{MIN_ROWS} characters; enlarge the window.", id="too-small")

    def on_mount(self) -> None:
        """Draw once without data, then whenever something is new."""
        count = len(self.query(ResourcePane))
        self.set_class(True, f"-panes-{count}")
        self.set_class(not self._board.config.stack.log_groups, "-no-log")
        if self._tail is not None:
            self._tail.attach(self._board.logs.view)
            self._desk = LogDesk(self, self._board, self._tail, self.query_one(PromptLine), self.show)
        events, prompt = self.query_one(EventList), self.query_one(PromptLine)
        self._timeline = TimelineDesk(self, self._board, events, self._tail, prompt, self.show)
        self._board.hub.store.subscribe(self._on_store)
        self.set_interval(TICK_S, self._tick)
        self.show()

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is too little room; ask for points as wide as the charts."""
        self.set_class(event.size.width < MIN_COLUMNS or event.size.height < MIN_ROWS, "-too-small")
        self.call_after_refresh(self._measure)

    def on_screen_suspend(self) -> None:
        """Paint nothing under another screen."""
        self._is_hidden = True

    def on_screen_resume(self) -> None:
        """Catch up."""
        self._is_hidden = False
        self.show()

    def _measure(self) -> None:
        widths = [chart.size.width for chart in self.query(Chart) if chart.size.width > 0]
        if widths:
            self._board.set_columns(max(widths))

    # ------------------------------------------------------------ drawing

    def _now(self) -> float:
        return self._board.now_s

    def _on_store(self, name: str) -> None:
        if name == LOG_SOURCE:
            # Lines paint themselves, at their own pace; nothing is judged by them.
            if self._tail is not None and self._desk is not None:
                self._tail.changed()
                self._desk.catch_up()
            return
        self._mark_stale()

    def _mark_stale(self) -> None:
        if self._stale is None:
            self._stale = self.set_timer(SLOW_SETTLE_S if self._slow else SETTLE_S, self._catch_up)

    def _catch_up(self) -> None:
        self._stale = None
        self._board.judge()
        self.post_message(self.Judged())
        self.show()

    class Judged(Message):
        """The board has judged anew; breach edges may wait."""

    def _tick(self) -> None:
        # A resize may be measured before the charts have their new width.
        self._measure()
        if not self._is_hidden:
            self._draw(self._board.views())

    def show(self) -> None:
        """Draw the board's views; equal ones repaint nothing."""
        if self._is_hidden or not self.is_mounted:
            return
        views = self._board.views()
        with self.app.batch_update():
            self._draw(views)

    def _draw(self, views: Console) -> None:
        # While the console ends, a snapshot may come in after its widgets have gone: no query_one.
        for bar in self.query(StatusBar):
            bar.view = views.status
        for alerts in self.query(AlertBar):
            alerts.alerts = views.status.alerts
        for tail in self.query(TailPane):
            tail.view = views.tail
        by_id = {view.id: view for view in views.panes}
        if self._timeline is not None and self.query(EventList):
            self._timeline.draw()
        for pane in self.query(ResourcePane):
            pane.view = by_id.get(pane.id, pane.view)  # type: ignore[call-overload]

    def flash(self) -> None:
        """Draw the eye to what is breached: something has just got worse."""
        for alerts in self.query(AlertBar):
            alerts.flash()

    # ------------------------------------------------------------ panes

    @property
    def _tail(self) -> TailPane | None:
        return next(iter(self.query(TailPane)), None)

    @property
    def _panes(self) -> list[Widget]:
        # The list last, wherever it stands: the numbers of the others stay.
        found = [*self.query("ResourcePane, TailPane").results(Widget)]
        return [*found, *(one for one in self.query(EventList) if one.display)]

    @property
    def focused_pane(self) -> Widget | None:
        """The pane that has the focus."""
        return next((pane for pane in self._panes if pane.has_focus or pane.has_focus_within), None)

    @property
    def focused_source(self) -> str:
        """ecs, rds, alb or logs: the pane that has the focus, else the first."""
        pane = self.focused_pane or next(iter(self._panes), None)
        return (pane.id or "") if pane is not None else ""

    def action_pane(self, index: int) -> None:
        """Focus a pane by its number."""
        panes = self._panes
        if index < len(panes):
            self._focus(panes[index])

    def action_next_pane(self, step: int) -> None:
        """Focus the next or previous pane."""
        panes = self._panes
        current = self.focused_pane
        index = panes.index(current) if current in panes else -step
        self._focus(panes[(index + step) % len(panes)])

    def _focus(self, pane: Widget) -> None:
        if self.query_one("#panes").has_class("-zoomed"):
            self._zoom(pane)
        elif not pane.display and self._timeline is not None:
            # Where there is little room the timeline takes that of the figures.
            self._timeline.close()
        pane.focus()

    def action_zoom(self) -> None:
        """Give the focused pane the whole place, or give it back."""
        box = self.query_one("#panes")
        pane = self.focused_pane
        self._zoom(None if box.has_class("-zoomed") else pane)

    def _zoom(self, pane: Widget | None) -> None:
        self.query_one("#panes").set_class(pane is not None, "-zoomed")
        for one in self._panes:
            one.set_class(pane is not None and one is not pane, "-hidden")
        self.call_after_refresh(self._measure)

    @property
    def focused_metric(self) -> str:
        """The metric of the focused tile; "" for none."""
        pane = self.focused_pane
        return pane.focused_tile or "" if isinstance(pane, ResourcePane) else ""

    @property
    def focused_text(self) -> str:
        """What `y` copies: the focused log line, or the focused figure with its resource."""
        pane = self.focused_pane
        if isinstance(pane, EventList) and self._timeline is not None:
            return self._timeline.text
        if isinstance(pane, TailPane):
            event = self._desk.current_event if self._desk is not None else None
            return event.message if event is not None else ""
        if isinstance(pane, ResourcePane) and pane.view is not None:
            tiles = {tile.id: tile for tile in pane.view.tiles}
            tile = tiles.get(pane.focused_tile)
            return (
                f"{pane.view.resource} {tile.title} {tile.value}" if tile is not None else pane.view.resource
            )
        return ""

    def action_move(self, direction: Direction) -> None:
        """Move within the focused pane."""
        pane = self.focused_pane
        if isinstance(pane, ResourcePane | TailPane | EventList):
            pane.action_move(direction)

    def action_resource(self, step: int) -> None:
        """Step through the resources of the focused pane."""
        source = self.focused_source
        if source in ("ecs", "rds", "alb"):
            self._board.step_resource(cast("PaneId", source), step)
            self.show()

    @on(ResourcePane.TileFocused)
    def _tile_focused(self, message: ResourcePane.TileFocused) -> None:
        self._board.focus_metric(cast("PaneId", message.pane_id), message.metric_id)
        self.show()

    # ------------------------------------------------------------ reading

    def action_window(self) -> None:
        """Go to the next window."""
        self._board.next_window()
        self._board.judge()
        self.show()

    def action_refresh(self) -> None:
        """Read everything now; where that may prompt for a code, ask for the plain terminal first."""
        hub = self._board.hub
        if hub.scheduler.suspension is not None and hub.session.needs_terminal():
            self.action_ask("login")
            return
        hub.refresh()
        self.show()

    def action_pause(self) -> None:
        """Pause or resume reading."""
        self._board.toggle_pause()
        self.show()

    def action_cadence(self, step: int) -> None:
        """Read the focused pane more or less often."""
        source = self.focused_source
        period = self._board.step_cadence(source, step)
        if period is not None:
            self.notify(f"{source}: every {age_text(period)}", markup=False)

    # ------------------------------------------------------------ the log

    def action_log(self, command: str) -> None:
        """Run a command of the log pane, or of the timeline while the keys are its."""
        if self._timeline is not None and self._timeline.has_focus and command in ("search", "open"):
            if command == "search":
                self._timeline.ask_words()
            else:
                self._timeline.open_current(self.go_to)
        elif self._desk is not None:
            self._desk.do(command)

    def go_to(self, moment_s: float) -> None:
        """Show the log at a moment, and mark it in the charts; the log pane gets the focus."""
        if self._tail is not None and self._desk is not None:
            self._focus(self._tail)
            self._desk.go_to(moment_s)

    @on(PromptLine.Submitted)
    def _answered(self, event: PromptLine.Submitted) -> None:
        event.stop()
        if event.mode == PROMPT:
            if self._timeline is not None:
                self._timeline.narrow(event.text)
            return
        if self._desk is not None:
            self._desk.answer(event.mode, event.text)
        if self._tail is not None:
            self._focus(self._tail)

    @on(PromptLine.Changed)
    def _typed(self, event: PromptLine.Changed) -> None:
        event.stop()
        if event.mode == PROMPT and self._timeline is not None:
            self._timeline.narrow(event.text)
        elif self._desk is not None:
            self._desk.preview(event.mode, event.text)

    @on(PromptLine.Closed)
    def _prompt_closed(self, event: PromptLine.Closed) -> None:
        event.stop()
        if self._desk is not None:
            self._desk.abandon(event.mode)

    @on(TailPane.LineOpened)
    def _line_opened(self, event: TailPane.LineOpened) -> None:
        event.stop()
        if self._desk is not None:
            self._desk.open(event.line)

    @on(TailPane.CursorMoved)
    def _cursor_moved(self, event: TailPane.CursorMoved) -> None:
        event.stop()
        # The charts mark the moment that is being read.
        self._board.set_moment(None if event.time_ms is None else event.time_ms / 1000)
        self._mark_stale()

    def action_moment(self, step: int) -> None:
        """Step the time cursor of the charts; the log follows it."""
        moment = self._board.step_moment(step)
        if self._tail is not None:
            if moment is None:
                self._tail.action_follow()
            else:
                self._tail.jump(int(moment * 1000))
        self.show()

    # ------------------------------------------------------------ the timeline

    def action_timeline(self, command: str) -> None:
        """Open or close the timeline, or list other kinds."""
        if self._timeline is None:
            return
        if self.query_one("#panes").has_class("-zoomed"):
            self._zoom(None)
        if command == "kinds":
            self._timeline.next_kinds()
        elif not self._timeline.toggle():
            self._focus(self._tail or self._panes[0])
        self.call_after_refresh(self._measure)

    @on(EventList.Moved)
    def _event_moved(self, event: EventList.Moved) -> None:
        event.stop()
        if self._timeline is not None:
            self._timeline.moved()

    @on(EventList.Opened)
    def _event_opened(self, event: EventList.Opened) -> None:
        event.stop()
        self.action_log("open")

    def start_step(self, screen: str, finding: Finding, moment_s: float | None) -> None:
        """Show what a step of a runbook speaks of: errors, a stopped task, the moment, a metric's day."""
        if screen == "day":
            self._board.show_window("24h")
            if finding.pane is not None:
                self._board.focus_metric(finding.pane, finding.id)
            self.call_after_refresh(self.show)
            return
        if screen == "log-errors":
            self._board.logs.at_least(Floor.ERROR)
        if screen == "stopped-tasks":
            self.action_log("task-log")
        elif screen == "timeline":
            self._board.set_moment(moment_s)
            if not any(one.display for one in self.query(EventList)):
                self.action_timeline("")
        elif moment_s is not None:
            self.go_to(moment_s)
        self.call_after_refresh(self.show)

    # ------------------------------------------------------------ leaving

    def action_back(self) -> None:
        """Close the topmost thing; at last return to what the console shows by itself."""
        if self.query_one("#panes").has_class("-zoomed"):
            self._zoom(None)
        elif self._timeline is not None and self._timeline.back():
            if self.focused_pane is None:
                self._focus(self._tail or self._panes[0])
        elif (self._desk is None or not self._desk.back()) and (
            self._board.set_moment(None) or self._board.unfocus()
        ):
            self.show()

    def action_redraw(self) -> None:
        """Draw everything again."""
        self.refresh(layout=True)

    def action_save(self) -> None:
        """Save the lines of the log pane, or a picture of the screen."""
        if self._desk is not None and isinstance(self.focused_pane, TailPane):
            self._desk.do("save")
        else:
            self.action_ask("save")

    def action_ask(self, what: str) -> None:
        """Ask the application: help, quit, profile, copy, link or save."""
        self.post_message(self.Asked(what))
