"""The Insights modal against the sandbox, and against sources that do as they are told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from config.queries import load_queries, user_file
from tests.screens.kit import RARE, Seat, runtime_of, seated
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.querydesk import QueryDesk
from tui.sandbox.launcher import Sandbox
from tui.screens.insights import InsightsScreen
from tui.sources.insights import MalformedQuery, QueryPlan
from widgets.picker import PickerDialog
from widgets.queryeditor import QueryEditor
from widgets.resulttable import ResultTable

HOSTILE = "\x1b]0;gone\x07[/bold]"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Scripted:
    """A source that waits until it is let go, or stopped, and then answers, or fails."""

    def __init__(self, answer: QueryAnswer | Exception, *, is_free: bool = True) -> None:
        self.answer = answer
        self.go = threading.Event()
        if is_free:
            self.go.set()
        self.plans: list[QueryPlan] = []
        self.stopped = 0

    def run(
        self, plan: QueryPlan, stop: threading.Event, on_progress: Callable[[QueryAnswer], None]
    ) -> QueryAnswer:
        self.plans.append(plan)
        on_progress(QueryAnswer("Running", ({"partial": "row"},), 1.0, 2.0, 3.0))
        while not self.go.wait(0.005):
            if stop.is_set():
                self.stopped += 1
                return QueryAnswer("Cancelled", ({"partial": "row"},))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def use(seat: Seat, source: Scripted) -> None:
    seat.app._desk = QueryDesk({"AWS": lambda plan: source, "local": lambda plan: source}, lambda: 0.0)


def modal(seat: Seat) -> InsightsScreen:
    return next(one for one in seat.app.screen_stack if isinstance(one, InsightsScreen))


def table(seat: Seat) -> ResultTable:
    return modal(seat).query_one(ResultTable)


def editor(seat: Seat) -> QueryEditor:
    return modal(seat).query_one(QueryEditor)


async def opened(seat: Seat) -> None:
    await seat.press("i")
    await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal is open")


async def written(seat: Seat, text: str) -> None:
    editor(seat).text = text
    await seat.press("f5")


async def test_from_the_balancer_to_the_endpoint_and_its_sql_in_ten_keys(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox), size=(160, 45)) as seat:
        await seat.live("alb")
        pressed: list[str] = []

        async def press(key: str) -> None:
            pressed.append(key)
            await seat.press(key)

        await press(str(1 + ["ecs", "rds", "alb"].index("alb")))
        assert seat.focus == "alb"
        await press("i")
        await seat.until(lambda: isinstance(seat.app.screen, InsightsScreen), "the modal is open")
        await press("enter")
        await seat.until(
            lambda: "complete" in seat.text() and table(seat).has_focus, "endpoints are answered"
        )
        found = table(seat).current
        assert found is not None
        assert found[0]["endpoint"].startswith("/api/")
        await press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
        await press("down")
        await press("enter")
        await seat.until(
            lambda: "database-queries" in seat.text() and "complete" in seat.text() and table(seat).count > 0,
            "statements are answered",
        )
        found = table(seat).current
        assert found is not None
        assert found[0]["query"].startswith("SELECT")
        assert len(pressed) < 10


async def test_the_lines_of_the_log_pane_answer_for_nothing(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox), size=(120, 40)) as seat:
        await seat.live("logs")
        await opened(seat)
        await seat.press("ctrl+o")
        await written(seat, "stats count(*) as n by level")
        await seat.until(lambda: "local: complete" in seat.text(), "the engine answers")
        assert "free" in seat.text()
        assert table(seat).count > 0


async def test_what_does_not_compile_is_underlined_with_the_sentence_below(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        error = MalformedQuery("unexpected symbol found count", 11, 16)
        use(seat, Scripted(error))
        await opened(seat)
        await written(seat, "fields a | count()")
        await seat.until(lambda: "unexpected symbol found count" in seat.text(), "the sentence is there")
        await seat.until(lambda: bool(editor(seat)._marks), "the place is marked")
        assert (11, 16) in editor(seat)._marks or editor(seat)._marks[0][0] == 11


async def test_a_fault_is_said_while_one_writes(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await opened(seat)
        editor(seat).text = "stats sum(case when a > 1 then 1 end)"
        await seat.until(lambda: bool(editor(seat)._marks), "the place is marked")
        editor(seat).text = "stats sum(a > 1)"
        await seat.until(lambda: not editor(seat)._marks, "the mark is gone")


async def test_parameters_are_asked_for(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        source = Scripted(QueryAnswer("Complete", ({"a": "1"},)))
        use(seat, source)
        await opened(seat)
        await written(seat, 'filter a = "{{wanted}}"')
        await seat.until(
            lambda: "wanted" in seat.text() and seat.app.screen is not modal(seat), "it is asked for"
        )
        await seat.press("x", '"', "enter")
        await seat.until(lambda: bool(source.plans), "the query runs")
        assert source.plans[0].text == 'filter a = "x\\""'
        assert source.plans[0].groups == ("/ecs/prod-llmops-app",)


async def test_escape_stops_and_then_closes(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        source = Scripted(QueryAnswer("Complete"), is_free=False)
        use(seat, source)
        await opened(seat)
        await written(seat, "fields a")
        await seat.until(
            lambda: "running" in seat.text() and table(seat).count == 1, "partial rows are shown"
        )
        await seat.press("escape")
        await seat.until(lambda: source.stopped == 1 and "cancelled" in seat.text(), "it is stopped")
        assert isinstance(seat.app.screen, InsightsScreen)
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal is closed")


async def test_quitting_stops_what_runs(sandbox: Sandbox) -> None:
    source = Scripted(QueryAnswer("Complete"), is_free=False)
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        use(seat, source)
        await opened(seat)
        await written(seat, "fields a")
        await seat.until(lambda: bool(source.plans), "it runs")
        await seat.press("ctrl+c", "ctrl+c")
    source_stopped = threading.Event()
    for _ in range(2000):
        if source.stopped:
            source_stopped.set()
            break
        source_stopped.wait(0.005)
    assert source_stopped.is_set()


async def test_rows_are_there_when_the_modal_is_opened_again(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        use(seat, Scripted(QueryAnswer("Complete", ({"colour": "blue"},))))
        await opened(seat)
        await written(seat, "fields colour")
        await seat.until(lambda: "blue" in seat.text(), "the row is there")
        await seat.press("escape")
        await seat.until(lambda: seat.app.screen is seat.console, "the modal is closed")
        await opened(seat)
        await seat.until(lambda: "blue" in seat.text(), "the row is there again")
        assert editor(seat).text == "fields colour"
        await seat.press("f11")
        await seat.until(lambda: "Asked before" in seat.text(), "the history is there")
        assert "fields colour" in seat.text()


async def test_the_refusal_of_the_service_is_said(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        use(seat, Scripted(SourceError(ErrorKind.ACCESS_DENIED, "You may not.", "Ask for logs:StartQuery.")))
        await opened(seat)
        await written(seat, "fields a")
        await seat.until(lambda: "You may not. Ask for logs:StartQuery." in seat.text(), "it is said")


async def test_an_event_leads_to_its_place_in_the_log(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox), size=(120, 40)) as seat:
        await seat.live("logs")
        await opened(seat)
        await written(seat, "fields @timestamp, @message | sort @timestamp desc | limit 5")
        await seat.until(lambda: table(seat).count == 5, "events are there")
        table(seat).focus()
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "what to do is asked")
        await seat.press("down", "enter")
        await seat.until(lambda: seat.app.screen is seat.console, "the console is back")
        await seat.until(lambda: seat.board.ui.moment_s is not None, "the moment is marked")


async def test_a_group_becomes_a_filter(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        source = Scripted(QueryAnswer("Complete", ({"host": 'a"b', "n": "1"},)))
        use(seat, source)
        await opened(seat)
        await written(seat, "stats count(*) as n by host")
        await seat.until(lambda: table(seat).count == 1, "the row is there")
        table(seat).focus()
        await seat.press("enter")
        await seat.until(lambda: "Filter: host" in seat.text(), "the filter is offered")
        await seat.press("h", "o", "s", "t", "enter")
        await seat.until(lambda: len(source.plans) == 2, "it runs again")
        assert source.plans[1].text.startswith('filter host = "a\\"b"\n| stats')


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_many_wide_and_hostile_rows_are_drawn(sandbox: Sandbox, size: tuple[int, int]) -> None:
    rows = tuple(
        {f"column{c}": f"{r}-{c}{HOSTILE if c == 1 else ''}" for c in range(50)} for r in range(10_000)
    )
    async with seated(runtime_of(sandbox, cadences=RARE), size=size) as seat:
        use(seat, Scripted(QueryAnswer("Complete", rows)))
        await opened(seat)
        await written(seat, "fields a")
        await seat.until(lambda: table(seat).count == 10_000, "the rows are there")
        table(seat).focus()
        await seat.press("G")
        await seat.until(lambda: "9999-0" in seat.text(), "the last row comes into view")
        await seat.press("right", "right", "s")
        assert "\x1b" not in seat.text()
        assert "f5 run" in seat.text()


async def test_range_groups_words_and_keys_are_asked(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        source = Scripted(QueryAnswer("Complete", ({"a": "red"}, {"a": "blue"})))
        use(seat, source)
        await opened(seat)
        for key, shown in (("f3", "Range of time"), ("f2", "Log groups"), ("f1", "Ask AWS, or the lines")):
            await seat.press(key)
            await seat.until(lambda shown=shown: shown in seat.text(), shown)  # type: ignore[misc]
            await seat.press("escape")
        await written(seat, "fields a")
        await seat.until(lambda: table(seat).count == 2, "the rows are there")
        await seat.press("f8")
        await seat.until(lambda: "Rows with" in seat.text(), "words are asked for")
        await seat.press("b", "l", "u", "enter")
        await seat.until(lambda: table(seat).count == 1, "one row is left")
        await seat.press("escape")
        await seat.until(lambda: table(seat).count == 2, "all rows are back")


async def test_a_query_is_saved_and_rows_are_exported(sandbox: Sandbox, home: Path) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        use(seat, Scripted(QueryAnswer("Complete", ({"a": "1"},))))
        await opened(seat)
        await written(seat, "fields a")
        await seat.until(lambda: table(seat).count == 1, "the row is there")
        await seat.press("f10")
        await seat.until(lambda: any("Saved to" in one for one in seat.notices), "it is said")
        assert sorted(one[-4:] for one in os.listdir(home) if one.startswith("cwtop-query-")) == [
            ".csv",
            "json",
        ]
        await seat.press("f9")
        await seat.until(lambda: "Save the query as" in seat.text(), "a name is asked for")
        await seat.press("m", "i", "n", "e", "enter")
        await seat.until(lambda: any("Saved as mine" in one for one in seat.notices), "it is said")
        assert "mine" in load_queries(user_file()).queries


async def test_words_complete_themselves(sandbox: Sandbox) -> None:
    async with seated(runtime_of(sandbox, cadences=RARE)) as seat:
        await opened(seat)
        editor(seat).text = ""
        editor(seat).focus()
        await seat.press("f", "i", "l", "t")
        await seat.until(lambda: editor(seat).suggestion == "er", "the rest is offered")
        await seat.press("tab")
        assert editor(seat).text == "filter"
        await seat.press("space", "tab")
        assert not editor(seat).has_focus, "without an offer the focus goes on"
