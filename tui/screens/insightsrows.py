"""What the keys do with the rows of the Insights modal: open, go on asking, copy, save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.collect.offload import offload
from tui.domain.drill import Follow, Row, events_of, grouped, narrowed, row_moment, stretch
from tui.exports import copy_text, save_rows
from tui.insightsboard import InsightsBoard
from tui.presenters.answer import answer_csv, answer_json
from tui.presenters.queryrow import row_text
from widgets.picker import Choice, PickerDialog
from widgets.resulttable import ResultTable
from widgets.text import one_line
from widgets.textview import TextDialog

if TYPE_CHECKING:
    from tui.screens.insights import InsightsScreen
    from tui.screens.insightsdeeds import InsightsDeeds

CONTEXT: Final = "context"
_DIGITS: Final = "123456789"


class InsightsRows:
    """Turns keys on the rows into dialogs and further runs.

    Args:
        host: The modal.
        deeds: Runs queries.
        board: What is chosen and what has come.
    """

    def __init__(self, host: InsightsScreen, deeds: InsightsDeeds, board: InsightsBoard) -> None:
        self._host = host
        self._deeds = deeds
        self._board = board

    @property
    def _table(self) -> ResultTable:
        return self._host.query_one(ResultTable)

    # ------------------------------------------------------------ one row

    async def open(self, row: Row) -> None:
        """Open an event whole, or offer what a group leads to."""
        run = self._board.desk.shown
        tree = self._board.tree(run)
        if tree is not None and grouped(tree) is not None:
            await self._open_group(row)
        else:
            await self._open_event(row)

    async def _open_event(self, row: Row) -> None:
        follows = self._board.follow_ups(row)[: len(_DIGITS)]
        offers = [(_DIGITS[at], self._title(one.name), one.name) for at, one in enumerate(follows)]
        if offers:
            offers[0] = ("enter", *offers[0][1:])
        at_s = row_moment(row)
        if at_s is not None:
            offers.append(("u", "its context in the log", CONTEXT))
        dialog = TextDialog("Row", row_text(row), offers=tuple(offers))
        answer = await self._host.app.push_screen_wait(dialog)
        if answer == CONTEXT:
            self._host.dismiss(at_s)
            return
        follow = next((one for one in follows if one.name == answer), None)
        if follow is not None:
            self._follow(follow)

    async def _open_group(self, row: Row) -> None:
        """Offer the next questions about a group, the likeliest first."""
        tree = self._board.tree(self._board.desk.shown)
        if tree is None:
            return
        choices: list[Choice[Callable[[], object]]] = [
            Choice(partial(self._follow, one), self._title(one.name), _filled(one))
            for one in self._board.follow_ups(row)
        ]
        span = stretch(tree, row)
        if span is not None:
            choices += [
                Choice(
                    partial(self._host.dismiss, span[0]), "Show the log at that time", "leaves this window"
                ),
                Choice(partial(self._take_span, *span), "Only this stretch of time", "the same query"),
            ]
        events, fewer = events_of(tree, row), narrowed(tree, row)
        if events:
            choices.append(Choice(partial(self._take, events), "Its events", "the newest first"))
        if fewer:
            choices.append(Choice(partial(self._take, fewer), "Only this group", "added as a filter"))
        choices.append(Choice(partial(self._show, row), "The whole row"))
        chosen = await self._host.app.push_screen_wait(PickerDialog("Go on from this row", tuple(choices)))
        if chosen is not None:
            chosen()

    def _title(self, name: str) -> str:
        return one_line(self._board.catalogue.queries[name].title, 60)

    def _follow(self, follow: Follow) -> None:
        self._deeds.run_with(follow.name, follow.values)

    def _take(self, text: str) -> None:
        self._board.desk.draft.name = ""
        self._host.set_text(text)
        self._deeds.run()

    def _take_span(self, start_s: float, end_s: float) -> None:
        self._board.desk.draft.range = self._board.written_span(start_s, end_s)
        self._deeds.run()

    def _show(self, row: Row) -> None:
        self._host.app.push_screen(TextDialog("Row", row_text(row)))

    def open_cell(self) -> None:
        """Show the value under the cursor whole."""
        if self._table.row is not None:
            self._host.app.push_screen(TextDialog(one_line(self._table.column, 80), self._table.cell))

    # ------------------------------------------------------------ many rows

    async def copy(self, what: str) -> None:
        """Copy the cell, the row as JSON, or all rows that are shown as CSV."""
        table, run = self._table, self._board.desk.shown
        if run is None or table.row is None:
            self._host.notify("There are no rows to copy.", timeout=3, markup=False)
            return
        if what == "cell":
            text = table.cell
        elif what == "row":
            text = answer_json(replace(run.answer, rows=(table.row,)))
        else:
            text = answer_csv(replace(run.answer, rows=tuple(table.data.shown())))
        self._host.notify(await copy_text(self._host.app, text), timeout=4, markup=False)

    async def export(self) -> None:
        """Save the rows that are shown to a file."""
        run = self._board.desk.shown
        if run is None or not run.answer.rows:
            self._host.notify("There are no rows to save.", timeout=3, markup=False)
            return
        choices = (Choice(".csv", "CSV", "with a heading"), Choice(".json", "JSON", "a list of objects"))
        suffix = await self._host.app.push_screen_wait(PickerDialog("Save the rows as", choices))
        if suffix is None:
            return
        answer = replace(run.answer, rows=tuple(self._table.data.shown()))
        write = answer_csv if suffix == ".csv" else answer_json
        try:
            path = await offload(lambda: save_rows(write(answer), suffix), name="export")
        except OSError as error:
            said = f"The rows cannot be written: {error.strerror}."
            self._host.notify(said, severity="error", markup=False)
        else:
            self._host.notify(f"{len(answer.rows):,} rows saved to {path}", markup=False)


def _filled(follow: Follow) -> str:
    return ", ".join(one_line(value, 60) for value in follow.values.values())
