"""Say what is wrong where the grammar refuses a token, and what to write instead.

The commonest cause is another language: SQL, or that of another log service. Those are looked for first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.insights.problems import QuerySyntaxError
from tui.insights.strays import shown
from tui.insights.tokens import Token
from tui.insights.words import COMMANDS, RESERVED, USAGE

_OPENING = frozenset(("LPAR", "LIST", "INDEX", "SUBQUERY"))
_CLOSING = frozenset(("RPAR", "RSQB"))
_LITERALS = frozenset(("NUMBER", "STRING", "PERIOD", "FIELD"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token is refused.

    Attributes:
        text: The query.
        tokens: All its tokens, with the end as the last.
        at: The index of the refused one.
        expected: The types that may stand there.
    """

    text: str
    tokens: Sequence[Token]
    at: int
    expected: Collection[str]

    @property
    def token(self) -> Token:
        """The refused token."""
        return self.tokens[self.at]

    @property
    def before(self) -> Token:
        """The token before it; a query's first token is refused by the tokenizer already."""
        return self.tokens[self.at - 1]

    def word(self, index: int) -> str:
        """Return a token in lower case if it is a name, else ""."""
        if 0 <= index < len(self.tokens) and self.tokens[index].type in ("FIELD", "FUNCTION"):
            return self.tokens[index].text.lower()
        return ""

    def between(self, first: int, behind: int) -> str:
        """Return the text from the token `first` to before the token `behind`."""
        return self.text[self.tokens[first].start : self.tokens[behind - 1].end]

    @property
    def command(self) -> Token:
        """The word that began the command."""
        index = self.at - 1
        while self.tokens[index].type not in USAGE and self.tokens[index].type != "OTHER":
            index -= 1
        return self.tokens[index]

    def closing(self, opening: int) -> int | None:
        """Return the index of the bracket that closes the one at `opening`; None where none does."""
        depth = 0
        for index in range(opening, len(self.tokens)):
            kind = self.tokens[index].type
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if depth == 0:
                return index
        return None


def complaint(text: str, tokens: Sequence[Token], at: int, expected: Collection[str]) -> QuerySyntaxError:
    """Return what is wrong at the token with the index `at`, which the parser refuses, or at the end."""
    end = Token("$END", "", len(text), len(text))
    place = Place(text, [*tokens, end], at, expected)
    for rule in _RULES:
        problem = rule(place)
        if problem is not None:
            return problem
    return _plain(place)


# ---------------------------------------------------------------- other languages


def _case_when(place: Place) -> QuerySyntaxError | None:
    start = place.at - 1
    if place.word(start) != "case" or place.token.type in ("$END", "PIPE", "COMMA", "AS", "BY"):
        return None
    message = (
        "There is no case when … end. Write the function case(condition, value, default), "
        "or count with sum(status_code >= 400)."
    )
    marks = _case_marks(place, start)
    last = marks[-1] if marks else place.at
    fix, replaces = _case_call(place, start, marks) if marks else ("", None)
    return QuerySyntaxError(message, place.tokens[start].start, place.tokens[last].end, fix, replaces)


def _case_marks(place: Place, start: int) -> list[int]:
    """Return the indices of when, then, … else, end; none where the form is not a whole one."""
    marks: list[int] = []
    depth = 0
    for index in range(start + 1, len(place.tokens)):
        kind = place.tokens[index].type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        if depth < 0 or kind == "PIPE":
            return []
        word = place.word(index) if depth == 0 else ""
        if word in ("when", "then", "else"):
            marks.append(index)
        elif word == "end":
            marks.append(index)
            words = [place.word(mark) for mark in marks[:-1]]
            pairs = words[:-1] if len(words) % 2 else words
            is_whole = pairs == ["when", "then"] * (len(pairs) // 2) and bool(pairs)
            return marks if is_whole and (len(words) % 2 == 0 or words[-1] == "else") else []
    return []


def _case_call(place: Place, start: int, marks: list[int]) -> tuple[str, tuple[int, int] | None]:
    subject = place.between(start + 1, marks[0]) if marks[0] > start + 1 else ""
    pieces = [place.between(mark + 1, following) for mark, following in pairwise(marks)]
    if not all(piece.strip() for piece in pieces):
        return "", None
    if subject:
        pieces = [
            f"{subject} = {piece}" if place.word(mark) == "when" else piece
            for mark, piece in zip(marks, pieces, strict=False)
        ]
    whole = place.tokens[start].start, place.tokens[marks[-1]].end
    function = place.word(start - 2)
    is_alone = place.closing(start - 1) == marks[-1] + 1 if start >= 2 else False
    if function == "sum" and is_alone and pieces[1:] in (["1", "0"], ["1"]):
        return pieces[0], whole
    if function == "count" and is_alone and len(pieces) == 2:
        return f"sum({pieces[0]})", (place.tokens[start - 2].start, place.tokens[marks[-1] + 1].end)
    return f"case({', '.join(pieces)})", whole


def _between(place: Place) -> QuerySyntaxError | None:
    at, tokens = place.at, place.tokens
    is_not = place.token.type == "NOT" and place.word(at + 1) == "between"
    if not is_not and place.word(at) != "between":
        return None
    word = at + is_not
    form = "x < 1 or x > 5" if is_not else "x >= 1 and x <= 5"
    message = f"There is no between. Write two comparisons: {form}"
    limits = tokens[word + 1 : word + 4]
    is_sure = (
        len(limits) == 3
        and limits[1].text == "and"
        and {limits[0].type, limits[2].type} <= _LITERALS
        and place.before.type == "FIELD"
        and tokens[min(word + 4, len(tokens) - 1)].type in ("$END", "PIPE", "INFIX", "RPAR", "COMMA")
        and (tokens[min(word + 4, len(tokens) - 1)].type != "INFIX" or tokens[word + 4].text in ("and", "or"))
    )
    end = limits[2].end if is_sure else tokens[word].end
    if not is_sure:
        return QuerySyntaxError(message, place.token.start, end)
    name, low, high = place.before.text, limits[0].text, limits[2].text
    fix = f"({name} < {low} or {name} > {high})" if is_not else f"{name} >= {low} and {name} <= {high}"
    if not is_not and tokens[at - 2].type == "PREFIX":
        fix = f"({fix})"
    return QuerySyntaxError(message, place.token.start, end, fix, (place.before.start, end))


def _is_null(place: Place) -> QuerySyntaxError | None:
    if place.word(place.at) not in ("is", "isnull", "notnull"):
        return None
    index = place.at + 1
    # Behind the name `is` the tokenizer has `not` as a word of its own.
    is_not = place.tokens[index].type in ("NOT", "PREFIX")
    index += is_not
    message = (
        "There is no is null. Write !ispresent(x) for a missing field and ispresent(x) for one that is there."
    )
    if place.word(place.at) != "is" or place.word(index) not in ("null", "missing", "empty"):
        return QuerySyntaxError(message, place.token.start, place.token.end)
    end = place.tokens[index].end
    if place.before.type != "FIELD":
        return QuerySyntaxError(message, place.token.start, end)
    sign = "" if is_not else "!"
    fix = f"{sign}ispresent({place.before.text})"
    return QuerySyntaxError(message, place.token.start, end, fix, (place.before.start, end))


def _distinct(place: Place) -> QuerySyntaxError | None:
    start = place.at - 1
    if place.word(start) != "distinct" or place.token.type not in ("FIELD", "FUNCTION"):
        return None
    if place.word(start - 2) != "count":
        return QuerySyntaxError(
            "There is no distinct. Write dedup to keep one row of each, or count_distinct(x) to count them.",
            place.tokens[start].start,
            place.tokens[start].end,
        )
    message = "There is no count(distinct x). Write count_distinct(x)."
    closing = place.closing(start - 1)
    first = place.tokens[start - 2].start
    if closing is None:
        return QuerySyntaxError(message, first, place.token.end)
    fix = f"count_distinct({place.between(place.at, closing)})"
    return QuerySyntaxError(message, first, place.tokens[closing].end, fix)


def _unequal(place: Place) -> QuerySyntaxError | None:
    if place.token.text != ">" or place.before.text != "<" or place.before.end != place.token.start:
        return None
    return QuerySyntaxError("There is no <>. Write !=.", place.before.start, place.token.end, "!=")


def _list_in_parentheses(place: Place) -> QuerySyntaxError | None:
    opening = place.at - 2
    if place.token.type != "COMMA" or opening < 1 or place.tokens[opening].type != "LPAR":
        return None
    if place.tokens[opening - 1].text not in ("in", "not in"):
        return None
    message = "Write a list in square brackets: in [1, 2]."
    closing = place.closing(opening)
    if closing is None:
        return QuerySyntaxError(message, place.tokens[opening].start, place.token.end)
    fix = f"[{place.between(opening + 1, closing)}]"
    return QuerySyntaxError(message, place.tokens[opening].start, place.tokens[closing].end, fix)


def _alias_in_quotes(place: Place) -> QuerySyntaxError | None:
    token = place.token
    if place.before.type != "AS" or token.type != "STRING":
        return None
    name = token.text[1:-1]
    fix = f"`{name}`" if name and "`" not in name and "\n" not in name else ""
    return QuerySyntaxError("Put a name in backticks; quotes are for text.", token.start, token.end, fix)


# ---------------------------------------------------------------- this language, in another order


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


def _group_by(place: Place) -> QuerySyntaxError | None:
    if place.word(place.at) != "group" or place.tokens[place.at + 1].type != "BY":
        return None
    end = place.tokens[place.at + 1].end
    return QuerySyntaxError("Write by, without group.", place.token.start, end, "by")


def _unclosed(place: Place) -> QuerySyntaxError | None:
    if place.token.type not in ("AS", "BY", "DIRECTION", "OFFSET") or "RPAR" not in place.expected:
        return None
    depth = 0
    for index in range(place.at - 1, -1, -1):
        kind = place.tokens[index].type
        depth += (kind in _CLOSING) - (kind in _OPENING)
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


_NEEDS = {
    "LIMIT": "Write a whole number of rows behind limit, as in limit 20.",
    "UNNEST": "Write into and a new name behind the field, as in unnest events into event.",
    "FILLMISSING": "Write the value and the columns: fillmissing with 0 for total.",
}


def _needs(place: Place) -> QuerySyntaxError | None:
    said = _NEEDS.get(place.command.type)
    if said is None or place.token.type not in ("$END", "PIPE"):
        return None
    return QuerySyntaxError(said, place.command.start, place.before.end)


def _ends_early(place: Place) -> QuerySyntaxError | None:
    if place.token.type not in ("$END", "PIPE", "RPAR"):
        return None
    before = place.before
    usage = USAGE.get(place.command.type, "")
    what = "a name" if before.type in ("AS", "INTO", "FOR") else "a field, a value or a function"
    if before.type in ("STRING", "REGEX", "LOGFMT", "CSV", "XML") and "AS" in place.expected:
        what = "as and a name"
    if before.type == "COMMA":
        said = f"Write {what} behind the comma, or leave it out."
    else:
        said = f"Write {what} behind {shown(before.text)}, as in: {usage}"
    return QuerySyntaxError(said, before.start, before.end)


def _plain(place: Place) -> QuerySyntaxError:
    token, before = place.token, place.before
    usage = USAGE.get(place.command.type, "")
    said = f"{shown(token.text)} cannot stand here"
    if (
        token.type in ("FIELD", "FUNCTION", "STRING", "NUMBER", "PERIOD", "REGEX")
        and "INFIX" in place.expected
    ):
        said = f"Write a comma, an operator or a | between {shown(before.text)} and {shown(token.text)}"
    elif {"FIELD", "NUMBER"} <= set(place.expected):
        said = f"Write a field, a value or a function before {shown(token.text)}"
    elif before.type == "AS":
        said = f"Write a name between as and {shown(token.text)}"
    start, end = (token.start, token.end) if token.end > token.start else (before.start, before.end)
    return QuerySyntaxError(f"{said}, as in: {usage}" if usage else f"{said}.", start, end)


_RULES: tuple[Callable[[Place], QuerySyntaxError | None], ...] = (
    _case_when,
    _between,
    _is_null,
    _distinct,
    _unequal,
    _list_in_parentheses,
    _alias_in_quotes,
    _mode_first,
    _group_by,
    _command_without_pipe,
    _unclosed,
    _regex_cut_short,
    _reserved,
    _star,
    _needs,
    _ends_early,
    _plain,
)
