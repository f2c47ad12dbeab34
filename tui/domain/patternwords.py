"""Say in plain words what a filter pattern selects."""

from __future__ import annotations

import re

from tui.domain.patterntree import Condition, Delimited, Junction, Keyword, Pattern, Term, Value, Words

_KEYWORD_PHRASES = {
    "IS NULL": "is null",
    "IS TRUE": "is true",
    "IS FALSE": "is false",
    "NOT EXISTS": "does not exist",
}
_COMPARISONS = {"<": "is below", ">": "is above", "<=": "is at most", ">=": "is at least"}


def explain(tree: Pattern) -> str:
    """Return what a pattern selects, without a full stop, for example "events that hold ERROR"."""
    if isinstance(tree, Words):
        return _words(tree)
    if isinstance(tree, Delimited):
        return _delimited(tree)
    return f"JSON events whose {_condition(tree.condition)}"


def _words(words: Words) -> str:
    wanted = [term for term in words.wanted if term.is_regex or term.text.strip()]
    chosen = ""
    if wanted:
        chosen = f"hold {_listed([_name(term) for term in wanted], 'and')}"
    elif words.either and not words.wanted:
        chosen = f"hold {_listed([_name(term) for term in words.either], 'or')}"
    left_out = _listed([_name(term) for term in words.unwanted], "or")
    if chosen and left_out:
        said = f"events that {chosen}, but not {left_out}"
    elif chosen:
        said = f"events that {chosen}"
    else:
        said = f"events that do not hold {left_out}" if left_out else "every event"
    if words.wanted and words.either:
        ignored = _listed([f"?{_name(term)}" for term in words.either], "and")
        said += f" ({ignored} ignored: terms with ? count only where no plain term stands beside them)"
    return said


def _name(term: Term) -> str:
    if term.is_regex:
        return f"text like the regular expression {term.text}"
    if re.fullmatch(r"\w+", term.text):
        return term.text
    return f'the phrase "{term.text}"'


def _delimited(tree: Delimited) -> str:
    count = len(tree.before) + len(tree.after)
    amount = f"at least {count}" if tree.is_open else str(count)
    said = f"events of {amount} {'field' if count == 1 else 'fields'} between spaces"
    if tree.is_open and not count:
        said = "every event"
    conditions = [
        _condition(column.condition, is_part=True)
        for column in (*tree.before, *tree.after)
        if column.condition is not None
    ]
    return f"{said} whose {' and '.join(conditions)}" if conditions else said


def _condition(condition: Condition, is_part: bool = False) -> str:
    if isinstance(condition, Junction):
        word = " and " if condition.operator == "&&" else " or "
        said = word.join(_condition(part, is_part=True) for part in condition.parts)
        return f"({said})" if is_part else said
    name = condition.subject.text
    if isinstance(condition, Keyword):
        return f"{name} {_KEYWORD_PHRASES[condition.word]}"
    return f"{name} {_comparison(condition.operator, condition.value)}"


def _comparison(operator: str, value: Value) -> str:
    text = f'"{value.text}"' if value.is_quoted else value.text
    if operator in _COMPARISONS:
        return f"{_COMPARISONS[operator]} {text}"
    negation = "is" if operator == "=" else "is not"
    if value.is_regex:
        return f"{negation} like the regular expression {text}"
    if "*" in value.text:
        if value.text == "*" and operator == "=":
            return "exists"
        return f"{negation} like {text}"
    return f"{negation} {text}"


def _listed(items: list[str], word: str) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
