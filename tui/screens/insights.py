"""The Insights modal: pick or write a query, run it, read its rows. Draws what the query desk says."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.collect.offload import offload
from tui.domain.queryruns import Place, Run
from tui.insightsboard import InsightsBoard, Words
from tui.keys import COMMANDS, INSIGHTS, hints
from tui.presenters.querycolours import colours
from tui.screens.insightsdeeds import InsightsDeeds
from tui.screens.insightsrows import InsightsRows
from widgets.bars import Bars
from widgets.catalogue import Catalogue
from widgets.chart import Chart
from widgets.hints import HintBar
from widgets.look import plain_symbols
from widgets.model import BarsView, ChartView, Mark
from widgets.promptline import PromptLine
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable
from widgets.text import one_line

TICK_S: Final = 0.25
"""How often the elapsed time is told anew while something runs."""


SETTLE_S: Final = 0.2
"""A query that has not changed for so long is checked."""


def modal_bindings() -> list[BindingType]:
    """Return the bindings of the modal's commands; those that the editor would take have priority."""
    return [
        Binding(
            one.keys,
            one.action,
            one.text,
            show=False,
            id=one.id,
            priority=one.keys.startswith(("f", "ctrl+")),
        )
        for one in COMMANDS
        if one.group == INSIGHTS
    ]


class InsightsScreen(ModalScreen[float | None]):
    """The modal; its answer is a moment (epoch seconds) to show the log at, None for none."""

    BINDINGS: ClassVar[list[BindingType]] = modal_bindings()
    AUTO_FOCUS = None

    def __init__(self, board: InsightsBoard, source: str, *, use_ascii: bool, start: str = "") -> None:
        """Make the modal.

        Args:
            board: What is chosen and what has come.
            source: ecs, rds, alb or logs: the pane that had the focus.
            use_ascii: Draw without braille and box characters.
            start: Name of a query that is loaded and run; "" for none.
        """
        super().__init__()
        self._board = board
        self._desk = board.desk
        self._source = source
        self._start = start
        self._ascii = use_ascii
        self._ticks: Timer | None = None
        self._drawn: tuple[int, int] = (0, -1)
        self._settling: Timer | None = None
        self._linted: tuple[str, tuple[Mark, ...]] = ("", ())
        self._deeds = InsightsDeeds(self, board)
        self._rows = InsightsRows(self, self._deeds, board)

    # ------------------------------------------------------------ composing

    def compose(self) -> ComposeResult:
        """Compose catalogue, editor, status and result."""
        board = self._board
        with Horizontal(id="insights-body"):
            yield Catalogue(board.choices(), board.suggested(self._source), ascii=self._ascii)
            with Vertical(id="insights-work"):
                yield QueryEditor(self._desk.draft.text, colours=colours, complete=board.complete)
                yield Static(id="insights-fault", markup=False)
                yield Static(id="insights-asked", markup=False)
                yield Static(id="insights-state", markup=False)
                with Container(id="insights-result"):
                    yield ResultTable(ascii=self._ascii)
                    with VerticalScroll(id="insights-chart"):
                        yield Chart()
                        yield Bars(ascii=self._ascii)
                    yield Static(id="insights-nothing", markup=False)
        yield PromptLine(ascii=self._ascii)
        yield HintBar(hints(board.keymap, of=INSIGHTS))

    def on_mount(self) -> None:
        """Show what was left here last time; else the catalogue."""
        self.set_class(self._ascii, "-ascii")
        self._board.discover()
        self._desk.subscribe(self._on_run)
        self._ticks = self.set_interval(TICK_S, self._tick, pause=True)
        for problem in self._board.take_problems():
            self.notify(problem, severity="warning", markup=False)
        self.show()
        if self._start:
            self._deeds.load(self._start)
        elif self._desk.shown is not None:
            self.focus_result()
        else:
            self.action_catalogue()

    def on_unmount(self) -> None:
        """Stop what still runs, however the modal went."""
        self._desk.subscribe(lambda run: None)
        self._desk.stop_all()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Where there is little room the catalogue is there only while it is used."""
        self.set_class(bool(self.query_one(Catalogue).has_focus_within), "-picking")

    # ------------------------------------------------------------ drawing

    def _on_run(self, run: Run) -> None:
        if run.number == self._desk.draft.shown and self.is_mounted:
            self.show()
        elif self.is_mounted:
            self._tell_state()

    def _tick(self) -> None:
        self._tell_state()

    def show(self) -> None:
        """Draw everything anew."""
        self._tell_asked()
        self._tell_state()
        run = self._desk.shown
        table, nothing = self.query_one(ResultTable), self.query_one("#insights-nothing", Static)
        rows = run.answer.rows if run is not None else ()
        if run is not None and (run.number, id(rows)) != self._drawn:
            table.show(self._board.columns(), rows, keep=run.number == self._drawn[0])
            self._drawn = (run.number, id(rows))
        self._mark(run)
        view = self._board.chart()
        self._draw_chart(view)
        table.display = bool(rows) and view is None
        nothing.display = not rows
        if run is None:
            said = "Choose a query on the left, or write one above. The rows come here."
        else:
            said = self._board.nothing(run)
        nothing.update(self._content(((said, ""),)))
        self._deeds.follow_focus(run)

    def _content(self, words: Words) -> Content:
        return Content.assemble(*((self._plain(text), style) for text, style in words))

    def _plain(self, text: str) -> str:
        return plain_symbols(text) if self._ascii else text

    def _draw_chart(self, view: ChartView | BarsView | None) -> None:
        box, chart, bars = self.query_one("#insights-chart"), self.query_one(Chart), self.query_one(Bars)
        chart.ascii = self._ascii
        chart.view = view if isinstance(view, ChartView) else None
        bars.view = view if isinstance(view, BarsView) else None
        chart.display, bars.display = chart.view is not None, bars.view is not None
        is_moved = view is None and box.has_focus
        box.display = view is not None
        if is_moved:
            self.query_one(ResultTable).focus()

    def show_catalogue(self) -> None:
        """Show what the catalogue holds now."""
        self.query_one(Catalogue).show(self._board.choices(), self._desk.draft.name)

    def focus_result(self) -> None:
        """Give the rows the focus, drawn as they are."""
        box = self.query_one("#insights-chart")
        (box if box.display else self.query_one(ResultTable)).focus()

    def _tell_asked(self) -> None:
        self.query_one("#insights-asked", Static).update(self._content(self._board.asked()))

    def _tell_state(self) -> None:
        line, is_busy = self._board.state()
        data = self.query_one(ResultTable).data
        if data.words:
            line = (*line, (f"  · {len(data):,} of them shown: {one_line(data.words, 40)}", "bold"))
        self.query_one("#insights-state", Static).update(self._content(line))
        if self._ticks is not None:
            if is_busy:
                self._ticks.resume()
            else:
                self._ticks.pause()

    def _mark(self, run: Run | None) -> None:
        """Underline what the service refuses, while its text still stands there; else what lint says."""
        text = self.query_one(QueryEditor).text
        marks = self._board.marks(run, text)
        if not marks and self._linted[0] == text:
            marks = self._linted[1]
        self.query_one(QueryEditor).marks = marks
        self._tell_fault(marks[0] if marks else None)

    def _tell_fault(self, mark: Mark | None) -> None:
        line = self.query_one("#insights-fault", Static)
        line.display = mark is not None
        if mark is not None:
            style = "bold $text-error" if mark.severity == "error" else "$text-warning"
            line.update(self._content(((self._board.place_text(mark), style),)))

    @on(QueryEditor.Pointed)
    def _pointed(self, event: QueryEditor.Pointed) -> None:
        event.stop()
        marks = self.query_one(QueryEditor).marks
        self._tell_fault(event.mark or (marks[0] if marks else None))

    # ------------------------------------------------------------ asking

    @on(QueryEditor.Changed)
    def _edited(self, event: QueryEditor.Changed) -> None:
        event.stop()
        self._desk.draft.text = event.text_area.text
        if not self.query_one(QueryEditor).marks:
            self._tell_fault(None)
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_S, self._check)

    @work(exclusive=True, exit_on_error=False, group="lint")
    async def _check(self) -> None:
        """Say what is wrong with the query while it is written; of several checks the newest counts."""
        text = self.query_one(QueryEditor).text
        marks = await offload(partial(self._board.findings, text), name="lint")
        if self.is_mounted and self.query_one(QueryEditor).text == text:
            self._linted = (text, marks)
            self._mark(self._desk.shown)

    @on(Catalogue.Chosen)
    def _chosen(self, event: Catalogue.Chosen) -> None:
        event.stop()
        self._deeds.load(event.name)

    def set_text(self, text: str) -> None:
        """Put a query into the editor."""
        editor = self.query_one(QueryEditor)
        if editor.text != text:
            editor.load_text(text)
        self._desk.draft.text = text

    def action_run(self) -> None:
        """Run what stands in the editor."""
        # What was typed last may not have been told yet.
        self._desk.draft.text = self.query_one(QueryEditor).text
        self._deeds.run()

    def action_estimate(self) -> None:
        """Ask what the query in the editor would scan."""
        self._desk.draft.text = self.query_one(QueryEditor).text
        self._deeds.run(is_estimate=True)

    def action_leave(self) -> None:
        """Stop the run that is shown; else close."""
        run = self._desk.shown
        if run is not None and not run.has_ended and not run.is_stopping:
            self._desk.stop(run.number)
            return
        self.dismiss(None)

    def action_catalogue(self) -> None:
        """Give the catalogue the focus."""
        self.add_class("-picking")
        self.query_one(Catalogue).focus()

    def action_place(self) -> None:
        """Ask the other one: AWS or the lines at hand."""
        self._desk.draft.place = self._desk.draft.place.other
        self._tell_asked()
        if self._desk.draft.place is Place.LOCAL:
            self.notify(
                "Answers come from the lines in the log pane: at once, and for nothing.", markup=False
            )

    def action_range(self) -> None:
        """Choose the range of time."""
        self._deeds.start(self._deeds.choose_range)

    def action_groups(self) -> None:
        """Choose log groups."""
        self._deeds.start(self._deeds.choose_groups)

    def action_history(self) -> None:
        """Choose a run from before."""
        self._deeds.start(self._deeds.choose_past)

    def action_save(self) -> None:
        """Save the query under a name."""
        self._deeds.start(self._deeds.save)

    def action_export(self) -> None:
        """Save the rows."""
        self._deeds.start(self._rows.export)

    def action_help(self) -> None:
        """Show the keys."""
        self._deeds.help()

    # ------------------------------------------------------------ rows

    def action_chart(self) -> None:
        """Draw the rows as a chart, or as a table again."""
        problem = self._board.toggle_chart()
        if problem:
            self.notify(problem, markup=False)
        was_focused = self.query_one(ResultTable).has_focus
        self.show()
        if was_focused:
            self.focus_result()

    def action_sort(self) -> None:
        """Sort by the column of the cursor."""
        self.query_one(ResultTable).sort()
        self._tell_state()

    def action_filter(self) -> None:
        """Ask for words that rows are to contain."""
        table = self.query_one(ResultTable)
        hint = "rows that contain every word, in any case; empty shows all"
        self.query_one(PromptLine).open("rows", "rows", value=table.data.words, hint=hint)

    @on(PromptLine.Submitted)
    def _answered(self, event: PromptLine.Submitted) -> None:
        event.stop()
        self._deeds.answer(event.mode, event.text)

    @on(PromptLine.Changed)
    def _typed(self, event: PromptLine.Changed) -> None:
        event.stop()
        if event.mode == "rows":
            self.query_one(ResultTable).narrow(event.text)
            self._tell_state()

    @on(PromptLine.Closed)
    def _prompt_closed(self, event: PromptLine.Closed) -> None:
        event.stop()

    @on(Input.Changed)
    def _ignore(self, event: Input.Changed) -> None:
        event.stop()

    @on(ResultTable.Opened)
    def _opened(self, event: ResultTable.Opened) -> None:
        event.stop()
        self._deeds.start(partial(self._rows.open, event.row))

    def action_open(self) -> None:
        """Go on from the row under the cursor."""
        self.query_one(ResultTable).action_open()

    def action_cell(self) -> None:
        """Open the cell under the cursor whole."""
        self._rows.open_cell()

    def action_copy(self, what: str) -> None:
        """Copy the cell, the row or all rows that are shown."""
        self._deeds.start(partial(self._rows.copy, what))
