"""What stands in queries by mistake: characters, words and numbers of other languages."""

from __future__ import annotations

import re

from tui.insights.functions import FUNCTIONS, key
from tui.insights.problems import QuerySyntaxError
from tui.insights.words import COMMANDS, UNITS, nearest

# No number that a query needs has more digits; int() of thousands of them is slow, and refused by Python.
_MAX_DIGITS = 40
_SHOWN = 24

# The first pattern that matches where a character is no token says what is wrong; {0} is what it matched.
_STRAYS = tuple(
    (re.compile(pattern), message, fix)
    for pattern, message, fix in (
        (r"\{\{[^{}\n]*\}\}", "Fill in the placeholder {0} before the query is run.", ""),
        (r"\.\.\.|…", "The dots stand for something that is left out: write it, or take them away.", ""),
        (r"[“„”]([^“”\"\\\n]*)[“”]", 'Write straight quotes: ".', '"{1}"'),
        (r"[‘‚’]([^‘’'\\\n]*)[‘’]", "Write straight quotes: '.", "'{1}'"),
        (r"[“”„‟‘’‚‛]", "Write straight quotes: \" or '.", ""),
        (r"&&?", "There is no operator {0}. Write and.", "and"),
        (r";", "A query has no ; at its end, and commands are joined by |.", ""),
        (r"//", "A comment begins with #. A regular expression between slashes is not empty.", ""),
        (r"/\*", "A comment begins with # and goes to the end of its line.", ""),
        (r"!~\*?|~\*?", "There is no operator {0}. Write like /…/ or not like /…/.", ""),
        (r"!", "Write != between two values, or not before a condition.", ""),
        (r"\$\{[^{}\n]*\}?", "Fill in {0} before the query is run.", ""),
        (r":=?", "{0} means nothing here. Put text in quotes, a name that holds it in backticks.", ""),
        (r"\\[nrt]?", "Leave out the {0}: only quotes and regular expressions have a backslash.", ""),
    )
)
_WORD = re.compile(r"[\w@.-]+")
_DOTTED = re.compile(r"[0-9][0-9A-Za-z_.:/-]*")
_COMMAND_HINTS = {
    "select": "Write fields and the names of the columns.",
    "from": "The log groups are chosen beside the query, or in a first command: SOURCE logGroups(…).",
    "group": "Write by behind the aggregates: stats count(*) by level",
    "groupby": "Write by behind the aggregates: stats count(*) by level",
    "by": "Write by in the same command as the aggregates: stats count(*) by level",
    "having": "Write filter behind the stats: stats count(*) as n by level | filter n > 10",
    "orderby": "Write sort: sort @timestamp desc",
    "top": "Write sort and limit: sort total desc | limit 10",
    "take": "Write limit 10.",
    "count": "Write stats count(*).",
    "summarize": "Write stats count(*) by level.",
    "project": "Write fields and the names of the columns.",
    "extend": "Write fields and the expression: fields a + b as total",
    "eval": "Write fields and the expression: fields a + b as total",
    "rex": "Write parse @message /(?<name>…)/.",
    "table": "Write display and the names of the columns.",
    "unmask": "It is a function: fields unmask(@message)",
}


def stray(text: str, at: int) -> QuerySyntaxError | None:
    """Return what is wrong where no token begins; None where nothing particular is known of it."""
    if text.startswith(".", at):
        begin = at
        while begin > 0 and (text[begin - 1].isalnum() or text[begin - 1] == "."):
            begin -= 1
        found = _DOTTED.match(text, begin)
        if found is not None and found.end() > at:
            return QuerySyntaxError(
                f'Put text in quotes: "{shown(found.group())}".', begin, found.end(), f'"{found.group()}"'
            )
    for pattern, message, fix in _STRAYS:
        found = pattern.match(text, at)
        if found is not None:
            said = message.format(shown(found.group()))
            new = apart(text, at, found.end(), fix.format(found.group(), *found.groups()))
            return QuerySyntaxError(said, at, found.end(), new)
    return _other_letters(text, at) if text[at].isalpha() else None


def apart(text: str, start: int, end: int, word: str) -> str:
    """Return a word with the spaces that it needs in the place of the characters from `start` to `end`."""
    if not word.isalpha():
        return word
    before = "" if text[:start][-1:].isspace() else " "
    behind = "" if text[end:][:1].isspace() else " "
    return before + word + behind


def _other_letters(text: str, at: int) -> QuerySyntaxError | None:
    begin = at
    while begin > 0 and _WORD.match(text, begin - 1):
        begin -= 1
    found = _WORD.match(text, begin)
    if found is None:
        return None
    name = f"`{found.group()}`"
    said = f"A field's name with other letters than A to Z stands in backticks: {shown(name)}."
    return QuerySyntaxError(said, begin, found.end(), name)


def unknown_command(text: str, at: int, word: str) -> QuerySyntaxError:
    """Return that no command has this name, and which one may be meant."""
    lower, end = word.lower(), at + len(word)
    said = f"There is no command {shown(word)}."
    like = nearest(word, list(COMMANDS))
    if lower in _COMMAND_HINTS:
        return QuerySyntaxError(f"{said} {_COMMAND_HINTS[lower]}", at, end)
    function = FUNCTIONS.get(key(word))
    if function is not None and text[end:].lstrip().startswith("("):
        command = {"aggregate": "stats"}.get(function.kind, "fields")
        return QuerySyntaxError(
            f"{word} is a function: write it in a command, for example {command} {word}(…).",
            at,
            end,
            f"{command} {word}",
        )
    if like:
        return QuerySyntaxError(f"{said} Write {like}.", at, end, like)
    return QuerySyntaxError(
        f"{said} A command is fields, filter, stats, sort, limit, parse or the like.", at, end
    )


def number_kind(at: int, written: str) -> str:
    """Return which token a number with more than digits is: NUMBER or PERIOD.

    Raises:
        QuerySyntaxError: It is neither.
    """
    digits = written.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = written[len(digits) :]
    end = at + len(written)
    if not unit and "." in digits and digits.replace(".", "").isdigit():
        return "NUMBER"
    if unit.lower() in UNITS and digits.isdigit():
        return "PERIOD"
    if unit.lower() in UNITS and digits.replace(".", "").isdigit():
        raise QuerySyntaxError("Write a whole number before the unit of time: 90s for 1.5m.", at, end)
    if re.fullmatch(r"[0-9.]+[eE][0-9]+", written):
        raise QuerySyntaxError(f"Write {shown(written)} out as a whole number or a decimal.", at, end)
    if not unit and not digits.isdigit():
        raise QuerySyntaxError(
            f"A field's name that begins with a digit stands in backticks: `{shown(written)}`.",
            at,
            end,
            f"`{written}`",
        )
    raise QuerySyntaxError(
        f"{shown(written)} is no period of time: the units are ms, s, m, h, d, w, mo, q, y. "
        f"A field's name that begins with a digit stands in backticks: `{shown(written)}`.",
        at,
        end,
    )


def check_digits(at: int, written: str) -> None:
    """Refuse a number that is longer than a query needs.

    Raises:
        QuerySyntaxError: It has too many digits.
    """
    if len(written) > _MAX_DIGITS:
        raise QuerySyntaxError(f"Write a number of at most {_MAX_DIGITS} digits.", at, at + len(written))


def shown(written: str) -> str:
    """Return a piece of the query as a sentence can hold it: one line, not long."""
    line = " ".join(written.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
