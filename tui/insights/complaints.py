"""Say what is wrong where the grammar refuses a token, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tui.insights.foreign import FOREIGN
from tui.insights.place import CLOSING, OPENING, Place
from tui.insights.problems import QuerySyntaxError
from tui.insights.strays import shown
from tui.insights.tokens import Token
from tui.insights.words import COMMANDS, RESERVED, UNITS, USAGE

_VALUES = frozenset(("FIELD", "FUNCTION", "STRING", "NUMBER", "PERIOD", "REGEX"))
_ENDS = frozenset(("$END", "PIPE"))
_NEEDS = {
    "LIMIT": "Write a whole number of rows behind limit, as in limit 20.",
    "UNNEST": "Write into and a new name behind the field, as in unnest events into event.",
    "FILLMISSING": "Write the value and the columns: fillmissing with 0 for total.",
}


def complaint(text: str, tokens: Sequence[Token], at: int, expected: Collection[str]) -> QuerySyntaxError:
    """Return what is wrong at the token with the index `at`, which the parser refuses, or at the end."""
    end = Token("$END", "", len(text), len(text))
    place = Place(text, [*tokens, end], at, expected)
    for rule in _RULES:
        problem = rule(place)
        if problem is not None:
            return problem
    return _plain(place)


def _mode_first(place: Place) -> QuerySyntaxError | None:
    mode = place.word(place.at - 1)
    if place.command.type != "PARSE" or mode not in ("logfmt", "csv", "xml") or place.token.type != "FIELD":
        return None
    field = place.token.text
    return QuerySyntaxError(
        f"The field comes first: parse {shown(field)} {mode} as …",
        place.before.start,
        place.token.end,
        f"{field} {mode}",
    )


def _command_without_pipe(place: Place) -> QuerySyntaxError | None:
    word = place.word(place.at)
    if word not in COMMANDS or place.token.type != "FIELD" or place.before.type in ("AS", "INFIX", "COMMA"):
        return None
    token = place.token
    return QuerySyntaxError(
        f"Write a | before the command {token.text}.", token.start, token.end, f"| {token.text}"
    )


def _unclosed(place: Place) -> QuerySyntaxError | None:
    if place.token.type not in ("AS", "BY", "DIRECTION", "OFFSET") or "RPAR" not in place.expected:
        return None
    depth = 0
    for index in range(place.at - 1, -1, -1):
        kind = place.tokens[index].type
        depth += (kind in CLOSING) - (kind in OPENING)
        if depth < 0:
            bracket = place.tokens[index]
            return QuerySyntaxError(
                f"Close this {bracket.text} before {place.token.text}.", bracket.start, bracket.end
            )
    return None


def _regex_cut_short(place: Place) -> QuerySyntaxError | None:
    if place.before.type != "REGEX" or place.before.end != place.token.start or place.token.type == "$END":
        return None
    return QuerySyntaxError(
        "The regular expression ends at its second slash: write a slash within it as \\/.",
        place.before.start,
        place.token.end,
    )


def _reserved(place: Place) -> QuerySyntaxError | None:
    token = place.token
    if token.text.lower() not in RESERVED or not {"FIELD", "STAR"} & set(place.expected):
        return None
    if place.command.type == "STATS" and token.type == "BY":
        return QuerySyntaxError(
            "Write an aggregate before by, as in stats count(*) by level.", token.start, token.end
        )
    return QuerySyntaxError(
        f"Write a field, a value or a function before {token.text}. A field of that name stands in "
        f"backticks: `{token.text}`.",
        token.start,
        token.end,
    )


def _star(place: Place) -> QuerySyntaxError | None:
    if place.token.type != "STAR":
        return None
    said = "Only count(*) takes a *."
    if place.command.type in ("FIELDS", "DISPLAY"):
        said = "There is no * for all fields: name them, or write @message for the whole event."
    return QuerySyntaxError(said, place.token.start, place.token.end)


def _needs(place: Place) -> QuerySyntaxError | None:
    """Refuse what only one command or keyword wants otherwise."""
    token, before, command = place.token, place.before, place.command
    if before.type == "NUMBER" and place.word(place.at) in UNITS:
        fix = f"{before.text}{token.text}"
        return QuerySyntaxError(f"Write the period as one word: {fix}.", before.start, token.end, fix)
    if token.type in _ENDS and command.type in _NEEDS:
        return QuerySyntaxError(_NEEDS[command.type], command.start, before.end)
    said = ""
    if before.type == "OFFSET" and token.type not in _ENDS:
        said = "Write a period of time behind offset, as in offset 1h."
    elif command.type == "FILLDOWN" and token.type == "COMMA":
        said = "filldown has spaces between its fields, no commas."
    elif command.type == "LIMIT" and "NUMBER" in place.expected:
        said = _NEEDS["LIMIT"]
    return QuerySyntaxError(said, token.start, token.end) if said else None


def _ends_early(place: Place) -> QuerySyntaxError | None:
    if place.token.type not in ("$END", "PIPE", "RPAR"):
        return None
    before = place.before
    what = "a field, a value or a function"
    if before.type in ("AS", "INTO", "FOR"):
        what = "a name"
    elif before.type in ("STRING", "REGEX", "LOGFMT", "CSV", "XML") and "AS" in place.expected:
        what = "as and a name"
    elif place.command.type == "PARSE" and "LOGFMT" in place.expected:
        what = "a text with *, a regular expression, logfmt, csv or XML"
    elif before.type == "OFFSET":
        what = "a period of time"
    said = f"Write {what} behind {shown(place.text[before.start : before.end])}{_as_in(place)}"
    if before.type == "COMMA":
        said = f"Write {what} behind the comma, or leave it out."
    return QuerySyntaxError(said, before.start, before.end)


def _plain(place: Place) -> QuerySyntaxError:
    token, before = place.token, place.before
    pair = f"{shown(before.text)} and {shown(token.text)}"
    said = f"{shown(token.text)} cannot stand here"
    if token.type in _VALUES and "INFIX" in place.expected:
        said = f"Write a comma, an operator or a | between {pair}"
    elif {"FIELD", "NUMBER"} <= set(place.expected):
        said = f"Write a field, a value or a function before {shown(token.text)}"
    elif token.type in _VALUES and "PIPE" in place.expected:
        said = f"Write a comma or a | between {pair}"
    elif before.type == "AS":
        said = f"Write a name between {pair}"
    start, end = (token.start, token.end) if token.end > token.start else (before.start, before.end)
    return QuerySyntaxError(said + _as_in(place), start, end)


def _as_in(place: Place) -> str:
    usage = USAGE.get(place.command.type, "")
    return f", as in: {usage}" if usage else "."


_RULES: tuple[Callable[[Place], QuerySyntaxError | None], ...] = (
    *FOREIGN,
    _mode_first,
    _command_without_pipe,
    _needs,
    _unclosed,
    _regex_cut_short,
    _reserved,
    _star,
    _ends_early,
)
