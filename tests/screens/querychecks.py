"""The checks of the Insights modal's commands, against the sandbox's Insights."""

from __future__ import annotations

from pathlib import Path

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from tui.screens.insights import InsightsScreen
from widgets.catalogue import Catalogue
from widgets.dialogs import HelpDialog
from widgets.formdialog import FormDialog
from widgets.multipicker import MultiPicker
from widgets.picker import PickerDialog
from widgets.promptline import PromptLine
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable
from widgets.textview import TextDialog

QUERY = "fields @timestamp, level, logger | sort @timestamp desc | limit 3"


def modal(seat: Seat) -> InsightsScreen:
    return next(one for one in seat.app.screen_stack if isinstance(one, InsightsScreen))


def table(seat: Seat) -> ResultTable:
    return modal(seat).query_one(ResultTable)


async def opened(seat: Seat) -> None:
    await seat.press("i")
    await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")


async def ran(seat: Seat, query: str = QUERY) -> None:
    """Open the modal and run a query."""
    await opened(seat)
    modal(seat).query_one(QueryEditor).load_text(query)
    modal(seat).query_one(QueryEditor).focus()
    await seat.press("f5")
    await seat.until(lambda: len(table(seat).data) > 0 and "complete" in seat.text(), "rows come")
    await seat.until(lambda: not modal(seat).query_one(QueryEditor).has_focus, "the rows have the focus")


@check("insights")
async def _insights(seat: Seat, key: str, _: Control) -> None:
    await seat.press("4", key)
    await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")
    assert "Slow endpoints" in seat.text()


@check("query-run")
async def _run(seat: Seat, key: str, gate: Control) -> None:
    await opened(seat)
    modal(seat).query_one(QueryEditor).load_text(QUERY)
    modal(seat).query_one(QueryEditor).focus()
    gate.reset_calls()
    await seat.press(key)
    await seat.until(lambda: len(table(seat).data) == 3, "rows come")
    assert gate.calls().counts["logs:StartQuery"] == 1
    assert modal(seat).query_one(QueryEditor).text == QUERY


@check("query-estimate")
async def _estimate(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    modal(seat).query_one(QueryEditor).load_text(QUERY)
    await seat.press(key)
    await seat.until(lambda: "estimate: it would scan" in seat.text(), "bytes and dollars are told")


@check("query-open")
async def _open(seat: Seat, key: str, _: Control) -> None:
    await seat.press("3")
    await opened(seat)
    await seat.press(key)
    await seat.until(
        lambda: table(seat).has_focus and len(table(seat).data) == 5, "the catalogue's query runs"
    )
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
    assert "Database queries" in seat.text()


@check("query-leave")
async def _leave(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")


@check("query-catalogue")
async def _catalogue(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press(key)
    assert modal(seat).query_one(Catalogue).has_focus_within
    assert "type to narrow down" in seat.text()


@check("query-place")
async def _place(seat: Seat, key: str, gate: Control) -> None:
    await seat.live("logs")
    await opened(seat)
    modal(seat).query_one(QueryEditor).load_text(QUERY)
    gate.reset_calls()
    await seat.press(key, "f5")
    await seat.until(lambda: "local  complete · 3 rows" in seat.text(), "the lines at hand answer")
    assert "free" in seat.text()
    assert "logs:StartQuery" not in gate.calls().counts


@check("query-range")
async def _range(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the range is asked")
    await seat.press(*"from", "enter")
    await seat.until(lambda: modal(seat).query_one(PromptLine).is_open, "the times are asked")
    await seat.press(*"2h - 1h", "enter")
    await seat.until(lambda: "2h - 1h" in seat.text(), "it is told")


@check("query-groups")
async def _groups(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, MultiPicker), "the groups are asked")
    await seat.press("space", *"/other/*", "space", "enter")
    await seat.until(lambda: "AWS    /other/*" in seat.text(), "it is told")


@check("query-chart")
async def _chart(seat: Seat, key: str, _: Control) -> None:
    await ran(seat, "stats count(*) as n by level | sort n desc")
    await seat.press(key)
    await seat.until(lambda: "n by level" in seat.text() and "█" in seat.text(), "bars are drawn")
    await seat.press(key)
    await seat.until(lambda: "█" not in seat.text(), "the table is back")


@check("query-history")
async def _history(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the history opens")
    assert "3 rows" in seat.text()


@check("query-save")
async def _save(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, FormDialog), "the name is asked")


@check("query-export")
async def _export(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the form is asked")
    await seat.press("enter")
    await seat.until(lambda: bool(list(Path().glob("cwtop-query-*.csv"))), "it is saved")


@check("query-help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, HelpDialog), "the help opens")
    assert "Run the query" in seat.text()


@check("query-filter")
async def _filter(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press(key, *"nowhere", "enter")
    await seat.until(lambda: len(table(seat).data) == 0, "no row is left")


@check("query-sort")
async def _sort(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    newest = table(seat).data.row(0)["@timestamp"]
    await seat.press(key, key)
    oldest = table(seat).data.row(0)["@timestamp"]
    assert oldest <= newest
    order = table(seat).data.order
    assert order is not None
    assert not order.is_descending
    await seat.press(key)
    assert table(seat).data.order is None


@check("query-cell")
async def _cell(seat: Seat, key: str, _: Control) -> None:
    await ran(seat)
    await seat.press("right", key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the cell opens")
    assert "level" in seat.text()


async def _copied(seat: Seat, key: str) -> str:
    await ran(seat)
    await seat.press(key)
    await seat.until(lambda: any("Copied" in one for one in seat.notices), "it is copied")
    return seat.app.clipboard


@check("query-copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    text = await _copied(seat, key)
    assert text == table(seat).data.row(0)["@timestamp"]


@check("query-copy-row")
async def _copy_row(seat: Seat, key: str, _: Control) -> None:
    assert '"level": ' in await _copied(seat, key)


@check("query-copy-all")
async def _copy_all(seat: Seat, key: str, _: Control) -> None:
    text = await _copied(seat, key)
    assert text.startswith("@timestamp,level,logger")
    assert text.count("\n") == 4
