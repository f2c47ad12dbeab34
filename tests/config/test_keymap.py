"""Rebinding: unknown commands, keys that no terminal sends, and clashes."""

# ruff: noqa: E501 - tables and messages read best whole

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import _character_to_key

from config.keymap import canonical, key_trouble, split_keys, validate_keys

KNOWN = {
    "pause": ("p", "console"), "refresh": ("r,f5", "console"), "help": ("question_mark", "console"),
    "run": ("r", "insights"), "find": ("slash", "console"), "seek": ("slash", "console"),
}  # fmt: skip


def told(keys: dict[str, str]) -> list[str]:
    return [str(problem) for problem in validate_keys(keys, KNOWN, lambda key: ("f.yaml", 7))]


@pytest.mark.parametrize(
    "keys",
    [
        {}, {"pause": "f6"}, {"pause": "space, f6"}, {"pause": "p"}, {"pause": "r", "refresh": "p"},
        {"run": "p"}, {"help": "?,f1"}, {"pause": "ctrl+p"}, {"pause": "P"}, {"pause": "comma"}, {"pause": "+"},
        {"refresh": "r"}, {"pause": "alt+x,shift+tab,ctrl+shift+up,é,ctrl+backslash"},
    ],
)  # fmt: skip
def test_possible_bindings_are_taken(keys: dict[str, str]) -> None:
    assert told(keys) == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"puase": "x"}, 'keys.puase: there is no such command (did you mean "pause"?)'),
        ({"zzz": "x"}, "keys.zzz: there is no such command (the help (?) lists them)"),
        ({"pause": ""}, "keys.pause: has no key (its default is p)"),
        ({"pause": "  "}, "keys.pause: has no key (its default is p)"),
        ({"pause": ","}, 'keys.pause: has nothing between two commas (the key "," is written comma)'),
        ({"pause": "f6,"}, 'keys.pause: has nothing between two commas (the key "," is written comma)'),
        ({"pause": "r"}, 'keys.pause: "r" is the key of refresh already (choose a free key, or give refresh another one too)'),
        ({"pause": "?"}, 'keys.pause: "?" is the key of help already (choose a free key, or give help another one too)'),
        ({"pause": "x", "help": "f1,x"}, 'keys.help: "x" is the key of pause already (choose a free key, or give pause another one too)'),
        ({"pause": "f25"}, 'keys.pause: there is no key "f25" (did you mean "f5"?)'),
        ({"pause": "esc"}, 'keys.pause: there is no key "esc" (did you mean "escape"?)'),
        ({"pause": "ctrl+pgup"}, 'keys.pause: there is no key "ctrl+pgup" (did you mean "ctrl+pageup"?)'),
        ({"pause": "F6"}, 'keys.pause: there is no key "F6" (did you mean "f6"?)'),
        ({"pause": "zzzzz"}, 'keys.pause: there is no key "zzzzz" (write a character, f1 to f24, or a name such as space, enter, up)'),
        ({"pause": "crtl+x"}, 'keys.pause: "crtl+x" has an unknown modifier (did you mean "ctrl"?)'),
        ({"pause": "ctrl+ctrl+x"}, 'keys.pause: "ctrl+ctrl+x" has a modifier twice (write it once)'),
        ({"pause": "shift+x"}, 'keys.pause: "shift+x" is never sent: shift makes another character (write X)'),
        ({"pause": "shift+?"}, 'keys.pause: "shift+?" is never sent: shift makes another character (write the character itself)'),
        ({"pause": "ctrl+X"}, 'keys.pause: "ctrl+X" is the same as ctrl+x to a terminal (write ctrl+x)'),
        ({"pause": "ctrl+shift+x"}, 'keys.pause: "ctrl+shift+x" is the same as ctrl+x to most terminals (write ctrl+x)'),
        ({"pause": "ctrl+i"}, 'keys.pause: "ctrl+i" is the same as tab to a terminal (write tab, or choose another key)'),
        ({"pause": "ctrl+["}, 'keys.pause: "ctrl+[" is the same as escape to a terminal (write escape, or choose another key)'),
        ({"pause": "ctrl+1"}, 'keys.pause: "ctrl+1" is sent by few terminals (choose ctrl and a letter, or a function key)'),
        ({"pause": "ctrl+enter"}, 'keys.pause: "ctrl+enter" is sent by few terminals (choose ctrl and a letter, or a function key)'),
        ({"pause": "ctrl+]"}, 'keys.pause: "ctrl+]" is not how the key is spelt (write ctrl+right_square_bracket)'),
        ({"pause": "shift+ctrl+up"}, 'keys.pause: "shift+ctrl+up" is not how the key is spelt (write ctrl+shift+up)'),
    ],
)  # fmt: skip
def test_impossible_bindings_are_told(keys: dict[str, str], message: str) -> None:
    assert told(keys) == [f"f.yaml:7: {message}"]


def test_without_a_place_the_key_alone_is_told() -> None:
    (problem,) = validate_keys({"puase": "x"}, KNOWN)
    assert str(problem) == 'keys.puase: there is no such command (did you mean "pause"?)'


def test_a_clash_within_the_defaults_is_not_the_users() -> None:
    assert told({"pause": "f6"}) == []


@pytest.mark.parametrize("code", range(0x21, 0x7F))
def test_characters_have_the_names_that_textual_gives_them(code: int) -> None:
    character = chr(code)
    name = _character_to_key(character)
    assert canonical(character) == name
    assert key_trouble(character) is None
    assert key_trouble(name) is None


def test_every_key_of_the_command_table_is_possible() -> None:
    from tui.keys import known

    table = known()
    assert [key for keys, _ in table.values() for key in split_keys(keys) if key_trouble(key)] == []
    assert validate_keys({command: keys for command, (keys, _) in table.items()}, table) == []


@given(st.text(max_size=20))
def test_any_text_is_judged(text: str) -> None:
    for problem in validate_keys({"pause": text}, KNOWN):
        assert "\x1b" not in str(problem)
