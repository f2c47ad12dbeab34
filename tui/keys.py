"""The one table of commands: bindings, footer, palette, help and keymap validation come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do.

    Attributes:
        id: Stable name; what `keys:` in the configuration rebinds.
        keys: Default keys, comma-separated, in Textual's names.
        text: What it does, as help and palette say it.
        group: Heading in the help; keys are unique within "everywhere" and the logs together.
        action: Textual action on the console screen, or on the application with the prefix "app.".
        hint: Short word for the footer; "" keeps it out of the footer.
    """

    id: str
    keys: str
    text: str
    group: str
    action: str
    hint: str = ""


EVERYWHERE = "everywhere"
PANES = "panes"
LOGS = "logs"

COMMANDS: tuple[Command, ...] = (
    Command("help", "question_mark", "Keys and what they do", EVERYWHERE, "help", "help"),
    Command("palette", "ctrl+p,colon", "Compare, split, theme", EVERYWHERE, "app.command_palette", "palette"),
    Command("window", "w", "Next time window: 15m 1h 3h 12h 24h 7d", EVERYWHERE, "window", "window"),
    Command("refresh", "r", "Read everything again", EVERYWHERE, "refresh", "refresh"),
    Command("pause", "p", "Pause or resume reading", EVERYWHERE, "pause", "pause"),
    Command("faster", "plus,equals_sign", "Read the focused pane more often", EVERYWHERE, "cadence(-1)"),
    Command("slower", "minus", "Read the focused pane less often", EVERYWHERE, "cadence(1)"),
    Command("profile", "P", "Another profile and Region", EVERYWHERE, "profile"),
    Command("copy", "y", "Copy the focused figure or log line", EVERYWHERE, "copy"),
    Command("console-link", "o", "The AWS console page of the resource", EVERYWHERE, "console_link"),
    Command("save", "s", "Save a picture of the screen (SVG) and say where", EVERYWHERE, "save"),
    Command("redraw", "ctrl+l", "Draw the screen again", EVERYWHERE, "redraw"),
    Command("suspend", "ctrl+z", "Suspend to the shell", EVERYWHERE, "app.suspend_process"),
    Command("back", "escape", "Close the topmost thing; at last return to live", EVERYWHERE, "back"),
    Command("quit", "q", "Back; at the top, quit", EVERYWHERE, "quit", "quit"),
    Command("interrupt", "ctrl+c", "Twice: quit at once", EVERYWHERE, "app.interrupt"),
    Command("pane-1", "1", "First pane", PANES, "pane(0)"),
    Command("pane-2", "2", "Second pane", PANES, "pane(1)"),
    Command("pane-3", "3", "Third pane", PANES, "pane(2)"),
    Command("pane-4", "4", "Fourth pane", PANES, "pane(3)"),
    Command("next-pane", "tab", "Next pane", PANES, "next_pane(1)", "pane"),
    Command("previous-pane", "shift+tab", "Previous pane", PANES, "next_pane(-1)"),
    Command("maximise", "z", "Maximise the focused pane, and back", PANES, "zoom", "zoom"),
    Command("previous-resource", "comma", "Previous resource of the pane", PANES, "resource(-1)"),
    Command("next-resource", "full_stop", "Next resource of the pane", PANES, "resource(1)"),
    Command("down", "j", "Down", PANES, "move('down')"),
    Command("up", "k", "Up", PANES, "move('up')"),
    Command("top", "g", "To the start", PANES, "move('home')"),
    Command("bottom", "G", "To the end", PANES, "move('end')"),
    Command("follow", "f", "Follow the newest line", LOGS, "follow", "follow"),
    Command("search", "slash", "Search the lines (regular expression)", LOGS, "search", "search"),
    Command("next-hit", "n", "Next hit", LOGS, "hit(1)"),
    Command("previous-hit", "N", "Previous hit", LOGS, "hit(-1)"),
    Command("wrap", "W", "Wrap long lines", LOGS, "wrap"),
    Command("time-format", "T", "Time as local, UTC or age", LOGS, "time_format"),
)  # fmt: skip

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}


def known() -> dict[str, tuple[str, str]]:
    """Return (default keys, scope) by id, for the validation of `keys:` in the configuration.

    All commands share one scope: each works from every pane of the console.
    """
    return {command.id: (command.keys, "console") for command in COMMANDS}


def effective(keymap: Mapping[str, str]) -> dict[str, str]:
    """Return the keys in force by command id, after the configuration's rebinding."""
    return {command.id: keymap.get(command.id, command.keys) for command in COMMANDS}


_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "slash": "/",
    "escape": "esc",
    "ampersand": "&",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "at": "@",
}


def spell(keys: str) -> str:
    """Return keys as a person reads them: "?" for question_mark, "ctrl+p :" for two."""
    return " ".join(_NAMES.get(key.strip(), key.strip()) for key in keys.split(","))


def hints(keymap: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the footer: (first key, short word) of each command that has a hint."""
    keys = effective(keymap)
    return tuple(
        (spell(keys[command.id].split(",")[0]), command.hint) for command in COMMANDS if command.hint
    )


def help_groups(keymap: Mapping[str, str]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the help: (group, ((keys, text), ...)) in the table's order."""
    keys = effective(keymap)
    return tuple(
        (group, tuple((spell(keys[one.id]), one.text) for one in COMMANDS if one.group == group))
        for group in (EVERYWHERE, PANES, LOGS)
    )
