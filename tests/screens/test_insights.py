"""The Insights modal: pick, run, stop, read rows, go on from them."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.querykit import Scripted, complete
from tests.screens.kit import RARE, SIZE, Seat, runtime_of, seated
from tui.domain.queries import QueryAnswer
from tui.queryhistory import load_history
from tui.sandbox.control import Control
from tui.sandbox.launcher import Sandbox
from tui.screens.insights import InsightsScreen
from tui.sources.insights import MalformedQuery, QueryPlan
from widgets.catalogue import Catalogue
from widgets.formdialog import FormDialog
from widgets.multipicker import MultiPicker
from widgets.picker import PickerDialog
from widgets.promptline import PromptLine
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable
from widgets.textview import TextDialog

HOSTILE = "[/x] [red]boo[/red] $error [link='a'] \x1b]0;pwned\x07\x1b[2J\x9b31m\u202eevil\nline two"
ENDPOINTS = complete(
    {"endpoint": "/slow", "requests": "3", "p95": "900.5"}, {"endpoint": "/fast", "p95": "2"}
)
EVENTS = complete(
    {"@timestamp": "2026-11-24 10:05:00.000", "@message": '{"a": 1}', "request_id": "r1"},
    {"@timestamp": "2026-11-24 10:04:00.000", "@message": "text", "request_id": "r2"},
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a home of its own, and a working directory."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@asynccontextmanager
async def opened(
    sandbox: Sandbox, source: Scripted, *, size: tuple[int, int] = SIZE, use_ascii: bool = False
) -> AsyncIterator[Seat]:
    """Run the console and open the modal."""
    runtime = runtime_of(sandbox, cadences=RARE)
    async with seated(runtime, size=size, use_ascii=use_ascii, queries=source.sources()) as seat:
        await seat.press("3", "i")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")
        yield seat


def modal(seat: Seat) -> InsightsScreen:
    return next(one for one in seat.app.screen_stack if isinstance(one, InsightsScreen))


def table(seat: Seat) -> ResultTable:
    return modal(seat).query_one(ResultTable)


def editor(seat: Seat) -> QueryEditor:
    return modal(seat).query_one(QueryEditor)


def saved(folder: Path, suffix: str) -> str:
    """Return what the file of a kind holds, "" while there is none."""
    return next((file.read_text() for file in folder.glob(f"*.{suffix}")), "")


def in_turn(*answers: QueryAnswer) -> Callable[[QueryPlan], QueryAnswer]:
    """Return a reply that gives one answer after the other, the last one for ever."""
    left = list(answers)
    return lambda plan: left.pop(0) if len(left) > 1 else left[0]


async def ran(seat: Seat, source: Scripted, times: int = 1) -> None:
    """Wait until so many queries have been asked and the rows have the focus."""
    await seat.until(lambda: len(source.asked) == times, f"{times} queries are asked")
    await seat.until(lambda: len(table(seat).data) > 0 and table(seat).has_focus, "the rows have the focus")


async def test_from_a_breach_to_the_sql_in_under_ten_keys(sandbox: Sandbox) -> None:
    request = complete({"@timestamp": "2026-11-24 10:05:00.000", "query": "SELECT 1", "duration": "9"})
    source = Scripted(in_turn(ENDPOINTS, EVENTS, request))
    async with opened(sandbox, source) as seat:
        assert "Slow endpoints" in seat.text()
        await seat.press("enter")
        await ran(seat, source)
        assert "by endpoint" in source.asked[0].plan.text
        await seat.press("enter")
        await seat.until(
            lambda: isinstance(seat.app.screen, PickerDialog), "what to do with the group is asked"
        )
        await seat.press("enter")
        await ran(seat, source, 2)
        assert 'endpoint = "/slow"' in source.asked[1].plan.text
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the event opens")
        await seat.press("enter")
        await ran(seat, source, 3)
        assert 'request_id = "r1"' in source.asked[2].plan.text
        assert "SELECT 1" in seat.text()


async def test_the_incident_of_the_sandbox_from_its_breach_to_its_sql(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE), size=(160, 45)) as seat:
        pressed: list[str] = []

        async def press(*keys: str) -> None:
            pressed.extend(keys)
            await seat.press(*keys)

        async def has_rows(column: str) -> None:
            await seat.until(
                lambda: (
                    table(seat).has_focus and column in (table(seat).row or {}) and "complete" in seat.text()
                ),
                f"rows with {column} come",
            )

        await press("3", "i")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")
        await press("enter")
        await has_rows("endpoint")
        assert (table(seat).row or {})["endpoint"].startswith("/api/")
        await press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
        await press("enter")
        await has_rows("request_id")
        await press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the request opens")
        await press("enter")
        await has_rows("message")
        assert "SELECT" in str(table(seat).data.shown())
        # The other way: the statements of all endpoints, the slowest first.
        assert len(pressed) == 7


async def test_while_it_runs_parts_are_shown_and_escape_stops_then_closes(sandbox: Sandbox) -> None:
    source = Scripted()
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await seat.until(lambda: len(source.asked) == 1, "it is asked")
        source.asked[0].progress(QueryAnswer("Running", ENDPOINTS.rows, 2.0, 50.0, 4e9))
        await seat.until(lambda: "$0.02" in seat.text(), "the cost so far is told")
        assert "running" in seat.text()
        assert "/slow" in seat.text()
        await seat.press("escape")
        await seat.until(lambda: source.asked[0].stop.is_set(), "the source is told to stop")
        await seat.until(lambda: "stopped" in seat.text(), "it has stopped")
        assert isinstance(seat.app.screen, InsightsScreen)
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")


async def test_leaving_stops_what_runs_and_opening_again_shows_the_rows(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")
        await seat.press("i")
        await seat.until(lambda: "/slow" in seat.text(), "the rows are still there")
        assert "by endpoint" in editor(seat).text
        assert len(source.asked) == 1
        source.reply = lambda plan: None
        await seat.press("f5", "f5")
        await seat.until(lambda: len(source.asked) == 3, "two more run")
        # Quitting is leaving too.
    assert all(asked.stop.is_set() for asked in source.asked[1:])


async def test_the_fourth_run_waits_and_says_so(sandbox: Sandbox) -> None:
    source = Scripted()
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await seat.until(lambda: len(source.asked) == 1, "it is asked")
        await seat.press("f5", "f5", "ctrl+j")
        await seat.until(lambda: "three queries run already" in seat.text(), "the fourth waits")
        source.asked[0].end(complete())
        await seat.until(lambda: len(source.asked) == 4, "it has its turn")


async def test_what_the_service_refuses_is_underlined_at_its_place(sandbox: Sandbox) -> None:
    source = Scripted(lambda plan: MalformedQuery("unexpected symbol found foo", 7, 10))
    async with opened(sandbox, source) as seat:
        editor(seat).focus()
        await seat.press(*"fields foo")
        await seat.press("f5")
        await seat.until(lambda: bool(editor(seat).marks), "it is marked")
        (mark,) = editor(seat).marks
        assert (mark.start, mark.end, mark.severity) == (7, 10, "error")
        assert "1:8" in seat.text()
        assert "unexpected symbol found foo" in seat.text()
        await seat.until(lambda: editor(seat).has_focus, "the editor has the focus")
        assert editor(seat).cursor_location == (0, 7)
        await seat.press("x")
        assert editor(seat).marks == ()


async def test_a_fault_is_said_while_one_writes(sandbox: Sandbox) -> None:
    async with opened(sandbox, Scripted()) as seat:
        editor(seat).load_text('filter a = "{{p}}" | stats sum(case when a > 1 then 1 end)')
        await seat.until(lambda: bool(editor(seat).marks), "the place is marked")
        assert editor(seat).marks[0].start > len('filter a = "{{p}}" | stats ')
        assert "write: " in seat.text()
        editor(seat).load_text("stats sum(a > 1) as n")
        await seat.until(lambda: not editor(seat).marks, "the mark is gone")
        assert not modal(seat).query_one("#insights-fault").display


async def test_parameters_are_asked_for(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(EVENTS))
    async with opened(sandbox, source) as seat:
        await seat.press(*"requests of an endpoint last")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, FormDialog), "a form opens")
        assert source.asked == []
        await seat.press(*'/a"b', "enter")
        await ran(seat, source)
        assert 'endpoint = "/a\\"b"' in source.asked[0].plan.text
        assert 'endpoint = /a"b' in seat.text()


async def test_no_rows_says_what_was_scanned(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(complete(scanned=1234.0)))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await seat.until(lambda: "No rows: 1,234 events" in seat.text(), "it is told")
        assert "(f3)" in seat.text()


async def test_an_event_leads_to_its_context_in_the_log(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(EVENTS))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        # The query has groups; a query without any gives events.
        editor(seat).load_text("fields @timestamp, @message")
        await seat.press("f5")
        await ran(seat, source, 2)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the event opens")
        assert '"a": 1' in seat.text()
        await seat.press("u")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal closes")
        assert seat.focus == "logs"
        assert seat.board.ui.moment_s == 1_795_514_700.0


async def test_a_group_becomes_a_filter(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
        await seat.press(*"only this group", "enter")
        await ran(seat, source, 2)
        assert '| filter endpoint = "/slow"\n| stats' in source.asked[1].plan.text


async def test_saving_under_a_name(sandbox: Sandbox, home: Path) -> None:
    async with opened(sandbox, Scripted()) as seat:
        editor(seat).focus()
        await seat.press(*"limit 5", "f9")
        await seat.until(lambda: isinstance(seat.app.screen, FormDialog), "the name is asked")
        await seat.press(*"no good", "enter", "enter")
        await seat.until(lambda: any("Write the name in letters" in one for one in seat.notices), "refused")
        await seat.press("f9")
        await seat.until(lambda: isinstance(seat.app.screen, FormDialog), "the name is asked")
        await seat.press(*"five-lines", "enter", *"which?", "enter")
        file = home / "config" / "cwtop" / "queries.yaml"
        await seat.until(file.exists, "it is saved")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        await seat.until(lambda: any("Saved as five-lines" in one for one in seat.notices), "it is told")
        await seat.press("ctrl+b")
        await seat.until(lambda: "* Five lines" in seat.text(), "it is in the catalogue, marked")


async def test_range_groups_and_place_reach_the_source(sandbox: Sandbox) -> None:
    aws, local = Scripted(in_turn(ENDPOINTS)), Scripted(in_turn(EVENTS))
    runtime = runtime_of(sandbox, cadences=RARE)
    async with seated(runtime, queries=aws.sources(local)) as seat:
        await seat.press("4", "i", "f3")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the range is asked")
        await seat.press(*"3h", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "it is chosen")
        await seat.press("f2")
        await seat.until(lambda: isinstance(seat.app.screen, MultiPicker), "the groups are asked")
        await seat.press(*"/other", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "it is chosen")
        modal(seat).query_one(Catalogue).focus()
        await seat.press("enter")
        await ran(seat, aws)
        plan = aws.asked[0].plan
        assert round(plan.end_s - plan.start_s) == 3 * 3600
        await seat.press("ctrl+o", "f5")
        await seat.until(lambda: len(local.asked) == 1, "the lines at hand answer")
        await seat.until(lambda: "local  complete" in seat.text(), "and it is told who did")


async def test_the_history_brings_a_query_back(sandbox: Sandbox, home: Path) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source) as seat:
        await seat.press("f7")
        await seat.until(lambda: any("Nothing has run yet" in one for one in seat.notices), "it is empty")
        await seat.press("enter")
        await ran(seat, source)
        editor(seat).load_text("limit 1")
        await seat.press("f7")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the history opens")
        assert "2 rows" in seat.text()
        await seat.press("enter")
        await seat.until(lambda: "by endpoint" in editor(seat).text, "the query is back")
        assert len(source.asked) == 1
        file = home / "state" / "cwtop" / "query-history.json"
        await seat.until(lambda: bool(load_history(file)), "it is written down")
    async with opened(sandbox, source) as seat:
        await seat.press("f7")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the history is there again")
        assert "2 rows" in seat.text()


@pytest.mark.parametrize("suffix", ["csv", "json"])
async def test_rows_are_saved_as_they_are_shown(sandbox: Sandbox, home: Path, suffix: str) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        await seat.press("slash", *"slow", "enter")
        await seat.until(lambda: "1 of them shown: slow" in seat.text(), "one row is left, and it is told")
        await seat.press("f10")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the form is asked")
        await seat.press(*suffix, "enter")
        await seat.until(lambda: bool(saved(home, suffix)), "it is saved")
        text = saved(home, suffix)
        assert "/slow" in text
        assert "/fast" not in text


async def test_what_bins_is_drawn_and_the_table_is_a_key_away(sandbox: Sandbox) -> None:
    rows = [{"bin(5m)": f"2026-11-24 10:{5 * at:02}:00.000", "n": str(at)} for at in range(6)]
    source = Scripted(in_turn(complete(*rows)))
    async with opened(sandbox, source) as seat:
        editor(seat).load_text("stats count(*) as n by bin(5m)")
        await seat.press("f5")
        await seat.until(lambda: "min 0 · max 5" in seat.text(), "the chart is drawn")
        await seat.press("f4")
        await seat.until(lambda: "2026-11-24 10:25:00.000" in seat.text(), "the table is shown")
        await seat.press("f4")
        await seat.until(lambda: "min 0 · max 5" in seat.text(), "the chart is back")


async def test_groups_are_drawn_as_bars_on_request(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        await seat.press("f4")
        await seat.until(lambda: "█" in seat.text(), "bars are drawn")
        assert "p95 by endpoint" in seat.text()


async def test_what_makes_no_chart_says_why(sandbox: Sandbox) -> None:
    source = Scripted(in_turn(EVENTS))
    async with opened(sandbox, source) as seat:
        editor(seat).load_text("fields @timestamp, @message")
        await seat.press("f5")
        await ran(seat, source)
        await seat.press("f4")
        await seat.until(
            lambda: any("stats count(*) by bin(5m)" in one for one in seat.notices), "it is told"
        )
        assert table(seat).has_focus


async def test_hostile_values_stay_values(sandbox: Sandbox) -> None:
    from widgets.text import sanitise

    value = sanitise(HOSTILE)
    source = Scripted(in_turn(complete({value: value, "@message": value, "endpoint": value})))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        assert "[/x] [red]boo[/red]" in seat.text()
        assert "\x1b" not in seat.text()
        await seat.press("v")
        await seat.until(lambda: isinstance(seat.app.screen, TextDialog), "the cell opens")
        await seat.press("escape", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
        await seat.press("escape", "y")
        await seat.until(lambda: any("opied" in one for one in seat.notices), "it is copied")


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (200, 50)])
@pytest.mark.parametrize("use_ascii", [False, True])
async def test_at_any_size_the_way_to_the_rows_is_the_same(
    sandbox: Sandbox, size: tuple[int, int], use_ascii: bool
) -> None:
    source = Scripted(in_turn(ENDPOINTS))
    async with opened(sandbox, source, size=size, use_ascii=use_ascii) as seat:
        assert "Slow endpoints" in seat.text()
        await seat.press("enter")
        await ran(seat, source)
        assert "/slow" in seat.text()
        assert "complete" in seat.text()
        if use_ascii:
            assert [char for char in seat.text() if not char.isascii()] == []


async def test_ten_thousand_rows_of_fifty_columns(sandbox: Sandbox) -> None:
    row = {f"column{at}": f"value {at}" for at in range(50)}
    rows = [{**row, "column0": str(number)} for number in range(10_000)]
    source = Scripted(in_turn(complete(*rows)))
    async with opened(sandbox, source) as seat:
        await seat.press("enter")
        await ran(seat, source)
        await seat.press("G")
        assert "9999" in seat.text()
        await seat.press("s")
        await seat.until(lambda: table(seat).data.row(0)["column0"] == "9999", "sorted")
        # The cursor has stayed on its row.
        row_of_cursor = table(seat).row
        assert row_of_cursor is not None
        assert row_of_cursor["column0"] == "9999"
        await seat.press("slash", *"777", "enter")
        await seat.until(lambda: len(table(seat).data) == 19 + 1 - 1, "filtered")


async def test_typing_offers_words_and_tab_takes_one(sandbox: Sandbox) -> None:
    async with opened(sandbox, Scripted()) as seat:
        editor(seat).focus()
        await seat.press(*"fiel")
        await seat.until(lambda: editor(seat).is_offering, "words are offered")
        await seat.until(lambda: "fields @timestamp, @message" in seat.text(), "with what they are")
        await seat.press("tab")
        assert editor(seat).text == "fields"
        await seat.press("space", *"@time")
        await seat.until(lambda: editor(seat).is_offering, "fields are offered")
        await seat.press("escape")
        assert not editor(seat).is_offering
        assert isinstance(seat.app.screen, InsightsScreen)
        assert not modal(seat).query_one(PromptLine).is_open


async def test_a_broken_file_of_queries_is_told_and_the_rest_is_there(sandbox: Sandbox, home: Path) -> None:
    folder = home / "config" / "cwtop"
    folder.mkdir(parents=True)
    (folder / "queries.yaml").write_text("mine:\n  title: Mine\n  text: limit 1\nbad:\n  title: B\n")
    async with opened(sandbox, Scripted()) as seat:
        await seat.until(lambda: any("queries.yaml:4" in one for one in seat.notices), "it is told")
        assert "* Mine" in seat.text()
        assert modal(seat).query_one(Input).has_focus


async def test_a_stop_reaches_the_service(sandbox: Sandbox, gate: Control) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.press("3", "i")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")
        # The query of the sandbox ends quickly: it is stopped while its start is still on the way.
        gate.delay(0.5, "logs", "StartQuery")
        gate.reset_calls()
        await seat.press("enter")
        await seat.until(lambda: gate.calls().counts.get("logs:StartQuery", 0) > 0, "it starts")
        await seat.press("escape")
        await seat.until(lambda: gate.calls().counts.get("logs:StopQuery", 0) == 1, "it is stopped")
        await seat.until(lambda: "stopped" in seat.text(), "and that is told")


async def test_what_a_query_would_scan_is_told_before_it_runs(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await seat.press("3", "i")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal opens")
        editor(seat).text = "stats count(*) by bin(5m)"
        await seat.press("f6")
        await seat.until(lambda: "estimate: it would scan" in seat.text(), "bytes and dollars are told")
        assert editor(seat).text == "stats count(*) by bin(5m)", "the query stays as it is"
        await seat.press("ctrl+o", "f6")
        await seat.until(lambda: any("cost nothing" in one for one in seat.notices), "local lines are free")
