"""Rebinding of keys: unknown commands, keys that no terminal sends, and keys wanted twice are refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from config.problems import Problem, meant, nearest, shown

_NAMED = frozenset({
    "space", "enter", "escape", "tab", "backspace", "delete", "insert",
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown",
    *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
_FRIENDLY = {
    "solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at",
    "hyphen_minus": "minus", "plus_sign": "plus", "low_line": "underscore",
}  # fmt: skip
"""Textual's names for characters whose Unicode name nobody knows."""

_CHARACTERS = {
    name: char
    for char in map(chr, range(0x21, 0x7F))
    if not char.isalnum()
    for name in [unicodedata.name(char).lower().replace("-", "_").replace(" ", "_")]
}
_CHARACTERS.update({friendly: _CHARACTERS[unicode] for unicode, friendly in _FRIENDLY.items()})

_OTHER_WORDS = {
    "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "bs": "backspace",
    "pgup": "pageup", "page_up": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "page_down": "pagedown",
    "period": "full_stop", "dot": "full_stop", "question": "question_mark", "hyphen": "minus",
    "dash": "minus",
    "equals": "equals_sign", "equal": "equals_sign", "hash": "number_sign", "pipe": "vertical_line",
    "backtick": "grave_accent", "exclamation": "exclamation_mark", "newline": "ctrl+j",
}  # fmt: skip
_SAME_BYTE = {
    "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
}  # fmt: skip
"""Keys that a terminal cannot tell from another one."""

_CONTROL_PUNCTUATION = frozenset({"backslash", "right_square_bracket", "circumflex_accent", "underscore"})
_CURSOR = _NAMED - {"space", "enter", "escape", "tab", "backspace"}
"""Keys whose sequences carry modifiers."""
_MODIFIERS = ("alt", "ctrl", "shift")

Known = Mapping[str, tuple[str, str]]
"""Command id to (default keys, comma-separated; scope in which a key means one thing)."""

Place = Callable[[str], tuple[str | None, int | None]]
"""Dotted setting to (file, line): `Loaded.where`."""


def validate_keys(keys: Mapping[str, str], known: Known, where: Place | None = None) -> list[Problem]:
    """Return what is wrong with a rebinding of keys.

    Args:
        keys: Command id to keys, comma-separated, in Textual's names ("f5,ctrl+r").
        known: The table of commands.
        where: Tells file and line of "keys.<id>"; None leaves them out.

    Returns:
        Problems with unknown ids, impossible keys and clashes. Clashes within the table's defaults are
        not the user's and not told.
    """
    problems: list[Problem] = []

    def say(command: str, message: str, hint: str) -> None:
        file, line = where(f"keys.{command}") if where is not None else (None, None)
        problems.append(Problem(file, line, f"keys.{command}", message, hint))

    taken: dict[tuple[str, str], str] = {}
    for command, (defaults, scope) in known.items():
        if command not in keys:
            taken.update({(scope, canonical(key)): command for key in split_keys(defaults)})
    for command, text in keys.items():
        if command not in known:
            say(
                command,
                "there is no such command",
                meant(command, known, otherwise="the help (?) lists them"),
            )
            continue
        if not text.strip():
            say(command, "has no key", f"its default is {known[command][0]}")
        elif not all(part.strip() for part in text.split(",")):
            say(command, "has nothing between two commas", 'the key "," is written comma')
        for name in split_keys(text):
            trouble = key_trouble(name)
            if trouble is not None:
                say(command, *trouble)
                continue
            other = taken.setdefault((known[command][1], canonical(name)), command)
            if other != command:
                hint = f"choose a free key, or give {other} another one too"
                say(command, f"{shown(name)} is the key of {other} already", hint)
    return problems


def split_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a comma-separated list ("r, f5")."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def canonical(key: str) -> str:
    """Return Textual's name of a key: "?" is question_mark, "ctrl+i" is tab."""
    *modifiers, last = _parts(key)
    if len(last) == 1 and not last.isalnum():
        name = unicodedata.name(last, last).lower().replace("-", "_").replace(" ", "_")
        last = _FRIENDLY.get(name, name)
    else:
        last = _FRIENDLY.get(last, last)
    whole = "+".join((*sorted(modifiers), last))
    return _SAME_BYTE.get(whole, whole)


def key_trouble(key: str) -> tuple[str, str] | None:
    """Return why no terminal sends a key, and what to write instead; None for a possible key.

    Args:
        key: One key in Textual's syntax: a character, a name (f5, space, question_mark), or either
            after modifiers (ctrl+j, shift+tab).
    """
    *modifiers, last = _parts(key)
    strange = next((one for one in modifiers if one not in _MODIFIERS), None)
    if strange is not None or len(set(modifiers)) != len(modifiers):
        hint = (
            meant(strange, _MODIFIERS, otherwise="ctrl, alt and shift are known")
            if strange
            else "write it once"
        )
        return f"{shown(key)} has {'an unknown modifier' if strange else 'a modifier twice'}", hint
    is_character = len(last) == 1 and last.isprintable() and last != " "
    if not is_character and last not in _NAMED and last not in _CHARACTERS:
        return _unknown(key, modifiers, last)
    if modifiers == ["shift"] and (is_character or last in _CHARACTERS):
        hint = f"write {last.upper()}" if last.isalpha() and is_character else "write the character itself"
        return f"{shown(key)} is never sent: shift makes another character", hint
    trouble = _control_trouble(key, modifiers, last) if "ctrl" in modifiers else None
    spelling = "+".join((*sorted(modifiers), canonical(last)))
    if trouble is None and modifiers and spelling != key:
        # Textual compares names: only a character alone is translated.
        return f"{shown(key)} is not how the key is spelt", f"write {spelling}"
    return trouble


def _parts(key: str) -> list[str]:
    if key == "+" or key.endswith("++"):
        return [*[part for part in key[:-1].split("+") if part], "+"]
    return key.split("+")


def _unknown(key: str, modifiers: list[str], last: str) -> tuple[str, str]:
    word = last.casefold()
    name = word if word in _NAMED or word in _CHARACTERS else _OTHER_WORDS.get(word)
    name = name or nearest(word, (*_NAMED_ORDER, *_CHARACTERS))
    hint = "write a character, f1 to f24, or a name such as space, enter, up"
    if name is not None:
        hint = f"did you mean {shown('+'.join((*modifiers, name)))}?"
    return f"there is no key {shown(key)}", hint


def _control_trouble(key: str, modifiers: list[str], last: str) -> tuple[str, str] | None:
    whole = canonical(key)
    if whole != key and whole in _SAME_BYTE.values():
        return f"{shown(key)} is the same as {whole} to a terminal", f"write {whole}, or choose another key"
    if len(last) == 1 and last.isupper():
        return (
            f"{shown(key)} is the same as {key[:-1]}{last.lower()} to a terminal",
            f"write {key[:-1]}{last.lower()}",
        )
    name = canonical(last)
    if len(last) == 1 and last.isalpha() and last.isascii():
        if "shift" in modifiers:
            plain = "+".join(one for one in (*modifiers, last) if one != "shift")
            return f"{shown(key)} is the same as {plain} to most terminals", f"write {plain}"
        return None
    if name in _CURSOR or name in _CONTROL_PUNCTUATION:
        return None
    return f"{shown(key)} is sent by few terminals", "choose ctrl and a letter, or a function key"


_NAMED_ORDER = tuple(sorted(_NAMED))
