"""What could be meant at the cursor of a query: commands, functions, words and fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tui.insights.functions import FUNCTIONS
from tui.insights.words import COMMANDS, USAGE
from widgets.model import Offer

SYSTEM_FIELDS: Final = ("@timestamp", "@message", "@logStream", "@log", "@ingestionTime")
_WORD: Final = re.compile(r"[A-Za-z_@][A-Za-z0-9_@.]*\Z")
_QUOTED: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|#[^\n]*")
_KEYWORDS: Final = {
    "by": "group the rows of stats",
    "as": "name a column",
    "and": "both",
    "or": "either",
    "not": "the contrary",
    "like": "contains a text, or matches /a regex/",
    "in": 'one of ["a", "b"]',
    "desc": "largest first",
    "asc": "smallest first",
}


def completions(text: str, at: int, fields: Iterable[str] = ()) -> list[Offer]:
    """Return what could be meant at an offset, the likeliest first; nothing within strings and comments.

    Args:
        text: The query.
        at: Offset of the cursor.
        fields: Names of fields that events are known to have.
    """
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if any(found.end() == len(line) and _is_open(found[0]) for found in _QUOTED.finditer(line)):
        return []
    found = _WORD.search(line)
    prefix = found[0] if found else ""
    before = text[: at - len(prefix)].rstrip()
    if not before or before.endswith("|"):
        offered = [(word, _usage(word)) for word in COMMANDS if "_" not in word]
    else:
        names = dict.fromkeys([*SYSTEM_FIELDS, *fields])
        offered = [
            *((name, "field") for name in names),
            *(_KEYWORDS.items()),
            *((f"{one.name}()", f"{one.usage}  {one.help}") for one in FUNCTIONS.values()),
        ]
    wanted = prefix.casefold()
    starting = [pair for pair in offered if pair[0].casefold().startswith(wanted)]
    # What merely contains the letters helps with fields: "time" finds @timestamp and response_time.
    within = [pair for pair in offered if len(wanted) > 1 and wanted in pair[0].casefold()[1:]]
    return [Offer(word, note, len(prefix)) for word, note in dict.fromkeys([*starting, *within])]


def _usage(word: str) -> str:
    return USAGE.get(COMMANDS[word], "")


def _is_open(written: str) -> bool:
    """Whether a string or comment that reaches the cursor goes on."""
    return written.startswith("#") or len(written) < 2 or written[-1] != written[0]
