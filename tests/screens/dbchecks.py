"""The checks of the database screen's commands; nothing is applied to the shared sandbox."""

from __future__ import annotations

from tests.screens.checks import check
from tests.screens.kit import Seat
from tui.sandbox.control import Control
from tui.screens.actions import ActionsScreen
from tui.screens.database import DatabaseScreen
from widgets.dialogs import HelpDialog, PromptDialog
from widgets.resulttable import ResultTable
from widgets.textview import TextDialog


def screen(seat: Seat) -> DatabaseScreen:
    return next(one for one in seat.app.screen_stack if isinstance(one, DatabaseScreen))


def table(seat: Seat) -> ResultTable:
    return screen(seat).query_one(ResultTable)


def shown(seat: Seat) -> str:
    """Return the tab that is shown."""
    return screen(seat)._board.tab


async def opened(seat: Seat, tab: str = "1") -> None:
    """Open the screen at a tab, and wait for its rows."""
    await seat.live("rds", "postgres")
    await seat.press("d")
    await seat.until(lambda: isinstance(seat.app.screen, DatabaseScreen), "the screen opens")
    await seat.press(tab)
    await seat.until(lambda: len(table(seat).data) > 0, "rows come")


async def to_row(seat: Seat, column: str, word: str) -> str:
    """Put the cursor on the first row with a word in a column; return its key."""
    rows = table(seat)
    await seat.until(lambda: any(word in one.get(column, "") for one in rows.data.shown()), f"{word} comes")
    await seat.press("g")
    for _step in range(len(rows.data)):
        if word in (rows.row or {}).get(column, ""):
            break
        await seat.press("j")
    assert rows.row is not None
    return str(rows.row["_key"])


@check("database")
async def _database(seat: Seat, key: str, _: Control) -> None:
    await seat.live("postgres")
    await seat.press(key)
    await seat.until(lambda: "PostgreSQL 1" in seat.text(), "the server is told")
    await to_row(seat, "statement", 'FROM "pjt_bas"')


def _tab_check(command: str, number: int, name: str, word: str) -> None:
    @check(command)
    async def _tab(seat: Seat, key: str, _: Control) -> None:
        await opened(seat, "5" if number == 1 else "1")
        await seat.press(key)
        assert shown(seat) == name
        await seat.until(lambda: word in seat.text(), f"{name} come")


for _number, (_name, _word) in enumerate(
    {
        "statements": "mean ms",
        "activity": "waits for",
        "connections": "idle in transaction",
        "indexes": "(cust_cd)",
        "tables": "public.pjt_bas",
    }.items(),
    1,
):
    _tab_check(f"db-tab-{_number}", _number, _name, _word)


@check("db-next")
async def _next(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    seen = []
    for _step in range(5):
        seen.append(shown(seat))
        await seat.press(key)
    assert seen == ["statements", "activity", "connections", "indexes", "tables"]
    assert shown(seat) == "statements"


@check("db-previous")
async def _previous(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    assert shown(seat) == "tables"


@check("db-open")
async def _open(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await to_row(seat, "statement", 'FROM "pjt_bas"')
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the statement opens")
    assert "Filter: (cust_cd = $1)" in seat.text()
    assert "pjt_bas_pkey (id)" in seat.text()


@check("db-sort")
async def _sort(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, "5")
    while table(seat).column != "rows":
        await seat.press("right")
    await seat.press(key)
    order = table(seat).data.order
    assert order is not None
    assert (order.name, order.is_descending) == ("rows", True)


@check("db-filter")
async def _filter(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, "5")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, PromptDialog), "the words are asked for")
    await seat.press(*"mbr", "enter")
    await seat.until(lambda: len(table(seat).data) == 1, "one table is left")
    assert "only rows with “mbr”" in seat.text()


@check("db-cancel")
async def _cancel(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, "2")
    pid = await to_row(seat, "user", "llmops")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the action opens")
    await seat.until(lambda: pid in seat.text(), "it is for that session")


@check("db-terminate")
async def _terminate(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, "2")
    pid = await to_row(seat, "user", "llmops")
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the action opens")
    await seat.until(lambda: "pg_terminate_backend" in seat.text(), "its SQL is shown")
    assert pid in seat.text()


@check("db-actions")
async def _actions(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, ActionsScreen), "the list opens")


@check("db-copy")
async def _copy(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await to_row(seat, "statement", 'FROM "pjt_bas"')
    await seat.press(key)
    await seat.until(lambda: "cust_cd" in seat.app.clipboard, "the whole statement is copied")


@check("db-again")
async def _again(seat: Seat, key: str, _: Control) -> None:
    await opened(seat, "5")
    store = seat.runtime.hub.store
    before = store.entry("pg-tables").snapshot
    await seat.press(key)
    await seat.until(lambda: store.entry("pg-tables").snapshot is not before, "it is read again")


@check("db-help")
async def _help(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, HelpDialog), "the keys are told")
    assert "who runs, waits, blocks" in seat.text()


@check("db-leave")
async def _leave(seat: Seat, key: str, _: Control) -> None:
    await opened(seat)
    await seat.press(key)
    await seat.until(lambda: seat.app.screen is seat.console, "the console is back")
    scheduler = seat.runtime.hub.scheduler
    assert scheduler.period("pg-activity") == seat.runtime.loaded.config.cadences.activity
