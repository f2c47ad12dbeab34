"""The Textual application: wiring of theme, keys, screens, notifications, start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import SuspendNotSupported, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from tui.actionwindow import ActionWindow
from tui.board import SHIFTS, Board
from tui.collect.offload import offload
from tui.compare import comparison_series
from tui.crash import QuietCrash
from tui.domain.errors import SourceError
from tui.exports import copy_text, save_picture
from tui.incidentdesk import IncidentDesk
from tui.incidentkeys import IncidentKeys
from tui.keys import COMMANDS, help_groups
from tui.links import LinkKind, console_url
from tui.login import log_in
from tui.presenters.notices import Severity, notice
from tui.runtime import Runtime, Switch
from tui.screens.console import LOG_SOURCE, ConsoleScreen
from tui.switching import choices, region_of
from tui.windows import Windows
from widgets.dialogs import HelpDialog, MessageDialog, PromptDialog
from widgets.picker import PickerDialog
from widgets.text import one_line
from widgets.textview import TextDialog

if TYPE_CHECKING:
    from tui.querydesk import Sources

TWICE_S: Final = 2.0
"""ctrl+c twice within this many seconds quits."""
LOG_IN: Final = "Log in here"
STAY: Final = "Stay"
QUIT: Final = "Quit"
TOASTS: Final = 3
"""More breaches at once than this are told in one notification."""

_log = logging.getLogger(__name__)


class CwtopApp(QuietCrash[Switch]):
    """cwtop's application. Screens draw; the board decides; this only wires them."""

    CSS_PATH = "app.tcss"
    TITLE = "cwtop"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (110, "-medium"),
        (180, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            one.keys,
            one.action.removeprefix("app."),
            one.text,
            show=False,
            id=one.id,
            priority=one.id == "interrupt",
        )
        for one in COMMANDS
        if one.action.startswith("app.")
    ]

    def __init__(
        self,
        runtime: Runtime,
        *,
        use_ascii: bool = False,
        slow_link: bool = False,
        query_sources: Sources | None = None,
    ) -> None:
        """Make the application of a runtime.

        Args:
            runtime: Configuration and hub.
            use_ascii: Draw without braille and box characters.
            slow_link: Repaint panes at most once a second.
            query_sources: Who answers Insights queries; None: AWS and the log lines at hand.
        """
        super().__init__()
        self.animation_level = "none"
        self._runtime = runtime
        self._config = runtime.loaded.config
        self._hub = runtime.hub
        self._ascii = use_ascii
        self._slow = slow_link
        self._board = Board(self._config, runtime.hub, ascii=use_ascii)
        self._console = ConsoleScreen(self._board, use_ascii=use_ascii, slow_link=slow_link)
        self._incident = IncidentDesk(self._board, self._tell_trouble)
        self._incidents = IncidentKeys(self, self._board, self._incident, use_ascii=use_ascii)
        self._actions = ActionWindow(
            self,
            self._board,
            self._console,
            copy=self._copy,
            ended=lambda: self.windows.action_ended(),
            use_ascii=use_ascii,
        )
        self.windows = Windows(
            self,
            self._board,
            self._console,
            actions=self._actions,
            incident=self._incident,
            copy=self._copy,
            use_ascii=use_ascii,
            sources=query_sources,
        )
        self._interrupted_at = float("-inf")
        self._is_mending = False
        self._told: SourceError | None = None

    # ------------------------------------------------------------ start and stop

    def on_mount(self) -> None:
        """Show the console with placeholders; ask only after it is painted."""
        self.set_keymap(self._config.keys)
        if self._config.theme:
            self._choose_theme(self._config.theme)
        self.push_screen(self._console)
        self._hub.store.subscribe(self._on_store)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Not in the main thread (tests): signals are then somebody else's matter.
            with contextlib.suppress(ValueError, RuntimeError):
                loop.add_signal_handler(number, self.exit)
        self.call_after_refresh(self._hub.start)
        self._actions.look_back()
        take_up: Callable[[], object] = self._incident.take_up
        self.run_worker(take_up, exit_on_error=False)

    def _tell_trouble(self, text: str) -> None:
        # Called from threads as well.
        self.call_next(partial(self.notify, text, severity="warning", timeout=15, markup=False))

    def on_unmount(self) -> None:
        """Stop asking; calls in flight run on daemon threads and hold nothing up."""
        self.windows.close()
        self._actions.close()
        self._incidents.close()
        self._hub.stop()

    def _choose_theme(self, name: str) -> None:
        if name in self.available_themes:
            self.theme = name
        else:
            self.notify(
                f"There is no theme {name}. Known: {', '.join(sorted(self.available_themes))}",
                severity="warning",
                markup=False,
            )

    def action_interrupt(self) -> None:
        """Quit on the second ctrl+c; say so on the first."""
        now = time.monotonic()
        if now - self._interrupted_at < TWICE_S:
            self.exit()
            return
        self._interrupted_at = now
        busy = " An action is under way." if self._actions.running else ""
        self.notify(f"ctrl+c once more quits.{busy}", timeout=TWICE_S, markup=False)

    @on(Worker.StateChanged)
    def _tell_failure(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            _log.error("%s failed", event.worker.name, exc_info=error)
            self.notify(
                f"That failed in cwtop: {one_line(f'{type(error).__name__}: {error}', 300)}. "
                "Please report it, with the output of --log-file.",
                severity="error",
                markup=False,
            )

    # ------------------------------------------------------------ breaches

    @on(ConsoleScreen.Judged)
    def _tell_breaches(self) -> None:
        events = self._incident.judged()
        told = [notice(event, ascii=self._ascii) for event in events]
        self._incidents.tell(events)
        if not told:
            return
        if any(one.is_alert for one in told):
            self._console.flash()
            if self._config.bell and any(self._incident.is_heard(one, None) for one in events):
                self.bell()
        if len(told) > TOASTS:
            severity: Severity = "error" if any(one.severity == "error" for one in told) else "warning"
            lines = "\n".join(f"{one.title}  {one.text}" for one in told[:TOASTS])
            self.notify(
                f"{lines}\nand {len(told) - TOASTS} more",
                title=f"{len(told)} changes",
                severity=severity,
                markup=False,
            )
            return
        for one in told:
            self.notify(one.text, title=one.title, severity=one.severity, markup=False)

    # ------------------------------------------------------------ credentials

    def _on_store(self, _: str) -> None:
        problem = self._hub.scheduler.suspension
        # Whoever answered "Later" is asked again only after asking for AWS again (r).
        if problem is not None and problem is not self._told and not self._is_mending:
            self._is_mending = True
            self._told = problem
            self._mend(problem)

    @work(exclusive=True, exit_on_error=False)
    async def _mend(self, problem: SourceError) -> None:
        """Offer to renew expired credentials in place; the data shown is kept."""
        session = self._hub.session
        can_log_in = bool(session.renewal.command) or session.needs_terminal()
        buttons = (LOG_IN, "Later") if can_log_in else ("Close",)
        kept = "What is on the screen stays, and grows old."
        body = f"{problem.summary}\n\n{session.renewal.sentence} Then press r.\n{kept}"
        wanted = await self.push_screen_wait(MessageDialog("Credentials", body, buttons))
        if wanted == LOG_IN:
            try:
                with self.suspend():
                    # The terminal belongs to the login until it ends: nothing could be drawn meanwhile.
                    trouble = log_in(session, session.renewal.command)
            except SuspendNotSupported:
                trouble = "This terminal cannot be lent to the login: log in elsewhere, then press r."
            if not trouble:
                # Not `resume`: what the user has paused stays so.
                self._hub.scheduler.refresh()
            self.notify(
                trouble or "Logged in; reading again.",
                severity="error" if trouble else "information",
                markup=False,
            )
        self._is_mending = False

    # ------------------------------------------------------------ palette

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer comparison, split, themes and every command of the table."""
        for label in SHIFTS:
            yield SystemCommand(
                f"Compare with {label}", "Lay the same hours behind the charts", partial(self._compare, label)
            )
        yield SystemCommand("Compare with nothing", "Charts show the window only", partial(self._compare, ""))
        yield SystemCommand(
            "Split by target group", "The balancer's figures per target group, or whole", self._split
        )
        yield SystemCommand("Theme", "Choose another theme", self.action_change_theme)
        for one in COMMANDS:
            if one.id not in ("palette", "interrupt") and not one.action.startswith("app."):
                yield SystemCommand(one.text, one.id, partial(self._run_command, one.action))

    def _run_command(self, action: str) -> None:
        self.call_later(self.run_action, action, self._console)

    def _split(self) -> None:
        is_split = self._board.toggle_split()
        self.notify("Split by target group." if is_split else "Whole balancers.", timeout=2, markup=False)
        self._console.show()

    @work(exclusive=True, exit_on_error=False, group="compare")
    async def _compare(self, label: str) -> None:
        if not label:
            self._board.set_comparison("", {})
            self._console.show()
            return
        try:
            earlier = await self._hub.compare(SHIFTS[label])
        except SourceError as error:
            self.notify(f"{error.summary} {error.hint}", severity="warning", markup=False)
            return
        store = self._hub.store
        series = comparison_series(
            self._config,
            earlier,
            self._board.period_s,
            ecs=store.snapshot("ecs"),
            rds=store.snapshot("rds"),
            alb=store.snapshot("alb"),
        )
        if not series:
            self.notify(f"CloudWatch has no points for {label}.", severity="warning", markup=False)
        self._board.set_comparison(label, series)
        self._console.show()

    # ------------------------------------------------------------ what the console asks for

    @on(ConsoleScreen.Asked)
    def _asked(self, message: ConsoleScreen.Asked) -> None:
        suspension = self._hub.scheduler.suspension
        if message.what == "login" and suspension is not None:
            self._is_mending = True
            self._mend(suspension)
        elif message.what in self._answers:
            self._answers[message.what]()

    @property
    def _answers(self) -> Mapping[str, Callable[[], object]]:
        """What is done by what the console asks for."""
        return {
            "help": lambda: self.push_screen(HelpDialog(help_groups(self._config.keys))),
            "quit": self._leave,
            "actions": self._actions.open,
            "profile": self._choose_profile,
            "insights": self.windows.open_insights,
            "database": self.windows.open_database,
            "checklist": self.windows.open_checklist,
            "explain": self.windows.open_explain,
            "incident": lambda: self._incidents.record(self.windows.queries),
            "acknowledge": lambda: self._incidents.acknowledge(
                self._console.focused_source, self._console.focused_metric
            ),
            "copy": lambda: self._copy(self._console.focused_text),
            "link": self._link,
            "save": self._save,
        }

    async def action_quit(self) -> None:
        """Quit as q does: Textual's own key for it must not leave an action unasked."""
        self._leave()

    def _leave(self, switch: Switch | None = None) -> None:
        """Quit, or start anew with another profile; ask first while an action runs."""
        if self._actions.running:
            self._ask_to_leave(switch)
        else:
            self.exit(switch)

    @work(exclusive=True, exit_on_error=False, group="leave")
    async def _ask_to_leave(self, switch: Switch | None) -> None:
        from tui.presenters.actionplan import leaving_text

        text = leaving_text(self._actions.running)
        if await self.push_screen_wait(MessageDialog("An action is under way", text, (STAY, QUIT))) == QUIT:
            self.exit(switch)

    @work(exclusive=True, exit_on_error=False, group="profile")
    async def _choose_profile(self) -> None:
        """Ask for profile and Region, and end the console for one that starts anew with them."""
        current = self._config.profile
        found = await offload(partial(choices, current))
        if self._hub.session.has_own_keys or not found:
            why = "The sandbox has no profiles." if self._hub.session.has_own_keys else "There is no profile."
            self.notify(f"{why} `aws configure` or `aws configure sso` makes one.", markup=False)
            return
        profile = await self.push_screen_wait(PickerDialog("Profile", found, current))
        if profile is None:
            return
        known = await offload(partial(region_of, profile, self._config.region))
        note = "The console starts anew with this profile and Region."
        region = await self.push_screen_wait(PromptDialog("Region", known, "ap-northeast-2", note))
        if region and region.strip():
            self._leave(Switch(profile, region.strip()))

    @work(exclusive=True, exit_on_error=False, group="copy")
    async def _copy(self, text: str, title: str = "") -> None:
        if not text:
            self.notify("Nothing to copy here.", timeout=2, markup=False)
            return
        said = await copy_text(self, text)
        if title:
            self.notify(f"{text}\n{said}", title=title, timeout=15, markup=False)
        else:
            self.notify(said, timeout=4, markup=False)

    @on(TextDialog.CopyRequested)
    def _copy_dialog(self, event: TextDialog.CopyRequested) -> None:
        # Here, because what a dialog posts goes to the application, not to the screen below it.
        self._copy(event.text)

    def _link(self) -> None:
        source = self._console.focused_source
        region = self._config.region
        identity = self._hub.store.snapshot("identity")
        if identity is not None:
            region = identity.region
        if not region or not source:
            self.notify("The Region is not known yet.", severity="warning", markup=False)
            return
        kind: LinkKind = "logs" if source == LOG_SOURCE else source  # type: ignore[assignment]
        name = self._board.logs.groups[0] if source == LOG_SOURCE else self._board.shown(kind)  # type: ignore[arg-type]
        url = console_url(kind, region, name, self._config.stack.cluster or "default")
        self._copy(url, "AWS console")

    def _save(self) -> None:
        try:
            path = save_picture(self)
        except OSError as error:
            self.notify(f"The picture cannot be written: {error.strerror}.", severity="error", markup=False)
        else:
            self.notify(f"Saved to {path}", markup=False)
