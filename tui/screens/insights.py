"""The Insights modal: catalogue, editor, results. Draws what the query desk knows; no logic of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from config.queries import Catalogue, fill, parameters
from tui.collect.offload import offload
from tui.domain.queryruns import Run, Where
from tui.exports import copy_text, save_rows
from tui.keys import INSIGHTS, insights_help, spell
from tui.logboard import parse_range
from tui.presenters.querychart import Bars, query_chart
from tui.presenters.querytext import (
    colours,
    follow_ups,
    history_text,
    state_text,
    trouble_text,
    whole_row,
    with_filter,
    words,
)
from tui.querydesk import QueryDesk
from tui.savedqueries import save_query
from tui.sources.insights import MalformedQuery, QueryPlan
from widgets.bars import BarChart
from widgets.cells import cell_len, fit
from widgets.chart import Chart
from widgets.dialogs import HelpDialog, PromptDialog
from widgets.hints import HintBar
from widgets.look import MUTED
from widgets.model import ChartView
from widgets.picker import Choice, PickerDialog
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable
from widgets.text import one_line
from widgets.textview import TextDialog

TICK_S: Final = 0.25
"""How often the time of a running query is told."""
_PARAMETER = re.compile(r"\{\{[^{}]*\}\}")
SETTLE_S: Final = 0.2
"""A query that has not changed for so long is checked."""


@dataclass(slots=True)
class Draft:
    """What the modal holds while it is closed.

    Attributes:
        catalogue: What can be chosen from.
        groups: Log groups, names or globs.
        range: As the user writes it: "1h", "10:00 - 10:30".
        text: In the editor.
        name: Of the query in the catalogue from which the text comes.
        where: Who is asked.
        run: Whose rows are shown.
        is_chart: Whether a chart is shown where there is one.
    """

    catalogue: Catalogue
    groups: tuple[str, ...]
    range: str
    text: str = ""
    name: str = ""
    where: Where = "AWS"
    run: Run | None = None
    is_chart: bool = True
    values: dict[str, str] = field(default_factory=dict)


class InsightsScreen(ModalScreen[int | None]):
    """Queries and their answers; the result is a moment in milliseconds that the log pane shall show."""

    DEFAULT_CSS = """
    InsightsScreen {
        background: $background;
        layout: vertical;
        #query--head { height: 1; padding: 0 1; background: $panel; }
        #query--top { height: 11; }
        #query--names {
            width: 76; height: 11; border: round $border; padding: 0; background: $background;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #query--names:focus { border: round $primary; }
        #query--right { width: 1fr; height: 11; }
        QueryEditor { height: 10; }
        #query--note { height: 1; padding: 0 1; color: $text-error; }
        #query--state { height: 1; padding: 0 1; background: $panel; }
        #query--trouble { height: auto; max-height: 4; padding: 0 1; display: none; }
        #query--trouble.-shown { display: block; }
        #query--chart { height: 2fr; display: none; }
        #query--bars { height: 2fr; display: none; }
        .-shown { display: block !important; }
        ResultTable { height: 3fr; border: none; }
        &.-medium #query--names { width: 46; }
        &.-narrow #query--names { width: 22; height: 8; }
        &.-narrow #query--top { height: 8; }
        &.-narrow #query--right { height: 8; }
        &.-narrow QueryEditor { height: 7; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(one.keys, one.action, one.text, show=False, priority=one.id in ("query-run", "query-where"))
        for one in INSIGHTS
    ]
    AUTO_FOCUS = "#query--names"

    def __init__(
        self,
        desk: QueryDesk,
        draft: Draft,
        now: Callable[[], float],
        *,
        first: str = "",
        has_local: bool = True,
        use_ascii: bool = False,
    ) -> None:
        """Make the modal.

        Args:
            desk: Runs the queries.
            draft: What was there when it was closed.
            now: Epoch seconds.
            first: Name of the query that is highlighted while nothing is written.
            has_local: Whether there are lines to ask.
            use_ascii: Draw without braille and box characters.
        """
        super().__init__()
        self._desk = desk
        self._draft = draft
        self._now = now
        self._first = first or draft.name
        self._has_local = has_local
        self._ascii = use_ascii
        self._names = list(draft.catalogue.queries)
        self._ticker: Timer | None = None
        self._settling: Timer | None = None
        self._drawn: tuple[int, int, bool] | None = None

    # ------------------------------------------------------------ composing

    def compose(self) -> ComposeResult:
        """Compose catalogue, editor, state, results."""
        yield Static(id="query--head")
        with Horizontal(id="query--top"):
            yield OptionList(id="query--names", markup=False, compact=True)
            with Vertical(id="query--right"):
                yield QueryEditor(self._draft.text, colours, words(), id="query--editor")
                yield Static(id="query--note")
        yield Static(id="query--state")
        yield Static(id="query--trouble")
        yield Chart(id="query--chart")
        yield BarChart(id="query--bars")
        yield ResultTable(id="query--table", ascii=self._ascii)
        yield HintBar(tuple((spell(one.keys.split(",")[0]), one.hint) for one in INSIGHTS if one.hint))

    def on_mount(self) -> None:
        """Fill the catalogue and show what was there."""
        options = self.query_one("#query--names", OptionList)
        queries = self._draft.catalogue.queries
        width = min(24, max((cell_len(name) for name in self._names), default=0))
        for name in self._names:
            about = one_line(queries[name].question or queries[name].title, 200)
            label = Content.assemble((fit(name, width), "bold"), (f"  {about}", MUTED))
            options.add_option(Option(label))
        wanted = self._first if self._first in self._names else next(iter(self._names), "")
        if wanted:
            options.highlighted = self._names.index(wanted)
            if not self._draft.text:
                self._load(wanted)
        for problem in self._draft.catalogue.problems:
            self.notify(str(problem), severity="warning", markup=False)
        self._desk.changed = self._changed
        self._ticker = self.set_interval(TICK_S, self._show_state)
        self.query_one(Chart).ascii = self._ascii
        self._show()

    def on_unmount(self) -> None:
        """Stop listening."""
        self._desk.changed = lambda run: None

    # ------------------------------------------------------------ drawing

    def _changed(self, run: Run) -> None:
        if run is self._draft.run and self.is_mounted:
            self._show()
            if run.answer.rows and self.query_one("#query--names").has_focus:
                self.query_one(ResultTable).focus()

    def _show(self) -> None:
        self._show_state()
        run = self._draft.run
        rows = run.answer.rows if run is not None else ()
        # The same rows again are not laid out again.
        shown = (run.number if run is not None else 0, id(rows), self._draft.is_chart)
        if shown != self._drawn:
            self._drawn = shown
            columns = run.answer.columns if run is not None else ()
            self.query_one(ResultTable).show(columns, rows)
            self.query_one(QueryEditor).set_words(words(columns))
            self._show_chart(run)
        trouble = self.query_one("#query--trouble", Static)
        text = trouble_text(run)
        trouble.update(Content(text))
        trouble.set_class(bool(text), "-shown")
        if run is not None:
            self._show_place(run)
        self._show_head()

    def _show_place(self, run: Run) -> None:
        """Underline what the service, or the engine, names as wrong."""
        error = run.error
        if not isinstance(error, MalformedQuery) or error.start is None:
            return
        written = self._editor.text
        if written.strip() == run.text:
            shift = len(written) - len(written.lstrip())
            self._editor.mark([(error.start + shift, (error.end or error.start + 1) + shift)])

    def _show_head(self) -> None:
        draft = self._draft
        badge = " AWS " if draft.where == "AWS" else " local "
        groups = ", ".join(draft.groups) or "no log group: f2"
        asked = draft.groups and draft.where == "AWS"
        what = one_line(groups, 300) if asked or draft.where == "AWS" else "the lines of the log pane"
        self.query_one("#query--head", Static).update(
            Content.assemble(
                ("Logs Insights ", "bold"),
                (badge, "bold reverse"),
                (f"  {one_line(draft.name, 40)}  ", "bold"),
                (f"{one_line(draft.range, 40)} · {what}", MUTED),
            )
        )

    def _show_state(self) -> None:
        run = self._draft.run
        badge = f"{run.where}: " if run is not None else ""
        others = sum(not each.has_ended for each in self._desk.runs if each is not run)
        more = f" · {others} more running or waiting" if others else ""
        table = self.query_one(ResultTable)
        seen = f" · {table.count} shown" if run is not None and table.count != len(run.answer.rows) else ""
        state = self.query_one("#query--state", Static)
        state.update(Content(f"{badge}{state_text(run, time.monotonic())}{seen}{more}"))

    def _show_chart(self, run: Run | None) -> None:
        chart: ChartView | Bars | None = None
        if run is not None and run.answer.rows and self._draft.is_chart:
            from tui.insights.parser import QuerySyntaxError, parse

            try:
                chart = query_chart(parse(run.text), run.answer.rows)
            except QuerySyntaxError:
                # The service understood what the grammar here does not: the table shows it all.
                chart = None
        line, bars = self.query_one(Chart), self.query_one(BarChart)
        line.set_class(isinstance(chart, ChartView), "-shown")
        bars.set_class(isinstance(chart, Bars), "-shown")
        if isinstance(chart, ChartView):
            line.view = chart
        elif isinstance(chart, Bars):
            bars.show(chart.title, chart.bars)

    # ------------------------------------------------------------ catalogue and editor

    @property
    def _editor(self) -> QueryEditor:
        return self.query_one(QueryEditor)

    def _load(self, name: str) -> None:
        self._draft.name = name
        self._editor.text = self._draft.catalogue.queries[name].text.strip()

    @on(OptionList.OptionSelected, "#query--names")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._load(self._names[event.option_index])
        self._run_written({})

    @on(TextArea.Changed, "#query--editor")
    def _written(self) -> None:
        self._draft.text = self._editor.text
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE_S, self._check)

    @work(exclusive=True, exit_on_error=False, group="check")
    async def _check(self) -> None:
        """Say what is wrong with the query, while it is written."""
        text = self._editor.text
        places, said = await offload(partial(_problems, text), name="query-check")
        if self.is_mounted and self._editor.text == text:
            self._editor.mark(places)
            self.query_one("#query--note", Static).update(Content(said))

    # ------------------------------------------------------------ running

    def action_run(self) -> None:
        """Run what is written."""
        self._run_written({})

    @work(exclusive=True, exit_on_error=False, group="run")
    async def _run_written(self, values: Mapping[str, str]) -> None:
        draft = self._draft
        given = dict(values)
        for name in parameters(self._editor.text):
            if name not in given:
                before = draft.values.get(name, "")
                value = await self.app.push_screen_wait(PromptDialog(name, before, "value of the parameter"))
                if value is None:
                    return
                given[name] = value
        draft.values |= given
        text = fill(self._editor.text, given).strip()
        if not text:
            self.notify("The query is empty; enter on a name of the catalogue loads one.", markup=False)
            return
        try:
            start_s, end_s = parse_range(draft.range, self._now())
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        plan = QueryPlan(text, draft.groups, start_s, end_s if end_s is not None else self._now())
        if draft.run is not None and not draft.run.has_ended:
            self._desk.stop(draft.run)
        self._editor.mark(())
        # The catalogue's follow-ups belong to its query as long as it is the one that runs.
        saved = draft.catalogue.queries.get(draft.name)
        name = draft.name if saved is not None and saved.text.strip() == self._editor.text.strip() else ""
        draft.run = self._desk.ask(plan, draft.where, name)
        self._show()

    def action_back(self) -> None:
        """Stop what runs; then close."""
        run = self._draft.run
        table = self.query_one(ResultTable)
        if run is not None and not run.has_ended and not run.is_stopping:
            self._desk.stop(run)
        elif table.is_filtered:
            table.filter("")
            self._show_state()
        else:
            self._leave(None)

    def _leave(self, moment_ms: int | None) -> None:
        self._desk.stop_all()
        self.dismiss(moment_ms)

    def action_where(self) -> None:
        """Ask AWS, or the lines at hand."""
        if not self._has_local:
            self.notify("The log pane holds no lines: no log group is configured.", markup=False)
            return
        self._draft.where = "local" if self._draft.where == "AWS" else "AWS"
        self._show_head()

    # ------------------------------------------------------------ dialogs

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_groups(self) -> None:
        """Ask for the log groups."""
        written = " ".join(self._draft.groups)
        note = "names or globs, separated by spaces; AWS bills what is scanned in each"
        text = await self.app.push_screen_wait(
            PromptDialog("Log groups", written, "/ecs/web /aws/rds/*", note)
        )
        if text is not None:
            self._draft.groups = tuple(dict.fromkeys(text.replace(",", " ").split()))
            self._show_head()

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_range(self) -> None:
        """Ask for the range of time."""
        text, note = self._draft.range, "15m, 3h, 10:00 - 10:30, 2026-11-23T10:00 - 2026-11-23T11:00"
        while True:
            answer = await self.app.push_screen_wait(PromptDialog("Range of time", text, "1h", note))
            if answer is None:
                return
            try:
                parse_range(answer, self._now())
            except ValueError as error:
                text, note = answer, str(error)
                continue
            self._draft.range = answer.strip()
            self._show_head()
            return

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_filter(self) -> None:
        """Ask for words that a row must hold."""
        text = await self.app.push_screen_wait(PromptDialog("Rows with", "", "words; empty shows all"))
        if text is not None:
            self.query_one(ResultTable).filter(text)
            self._show_state()

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_save(self) -> None:
        """Save the query to the user's file."""
        name = await self.app.push_screen_wait(
            PromptDialog("Save the query as", "", "my-query", "letters, digits and -")
        )
        if name is None:
            return
        try:
            path = await offload(partial(save_query, name.strip(), self._editor.text), name="query-save")
        except (OSError, ValueError) as error:
            self.notify(f"The query cannot be saved: {error}.", severity="error", markup=False)
            return
        self.notify(f"Saved as {name.strip()} in {path}", markup=False)

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_export(self) -> None:
        """Write the rows to files."""
        run = self._draft.run
        if run is None or not run.answer.rows:
            self.notify("There are no rows to export.", markup=False)
            return
        try:
            paths = await offload(partial(save_rows, run.answer), name="query-export")
        except OSError as error:
            self.notify(f"The rows cannot be written: {error.strerror}.", severity="error", markup=False)
            return
        self.notify(f"Saved to {' and '.join(map(str, paths))}", markup=False)

    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def action_history(self) -> None:
        """Choose one of the queries asked before."""
        runs = list(self._desk.runs)
        if not runs:
            self.notify("Nothing has been asked yet.", markup=False)
            return
        choices = tuple(Choice(run, *history_text(run, time.monotonic())) for run in runs)
        run = await self.app.push_screen_wait(PickerDialog("Asked before", choices, self._draft.run))
        if run is not None:
            self._draft.run, self._draft.name = run, run.name
            self._editor.text = run.text
            self._show()

    def action_chart(self) -> None:
        """Show or hide the chart."""
        self._draft.is_chart = not self._draft.is_chart
        self._show()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpDialog(insights_help()))

    # ------------------------------------------------------------ rows

    @on(ResultTable.CopyRequested)
    @work(exclusive=True, exit_on_error=False, group="copy")
    async def _copy(self, message: ResultTable.CopyRequested) -> None:
        self.notify(await copy_text(self.app, message.text), timeout=4, markup=False)

    @on(TextDialog.CopyRequested)
    @work(exclusive=True, exit_on_error=False, group="copy")
    async def _copy_all(self, message: TextDialog.CopyRequested) -> None:
        self.notify(await copy_text(self.app, message.text), timeout=4, markup=False)

    @on(ResultTable.Opened)
    @work(exclusive=True, exit_on_error=False, group="dialog")
    async def _opened(self, message: ResultTable.Opened) -> None:
        """Offer what can be done with a row."""
        row, run = message.row, self._draft.run
        choices: list[Choice[tuple[str, str, Mapping[str, str]]]] = [
            Choice(
                ("query", name, values),
                f"Ask {one_line(name, 40)}",
                one_line(", ".join(values.values()), 100),
            )
            for name, values in follow_ups(self._draft.catalogue.queries, run.name if run else "", row)
        ]
        whole: list[Choice[tuple[str, str, Mapping[str, str]]]] = [
            Choice(("whole", "", {}), "Show the whole row")
        ]
        if "@timestamp" in row:
            whole.append(Choice(("moment", row["@timestamp"], {}), "Go there in the log", row["@timestamp"]))
        is_event = "@timestamp" in row or "@message" in row
        narrow: list[Choice[tuple[str, str, Mapping[str, str]]]] = [
            Choice(("filter", name, {}), f"Filter: {one_line(name, 40)}", one_line(value, 100))
            for name, value in row.items()
            if not name.startswith("@") and value
        ]
        ordered = [*whole, *choices, *narrow] if is_event else [*choices, *narrow, *whole]
        chosen = await self.app.push_screen_wait(PickerDialog("Row", tuple(ordered)))
        if chosen is not None:
            self._follow(chosen, row)

    def _follow(self, chosen: tuple[str, str, Mapping[str, str]], row: Mapping[str, str]) -> None:
        what, name, values = chosen
        if what == "whole":
            self.app.push_screen(TextDialog("Row", whole_row(row)))
        elif what == "moment":
            try:
                moment_s = parse_range(name.replace(" ", "T") + "Z", self._now())[0]
            except ValueError as error:
                self.notify(str(error), severity="warning", markup=False)
                return
            self._leave(int(moment_s * 1000))
        elif what == "filter":
            self._draft.name = ""
            self._editor.text = with_filter(self._editor.text, name, row[name])
            self._run_written({})
        else:
            self._load(name)
            self._run_written(values)


def _problems(text: str) -> tuple[list[tuple[int, int]], str]:
    """Return the wrong places of a query, and the first sentence about them."""
    from tui.insights.lint import lint

    # A parameter stands where a value will; as long as its braces, so that places stay.
    written = _PARAMETER.sub(lambda found: "x" * len(found.group()), text)
    findings = lint(written)
    errors = [found for found in findings if found.severity == "error"] or findings
    if not errors:
        return [], ""
    first = errors[0]
    write = f"  write: {one_line(first.fix, 100)}" if first.fix else ""
    return [(found.start, found.end) for found in errors], f"{one_line(first.message, 300)}{write}"
