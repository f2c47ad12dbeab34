"""The result table: order, selection, cursor, widths, hostile text."""

from __future__ import annotations

import pytest
from textual.message import Message

from tests.widgets.kit import HOSTILE, Bench, messages_of, shown
from widgets.resulttable import ResultTable
from widgets.tableview import WIDEST, Order, TableRows, short_number, sort_key

ROWS = [
    {"name": "b", "n": "10", "wide": "x" * 300},
    {"name": "a", "n": "9.5"},
    {"name": HOSTILE, "n": "-1", "wide": "two\nlines\tand a tab"},
]


def test_rows_are_sorted_as_numbers_and_those_without_a_value_come_last() -> None:
    rows = TableRows(("n", "wide"), [*ROWS, {"name": "none"}, {"n": "text"}])
    rows.arrange(Order("n"), "")
    assert [row.get("n") for row in rows.shown()] == ["10", "9.5", "-1", "text", None]
    rows.arrange(Order("n", is_descending=False), "")
    assert [row.get("n") for row in rows.shown()] == ["text", "-1", "9.5", "10", None]
    rows.arrange(None, "")
    assert [rows.number(index) for index in range(len(rows))] == [0, 1, 2, 3, 4]


def test_rows_that_contain_every_word_are_left_in_any_case() -> None:
    rows = TableRows(("name", "n"), ROWS)
    rows.arrange(None, "BOO $err")
    assert [row["n"] for row in rows.shown()] == ["-1"]
    # A word does not match across two cells.
    rows.arrange(None, "b10")
    assert len(rows) == 0
    rows.arrange(None, "")
    assert len(rows) == 3


def test_numbers_stand_right_and_wide_columns_are_cut() -> None:
    name, n, wide = TableRows(("name", "n", "wide"), ROWS).columns
    assert (name.is_number, n.is_number, wide.is_number) == (False, True, False)
    assert wide.width == WIDEST


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3033.0299999999997", "3033.03"),
        ("0.000012345678", "1.235e-05"),
        ("0.50000000000001", "0.5"),
        ("12345678901234567890", "12345678901234567890"),
        ("1.5", "1.5"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_noise_of_a_number_is_cut_off(value: str, text: str) -> None:
    assert short_number(value) == text


def test_numbers_sort_after_text() -> None:
    assert sort_key("z") < sort_key("-1") < sort_key("9") < sort_key("10")


async def test_the_cursor_stays_on_its_row() -> None:
    table = ResultTable()
    app = Bench(table)
    async with app.run_test(size=(60, 10)) as pilot:
        table.show(("name", "n", "wide"), ROWS, keep=False)
        table.focus()
        await pilot.press("down", "right")
        assert (table.row, table.column, table.cell) == (ROWS[1], "n", "9.5")
        table.sort()
        assert table.row == ROWS[1]
        # More rows of the same query: order and words stay.
        table.show(("name", "n", "wide"), [*ROWS, {"n": "99"}], keep=True)
        assert table.data.row(0) == {"n": "99"}
        table.narrow("nowhere")
        assert table.row is None
        assert table.cell == ""
        await pilot.press("down", "end", "enter")
        table.narrow("")
        assert len(table.data) == 4


async def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    found: list[Message] = []
    table = ResultTable()
    app = Bench(table)
    async with app.run_test(size=(60, 10), message_hook=messages_of(ResultTable.Opened, found)) as pilot:
        table.show(("n", "name"), ROWS, keep=False)
        await pilot.pause()
        await pilot.click(table, offset=(2, 2))
        assert table.row == ROWS[1]
        await pilot.click(table, offset=(2, 3), times=2)
        assert table.row == ROWS[2]
        (opened,) = found
        assert isinstance(opened, ResultTable.Opened)
        assert (opened.row, opened.column) == (ROWS[2], "n")


async def test_values_are_drawn_as_they_are_on_one_line() -> None:
    table = ResultTable()
    app = Bench(table)
    async with app.run_test(size=(150, 10)) as pilot:
        table.show(("name", "n", "wide"), ROWS, keep=False)
        table.focus()
        await pilot.pause()
        rows = shown(app).splitlines()
        assert HOSTILE in rows[3]
        assert "two⏎lines and a tab" in rows[3]
        assert rows[2].split()[:3] == ["a", "9.5", "-"]
        assert rows[1].rstrip().endswith("…")


async def test_the_heading_stays_and_the_rest_scrolls() -> None:
    table = ResultTable(ascii=True)
    app = Bench(table)
    names = [f"column{number}" for number in range(40)]
    async with app.run_test(size=(50, 8)) as pilot:
        table.show(names, [{name: f"{name}-{row}" for name in names} for row in range(100)], keep=False)
        table.focus()
        await pilot.press("G")
        lines = shown(app).splitlines()
        assert "column0" in lines[0]
        assert "column0-99" in "\n".join(lines)
        for _ in range(39):
            await pilot.press("right")
        lines = shown(app).splitlines()
        assert "column39" in lines[0]
        assert "column39-99" in "\n".join(lines)
        await pilot.press("g")
        assert "column39-0" in shown(app)


async def test_an_empty_table_takes_every_key() -> None:
    table = ResultTable()
    app = Bench(table)
    async with app.run_test(size=(40, 5)) as pilot:
        table.focus()
        await pilot.press("down", "right", "G", "g", "pagedown", "enter")
        assert table.sort() is None
        assert (table.row, table.column, table.cell) == (None, "", "")
