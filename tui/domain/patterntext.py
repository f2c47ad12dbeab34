"""The pieces of a filter pattern that need a scan: spaces, quoted phrases, regular expressions."""

from __future__ import annotations

import re

from tui.domain.patterntree import InvalidPattern

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_REGEX = re.compile(r"%((?:[^%\\]|\\.)*)%", re.DOTALL)
_REGEX_PLAIN = re.compile(r"[A-Za-z0-9:_#=@/;,^$?\[\]{}|*+.-]|\\[ -~]")


def skip(text: str, at: int) -> int:
    """Return the index of the first character from `at` on that is no space."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def quoted(text: str, at: int) -> tuple[str, int]:
    """Return the phrase whose opening quote is at `at`, and the index behind its closing one.

    Raises:
        InvalidPattern: It is not closed.
    """
    found = _QUOTED.match(text, at)
    if found is None:
        raise InvalidPattern(at, 'Close the quoted phrase with ".')
    return re.sub(r"(?s)\\(.)", r"\1", found.group(1)), found.end()


def regex(text: str, at: int) -> tuple[str, int]:
    """Return the regular expression whose percent sign is at `at`, and the index behind its end.

    Raises:
        InvalidPattern: It is not closed, or not of the service's kind.
    """
    found = _REGEX.match(text, at)
    if found is None:
        raise InvalidPattern(at, 'Close the regular expression with %, or quote a percent sign: "%".')
    expression, place = found.group(1), found.start(1)
    if not expression:
        raise InvalidPattern(at, "Write a regular expression between the percent signs, as in %ERROR|WARN%.")
    offset = 0
    while offset < len(expression):
        plain = _REGEX_PLAIN.match(expression, offset)
        if plain is None:
            raise InvalidPattern(place + offset, _unsupported(expression[offset]))
        offset = plain.end()
    try:
        re.compile(readable(expression))
    except (re.error, OverflowError, RecursionError) as problem:
        offset = min(getattr(problem, "pos", None) or 0, len(expression))
        raise InvalidPattern(place + offset, f"Correct the regular expression: {problem}.") from None
    return expression, found.end()


def _unsupported(character: str) -> str:
    if character in "()":
        return "Leave out the parentheses: the service's regular expressions have none."
    if character.isspace():
        return r"Write \s for a space in a regular expression."
    if not character.isascii():
        return "Write ASCII only in a regular expression; quote other text as a phrase."
    return f"Leave out {character}: the service's regular expressions do not know it."


def readable(expression: str) -> str:
    """Return a service's regular expression as Python's `re` wants it.

    Inside a class Python reserves some pairs of characters for later, and warns of them.
    """
    parts: list[str] = []
    is_class = False
    for piece in re.findall(r"\\.|.", expression, re.DOTALL):
        if is_class and piece in "[&~|":
            parts.append("\\" + piece)
            continue
        if piece == "-" and is_class and parts[-1] == "-":
            piece = "\\-"
        is_class = piece != "]" if is_class else piece == "["
        parts.append(piece)
    return "".join(parts)
