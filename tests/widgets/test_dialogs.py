"""Dialogs: what they show and what they answer."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.message import Message
from textual.screen import ModalScreen

from tests.widgets.kit import HOSTILE, Bench, messages_of, shown
from widgets.dialogs import HelpDialog, MessageDialog, PromptDialog
from widgets.picker import Choice, PickerDialog, matching
from widgets.textview import TextDialog

GROUPS = (
    ("everywhere", (("?", "Keys and what they do"), ("ctrl+p", "Command palette"))),
    ("logs", (("f", "Follow"),)),
)
CHOICES = (Choice(1, "one", "first"), Choice(2, "two", "[/x]"), Choice(3, "three", "no permission", True))


async def _answer(dialog: ModalScreen[Any], *keys: str) -> Any:
    app = Bench()
    answers: list[Any] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(dialog, answers.append)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
    return answers


async def _look(app: App[None], dialog: ModalScreen[Any], size: tuple[int, int] = (80, 24)) -> str:
    async with app.run_test(size=size) as pilot:
        app.push_screen(dialog)
        await pilot.pause()
        return shown(app)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_help_shows_keys_by_group_at_every_size(size: tuple[int, int]) -> None:
    text = await _look(Bench(), HelpDialog(GROUPS), size)
    assert "everywhere" in text
    assert "ctrl+p  Command palette" in text
    assert "esc closes" in text


@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
async def test_help_closes(key: str) -> None:
    assert await _answer(HelpDialog(GROUPS), key) == [None]


async def test_a_message_answers_with_its_button_and_the_harmless_one_is_the_default() -> None:
    def dialog() -> MessageDialog:
        return MessageDialog("Sign in", "Expired.", ("Cancel", "Sign in"))

    assert await _answer(dialog(), "enter") == ["Cancel"]
    assert await _answer(dialog(), "right", "enter") == ["Sign in"]
    assert await _answer(dialog(), "escape") == [None]


async def test_dialogs_do_not_parse_data() -> None:
    assert HOSTILE in await _look(Bench(), MessageDialog(HOSTILE, HOSTILE, (HOSTILE,)))
    assert HOSTILE in await _look(Bench(), TextDialog(HOSTILE, HOSTILE))
    assert "[/x]" in await _look(Bench(), PickerDialog("[/t]", CHOICES))
    assert "[/n]" in await _look(Bench(), PromptDialog("[/t]", note="[/n]"))


async def test_a_prompt_answers_with_its_text() -> None:
    assert await _answer(PromptDialog("Search", "ab"), "end", "c", "enter") == ["abc"]
    assert await _answer(PromptDialog("Search", "ab"), "escape") == [None]


async def test_the_picker_starts_at_the_current_choice() -> None:
    assert await _answer(PickerDialog("Pick", CHOICES, 2), "enter") == [2]
    assert await _answer(PickerDialog("Pick", CHOICES), "enter") == [1]
    assert await _answer(PickerDialog("Pick", CHOICES), "down", "enter") == [2]
    assert await _answer(PickerDialog("Pick", CHOICES), "escape") == [None]


async def test_typing_narrows_the_picker_down() -> None:
    assert await _answer(PickerDialog("Pick", CHOICES), "t", "w", "enter") == [2]
    assert await _answer(PickerDialog("Pick", CHOICES), "z", "enter", "escape") == [None]


async def test_what_is_off_is_shown_with_its_reason_and_cannot_be_chosen() -> None:
    assert "no permission" in await _look(Bench(), PickerDialog("Pick", CHOICES))
    assert await _answer(PickerDialog("Pick", CHOICES), "t", "h", "r", "enter", "escape") == [None]


def test_matching_takes_every_word_in_label_or_note() -> None:
    assert [one.value for one in matching(CHOICES, "FIRST one")] == [1]
    assert matching(CHOICES, "") == CHOICES


async def test_the_text_dialog_asks_for_a_copy_and_closes() -> None:
    told: list[Message] = []
    app = Bench()
    async with app.run_test(size=(80, 24), message_hook=messages_of(TextDialog.CopyRequested, told)) as pilot:
        app.push_screen(TextDialog("Event", "whole text"))
        await pilot.pause()
        await pilot.press("y", "j", "k", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, TextDialog)
    assert [one.text for one in told if isinstance(one, TextDialog.CopyRequested)] == ["whole text"]


async def test_dialogs_are_opaque() -> None:
    for dialog in (HelpDialog(GROUPS), MessageDialog("a", "b"), PromptDialog("a"), TextDialog("a", "b")):
        app = Bench()
        async with app.run_test() as pilot:
            app.push_screen(dialog)
            await pilot.pause()
            assert app.screen.styles.background.a == 1
