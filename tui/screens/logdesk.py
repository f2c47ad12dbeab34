"""The keys of the log pane: prompts, pickers and dialogs around the log board. No logic of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual.screen import Screen

from config.durations import format_duration
from tui.board import Board
from tui.collect.offload import offload
from tui.domain.errors import SourceError
from tui.domain.filterpattern import check
from tui.domain.moments import parse_moment
from tui.domain.snapshots import LogEvent, StoppedTask
from tui.domain.timespans import span_text
from tui.domain.units import age_text
from tui.exports import save_lines
from tui.logboard import Detour, parse_filter, parse_range, stopped_range
from tui.presenters.event import context_text, event_text
from widgets.matching import compile_search
from widgets.picker import Choice, PickerDialog
from widgets.textview import TextDialog

if TYPE_CHECKING:
    from widgets.model import LogLine
    from widgets.panes.logs import TailPane
    from widgets.promptline import PromptLine

RANGES: Final = ("15m", "1h", "3h", "12h", "24h")
LIVE: Final = "live"
OTHER: Final = "other"
CONTEXT_LINES: Final = 30


_Deed = Choice[Callable[[], object]]


class LogDesk:
    """Turns the log commands of the table into calls of the log board and the pane.

    Args:
        host: The screen; its application shows dialogs and runs workers.
        board: The console's board; `board.logs` is what the keys change.
        pane: What draws.
        prompt: The line at the bottom that asks for a text.
        show: Draws the console anew.
    """

    def __init__(
        self, host: Screen[Any], board: Board, pane: TailPane, prompt: PromptLine, show: Callable[[], None]
    ) -> None:
        self._host = host
        self._board = board
        self._logs = board.logs
        self._pane = pane
        self._prompt = prompt
        self._show = show
        self._commands: Mapping[str, Callable[[], None]] = {
            "follow": pane.action_follow,
            "wrap": pane.action_wrap,
            "time-format": pane.action_time_format,
            "next-hit": pane.action_next_hit,
            "previous-hit": pane.action_previous_hit,
            "search": self._ask_search,
            "filter-lines": self._ask_filter,
            "filter-pattern": self._ask_pattern,
            "highlight": self._ask_highlight,
            "go-to": self._ask_moment,
            "level": self._next_level,
            "presets": partial(self._run, self._choose_preset),
            "range": partial(self._run, self._choose_range),
            "context": partial(self._run, self._context),
            "live-tail": self._toggle_live_tail,
            "task-log": partial(self._run, self._task_log),
            "open": self._open_current,
            "save": partial(self._run, self._save),
        }
        self._answers: Mapping[str, Callable[[str], None]] = {
            "search": self._search,
            "filter-lines": self._filter,
            "filter-pattern": self._set_pattern,
            "highlight": self._highlight,
            "go-to": self._go_to,
            "range": self._set_range,
        }
        self._mark()

    def do(self, command: str) -> None:
        """Run a command by its id in the table."""
        self._commands[command]()

    def answer(self, mode: str, text: str) -> None:
        """Take what was typed into the prompt line."""
        self._answers[mode](text)

    def preview(self, mode: str, text: str) -> None:
        """Search while one types."""
        if mode == "search":
            self._pane.search(text, is_preview=True)

    def abandon(self, mode: str) -> None:
        """The prompt line was left without an answer."""
        if mode == "search":
            self._pane.abandon_search()

    def catch_up(self) -> None:
        """After lines have come: show the moment that was asked for, if they reach it."""
        wanted = self._logs.take_wanted()
        if wanted is not None:
            self._pane.jump(wanted)

    def back(self) -> bool:
        """Undo the topmost choice of the log pane; False when there is none."""
        if self._pane.is_searching:
            self._pane.search("")
        elif self._board.ui.moment_s is not None or not self._pane.following:
            self._board.set_moment(None)
            self._pane.action_follow()
        elif not self._logs.home() and not self._logs.show_all():
            return False
        self._show()
        return True

    # ------------------------------------------------------------ one line of text

    def _ask_search(self) -> None:
        self._prompt.open(
            "search", "/", hint="regular expression; case counts once a capital is typed", check=_check_search
        )

    def _search(self, text: str) -> None:
        problem = self._pane.search(text)
        if problem:
            self._host.notify(problem, severity="warning", markup=False)

    def _ask_filter(self) -> None:
        hint = "show matching lines only; ! before it hides them; empty shows all"
        self._prompt.open("filter-lines", "&", value=self._logs.text, hint=hint, check=_check_filter)

    def _filter(self, text: str) -> None:
        try:
            self._logs.filter_text(text)
        except ValueError as error:
            self._host.notify(str(error), severity="warning", markup=False)
        self._redraw()

    def _ask_pattern(self) -> None:
        hint = 'CloudWatch filter pattern: ERROR, "a phrase", { $.status >= 500 }; empty reads all'
        self._prompt.open("filter-pattern", "F", value=self._logs.pattern, hint=hint, check=_check_pattern)

    def _set_pattern(self, text: str) -> None:
        self._logs.set_pattern(text.strip())
        self._redraw()

    def _ask_highlight(self) -> None:
        marked = ", ".join(self._logs.highlights)
        hint = f"marked: {marked}; one of them again drops it, empty drops all" if marked else "plain text"
        self._prompt.open("highlight", "highlight", hint=hint)

    def _highlight(self, text: str) -> None:
        problem = self._logs.toggle_highlight(text)
        if problem:
            self._host.notify(problem, severity="warning", markup=False)
        self._mark()

    def _mark(self) -> None:
        problem = self._pane.set_highlights([re.escape(term) for term in self._logs.highlights])
        if problem:
            self._host.notify(problem, severity="warning", markup=False)

    def _ask_moment(self) -> None:
        hint = "10:05, 10:05:30, 15m (ago), 2026-11-23T10:05"
        self._prompt.open("go-to", "@", hint=hint, check=self._check_moment)

    def _check_moment(self, text: str) -> str:
        return _moment_text(parse_moment(text, self._board.now_s)) if text else ""

    def _go_to(self, text: str) -> None:
        if text:
            self.go_to(parse_moment(text, self._board.now_s))

    def go_to(self, moment_s: float) -> None:
        """Show the log at a moment, and mark it in the charts; reads it where the buffer does not reach."""
        self._board.set_moment(moment_s)
        if not self._pane.jump(int(moment_s * 1000)):
            self._logs.go_to(moment_s)
            self._host.notify("Reading the log around that time; esc returns to live.", markup=False)
        self._redraw()

    # ------------------------------------------------------------ one of several

    def _next_level(self) -> None:
        level = self._logs.next_level()
        self._host.notify(f"{level.name} and worse" if level else "All levels", timeout=2, markup=False)
        self._redraw()

    async def _choose_preset(self) -> None:
        """Offer presets, the groups that have lines, and what the database exports."""
        presets: list[_Deed] = [
            Choice(partial(self._logs.preset, one), one.name, _preset_note(one.since, one.filter_pattern))
            for one in self._board.config.logs.presets
        ]
        hidden = self._logs.view.filter.hidden
        groups: list[_Deed] = [
            Choice(
                partial(self._logs.toggle_group, name),
                f"{'show' if name in hidden else 'hide'} {name}",
                f"{count:,} lines",
            )
            for name, count in self._logs.known_groups().items()
        ]
        exported: list[_Deed] = [
            Choice(partial(self._logs.take, Detour(name, (name,))), name, "the database's own log")
            for name in self._board.hub.exported_groups()
            if name not in self._board.config.stack.log_groups
        ]
        home: list[_Deed] = [Choice(self._logs.home, "the configured groups", "live and whole")]
        dialog = PickerDialog("Presets and groups", tuple([*presets, *exported, *groups, *home]), None)
        chosen = await self._host.app.push_screen_wait(dialog)
        if chosen is not None:
            chosen()
            self._redraw()

    async def _choose_range(self) -> None:
        choices = [
            *(Choice(one, f"the last {one}", "") for one in RANGES),
            Choice(OTHER, "from … to …", "asks for the times"),
            Choice(LIVE, "live", "what is configured, as it comes"),
        ]
        chosen = await self._host.app.push_screen_wait(PickerDialog("Range", tuple(choices), None))
        if chosen == OTHER:
            hint = "10:00 - 10:30, 2h - 1h (ago), 2026-11-23T10:00 to 2026-11-23T12:00"
            self._prompt.open("range", "range", hint=hint, check=self._check_range)
        elif chosen == LIVE:
            self._logs.home()
        elif chosen is not None:
            self._logs.range(chosen)
        self._redraw()

    def _check_range(self, text: str) -> str:
        return span_text(*parse_range(text, self._board.now_s)) if text else ""

    def _set_range(self, text: str) -> None:
        if text:
            self._logs.range(text)
            self._redraw()

    async def _task_log(self) -> None:
        """From a stopped task to what it said at its end."""
        snapshot = self._board.hub.store.snapshot("ecs")
        stopped = [task for service in snapshot.services for task in service.stopped] if snapshot else []
        if not stopped:
            self._host.notify("No task has stopped within the last hour.", timeout=4, markup=False)
            return
        choices = tuple(Choice(task, *_task_label(task, self._board.now_s)) for task in stopped)
        task = await self._host.app.push_screen_wait(PickerDialog("Log of a stopped task", choices, None))
        if task is None:
            return
        found = await self._reading(partial(self._board.hub.task_logs.find, task), "task-log")
        if found is None:
            return
        if found.problem:
            self._host.notify(found.problem, severity="warning", markup=False)
        streams = (*(f"{group}:{stream}" for group, stream in found.streams), *found.groups)
        if not streams:
            return
        start_ms, end_ms = stopped_range(task.stopped_s, self._board.now_s)
        self._logs.take(Detour(f"stopped task {task.id[:8]}", streams, start_ms, end_ms))
        self._redraw()

    def _toggle_live_tail(self) -> None:
        if self._logs.toggle_live_tail():
            said = "Live Tail: $0.01 a minute beyond 1,800 free minutes a month. L goes back to polling."
        else:
            said = "Polling."
        self._host.notify(said, markup=False)
        self._show()

    # ------------------------------------------------------------ one event

    def _open_current(self) -> None:
        line = self._pane.current_line
        if line is not None:
            self.open(line)

    def open(self, line: LogLine) -> None:
        """Show the whole of a line."""
        event = self._event(line)
        if event is not None:
            self._host.app.push_screen(TextDialog("Log event", event_text(event)))

    @property
    def current_event(self) -> LogEvent | None:
        """The event under the cursor; None for a gap or where there is none."""
        line = self._pane.current_line
        return self._event(line) if line is not None else None

    def _event(self, line: LogLine) -> LogEvent | None:
        return None if line.is_gap else self._board.hub.lines.event(line.time_ms, line.key)

    async def _context(self) -> None:
        """Show what the event's own stream says before and after it."""
        event, source = self.current_event, self._board.hub.logs
        if event is None or source is None:
            self._host.notify("There is no event under the cursor.", timeout=2, markup=False)
            return
        count = CONTEXT_LINES
        read = partial(source.context, event.group, event.stream, event.time_ms, count, count)
        events = await self._reading(read, "context")
        if events is not None:
            self._host.app.push_screen(TextDialog(event.stream, *context_text(event, events)))

    async def _save(self) -> None:
        """Write the lines shown to a file."""
        view = self._logs.view
        events = [event for event in map(self._event, view.lines(0, len(view))) if event is not None]
        try:
            path = await offload(partial(save_lines, events), name="save")
        except OSError as error:
            said = f"The lines cannot be written: {error.strerror}."
            self._host.notify(said, severity="error", markup=False)
        else:
            self._host.notify(f"{len(events):,} lines saved to {path}", markup=False)

    # ------------------------------------------------------------ common

    async def _reading(self, read: Callable[[], Any], name: str) -> Any:
        """Return what a blocking read gives; None after telling why it failed."""
        try:
            return await offload(read, name=name)
        except SourceError as error:
            self._host.notify(f"{error.summary} {error.hint}".strip(), severity="warning", markup=False)
            return None

    def _run(self, work: Callable[[], Any]) -> None:
        self._host.app.run_worker(work(), group="logs", exclusive=True, exit_on_error=False)

    def _redraw(self) -> None:
        self._pane.changed()
        self._show()


def _check_search(text: str) -> str:
    if text:
        compile_search(text)
    return ""


def _check_filter(text: str) -> str:
    parse_filter(text)
    return ""


def _check_pattern(text: str) -> str:
    return check(text).explanation


def _moment_text(moment_s: float) -> str:
    return f"{datetime.fromtimestamp(moment_s).astimezone():%Y-%m-%d %H:%M:%S}"


def _preset_note(since: float | None, pattern: str) -> str:
    parts = (f"the last {format_duration(since)}" if since else "", pattern)
    return ", ".join(part for part in parts if part)


def _task_label(task: StoppedTask, now_s: float) -> tuple[str, str]:
    when = f"{age_text(now_s - task.stopped_s)} ago" if task.stopped_s is not None else ""
    why = "out of memory" if task.is_oom else task.container_reason or task.reason or task.stop_code
    return f"{task.id[:8]}  {when}", why
