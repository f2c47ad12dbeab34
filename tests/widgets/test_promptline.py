"""The line to type into: judged at every key, told when it settles, never left by accident."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual import events
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.widgets.kit import HOSTILE, Bench, messages_of, shown, until
from widgets.promptline import HISTORY, PromptLine


class _Misplaced(ValueError):
    position = 2


def _judge(text: str) -> str:
    if "(" in text:
        raise ValueError(f"“{text}” is not valid: close the bracket.")
    if "!" in text:
        raise _Misplaced("write a word.")
    return f"means {text}" if text else ""


async def _play(
    act: Callable[[Pilot[None], PromptLine, list[Message]], Awaitable[None]], *, ascii: bool = False
) -> None:
    told: list[Message] = []
    line = PromptLine(settle_s=0.02, ascii=ascii)
    app = Bench(Button("pane", id="pane"), line)
    async with app.run_test(size=(80, 12), message_hook=messages_of(Message, told)) as pilot:
        app.query_one("#pane").focus()
        await pilot.pause()
        await act(pilot, line, told)


def _said(told: list[Message]) -> list[tuple[str, ...]]:
    """Return the prompt's messages as (kind, mode, text)."""
    found: list[tuple[str, ...]] = []
    for one in told:
        if isinstance(one, PromptLine.Said):
            found.append((type(one).__name__, one.mode, one.text))
        elif isinstance(one, PromptLine.Closed):
            found.append(("Closed", one.mode))
    return found


async def test_it_is_judged_while_typing_and_submits_what_is_valid() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        assert not line.is_open
        line.open("search", "search", hint="a regular expression", check=_judge)
        await pilot.pause()
        assert "a regular expression" in shown(pilot.app)
        await pilot.press("a", "left_parenthesis")
        assert "“a(” is not valid: close the bracket." in shown(pilot.app)
        await pilot.press("enter")
        assert line.is_open
        await pilot.press("backspace")
        await until(pilot, lambda: "means a" in shown(pilot.app), "the explanation is shown")
        await pilot.press("enter")
        await pilot.pause()
        assert not line.is_open
        assert pilot.app.focused is pilot.app.query_one("#pane")
        assert ("Submitted", "search", "a") in _said(told)
        assert not any(one[0] == "Closed" for one in _said(told))

    await _play(act)


async def test_a_text_is_told_once_it_stands_still_and_only_if_valid() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line.open("filter", "filter", check=_judge)
        await pilot.press("a", "b", "c")
        await until(pilot, lambda: bool(_said(told)), "the change is told")
        assert _said(told)[-1] == ("Changed", "filter", "abc")
        count = len(_said(told))
        await pilot.press("left_parenthesis")
        await until(pilot, lambda: line._settling is None, "the invalid text settles")
        assert len(_said(told)) == count

    await _play(act)


async def test_a_submitted_text_is_not_told_as_changed_afterwards() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line._settle_s = 30.0
        line.open("search", "search")
        await pilot.press("a", "enter")
        await pilot.pause()
        assert line._settling is None
        assert _said(told) == [("Submitted", "search", "a")]

    await _play(act)


async def test_escape_leaves_and_gives_the_focus_back() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line.open("search", "search", value="old")
        await pilot.press("escape")
        await pilot.pause()
        assert not line.is_open
        assert pilot.app.focused is pilot.app.query_one("#pane")
        assert _said(told) == [("Closed", "search")]

    await _play(act)


async def test_another_mode_leaves_the_first() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line.open("search", "search", value="x")
        await pilot.pause()
        line.open("filter", "filter")
        await pilot.pause()
        assert _said(told) == [("Closed", "search")]
        assert (line.mode, line.value, line.is_open) == ("filter", "", True)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.focused is pilot.app.query_one("#pane")

    await _play(act)


async def test_each_mode_remembers_its_texts() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        for text in (*(f"n{number}" for number in range(HISTORY + 5)), "n24", "n23"):
            line.open("search", "search", value=text)
            await pilot.press("enter")
        line.open("filter", "filter")
        await pilot.press("up")
        assert line.value == ""
        line.open("search", "search")
        await pilot.press("d", "up")
        assert line.value == "n23"
        await pilot.press("up")
        assert line.value == "n24"
        await pilot.press(*["up"] * 40)
        assert line.value == "n5"
        await pilot.press(*["down"] * 40)
        assert line.value == "d", "what was being typed"

    await _play(act)


async def test_a_paste_of_several_lines_is_one_line_without_control_characters() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line.open("search", "search")
        await pilot.pause()
        line.query_one(Input).post_message(events.Paste("one\r\n\x1b[31mtwo\x07\n\nthree\n"))
        await until(pilot, lambda: bool(line.value), "the text is pasted")
        assert line.value == "one two· three"
        assert line.is_open
        line.query_one(Input).post_message(events.Paste("x" * 100_000))
        await until(pilot, lambda: len(line.value) > 100, "the long text is pasted")
        assert len(line.value) == 2000

    await _play(act)


async def test_a_problem_names_its_place_and_hostile_text_is_no_markup() -> None:
    async def act(pilot: Pilot[None], line: PromptLine, told: list[Message]) -> None:
        line.open("filter", HOSTILE[:10], value="ab!", check=_judge)
        await pilot.pause()
        assert "Character 3: write a word." in shown(pilot.app)
        assert line.problem
        line.open("filter", "filter", value=f"{HOSTILE}(", check=_judge)
        await pilot.pause()
        assert "[red]boo[/red]" in shown(pilot.app)

    await asyncio.wait_for(_play(act, ascii=True), 20)
