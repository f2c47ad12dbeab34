"""What can be said of a regular expression without running it. The service's are like those of RE2."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]?|[()]", re.DOTALL)
_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>", re.DOTALL)


def unbalanced(pattern: str) -> str:
    """Return what is wrong with the brackets of an expression; "" where nothing is."""
    depth = 0
    for found in _PIECE.finditer(pattern):
        piece = found.group()
        if piece[0] == "[" and (len(piece) == 1 or piece[-1] != "]" or piece in ("[]", "[^]")):
            return "Close the [ in the regular expression with ], or write \\[ for the character."
        depth += (piece == "(") - (piece == ")")
        if depth < 0:
            return "Nothing is open that a ) in the regular expression closes: write \\) for the character."
    return "Close the ( in the regular expression with ), or write \\( for the character." if depth else ""


def named_groups(pattern: str) -> tuple[str, ...]:
    """Return the names of an expression's groups, in order."""
    return tuple(found[1] for found in _GROUP.finditer(pattern) if found[1])
