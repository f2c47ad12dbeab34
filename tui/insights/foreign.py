"""Forms of SQL and of other log services where the grammar refuses them, and this language's form."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from tui.insights.place import CLOSING, OPENING, Place
from tui.insights.problems import QuerySyntaxError

_LITERALS = frozenset(("NUMBER", "STRING", "PERIOD", "FIELD"))

# Words behind a value.
_WORDS = {
    "having": "Write a filter behind the stats: stats count(*) as n by level | filter n > 10",
    "contains": 'Write like: @message like "text"',
    "ilike": "Write like with a regular expression: @message like /(?i)text/",
    "matches": "Write like with a regular expression: @message like /text/",
    "regexp": "Write like with a regular expression: @message like /text/",
    "rlike": "Write like with a regular expression: @message like /text/",
    "startswith": 'Write the function: startsWith(@message, "text")',
    "endswith": 'Write the function: endsWith(@message, "text")',
    "over": "There are no window functions: group with stats … by.",
    "from": "The log groups are chosen beside the query, or in a first command: SOURCE logGroups(…).",
}


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
        depth += (kind in OPENING) - (kind in CLOSING)
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


def _group_by(place: Place) -> QuerySyntaxError | None:
    if place.word(place.at) != "group" or place.tokens[place.at + 1].type != "BY":
        return None
    end = place.tokens[place.at + 1].end
    return QuerySyntaxError("Write by, without group.", place.token.start, end, "by")


def _word(place: Place) -> QuerySyntaxError | None:
    word = place.word(place.at)
    if word not in _WORDS or place.before.type in ("AS", "INFIX", "COMMA"):
        return None
    token = place.token
    return QuerySyntaxError(f"There is no {token.text} here. {_WORDS[word]}", token.start, token.end)


FOREIGN: tuple[Callable[[Place], QuerySyntaxError | None], ...] = (
    _case_when,
    _between,
    _is_null,
    _distinct,
    _unequal,
    _list_in_parentheses,
    _alias_in_quotes,
    _group_by,
    _word,
)
"""Each returns what is wrong, or None where it is something else."""
