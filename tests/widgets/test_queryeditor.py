"""The query editor: colours, marks, and words that are offered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.message import Message

from tests.widgets.kit import Bench, messages_of, until
from widgets.model import Mark, Offer
from widgets.queryeditor import QueryEditor


def complete(text: str, at: int) -> Sequence[Offer]:
    start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
    word = text[start:at]
    known = ("fields", "filter", "count()")
    return [Offer(one, "a note", len(word)) for one in known if word and one.startswith(word)]


def colours(text: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    return tuple(((0, len(line), "command"),) if line else () for line in text.split("\n"))


async def test_marks_are_underlined_and_go_with_the_text_they_judge() -> None:
    found: list[Message] = []
    editor = QueryEditor("one two\nthree", colours=colours)
    app = Bench(editor)
    async with app.run_test(size=(40, 6), message_hook=messages_of(QueryEditor.Pointed, found)) as pilot:
        editor.marks = (Mark("error", 4, 11, "wrong"),)
        spans = [
            (span.start, span.end) for span in editor.get_line(0).spans if "underline" in str(span.style)
        ]
        assert spans == [(4, 7)]
        spans = [
            (span.start, span.end) for span in editor.get_line(1).spans if "underline" in str(span.style)
        ]
        assert spans == [(0, 3)]
        editor.focus()
        editor.point_at(9)
        assert editor.offset_of_cursor == 9
        await until(pilot, lambda: bool(found), "the mark under the cursor is told")
        await pilot.press("x")
        await until(pilot, lambda: editor.marks == (), "the marks are gone")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (13, 13), (13, 99), (99, 120), (7, 8)])
async def test_marks_anywhere_are_drawn(start: int, end: int) -> None:
    editor = QueryEditor("one two\nthree")
    async with Bench(editor).run_test(size=(40, 6)) as pilot:
        editor.marks = (Mark("warning", start, end, "odd"),)
        await pilot.pause()
        assert len(editor.marks) == 1


@pytest.mark.parametrize("key", ["tab", "enter"])
async def test_an_offer_is_taken(key: str) -> None:
    editor = QueryEditor(complete=complete)
    async with Bench(editor).run_test(size=(70, 12)) as pilot:
        editor.focus()
        await pilot.press("f", "i")
        await until(pilot, lambda: editor.is_offering, "words are offered")
        await pilot.press("down", key)
        assert editor.text == "filter"
        assert not editor.is_offering
        # What is written out is offered no more: enter goes to the next line.
        await pilot.press("enter", "c", "o")
        await until(pilot, lambda: editor.is_offering, "words are offered")
        await pilot.press(key, "x")
        assert editor.text == "filter\ncount(x)"


async def test_offers_go_without_a_trace() -> None:
    editor = QueryEditor(complete=complete)
    async with Bench(editor).run_test(size=(70, 12)) as pilot:
        editor.focus()
        await pilot.press("f")
        await until(pilot, lambda: editor.is_offering, "words are offered")
        await pilot.press("escape")
        assert not editor.is_offering
        assert editor.text == "f"
        await pilot.press("i")
        await until(pilot, lambda: editor.is_offering, "words are offered again")
        await pilot.press("left")
        await until(pilot, lambda: not editor.is_offering, "moving away closes them")
        await pilot.press("end", "backspace", "backspace", "z")
        await pilot.pause()
        assert not editor.is_offering


async def test_what_is_pasted_cannot_steer_the_terminal() -> None:
    from textual.events import Paste

    editor = QueryEditor(complete=complete)
    async with Bench(editor).run_test(size=(70, 12)) as pilot:
        editor.focus()
        editor.post_message(Paste("a\x1b[2J\tb\r\nc\u202e"))
        await until(pilot, lambda: bool(editor.text), "it is pasted")
        assert editor.text == "a  b\nc·"
