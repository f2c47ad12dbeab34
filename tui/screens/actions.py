"""The modal of tuning actions: pick one, fill in its form beside its plan, confirm, watch."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.actionboard import LIVE, RUN, choices
from tui.actiondesk import ActionDesk
from tui.actiondraft import Draft, DraftView
from tui.actions.audit import AuditError, Run
from tui.actions.registry import BY_ID, targets_of
from tui.board import Board
from tui.domain.actionruns import LiveRun, Wanted
from tui.domain.errors import SourceError
from tui.domain.plan import Effect
from tui.keys import ACTIONS, COMMANDS, help_groups, hints
from tui.presenters.actionplan import (
    Line,
    commands_text,
    confirm_lines,
    live_lines,
    plan_lines,
    record_lines,
    standing,
)
from widgets.catalogue import Catalogue
from widgets.confirm import ConfirmDialog
from widgets.dialogs import HelpDialog
from widgets.formview import FormView
from widgets.hints import HintBar
from widgets.look import plain_symbols
from widgets.picker import Choice
from widgets.text import one_line

Mode = Literal["list", "plan", "run", "record"]

TICK_S: Final = 1.0
"""How often the elapsed time of a run is told anew."""

BESIDE: Final = 110
FORM: Final = 46
MARGIN: Final = 4
"""Columns from which the form stands beside the plan, its width, and the plan's edges: as in app.tcss."""


def actions_bindings() -> list[BindingType]:
    """Return the bindings of the modal's commands; function keys have priority over the fields."""
    return [
        Binding(one.keys, one.action, one.text, show=False, id=one.id, priority=one.keys.startswith("f"))
        for one in COMMANDS
        if one.group == ACTIONS
    ]


class ActionsScreen(ModalScreen[None]):
    """The modal. Closing it leaves what runs running."""

    BINDINGS: ClassVar[list[BindingType]] = actions_bindings()
    AUTO_FOCUS = None

    def __init__(
        self,
        board: Board,
        desk: ActionDesk,
        pane: str,
        metric: str,
        *,
        start: Wanted | None = None,
        copy: Callable[[str], object],
        use_ascii: bool,
    ) -> None:
        """Make the modal.

        Args:
            board: The console's.
            desk: Reads and applies.
            pane: The pane that has the focus: ecs, rds, alb or logs.
            metric: The metric of the focused tile; "" for none.
            start: The action that is opened at once; leaving it closes the modal.
            copy: Copies a text and tells how.
            use_ascii: Draw without special characters.
        """
        super().__init__()
        self._board = board
        self._desk = desk
        self._pane = pane
        self._metric = metric
        self._start = start
        self._copy = copy
        self._ascii = use_ascii
        self._mode: Mode = "list"
        self._past: tuple[Run, ...] = ()
        self._draft: Draft | None = None
        self._view: DraftView | None = None
        self._wanted: tuple[str, str] = ("", "")
        self._undo = ""
        self._live = 0
        self._record: Run | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    # ------------------------------------------------------------ composing

    def compose(self) -> ComposeResult:
        """Compose list, form and plan; one of list and work is shown."""
        yield Static(id="actions-title", markup=False)
        yield Catalogue(self._choices(), label_width=44, ascii=self._ascii, id="actions-list")
        with Horizontal(id="actions-work"):
            yield FormView(ascii=self._ascii, id="actions-form")
            with Vertical(id="actions-side"):
                yield Static(id="actions-standing", markup=False)
                with VerticalScroll(id="actions-plan"):
                    yield Static(id="actions-text", markup=False)
        yield HintBar(hints(self._board.config.keys, of=ACTIONS))

    def on_mount(self) -> None:
        """Begin with the list, and read what the audit log remembers."""
        self.set_class(self._ascii, "-ascii")
        self._unsubscribe = self._desk.subscribe(self._on_run)
        self.set_interval(TICK_S, self._tick)
        self._to("list")
        self._read_past()
        if self._start is not None:
            target = self._start.target or targets_of(BY_ID[self._start.action], self._board.config)[0]
            self._wanted = (self._start.action, target)
            self._read()

    def on_unmount(self) -> None:
        """Hear no more of the runs, which go on."""
        self._unsubscribe()

    def _choices(self) -> tuple[Choice[str], ...]:
        return choices(self._board, self._pane, self._metric, self._desk.running, self._past)

    def _to(self, mode: Mode) -> None:
        self._mode = mode
        is_list = mode == "list"
        self.query_one(Catalogue).display = is_list
        self.query_one("#actions-work").display = not is_list
        form = self.query_one(FormView)
        form.display = mode == "plan" and bool(self._view is not None and self._view.fields)
        if is_list:
            self._say("Tuning actions", "type to narrow down; enter opens", "dim")
            self.query_one(Catalogue).show(self._choices(), "")
            self.query_one(Catalogue).focus()

    # ------------------------------------------------------------ drawing

    def _say(self, title: str, text: str, style: str) -> None:
        shown = plain_symbols(text) if self._ascii else text
        self.query_one("#actions-title", Static).update(
            Content.assemble((f" {one_line(title, 120)} ", "bold reverse $primary"), "  ", (shown, style))
        )

    def _draw(self, lines: tuple[Line, ...]) -> None:
        parts = [
            Content.assemble(*((plain_symbols(text) if self._ascii else text, style) for text, style in line))
            for line in lines
        ]
        self.query_one("#actions-text", Static).update(Content("\n").join(parts))

    @property
    def _width(self) -> int:
        # Of a widget that has just come into view the size is not known yet.
        is_beside = self.query_one(FormView).display and self.size.width >= BESIDE
        return max(30, self.size.width - (FORM if is_beside else 0) - MARGIN)

    def _stand(self, text: str, style: str) -> None:
        line = self.query_one("#actions-standing", Static)
        line.update(Content.styled(plain_symbols(text) if self._ascii else text, style))
        line.display = bool(text)

    def on_resize(self) -> None:
        """Wrap anew."""
        self.call_after_refresh(self._again)

    def _again(self) -> None:
        if self._mode == "plan":
            self._draw_plan()
        elif self._mode == "run":
            self._draw_run()
        elif self._mode == "record" and self._record is not None:
            self._draw(record_lines(self._record, self._width))

    # ------------------------------------------------------------ the list

    @work(exclusive=True, exit_on_error=False, group="past")
    async def _read_past(self) -> None:
        try:
            self._past = await self._desk.past()
        except AuditError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        self._fill_list()

    def _fill_list(self) -> None:
        """Show what the list holds now; the highlight stays where it is."""
        if self._mode == "list":
            catalogue = self.query_one(Catalogue)
            catalogue.show(self._choices(), catalogue.highlighted)

    @on(Catalogue.Chosen)
    def _chosen(self, event: Catalogue.Chosen) -> None:
        event.stop()
        if event.name.startswith(LIVE):
            self._watch(int(event.name.removeprefix(LIVE)))
        elif event.name.startswith(RUN):
            number = event.name.removeprefix(RUN)
            self._record = next((run for run in self._past if run.id == number), None)
            self._open_record()
        else:
            action, _, target = event.name.partition("@")
            self._wanted, self._undo = (action, target), ""
            self._read()

    def _open_record(self) -> None:
        record = self._record
        if record is None:
            return
        self._to("record")
        self._say("Run " + record.id, record.title, "")
        back = "u takes it back." if record.can_undo else ""
        self._stand(back, "bold $text-primary")
        self.query_one("#actions-plan").focus()
        self.call_after_refresh(self._again)

    # ------------------------------------------------------------ form and plan

    @work(exclusive=True, exit_on_error=False, group="read")
    async def _read(self) -> None:
        """Read the present state and show the form, or why it cannot be read."""
        self._draft = self._view = None
        self._to("plan")
        self._say(self._undo or self._wanted[0], "reading the present state…", "bold $text-warning")
        self._stand("", "")
        self._draw(())
        try:
            if self._undo:
                self._draft = await self._desk.undo(self._undo)
            else:
                values = self._start.values if self._start is not None else {}
                is_start = self._start is not None and self._wanted[0] == self._start.action
                self._draft = await self._desk.draft(*self._wanted, values if is_start else None)
        except SourceError as error:
            self._failed(error.summary, error.hint)
            return
        except AuditError as error:
            self._failed(str(error), "")
            return
        except Exception as error:
            self._failed(f"That failed in cwtop: {type(error).__name__}: {error}.", "Please report it.")
            raise
        await self._make()
        if not self.query_one(FormView).begin():
            self.query_one("#actions-plan").focus()

    def _failed(self, summary: str, hint: str) -> None:
        self._say(self._wanted[0] or "Undo", "not read", "bold $text-error")
        again = "r reads again, esc goes back."
        self._draw(
            (
                ((one_line(summary, 600), "bold $text-error"),),
                ((one_line(hint, 600), ""),),
                (),
                ((again, "dim"),),
            )
        )
        self.query_one("#actions-plan").focus()

    async def _make(self) -> None:
        """Make form and plan anew from what was entered."""
        if self._draft is None:
            return
        self._view = self._draft.view()
        await self.query_one(FormView).show(self._view.fields)
        self._to("plan")
        plan = self._view.plan
        self._say(self._wanted[0] if not self._undo else f"Undo {self._undo}", plan.title if plan else "", "")
        self.call_after_refresh(self._draw_plan)

    def _draw_plan(self) -> None:
        view = self._view
        if view is None or self._mode != "plan":
            return
        if view.plan is None:
            self._stand(f"✗ {view.problem or 'A field is not valid; see there.'}", "bold $text-error")
            self._draw(())
            return
        closed = self._desk.closed or self._board.hub.read_only_reason
        self._stand(*standing(view.plan, closed))
        self._draw(plan_lines(view.plan, self._width))

    @on(FormView.Changed)
    async def _changed(self, event: FormView.Changed) -> None:
        event.stop()
        if self._draft is not None:
            self._draft.set(event.name, event.value)
            await self._make()

    @on(FormView.Submitted)
    def _submitted(self, event: FormView.Submitted) -> None:
        event.stop()
        self.action_apply()

    # ------------------------------------------------------------ applying

    def action_apply(self) -> None:
        """Ask for the confirmation, then apply."""
        if self._mode != "plan" or self._view is None or self._draft is None:
            return
        plan = self._view.plan
        closed = self._desk.closed or self._board.hub.read_only_reason
        if plan is None or plan.is_blocked or closed:
            text = " ".join(plan.reasons) if plan is not None and plan.is_blocked else closed
            self.notify(text or "A field is not valid.", severity="warning", markup=False)
            return
        self._confirm()

    @work(exclusive=True, exit_on_error=False, group="confirm")
    async def _confirm(self) -> None:
        draft, view = self._draft, self._view
        if draft is None or view is None or view.plan is None:
            return
        plan = view.plan
        width = min(94, max(40, self.size.width - 10))
        body = Content("\n").join(
            Content.assemble(*((plain_symbols(text) if self._ascii else text, style) for text, style in line))
            for line in confirm_lines(plan, width)
        )
        effect = plan.impact.effect
        why = "Service is affected." if effect is Effect.NONE else f"Service is affected ({effect.value})."
        if await self.app.push_screen_wait(ConfirmDialog("Apply?", body, plan.confirm, why)):
            action = self._wanted[0] if not self._undo else plan.action
            self._watch(self._desk.apply(draft, plan, action).number)

    def _watch(self, number: int) -> None:
        self._live = number
        self._to("run")
        self.query_one("#actions-plan").focus()
        self.call_after_refresh(self._draw_run)

    def _on_run(self, run: LiveRun) -> None:
        if self._mode == "run" and run.number == self._live:
            self._draw_run()
        else:
            self._fill_list()
        if run.outcome is not None:
            self._read_past()

    def _tick(self) -> None:
        if self._mode == "run":
            run = self._desk.run(self._live)
            if run is not None and run.outcome is None:
                self._draw_run()

    def _draw_run(self) -> None:
        run = self._desk.run(self._live)
        if run is None or self._mode != "run":
            return
        if run.outcome is None:
            self._say("Under way", "it goes on when this window is closed", "dim")
            self._stand("", "")
        else:
            self._say("Ended", one_line(run.title, 120), "")
            back = "u takes it back." if run.outcome.can_undo else ""
            self._stand(back, "bold $text-primary")
        self._draw(live_lines(run, self._desk.now_s(), self._width))

    # ------------------------------------------------------------ other keys

    def action_undo(self) -> None:
        """Plan to take the run that is shown back."""
        run = self._desk.run(self._live) if self._mode == "run" else None
        number = ""
        if run is not None and run.outcome is not None and run.outcome.can_undo:
            number = run.outcome.run
        elif self._mode == "record" and self._record is not None and self._record.can_undo:
            number = self._record.id
        if not number:
            self.notify("There is nothing to take back here.", timeout=3, markup=False)
            return
        self._undo, self._wanted = number, ("", "")
        self._read()

    def action_again(self) -> None:
        """Read the state again and make the plan anew; what was entered is forgotten.

        Also after a run that sent nothing: somebody else may have been faster.
        """
        run = self._desk.run(self._live) if self._mode == "run" else None
        if run is not None and run.outcome is not None and not run.run:
            self._wanted, self._undo = (run.action, run.target), run.undo_of
            self._read()
        elif self._mode == "plan":
            self._read()

    def action_copy_commands(self) -> None:
        """Copy the equivalent commands of the plan."""
        plan = self._view.plan if self._mode == "plan" and self._view is not None else None
        text = commands_text(plan) if plan is not None else ""
        if self._mode == "record" and self._record is not None:
            text = "\n".join(step.command for step in self._record.steps)
        self._copy(text)

    def action_help(self) -> None:
        """Show the keys of this window."""
        groups = tuple(one for one in help_groups(self._board.config.keys) if one[0] == ACTIONS)
        self.app.push_screen(HelpDialog(groups))

    def action_leave(self) -> None:
        """Go back to the list; from there close."""
        if self._mode == "list" or (self._start is not None and self._mode in ("plan", "run")):
            self.workers.cancel_group(self, "read")
            self.dismiss(None)
        else:
            # What is still being read would come back over the list.
            self.workers.cancel_group(self, "read")
            self._to("list")
