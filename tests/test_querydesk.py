"""The query desk: three runs at once, a queue, stops that reach the source, failures, the history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.querykit import Scripted, complete
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.queries import QueryAnswer
from tui.domain.queryruns import Place, Question, Run
from tui.querydesk import MOST_AT_ONCE, MOST_KEPT, QueryDesk
from tui.sources.insights import MalformedQuery


def question(text: str = "fields @message", place: Place = Place.AWS) -> Question:
    return Question(text, "", ("/a",), 0.0, 100.0, place)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("never happened")


async def ended(desk: QueryDesk) -> Run:
    """Return the run that is shown, once it has ended."""
    await until(lambda: desk.shown is not None and desk.shown.has_ended)
    run = desk.shown
    assert run is not None
    return run


def desk_of(source: Scripted) -> QueryDesk:
    return QueryDesk(source.sources(), lambda: 50.0)


async def test_partial_rows_are_shown_until_the_answer_is_whole() -> None:
    source, told = Scripted(), list[Run]()
    desk = desk_of(source)
    desk.subscribe(told.append)
    run = desk.ask(question())
    await until(lambda: len(source.asked) == 1)
    plan = source.asked[0].plan
    assert (plan.text, plan.groups, plan.start_s, plan.end_s) == ("fields @message", ("/a",), 0.0, 100.0)
    source.asked[0].progress(QueryAnswer("Running", ({"a": "1"},), 1.0, 10.0, 100.0))
    await until(lambda: told[-1].answer.status == "Running")
    assert desk.shown is not None
    assert desk.shown.answer.rows == ({"a": "1"},)
    source.asked[0].end(complete({"a": "1"}, {"a": "2"}))
    await until(lambda: told[-1].has_ended)
    assert told[-1].number == run.number
    assert len(told[-1].answer.rows) == 2
    assert told[-1].fault is None


async def test_three_run_and_the_fourth_waits_for_one_to_end() -> None:
    source = Scripted()
    desk = desk_of(source)
    runs = [desk.ask(question(f"fields a{number}")) for number in range(5)]
    await until(lambda: len(source.asked) == MOST_AT_ONCE)
    assert [run.number for run in desk.waiting] == [runs[3].number, runs[4].number]
    source.asked[1].end(complete())
    await until(lambda: len(source.asked) == MOST_AT_ONCE + 1)
    assert source.asked[-1].plan.text == "fields a3"
    assert [run.number for run in desk.waiting] == [runs[4].number]
    # One that waits is given up without being asked.
    assert desk.stop(runs[4].number)
    assert desk.waiting == ()
    stopped = desk.run(runs[4].number)
    assert stopped is not None
    assert stopped.answer.status == "Cancelled"
    desk.stop_all()
    await until(lambda: not desk.running)
    assert len(source.asked) == MOST_AT_ONCE + 1


async def test_a_stop_reaches_the_source_and_a_second_one_changes_nothing() -> None:
    source = Scripted()
    desk = desk_of(source)
    run = desk.ask(question())
    await until(lambda: len(source.asked) == 1)
    assert desk.stop(run.number)
    assert source.asked[0].stop.is_set()
    assert desk.shown is not None
    assert desk.shown.is_stopping
    assert desk.stop(run.number)
    await until(lambda: desk.shown is not None and desk.shown.has_ended)
    assert desk.shown.answer.status == "Cancelled"
    assert not desk.stop(run.number)


async def test_leaving_stops_what_runs_and_what_waits() -> None:
    source = Scripted()
    desk = desk_of(source)
    for _ in range(5):
        desk.ask(question())
    await until(lambda: len(source.asked) == MOST_AT_ONCE)
    assert desk.stop_all() == 5
    await until(lambda: not desk.running)
    assert all(asked.stop.is_set() for asked in source.asked)
    assert len(source.asked) == MOST_AT_ONCE


async def test_what_is_refused_is_told_with_its_place() -> None:
    source = Scripted(lambda plan: MalformedQuery("unexpected symbol found sort", 3, 7))
    desk = desk_of(source)
    desk.ask(question())
    fault = (await ended(desk)).fault
    assert fault is not None
    assert (fault.start, fault.end) == (3, 7)
    assert "unexpected symbol found sort" in fault.message


async def test_a_failure_keeps_the_rows_that_had_come_and_says_what_to_do() -> None:
    source = Scripted()
    desk = desk_of(source)
    desk.ask(question())
    await until(lambda: len(source.asked) == 1)
    source.asked[0].progress(QueryAnswer("Running", ({"a": "1"},)))
    source.asked[0].end(SourceError(ErrorKind.ACCESS_DENIED, "Refused.", "Ask for logs:StartQuery."))
    shown = await ended(desk)
    assert shown.fault is not None
    assert shown.fault.message == "Refused. Ask for logs:StartQuery."
    assert shown.answer.rows == ({"a": "1"},)


async def test_a_bug_of_a_source_is_told_and_leaves_room_for_the_next_run() -> None:
    source = Scripted(lambda plan: RuntimeError("boo [/x]"))
    desk = desk_of(source)
    desk.ask(question())
    shown = await ended(desk)
    assert shown.fault is not None
    assert "RuntimeError: boo [/x]" in shown.fault.message
    source.reply = lambda plan: complete({"a": "1"})
    desk.ask(question())
    await until(lambda: desk.shown is not None and desk.shown.answer.status == "Complete")


async def test_the_history_holds_cost_and_rows_and_the_rows_of_old_runs_go() -> None:
    source = Scripted(lambda plan: complete({"a": "1"}, scanned=5e6))
    desk = desk_of(source)
    for number in range(MOST_KEPT + 3):
        desk.ask(question(f"fields a{number}"))
        await until(lambda: not desk.running and not desk.waiting)
    assert len(desk.history) == MOST_KEPT + 3
    newest = desk.history[0]
    assert (newest.text, newest.rows, newest.status) == (f"fields a{MOST_KEPT + 2}", 1, "Complete")
    assert round(newest.dollars, 6) == 0.005
    assert desk.run(1) is None
    assert desk.run(MOST_KEPT + 3) is not None


async def test_the_local_source_is_made_when_its_run_begins() -> None:
    aws, local = Scripted(), Scripted(lambda plan: complete({"a": "1"}))
    desk = QueryDesk(aws.sources(local), lambda: 1.0)
    desk.ask(question(place=Place.LOCAL))
    await until(lambda: desk.shown is not None and desk.shown.has_ended)
    assert (len(aws.asked), len(local.asked)) == (0, 1)
